//! The creation of an organization: its name is claimed, and nothing is taken over.

use super::{Organization, explained};
use crate::provider::lost::{import_command, look_for, not_found, unresolved};
use crate::provider::settings::parse_duration;
use crate::quay::{self, Quay};
use crate::terraform::{Error, Result};
use std::time::Duration;
use tokio::time::Instant;

/// How long a name that a deleted organization still holds is waited for.
const CREATE_TIMEOUT_DEFAULT: &str = "5m";
/// The first pause between two tries for such a name, and the longest.
const NAME_PAUSE_MIN: Duration = Duration::from_secs(1);
const NAME_PAUSE_MAX: Duration = Duration::from_secs(10);

impl Organization {
    /// Creates the organization, once the name is free. Whoever has the name already keeps it.
    pub(super) async fn claim_name(&self, quay: &Quay) -> Result<()> {
        let timeout = self.timeouts.as_ref().and_then(|timeouts| timeouts.create.as_deref());
        let timeout = timeout.unwrap_or(CREATE_TIMEOUT_DEFAULT);
        let patience =
            parse_duration(timeout).map_err(|detail| Error::new(detail).at("timeouts"))?;
        let deadline = Instant::now() + patience;
        let mut pause = NAME_PAUSE_MIN;
        loop {
            // Each time anew: an organization that is ours after a lost answer must not be one that
            // somebody made while we waited.
            if quay.organization_exists(&self.name).await? {
                return Err(self.taken());
            }
            let error = match quay.create_organization(&self.name, self.email.as_deref()).await {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            if error.is_name_held() {
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return Err(self.still_held(timeout));
                }
                tracing::info!(
                    name = self.name,
                    seconds_left = left.as_secs(),
                    "waiting, because a deleted organization still holds the name"
                );
                let reason = format!("the wait for the name {} to become free", self.name);
                quay.pause(pause.min(left), &reason).await?;
                pause = (pause * 2).min(NAME_PAUSE_MAX);
            } else if error.is_taken() {
                return Err(self.taken());
            } else if error.may_have_acted() {
                return self.resolve_lost_create(quay, error).await;
            } else {
                return Err(explained(error));
            }
        }
    }

    /// The name was free before, so an organization that is ours now was made by the request.
    async fn resolve_lost_create(&self, quay: &Quay, error: quay::Error) -> Result<()> {
        let looked =
            look_for(quay, &error, || async { quay.finishing().organization(&self.name).await });
        match looked.await {
            Ok(Some(view)) if view.is_admin => Ok(()),
            Ok(Some(_)) => Err(self.taken()),
            Ok(None) => Err(not_found(&error, &self.name)),
            Err(again) => {
                let what = format!("the organization {}", self.name);
                Err(unresolved(&error, &what, &again, &self.name))
            }
        }
    }

    fn taken(&self) -> Error {
        Error::new(format!(
            "An organization or user named {} exists already, and is not taken over. To manage \
             this organization, import it: {}. Else choose another name. If this is a replacement \
             with `create_before_destroy`, remove that setting: it cannot work under one name.",
            self.name,
            import_command(&self.name)
        ))
        .at("name")
    }

    fn still_held(&self, timeout: &str) -> Error {
        Error::new(format!(
            "Quay answered \"Username is not available\": a deleted organization still holds the \
             name {}, and Quay did not clear it away within {timeout}. Apply again later, or raise \
             `timeouts.create`.",
            self.name
        ))
        .at("name")
    }
}
