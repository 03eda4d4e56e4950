//! `quay_org_application`: an OAuth application of an organization.
//!
//! Names are not unique, so an application is known by the `client_id` that Quay gives it. Quay's
//! update resets what it is not sent. A lost answer to a creation leaves an application without a
//! known id behind; it is found again by what it looks like, or named in the error.

mod change;
mod creation;

use super::checks;
use crate::quay::application::{Application as View, Fields};
use crate::quay::{Quay, Secret};
use crate::terraform::plan::Planning;
use crate::terraform::resource::Resource;
use crate::terraform::schema::{Attribute, Literal, Schema};
use crate::terraform::value::Value;
use crate::terraform::{Context, Error, Result};
use serde::{Deserialize, Serialize};

/// The state of an application.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Application {
    orgname: String,
    name: String,
    description: Option<String>,
    application_uri: Option<String>,
    redirect_uri: Option<String>,
    avatar_email: Option<String>,
    client_id: Option<String>,
    client_secret: Option<Secret>,
    store_client_secret: Option<bool>,
}

/// What names an application for ever.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Key {
    pub(super) orgname: String,
    pub(super) client_id: String,
}

impl Resource<Quay> for Application {
    const NAME: &'static str = "quay_org_application";
    const IDENTITY: &'static [&'static str] = &["orgname", "client_id"];
    const ALSO_IMPORTED_BY: &'static [&'static str] = &["ORGNAME/NAME"];
    const SCHEMA: Schema = Schema::new(
        "An OAuth application of an organization. Users let it act for them, and access tokens are \
         made in it.\n\n\
         Quay knows an application by its `client_id`, for names are not unique. An import takes a \
         name in place of the client id where only one application of the organization has it.\n\n\
         The token's user must administer the organization, and the token needs the scope \
         `org:admin`. A superuser who does not own the organization may be shown neither \
         `redirect_uri` nor `avatar_email` nor the secret: what is hidden stays as it is in the \
         state, and an import is refused.\n\n\
         Destroying an application revokes the tokens that were made in it; the provider's own may \
         be one of them.",
        &[
            Attribute::string(
                "orgname",
                "Name of the organization. Changing this creates a new application, with another \
                 client id and another secret.",
            )
            .required()
            .replaces()
            .checked(&[checks::organization_name]),
            Attribute::string(
                "name",
                "Name of the application: 1 to 255 characters. Names are not unique in Quay, and \
                 `__quay_bootstrap_app` is reserved.",
            )
            .required()
            .checked(&[checks::application_name]),
            Attribute::string("description", "What the application is for. Default `\"\"`.")
                .defaults_to(Literal::String(""))
                .checked(&[checks::characters]),
            Attribute::string(
                "application_uri",
                "URL of the application's home page, of at most 255 characters. Default `\"\"`.",
            )
            .defaults_to(Literal::String(""))
            .checked(&[checks::uri]),
            Attribute::string(
                "redirect_uri",
                "Prefix of the URLs to which users may be sent back after a login, of at most 255 \
                 characters. Default `\"\"`.",
            )
            .defaults_to(Literal::String(""))
            .checked(&[checks::uri]),
            Attribute::string(
                "avatar_email",
                "E-mail address whose avatar stands for the application, of at most 255 \
                 characters. Leave it out where there is none; then it is null.",
            )
            .optional()
            .checked(&[checks::not_empty, checks::short_text]),
            Attribute::string("client_id", "OAuth client id, given by Quay. It never changes."),
            Attribute::string(
                "client_secret",
                "OAuth client secret. Null unless `store_client_secret` is true.",
            )
            .sensitive(),
            Attribute::bool(
                "store_client_secret",
                "Whether the client secret is put into the state, where everybody who can read \
                 the state can read it. The ephemeral resource `quay_org_application_secret` \
                 gives the secret and leaves no trace. Default `false`.",
            )
            .defaults_to(Literal::Bool(false))
            .own(),
        ],
    );
    type Key = Key;

    /// The secret comes with the switch for it, and goes with it.
    fn plan(planning: &mut Planning<'_>) {
        let secret = match planning.planned.get("store_client_secret").as_bool() {
            Some(false) => Value::Null,
            Some(true) if planning.prior.get("store_client_secret").as_bool() == Some(true) => {
                planning.prior.get("client_secret").clone()
            }
            _ => Value::unknown(),
        };
        planning.set("client_secret", secret);
    }

    async fn resolve(key: Key, quay: &Context<Quay>) -> Result<Key> {
        let Some(applications) = quay.applications(&key.orgname).await? else {
            return Err(Error::new(format!("There is no organization named {}.", key.orgname)));
        };
        // An id is tried before a name, for a name may look like one.
        if applications.get(&key.client_id).is_some() {
            return Ok(key);
        }
        let found = pick_by_name(&applications, &key.orgname, &key.client_id)?;
        Ok(Key { client_id: found.client_id.clone(), orgname: key.orgname })
    }

    async fn read(key: &Key, quay: &Context<Quay>) -> Result<Option<Self>> {
        let view = quay.application(&key.orgname, &key.client_id).await?;
        Ok(view.map(|view| Self::of(&key.orgname, view)))
    }

    fn carry(&mut self, prior: Option<Self>) -> Result<()> {
        let hidden = self.redirect_uri.is_none();
        match prior {
            Some(prior) => {
                if hidden {
                    self.redirect_uri = prior.redirect_uri;
                    self.avatar_email = prior.avatar_email;
                    self.client_secret = prior.client_secret;
                }
                self.store_client_secret = prior.store_client_secret;
            }
            None if hidden => {
                return Err(Error::new(
                    "Quay hides some fields of the application from this token's user: a superuser \
                     who does not administer the organization. Import it with the token of an \
                     administrator of the organization.",
                ));
            }
            None => {}
        }
        self.hide_secret();
        Ok(())
    }

    async fn create(self, quay: &Context<Quay>) -> Result<Self> {
        let view = self.create_known(quay).await?;
        Ok(self.applied(view, quay))
    }

    async fn update(self, prior: Self, quay: &Context<Quay>) -> Result<Self> {
        let client_id = prior.client_id.clone().unwrap_or_default();
        if self.fields() != prior.fields() {
            let view = self.change(&client_id, quay).await?;
            return Ok(self.applied(view, quay));
        }
        if self.store_client_secret == Some(true) && self.client_secret.is_none() {
            let view = self.look(&client_id, quay).await?;
            return Ok(self.applied(view, quay));
        }
        Ok(self)
    }

    async fn delete(self, quay: &Context<Quay>) -> Result<()> {
        let Some(client_id) = &self.client_id else { return Ok(()) };
        let Err(error) = quay.delete_application(&self.orgname, client_id).await else {
            return Ok(());
        };
        if !error.may_have_acted() && !error.is_token_refused() {
            return Err(error.into());
        }
        // The token in use may be one of the application's own, and then it is gone with it.
        match quay.finishing().application_information(client_id).await {
            Ok(None) => {}
            Ok(Some(_)) => return Err(error.into()),
            Err(again) if error.is_crash() && again.is_token_refused() => {
                return Err(Error::new(format!(
                    "{} Now the token in use is refused, so it was most likely made in the \
                     application {client_id} and is deleted with it. Use another token: the next \
                     plan shows whether the application is gone.",
                    error.happening()
                )));
            }
            Err(again) => return Err(again.into()),
        }
        let detail = if error.is_crash() {
            "is deleted, but Quay failed while it answered. That happens when the provider's own \
             token was made in this application: it is revoked with it. Use another token from now \
             on."
        } else if error.is_token_refused() {
            "is gone, and Quay does not accept the token in use: it was made in this application, or \
             is not valid for another reason. Use another token from now on."
        } else {
            return Ok(());
        };
        quay.warn(
            "The token in use may be revoked",
            format!("The application {client_id} of {} {detail}", self.orgname),
        );
        Ok(())
    }
}

impl Application {
    pub(super) fn of(orgname: &str, view: View) -> Self {
        Self {
            orgname: orgname.to_owned(),
            name: view.name,
            description: view.description,
            application_uri: view.application_uri,
            redirect_uri: view.redirect_uri,
            avatar_email: view.avatar_email.filter(|email| !email.is_empty()),
            client_id: Some(view.client_id),
            client_secret: view.client_secret,
            store_client_secret: None,
        }
    }

    /// The secret is nowhere but where it was asked for.
    pub(super) fn hide_secret(&mut self) {
        if self.store_client_secret != Some(true) {
            self.client_secret = None;
        }
    }

    fn fields(&self) -> Fields {
        Fields {
            name: self.name.clone(),
            description: self.description.clone().unwrap_or_default(),
            application_uri: self.application_uri.clone().unwrap_or_default(),
            redirect_uri: self.redirect_uri.clone().unwrap_or_default(),
            avatar_email: self.avatar_email.clone(),
        }
    }

    /// The state after Quay's answer. What Quay hides is as it was sent.
    fn applied(self, view: View, quay: &Context<Quay>) -> Self {
        let mut found = Self::of(&self.orgname, view);
        found.redirect_uri = found.redirect_uri.or(self.redirect_uri);
        found.avatar_email = found.avatar_email.or(self.avatar_email);
        found.client_secret = found.client_secret.or(self.client_secret);
        found.store_client_secret = self.store_client_secret;
        found.hide_secret();
        if found.store_client_secret == Some(true) && found.client_secret.is_none() {
            quay.warn(
                "The client secret is not shown",
                "Quay hides it from this token's user: a superuser who does not administer the \
                 organization. It stays null in the state until an administrator's token sees it.",
            );
        }
        found
    }
}

/// The one application of a name. Terraform holds all texts in normal form C, and Quay holds them as
/// they were written.
pub(super) fn pick_by_name<'a>(
    applications: &'a [View],
    orgname: &str,
    name: &str,
) -> Result<&'a View> {
    let meant = Value::string(name);
    let is_meant = |it: &&View| Value::string(it.name.as_str()) == meant;
    let same: Vec<&View> = applications.iter().filter(is_meant).collect();
    match same[..] {
        [one] => Ok(one),
        [] => Err(Error::new(format!(
            "The organization {orgname} has no application with the client id or name {name:?}."
        ))),
        _ => {
            let ids: Vec<&str> = same.iter().map(|it| it.client_id.as_str()).collect();
            Err(Error::new(format!(
                "The organization {orgname} has {} applications named {name:?}. Use one of their \
                 client ids: {}.",
                ids.len(),
                ids.join(", ")
            )))
        }
    }
}
