//! What Quay answers beside its API: health, configuration, descriptions of errors.

use super::call::Call;
use super::reply::{Answer, Reply};
use axum::http::Method;
use serde_json::{Value, json};

/// `GET /config`, as recorded.
const CONFIG: &str = include_str!("../../data/config.json");

/// A page outside of the API, if the path is one.
pub fn page(call: &Call) -> Option<Reply> {
    if call.method != Method::GET {
        return None;
    }
    match call.path.as_str() {
        "/health/instance" => Some(health(
            200,
            &["auth", "database", "disk_space", "registry_gunicorn", "service_key", "web_gunicorn"],
            &[],
        )),
        "/health/endtoend" => Some(health(503, &["auth", "database", "redis"], &["storage"])),
        "/config" => {
            let mut config: Value = serde_json::from_str(CONFIG).ok()?;
            let host = call.base_url.split("://").nth(1).unwrap_or("");
            config["config"]["SERVER_HOSTNAME"] = json!(host);
            Some(Reply::ok(&config))
        }
        _ => None,
    }
}

/// The object storage of the recorded server was never up, hence 503 for the whole.
fn health(status: u16, good: &[&str], bad: &[&str]) -> Reply {
    let mut services = serde_json::Map::new();
    services.extend(good.iter().map(|name| ((*name).to_owned(), json!(true))));
    services.extend(bad.iter().map(|name| ((*name).to_owned(), json!(false))));
    let body = json!({ "data": { "services": services }, "status_code": status });
    Reply::json(status, &body).with("cache-control", "no-cache, no-store, must-revalidate")
}

/// The URL that is given as `type` of an error.
pub fn error_type(call: &Call, name: &str) -> Answer {
    let description = match name {
        "not_found" => "The resource was not found.",
        "invalid_request" => "The request was invalid.",
        "invalid_token" => "The access token provided is invalid.",
        "insufficient_scope" => "The access token did not have sufficient scope.",
        "expired_token" => "The access token provided has expired.",
        _ => return Err(call.not_found()),
    };
    let url = format!("{}/api/v1/error/{name}", call.base_url);
    Ok(Reply::ok(&json!({ "type": url, "title": name, "description": description })))
}
