//! `quay_org_application`: the OAuth applications of an organization.

use crate::provider::application::{Application, Key};
use crate::provider::checks;
use crate::provider::errors::no_organization;
use crate::quay::{Application as View, Quay};
use crate::terraform::diagnostic::Diagnostic;
use crate::terraform::list::{Finds, List};
use crate::terraform::schema::{Attribute, Schema};
use crate::terraform::{Context, Result};
use serde::Deserialize;

/// Whose applications.
#[derive(Debug, Deserialize)]
pub(in crate::provider) struct Applications {
    orgname: String,
}

impl List<Quay> for Applications {
    type Resource = Application;
    const SCHEMA: Schema = Schema::new(
        "The OAuth applications of an organization, sorted by name and client id, without their \
         secrets.\n\n\
         The token's user must administer the organization, and the token needs the scope \
         `org:admin`. Applications of which Quay hides fields from a superuser come without their \
         attributes, with a warning.",
        &[Attribute::string("orgname", "Name of the organization.")
            .required()
            .checked(&[checks::organization_name])],
    );

    async fn list(self, quay: &Context<Quay>, finds: &mut Finds) -> Result<()> {
        let applications = quay.applications(&self.orgname).await?;
        let applications = applications.ok_or_else(|| no_organization(&self.orgname))?;
        for view in applications.iter().cloned() {
            let key = Key { orgname: self.orgname.clone(), client_id: view.client_id.clone() };
            let name = format!("{} ({})", view.name, view.client_id);
            let (object, warning) = match finds.include_object {
                false => (None, None),
                true if view.hides_fields() => (None, Some(hidden(&name))),
                true => (Some(described(&self.orgname, view)), None),
            };
            let flow = finds.add::<Quay, Application>(&key, name, object.as_ref(), warning).await?;
            if flow.is_break() {
                break;
            }
        }
        Ok(())
    }
}

/// The application as a resource, whose secret no list shows.
fn described(orgname: &str, view: View) -> Application {
    let mut object = Application::of(orgname, view);
    object.hide_secret();
    object
}

fn hidden(name: &str) -> Diagnostic {
    Diagnostic::warning(
        format!("The application {name} cannot be managed with this token"),
        "Quay hides some of its fields from this token's user: a superuser who does not administer \
         the organization. Use the token of an administrator of the organization.",
    )
}
