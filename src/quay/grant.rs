//! How an identity provider is asked for a token: by the password grant of OAuth 2.

use super::call::scalar;
use super::connection::{Tls, Unread, connect, network_words, read_body};
use super::credentials::Current;
use super::error::Error;
use super::handshake;
use super::names::query_value;
use super::secret::Secret;
use http::HeaderMap;
use serde::Deserialize;
use serde_json::Value as Json;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};
use url::Url;

/// A token is renewed this long before it expires, or after half its life where that is shorter.
const RENEW_BEFORE: Duration = Duration::from_secs(30);
/// The largest answer that is read, in bytes.
const GRANT_BYTES_MAX: usize = 1 << 20;
/// How often a token is asked for at the most while there is passing trouble.
const TRIES_MAX: u32 = 3;
/// The first pause between two tries; each further one is twice as long.
const BACKOFF_MIN: Duration = Duration::from_millis(200);
/// How long a refusal is remembered: whoever repeats a wrong password is locked out.
const REFUSAL_MEMORY: Duration = Duration::from_mins(1);
/// How long every other failure is remembered: as long as those need who waited for it.
const TROUBLE_MEMORY: Duration = Duration::from_secs(5);
/// The longest code of an error that is shown, in characters.
const CODE_MAX: usize = 40;

/// An identity provider that gives tokens for a user's password.
pub(super) struct IdentityProvider {
    http: reqwest::Client,
    token_url: Url,
    /// Who asks, and with which password.
    form: Secret,
    /// How long all tries together may take.
    patience: Duration,
}

/// Why there is no token.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    /// What happened, without a full stop.
    what: String,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    /// The identity provider does not want to give one.
    Refusal,
    /// The same request may succeed in a moment.
    Passing,
    /// It fails again in the same way.
    Lasting,
}

/// What an identity provider answers.
#[derive(Deserialize)]
struct Grant {
    access_token: Secret,
    /// In seconds; some write it as text.
    #[serde(default, deserialize_with = "scalar")]
    expires_in: Json,
}

impl Failure {
    fn new(kind: Kind, what: impl Into<String>) -> Self {
        Self { what: what.into(), kind }
    }

    /// A refusal, and passing trouble.
    #[cfg(test)]
    pub(super) fn examples() -> [Self; 2] {
        [Self::new(Kind::Refusal, "no"), Self::new(Kind::Passing, "not now")]
    }

    /// How long nobody needs to ask again.
    pub(super) fn memory(&self) -> Duration {
        if self.kind == Kind::Refusal { REFUSAL_MEMORY } else { TROUBLE_MEMORY }
    }

    /// What the network said. A failed handshake fails again.
    fn of_network(error: &reqwest::Error) -> Self {
        let words = network_words(error);
        match handshake::advice(&words) {
            Some(advice) => {
                Self::new(Kind::Lasting, format!("{words}. {}", advice.trim_end_matches('.')))
            }
            None => Self::new(Kind::Passing, words),
        }
    }
}

impl IdentityProvider {
    /// One that is reached like Quay is. Extra headers are for Quay's gateways only, and the
    /// proxy's exceptions for Quay's host are not the identity provider's.
    pub(super) fn new(
        token_url: Url,
        form: Secret,
        tls: &Tls,
        patience: Duration,
    ) -> Result<Self, String> {
        let http = connect(&token_url, tls, HeaderMap::new(), patience)?;
        Ok(Self { http, token_url, form, patience })
    }

    /// Asks for a token, again where the trouble may pass.
    pub(super) async fn token(&self) -> Result<Current, Failure> {
        let mut last = None;
        let tries = async {
            let mut backoff = BACKOFF_MIN;
            for attempt in 1.. {
                match self.attempt(attempt).await {
                    Err(failure) if failure.kind == Kind::Passing && attempt < TRIES_MAX => {
                        last = Some(failure);
                    }
                    result => return result,
                }
                sleep(backoff).await;
                backoff *= 2;
            }
            unreachable!("the last try gives a result")
        };
        let ended = timeout(self.patience, tries).await;
        ended.unwrap_or_else(|_| {
            let seconds = self.patience.as_secs_f64();
            let silence = Failure::new(Kind::Lasting, format!("nothing came for {seconds} s"));
            Err(last.unwrap_or(silence))
        })
    }

    /// The error that a failure is to whoever needs a token.
    pub(super) fn error(&self, failure: &Failure) -> Error {
        Error::credentials(format!(
            "The identity provider at {} gave no token: {}. Check the provider's `oauth2_*` \
             settings",
            self.token_url, failure.what
        ))
    }

    async fn attempt(&self, attempt: u32) -> Result<Current, Failure> {
        let begun = Instant::now();
        let mut status = None;
        let result = self.exchange(&mut status).await;
        let milliseconds = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (host, path) = (self.token_url.authority(), self.token_url.path());
        let failure = result.as_ref().err().map(|failure| failure.what.as_str());
        tracing::debug!(
            method = "POST",
            host,
            path,
            status,
            failure,
            milliseconds,
            attempt,
            "request for a token"
        );
        result
    }

    /// Sends the form once and reads the answer, whose status is told as soon as it is known.
    async fn exchange(&self, status: &mut Option<u16>) -> Result<Current, Failure> {
        let request = self.http.post(self.token_url.clone());
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let request =
            request.header("accept", "application/json").body(self.form.reveal().to_owned());
        let answer = request.send().await.map_err(|error| Failure::of_network(&error))?;
        let said = answer.status();
        *status = Some(said.as_u16());
        let kind = match said.as_u16() {
            429 | 500..=599 => Kind::Passing,
            400..=499 => Kind::Refusal,
            _ => Kind::Lasting,
        };
        let body = read_body(answer, GRANT_BYTES_MAX).await.map_err(|unread| match unread {
            Unread::TooLong => Failure::new(Kind::Lasting, "its answer is too long"),
            Unread::Broken(error) => Failure::of_network(&error),
        });
        if !said.is_success() {
            let code = body.ok().and_then(|body| error_code(&body, self.form.reveal()));
            let code = code.map(|code| format!(" (`{code}`)")).unwrap_or_default();
            return Err(Failure::new(kind, format!("it answered {said}{code}")));
        }
        read_grant(&body?)
            .ok_or_else(|| Failure::new(Kind::Lasting, "its answer holds no access token"))
    }
}

/// What is sent to have a token.
pub(super) fn form(username: &str, password: &Secret, client_id: &str) -> Secret {
    Secret::new(format!(
        "grant_type=password&client_id={}&username={}&password={}",
        query_value(client_id),
        query_value(username),
        query_value(password.reveal())
    ))
}

/// The code that OAuth 2 gives an error, such as `invalid_grant`. Everything else that an identity
/// provider says is left out: nobody knows what it quotes.
fn error_code(body: &[u8], form: &str) -> Option<String> {
    let json: Json = serde_json::from_slice(body).ok()?;
    let code = json.get("error")?.as_str()?;
    let is_word = code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let is_code = is_word && !code.is_empty() && code.len() <= CODE_MAX;
    // A word of ours is none of its codes, and may be the password.
    (is_code && !form.contains(code)).then(|| code.to_owned())
}

/// Reads what an identity provider gives. A time that no clock reaches, or that is none, is as good
/// as for ever: Quay says when it is over.
pub(super) fn read_grant(body: &[u8]) -> Option<Current> {
    let grant: Grant = serde_json::from_slice(body).ok()?;
    let seconds = match &grant.expires_in {
        Json::String(text) => text.parse().ok(),
        number => number.as_u64(),
    };
    let renewal = seconds.map(Duration::from_secs).and_then(|life| {
        Instant::now().checked_add(life.saturating_sub(RENEW_BEFORE.min(life / 2)))
    });
    Some(Current::new(grant.access_token, renewal))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Found by reading for the fuzz target `quay_answer`: the sum was more than a clock holds.
    #[test]
    fn a_token_that_outlives_every_clock_is_one_that_does_not_expire() {
        let read = |seconds: &str| {
            let body = format!(r#"{{"access_token":"t","expires_in":{seconds}}}"#);
            read_grant(body.as_bytes()).map(|current| current.expires())
        };
        assert_eq!(read("3600"), Some(true));
        assert_eq!(read("18446744073709551615"), Some(false));
        assert_eq!(read("null"), Some(false));
        assert_eq!(read("-1"), Some(false));
        assert_eq!(read("\"3600\""), Some(true));
        assert_eq!(read_grant(br#"{"access_token":"t"}"#).map(|it| it.expires()), Some(false));
    }

    #[test]
    fn only_the_code_of_an_error_is_shown() {
        let form = "grant_type=password&client_id=ci&username=robot&password=hunter";
        let code = |body: &str| error_code(body.as_bytes(), form);
        assert_eq!(code(r#"{"error":"invalid_grant"}"#).as_deref(), Some("invalid_grant"));
        for none in [
            r#"{"error":"hunter"}"#,
            r#"{"error":"Bad password hunter"}"#,
            r#"{"error":"\u001b[2J"}"#,
            r#"{"error":""}"#,
            r#"{"error":7}"#,
            r#"{"error_description":"invalid_grant"}"#,
            "<html>",
        ] {
            assert_eq!(code(none), None, "{none}");
        }
        assert_eq!(code(&format!(r#"{{"error":"{}"}}"#, "x".repeat(41))), None);
    }
}
