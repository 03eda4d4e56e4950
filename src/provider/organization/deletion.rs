//! The deletion of an organization, and the guard before it.

use super::Organization;
use crate::quay::Quay;
use crate::quay::repository::Repositories;
use crate::terraform::{Error, Result};

/// How many repositories a refused deletion names.
const NAMED_REPOSITORIES_MAX: usize = 10;
/// How often a deletion whose answer was lost is tried again, each time after a fresh look.
const TRIES_MAX: usize = 3;

impl Organization {
    /// Deletes the organization, unless images would be lost that may not be. What is gone already
    /// is a success.
    pub(super) async fn delete_guarded(&self, quay: &Quay) -> Result<()> {
        // With `force_destroy` whatever it holds may go, and Quay itself says whether it is there.
        let is_guarded = self.force_destroy != Some(true);
        let mut last = None;
        for _ in 0..TRIES_MAX {
            if is_guarded && !self.is_there_to_be_deleted(quay).await? {
                return Ok(());
            }
            // To a token that is not valid any more every organization looks empty. The same token
            // deletes nothing either, and another one must look for itself.
            let pinned = quay.pinned().await?;
            if is_guarded {
                match pinned.repositories(&self.name).await {
                    Ok(repositories) => self.refuse_where_images_are(&repositories)?,
                    Err(error) if error.is_token_refused() && pinned.renew().await? => {
                        last = Some(error);
                        continue;
                    }
                    Err(error) => return Err(error.into()),
                }
            }
            let Err(error) = pinned.delete_organization(&self.name).await else { return Ok(()) };
            if error.is_not_found() {
                return Ok(());
            }
            // Of a missing organization Quay says "forbidden".
            let may_be_gone = error.is_forbidden() || error.may_have_acted();
            if may_be_gone && !quay.finishing().organization_exists(&self.name).await? {
                return Ok(());
            }
            let is_renewed = error.is_token_refused() && pinned.renew().await?;
            if !error.may_have_acted() && !is_renewed {
                return Err(error.into());
            }
            last = Some(error);
        }
        let last = last.map(|error| error.happening()).unwrap_or_default();
        Err(Error::new(format!(
            "The organization {} is still there after {TRIES_MAX} tries. {last} Apply again when \
             Quay answers reliably.",
            self.name
        )))
    }

    async fn is_there_to_be_deleted(&self, quay: &Quay) -> Result<bool> {
        match quay.organization(&self.name).await? {
            None => Ok(false),
            Some(view) if view.is_admin => Ok(true),
            // To others than administrators every organization looks empty.
            Some(_) => Err(Quay::no_administrator(&self.name).into()),
        }
    }

    fn refuse_where_images_are(&self, repositories: &Repositories) -> Result<()> {
        let count = match (repositories.names.len(), repositories.more) {
            (0, false) => return Ok(()),
            (0, true) => "repositories that Quay does not name".to_owned(),
            (1, false) => "1 repository".to_owned(),
            (count, false) => format!("{count} repositories"),
            (count, true) => format!("more than {count} repositories"),
        };
        let mut first = repositories.names.clone();
        first.truncate(NAMED_REPOSITORIES_MAX);
        let dots = if repositories.names.len() > first.len() { ", ..." } else { "" };
        let named =
            if first.is_empty() { String::new() } else { format!(": {}", first.join(", ")) };
        Err(Error::new(format!(
            "The organization {} still holds {count}, whose images would be lost{named}{dots}. \
             Delete them first. Or set `force_destroy = true`, apply that alone, and destroy then: \
             where another `name` replaces the organization, take the old one back for that apply; \
             where it is tainted, run `terraform untaint ADDRESS` before.",
            self.name,
        ))
        .at("force_destroy"))
    }
}
