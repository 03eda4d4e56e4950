//! The deletion of an organization, and the guard before it.

use super::Organization;
use crate::quay::Quay;
use crate::terraform::{Error, Result};

/// How many repositories a refused deletion names.
const NAMED_REPOSITORIES_MAX: usize = 10;
/// How often a deletion whose answer was lost is tried again, each time after a fresh look.
const TRIES_MAX: usize = 3;

impl Organization {
    /// Deletes the organization, unless images would be lost that may not be. What is gone already
    /// is a success.
    pub(super) async fn delete_guarded(&self, quay: &Quay) -> Result<()> {
        let mut lost = None;
        for _ in 0..TRIES_MAX {
            if !self.may_be_deleted(quay).await? {
                return Ok(());
            }
            let Err(error) = quay.delete_organization(&self.name).await else { return Ok(()) };
            if error.is_not_found() {
                return Ok(());
            }
            // Below a missing organization Quay answers "forbidden", and so it does here.
            let may_be_gone = error.is_forbidden() || error.may_have_acted();
            if may_be_gone && !quay.organization_exists(&self.name).await? {
                return Ok(());
            }
            if !error.may_have_acted() {
                return Err(error.into());
            }
            lost = Some(error);
        }
        let lost = lost.map(|error| error.to_string()).unwrap_or_default();
        Err(Error::new(format!(
            "The organization {} is still there after {TRIES_MAX} tries. {lost} Apply again when \
             Quay answers reliably.",
            self.name
        )))
    }

    /// Whether the organization is there to be deleted. Refuses where images would be lost.
    async fn may_be_deleted(&self, quay: &Quay) -> Result<bool> {
        // Whatever it holds may go, and Quay itself says whether it is there.
        if self.force_destroy == Some(true) {
            return Ok(true);
        }
        let Some(view) = quay.organization(&self.name).await? else { return Ok(false) };
        // To others than administrators every organization looks empty.
        if !view.is_admin {
            return Err(Quay::no_administrator(&self.name).into());
        }
        let repositories = quay.repositories(&self.name).await?;
        if repositories.names.is_empty() {
            return Ok(true);
        }
        let more = if repositories.more { "more than " } else { "" };
        let mut names = repositories.names.clone();
        names.truncate(NAMED_REPOSITORIES_MAX);
        let dots = if repositories.names.len() > names.len() { ", ..." } else { "" };
        Err(Error::new(format!(
            "The organization {} still holds {more}{} repositories, whose images would be lost: \
             {}{dots}. Delete them first, or set `force_destroy = true` and apply, and destroy \
             then.",
            self.name,
            repositories.names.len(),
            names.join(", ")
        ))
        .at("force_destroy"))
    }
}
