//! The token's own user.

use super::call::Call;
use super::client::Quay;
use super::error::Result;
use serde::Deserialize;
use std::sync::Arc;

/// The token's own user. It needs the scope `user:read`.
#[derive(Clone, Debug, Deserialize)]
pub struct User {
    /// The user's name.
    pub username: String,
    /// The organizations that the user is a member of.
    #[serde(default)]
    pub organizations: Vec<Membership>,
}

/// An organization that a user is a member of.
#[derive(Clone, Debug, Deserialize)]
pub struct Membership {
    /// The organization's name.
    pub name: String,
}

impl Quay {
    /// Reads the token's own user.
    pub async fn user(&self) -> Result<Arc<User>> {
        self.read(Call::get(&["user"])?.with_slash()).await
    }
}
