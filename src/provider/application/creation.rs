//! The creation of an application, and what it comes to where the answer is lost.

use super::{Application, View};
use crate::provider::errors::{no_organization, refused};
use crate::provider::lost::{import_command, look_for, not_found, unresolved};
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
        let by_name = format!("{orgname}/{name}");
        let looked = look_for(quay, &error, || async {
            let listed = quay.finishing().applications(orgname).await?;
            let listed = listed.iter().flat_map(|listed| listed.iter());
            let candidates =
                listed.filter(|it| !known.is_claimed(&it.client_id) && self.may_be(it));
            let candidates: Vec<View> = candidates.cloned().collect();
            Ok((!candidates.is_empty()).then_some(candidates))
        });
        let candidates = match looked.await {
            Ok(None) => return Err(not_found(&error, &by_name)),
            Ok(Some(candidates)) => candidates,
            Err(again) => {
                let what = format!("the application {name:?}");
                return Err(unresolved(&error, &what, &again, &by_name));
            }
        };
        match &candidates[..] {
            [one] if !one.hides_fields() => Ok(one.clone()),
            _ => {
                let commands: Vec<String> =
                    candidates.iter().map(|it| import_by_id(orgname, &it.client_id)).collect();
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
    pub(super) fn may_be(&self, view: &View) -> bool {
        let (wanted, mut found) = (self.fields(), Self::of(&self.orgname, view.clone()).fields());
        if view.hides_fields() {
            found.redirect_uri.clone_from(&wanted.redirect_uri);
            found.avatar_email.clone_from(&wanted.avatar_email);
        }
        found == wanted
    }
}

/// The command that imports an application. An id that is none of Quay's is shown, but not where it
/// would be copied into a shell.
fn import_by_id(orgname: &str, client_id: &str) -> String {
    let is_id = !client_id.is_empty() && client_id.chars().all(|it| it.is_ascii_alphanumeric());
    if is_id {
        import_command(&format!("{orgname}/{client_id}"))
    } else {
        format!("one whose client id is odd, {client_id:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_odd_client_id_is_in_no_command() {
        let command = import_by_id("acme", "A1B2");
        assert_eq!(command, "`terraform import ADDRESS acme/A1B2`");
        for odd in ["x;reboot", "", "$(reboot)", "../acme"] {
            assert!(!import_by_id("acme", odd).contains("terraform import"), "{odd}");
        }
    }
}
