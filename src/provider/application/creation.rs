//! The creation of an application, and what it comes to where the answer is lost.

use super::{Application, View};
use crate::provider::errors::{no_organization, not_created, refused};
use crate::quay::application::Known;
use crate::quay::{self, Quay};
use crate::terraform::{Error, Result};

impl Application {
    /// Creates the application. What this process makes is known to be its own, so that no other
    /// creation takes it for the one whose answer it lost.
    pub(super) async fn create_known(&self, quay: &Quay) -> Result<View> {
        let fields = self.fields();
        let known = quay.known_applications(&self.orgname).await?;
        let known = known.ok_or_else(|| no_organization(&self.orgname))?;
        let _turn = known.turn(&fields).await;
        let view = match quay.create_application(&self.orgname, &fields).await {
            Ok(view) => view,
            Err(error) if error.may_have_acted() => {
                self.resolve_lost_create(&known, quay, error).await?
            }
            Err(error) => return Err(refused(&self.orgname, quay, error).await),
        };
        known.claim(&view.client_id);
        Ok(view)
    }

    /// Finds the application that a request made whose answer was lost: it was not there before,
    /// no other creation has claimed it, and it looks just like what was asked for.
    async fn resolve_lost_create(
        &self,
        known: &Known,
        quay: &Quay,
        error: quay::Error,
    ) -> Result<View> {
        let Self { orgname, name, .. } = self;
        let listed = match quay.finishing().applications(orgname).await {
            Ok(listed) => listed,
            Err(again) => {
                return Err(Error::new(format!(
                    "{} Whether the application {name:?} was created could not be found out: \
                     {again} If it was, import it: `terraform import ADDRESS {orgname}/CLIENT_ID`.",
                    error.happening()
                )));
            }
        };
        let listed = listed.iter().flat_map(|listed| listed.iter());
        let candidates = listed.filter(|it| !known.is_claimed(&it.client_id) && self.may_be(it));
        let candidates: Vec<&View> = candidates.collect();
        match candidates[..] {
            [] => Err(not_created(&error)),
            [one] if !one.hides_fields() => Ok(one.clone()),
            _ => {
                let commands: Vec<String> = candidates
                    .iter()
                    .map(|it| format!("`terraform import ADDRESS {orgname}/{}`", it.client_id))
                    .collect();
                Err(Error::new(format!(
                    "{} What may have come of it in {orgname} looks like {name:?}, but so may what \
                     others made. Import the one that is yours, and delete those that nobody \
                     needs: {}.",
                    error.happening(),
                    commands.join(", ")
                )))
            }
        }
    }

    /// Whether an application is what was asked for, as far as it is shown.
    fn may_be(&self, view: &View) -> bool {
        let (wanted, mut found) = (self.fields(), Self::of(&self.orgname, view.clone()).fields());
        if view.hides_fields() {
            found.redirect_uri.clone_from(&wanted.redirect_uri);
            found.avatar_email.clone_from(&wanted.avatar_email);
        }
        found == wanted
    }
}
