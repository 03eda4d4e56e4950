//! One request to Quay, and the only place from which one is sent.
//!
//! A request ends in an [`Answer`] or an [`Error`]. What may be repeated is repeated here, within
//! the limits of the settings; what may not be is the noun's to resolve.

use super::application::Registry;
use super::call::{Answer, Auth, Call, read_answer};
use super::connection::{Tls, Unread, connect, network_words, read_body};
use super::credentials::{Credentials, Wallet};
use super::error::{Error, Result};
use super::gate::Gate;
use super::secret::Secret;
use super::shared::Shared;
use http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue};
use serde::de::DeserializeOwned;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use url::Url;

/// The largest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 64 << 20;
/// How long requests may be put off altogether because Quay limits their rate.
const RATE_LIMIT_PATIENCE: Duration = Duration::from_mins(5);
/// How long a write that is under way may still take when the provider is asked to stop.
const WRITE_GRACE: Duration = Duration::from_millis(1500);
/// How long what was begun may be finished then: the look that tells what became of a write whose
/// answer never came, or the second half of a creation.
const FINISH_GRACE: Duration = Duration::from_secs(3);
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

impl Quay {
    /// A Quay that is asked nothing yet.
    pub fn new(options: Options) -> Result<Self, String> {
        let http = connect(&options.url, &options.tls, options.headers, options.request_timeout)?;
        let core = Core {
            http,
            base: options.url.as_str().trim_end_matches('/').to_owned(),
            wallet: Wallet::new(options.credentials, &options.tls, options.request_timeout)?,
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

    /// Gets another token than the one in use; `false` where there is only the same.
    pub(super) async fn renew(&self) -> Result<bool> {
        let token = self.token().await?;
        Ok(self.renewed(&token).await?.is_some())
    }

    /// Another token than this one, which Quay did not accept. A file may still hold the same.
    async fn renewed(&self, refused: &Secret) -> Result<Option<Secret>> {
        self.wallet.reject(refused).await;
        let token = self.token().await?;
        Ok((token != *refused).then_some(token))
    }

    /// The token to send, unless the provider is asked to stop while it is fetched.
    async fn token(&self) -> Result<Secret> {
        tokio::select! {
            biased;
            token = self.wallet.token() => token,
            () = self.stop.cancelled() => Err(Error::stopped("the request for a token")),
        }
    }

    /// Makes a request, with a renewed token where the old one was refused.
    pub(super) async fn send(&self, call: Call) -> Result<Answer> {
        let token = match call.auth {
            Auth::Token => Some(self.token().await?),
            Auth::Public => None,
        };
        let refused = match self.repeat(&call, token.as_ref()).await {
            Err(error) if error.is_token_refused() => error,
            result => return result,
        };
        // A refused request was not executed, so whatever it was, it may be made again.
        match token {
            None => {
                let token = self.token().await?;
                self.repeat(&call, Some(&token)).await
            }
            Some(token) if self.wallet.can_renew() => {
                tracing::info!("the token was refused; asking for another");
                match self.renewed(&token).await? {
                    Some(token) => self.repeat(&call, Some(&token)).await,
                    None => Err(refused),
                }
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
                tracing::info!("Quay limits the rate of requests; waiting");
            } else {
                let may_repeat = call.repeatable || error.never_arrived();
                if !may_repeat || !error.is_passing(call.is_write()) || attempt > self.max_retries {
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
        match self.stopping_for() {
            Some(time) if !call.follow_up || time >= FINISH_GRACE => {
                Err(Error::stopped(&call.to_string()))
            }
            _ => Ok(()),
        }
    }

    /// How long ago the provider was asked to stop, if it was.
    fn stopping_for(&self) -> Option<Duration> {
        self.stop.is_cancelled().then(|| self.stopped_at.get_or_init(Instant::now).elapsed())
    }

    async fn attempt(&self, call: &Call, token: Option<&Secret>, attempt: u32) -> Result<Answer> {
        let request = call.to_string();
        let begun = Instant::now();
        let patience = self.request_timeout.max(call.patience);
        let exchange = timeout(patience, self.exchange(call, &request, token));
        let grace = if call.follow_up && (self.stop.is_cancelled() || !call.is_write()) {
            FINISH_GRACE
        } else if call.is_write() {
            WRITE_GRACE
        } else {
            Duration::ZERO
        };
        let stop = async {
            self.stop.cancelled().await;
            sleep(grace.saturating_sub(self.stopping_for().unwrap_or_default())).await;
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
                method = %call.method, path = %call.path, status = error.status(), error = %error,
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
        let response = builder.send().await.map_err(|error| {
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
        let body = read_body(response, ANSWER_BYTES_MAX).await.map_err(|unread| match unread {
            Unread::TooLong => Error::malformed(request, status, "the answer is too long"),
            Unread::Broken(error) => Error::lost(request, network_words(&error)),
        })?;
        read_answer(request, status, content_type.as_deref(), &body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::advance;

    #[tokio::test(start_paused = true)]
    async fn the_grace_after_a_stop_begins_with_the_stop() {
        let stop = CancellationToken::new();
        let quay = Quay::new(Options {
            url: "http://127.0.0.1:1".parse().expect("a URL"),
            credentials: Credentials::Token(Secret::new("token")),
            tls: Tls::default(),
            headers: HeaderMap::new(),
            request_timeout: Duration::from_secs(30),
            max_retries: 0,
            stop: stop.clone(),
        });
        let quay = quay.expect("a client");
        let other = Call::get(&["organization", "acme"]).expect("a path");
        let finishing = other.clone().follow_up();
        quay.admission(&finishing).await.expect("nobody wants a stop");
        advance(2 * FINISH_GRACE).await;
        stop.cancel();
        quay.admission(&finishing).await.expect("what was begun may be finished");
        assert!(quay.admission(&other).await.is_err_and(|error| error.is_stopped()));
        advance(FINISH_GRACE).await;
        assert!(quay.admission(&finishing).await.is_err_and(|error| error.is_stopped()));
    }
}
