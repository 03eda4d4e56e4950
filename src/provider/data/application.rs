//! `quay_application`: what everybody may know of an OAuth application.

use crate::provider::checks;
use crate::quay::Quay;
use crate::terraform::data_source::DataSource;
use crate::terraform::schema::{Attribute, Schema};
use crate::terraform::{Context, Error, Result};
use serde::{Deserialize, Serialize};

/// Public information of an application.
#[derive(Debug, Deserialize, Serialize)]
pub(in crate::provider) struct Application {
    client_id: String,
    name: Option<String>,
    description: Option<String>,
    uri: Option<String>,
    orgname: Option<String>,
}

impl DataSource<Quay> for Application {
    const NAME: &'static str = "quay_application";
    const SCHEMA: Schema = Schema::new(
        "What everybody may know of an OAuth application, whosever it is.",
        &[
            Attribute::string("client_id", "OAuth client id.")
                .required()
                .checked(&[checks::segment]),
            Attribute::string("name", "Name of the application."),
            Attribute::string("description", "What the application is for."),
            Attribute::string("uri", "URL of the application's home page."),
            Attribute::string(
                "orgname",
                "Name of the organization that the application belongs to.",
            ),
        ],
    );

    async fn read(self, quay: &Context<Quay>) -> Result<Self> {
        let Some(found) = quay.application_information(&self.client_id).await? else {
            let detail =
                format!("There is no application with the client id {:?}.", self.client_id);
            return Err(Error::new(detail).at("client_id"));
        };
        Ok(Self {
            client_id: self.client_id,
            name: Some(found.name),
            description: found.description,
            uri: found.uri,
            orgname: Some(found.organization.name),
        })
    }
}
