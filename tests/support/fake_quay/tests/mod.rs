//! Rules that the recordings do not show, and what the fake offers to tests.

mod faults;
mod load;
mod releases;
mod rules;
mod scripts;

use super::fake_quay::FakeQuay;
use super::recordings::{Response, send};
use serde_json::Value;
use std::io;

/// Asks with the administrator's token.
fn ask(fake: &FakeQuay, method: &str, path: &str, body: Option<Value>) -> io::Result<Response> {
    ask_at(fake.url(), "admin", method, path, body)
}

/// Asks one of several servers, with any token.
fn ask_at(
    url: &str,
    token: &str,
    method: &str,
    path: &str,
    body: Option<Value>,
) -> io::Result<Response> {
    let mut headers = vec![("Authorization".to_owned(), format!("Bearer {token}"))];
    let body = body.map(|body| {
        headers.push(("Content-Type".into(), "application/json".into()));
        body.to_string().into_bytes()
    });
    send(url, method, path, &headers, body.as_deref())
}

/// The status of an answer that must come.
fn status(response: io::Result<Response>) -> u16 {
    response.expect("an answer").status
}

/// The JSON of an answer that must come.
fn json(response: io::Result<Response>) -> Value {
    serde_json::from_slice(&response.expect("an answer").body).expect("an answer in JSON")
}
