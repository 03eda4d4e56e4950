//! The client: how a Quay is asked, and with which token.
//!
//! A request ends in an [`Answer`] or an [`Error`]. What may be repeated is repeated in `sending.rs`,
//! within the limits of the settings; what may not be is the noun's to resolve.

use super::application::Registry;
use super::call::{Answer, Auth, Call};
use super::connection::{Tls, connect};
use super::credentials::{Credentials, Sign, Wallet};
use super::error::{Error, Result};
use super::gate::Gate;
use super::secret::Secret;
use super::shared::Shared;
use super::turns::Turns;
use http::HeaderMap;
use serde::de::DeserializeOwned;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use url::Url;

/// How to reach a Quay.
pub struct Options {
    /// The base URL, `http` or `https`, possibly with a path prefix.
    pub url: Url,
    /// Where the token comes from.
    pub credentials: Credentials,
    /// What to trust.
    pub tls: Tls,
    /// Sent with every request, besides our own.
    pub headers: HeaderMap,
    /// How long one request may take.
    pub request_timeout: Duration,
    /// How often a request is repeated at the most.
    pub max_retries: u32,
    /// Ends everything.
    pub stop: CancellationToken,
}

impl std::ops::Deref for Quay {
    type Target = Core;

    fn deref(&self) -> &Core {
        &self.core
    }
}

/// A Quay. Clones are the same one, asked in one way or another.
#[derive(Clone)]
pub struct Quay {
    core: Arc<Core>,
    fresh: bool,
    finishing: bool,
    pinned: Option<Secret>,
}

/// What all clones have in common.
pub struct Core {
    pub(super) http: reqwest::Client,
    /// The values of all extra headers.
    pub(super) header_values: Vec<Secret>,
    pub(super) base: String,
    pub(super) host: String,
    wallet: Wallet,
    no_other_token: Mutex<Option<String>>,
    pub(super) gate: Gate,
    pub(super) shared: Shared,
    pub(super) registry: Registry,
    /// One queue for each organization whose proxy cache is being created.
    pub(super) proxy_cache_turns: Turns<String>,
    pub(super) request_timeout: Duration,
    pub(super) max_retries: u32,
    pub(super) stop: CancellationToken,
    pub(super) stopped_at: OnceLock<Instant>,
}

impl Quay {
    /// A Quay that is asked nothing yet.
    pub fn new(options: Options) -> Result<Self, String> {
        // Clearly earlier than the request's own end, which would not tell that it never arrived.
        let connect_timeout = options.request_timeout / 2;
        let header_values = options
            .headers
            .values()
            .map(|value| Secret::new(String::from_utf8_lossy(value.as_bytes()).into_owned()));
        let header_values = header_values.collect();
        let http = connect(&options.url, &options.tls, options.headers, connect_timeout)?;
        let core = Core {
            http,
            header_values,
            host: options.url.authority().to_owned(),
            base: options.url.as_str().trim_end_matches('/').to_owned(),
            wallet: Wallet::new(options.credentials, &options.tls, options.request_timeout)?,
            no_other_token: Mutex::default(),
            gate: Gate::default(),
            shared: Shared::default(),
            registry: Registry::default(),
            proxy_cache_turns: Turns::default(),
            request_timeout: options.request_timeout,
            max_retries: options.max_retries,
            stop: options.stop,
            stopped_at: OnceLock::new(),
        };
        Ok(Self { core: Arc::new(core), fresh: false, finishing: false, pinned: None })
    }

    /// The same Quay, where every read is a request of its own. Decisions to delete, remove or
    /// adopt are made with it.
    #[must_use]
    pub fn fresh(&self) -> Self {
        Self { fresh: true, ..self.clone() }
    }

    /// The same Quay, asked for what finishes that which was begun: every read is a request of its
    /// own, and is still made shortly after a stop.
    #[must_use]
    pub fn finishing(&self) -> Self {
        Self { fresh: true, finishing: true, ..self.clone() }
    }

    /// The same Quay, asked with the token that is in use now, and with no other. A decision that
    /// was made with one token is then not carried out with another.
    pub async fn pinned(&self) -> Result<Self> {
        Ok(Self { pinned: Some(self.token().await?), ..self.clone() })
    }

    /// Gets another token than the pinned one, which Quay did not accept, for the others of this
    /// Quay; `false` where there is none.
    pub async fn renew(&self) -> Result<bool> {
        let Some(refused) = &self.pinned else { return Ok(false) };
        let others = Self { pinned: None, ..self.clone() };
        Ok(others.another_token(refused, Sign::Refusal).await?.is_some())
    }

    /// Whether every read is a request of its own.
    pub(super) fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// Whether what is asked finishes what was begun.
    pub(super) fn is_finishing(&self) -> bool {
        self.finishing
    }

    /// Reads something, or shares the answer of another call that read it.
    pub(super) async fn read<T>(&self, call: Call) -> Result<Arc<T>>
    where
        T: DeserializeOwned + Send + Sync + 'static,
    {
        let ask = async || self.send(call.clone()).await?.read::<T>();
        if self.fresh {
            return ask().await.map(Arc::new);
        }
        self.shared.read(&call.path, ask).await
    }

    /// Waits, unless the provider is asked to stop meanwhile.
    pub async fn pause(&self, duration: Duration, reason: &str) -> Result<()> {
        tokio::select! {
            () = sleep(duration) => Ok(()),
            () = self.stop.cancelled() => Err(Error::stopped(reason)),
        }
    }

    /// Whether another token may be had, should this one be refused.
    pub(super) fn can_renew(&self) -> bool {
        self.wallet.can_renew()
    }

    /// The token to send, unless the provider is asked to stop while it is fetched.
    async fn token(&self) -> Result<Secret> {
        if let Some(pinned) = &self.pinned {
            return Ok(pinned.clone());
        }
        tokio::select! {
            biased;
            token = self.wallet.token() => token,
            () = self.stopped() => Err(Error::stopped("the request for a token")),
        }
    }

    /// Another token than this one, which Quay did not accept; `None` where there is no other.
    async fn another_token(&self, refused: &Secret, sign: Sign) -> Result<Option<Secret>> {
        if self.pinned.is_some() {
            return Ok(None);
        }
        tokio::select! {
            biased;
            token = self.wallet.another(refused, sign) => token,
            () = self.stopped() => Err(Error::stopped("the request for a token")),
        }
    }

    fn note_renewal(&self, failure: Option<String>) {
        *self.no_other_token.lock().unwrap_or_else(PoisonError::into_inner) = failure;
    }

    /// Why there was no other token to look with the last time that one was wanted.
    pub(super) fn why_no_other_token(&self) -> Option<String> {
        self.no_other_token.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Makes a request. What was begun is known to be done only by the look that finishes it, so
    /// what others began to read before that may be older.
    pub(super) async fn send(&self, call: Call) -> Result<Answer> {
        let result = self.send_with_token(&call).await;
        if self.finishing {
            self.shared.written(&call.path);
        }
        result
    }

    /// Makes a request, with a renewed token where the old one was refused.
    async fn send_with_token(&self, call: &Call) -> Result<Answer> {
        let mut token = match call.auth {
            Auth::Token => Some(self.token().await?),
            Auth::Public => None,
        };
        let mut is_renewed = false;
        loop {
            let result = self.repeat(call, token.as_ref()).await;
            let Some(sign) = sign_of_refusal(call, &result) else { return result };
            // What was refused was not executed, so whatever it was, it may be made again.
            token = match token {
                None => Some(self.token().await?),
                Some(refused) if !is_renewed => {
                    is_renewed = true;
                    match self.another_token(&refused, sign).await {
                        Ok(None) => return result,
                        Ok(another) => {
                            self.note_renewal(None);
                            another
                        }
                        // It may well be a stranger's view, and then nothing is wrong with the token.
                        Err(error) if sign == Sign::View && !error.is_stopped() => {
                            tracing::warn!(error = %error, "there is no other token to look with");
                            self.note_renewal(Some(error.to_string()));
                            return result;
                        }
                        Err(error) => return Err(error),
                    }
                }
                Some(_) => return result,
            };
        }
    }
}

/// How an answer shows that Quay does not accept the token, if it does.
fn sign_of_refusal(call: &Call, result: &Result<Answer>) -> Option<Sign> {
    match result {
        Err(error) if error.is_token_refused() => Some(Sign::Refusal),
        Ok(answer) if call.is_view && answer.is_to_a_stranger() => Some(Sign::View),
        _ => None,
    }
}
