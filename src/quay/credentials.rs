//! Where the token comes from, and how it is renewed.

use super::connection::{Tls, Unread, connect, network_words, read_body};
use super::error::{Error, Result};
use super::handshake;
use super::names::query_value;
use super::secret::Secret;
use http::{HeaderMap, HeaderValue};
use serde::Deserialize;
use serde_json::Value as Json;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};
use url::Url;

/// A token from an identity provider is renewed this long before it expires, or after half its
/// life where that is shorter.
const RENEW_BEFORE: Duration = Duration::from_secs(30);

/// A granted token that was obtained because of a view as to a stranger is not the reason for
/// another such view this long: the caller is a stranger there. Each grant costs an identity
/// provider more than a look at a file does.
const VIEW_DOUBT: Duration = Duration::from_mins(1);

/// The largest answer of an identity provider that is read, in bytes.
const GRANT_BYTES_MAX: usize = 1 << 20;

/// Where the token comes from.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// It was given, and cannot be renewed.
    Token(Secret),
    /// A file that somebody else keeps up to date.
    File(PathBuf),
    /// An identity provider that gives tokens for a user's password.
    PasswordGrant {
        /// The user.
        username: String,
        /// The user's password.
        password: Secret,
        /// Who asks for the token.
        client_id: String,
        /// The identity provider's token endpoint.
        token_url: Url,
    },
}

impl Credentials {
    /// A file, which must hold a token already; it is read again whenever a token is needed.
    pub fn file(path: PathBuf) -> std::result::Result<Self, String> {
        read_token(&path)?;
        Ok(Self::File(path))
    }
}

/// The token in a file, without the line break that editors add.
fn read_token(path: &Path) -> std::result::Result<Secret, String> {
    let place = path.display();
    let advice = "Check `token_file` or `QUAY_TOKEN_FILE`";
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("The token file {place} cannot be read: {error}. {advice}"))?;
    match text.trim() {
        "" => Err(format!("The token file {place} is empty. {advice}")),
        token if HeaderValue::try_from(token).is_err() => {
            Err(format!("The token file {place} holds more than a token. {advice}"))
        }
        token => Ok(Secret::new(token)),
    }
}

/// The token in use.
pub(super) struct Wallet {
    credentials: Credentials,
    /// Reaches the identity provider. Extra headers are for Quay's gateways only, and the proxy's
    /// exceptions for Quay's host are not the identity provider's.
    identity_provider: Option<reqwest::Client>,
    request_timeout: Duration,
    current: Mutex<Option<Current>>,
}

#[derive(Clone, Debug)]
pub(super) struct Current {
    token: Secret,
    renewal: Option<Instant>,
    /// When it was obtained because of a view as to a stranger, if it was.
    for_view: Option<Instant>,
}

/// How Quay shows that it does not accept a token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Sign {
    /// It refuses the request.
    Refusal,
    /// It shows an organization as to a stranger. That is also how a stranger sees it.
    View,
}

/// What an identity provider answers.
#[derive(Deserialize)]
struct Grant {
    access_token: Secret,
    /// In seconds; some write it as text.
    #[serde(default)]
    expires_in: Json,
}

impl Wallet {
    pub(super) fn new(
        credentials: Credentials,
        tls: &Tls,
        request_timeout: Duration,
    ) -> std::result::Result<Self, String> {
        let identity_provider = match &credentials {
            Credentials::PasswordGrant { token_url, .. } => {
                Some(connect(token_url, tls, HeaderMap::new(), request_timeout)?)
            }
            Credentials::Token(_) | Credentials::File(_) => None,
        };
        Ok(Self { credentials, identity_provider, request_timeout, current: Mutex::default() })
    }

    pub(super) fn can_renew(&self) -> bool {
        !matches!(self.credentials, Credentials::Token(_))
    }

    /// The token to send. Concurrent calls wait for one renewal.
    pub(super) async fn token(&self) -> Result<Secret> {
        let mut current = self.current.lock().await;
        let fresh =
            |current: &Current| current.renewal.is_none_or(|renewal| Instant::now() < renewal);
        if let Some(current) = current.as_ref().filter(|it| fresh(it)) {
            return Ok(current.token.clone());
        }
        let obtained = self.obtain().await?;
        let token = obtained.token.clone();
        *current = Some(obtained);
        Ok(token)
    }

    /// Another token than this one, which Quay did not accept; `None` where there is no other. A
    /// file may still hold the same, and another call may have renewed it already.
    pub(super) async fn another(&self, refused: &Secret, sign: Sign) -> Result<Option<Secret>> {
        if !self.can_renew() {
            return Ok(None);
        }
        let mut current = self.current.lock().await;
        if let Some(current) = current.as_ref() {
            if current.token != *refused {
                return Ok(Some(current.token.clone()));
            }
            let is_young = current.for_view.is_some_and(|at| at.elapsed() < VIEW_DOUBT);
            if sign == Sign::View && is_young {
                return Ok(None);
            }
        }
        tracing::info!("the token was refused; asking for another");
        let mut obtained = self.obtain().await?;
        let is_granted = matches!(self.credentials, Credentials::PasswordGrant { .. });
        obtained.for_view = (is_granted && sign == Sign::View).then(Instant::now);
        let token = obtained.token.clone();
        *current = Some(obtained);
        Ok((token != *refused).then_some(token))
    }

    async fn obtain(&self) -> Result<Current> {
        match &self.credentials {
            Credentials::Token(token) => {
                Ok(Current { token: token.clone(), renewal: None, for_view: None })
            }
            Credentials::File(path) => {
                let token = read_token(path).map_err(Error::credentials)?;
                Ok(Current { token, renewal: None, for_view: None })
            }
            Credentials::PasswordGrant { username, password, client_id, token_url } => {
                let form = format!(
                    "grant_type=password&client_id={}&username={}&password={}",
                    query_value(client_id),
                    query_value(username),
                    query_value(password.reveal())
                );
                let granted = timeout(self.request_timeout, self.grant(token_url, form)).await;
                granted
                    .unwrap_or_else(|_| {
                        let seconds = self.request_timeout.as_secs_f64();
                        Err(format!("nothing came for {seconds} s"))
                    })
                    .map_err(|what| {
                        Error::credentials(format!(
                            "The identity provider at {token_url} gave no token: {what}. Check \
                             the provider's `oauth2_*` settings"
                        ))
                    })
            }
        }
    }

    /// Asks the identity provider for a token, or says why there is none.
    async fn grant(&self, token_url: &Url, form: String) -> std::result::Result<Current, String> {
        let http = self.identity_provider.as_ref().ok_or("there is no connection to it")?;
        let answer = http
            .post(token_url.clone())
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", "application/json")
            .body(form)
            .send()
            .await
            .map_err(|error| {
                let words = network_words(&error);
                match handshake::advice(&words) {
                    Some(advice) => format!("{words}. {}", advice.trim_end_matches('.')),
                    None => words,
                }
            })?;
        let status = answer.status();
        if !status.is_success() {
            return Err(format!("it answered {status}"));
        }
        let body = read_body(answer, GRANT_BYTES_MAX).await.map_err(|unread| match unread {
            Unread::TooLong => "its answer is too long".to_owned(),
            Unread::Broken(error) => network_words(&error),
        })?;
        read_grant(&body).ok_or_else(|| "its answer holds no access token".to_owned())
    }
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
    Some(Current { token: grant.access_token, renewal, for_view: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Found by reading for the fuzz target `quay_answer`: the sum was more than a clock holds.
    #[test]
    fn a_token_that_outlives_every_clock_is_one_that_does_not_expire() {
        let read = |seconds: &str| {
            let body = format!(r#"{{"access_token":"t","expires_in":{seconds}}}"#);
            read_grant(body.as_bytes()).map(|current| current.renewal.is_some())
        };
        assert_eq!(read("3600"), Some(true));
        assert_eq!(read("18446744073709551615"), Some(false));
        assert_eq!(read("null"), Some(false));
        assert_eq!(read("-1"), Some(false));
        assert_eq!(read("\"3600\""), Some(true));
        assert_eq!(
            read_grant(br#"{"access_token":"t"}"#).map(|it| it.renewal.is_some()),
            Some(false)
        );
    }
}
