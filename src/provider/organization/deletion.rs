//! The deletion of an organization, and the guard before it.

use super::Organization;
use crate::quay::repository::Repositories;
use crate::quay::{self, Quay};
use crate::terraform::{Error, Result};
use std::ops::Range;

/// How many repositories a refused deletion names.
const NAMED_REPOSITORIES_MAX: usize = 10;
/// How often another token is asked for in one deletion.
const RENEWALS_MAX: usize = 3;

impl Organization {
    /// Deletes the organization, unless images would be lost that may not be. What is gone already
    /// is a success.
    ///
    /// Whatever it is that a try waits for, the guard looks again before the next one.
    pub(super) async fn delete_guarded(&self, quay: &Quay) -> Result<()> {
        // With `force_destroy` whatever it holds may go, and Quay itself says whether it is there.
        let is_guarded = self.force_destroy != Some(true);
        let mut tries = quay.tries();
        let mut renewals = 0..RENEWALS_MAX;
        loop {
            if is_guarded && !self.is_there_to_be_deleted(quay).await? {
                return Ok(());
            }
            // To a token that is not valid any more every organization looks empty. The same token
            // deletes nothing either, and another one must look for itself.
            let pinned = quay.pinned().await?;
            if is_guarded {
                match pinned.repositories(&self.name).await {
                    Ok(repositories) => self.refuse_where_images_are(&repositories)?,
                    Err(error) if is_renewed(&error, &pinned, &mut renewals).await? => continue,
                    Err(error) => return Err(error.into()),
                }
            }
            let Err(error) = pinned.delete_organization(&self.name).await else { return Ok(()) };
            if is_renewed(&error, &pinned, &mut renewals).await? {
                continue;
            }
            // Of a missing organization Quay says "forbidden".
            let may_be_gone = error.is_forbidden() || error.may_have_acted();
            let is_gone = error.is_not_found()
                || may_be_gone && !quay.finishing().organization_exists(&self.name).await?;
            if is_gone {
                return Ok(());
            }
            let again = quay.try_again(&mut tries, true, error).await;
            again.map_err(|error| self.not_deleted(error))?;
        }
    }

    fn not_deleted(&self, error: quay::Error) -> Error {
        if !error.may_have_acted() {
            return error.into();
        }
        Error::new(format!(
            "{} The organization {} is still there: apply again when Quay answers reliably.",
            error.happening(),
            self.name
        ))
    }

    async fn is_there_to_be_deleted(&self, quay: &Quay) -> Result<bool> {
        match quay.organization(&self.name).await? {
            None => Ok(false),
            Some(view) if view.is_admin => Ok(true),
            // To others than administrators every organization looks empty.
            Some(_) => Err(quay.no_administrator(&self.name).into()),
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

/// Whether another token is there after this error, because Quay did not accept the pinned one.
async fn is_renewed(
    error: &quay::Error,
    pinned: &Quay,
    renewals: &mut Range<usize>,
) -> Result<bool> {
    Ok(error.is_token_refused() && renewals.next().is_some() && pinned.renew().await?)
}
