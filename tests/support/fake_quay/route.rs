//! Which operation a path and a method mean, and what Quay answers where there is none.

use super::call::Call;
use super::pages;
use super::reply::{Answer, Reply};
use super::upstream::{Resolver, Upstream};
use super::world::World;
use super::{
    application, member, organization, proxy_cache, repository, robot, superuser, team, user,
};
use axum::http::Method;

/// What dispatching gives: an answer, or an upstream that must be asked first.
#[derive(Debug)]
pub enum Outcome {
    /// The answer.
    Answer(Reply),
    /// The answer depends on this upstream.
    AskUpstream(Upstream),
}

/// The methods of a path of the API, or none if it is no such path.
fn methods(path: &[&str], call: &Call) -> Option<&'static [&'static str]> {
    let cache = call.switches.proxy_cache;
    Some(match path {
        ["organization", _, "proxycache" | "validateproxycache"] if !cache => return None,
        ["organization", ""]
        | ["organization", _, "applications", _, "resetclientsecret"]
        | ["organization", _, "validateproxycache"]
        | ["user", "initialize"] => &["POST"],
        ["organization", _] | ["organization", _, "applications" | "robots", _] => {
            &["GET", "PUT", "DELETE"]
        }
        ["organization", _, "proxycache"] => &["GET", "POST", "DELETE"],
        ["organization", _, "applications"] | ["repository"] => &["GET", "POST"],
        ["organization", _, "members", _] | ["repository", _, _] => &["GET", "DELETE"],
        ["organization", _, "members" | "collaborators" | "robots"]
        | ["organization", _, "team", _, "members"]
        | ["repository", _, _, "permissions", "user", ""]
        | ["superuser", "organizations", ""]
        | ["app" | "users" | "error", _]
        | ["user", ""] => &["GET"],
        ["organization", _, "team", _]
        | ["organization", _, "team", _, "members", _]
        | ["repository", _, _, "permissions", "user", _]
        | ["superuser", "organizations", _] => &["PUT", "DELETE"],
        _ => return None,
    })
}

/// Finds and runs the operation.
pub fn dispatch(world: &mut World, call: &Call, resolver: &Resolver) -> Outcome {
    if let Some(page) = pages::page(call) {
        return Outcome::Answer(page);
    }
    let decoded: Vec<&str> = call.path.split('/').skip(1).collect();
    let Some(path) = decoded.strip_prefix(&["api", "v1"][..]) else {
        return Outcome::Answer(no_operation(call, "GET, HEAD, OPTIONS"));
    };
    // A name may not be empty: that is the path of the collection, with a slash too many.
    let empty_name = path.len() > 2 && path.contains(&"") && path.get(3) != Some(&"permissions");
    let known = if empty_name && path != ["superuser", "organizations", ""] {
        None
    } else {
        methods(path, call)
    };
    let Some(known) = known else {
        return Outcome::Answer(no_operation(call, "GET, HEAD, OPTIONS"));
    };
    let method = call.method.as_str();
    if method == "OPTIONS" {
        return Outcome::Answer(Reply::ok(&serde_json::json!("")).with("allow", allow(known)));
    }
    if !known.contains(&method) {
        let refusal = if known.contains(&"GET") {
            Reply::refuses_method(&allow(known))
        } else {
            no_operation(call, &allow(&["GET", "POST"]))
        };
        return Outcome::Answer(refusal);
    }
    if let Err(refusal) = guard(call, path) {
        return Outcome::Answer(refusal);
    }
    if let ["organization", orgname, "validateproxycache"] = path {
        return match proxy_cache::upstream_to_validate(world, call, orgname, resolver) {
            Ok(upstream) => Outcome::AskUpstream(upstream),
            Err(refusal) => Outcome::Answer(refusal),
        };
    }
    let answer = operate(world, call, path, resolver);
    Outcome::Answer(answer.unwrap_or_else(|refusal| refusal))
}

/// What is checked before any operation: the state of the registry, browsers, anonymous access,
/// and on writes the CSRF token that only a valid bearer token replaces.
fn guard(call: &Call, path: &[&str]) -> Result<(), Reply> {
    let reading = call.method == Method::GET;
    let initializing = path == ["user", "initialize"];
    if call.switches.read_only && !reading {
        return Err(Reply::read_only());
    }
    let header = |name: &str| call.headers.get(name).and_then(|value| value.to_str().ok());
    let browser = header("user-agent").is_some_and(|agent| agent.starts_with("Mozilla/"));
    let xhr_only = call.switches.browser_calls_xhr_only;
    if xhr_only && reading && browser && header("x-requested-with").is_none() {
        return Err(Reply::plain_error(
            400,
            "API calls must be invoked with an X-Requested-With header if called from a browser",
        ));
    }
    if call.caller.is_some() {
        return Ok(());
    }
    if !reading && !initializing {
        return Err(Reply::plain_error(403, "CSRF token was invalid or missing."));
    }
    if !call.switches.anonymous_access {
        return Err(Reply::plain_error(401, "Anonymous access is not allowed"));
    }
    Ok(())
}

fn operate(world: &mut World, call: &Call, path: &[&str], resolver: &Resolver) -> Answer {
    match (call.method.as_str(), path) {
        ("POST", ["organization", ""]) => organization::create(world, call),
        ("GET", ["organization", org]) => organization::get(world, call, org),
        ("PUT", ["organization", org]) => organization::change(world, call, org),
        ("DELETE", ["organization", org]) => organization::delete(world, call, org),
        ("GET", ["organization", org, "applications"]) => application::list(world, call, org),
        ("POST", ["organization", org, "applications"]) => application::create(world, call, org),
        ("GET", ["organization", org, "applications", id]) => {
            application::get(world, call, org, id)
        }
        ("PUT", ["organization", org, "applications", id]) => {
            application::update(world, call, org, id)
        }
        ("DELETE", ["organization", org, "applications", id]) => {
            application::delete(world, call, org, id)
        }
        ("POST", ["organization", org, "applications", id, _]) => {
            application::reset_secret(world, call, org, id)
        }
        ("GET", ["app", id]) => application::information(world, call, id),
        ("GET", ["organization", org, "proxycache"]) => proxy_cache::get(world, call, org),
        ("POST", ["organization", org, "proxycache"]) => {
            proxy_cache::create(world, call, org, resolver)
        }
        ("DELETE", ["organization", org, "proxycache"]) => proxy_cache::delete(world, call, org),
        ("GET", ["organization", org, "collaborators"]) => member::collaborators(world, call, org),
        ("GET", ["organization", org, "members"]) => member::list(world, call, org),
        ("GET", ["organization", org, "members", name]) => member::get(world, call, org, name),
        ("DELETE", ["organization", org, "members", name]) => {
            member::remove(world, call, org, name)
        }
        _ => operate_on_neighbours(world, call, path),
    }
}

/// What lies beside the organization operations.
fn operate_on_neighbours(world: &mut World, call: &Call, path: &[&str]) -> Answer {
    match (call.method.as_str(), path) {
        ("PUT", ["organization", org, "team", name]) => team::put(world, call, org, name),
        ("DELETE", ["organization", org, "team", name]) => team::delete(world, call, org, name),
        ("GET", ["organization", org, "team", name, _]) => team::members(world, call, org, name),
        ("PUT", ["organization", org, "team", name, _, member]) => {
            team::add_member(world, call, org, name, member)
        }
        ("DELETE", ["organization", org, "team", name, _, member]) => {
            team::remove_member(world, call, org, name, member)
        }
        ("GET", ["organization", org, "robots"]) => robot::list(world, call, org),
        ("GET", ["organization", org, "robots", name]) => robot::get(world, call, org, name),
        ("PUT", ["organization", org, "robots", name]) => robot::create(world, call, org, name),
        ("DELETE", ["organization", org, "robots", name]) => robot::delete(world, call, org, name),
        ("GET", ["repository"]) => repository::list(world, call),
        ("POST", ["repository"]) => repository::create(world, call),
        ("GET", ["repository", org, name]) => repository::get(world, call, org, name),
        ("DELETE", ["repository", org, name]) => repository::delete(world, call, org, name),
        ("GET", ["repository", org, name, ..]) => repository::permissions(world, call, org, name),
        ("PUT", ["repository", org, name, _, _, holder]) => {
            repository::set_permission(world, call, org, name, holder)
        }
        ("DELETE", ["repository", org, name, _, _, holder]) => {
            repository::remove_permission(world, call, org, name, holder)
        }
        ("GET", ["user", _]) => user::whoami(world, call),
        ("POST", ["user", _]) => user::initialize(),
        ("GET", ["users", name]) => user::look_up(world, name),
        ("GET", ["error", name]) => pages::error_type(call, name),
        ("GET", ["superuser", ..]) => superuser::list(world, call),
        ("PUT", ["superuser", _, org]) => superuser::rename(world, call, org),
        ("DELETE", ["superuser", _, org]) => superuser::delete(world, call, org),
        _ => Err(call.not_found()),
    }
}

/// A path without an operation belongs to the web interface: GET without a slash is redirected to
/// the path with one, with one it is a page that says 404; other methods are 405 in HTML. Where a
/// slash alone is missing, or one is too many, every method is redirected.
fn no_operation(call: &Call, allowed: &str) -> Reply {
    let single = merged(&call.path);
    let slashed = format!("{}/", single.trim_end_matches('/'));
    let collection = ["/api/v1/organization/", "/api/v1/user/", "/api/v1/superuser/organizations/"];
    let moved = collection.contains(&slashed.as_str()) && slashed != call.path;
    let reading = call.method == Method::GET;
    if moved || single != call.path || (reading && !call.path.ends_with('/')) {
        let path = if moved || reading { slashed } else { single };
        return Reply::redirect(&format!("{}{path}", call.base_url));
    }
    if reading {
        return Reply::web_interface(&call.path, call.switches.proxy_cache);
    }
    Reply::page_refuses_method(allowed)
}

fn merged(path: &str) -> String {
    let mut merged = String::new();
    for letter in path.chars() {
        if letter != '/' || !merged.ends_with('/') {
            merged.push(letter);
        }
    }
    merged
}

fn allow(methods: &[&str]) -> String {
    let mut all = vec!["OPTIONS"];
    all.extend(methods);
    if methods.contains(&"GET") {
        all.push("HEAD");
    }
    all.sort_unstable();
    all.join(", ")
}
