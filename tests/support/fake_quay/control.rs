//! The control API under `/_fake/`, for scripts; its requests are in no log.
//!
//! | request | effect |
//! |---|---|
//! | `POST /_fake/collect` | frees the names of deleted organizations |
//! | `GET`, `DELETE /_fake/requests` | shows, clears the log |
//! | `POST`, `DELETE /_fake/faults` | plants one (`Fault::from_json`), takes all away |
//! | `POST /_fake/plant` | puts something into the database, see `plant` |
//! | `GET /_fake/state` | organizations with everything below them, secrets included |

use super::faults::Fault;
use super::plant;
use super::reply::Reply;
use super::server::Shared;
use super::state;
use axum::http::Method;
use serde_json::{Value, json};

/// Answers a request of the control API.
pub fn answer(shared: &Shared, method: &Method, path: &str, body: &[u8]) -> Reply {
    let given: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
    let world = || shared.world.lock().expect("no handler panics");
    match (method.as_str(), path) {
        ("POST", "/_fake/collect") => world().collect(),
        ("GET", "/_fake/requests") => return Reply::ok(&shared.requests.to_json()),
        ("DELETE", "/_fake/requests") => shared.requests.clear(),
        ("POST", "/_fake/faults") => match Fault::from_json(&given) {
            Ok(fault) => shared.faults.add(fault),
            Err(complaint) => return Reply::message(400, &complaint),
        },
        ("DELETE", "/_fake/faults") => shared.faults.clear(),
        ("POST", "/_fake/plant") => {
            if let Err(complaint) = plant::plant(&mut world(), &given) {
                return Reply::message(400, &complaint);
            }
        }
        ("GET", "/_fake/state") => return Reply::ok(&state::show(&world())),
        _ => return Reply::message(404, "no such control"),
    }
    Reply::ok(&json!({}))
}
