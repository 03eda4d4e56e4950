//! `quay_org_application_secret`: the secret of an OAuth application, which is stored nowhere.

use super::attributes::ORGNAME;
use super::checks;
use crate::quay::{Quay, Secret};
use crate::terraform::data_source::DataSource;
use crate::terraform::schema::{Attribute, Schema};
use crate::terraform::{Context, Error, Result};
use serde::{Deserialize, Serialize};

/// The secret of an application, for the length of a run.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct ApplicationSecret {
    orgname: String,
    client_id: String,
    client_secret: Option<Secret>,
    name: Option<String>,
}

impl DataSource<Quay> for ApplicationSecret {
    const NAME: &'static str = "quay_org_application_secret";
    const SCHEMA: Schema = Schema::new(
        "The client secret of an OAuth application. It is read anew in every run, and stored \
         neither in the plan nor in the state.\n\n\
         It may go wherever Terraform takes ephemeral values: to write-only arguments, to the \
         settings of providers, to provisioners. The token's user must administer the \
         organization, and the token needs the scope `org:admin`.",
        &[
            ORGNAME,
            Attribute::string("client_id", "OAuth client id of the application.")
                .required()
                .checked(&[checks::segment]),
            Attribute::string("client_secret", "OAuth client secret.").sensitive(),
            Attribute::string("name", "Name of the application."),
        ],
    );

    async fn read(self, quay: &Context<Quay>) -> Result<Self> {
        let Some(found) = quay.application(&self.orgname, &self.client_id).await? else {
            return Err(Error::new(format!(
                "There is no application with the client id {:?} in the organization {}, or no \
                 such organization.",
                self.client_id, self.orgname
            ))
            .at("client_id"));
        };
        if found.client_secret.is_none() {
            return Err(Error::new(format!(
                "Quay hides the secret of the application {} from this token's user: a superuser \
                 who does not administer the organization. Use the token of an administrator of \
                 the organization.",
                self.client_id
            )));
        }
        Ok(Self { client_secret: found.client_secret, name: Some(found.name), ..self })
    }
}
