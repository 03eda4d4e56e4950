//! `quay_validate_proxy_cache`: has Quay try an upstream registry without creating anything.

use crate::provider::attributes::ORGNAME;
use crate::provider::checks;
use crate::provider::proxy_cache::{Refusal, half_credentials, try_upstream};
use crate::quay::proxy_cache::Wanted;
use crate::quay::{Quay, Secret};
use crate::terraform::action::{Action, Progress};
use crate::terraform::diagnostic::Diagnostic;
use crate::terraform::schema::{Attribute, Schema};
use crate::terraform::value::Value;
use crate::terraform::{Context, Error, Result};
use serde::Deserialize;

/// Quay wants it with every try, and uses it for nothing there.
const EXPIRATION_S: i64 = 86_400;

/// What to try, and through which organization.
#[derive(Debug, Deserialize)]
pub(in crate::provider) struct ValidateProxyCache {
    orgname: String,
    upstream_registry: String,
    upstream_registry_username: Option<String>,
    upstream_registry_password: Option<Secret>,
    insecure: Option<bool>,
}

impl Action<Quay> for ValidateProxyCache {
    const NAME: &'static str = "quay_validate_proxy_cache";
    const SCHEMA: Schema = Schema::new(
        "Has Quay try an upstream registry, and credentials for it, without creating anything.\n\n\
         That is possible only while the organization has no proxy cache. Without credentials it is \
         enough that the registry answers; with some, the registry must accept them. The token's \
         user must administer the organization, and the token needs the scope `org:admin`.\n\n\
         A plan that is saved to a file holds the arguments, the password included.",
        &[
            ORGNAME,
            Attribute::string(
                "upstream_registry",
                "Registry to try, as `host[:port][/namespace]`, such as `docker.io/library`, \
                 without a scheme.",
            )
            .required()
            .checked(&[checks::upstream_registry]),
            Attribute::string("upstream_registry_username", "User name at the upstream registry.")
                .optional()
                .checked(&[checks::not_empty, checks::short_text]),
            Attribute::string(
                "upstream_registry_password",
                "Password at the upstream registry. A saved plan holds it.",
            )
            .optional()
            .sensitive()
            .checked(&[checks::not_empty, checks::characters]),
            Attribute::bool(
                "insecure",
                "Whether the upstream registry is asked over plain HTTP. Default `false`.",
            )
            .optional(),
        ],
    );

    fn validate(config: &Value) -> Vec<Diagnostic> {
        half_credentials(config, &["upstream_registry_password"]).into_iter().collect()
    }

    async fn invoke(self, quay: &Context<Quay>, progress: &Progress) -> Result<()> {
        let Self { orgname, upstream_registry, .. } = &self;
        progress.say(format!("Quay tries {upstream_registry} for {orgname}"));
        let wanted = Wanted {
            upstream_registry: upstream_registry.clone(),
            upstream_registry_username: self.upstream_registry_username.clone(),
            upstream_registry_password: self.upstream_registry_password.clone(),
            expiration_s: EXPIRATION_S,
            insecure: self.insecure.unwrap_or(false),
        };
        match try_upstream(orgname, &wanted, quay).await {
            Ok(()) => {
                progress.say(format!("{upstream_registry} can be used"));
                Ok(())
            }
            Err(Refusal::Credentials(error)) => Err(error.at("upstream_registry_username")),
            Err(Refusal::Upstream(error)) => Err(error.at("upstream_registry")),
            Err(Refusal::Taken) => Err(Error::new(format!(
                "The organization {orgname} has a proxy cache, and while it has one Quay tries \
                 nothing. Use an organization without a proxy cache."
            ))
            .at("orgname")),
            Err(Refusal::Other(error)) => Err(error),
        }
    }
}
