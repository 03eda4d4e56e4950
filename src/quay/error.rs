//! Every way in which Quay, or what stands before it, says no.

use super::handshake;
use super::redaction::Redaction;
use super::words::words;
use serde_json::Value as Json;
use std::fmt;
use std::time::Duration;

/// What an operation on Quay gives.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failed operation. What it means is told by the predicates; what happened and what to do next
/// by its text. It never holds a secret.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Error {
    kind: Kind,
    /// The request, such as `GET /api/v1/organization/acme`.
    request: String,
    status: Option<u16>,
    /// In Quay's words, or in those of the network.
    message: String,
    /// What Quay's words mean.
    reason: Reason,
    /// How often the request was tried.
    tries: u32,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    NotFound,
    Forbidden,
    TokenRefused,
    Invalid,
    NotQuay,
    ReadOnly,
    RateLimited,
    Unavailable,
    Crashed,
    Unreachable,
    Untrusted,
    Lost,
    GivenUp,
    Malformed,
    Stopped,
    NotAdministrator,
    MayNotCreate,
    Credentials,
    ImpossibleName,
}

/// What a refusal's words mean, where that makes a difference.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Reason {
    Taken,
    NameHeld,
    EmailTaken,
    NotCreated,
    Mirrored,
    Other,
}

impl Reason {
    fn of(words: &str) -> Self {
        let says = |text: &str| words.contains(text);
        if says("already exists") || says("already in use") {
            Self::Taken
        } else if says("Username is not available") {
            Self::NameHeld
        } else if says("E-mail address already used") {
            Self::EmailTaken
        } else if says("Error while creating Proxy cache") {
            Self::NotCreated
        } else if says("organization-level mirroring") {
            Self::Mirrored
        } else {
            Self::Other
        }
    }
}

impl Error {
    fn new(kind: Kind, request: &str, status: Option<u16>, message: impl Into<String>) -> Self {
        let (request, message) = (request.to_owned(), message.into());
        Self { kind, request, status, message, reason: Reason::Other, tries: 1 }
    }

    /// What an answer that is no success means. A secret may be one of Quay's own words, so the
    /// answer is understood before it is rid of secrets.
    pub(super) fn of_answer(
        request: &str,
        status: u16,
        is_json: bool,
        body: &[u8],
        redaction: &Redaction,
    ) -> Self {
        let mut json: Json = serde_json::from_slice(body).unwrap_or(Json::Null);
        let kind = classify(status, is_json, &json);
        let reason = Reason::of(&words(&json));
        redaction.redact(&mut json);
        Self { reason, ..Self::new(kind, request, Some(status), words(&json)) }
    }

    /// Nothing was sent. A failed handshake fails again in the same way.
    pub(super) fn unreachable(request: &str, host: &str, words: &str) -> Self {
        match handshake::advice(words) {
            Some(_) => Self::new(Kind::Untrusted, request, None, words),
            None => Self::new(Kind::Unreachable, request, None, format!("at {host}: {words}")),
        }
    }

    /// The request was under way. A server that refuses the client's certificate says so only then;
    /// what else breaks a connection that stood says nothing about how it began.
    pub(super) fn lost(request: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        let is_corrupt = message.starts_with(handshake::CORRUPT);
        let is_refusal = !is_corrupt && handshake::advice(&message).is_some();
        let kind = if is_refusal { Kind::Untrusted } else { Kind::Lost };
        Self::new(kind, request, None, message)
    }

    /// The wait for an answer was given up.
    pub(super) fn given_up(request: &str, message: impl Into<String>) -> Self {
        Self::new(Kind::GivenUp, request, None, message)
    }

    pub(super) fn malformed(request: &str, status: u16, message: impl Into<String>) -> Self {
        Self::new(Kind::Malformed, request, Some(status), message)
    }

    pub(super) fn not_quay(request: &str, status: u16) -> Self {
        Self::new(Kind::NotQuay, request, Some(status), "")
    }

    pub(super) fn stopped(request: &str) -> Self {
        Self::new(Kind::Stopped, request, None, "")
    }

    /// The request was never sent, because Quay limits the rate of requests.
    pub(super) fn put_off(request: &str, waited: Duration, wait: Duration) -> Self {
        let [waited, wait] = [waited, wait].map(|it| it.as_secs_f64().ceil());
        let message = format!("after {waited} s of waiting, the next may go in {wait} s");
        Self::new(Kind::RateLimited, request, None, message)
    }

    pub(super) fn credentials(message: impl Into<String>) -> Self {
        Self::new(Kind::Credentials, "", None, message)
    }

    pub(super) fn impossible_name(name: &str) -> Self {
        Self::new(Kind::ImpossibleName, "", None, format!("{name:?}"))
    }

    /// Quay shows an organization, but not as to one of its administrators.
    pub(super) fn not_administrator(request: &str, message: impl Into<String>) -> Self {
        Self::new(Kind::NotAdministrator, request, Some(200), message)
    }

    /// The same, after so many tries.
    pub(super) fn after(self, tries: u32) -> Self {
        Self { tries, ..self }
    }

    /// A refusal to create an organization, which takes other rights than everything else.
    pub(super) fn of_creation(self) -> Self {
        match self.kind {
            Kind::Forbidden => Self { kind: Kind::MayNotCreate, ..self },
            _ => self,
        }
    }

    /// Quay itself says that it is not there: a JSON 404 of type `not_found`.
    pub fn is_not_found(&self) -> bool {
        self.kind == Kind::NotFound
    }

    /// Quay does not allow it, or does not want to say whether it is there.
    pub fn is_forbidden(&self) -> bool {
        self.kind == Kind::Forbidden
    }

    /// Quay does not accept the token (any more). Nothing was executed.
    pub fn is_token_refused(&self) -> bool {
        self.kind == Kind::TokenRefused
    }

    /// Quay refuses the content of the request. The text tells why.
    pub fn is_invalid(&self) -> bool {
        self.kind == Kind::Invalid
    }

    /// Another organization or user has the name, or the object is there already.
    pub fn is_taken(&self) -> bool {
        self.is_invalid() && self.reason == Reason::Taken
    }

    /// The organization may be missing. Of what is below a missing one Quay says "forbidden" or, to
    /// a superuser with full access, "not found" or that it could not create a proxy cache.
    pub fn may_lack_organization(&self) -> bool {
        self.is_forbidden()
            || self.is_not_found()
            || self.is_invalid() && self.reason == Reason::NotCreated
    }

    /// The organization is a mirror of another registry's and cannot be a cache, too.
    pub fn is_mirrored(&self) -> bool {
        self.is_invalid() && self.reason == Reason::Mirrored
    }

    /// The name belongs to a deleted organization that Quay has not cleared away yet.
    pub fn is_name_held(&self) -> bool {
        self.is_invalid() && self.reason == Reason::NameHeld
    }

    /// Up to 3.17, no two organizations or users have the same e-mail address, not even none.
    pub fn is_email_taken(&self) -> bool {
        self.is_invalid() && self.reason == Reason::EmailTaken
    }

    /// The answer did not come from the operation that was asked for: the feature is switched off,
    /// or this is no Quay.
    pub fn is_not_quay(&self) -> bool {
        self.kind == Kind::NotQuay
    }

    /// The provider was asked to stop.
    pub fn is_stopped(&self) -> bool {
        self.kind == Kind::Stopped
    }

    /// Quay refused the request because there were more than it allows.
    pub(super) fn is_rate_limited(&self) -> bool {
        self.kind == Kind::RateLimited && self.status.is_some()
    }

    /// The request surely never reached Quay.
    pub(super) fn never_arrived(&self) -> bool {
        matches!(self.kind, Kind::Unreachable | Kind::Untrusted | Kind::RateLimited)
    }

    /// Passing trouble: the same request may succeed in a moment. So may a read on which Quay
    /// crashed; a write on which it crashes is one that it cannot take.
    pub(super) fn is_passing(&self, is_write: bool) -> bool {
        matches!(self.kind, Kind::Unreachable | Kind::Lost | Kind::GivenUp | Kind::Unavailable)
            || self.kind == Kind::Crashed && !is_write
    }

    /// Quay crashed. It may or may not have acted before.
    pub fn is_crash(&self) -> bool {
        self.kind == Kind::Crashed
    }

    /// Quay may or may not have done what it was asked for.
    pub fn may_have_acted(&self) -> bool {
        use Kind::{Crashed, GivenUp, Lost, Malformed, Unavailable};
        matches!(self.kind, Lost | GivenUp | Unavailable | Crashed | Malformed)
    }

    /// Quay may still be at what it was asked for: the wait for its answer was given up, here or by
    /// a proxy before it. A look that finds nothing then proves little.
    pub fn may_act_later(&self) -> bool {
        self.kind == Kind::GivenUp || matches!(self.status, Some(502 | 504))
    }

    /// The status of the answer, where there was one.
    pub(super) fn status(&self) -> Option<u16> {
        self.status
    }

    /// Quay's own words.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What happened, without what to do next.
    pub fn happening(&self) -> String {
        Happening(self).to_string()
    }

    fn advice(&self) -> &'static str {
        let is_read = self.request.starts_with("GET ");
        match self.kind {
            Kind::NotFound => {
                "It may have been deleted meanwhile. Plan again: what is gone is planned anew."
            }
            Kind::Forbidden => {
                "The token needs the scope `org:admin` and must belong to a member of a team with \
                 role admin in the organization, or to a superuser of a Quay with \
                 `FEATURE_SUPERUSERS_FULL_ACCESS`."
            }
            Kind::NotAdministrator => {
                "The token needs the scope `org:admin` and must belong to a member of a team with \
                 role admin in the organization or, from Quay 3.18 on, to a superuser where \
                 `FEATURE_SUPERUSERS_FULL_ACCESS` is on."
            }
            Kind::MayNotCreate => {
                "To create organizations, the token needs the scope `user:admin`. Where Quay has \
                 `SUPERUSERS_ORG_CREATION_ONLY`, it must also be a superuser's."
            }
            Kind::TokenRefused => {
                "The token is missing, unknown or expired: create a new one in an application of \
                 one of your organizations, and give it to the provider by `token`, `QUAY_TOKEN` \
                 or `token_file`; or check the `oauth2_*` settings."
            }
            Kind::Invalid => "Correct the configuration and apply again.",
            Kind::NotQuay => {
                "This is not Quay's API, or a proxy answered: check the provider's `url`, its path \
                 prefix included, but without `/api/v1`."
            }
            Kind::ReadOnly => "Quay is read-only at present: apply again when it is not.",
            Kind::RateLimited => {
                "The provider waits five minutes for its turn: apply again later, or with a lower \
                 `-parallelism`."
            }
            Kind::Unavailable => "Quay or a proxy before it is down: apply again when it is up.",
            Kind::Crashed if is_read => "Quay failed inside: its own log says why.",
            Kind::Crashed => {
                "Quay failed inside: its own log says why. Run `terraform plan` to see what was \
                 done."
            }
            Kind::Untrusted => handshake::advice(&self.message).unwrap_or_default(),
            Kind::Unreachable => {
                "Check the provider's `url`, the proxies in the environment (`HTTPS_PROXY`, \
                 `NO_PROXY`) and the network."
            }
            Kind::Lost | Kind::GivenUp if is_read => {
                "Try again; if it stays so, check the network, or raise `request_timeout`."
            }
            Kind::Lost | Kind::GivenUp => "Run `terraform plan` to see whether it was done.",
            Kind::Malformed => {
                "Quay's answer was not understood. Check that nothing alters answers on the way; \
                 if nothing does, please report this as a bug."
            }
            Kind::Stopped => "What was done so far is in the state.",
            Kind::Credentials => "",
            Kind::ImpossibleName => "Correct the name.",
        }
    }
}

fn classify(status: u16, is_json: bool, json: &Json) -> Kind {
    let has = |field: &str, value: &str| json.get(field).and_then(Json::as_str) == Some(value);
    match status {
        404 if is_json && has("error_type", "not_found") => Kind::NotFound,
        401 if json.is_object() => Kind::TokenRefused,
        // The body is JSON although it says that it is HTML.
        403 if has("error", "CSRF token was invalid or missing.") => Kind::TokenRefused,
        403 if is_json => Kind::Forbidden,
        400 if json.is_object() => Kind::Invalid,
        413..=415 => Kind::Invalid,
        429 => Kind::RateLimited,
        503 if json.get("is_readonly").is_some() => Kind::ReadOnly,
        502..=504 => Kind::Unavailable,
        500..=599 => Kind::Crashed,
        _ => Kind::NotQuay,
    }
}

/// An error without its advice.
struct Happening<'a>(&'a Error);

impl fmt::Display for Happening<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Error { kind, request, status, message, tries, .. } = self.0;
        match (kind, status) {
            (Kind::Stopped, _) => write!(f, "Terraform was asked to stop during {request}."),
            (Kind::Credentials | Kind::NotAdministrator, _) => write!(f, "{message}."),
            (Kind::ImpossibleName, _) => write!(f, "Nothing in Quay can be named {message}."),
            (Kind::Unreachable, _) => write!(f, "Quay was not reached {message}."),
            (Kind::Untrusted, _) => write!(f, "No secure connection to Quay: {message}."),
            (Kind::Lost | Kind::GivenUp, _) => {
                write!(f, "The answer to {request} was lost: {message}.")
            }
            (Kind::Malformed, Some(status)) => {
                write!(f, "Quay answered {status} to {request}, but {message}.")
            }
            (_, Some(status)) if message.is_empty() => {
                write!(f, "Quay answered {status} to {request}.")
            }
            (_, Some(status)) => write!(f, "Quay answered {status} to {request}: {message}."),
            // Quay answers all others with a status.
            (_, None) => write!(f, "Quay limits the rate of requests: {message} ({request})."),
        }?;
        if *tries > 1 { write!(f, " It was tried {tries} times.") } else { Ok(()) }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Happening(self).fmt(f)?;
        match self.advice() {
            "" => Ok(()),
            advice => write!(f, " {advice}"),
        }
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quay::call::Call;
    use serde_json::json;

    fn of(status: u16, body: &Json) -> Error {
        Error::of_answer(
            "POST /x",
            status,
            true,
            body.to_string().as_bytes(),
            &Redaction::nothing(),
        )
    }

    #[test]
    fn what_quay_quotes_is_not_passed_on() {
        let schema = "'hunter2' is not of type 'integer'\n\nFailed validating 'type' in schema:\n";
        let refused = of(400, &json!({ "error_message": schema, "detail": schema }));
        assert!(refused.is_invalid() && !refused.to_string().contains("hunter2"), "{refused}");
        let database = "duplicate key value violates unique constraint \"user_username\"\nDETAIL: \
                        Key (username)=(hunter2) already exists.";
        let refused = of(400, &json!({ "message": database }));
        assert!(refused.is_taken() && !refused.to_string().contains("hunter2"), "{refused}");
        let long = of(400, &json!({ "message": "x".repeat(10_000) }));
        assert!(long.to_string().len() < 500);
    }

    /// A password can be any word.
    #[test]
    fn a_secret_that_is_one_of_quays_own_words_changes_no_meaning() {
        let body = json!({ "upstream_registry_password": "already", "other_password": "token" });
        let call = Call::post(&["organization", "acme", "proxycache"], body).expect("a path");
        let redaction = Redaction::of(&call, None, &[]);
        let of = |status, body: Json| {
            Error::of_answer("POST /x", status, true, body.to_string().as_bytes(), &redaction)
        };
        let taken = of(400, json!({ "error_message": "Configuration already exists" }));
        assert!(taken.is_taken() && !taken.to_string().contains("already"), "{taken}");
        let refused = of(403, json!({ "error": "CSRF token was invalid or missing." }));
        assert!(refused.is_token_refused(), "{refused}");
    }

    /// Something between us and Quay may break a connection after the request was sent.
    #[test]
    fn what_breaks_while_a_request_is_under_way_is_a_lost_answer() {
        let words = "received corrupt message of type InvalidContentType";
        let lost = Error::lost("POST /x", words);
        assert!(lost.may_have_acted() && !lost.never_arrived(), "{lost}");
        let unreachable = Error::unreachable("POST /x", "quay.example:443", words);
        assert!(unreachable.never_arrived(), "{unreachable}");
        assert!(unreachable.to_string().contains("does not speak TLS"), "{unreachable}");
    }

    #[test]
    fn only_what_was_given_up_may_be_done_later() {
        let answered =
            |status| Error::of_answer("POST /x", status, false, b"<html>", &Redaction::nothing());
        assert!(answered(502).may_act_later() && answered(504).may_act_later());
        assert!(!answered(500).may_act_later() && !answered(503).may_act_later());
        assert!(Error::given_up("POST /x", "nothing came for 30 s").may_act_later());
        assert!(!Error::lost("POST /x", "connection reset by peer").may_act_later());
        assert!(!Error::stopped("POST /x").may_act_later());
    }

    #[test]
    fn gone_is_a_404_of_quays_own_and_nothing_else() {
        assert!(of(404, &json!({ "error_type": "not_found" })).is_not_found());
        assert!(!of(404, &json!({ "message": "not found" })).is_not_found());
        let html = Error::of_answer(
            "GET /x",
            404,
            false,
            br#"{"error_type":"not_found"}"#,
            &Redaction::nothing(),
        );
        assert!(!html.is_not_found() && html.is_not_quay());
        for status in [308, 405] {
            assert!(
                Error::of_answer("GET /x", status, false, b"<html>", &Redaction::nothing())
                    .is_not_quay()
            );
        }
    }
}
