//! `quay_org_application`: an OAuth application, looked up by its client id or its name.

use crate::provider::application::pick_by_name;
use crate::provider::attributes::ORGNAME;
use crate::provider::checks;
use crate::provider::errors::no_organization;
use crate::quay::{self, Quay, Secret};
use crate::terraform::data_source::DataSource;
use crate::terraform::diagnostic::Diagnostic;
use crate::terraform::schema::{Attribute, Schema};
use crate::terraform::value::Value;
use crate::terraform::{Context, Error, Result};
use serde::{Deserialize, Serialize};

/// An application that was looked up.
#[derive(Debug, Deserialize, Serialize)]
pub(in crate::provider) struct Application {
    orgname: String,
    client_id: Option<String>,
    name: Option<String>,
    description: Option<String>,
    application_uri: Option<String>,
    redirect_uri: Option<String>,
    avatar_email: Option<String>,
    store_client_secret: Option<bool>,
    client_secret: Option<Secret>,
}

impl DataSource<Quay> for Application {
    const NAME: &'static str = "quay_org_application";
    const SCHEMA: Schema = Schema::new(
        "An OAuth application of an organization, looked up by exactly one of `client_id` and \
         `name`.\n\n\
         The token's user must administer the organization, and the token needs the scope \
         `org:admin`. A superuser who does not own the organization may be shown null for \
         `redirect_uri`, `avatar_email` and the secret.",
        &[
            ORGNAME,
            Attribute::string("client_id", "OAuth client id. Set either this or `name`.")
                .optional_computed()
                .checked(&[checks::segment]),
            Attribute::string(
                "name",
                "Name of the application, which only one in the organization may have. Set either \
                 this or `client_id`.",
            )
            .optional_computed()
            .checked(&[checks::not_empty]),
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
            Attribute::bool(
                "store_client_secret",
                "Whether the client secret is put into the state, where everybody who can read \
                 the state can read it. The ephemeral resource `quay_org_application_secret` \
                 gives the secret and leaves no trace. Default `false`.",
            )
            .optional(),
            Attribute::string(
                "client_secret",
                "OAuth client secret. Null unless `store_client_secret` is true.",
            )
            .sensitive(),
        ],
    );

    fn validate(config: &Value) -> Vec<Diagnostic> {
        let (client_id, name) = (config.get("client_id"), config.get("name"));
        let detail = if client_id.is_null() && name.is_null() {
            "Set one of `client_id` and `name`."
        } else if client_id.is_surely_set() && name.is_surely_set() {
            "Set either `client_id` or `name`, not both."
        } else {
            return Vec::new();
        };
        vec![Diagnostic::error("Invalid combination of attributes", detail).at("client_id")]
    }

    async fn read(self, quay: &Context<Quay>) -> Result<Self> {
        let view = self.find(quay).await?;
        let secret = view.client_secret.filter(|_| self.store_client_secret == Some(true));
        Ok(Self {
            orgname: self.orgname,
            client_id: Some(view.client_id),
            name: Some(view.name),
            description: view.description,
            application_uri: view.application_uri,
            redirect_uri: view.redirect_uri,
            avatar_email: view.avatar_email.filter(|email| !email.is_empty()),
            store_client_secret: self.store_client_secret,
            client_secret: secret,
        })
    }
}

impl Application {
    async fn find(&self, quay: &Quay) -> Result<quay::Application> {
        if let Some(client_id) = &self.client_id {
            let found = quay.application(&self.orgname, client_id).await?;
            return found.ok_or_else(|| {
                Error::new(format!(
                    "There is no application with the client id {client_id:?} in the organization \
                     {}, or no such organization.",
                    self.orgname
                ))
                .at("client_id")
            });
        }
        let name = self.name.as_deref().unwrap_or_default();
        let applications = quay.applications(&self.orgname).await?;
        let applications = applications.ok_or_else(|| no_organization(&self.orgname))?;
        let found = pick_by_name(&applications, &self.orgname, name);
        found.cloned().map_err(|error| error.at("name"))
    }
}
