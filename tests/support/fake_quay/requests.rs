//! The log of requests, for tests that count them.

use serde_json::{Value, json};
use std::sync::Mutex;

/// One request that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedRequest {
    /// The method.
    pub method: String,
    /// Path and query, as sent.
    pub path: String,
    /// Whose valid token came along.
    pub user: Option<String>,
    /// Whether any `Authorization` came along, valid or not.
    pub token: bool,
    /// What was answered; none if the connection ended without an answer.
    pub status: Option<u16>,
}

impl LoggedRequest {
    /// `GET /api/v1/…`, the shortest way to compare.
    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    fn to_json(&self) -> Value {
        json!({
            "method": self.method,
            "path": self.path,
            "user": self.user,
            "token": self.token,
            "status": self.status,
        })
    }
}

/// All requests since the last clearing, in the order in which they were answered.
#[derive(Debug, Default)]
pub struct RequestLog(Mutex<Vec<LoggedRequest>>);

impl RequestLog {
    /// Notes a request.
    pub fn push(&self, request: LoggedRequest) {
        self.0.lock().expect("no handler panics").push(request);
    }

    /// What was noted so far.
    pub fn all(&self) -> Vec<LoggedRequest> {
        self.0.lock().expect("no handler panics").clone()
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.0.lock().expect("no handler panics").clear();
    }

    /// The log as the control API shows it.
    pub fn to_json(&self) -> Value {
        self.all().iter().map(LoggedRequest::to_json).collect()
    }
}
