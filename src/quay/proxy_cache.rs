//! The proxy cache of an organization.

use super::call::{Call, Repetition, scalar};
use super::client::Quay;
use super::error::Result;
use super::secret::Secret;
use super::turns::Turn;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::time::Duration;

/// Quay itself waits half a minute for an upstream registry that hangs.
const VALIDATION_PATIENCE: Duration = Duration::from_mins(1);

/// A proxy cache as Quay shows it: without user name and password, and without whether there are
/// any.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ProxyCache {
    /// `host[:port][/namespace]`.
    pub upstream_registry: String,
    /// How long what was fetched is kept, in seconds. Quay also holds what makes no sense.
    pub expiration_s: Option<i64>,
    /// Whether the upstream is asked without TLS.
    pub insecure: bool,
}

/// What a proxy cache is to be.
#[derive(Clone, Debug, Serialize)]
pub struct Wanted {
    /// `host[:port][/namespace]`.
    pub upstream_registry: String,
    /// Who logs in there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upstream_registry_username: Option<String>,
    /// With what.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upstream_registry_password: Option<Secret>,
    /// How long what was fetched is kept, in seconds.
    pub expiration_s: i64,
    /// Whether the upstream is asked without TLS.
    pub insecure: bool,
}

/// How an upstream registry took a try.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Validation {
    /// It lets us in.
    Valid,
    /// It is there, and nobody was logged in.
    Anonymous,
}

/// Quay answers empty texts in place of number and boolean where there is none.
#[derive(Deserialize)]
pub(super) struct View {
    upstream_registry: String,
    #[serde(default, deserialize_with = "scalar")]
    expiration_s: Json,
    #[serde(default, deserialize_with = "scalar")]
    insecure: Json,
}

impl View {
    pub(super) fn proxy_cache(&self) -> Option<ProxyCache> {
        (!self.upstream_registry.is_empty()).then(|| ProxyCache {
            upstream_registry: self.upstream_registry.clone(),
            expiration_s: self.expiration_s.as_i64(),
            insecure: self.insecure.as_bool().unwrap_or(false),
        })
    }
}

impl Quay {
    /// Reads the proxy cache of an organization; `None` where there is none or the organization is
    /// gone.
    pub async fn proxy_cache(&self, organization: &str) -> Result<Option<ProxyCache>> {
        let call = Call::get(&["organization", organization, "proxycache"])?;
        let read = self.read::<View>(call).await;
        let view = self.below(organization, read).await?;
        Ok(view.and_then(|view| view.proxy_cache()))
    }

    /// Waits until no other call is creating a proxy cache for the organization: Quay may accept two
    /// at the same time.
    pub async fn proxy_cache_turn(&self, organization: &str) -> Turn<'_, String> {
        self.proxy_cache_turns.take(organization.to_owned()).await
    }

    /// Sets the proxy cache of an organization. Quay answers with nothing of it.
    pub async fn create_proxy_cache(&self, organization: &str, wanted: &Wanted) -> Result<()> {
        let body = serde_json::to_value(wanted).unwrap_or_default();
        self.send(Call::post(&["organization", organization, "proxycache"], body)?).await.map(drop)
    }

    /// Has Quay try an upstream registry, which it can only while no proxy cache is set.
    pub async fn validate_proxy_cache(
        &self,
        organization: &str,
        wanted: &Wanted,
    ) -> Result<Validation> {
        let body = serde_json::to_value(wanted).unwrap_or_default();
        let call = Call::post(&["organization", organization, "validateproxycache"], body)?;
        // It changes nothing, so it may be repeated.
        let answer =
            self.send(call.repetition(Repetition::Always).patience(VALIDATION_PATIENCE)).await?;
        let said: String = answer.read()?;
        Ok(if said == "Anonymous" { Validation::Anonymous } else { Validation::Valid })
    }

    /// Removes the proxy cache of an organization. What is gone already is a success.
    pub async fn delete_proxy_cache(&self, organization: &str) -> Result<()> {
        let call = Call::delete(&["organization", organization, "proxycache"])?;
        let deleted = self.send(call).await.map(drop);
        self.below(organization, deleted).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_texts_mean_that_there_is_none() {
        let read = |text| serde_json::from_str::<View>(text).expect("a view").proxy_cache();
        assert_eq!(read(r#"{"upstream_registry":"","expiration_s":"","insecure":""}"#), None);
        let set =
            read(r#"{"upstream_registry":"docker.io","expiration_s":86400,"insecure":false}"#);
        assert_eq!(set.and_then(|it| it.expiration_s), Some(86_400));
    }
}
