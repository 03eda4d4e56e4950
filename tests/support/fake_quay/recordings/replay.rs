//! Going through recorded cases one after the other.

use super::client::{Response, send};
use super::compare::Bindings;
use super::table::Table;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

/// Where cases are sent to.
#[derive(Debug)]
pub struct Server {
    /// Base URL of the base configuration.
    pub url: String,
    /// Base URLs of other switch sets, by the recordings' names.
    pub profiles: BTreeMap<String, String>,
}

/// A walk through recorded cases.
#[derive(Debug)]
pub struct Replay {
    server: Server,
    bindings: Bindings,
    /// The result so far.
    pub table: Table,
}

impl Replay {
    /// Starts with the texts of tokens, by their placeholders' names without brackets.
    pub fn new(server: Server, tokens: &[(&str, &str)]) -> Self {
        let mut bindings = Bindings::default();
        for (name, text) in tokens {
            bindings.bind(&format!("<{name}>"), text);
            let mut changed = (*text).to_owned();
            changed.pop();
            bindings.bind(&format!("<{name}, last character changed>"), &format!("{changed}~"));
        }
        Self { server, bindings, table: Table::default() }
    }

    /// Sends a case and enters the comparison into the table.
    pub fn case(&mut self, case: &Value) {
        let response = self.ask(case);
        self.enter(case, response);
    }

    /// Sends a case until the status is the recorded one, and says how often it was not.
    pub fn case_until_same(&mut self, case: &Value, limit: usize, pause: Duration) -> usize {
        let wanted = case["response"]["status"].as_u64();
        for passed in 0..limit {
            let response = self.ask(case);
            if response.as_ref().is_ok_and(|got| Some(u64::from(got.status)) == wanted) {
                self.enter(case, response);
                return passed;
            }
            std::thread::sleep(pause);
        }
        self.case(case);
        limit
    }

    fn enter(&mut self, case: &Value, response: io::Result<Response>) {
        let differences = match response {
            Ok(response) => self.compare(case, &response),
            Err(problem) => vec![problem.to_string()],
        };
        self.table.enter(case, &differences);
    }

    fn url(&self, case: &Value) -> &str {
        let profile = case["server_profile"].as_str();
        profile.and_then(|name| self.server.profiles.get(name)).unwrap_or(&self.server.url)
    }

    /// Sends a case's request.
    pub fn ask(&self, case: &Value) -> io::Result<Response> {
        let request = &case["request"];
        let headers: Vec<(String, String)> = request["headers"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.clone(), self.bindings.fill(value.as_str().unwrap_or(""))))
            .collect();
        let body = match (request.get("json"), request.get("raw_body")) {
            (Some(json), _) => Some(self.bindings.fill_json(json).to_string().into_bytes()),
            // Raw bodies were recorded byte by byte.
            (_, Some(raw)) => Some(
                raw.as_str()
                    .unwrap_or("")
                    .chars()
                    .map(|c| u8::try_from(c).unwrap_or(b'?'))
                    .collect(),
            ),
            _ => None,
        };
        let method = request["method"].as_str().unwrap_or("GET");
        let path = self.bindings.fill(request["path"].as_str().unwrap_or("/"));
        send(self.url(case), method, &path, &headers, body.as_deref())
    }

    fn compare(&mut self, case: &Value, response: &Response) -> Vec<String> {
        let expected = &case["response"];
        let mut differences = Vec::new();
        if expected["status"].as_u64() != Some(response.status.into()) {
            differences
                .push(format!("status: expected {}, got {}", expected["status"], response.status));
        }
        let kind = expected["headers"]["content-type"].as_str();
        if kind != response.header("content-type") {
            let got = response.header("content-type");
            differences.push(format!("content-type: expected {kind:?}, got {got:?}"));
        }
        let host = self.url(case).trim_start_matches("http://").to_owned();
        let expected = on_this_host(expected, &host);
        if let Some(text) = expected["text"].as_str() {
            differences.extend(self.bindings.same_text(text, &response.text()).err());
        } else if expected["body_length"] == 0 {
            if !response.body.is_empty() {
                differences.push(format!("expected no body, got {}", response.text()));
            }
        } else if let Some(recorded) = expected.get("body") {
            match serde_json::from_slice::<Value>(&response.body) {
                Err(_) => differences.push(format!("no JSON: {:.200}", response.text())),
                Ok(body) => {
                    let body = listed(recorded, body);
                    differences.extend(self.bindings.same_json("body", recorded, &body));
                }
            }
        }
        differences
    }
}

/// Long lists of repositories were recorded by their first entries and their length.
fn listed(recorded: &Value, mut body: Value) -> Value {
    if recorded.get("repositories_count").is_none() {
        return body;
    }
    let all = body["repositories"].as_array().cloned().unwrap_or_default();
    let shown = recorded["repositories"].as_array().cloned().unwrap_or_default();
    // The order within a page is not fixed: what was shown must be there.
    body["repositories"] = shown.into_iter().filter(|one| all.contains(one)).collect();
    body["repositories_count"] = all.len().into();
    body
}

/// The recorded ports 8080 to 8089 stand for the server that was asked.
fn on_this_host(value: &Value, host: &str) -> Value {
    let text = value.to_string();
    let mut parts = text.split("127.0.0.1:808");
    let mut moved = parts.next().unwrap_or("").to_owned();
    for part in parts {
        moved.push_str(host);
        moved.push_str(part.get(1..).unwrap_or(""));
    }
    serde_json::from_str(&moved).unwrap_or(Value::Null)
}
