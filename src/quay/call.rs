//! One request to Quay as it is described, and one answer as it was read.

use super::error::{Error, Result};
use super::names;
use super::redaction::Redaction;
use super::words::plain;
use http::Method;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Number, Value as Json};
use std::fmt;
use std::time::Duration;

/// Which requests carry the token. Checking one costs a Quay a hundred times what a request
/// without costs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Auth {
    Token,
    /// Public; with the token only where this Quay wants one for everything.
    Public,
}

/// When a request that brought no success may be made again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Repetition {
    /// It changes nothing, or nothing more the second time.
    Always,
    /// Only if it surely never arrived: a lost answer is the caller's to resolve.
    NeverArrived,
    /// Only after another look at what it would destroy, which is the caller's.
    Guarded,
}

/// One request to make.
#[derive(Clone)]
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) body: Option<Json>,
    pub(super) auth: Auth,
    pub(super) repetition: Repetition,
    pub(super) is_view: bool,
    pub(super) patience: Duration,
}

/// A success.
#[derive(Clone)]
pub(super) struct Answer {
    pub(super) request: String,
    pub(super) status: u16,
    /// JSON without a mistake, which is not read before it is known as what: read as nothing in
    /// particular, it would take a hundred times its size.
    body: Vec<u8>,
}

/// What an organization's view says of its caller's rights.
#[derive(Deserialize)]
struct Rights {
    is_admin: bool,
    is_member: bool,
}

impl Call {
    fn new(method: Method, segments: &[&str]) -> Result<Self> {
        let is_post = method == Method::POST;
        let repetition = if is_post { Repetition::NeverArrived } else { Repetition::Always };
        let path = names::path(segments)?;
        Ok(Self {
            method,
            path,
            body: None,
            auth: Auth::Token,
            repetition,
            is_view: false,
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

    pub(super) fn repetition(self, repetition: Repetition) -> Self {
        Self { repetition, ..self }
    }

    /// It asks for an organization as its caller sees it: to a token that Quay does not accept, as
    /// a stranger sees it.
    pub(super) fn view(self) -> Self {
        Self { is_view: true, ..self }
    }

    /// It may take this long, where the settings allow less.
    pub(super) fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// The path without the query.
    pub(super) fn place(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }

    pub(super) fn is_write(&self) -> bool {
        self.method != Method::GET
    }
}

/// Without what is asked for in particular: a page's token can have any length, and is Quay's.
impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.place())
    }
}

/// Without the body, which may hold a client secret.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { request, status, body } = self;
        write!(f, "{status} to {request} with {} bytes", body.len())
    }
}

impl Answer {
    /// Whether an organization is shown as to somebody who has nothing to do with it.
    pub(super) fn is_to_a_stranger(&self) -> bool {
        let rights = serde_json::from_slice::<Rights>(&self.body);
        rights.is_ok_and(|rights| !rights.is_admin && !rights.is_member)
    }

    /// The answer's content. What does not fit is named, but not quoted.
    pub(super) fn read<T: DeserializeOwned>(self) -> Result<T> {
        let Self { request, status, body } = self;
        let mut json = serde_json::Deserializer::from_slice(&body);
        serde_path_to_error::deserialize(&mut json).map_err(|error| {
            // The path has the answer's own keys in it.
            let place = plain(&error.path().to_string());
            let message = format!("`{place}` in the answer is not as expected");
            Error::malformed(&request, status, message)
        })
    }
}

/// What an answer means: a success, or the error that it tells.
pub(super) fn read_answer(
    request: &str,
    redaction: &Redaction,
    status: u16,
    content_type: Option<&str>,
    body: Vec<u8>,
) -> Result<Answer> {
    let is_json = content_type.is_some_and(|value| value.starts_with("application/json"));
    if !(200..300).contains(&status) {
        return Err(Error::of_answer(request, status, is_json, &body, redaction));
    }
    read_success(request, status, is_json, body)
}

fn read_success(request: &str, status: u16, is_json: bool, body: Vec<u8>) -> Result<Answer> {
    let request_text = request.to_owned();
    if status == 204 || body.is_empty() && status != 200 {
        return Ok(Answer { request: request_text, status, body: b"null".into() });
    }
    if !is_json {
        return Err(Error::not_quay(request, status));
    }
    match serde_json::from_slice::<IgnoredAny>(&body) {
        Ok(_) => Ok(Answer { request: request_text, status, body }),
        Err(error) if error.is_eof() => Err(Error::lost(request, "the answer was cut off")),
        Err(_) => Err(Error::malformed(request, status, "the answer is no JSON")),
    }
}

/// Reads what may be a number, a text, a boolean or null. Lists are refused, however long.
pub(super) fn scalar<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Json, D::Error> {
    deserializer.deserialize_any(Scalar)
}

struct Scalar;

impl<'de> Visitor<'de> for Scalar {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a single value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, number: u64) -> Result<Json, E> {
        Ok(number.into())
    }

    fn visit_i64<E>(self, number: i64) -> Result<Json, E> {
        Ok(number.into())
    }

    fn visit_f64<E>(self, number: f64) -> Result<Json, E> {
        Ok(number.into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(text.into())
    }

    /// How numbers come that have more digits than others; anything else is refused.
    fn visit_map<A: MapAccess<'de>>(self, number: A) -> Result<Json, A::Error> {
        Number::deserialize(MapAccessDeserializer::new(number)).map(Json::Number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quay::Organization;

    fn success(body: &str) -> Result<Answer> {
        let json = Some("application/json");
        read_answer("GET /", &Redaction::nothing(), 200, json, body.into())
    }

    #[test]
    fn what_nobody_asked_for_is_skipped_and_what_is_no_single_value_is_refused() {
        #[derive(Debug, Deserialize)]
        struct Content {
            #[serde(deserialize_with = "scalar")]
            it: Json,
        }
        let deep = format!("{}{}", "[".repeat(1000), "]".repeat(1000));
        let read = |it: &str| {
            let body = format!(r#"{{"other":{deep},"it":{it}}}"#);
            success(&body).and_then(Answer::read::<Content>).map(|content| content.it)
        };
        for (text, value) in [
            ("1", 1.into()),
            ("-7", (-7).into()),
            ("true", true.into()),
            (r#""x""#, "x".into()),
            ("null", Json::Null),
        ] {
            assert_eq!(read(text), Ok(value), "{text}");
        }
        assert_eq!(read("1.50").map(|it| it.to_string()), Ok("1.50".to_owned()));
        for none in ["[1]", "[]", "{}", r#"{"a":1}"#] {
            let error = read(none).expect_err(none);
            assert!(error.to_string().contains("`it"), "{error}");
        }
    }

    #[test]
    fn a_request_is_named_without_its_query() {
        let call = Call::get(&["repository"]).expect("a path").query("next_page", "secret");
        assert_eq!(call.to_string(), "GET /api/v1/repository");
    }

    /// Found by reading for the fuzz target `quay_answer`: the place is named by the answer's keys.
    #[test]
    fn the_keys_of_an_answer_can_neither_fill_a_screen_nor_take_it_over() {
        let key = format!("\\u001b[2J{}", "x".repeat(10_000));
        let body =
            format!(r#"{{"name":"a","is_admin":true,"is_member":true,"teams":{{"{key}":1}}}}"#);
        let answer = success(&body);
        let error = answer.and_then(Answer::read::<Organization>).expect_err("a team is no number");
        let text = error.to_string();
        assert!(text.contains("`teams. [2Jxxx") && text.len() < 1000, "{text}");
    }
}
