//! `quay_org_applications`: all OAuth applications of an organization, without their secrets.

use crate::provider::attributes::ORGNAME;
use crate::provider::errors::no_organization;
use crate::quay::{self, Quay};
use crate::terraform::data_source::DataSource;
use crate::terraform::schema::{Attribute, Kind, Schema};
use crate::terraform::{Context, Result};
use serde::{Deserialize, Serialize};

/// The applications of an organization.
#[derive(Debug, Deserialize, Serialize)]
pub(in crate::provider) struct Applications {
    orgname: String,
    applications: Option<Vec<Listed>>,
}

/// One of them.
#[derive(Debug, Deserialize, Serialize)]
struct Listed {
    client_id: String,
    name: String,
    description: Option<String>,
    application_uri: Option<String>,
    redirect_uri: Option<String>,
    avatar_email: Option<String>,
}

const APPLICATION: &[Attribute] = &[
    Attribute::string("client_id", "OAuth client id."),
    Attribute::string("name", "Name of the application. Names are not unique."),
    Attribute::string("description", "What the application is for."),
    Attribute::string("application_uri", "URL of the application's home page."),
    Attribute::string(
        "redirect_uri",
        "Prefix of the URLs to which users may be sent back after a login.",
    ),
    Attribute::string(
        "avatar_email",
        "E-mail address whose avatar stands for the application; null where there is none.",
    ),
];

impl DataSource<Quay> for Applications {
    const NAME: &'static str = "quay_org_applications";
    const SCHEMA: Schema = Schema::new(
        "All OAuth applications of an organization, without their secrets.\n\n\
         The token's user must administer the organization, and the token needs the scope \
         `org:admin`.",
        &[
            ORGNAME,
            Attribute::new(
                "applications",
                Kind::Objects(APPLICATION),
                "Applications, sorted by name and client id.",
            ),
        ],
    );

    async fn read(self, quay: &Context<Quay>) -> Result<Self> {
        let applications = quay.applications(&self.orgname).await?;
        let applications = applications.ok_or_else(|| no_organization(&self.orgname))?;
        let applications = Some(applications.iter().cloned().map(Listed::from).collect());
        Ok(Self { orgname: self.orgname, applications })
    }
}

impl From<quay::Application> for Listed {
    fn from(view: quay::Application) -> Self {
        Self {
            client_id: view.client_id,
            name: view.name,
            description: view.description,
            application_uri: view.application_uri,
            redirect_uri: view.redirect_uri,
            avatar_email: view.avatar_email.filter(|email| !email.is_empty()),
        }
    }
}
