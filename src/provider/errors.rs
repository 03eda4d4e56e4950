//! Quay's errors as Terraform's, and what they mean to every noun below an organization.

use crate::quay::user::User;
use crate::quay::{self, Quay};
use crate::terraform;
use crate::terraform::{Error, Result};
use std::sync::Arc;

impl From<quay::Error> for terraform::Error {
    fn from(error: quay::Error) -> Self {
        Self::new(error.to_string())
    }
}

/// The organization that `orgname` names does not exist.
pub(super) fn no_organization(orgname: &str) -> Error {
    Error::new(format!("There is no organization named {orgname}.")).at("orgname")
}

/// Why something below an organization could not be changed: the organization is missing, or what
/// Quay says.
pub(super) async fn refused(orgname: &str, quay: &Quay, error: quay::Error) -> Error {
    if error.may_lack_organization() && matches!(quay.organization_exists(orgname).await, Ok(false))
    {
        return no_organization(orgname);
    }
    error.into()
}

/// The token's own user. Quay tells it only to tokens with the scope `user:read`, so an error says
/// what that is needed for.
pub(super) async fn caller(quay: &Quay, purpose: &str) -> Result<Arc<User>> {
    quay.user().await.map_err(|error| {
        if error.is_token_refused() || error.is_forbidden() {
            return Error::new(format!(
                "{} Either the token lacks the scope `user:read`, which is needed {purpose}, or it \
                 is not valid any more.",
                error.happening()
            ));
        }
        error.into()
    })
}
