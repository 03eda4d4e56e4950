//! `quay_proxy_cache`: makes an organization a cache of an upstream registry.
//!
//! Quay cannot change a proxy cache, only delete and create it, and shows neither user name nor
//! password, nor whether there are any.

mod creation;

pub(super) use creation::{Refusal, try_upstream};

use super::checks;
use super::errors::refused;
use crate::quay::proxy_cache::{ProxyCache as View, Wanted};
use crate::quay::{self, Quay, Secret};
use crate::terraform::diagnostic::Diagnostic;
use crate::terraform::plan::Planning;
use crate::terraform::resource::Resource;
use crate::terraform::schema::{Attribute, Literal, Schema};
use crate::terraform::value::Value;
use crate::terraform::{Context, Error, Result};
use serde::{Deserialize, Serialize};

/// How long what was fetched is kept where nothing else is said; Quay's own default.
const EXPIRATION_S_DEFAULT: i64 = 86_400;

/// The state of a proxy cache.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct ProxyCache {
    orgname: String,
    upstream_registry: Option<String>,
    upstream_registry_username: Option<String>,
    upstream_registry_password: Option<Secret>,
    upstream_registry_password_wo: Option<Secret>,
    upstream_registry_password_wo_version: Option<i64>,
    expiration_s: Option<i64>,
    insecure: Option<bool>,
    validate_upstream: Option<bool>,
}

/// What names a proxy cache for ever.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Key {
    orgname: String,
}

impl Resource<Quay> for ProxyCache {
    const NAME: &'static str = "quay_proxy_cache";
    const IDENTITY: &'static [&'static str] = &["orgname"];
    const SCHEMA: Schema = Schema::new(
        "The proxy cache of an organization: images of an upstream registry can be pulled through \
         the organization and are kept there.\n\n\
         An organization has one proxy cache at most, and Quay cannot change it: every change but \
         that of `validate_upstream` deletes it and creates another. The plan says so. Should \
         creating fail then, there is no proxy cache until the next apply. `create_before_destroy` \
         cannot work here.\n\n\
         Quay makes a repository for each image that is pulled through. The organization's \
         `force_destroy` counts them like any other.\n\n\
         Quay shows neither user name nor password. After an import, a configuration without them \
         has an empty plan; with them, the proxy cache is replaced once.\n\n\
         The token's user must administer the organization, and the token needs the scope \
         `org:admin`.",
        &[
            Attribute::string(
                "orgname",
                "Name of the organization. Changing this creates a new proxy cache.",
            )
            .required()
            .replaces()
            .checked(&[checks::organization_name]),
            Attribute::string(
                "upstream_registry",
                "Registry to cache, as `host[:port][/namespace]`, such as `docker.io/library`: \
                 without a scheme, and of at most 2048 characters. Quay itself must be able to \
                 reach it. Changing this creates a new proxy cache.",
            )
            .required()
            .replaces()
            .checked(&[checks::upstream_registry]),
            Attribute::string(
                "upstream_registry_username",
                "User name at the upstream registry. Quay never shows it, so what others change \
                 there is not noticed. Changing this creates a new proxy cache.",
            )
            .optional()
            .replaces()
            .checked(&[checks::not_empty, checks::short_text]),
            Attribute::string(
                "upstream_registry_password",
                "Password at the upstream registry. It is stored in the state, unlike \
                 `upstream_registry_password_wo`, which it excludes. Changing this creates a new \
                 proxy cache.",
            )
            .optional()
            .sensitive()
            .replaces()
            .checked(&[checks::not_empty, checks::characters]),
            Attribute::string(
                "upstream_registry_password_wo",
                "Password at the upstream registry, which goes to Quay and is stored nowhere \
                 else. Needs `upstream_registry_password_wo_version`, and Terraform 1.11 or \
                 newer. Excludes `upstream_registry_password`.",
            )
            .optional()
            .sensitive()
            .write_only()
            .checked(&[checks::not_empty, checks::characters]),
            Attribute::number(
                "upstream_registry_password_wo_version",
                "A whole number that goes with `upstream_registry_password_wo`. Terraform cannot \
                 see when that password changes: change this number to send it again. Changing \
                 this creates a new proxy cache.",
            )
            .optional()
            .replaces()
            .checked(&[checks::whole]),
            Attribute::number(
                "expiration_s",
                "How many seconds a cached tag is kept: 0 to 2147483647. Default `86400`, a day. \
                 Changing this creates a new proxy cache.",
            )
            .defaults_to(Literal::Integer(EXPIRATION_S_DEFAULT))
            .replaces()
            .checked(&[checks::seconds]),
            Attribute::bool(
                "insecure",
                "Whether the upstream registry is asked over plain HTTP. Default `false`. \
                 Changing this creates a new proxy cache.",
            )
            .defaults_to(Literal::Bool(false))
            .replaces(),
            Attribute::bool(
                "validate_upstream",
                "Whether Quay tries the upstream registry and the credentials before the proxy \
                 cache is created. Default `true`.",
            )
            .defaults_to(Literal::Bool(true))
            .own(),
        ],
    );
    type Key = Key;

    fn validate(config: &Value) -> Vec<Diagnostic> {
        let is_set = |name: &str| config.get(name).is_surely_set();
        let mut found = Vec::new();
        let mut refuse = |path: &str, detail: &str| {
            found.push(Diagnostic::error("Invalid combination of attributes", detail).at(path));
        };
        let (password, write_only) =
            ("upstream_registry_password", "upstream_registry_password_wo");
        let version = "upstream_registry_password_wo_version";
        if is_set(password) && is_set(write_only) {
            refuse(write_only, "Set either `upstream_registry_password` or the form with `_wo`.");
        }
        if is_set(write_only) && config.get(version).is_null() {
            refuse(write_only, "It needs `upstream_registry_password_wo_version`, such as 1.");
        }
        found.extend(half_credentials(config, &[password, write_only]));
        found
    }

    /// What a user should know before a proxy cache is replaced.
    fn plan(planning: &mut Planning<'_>) {
        if planning.replaced().is_empty() {
            return;
        }
        planning.warnings.push(Diagnostic::warning(
            "The proxy cache is replaced",
            "Quay cannot change a proxy cache. It is deleted before the new one is created, and \
             only then can Quay try the upstream registry: if that fails, there is none until the \
             next apply. `create_before_destroy` cannot work here.",
        ));
        let prior = |name| planning.prior.get(name).is_null();
        let config = |name| planning.config.get(name).is_null();
        let credentials = [
            "upstream_registry_username",
            "upstream_registry_password",
            "upstream_registry_password_wo_version",
        ];
        if credentials.into_iter().all(prior) && !credentials.into_iter().all(config) {
            planning.warnings.push(Diagnostic::warning(
                "The credentials of the proxy cache are not known",
                "Quay never shows them, so after an import the proxy cache is replaced once to set \
                 those of the configuration.",
            ));
        }
    }

    async fn read(key: &Key, quay: &Context<Quay>) -> Result<Option<Self>> {
        match quay.proxy_cache(&key.orgname).await {
            Ok(view) => Ok(view.map(|view| Self::of(&key.orgname, view))),
            Err(error) => Err(explain_read(&key.orgname, quay, error).await),
        }
    }

    fn carry(&mut self, prior: Option<Self>) -> Result<()> {
        if let Some(prior) = prior {
            self.upstream_registry_username = prior.upstream_registry_username;
            self.upstream_registry_password = prior.upstream_registry_password;
            self.upstream_registry_password_wo_version =
                prior.upstream_registry_password_wo_version;
            self.validate_upstream = prior.validate_upstream;
        }
        Ok(())
    }

    async fn create(self, quay: &Context<Quay>) -> Result<Self> {
        self.create_tried(&quay.fresh()).await
    }

    /// Only `validate_upstream` changes in place, and Quay does not know of it.
    async fn update(self, _prior: Self, _quay: &Context<Quay>) -> Result<Self> {
        Ok(self)
    }

    async fn delete(self, quay: &Context<Quay>) -> Result<()> {
        let Err(error) = quay.delete_proxy_cache(&self.orgname).await else { return Ok(()) };
        // A deletion whose answer was lost may be done all the same.
        let is_gone = error.may_have_acted()
            && matches!(quay.finishing().proxy_cache(&self.orgname).await, Ok(None));
        if is_gone { Ok(()) } else { Err(explain_read(&self.orgname, quay, error).await) }
    }
}

/// Why Quay did not do what it was asked for.
async fn explain(orgname: &str, quay: &Quay, error: quay::Error) -> Error {
    if error.is_not_quay() {
        return explain_read(orgname, quay, error).await;
    }
    refused(orgname, quay, error).await
}

/// A warning where there is a user name without a password, or the reverse: Quay tries such an
/// upstream registry anonymously, and so it pulls.
pub(super) fn half_credentials(config: &Value, passwords: &[&str]) -> Option<Diagnostic> {
    let is_set = |name: &&&str| config.get(name).is_surely_set();
    let is_null = |name: &&str| config.get(name).is_null();
    let name = "upstream_registry_username";
    let half = if is_null(&name) {
        passwords.iter().find(is_set)
    } else {
        Some(&name).filter(|name| is_set(name) && passwords.iter().all(is_null))
    };
    half.map(|half| {
        let detail = "Quay uses a user name and a password only together, and pulls anonymously \
                      with one of them. Set both, or neither.";
        Diagnostic::warning("Half the credentials of an upstream registry", detail).at(*half)
    })
}

/// Why Quay did not show or delete what it was asked for, where a refusal has led to a look at the
/// organization already. It has no such operation where the feature is off, and what it says of
/// organizations tells that from an answer that is not Quay's at all.
pub(super) async fn explain_read(orgname: &str, quay: &Quay, error: quay::Error) -> Error {
    if !error.is_not_quay() || quay.organization_exists(orgname).await.is_err() {
        return error.into();
    }
    Error::new(format!(
        "{} `FEATURE_PROXY_CACHE` is off in this Quay: have it switched on.",
        error.happening()
    ))
}

impl ProxyCache {
    fn of(orgname: &str, view: View) -> Self {
        Self {
            orgname: orgname.to_owned(),
            upstream_registry: Some(view.upstream_registry),
            upstream_registry_username: None,
            upstream_registry_password: None,
            upstream_registry_password_wo: None,
            upstream_registry_password_wo_version: None,
            expiration_s: view.expiration_s,
            insecure: Some(view.insecure),
            validate_upstream: None,
        }
    }

    fn wanted(&self) -> Wanted {
        let password = self.upstream_registry_password_wo.as_ref();
        Wanted {
            upstream_registry: self.upstream_registry.clone().unwrap_or_default(),
            upstream_registry_username: self.upstream_registry_username.clone(),
            upstream_registry_password: password
                .or(self.upstream_registry_password.as_ref())
                .cloned(),
            expiration_s: self.expiration_s.unwrap_or(EXPIRATION_S_DEFAULT),
            insecure: self.insecure.unwrap_or(false),
        }
    }
}
