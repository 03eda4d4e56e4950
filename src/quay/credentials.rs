//! Where the token comes from, and how it is renewed.

use super::error::{Error, Result};
use super::handshake;
use super::names::query_value;
use super::secret::Secret;
use serde::Deserialize;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::Url;

/// A token from an identity provider is renewed this long before it expires.
const RENEW_BEFORE: Duration = Duration::from_secs(30);

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

/// The token in use.
#[derive(Debug)]
pub(super) struct Wallet {
    credentials: Credentials,
    current: Mutex<Option<Current>>,
}

#[derive(Clone, Debug)]
struct Current {
    token: Secret,
    expires: Option<Instant>,
}

/// What an identity provider answers.
#[derive(Deserialize)]
struct Grant {
    access_token: Secret,
    expires_in: Option<u64>,
}

impl Wallet {
    pub(super) fn new(credentials: Credentials) -> Self {
        Self { credentials, current: Mutex::default() }
    }

    pub(super) fn can_renew(&self) -> bool {
        !matches!(self.credentials, Credentials::Token(_))
    }

    /// The token to send. Concurrent calls wait for one renewal.
    pub(super) async fn token(&self, http: &reqwest::Client) -> Result<Secret> {
        let mut current = self.current.lock().await;
        let fresh = |current: &Current| {
            current.expires.is_none_or(|expires| Instant::now() + RENEW_BEFORE < expires)
        };
        if let Some(current) = current.as_ref().filter(|it| fresh(it)) {
            return Ok(current.token.clone());
        }
        let obtained = self.obtain(http).await?;
        let token = obtained.token.clone();
        *current = Some(obtained);
        Ok(token)
    }

    /// Quay no longer accepts a token: forget it, unless another call has renewed it already.
    pub(super) async fn reject(&self, token: &Secret) {
        let mut current = self.current.lock().await;
        if current.as_ref().is_some_and(|current| current.token == *token) {
            *current = None;
        }
    }

    async fn obtain(&self, http: &reqwest::Client) -> Result<Current> {
        match &self.credentials {
            Credentials::Token(token) => Ok(Current { token: token.clone(), expires: None }),
            Credentials::File(path) => {
                let text = std::fs::read_to_string(path).map_err(|error| {
                    Error::credentials(format!(
                        "The token file {} cannot be read: {error}. Check `token_file` or \
                             `QUAY_TOKEN_FILE`",
                        path.display()
                    ))
                })?;
                let token = text.trim();
                if token.is_empty() {
                    let path = path.display();
                    return Err(Error::credentials(format!("The token file {path} is empty")));
                }
                Ok(Current { token: Secret::new(token), expires: None })
            }
            Credentials::PasswordGrant { username, password, client_id, token_url } => {
                let form = format!(
                    "grant_type=password&client_id={}&username={}&password={}",
                    query_value(client_id),
                    query_value(username),
                    query_value(password.reveal())
                );
                grant(http, token_url, form).await
            }
        }
    }
}

async fn grant(http: &reqwest::Client, token_url: &Url, form: String) -> Result<Current> {
    let refused = |what: String| {
        Error::credentials(format!(
            "The identity provider at {token_url} gave no token: {what}. Check the provider's \
             `oauth2_*` settings"
        ))
    };
    let answer = http
        .post(token_url.clone())
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "application/json")
        .body(form)
        .send()
        .await
        .map_err(|error| {
            let words = super::client::network_words(&error);
            match handshake::advice(&words) {
                Some(advice) => refused(format!("{words}. {}", advice.trim_end_matches('.'))),
                None => refused(words),
            }
        })?;
    let status = answer.status();
    if !status.is_success() {
        return Err(refused(format!("it answered {status}")));
    }
    let grant: Grant =
        answer.json().await.map_err(|_| refused("its answer holds no access token".to_owned()))?;
    let expires = grant.expires_in.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    Ok(Current { token: grant.access_token, expires })
}
