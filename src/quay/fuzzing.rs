//! The way for hostile answers to everything that reads answers, without a network.
//!
//! It is public for the fuzz targets alone, which are a package of their own.

use super::call::{Answer, read_answer};
use super::credentials::read_grant;
use super::error::Result;
use super::member::{Member, Members};
use super::{application, member, organization, proxy_cache, repository, user};
use serde::de::DeserializeOwned;

/// The request that every answer here is taken for an answer to.
const REQUEST: &str = "GET /api/v1/organization/acme";

/// Reads an answer as the client does, and has every decoder read its content.
pub fn read(status: u16, content_type: Option<&str>, body: &[u8]) -> Result<()> {
    // An identity provider's answer is read by itself, and its failure has no text of its own.
    let _ = read_grant(body);
    let answer = read_answer(REQUEST, status, content_type, body)?;
    decode(&answer, |view: organization::Organization| {
        (view.contact().is_some(), view.invoice_contact().is_some())
    });
    decode(&answer, |listed: application::Applications| {
        listed.iter().all(|application| listed.get(&application.client_id).is_some())
    });
    decode(&answer, |_: application::Application| ());
    decode(&answer, |_: application::Information| ());
    decode(&answer, |listed: Members| {
        listed.iter().all(|member| listed.get(&member.name).is_some())
    });
    decode(&answer, |view: member::View| Member::from(view));
    decode(&answer, |view: proxy_cache::View| view.proxy_cache());
    decode(&answer, |_: repository::Page| ());
    decode(&answer, |_: user::User| ());
    decode(&answer, |_: String| ());
    Ok(())
}

/// Reads one kind of content and uses what was read, or the text of the failure.
fn decode<T: DeserializeOwned, U>(answer: &Answer, using: impl FnOnce(T) -> U) {
    match answer.clone().read::<T>() {
        Ok(content) => drop(std::hint::black_box(using(content))),
        Err(error) => drop(std::hint::black_box(error.to_string())),
    }
}
