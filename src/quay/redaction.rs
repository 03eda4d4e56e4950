//! Answers without the secrets of the request that they answer: Quay quotes what it refuses.

use super::call::Call;
use super::secret::Secret;
use serde_json::Value as Json;

/// What stands in place of a secret.
const STARS: &str = "***";
/// Shorter ones are in every other word of Quay's, by which it is understood. Quay's own tokens have
/// 40 characters.
const TOKEN_MIN: usize = 8;
const PASSWORD_MIN: usize = 4;

/// The secrets of a request, in every spelling in which an answer may quote them.
pub(super) struct Redaction(Vec<String>);

impl Redaction {
    /// The secrets of a request: its token, its extra headers, and the passwords in its body.
    pub(super) fn of(call: &Call, token: Option<&Secret>, headers: &[Secret]) -> Self {
        let mut redaction = Self(Vec::new());
        for secret in headers.iter().chain(token) {
            redaction.add(secret.reveal(), TOKEN_MIN);
        }
        for (name, value) in call.body.as_ref().and_then(Json::as_object).into_iter().flatten() {
            if name.contains("password") {
                redaction.add(value.as_str().unwrap_or_default(), PASSWORD_MIN);
            }
        }
        redaction
    }

    /// A request without secrets.
    pub(super) fn nothing() -> Self {
        Self(Vec::new())
    }

    /// As it is, as Python writes a text in quotes, and as JSON does.
    fn add(&mut self, secret: &str, length_min: usize) {
        if secret.len() < length_min {
            return;
        }
        let python = secret.replace('\\', r"\\").replace('\n', r"\n").replace('\t', r"\t");
        let json = Json::from(secret).to_string();
        let spellings = [
            secret.to_owned(),
            python.replace('\'', r"\'"),
            python,
            json[1..json.len() - 1].to_owned(),
        ];
        self.0.extend(spellings);
    }

    /// Takes the secrets out of an answer.
    pub(super) fn redact(&self, json: &mut Json) {
        match json {
            Json::String(text) => {
                for secret in &self.0 {
                    if text.contains(secret) {
                        *text = text.replace(secret, STARS);
                    }
                }
            }
            Json::Array(items) => items.iter_mut().for_each(|item| self.redact(item)),
            Json::Object(fields) => fields.values_mut().for_each(|field| self.redact(field)),
            Json::Null | Json::Bool(_) | Json::Number(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn redacted(password: &str, message: &str) -> String {
        let body = json!({ "upstream_registry_password": password, "expiration_s": 86_400 });
        let call = Call::post(&["organization", "acme", "proxycache"], body).expect("a path");
        let mut answer = json!({ "message": message, "status": 400 });
        let headers = [Secret::new("the-gateways-key"), Secret::new("acme")];
        Redaction::of(&call, Some(&Secret::new("the-token")), &headers).redact(&mut answer);
        assert_eq!(answer["status"], 400);
        answer["message"].as_str().expect("a text").to_owned()
    }

    #[test]
    fn no_spelling_of_a_secret_is_left() {
        assert_eq!(redacted("hunter2", "no hunter2, no the-token"), "no ***, no ***");
        assert_eq!(redacted("hunter2", "acme: no the-gateways-key"), "acme: no ***");
        assert_eq!(redacted(r#"a'b"c\d"#, r#"no 'a\'b"c\\d'"#), "no '***'");
        assert_eq!(redacted("a'b\\c", r#"no "a'b\\c""#), r#"no "***""#);
        assert_eq!(redacted("p\u{e4}ss", "no p\u{e4}ss"), "no ***");
        assert_eq!(redacted("li\nne", r"no 'li\nne'"), "no '***'");
        assert_eq!(redacted("abc", "no abc"), "no abc");
        assert_eq!(redacted("hunter2", "86400"), "86400");
    }
}
