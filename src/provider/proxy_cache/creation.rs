//! The creation of a proxy cache: the upstream is tried first, and nothing is taken over.

use super::{ProxyCache, View, explain, explain_read};
use crate::provider::lost::{import_command, look_for, not_found, unresolved};
use crate::quay::proxy_cache::{Validation, Wanted};
use crate::quay::{self, Quay};
use crate::terraform::{Error, Result};

impl ProxyCache {
    /// Creates the proxy cache where there is none.
    pub(super) async fn create_tried(self, quay: &Quay) -> Result<Self> {
        let wanted = self.wanted();
        let _turn = quay.proxy_cache_turn(&self.orgname).await;
        // Either request shows that there is none yet, so that one found later is ours.
        if self.validate_upstream == Some(false) {
            self.refuse_another(quay).await?;
        } else {
            self.try_upstream(&wanted, quay).await?;
        }
        match quay.create_proxy_cache(&self.orgname, &wanted).await {
            Ok(()) => self.confirmed(quay).await,
            Err(error) if error.may_have_acted() => self.resolve_lost_create(quay, error).await,
            Err(error) => Err(self.why_not_created(quay, error).await),
        }
    }

    /// Of several creations at the same time Quay may accept more than one, and keeps all of them
    /// until the first deletion, but uses and shows one. Only a look tells whether that is ours.
    async fn confirmed(self, quay: &Quay) -> Result<Self> {
        match quay.finishing().proxy_cache(&self.orgname).await {
            Ok(Some(view)) if !self.is(&view) => Err(Error::new(format!(
                "Quay accepted the proxy cache, and another one of {registry} that somebody created \
                 at the same moment. It shows and uses that one, which is not taken over. To \
                 manage it, import it: {command}. Deleting it deletes both.",
                registry = view.upstream_registry,
                command = import_command(&self.orgname),
            ))),
            Ok(None) => Err(Error::new(format!(
                "Quay created the proxy cache of {}, but shows none any more: somebody deleted it \
                 meanwhile. Apply again.",
                self.orgname
            ))),
            Ok(Some(_)) => Ok(self),
            // Quay has acknowledged it. What is not as it should be shows at the next refresh.
            Err(error) => {
                tracing::warn!(error = %error, "the new proxy cache was not looked at");
                Ok(self)
            }
        }
    }

    async fn refuse_another(&self, quay: &Quay) -> Result<()> {
        match quay.proxy_cache(&self.orgname).await {
            Ok(None) => Ok(()),
            Ok(Some(_)) => Err(self.exists_already()),
            Err(error) => Err(explain_read(&self.orgname, quay, error).await),
        }
    }

    async fn try_upstream(&self, wanted: &Wanted, quay: &Quay) -> Result<()> {
        match try_upstream(&self.orgname, wanted, quay).await {
            Ok(()) => Ok(()),
            Err(Refusal::Credentials(error)) => Err(error.at("upstream_registry_username")),
            Err(Refusal::Upstream(error)) => Err(error.at("upstream_registry")),
            Err(Refusal::Taken) => Err(self.exists_already()),
            Err(Refusal::Other(error)) => Err(error),
        }
    }

    /// There was none before, so one that is just what was asked for was made by the request.
    async fn resolve_lost_create(self, quay: &Quay, error: quay::Error) -> Result<Self> {
        let looked =
            look_for(quay, &error, || async { quay.finishing().proxy_cache(&self.orgname).await });
        match looked.await {
            Ok(Some(view)) if self.is(&view) => Ok(self),
            Ok(Some(view)) => Err(Error::new(format!(
                "{} The organization {} has a proxy cache of {} now, which is not this one. To \
                 manage it, import it: {}.",
                error.happening(),
                self.orgname,
                view.upstream_registry,
                import_command(&self.orgname)
            ))),
            Ok(None) => Err(not_found(&error, &self.orgname)),
            Err(again) => Err(unresolved(&error, "the proxy cache", &again, &self.orgname)),
        }
    }

    fn is(&self, view: &View) -> bool {
        let wanted = self.wanted();
        view.upstream_registry == wanted.upstream_registry
            && view.expiration_s == Some(wanted.expiration_s)
            && view.insecure == wanted.insecure
    }

    fn exists_already(&self) -> Error {
        Error::new(format!(
            "The organization {} has a proxy cache already, and Quay can neither change it nor hold \
             two. To manage it, import it: {}. If this is a replacement with \
             `create_before_destroy`, remove that setting: it cannot work here.",
            self.orgname,
            import_command(&self.orgname)
        ))
        .at("orgname")
    }

    async fn why_not_created(&self, quay: &Quay, error: quay::Error) -> Error {
        if error.is_taken() {
            return self.exists_already();
        }
        let about_upstream = error.is_invalid() && !error.may_lack_organization();
        let is_mirrored = error.is_mirrored();
        let error = explain(&self.orgname, quay, error).await;
        match (is_mirrored, about_upstream) {
            (true, _) => error.at("orgname"),
            (false, true) => error.at("upstream_registry"),
            (false, false) => error,
        }
    }
}

/// Why an upstream registry does not do.
pub(in crate::provider) enum Refusal {
    /// It is there, but does not know the credentials.
    Credentials(Error),
    /// Quay cannot use it.
    Upstream(Error),
    /// Quay tries nothing while the organization has a proxy cache.
    Taken,
    /// Something else went wrong.
    Other(Error),
}

/// Has Quay try an upstream registry.
pub(in crate::provider) async fn try_upstream(
    orgname: &str,
    wanted: &Wanted,
    quay: &Quay,
) -> Result<(), Refusal> {
    let registry = &wanted.upstream_registry;
    let credentials = (&wanted.upstream_registry_username, &wanted.upstream_registry_password);
    match quay.validate_proxy_cache(orgname, wanted).await {
        Ok(Validation::Valid) => Ok(()),
        Ok(Validation::Anonymous) => match credentials {
            (None, None) => Ok(()),
            // Registries with basic authentication that refuse the credentials look like this.
            (Some(_), Some(_)) => Err(Refusal::Credentials(Error::new(format!(
                "The upstream registry {registry} answered Quay, but did not accept the user name \
                 and password. Correct them, or remove them to pull anonymously."
            )))),
            _ => Err(Refusal::Credentials(Error::new(format!(
                "Quay tried the upstream registry {registry} without credentials: it uses a user \
                 name and a password only together. Set both, or neither to pull anonymously."
            )))),
        },
        Err(error) if error.is_taken() => Err(Refusal::Taken),
        Err(error) if error.is_mirrored() => Err(Refusal::Other(Error::from(error).at("orgname"))),
        Err(error) if error.is_invalid() => Err(Refusal::Upstream(Error::new(format!(
            "Quay cannot use the upstream registry {registry}: {}. Check the host, the \
                 credentials and, for plain HTTP, `insecure`; the host must be reachable from \
                 Quay.",
            error.message()
        )))),
        Err(error) if error.may_have_acted() => Err(Refusal::Other(Error::new(format!(
            "{} Whether Quay can use the upstream registry {registry} is not known, and nothing was \
             created. Check that Quay reaches it, and apply again; with `validate_upstream = false` \
             a proxy cache is created untried.",
            error.happening()
        )))),
        Err(error) => Err(Refusal::Other(explain(orgname, quay, error).await)),
    }
}
