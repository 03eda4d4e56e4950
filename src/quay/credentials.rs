//! Where the token comes from, and how it is renewed.

use super::connection::Tls;
use super::error::{Error, Result};
use super::grant::{self, Failure, IdentityProvider};
use super::secret::Secret;
use http::HeaderValue;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::Url;

/// A granted token that was obtained because of a view as to a stranger is not the reason for
/// another such view this long: the caller is a stranger there. Each grant costs an identity
/// provider more than a look at a file does.
const VIEW_DOUBT: Duration = Duration::from_mins(1);

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
    source: Source,
    held: Mutex<Held>,
}

/// Where tokens come from, ready to be used.
enum Source {
    Token(Secret),
    File(PathBuf),
    IdentityProvider(IdentityProvider),
}

/// What was obtained last.
#[derive(Default)]
struct Held {
    current: Option<Current>,
    /// Why there was no token the last time, and when it was found out. Whoever waited meanwhile
    /// need not find it out once more: an identity provider locks a user out who comes with a
    /// wrong password again and again.
    failure: Option<(Failure, Instant)>,
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

impl Current {
    /// A token, and when it is to be renewed.
    pub(super) fn new(token: Secret, renewal: Option<Instant>) -> Self {
        Self { token, renewal, for_view: None }
    }

    /// Whether it is not yet to be renewed.
    fn is_fresh(&self) -> bool {
        self.renewal.is_none_or(|renewal| Instant::now() < renewal)
    }

    /// Whether it is to be renewed at some time.
    #[cfg(test)]
    pub(super) fn expires(&self) -> bool {
        self.renewal.is_some()
    }
}

impl Held {
    /// Why there is no token, as long as that is remembered.
    fn failure(&self) -> Option<&Failure> {
        let (failure, at) = self.failure.as_ref()?;
        (at.elapsed() < failure.memory()).then_some(failure)
    }
}

impl Wallet {
    pub(super) fn new(
        credentials: Credentials,
        tls: &Tls,
        request_timeout: Duration,
    ) -> std::result::Result<Self, String> {
        let source = match credentials {
            Credentials::Token(token) => Source::Token(token),
            Credentials::File(path) => Source::File(path),
            Credentials::PasswordGrant { username, password, client_id, token_url } => {
                let form = grant::form(&username, &password, &client_id);
                let provider = IdentityProvider::new(token_url, form, tls, request_timeout)?;
                Source::IdentityProvider(provider)
            }
        };
        Ok(Self { source, held: Mutex::default() })
    }

    pub(super) fn can_renew(&self) -> bool {
        !matches!(self.source, Source::Token(_))
    }

    /// The token to send. Concurrent calls wait for one renewal.
    pub(super) async fn token(&self) -> Result<Secret> {
        let mut held = self.held.lock().await;
        if let Some(current) = held.current.as_ref().filter(|it| it.is_fresh()) {
            return Ok(current.token.clone());
        }
        match (self.obtain(&mut held).await, &held.current) {
            (Ok(obtained), _) => {
                let token = obtained.token.clone();
                held.current = Some(obtained);
                Ok(token)
            }
            // It is renewed before it ends. When it has ended, Quay says so.
            (Err(error), Some(current)) => {
                tracing::warn!(error = %error, "the token was not renewed; the old one is used on");
                Ok(current.token.clone())
            }
            (Err(error), None) => Err(error),
        }
    }

    /// Another token than this one, which Quay did not accept; `None` where there is no other. A
    /// file may still hold the same, and another call may have renewed it already.
    pub(super) async fn another(&self, refused: &Secret, sign: Sign) -> Result<Option<Secret>> {
        if !self.can_renew() {
            return Ok(None);
        }
        let mut held = self.held.lock().await;
        if let Some(current) = held.current.as_ref() {
            // One that should have been renewed meanwhile would only be refused, too.
            let is_other = current.token != *refused;
            if is_other && current.is_fresh() {
                return Ok(Some(current.token.clone()));
            }
            let is_young = current.for_view.is_some_and(|at| at.elapsed() < VIEW_DOUBT);
            if sign == Sign::View && is_young && !is_other {
                return Ok(None);
            }
        }
        tracing::info!("the token was refused; asking for another");
        let mut obtained = self.obtain(&mut held).await?;
        let is_granted = matches!(self.source, Source::IdentityProvider(_));
        obtained.for_view = (is_granted && sign == Sign::View).then(Instant::now);
        let token = obtained.token.clone();
        held.current = Some(obtained);
        Ok((token != *refused).then_some(token))
    }

    async fn obtain(&self, held: &mut Held) -> Result<Current> {
        match &self.source {
            Source::Token(token) => Ok(Current::new(token.clone(), None)),
            Source::File(path) => {
                let token = read_token(path).map_err(Error::credentials)?;
                Ok(Current::new(token, None))
            }
            Source::IdentityProvider(provider) => {
                if let Some(failure) = held.failure() {
                    return Err(provider.error(failure));
                }
                provider.token().await.map_err(|failure| {
                    let error = provider.error(&failure);
                    held.failure = Some((failure, Instant::now()));
                    error
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_failure_is_forgotten_after_a_while_and_a_refusal_after_a_minute() {
        let [refusal, trouble] = Failure::examples();
        let since = |failure: &Failure| Some((failure.clone(), Instant::now()));
        let refused = Held { current: None, failure: since(&refusal) };
        let troubled = Held { current: None, failure: since(&trouble) };
        assert!(refused.failure().is_some() && troubled.failure().is_some());
        tokio::time::advance(Duration::from_secs(5)).await;
        assert!(refused.failure().is_some() && troubled.failure().is_none());
        tokio::time::advance(Duration::from_secs(55)).await;
        assert!(refused.failure().is_none());
    }

    /// An identity provider that nobody reaches, and a token that it gave before.
    fn wallet(current: Current) -> Wallet {
        let credentials = Credentials::PasswordGrant {
            username: "robot".to_owned(),
            password: Secret::new("password"),
            client_id: "terraform".to_owned(),
            token_url: "http://127.0.0.1:1/token".parse().expect("a URL"),
        };
        let wallet = Wallet::new(credentials, &Tls::default(), Duration::from_secs(1));
        let mut wallet = wallet.expect("a wallet");
        wallet.held.get_mut().current = Some(current);
        wallet
    }

    fn until(seconds: u64, token: &str) -> Current {
        Current::new(Secret::new(token), Some(Instant::now() + Duration::from_secs(seconds)))
    }

    /// It is renewed half a minute too early, so that is no reason to do without.
    #[tokio::test(start_paused = true)]
    async fn a_token_serves_on_where_it_cannot_be_renewed() {
        let wallet = wallet(until(10, "old"));
        tokio::time::advance(Duration::from_secs(11)).await;
        let token = wallet.token().await.expect("the old one");
        assert_eq!(token.reveal(), "old");
        assert!(wallet.another(&token, Sign::Refusal).await.is_err(), "Quay has refused it");
    }

    /// A request that waited for long comes back with a token from before the last renewal.
    #[tokio::test(start_paused = true)]
    async fn a_token_that_has_run_out_is_no_other_token() {
        let wallet = wallet(until(10, "second"));
        let first = Secret::new("first");
        let other = wallet.another(&first, Sign::Refusal).await.expect("another");
        assert_eq!(other.expect("the second").reveal(), "second");
        tokio::time::advance(Duration::from_secs(11)).await;
        assert!(wallet.another(&first, Sign::Refusal).await.is_err(), "a third is asked for");
    }
}
