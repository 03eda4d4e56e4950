//! One request to Quay, and the only place from which one is sent.
//!
//! A request ends in an [`Answer`] or an [`Error`]. What may be repeated is repeated here, within
//! the limits of the settings; what may not be is the noun's to resolve.

use super::application::Registry;
use super::credentials::{Credentials, Wallet};
use super::error::{Error, Result};
use super::gate::Gate;
use super::names;
use super::secret::Secret;
use super::shared::Shared;
use http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Method};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use std::error::Error as _;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use url::{Host, Url};

/// The largest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 64 << 20;
/// How long requests may be put off altogether because Quay limits their rate.
const RATE_LIMIT_PATIENCE: Duration = Duration::from_mins(5);
/// How long a write that is under way may still take when the provider is asked to stop.
const STOP_GRACE: Duration = Duration::from_millis(1500);
/// The first pause before a repetition; each further one is twice as long.
const BACKOFF_MIN: Duration = Duration::from_millis(200);
const BACKOFF_MAX: Duration = Duration::from_secs(10);

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

/// What to trust, and how to show who we are.
#[derive(Default)]
pub struct Tls {
    /// Skip all checks of certificates.
    pub insecure: bool,
    /// Trusted besides the machine's own authorities.
    pub authorities: Vec<CertificateDer<'static>>,
    /// A client certificate with its chain, and its key.
    pub identity: Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>,
}

/// A Quay. Clones are the same one.
#[derive(Clone)]
pub struct Quay {
    core: Arc<Core>,
    fresh: bool,
}

/// What all clones have in common.
pub struct Core {
    http: reqwest::Client,
    base: String,
    wallet: Wallet,
    gate: Gate,
    shared: Shared,
    pub(super) registry: Registry,
    request_timeout: Duration,
    max_retries: u32,
    stop: CancellationToken,
    stopped_at: OnceLock<Instant>,
}

/// Which requests carry the token. Checking one costs a Quay a hundred times what a request
/// without costs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Auth {
    Token,
    /// Public; with the token only where this Quay wants one for everything.
    Public,
}

/// One request to make.
#[derive(Clone)]
pub(super) struct Call {
    method: Method,
    path: String,
    body: Option<Json>,
    auth: Auth,
    repeatable: bool,
    follow_up: bool,
    patience: Duration,
}

/// A success.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) request: String,
    pub(super) status: u16,
    pub(super) json: Json,
}

impl Call {
    fn new(method: Method, segments: &[&str]) -> Result<Self> {
        let repeatable = method != Method::POST;
        let path = names::path(segments)?;
        Ok(Self {
            method,
            path,
            body: None,
            auth: Auth::Token,
            repeatable,
            follow_up: false,
            patience: Duration::ZERO,
        })
    }

    pub(super) fn get(segments: &[&str]) -> Result<Self> {
        Self::new(Method::GET, segments)
    }

    pub(super) fn post(segments: &[&str], body: Json) -> Result<Self> {
        Ok(Self { body: Some(body), ..Self::new(Method::POST, segments)? })
    }

    pub(super) fn put(segments: &[&str], body: Json) -> Result<Self> {
        Ok(Self { body: Some(body), ..Self::new(Method::PUT, segments)? })
    }

    pub(super) fn delete(segments: &[&str]) -> Result<Self> {
        Self::new(Method::DELETE, segments)
    }

    /// Some of Quay's paths end in a slash, and it answers others with a redirect.
    pub(super) fn with_slash(mut self) -> Self {
        self.path.push('/');
        self
    }

    pub(super) fn query(mut self, name: &str, value: &str) -> Self {
        let separator = if self.path.contains('?') { '&' } else { '?' };
        self.path = format!("{}{separator}{name}={}", self.path, names::query_value(value));
        self
    }

    pub(super) fn public(self) -> Self {
        Self { auth: Auth::Public, ..self }
    }

    /// A lost answer is the caller's to resolve.
    pub(super) fn once(self) -> Self {
        Self { repeatable: false, ..self }
    }

    /// It changes nothing, or nothing more the second time.
    pub(super) fn repeatable(self) -> Self {
        Self { repeatable: true, ..self }
    }

    /// It finishes what was begun, so it may still be made shortly after a stop.
    pub(super) fn follow_up(self) -> Self {
        Self { follow_up: true, ..self }
    }

    /// It may take this long, where the settings allow less.
    pub(super) fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    fn is_write(&self) -> bool {
        self.method != Method::GET
    }
}

impl std::fmt::Display for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

impl Answer {
    /// The answer's content. What does not fit is named, but not quoted.
    pub(super) fn read<T: DeserializeOwned>(self) -> Result<T> {
        let Self { request, status, json } = self;
        serde_path_to_error::deserialize(json).map_err(|error| {
            let message = format!("`{}` in the answer is not as expected", error.path());
            Error::malformed(&request, status, message)
        })
    }
}

impl Quay {
    /// A Quay that is asked nothing yet.
    pub fn new(options: Options) -> Result<Self, String> {
        let http = build(&options)?;
        let core = Core {
            http,
            base: options.url.as_str().trim_end_matches('/').to_owned(),
            wallet: Wallet::new(options.credentials),
            gate: Gate::default(),
            shared: Shared::default(),
            registry: Registry::default(),
            request_timeout: options.request_timeout,
            max_retries: options.max_retries,
            stop: options.stop,
            stopped_at: OnceLock::new(),
        };
        Ok(Self { core: Arc::new(core), fresh: false })
    }

    /// The same Quay, where every read is a request of its own. Decisions to delete, remove or
    /// adopt are made with it.
    #[must_use]
    pub fn fresh(&self) -> Self {
        Self { fresh: true, ..self.clone() }
    }

    /// Whether every read is a request of its own.
    pub(super) fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// Reads something, or shares the answer of another call that read it.
    pub(super) async fn read<T>(&self, call: Call) -> Result<Arc<T>>
    where
        T: DeserializeOwned + Send + Sync + 'static,
    {
        let ask = async || self.send(call.clone()).await?.read::<T>();
        if self.fresh || call.follow_up {
            return ask().await.map(Arc::new);
        }
        self.shared.read(&call.path, ask).await
    }

    /// Waits, unless the provider is asked to stop meanwhile.
    pub async fn pause(&self, duration: Duration) -> Result<()> {
        tokio::select! {
            () = sleep(duration) => Ok(()),
            () = self.stop.cancelled() => Err(Error::stopped("a pause")),
        }
    }

    /// Whether another token may be had, should this one be refused.
    pub(super) fn can_renew(&self) -> bool {
        self.wallet.can_renew()
    }

    /// Forgets the token in use.
    pub(super) async fn renew(&self) -> Result<()> {
        let token = self.wallet.token(&self.http).await?;
        self.wallet.reject(&token).await;
        Ok(())
    }

    /// Makes a request, with a renewed token where the old one was refused.
    pub(super) async fn send(&self, call: Call) -> Result<Answer> {
        let token = match call.auth {
            Auth::Token => Some(self.wallet.token(&self.http).await?),
            Auth::Public => None,
        };
        let refused = match self.repeat(&call, token.as_ref()).await {
            Err(error) if error.is_token_refused() => error,
            result => return result,
        };
        // A refused request was not executed, so whatever it was, it may be made again.
        match token {
            None => {
                let token = self.wallet.token(&self.http).await?;
                self.repeat(&call, Some(&token)).await
            }
            Some(token) if self.wallet.can_renew() => {
                tracing::info!("the token was refused; asking for another");
                self.wallet.reject(&token).await;
                let token = self.wallet.token(&self.http).await?;
                self.repeat(&call, Some(&token)).await
            }
            Some(_) => Err(refused),
        }
    }

    /// Makes a request as often as it may be made and has to be.
    async fn repeat(&self, call: &Call, token: Option<&Secret>) -> Result<Answer> {
        let mut attempt = 1;
        let mut backoff = BACKOFF_MIN;
        let patient_until = Instant::now() + RATE_LIMIT_PATIENCE;
        loop {
            self.admission(call).await?;
            let error = match self.attempt(call, token, attempt).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            if error.is_rate_limited() {
                if Instant::now() >= patient_until {
                    return Err(error);
                }
            } else {
                let may_repeat = call.repeatable || error.never_arrived();
                if !may_repeat || !error.is_passing() || attempt > self.max_retries {
                    return Err(error);
                }
                tracing::warn!(error = %error, "repeating the request");
                let jitter = RandomState::new().build_hasher().finish() % 100;
                let pause =
                    backoff.mul_f64(0.75 + f64::from(u32::try_from(jitter).unwrap_or(0)) / 200.0);
                tokio::select! {
                    () = sleep(pause) => {}
                    () = self.stop.cancelled() => return Err(error),
                }
                backoff = (backoff * 2).min(BACKOFF_MAX);
            }
            attempt += 1;
        }
    }

    /// Waits for the gate, unless the provider is asked to stop.
    async fn admission(&self, call: &Call) -> Result<()> {
        if let Some(admission) = self.gate.admission() {
            tokio::select! {
                () = sleep_until(admission) => {}
                () = self.stop.cancelled() => {}
            }
        }
        let may_finish = call.follow_up && self.stopping_for() < STOP_GRACE;
        if self.stop.is_cancelled() && !may_finish {
            return Err(Error::stopped(&call.to_string()));
        }
        Ok(())
    }

    /// How long ago the provider was asked to stop.
    fn stopping_for(&self) -> Duration {
        self.stopped_at.get_or_init(Instant::now).elapsed()
    }

    async fn attempt(&self, call: &Call, token: Option<&Secret>, attempt: u32) -> Result<Answer> {
        let request = call.to_string();
        let begun = Instant::now();
        let patience = self.request_timeout.max(call.patience);
        let exchange = timeout(patience, self.exchange(call, &request, token));
        let may_finish = call.is_write() || call.follow_up;
        let stop = async {
            self.stop.cancelled().await;
            if may_finish {
                sleep(STOP_GRACE.saturating_sub(self.stopping_for())).await;
            }
        };
        let result = tokio::select! {
            biased;
            result = exchange => result.unwrap_or_else(|_| {
                let seconds = patience.as_secs_f64();
                Err(Error::lost(&request, format!("nothing came for {seconds} s")))
            }),
            () = stop => Err(if call.is_write() {
                Error::lost(&request, "the provider was asked to stop")
            } else {
                Error::stopped(&request)
            }),
        };
        let milliseconds = begun.elapsed().as_millis();
        match &result {
            Ok(answer) => tracing::debug!(
                method = %call.method, path = %call.path, status = answer.status,
                milliseconds, attempt, token = token.is_some(), "request"
            ),
            Err(error) => tracing::debug!(
                method = %call.method, path = %call.path, error = %error,
                milliseconds, attempt, token = token.is_some(), "request"
            ),
        }
        if call.is_write() {
            self.shared.written(&call.path);
        }
        result
    }

    /// Sends a request once and reads the answer.
    async fn exchange(&self, call: &Call, request: &str, token: Option<&Secret>) -> Result<Answer> {
        let mut builder =
            self.http.request(call.method.clone(), format!("{}{}", self.base, call.path));
        if let Some(token) = token {
            let mut value = HeaderValue::try_from(format!("Bearer {}", token.reveal()))
                .map_err(|_| Error::credentials("The token holds characters that no token has"))?;
            value.set_sensitive(true);
            builder = builder.header(AUTHORIZATION, value);
        }
        if let Some(body) = &call.body {
            builder = builder.json(body);
        }
        let mut response = builder.send().await.map_err(|error| {
            let words = network_words(&error);
            if error.is_connect() {
                Error::unreachable(request, words)
            } else {
                Error::lost(request, words)
            }
        })?;
        let status = response.status().as_u16();
        let content_type = response.headers().get(CONTENT_TYPE);
        let content_type = content_type.and_then(|it| it.to_str().ok()).map(str::to_owned);
        if status == 429 {
            let seconds = response.headers().get(RETRY_AFTER).and_then(|it| it.to_str().ok());
            let seconds = seconds.and_then(|it| it.parse().ok()).map(Duration::from_secs);
            self.gate.refused(seconds.map(|it| it.min(RATE_LIMIT_PATIENCE)));
        } else {
            self.gate.accepted();
        }
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() <= ANSWER_BYTES_MAX => {
                    body.extend(chunk);
                }
                Ok(Some(_)) => {
                    return Err(Error::malformed(request, status, "the answer is too long"));
                }
                Ok(None) => break,
                Err(error) => return Err(Error::lost(request, network_words(&error))),
            }
        }
        read_answer(request, status, content_type.as_deref(), &body)
    }
}

/// What an answer means: a success, or the error that it tells.
pub(super) fn read_answer(
    request: &str,
    status: u16,
    content_type: Option<&str>,
    body: &[u8],
) -> Result<Answer> {
    let is_json = content_type.is_some_and(|value| value.starts_with("application/json"));
    if !(200..300).contains(&status) {
        return Err(Error::of_answer(request, status, is_json, body));
    }
    read_success(request, status, is_json, body)
}

fn read_success(request: &str, status: u16, is_json: bool, body: &[u8]) -> Result<Answer> {
    let request_text = request.to_owned();
    if status == 204 || body.is_empty() && status != 200 {
        return Ok(Answer { request: request_text, status, json: Json::Null });
    }
    if !is_json {
        return Err(Error::not_quay(request, status));
    }
    match serde_json::from_slice(body) {
        Ok(json) => Ok(Answer { request: request_text, status, json }),
        Err(error) if error.is_eof() => Err(Error::lost(request, "the answer was cut off")),
        Err(_) => Err(Error::malformed(request, status, "the answer is no JSON")),
    }
}

/// What the network said, down to the cause. The URL is left out: it is in the message already.
pub(super) fn network_words(error: &reqwest::Error) -> String {
    let mut cause = error.source();
    let mut words = if error.is_timeout() { "time-out".to_owned() } else { "no answer".to_owned() };
    while let Some(deeper) = cause {
        words = deeper.to_string();
        cause = deeper.source();
    }
    words.trim_end_matches('.').to_owned()
}

fn build(options: &Options) -> Result<reqwest::Client, String> {
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("terraform-provider-quay/", env!("CARGO_PKG_VERSION")))
        .default_headers(options.headers.clone())
        // A redirect would carry the token to wherever it points, and means "no such operation".
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .connect_timeout(options.request_timeout)
        .pool_idle_timeout(Duration::from_secs(30))
        .tls_backend_preconfigured(tls_config(options)?);
    if is_loopback(&options.url) {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| network_words(&error))
}

/// Whether a URL points at this very machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

fn tls_config(options: &Options) -> Result<rustls::ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let builder = if options.tls.insecure {
        builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(super::insecure::AnyServer(provider)))
    } else {
        let mut roots = rustls::RootCertStore::empty();
        // Reading the machine's authorities takes milliseconds, which plain HTTP need not pay.
        if options.url.scheme() == "https" {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
        for authority in &options.tls.authorities {
            roots.add(authority.clone()).map_err(|error| error.to_string())?;
        }
        builder.with_root_certificates(roots)
    };
    let mut config = match &options.tls.identity {
        None => builder.with_no_client_auth(),
        Some((chain, key)) => builder
            .with_client_auth_cert(chain.clone(), key.clone_key())
            .map_err(|error| error.to_string())?,
    };
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
