//! The change of an application, and what it comes to where the answer is lost.

use super::{Application, View};
use crate::provider::errors::refused;
use crate::quay::{self, Quay};
use crate::terraform::{Error, Result};

impl Application {
    /// Changes what Quay knows of the application.
    pub(super) async fn change(&self, client_id: &str, quay: &Quay) -> Result<View> {
        match quay.change_application(&self.orgname, client_id, &self.fields()).await {
            Ok(view) => Ok(view),
            Err(error) if error.may_have_acted() => {
                self.resolve_lost_change(client_id, quay, error).await
            }
            Err(error) => Err(refused(&self.orgname, quay, error).await),
        }
    }

    /// Quay changes all fields at once, so an application that is as wanted was changed. What it
    /// hides cannot be compared.
    async fn resolve_lost_change(
        &self,
        client_id: &str,
        quay: &Quay,
        error: quay::Error,
    ) -> Result<View> {
        match quay.finishing().application(&self.orgname, client_id).await {
            Ok(Some(view)) if !view.hides_fields() && self.may_be(&view) => Ok(view),
            Ok(None) => Err(gone()),
            Ok(Some(_)) | Err(_) => Err(error.into()),
        }
    }

    /// Reads the application for its secret, as it is now: it goes into the state, and may have been
    /// reset since the plan.
    pub(super) async fn look(&self, client_id: &str, quay: &Quay) -> Result<View> {
        let view = quay.fresh().application(&self.orgname, client_id).await?;
        view.ok_or_else(gone)
    }
}

fn gone() -> Error {
    Error::new("The application is gone. Apply again, and it is made anew.")
}
