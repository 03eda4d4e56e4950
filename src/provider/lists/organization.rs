//! `quay_organization`: the organizations that the token's user belongs to.

use crate::provider::errors::caller;
use crate::provider::organization::{Key, Organization};
use crate::quay::Quay;
use crate::terraform::diagnostic::Diagnostic;
use crate::terraform::list::{Finds, List};
use crate::terraform::schema::Schema;
use crate::terraform::{Context, Result};
use serde::Deserialize;

/// It takes no arguments.
#[derive(Debug, Deserialize)]
pub(in crate::provider) struct Organizations {}

impl List<Quay> for Organizations {
    type Resource = Organization;
    const SCHEMA: Schema = Schema::new(
        "The organizations that the token's user is a member of, sorted by name.\n\n\
         The token needs the scope `user:read` besides `org:admin`. Organizations that the user \
         does not administer come without their attributes, with a warning.",
        &[],
    );

    async fn list(self, quay: &Context<Quay>, finds: &mut Finds) -> Result<()> {
        let user = caller(quay, "to list the user's organizations").await?;
        let mut names: Vec<String> = user.organizations.iter().map(|it| it.name.clone()).collect();
        names.sort();
        for name in names {
            let (object, warning) =
                if finds.include_object { described(&name, quay).await? } else { (None, None) };
            let key = Key::of(&name);
            let flow =
                finds.add::<Quay, Organization>(&key, name, object.as_ref(), warning).await?;
            if flow.is_break() {
                break;
            }
        }
        Ok(())
    }
}

/// The organization as a resource, unless the user may not administer it.
async fn described(name: &str, quay: &Quay) -> Result<(Option<Organization>, Option<Diagnostic>)> {
    let view = quay.organization(name).await?;
    if let Some(view) = view.filter(|view| view.is_admin) {
        return Ok((Some(Organization::of(&view)), None));
    }
    let detail = quay.no_administrator(name).to_string();
    let summary = format!("The organization {name} cannot be managed with this token");
    Ok((None, Some(Diagnostic::warning(summary, detail))))
}
