//! `quay_org_application`: the OAuth applications of an organization.

use crate::provider::application::{Application, Key};
use crate::provider::checks;
use crate::provider::errors::no_organization;
use crate::quay::Quay;
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
         `org:admin`.",
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
            let object = finds.include_object.then(|| {
                let mut object = Application::of(&self.orgname, view);
                object.hide_secret();
                object
            });
            let flow = finds.add::<Quay, Application>(&key, name, object.as_ref(), None).await?;
            if flow.is_break() {
                break;
            }
        }
        Ok(())
    }
}
