//! One request to Quay, as often as it may be made and has to be, and the only place from which
//! one is sent.

use super::call::{Answer, Call, read_answer};
use super::client::Quay;
use super::connection::{Unread, network_words, read_body};
use super::error::{Error, Result};
use super::secret::Secret;
use http::HeaderValue;
use http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until, timeout};

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

impl Quay {
    /// Makes a request as often as it may be made and has to be.
    pub(super) async fn repeat(&self, call: &Call, token: Option<&Secret>) -> Result<Answer> {
        let mut attempt = 1;
        let mut backoff = BACKOFF_MIN;
        let patient_until = Instant::now() + RATE_LIMIT_PATIENCE;
        // A write that may have been carried out is told as such, whatever keeps it from being
        // repeated.
        let mut lost: Option<Error> = None;
        loop {
            self.admission(call).await.map_err(|stopped| lost.take().unwrap_or(stopped))?;
            let error = match self.attempt(call, token, attempt).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            if error.is_rate_limited() {
                if Instant::now() >= patient_until {
                    return Err(lost.unwrap_or(error));
                }
                tracing::info!("Quay limits the rate of requests; waiting");
            } else {
                let may_repeat = call.repeatable || error.never_arrived();
                if !may_repeat || !error.is_passing(call.is_write()) || attempt > self.max_retries {
                    return Err(error);
                }
                tracing::warn!(error = %error, "repeating the request");
                if call.is_write() && error.may_have_acted() {
                    lost = Some(error.clone());
                }
                let jitter = RandomState::new().build_hasher().finish() % 100;
                let pause =
                    backoff.mul_f64(0.75 + f64::from(u32::try_from(jitter).unwrap_or(0)) / 200.0);
                tokio::select! {
                    () = sleep(pause) => {}
                    () = self.stop.cancelled() => return Err(error),
                }
                backoff = (backoff * 2).min(BACKOFF_MAX);
                attempt += 1;
            }
        }
    }

    /// Waits for the gate, unless the provider is asked to stop.
    async fn admission(&self, call: &Call) -> Result<()> {
        if let Some(admission) = self.gate.admission() {
            tokio::select! {
                () = sleep_until(admission) => {}
                () = self.stop.cancelled() => {
                    let left = self.grace(call).saturating_sub(self.stopping_for().unwrap_or_default());
                    sleep_until(admission.min(Instant::now() + left)).await;
                }
            }
        }
        match self.stopping_for() {
            Some(time) if !self.is_finishing() || time >= FINISH_GRACE => {
                Err(Error::stopped(&call.to_string()))
            }
            _ => Ok(()),
        }
    }

    /// Ends when nothing more may be asked.
    pub(super) async fn stopped(&self) {
        self.stop.cancelled().await;
        let grace = if self.is_finishing() { FINISH_GRACE } else { Duration::ZERO };
        sleep(grace.saturating_sub(self.stopping_for().unwrap_or_default())).await;
    }

    /// How long ago the provider was asked to stop, if it was.
    fn stopping_for(&self) -> Option<Duration> {
        self.stop.is_cancelled().then(|| self.stopped_at.get_or_init(Instant::now).elapsed())
    }

    /// How long after a stop a request may end that begins now.
    fn grace(&self, call: &Call) -> Duration {
        let is_stopping = self.stop.is_cancelled();
        match (self.is_finishing(), call.is_write()) {
            (true, is_write) if is_stopping || !is_write => FINISH_GRACE,
            (_, true) if !is_stopping => WRITE_GRACE,
            _ => Duration::ZERO,
        }
    }

    async fn attempt(&self, call: &Call, token: Option<&Secret>, attempt: u32) -> Result<Answer> {
        let request = call.to_string();
        let begun = Instant::now();
        let patience = self.request_timeout.max(call.patience);
        let exchange = timeout(patience, self.exchange(call, &request, token));
        let grace = self.grace(call);
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
                Error::unreachable(request, &self.host, &words)
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
    use crate::quay::connection::Tls;
    use crate::quay::{Credentials, Options};
    use http::HeaderMap;
    use tokio::time::advance;
    use tokio_util::sync::CancellationToken;

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
        let call = Call::get(&["organization", "acme"]).expect("a path");
        quay.finishing().admission(&call).await.expect("nobody wants a stop");
        advance(2 * FINISH_GRACE).await;
        stop.cancel();
        quay.finishing().admission(&call).await.expect("what was begun may be finished");
        assert!(quay.admission(&call).await.is_err_and(|error| error.is_stopped()));
        advance(FINISH_GRACE).await;
        assert!(quay.finishing().admission(&call).await.is_err_and(|error| error.is_stopped()));
    }
}
