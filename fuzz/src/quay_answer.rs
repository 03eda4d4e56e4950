//! Any answer in place of Quay's.
//!
//! The first two bytes choose status and content type, the others are the body.

use terraform_provider_quay::quay::fuzzing;

/// What an answer may say that it is.
pub const CONTENT_TYPES: [Option<&str>; 4] = [
    Some("application/json"),
    Some("text/html; charset=utf-8"),
    Some("application/json; charset=utf-8"),
    None,
];
/// The statuses that mean something to the client, and some that do not.
pub const STATUSES: [u16; 24] = [
    200, 201, 202, 204, 206, 301, 308, 400, 401, 403, 404, 405, 409, 413, 415, 418, 422, 429, 500,
    502, 503, 504, 520, 599,
];
/// The longest text that a user can be expected to read.
const TEXT_MAX: usize = 2000;

/// Every answer is read or refused, in words that fit on a screen and cannot take it over.
pub fn run(data: &[u8]) {
    let [status, content_type, body @ ..] = data else { return };
    let status = STATUSES[usize::from(*status) % STATUSES.len()];
    let content_type = CONTENT_TYPES[usize::from(*content_type) % CONTENT_TYPES.len()];
    for error in fuzzing::read(status, content_type, body) {
        let is_json = content_type.is_some_and(|it| it.starts_with("application/json"));
        assert!(!error.is_not_found() || (status == 404 && is_json), "{status} is taken for gone");
        let text = error.to_string();
        assert!(text.chars().count() <= TEXT_MAX, "the text has {} bytes", text.len());
        assert!(!text.contains(char::is_control), "{text:?} may take over a terminal");
    }
}
