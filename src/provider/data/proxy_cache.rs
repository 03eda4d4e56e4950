//! `quay_proxy_cache`: whether an organization is a proxy cache, and of what.

use crate::provider::attributes::ORGNAME;
use crate::provider::errors::no_organization;
use crate::provider::proxy_cache::explain_read;
use crate::quay::Quay;
use crate::terraform::data_source::DataSource;
use crate::terraform::schema::{Attribute, Schema};
use crate::terraform::{Context, Result};
use serde::{Deserialize, Serialize};

/// A proxy cache that was looked up.
#[derive(Debug, Deserialize, Serialize)]
pub(in crate::provider) struct ProxyCache {
    orgname: String,
    configured: Option<bool>,
    upstream_registry: Option<String>,
    expiration_s: Option<i64>,
    insecure: Option<bool>,
}

impl DataSource<Quay> for ProxyCache {
    const NAME: &'static str = "quay_proxy_cache";
    const SCHEMA: Schema = Schema::new(
        "Whether an organization is a proxy cache of an upstream registry, and of which.\n\n\
         The token's user must be a member of the organization. User name and password are never \
         shown by Quay.",
        &[
            ORGNAME,
            Attribute::bool("configured", "Whether there is a proxy cache."),
            Attribute::string(
                "upstream_registry",
                "Registry that is cached; null without a proxy cache.",
            ),
            Attribute::number(
                "expiration_s",
                "How many seconds a cached tag is kept; null without a proxy cache.",
            ),
            Attribute::bool(
                "insecure",
                "Whether the upstream registry is asked over plain HTTP; null without a proxy \
                 cache.",
            ),
        ],
    );

    async fn read(self, quay: &Context<Quay>) -> Result<Self> {
        let found = match quay.proxy_cache(&self.orgname).await {
            Ok(found) => found,
            Err(error) => return Err(explain_read(&self.orgname, quay, error).await),
        };
        // To an administrator of everything, a missing organization looks like an empty one.
        if found.is_none() && !quay.organization_exists(&self.orgname).await? {
            return Err(no_organization(&self.orgname));
        }
        Ok(Self {
            orgname: self.orgname,
            configured: Some(found.is_some()),
            upstream_registry: found.as_ref().map(|it| it.upstream_registry.clone()),
            expiration_s: found.as_ref().and_then(|it| it.expiration_s),
            insecure: found.as_ref().map(|it| it.insecure),
        })
    }
}
