//! One request to Quay, as often as it may be made and has to be, and the only place from which
//! one is sent.

use super::call::{Answer, Call, Repetition, read_answer};
use super::client::Quay;
use super::connection::{Unread, network_words, read_body};
use super::error::{Error, Result};
use super::redaction::Redaction;
use super::secret::Secret;
use super::tries::Tries;
use http::HeaderValue;
use http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use std::time::{Duration, SystemTime};
use tokio::time::{Instant, sleep, sleep_until, timeout};

/// The largest success that is read, in bytes: a list of some ten thousand applications.
const SUCCESS_BYTES_MAX: usize = 16 << 20;
/// The largest refusal that is read; Quay's own have a few hundred bytes, its web page 68,000.
const REFUSAL_BYTES_MAX: usize = 1 << 20;
/// How long a write that is under way may still take when the provider is asked to stop.
const WRITE_GRACE: Duration = Duration::from_millis(1500);
/// How long what was begun may be finished then: the look that tells what became of a write whose
/// answer never came, or the second half of a creation.
const FINISH_GRACE: Duration = Duration::from_secs(3);
/// The shortest wait that the log tells.
const WAIT_TOLD_MIN: Duration = Duration::from_secs(1);

impl Quay {
    /// The tries of something that may be repeated as the settings allow.
    pub fn tries(&self) -> Tries {
        Tries::new(self.max_retries)
    }

    /// Makes a request as often as it may be made and has to be.
    pub(super) async fn repeat(&self, call: &Call, token: Option<&Secret>) -> Result<Answer> {
        let mut tries = self.tries();
        // A write that may have been carried out is told as such, whatever keeps it from being
        // repeated.
        let mut lost: Option<Error> = None;
        loop {
            let result = match self.admission(call, &tries).await {
                Ok(()) => self.attempt(call, token, tries.number).await,
                Err(error) => Err(error),
            };
            let error = match result {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            if call.is_write() && error.may_have_acted() {
                lost = Some(error.clone());
            }
            let may_repeat = match call.repetition {
                Repetition::Always => true,
                Repetition::NeverArrived => error.never_arrived(),
                Repetition::Guarded => false,
            };
            let again = if may_repeat {
                self.try_again(&mut tries, call.is_write(), error).await
            } else {
                Err(error.after(tries.number))
            };
            if let Err(error) = again {
                let is_unsent = error.never_arrived() || error.is_stopped();
                return Err(lost.filter(|_| is_unsent).unwrap_or(error));
            }
        }
    }

    /// Waits until something may be tried again, or gives the error back where it may not be.
    pub async fn try_again(&self, tries: &mut Tries, is_write: bool, error: Error) -> Result<()> {
        let error = error.after(tries.number);
        let Some(pause) = tries.another(&error, is_write) else { return Err(error) };
        if !pause.is_zero() {
            let (error, milliseconds) = (error.happening(), whole_milliseconds(pause));
            tracing::warn!(error, milliseconds, "trying again after a pause");
        }
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(error),
            () = sleep(pause) => Ok(()),
        }
    }

    /// Waits for the gate, unless the provider is asked to stop or it stays closed for too long.
    async fn admission(&self, call: &Call, tries: &Tries) -> Result<()> {
        let mut is_told = false;
        while let Err(next) = self.gate.pass() {
            let wait = next - Instant::now();
            if next > tries.patient_until() {
                return Err(Error::put_off(&call.to_string(), tries.elapsed(), wait));
            }
            if wait >= WAIT_TOLD_MIN && !is_told {
                is_told = true;
                tracing::info!(
                    method = %call.method, path = call.place(),
                    milliseconds = whole_milliseconds(wait),
                    "waiting, because Quay limits the rate of requests"
                );
            }
            tokio::select! {
                biased;
                () = self.stopped() => break,
                () = sleep_until(next) => {}
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
                Err(Error::given_up(&request, format!("nothing came for {seconds} s")))
            }),
            () = stop => Err(if call.is_write() {
                Error::given_up(&request, "the provider was asked to stop")
            } else {
                Error::stopped(&request)
            }),
        };
        let milliseconds = whole_milliseconds(begun.elapsed());
        match &result {
            Ok(answer) => tracing::debug!(
                method = %call.method, path = call.place(), status = answer.status,
                milliseconds, attempt, token = token.is_some(), "request"
            ),
            Err(error) => tracing::debug!(
                method = %call.method, path = call.place(), status = error.status(), error = %error,
                milliseconds, attempt, token = token.is_some(), "request"
            ),
        }
        if call.is_write() && !result.as_ref().is_err_and(Error::never_arrived) {
            self.shared.written(&call.path);
        }
        result
    }

    /// Sends a request once and reads the answer. What a server refused before it began, over
    /// HTTP/2, the client sends again by itself, twice at the most.
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
            let retry_after = response.headers().get(RETRY_AFTER).and_then(|it| it.to_str().ok());
            self.gate.refused(retry_after.and_then(|it| read_retry_after(it, SystemTime::now())));
        } else {
            self.gate.accepted();
        }
        let is_success = response.status().is_success();
        let bytes_max = if is_success { SUCCESS_BYTES_MAX } else { REFUSAL_BYTES_MAX };
        let body = read_body(response, bytes_max).await.map_err(|unread| match unread {
            Unread::TooLong => Error::malformed(request, status, "the answer is too long"),
            Unread::Broken(error) => Error::lost(request, network_words(&error)),
        })?;
        // Only a refusal quotes its request.
        let redaction = if is_success {
            Redaction::nothing()
        } else {
            Redaction::of(call, token, &self.header_values)
        };
        read_answer(request, &redaction, status, content_type.as_deref(), body)
    }
}

fn whole_milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// How long a server asks to be left alone: in seconds, or until a date.
fn read_retry_after(text: &str, now: SystemTime) -> Option<Duration> {
    let seconds = text.trim().parse().ok().map(Duration::from_secs);
    seconds.or_else(|| {
        let date = httpdate::parse_http_date(text).ok()?;
        Some(date.duration_since(now).unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quay::connection::Tls;
    use crate::quay::{Credentials, Options};
    use http::HeaderMap;
    use std::time::UNIX_EPOCH;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpSocket};
    use tokio::time::advance;
    use tokio_util::sync::CancellationToken;

    fn quay(url: &str, max_retries: u32) -> Quay {
        let quay = Quay::new(Options {
            url: url.parse().expect("a URL"),
            credentials: Credentials::Token(Secret::new("token")),
            tls: Tls::default(),
            headers: HeaderMap::new(),
            request_timeout: Duration::from_secs(30),
            max_retries,
            stop: CancellationToken::new(),
        });
        quay.expect("a client")
    }

    /// A server that gives these answers to one request each, then stops listening; an empty one is
    /// never given.
    async fn server(answers: &[&str]) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let answers: Vec<String> = answers.iter().map(|it| (*it).to_owned()).collect();
        tokio::spawn(async move {
            let mut open = Vec::new();
            for answer in answers {
                let (mut stream, _) = listener.accept().await.expect("a connection");
                let _ = stream.read(&mut [0; 4096]).await;
                let _ = stream.write_all(answer.as_bytes()).await;
                if answer.is_empty() {
                    open.push(stream);
                }
            }
            drop(listener);
            std::future::pending::<()>().await;
        });
        url
    }

    fn answer(status: &str) -> String {
        format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
    }

    fn read() -> Call {
        Call::get(&["organization", "acme"]).expect("a path").public()
    }

    fn write() -> Call {
        Call::put(&["organization", "acme"], serde_json::json!({})).expect("a path").public()
    }

    #[tokio::test(start_paused = true)]
    async fn the_grace_after_a_stop_begins_with_the_stop() {
        let quay = quay("http://127.0.0.1:1", 0);
        let (call, tries) = (read(), quay.tries());
        quay.finishing().admission(&call, &tries).await.expect("nobody wants a stop");
        advance(2 * FINISH_GRACE).await;
        quay.stop.cancel();
        quay.finishing().admission(&call, &tries).await.expect("what was begun may be finished");
        assert!(quay.admission(&call, &tries).await.is_err_and(|error| error.is_stopped()));
        advance(FINISH_GRACE).await;
        let late = quay.finishing().admission(&call, &tries).await;
        assert!(late.is_err_and(|error| error.is_stopped()));
    }

    /// Rules 31.
    #[tokio::test(start_paused = true)]
    async fn a_write_under_way_has_a_second_and_a_half_after_a_stop_and_a_read_has_none() {
        for (call, grace) in [(read(), Duration::ZERO), (write(), WRITE_GRACE)] {
            let quay = quay(&server(&[""]).await, 4);
            let begun = Instant::now();
            let stop = async {
                sleep(Duration::from_secs(5)).await;
                quay.stop.cancel();
            };
            let (result, ()) = tokio::join!(quay.repeat(&call, None), stop);
            let error = result.expect_err("nothing came");
            assert_eq!(error.is_stopped(), !call.is_write(), "{error}");
            let after = begun.elapsed().saturating_sub(Duration::from_secs(5));
            assert!(after >= grace && after < grace + Duration::from_millis(50), "{after:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_ends_the_pause_before_a_repetition() {
        let (quay, call) = (quay(&server(&[]).await, 100), read());
        let begun = Instant::now();
        let stop = async {
            sleep(Duration::from_mins(1)).await;
            quay.stop.cancel();
        };
        let (result, ()) = tokio::join!(quay.repeat(&call, None), stop);
        let error = result.expect_err("nobody listens").to_string();
        assert!(error.contains("was not reached") && error.contains("It was tried"), "{error}");
        assert!(begun.elapsed() < Duration::from_millis(60_050), "{:?}", begun.elapsed());
    }

    /// Rules 29.
    #[tokio::test(start_paused = true)]
    async fn a_limited_rate_is_waited_for_five_minutes_and_no_longer_than_it_takes() {
        let patience = Duration::from_mins(5);
        let limited = answer("429 TOO MANY REQUESTS");
        let quay = quay(&server(&[limited.as_str(); 200]).await, 0);
        let begun = Instant::now();
        let error = quay.repeat(&read(), None).await.expect_err("it never ends").to_string();
        assert!(error.contains("s of waiting, the next may go in"), "{error}");
        assert!(error.contains("It was tried") && error.contains("waits five minutes"), "{error}");
        let waited = begun.elapsed();
        assert!(waited > patience * 9 / 10 && waited <= patience, "{waited:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_that_is_too_long_is_told_at_once() {
        let limited = "HTTP/1.1 429 \r\nretry-after: 3600\r\ncontent-length: 0\r\n\r\n";
        let quay = quay(&server(&[limited]).await, 4);
        let begun = Instant::now();
        let error = quay.repeat(&read(), None).await.expect_err("an hour").to_string();
        assert!(error.contains("may go in 3600 s (GET /api/v1/organization/acme)"), "{error}");
        assert!(begun.elapsed() < Duration::from_secs(1));
    }

    #[test]
    fn a_server_asks_for_a_pause_in_seconds_or_until_a_date() {
        let now = UNIX_EPOCH + Duration::from_secs(784_111_777);
        let read = |text| read_retry_after(text, now).map(|pause| pause.as_secs());
        assert_eq!(read("120"), Some(120));
        assert_eq!(read("Sun, 06 Nov 1994 08:50:37 GMT"), Some(60));
        assert_eq!(read("Sun, 06 Nov 1994 08:00:00 GMT"), Some(0));
        assert_eq!(read("soon"), None);
    }

    /// Nobody listens at first. What never arrived may be sent again, a creation too.
    #[tokio::test(start_paused = true)]
    async fn a_post_that_surely_never_arrived_is_repeated_until_it_does() {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind(([127, 0, 0, 1], 0).into()).expect("a port");
        let url = format!("http://{}", socket.local_addr().expect("an address"));
        let (quay, created) = (quay(&url, 4), answer("201 CREATED"));
        let call = Call::post(&["organization"], serde_json::json!({})).expect("a path").public();
        let opening = async {
            sleep(Duration::from_secs(1)).await;
            let listener = socket.listen(8).expect("it listens");
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(created.as_bytes()).await;
        };
        let begun = Instant::now();
        let (result, ()) = tokio::join!(quay.repeat(&call, None), opening);
        result.expect("it is created");
        assert!(begun.elapsed() >= Duration::from_secs(1), "{:?}", begun.elapsed());
    }

    /// A write that may have been carried out is told as such, whatever came of its repetition.
    #[tokio::test(start_paused = true)]
    async fn a_change_that_was_lost_once_stays_lost_where_nobody_listens_any_more() {
        let quay = quay(&server(&[&answer("502 BAD GATEWAY")]).await, 2);
        let error = quay.repeat(&write(), None).await.expect_err("nobody listens");
        assert!(error.may_have_acted() && error.to_string().contains("502"), "{error}");
    }
}
