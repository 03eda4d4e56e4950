//! The proxy cache of an organization.

use super::call::{Call, storable, text};
use super::records::ProxyCache;
use super::reply::{Answer, Reply};
use super::schema;
use super::upstream::{Resolver, Upstream};
use super::world::World;
use serde_json::{Map, Value, json};

/// getProxyCacheConfig: members may. "None" is 200 with three empty strings; so it is for the
/// caller's own user name and, for a full-access superuser, for organizations that do not exist.
pub fn get(world: &World, call: &Call, orgname: &str) -> Answer {
    if !call.is_member(world, orgname) && !call.has_full_access() {
        return Err(call.unauthorized());
    }
    let cache = world.organization(orgname).and_then(|found| found.proxy_cache.as_ref());
    Ok(Reply::ok(&match cache {
        None => json!({ "upstream_registry": "", "expiration_s": "", "insecure": "" }),
        Some(cache) => json!({
            "upstream_registry": cache.upstream_registry,
            "expiration_s": cache.expiration_s,
            "insecure": cache.insecure,
        }),
    }))
}

/// createProxyCacheConfig: 201 `"Created"`. The upstream's name must resolve to an address that
/// Quay may ask; other types than the upstream's are cast as Python does, or end in a 500.
pub fn create(world: &mut World, call: &Call, orgname: &str, resolver: &Resolver) -> Answer {
    let body = allowed_body(world, call, orgname, resolver)?;
    let cache = ProxyCache {
        upstream_registry: storable(text(&body, "upstream_registry").unwrap_or(""))?.into(),
        username: credential(&body, "upstream_registry_username")?,
        password: credential(&body, "upstream_registry_password")?,
        expiration_s: expiration(&body)?,
        insecure: truth(&body)?.ok_or_else(Reply::server_error)?,
    };
    let Some(organization) = world.organization_mut(orgname) else {
        return Err(call.invalid("Error while creating Proxy cache configuration"));
    };
    organization.proxy_cache.get_or_insert(cache);
    Ok(Reply::json(201, &json!("Created")))
}

/// deleteProxyCacheConfig: 201 `"Deleted"`; 404 where none is set.
pub fn delete(world: &mut World, call: &Call, orgname: &str) -> Answer {
    call.require_admin(world, orgname)?;
    let cache = world.organization_mut(orgname).and_then(|found| found.proxy_cache.take());
    cache.ok_or_else(|| call.not_found())?;
    Ok(Reply::json(201, &json!("Deleted")))
}

/// The first half of validateProxyCacheConfig: which upstream to ask. Asking it takes time and
/// happens outside of the database.
pub fn upstream_to_validate(
    world: &World,
    call: &Call,
    orgname: &str,
    resolver: &Resolver,
) -> Result<Upstream, Reply> {
    let body = allowed_body(world, call, orgname, resolver)?;
    let username = credential(&body, "upstream_registry_username")?;
    let password = credential(&body, "upstream_registry_password")?;
    Ok(Upstream {
        registry: text(&body, "upstream_registry").unwrap_or("").into(),
        // A user name without a password counts as no credentials.
        credentials: username.zip(password),
        insecure: truth(&body)?.unwrap_or(false),
    })
}

/// The second half: 202 with a bare string, or the one error for everything that went wrong.
pub fn validated(call: &Call, outcome: Option<u16>) -> Answer {
    match outcome {
        Some(200) => Ok(Reply::json(202, &json!("Valid"))),
        Some(401) => Ok(Reply::json(202, &json!("Anonymous"))),
        _ => Err(call.invalid(
            "Failed login to remote registry. Please verify entered details and try again.",
        )),
    }
}

fn allowed_body(
    world: &World,
    call: &Call,
    orgname: &str,
    resolver: &Resolver,
) -> Result<Map<String, Value>, Reply> {
    let body = call.json(&schema::PROXY_CACHE)?;
    call.require_admin(world, orgname)?;
    let cache = world.organization(orgname).and_then(|found| found.proxy_cache.as_ref());
    if cache.is_some() && !world.racing_proxy_caches {
        return Err(call.invalid("Proxy Cache Configuration already exists"));
    }
    let upstream = text(&body, "upstream_registry").unwrap_or("");
    resolver
        .check(upstream, call.switches.loopback_upstreams)
        .map_err(|complaint| call.invalid(&complaint))?;
    Ok(body)
}

fn credential(body: &Map<String, Value>, name: &str) -> Result<Option<String>, Reply> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(storable(text)?.into())),
        Some(_) => Err(Reply::server_error()),
    }
}

/// Python's `int()`, into a column of 32 bits.
fn expiration(body: &Map<String, Value>) -> Result<Option<i64>, Reply> {
    let seconds = match body.get("expiration_s") {
        None => return Ok(Some(86_400)),
        Some(Value::Null) => return Ok(None),
        Some(Value::Bool(flag)) => i64::from(*flag),
        Some(Value::String(text)) => text.trim().parse().map_err(|_| Reply::server_error())?,
        Some(Value::Number(number)) => {
            let digits = number.to_string();
            let whole = digits.split('.').next().unwrap_or("");
            whole.parse().map_err(|_| Reply::server_error())?
        }
        Some(_) => return Err(Reply::server_error()),
    };
    if i32::try_from(seconds).is_err() {
        return Err(Reply::server_error());
    }
    Ok(Some(seconds))
}

/// Python's `bool()`: `"false"` is true. Null has no truth to store.
fn truth(body: &Map<String, Value>) -> Result<Option<bool>, Reply> {
    Ok(match body.get("insecure") {
        None => Some(false),
        Some(Value::Null) => None,
        Some(Value::Bool(flag)) => Some(*flag),
        Some(Value::String(text)) => Some(!text.is_empty()),
        Some(Value::Number(number)) => Some(number.as_f64() != Some(0.0)),
        Some(_) => return Err(Reply::server_error()),
    })
}
