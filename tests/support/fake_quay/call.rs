//! One request on its way through Quay: who asks, for what, with which body.

use super::records::Role;
use super::reply::Reply;
use super::schema::Schema;
use super::switches::Switches;
use super::world::World;
use axum::http::{HeaderMap, Method};
use serde_json::{Map, Value};
use std::sync::Arc;

/// Somebody with a valid token.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Whose token it is.
    pub user: String,
    /// Whether he is a superuser with a token that says so.
    pub superuser: bool,
    scopes: Vec<String>,
}

impl Caller {
    /// Whether the token has this scope.
    pub fn may(&self, scope: &str) -> bool {
        self.scopes.iter().any(|have| have == scope)
    }
}

/// One request.
#[derive(Debug)]
pub struct Call {
    /// The method; HEAD arrives as GET.
    pub method: Method,
    /// The path, decoded.
    pub path: String,
    /// The query, decoded.
    pub query: Vec<(String, String)>,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
    /// Scheme and host as the client spells them: errors and redirects repeat them.
    pub base_url: String,
    /// The switches of the server that was asked.
    pub switches: Arc<Switches>,
    /// Who asks; none is anonymous.
    pub caller: Option<Caller>,
}

impl Call {
    /// The token of `Authorization: Bearer`; any other scheme counts as none.
    pub fn bearer(headers: &HeaderMap) -> Option<&str> {
        let value = headers.get("authorization")?.to_str().ok()?;
        let (scheme, token) = value.trim_start().split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    }

    /// Who a token stands for: unknown, expired and disabled ones are never reported, just nobody.
    pub fn caller_of(world: &World, token: &str) -> Option<Caller> {
        let token = world.tokens.get(token).filter(|token| !token.expired)?;
        let user = world.users.get(&token.user).filter(|user| !user.disabled)?;
        let scopes: Vec<String> = token.scope.split_whitespace().map(String::from).collect();
        let superuser = user.superuser && scopes.iter().any(|scope| scope == "super:user");
        Some(Caller { user: user.name.clone(), superuser, scopes })
    }

    /// The first value of a query parameter.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// 400 `invalid_request`.
    pub fn invalid(&self, detail: &str) -> Reply {
        Reply::error(&self.base_url, 400, "invalid_request", detail)
    }

    /// 404 `not_found`.
    pub fn not_found(&self) -> Reply {
        Reply::error(&self.base_url, 404, "not_found", "Not Found")
    }

    /// 401 for nobody, 403 for somebody without the right.
    pub fn unauthorized(&self) -> Reply {
        if self.caller.is_none() {
            return Reply::error(&self.base_url, 401, "invalid_token", "Requires authentication");
        }
        Reply::error(&self.base_url, 403, "insufficient_scope", "Unauthorized")
    }

    /// Whether `FEATURE_SUPERUSERS_FULL_ACCESS` opens every door to this caller.
    pub fn has_full_access(&self) -> bool {
        self.switches.superusers_full_access
            && self.caller.as_ref().is_some_and(|caller| caller.superuser)
    }

    /// Whether the caller is shown as administrator: scope `org:admin` and a team with role admin.
    pub fn is_admin(&self, world: &World, orgname: &str) -> bool {
        self.caller.as_ref().is_some_and(|caller| {
            let role = world.organization(orgname).and_then(|org| org.role_of(&caller.user));
            caller.may("org:admin") && (role == Some(Role::Admin) || caller.user == orgname)
        })
    }

    /// Whether the caller is shown as member: read scopes alone do not reach into teams.
    pub fn is_member(&self, world: &World, orgname: &str) -> bool {
        self.caller.as_ref().is_some_and(|caller| {
            let organization = world.organization(orgname);
            let role = organization.and_then(|org| org.role_of(&caller.user));
            let reaches = caller.may("org:admin") || caller.may("repo:create");
            reaches && (role.is_some() || caller.user == orgname)
        })
    }

    /// Lets administrators and full-access superusers pass. A missing organization is 403, too:
    /// nobody administers what does not exist.
    pub fn require_admin(&self, world: &World, orgname: &str) -> Result<(), Reply> {
        if self.is_admin(world, orgname) || self.has_full_access() {
            return Ok(());
        }
        Err(self.unauthorized())
    }

    /// The body as a JSON object that fits the schema.
    pub fn json(&self, schema: &Schema) -> Result<Map<String, Value>, Reply> {
        let kind = self.headers.get("content-type").and_then(|value| value.to_str().ok());
        let kind = kind.unwrap_or("").split(';').next().unwrap_or("").trim().to_lowercase();
        let is_json = kind == "application/json"
            || (kind.starts_with("application/") && kind.ends_with("+json"));
        if !is_json {
            return Err(Reply::message(
                415,
                "Did not attempt to load JSON data because the request Content-Type was not \
                 'application/json'.",
            ));
        }
        let body = parse(&self.body).ok_or_else(|| {
            Reply::message(
                400,
                "The browser (or proxy) sent a request that this server could not understand.",
            )
        })?;
        if body.is_null() {
            return Err(self.invalid("Missing JSON body"));
        }
        schema.check(&body).map_err(|complaint| self.invalid(&complaint))?;
        match body {
            Value::Object(fields) => Ok(fields),
            _ => Err(Reply::server_error()),
        }
    }
}

/// Stands in for a lone surrogate, which Python's JSON takes and Rust's strings cannot hold.
const SURROGATE: &str = "\u{10fffe}";

/// Parses as Python does: a byte-order mark is skipped, lone surrogates pass.
fn parse(body: &[u8]) -> Option<Value> {
    let text = std::str::from_utf8(body).ok()?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    serde_json::from_str(text).ok().or_else(|| serde_json::from_str(&tame_surrogates(text)).ok())
}

fn tame_surrogates(text: &str) -> String {
    let mut tamed = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("\\ud").or_else(|| rest.find("\\uD")) {
        tamed.push_str(&rest[..at]);
        tamed.push_str(SURROGATE);
        rest = rest.get(at + 6..).unwrap_or("");
    }
    tamed + rest
}

/// A text that `PostgreSQL` takes: NUL and lone surrogates become Quay's HTML 500.
pub fn storable(text: &str) -> Result<&str, Reply> {
    if text.contains('\0') || text.contains(SURROGATE) {
        return Err(Reply::server_error());
    }
    Ok(text)
}

/// A text for a column of 255 characters: one more is Quay's HTML 500.
pub fn column(text: &str) -> Result<&str, Reply> {
    if text.chars().count() > 255 {
        return Err(Reply::server_error());
    }
    storable(text)
}

/// A field of a body, if it is a text.
pub fn text<'a>(body: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    body.get(name).and_then(Value::as_str)
}
