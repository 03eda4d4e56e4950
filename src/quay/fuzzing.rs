//! The way for hostile answers to everything that reads answers, without a network.
//!
//! It is public for the fuzz targets alone, which are a package of their own.

use super::call::{Answer, read_answer};
use super::error::Error;
use super::grant::read_grant;
use super::member::{Member, Members};
use super::redaction::Redaction;
use super::{application, member, organization, proxy_cache, repository, user};
use serde::de::DeserializeOwned;

/// The request that every answer here is taken for an answer to.
const REQUEST: &str = "GET /api/v1/organization/acme";

/// Reads an answer as the client does, has every decoder read its content, and gives whatever
/// failures there were.
pub fn read(status: u16, content_type: Option<&str>, body: &[u8]) -> Vec<Error> {
    // An identity provider's answer is read by itself, and its failure has no text of its own.
    let _ = read_grant(body);
    let answer =
        match read_answer(REQUEST, &Redaction::nothing(), status, content_type, body.into()) {
            Ok(answer) => answer,
            Err(error) => return vec![error],
        };
    let mut decoding = Decoding { answer, failures: Vec::new() };
    decoding.as_a(|view: organization::Organization| {
        (view.contact().is_some(), view.invoice_contact().is_some())
    });
    decoding.as_a(|listed: application::Applications| {
        listed.iter().all(|application| listed.get(&application.client_id).is_some())
    });
    decoding.as_a(|_: application::Application| ());
    decoding.as_a(|_: application::Information| ());
    decoding.as_a(|listed: Members| listed.iter().all(|it| listed.get(&it.name).is_some()));
    decoding.as_a(|view: member::View| Member::from(view));
    decoding.as_a(|view: proxy_cache::View| view.proxy_cache());
    decoding.as_a(|_: repository::Page| ());
    decoding.as_a(|_: user::User| ());
    decoding.as_a(|_: String| ());
    decoding.failures
}

/// One answer, which is read as one thing after the other.
struct Decoding {
    answer: Answer,
    failures: Vec<Error>,
}

impl Decoding {
    /// Reads the answer as one kind of content and uses what was read.
    fn as_a<T: DeserializeOwned, U>(&mut self, using: impl FnOnce(T) -> U) {
        match self.answer.clone().read::<T>() {
            Ok(content) => drop(std::hint::black_box(using(content))),
            Err(error) => self.failures.push(error),
        }
    }
}
