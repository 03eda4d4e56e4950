//! What is broken: each request of each operation.

use serde_json::{Value as Json, json};

/// An operation, and the request of it that is broken.
pub(crate) struct Operation {
    /// For the table.
    pub name: &'static str,
    /// The type.
    pub noun: &'static str,
    /// What is done.
    pub kind: Kind,
    /// The method of the request.
    pub method: &'static str,
    /// The path of the request, in which `*` stands for any text.
    pub path: &'static str,
}

/// What is done.
pub(crate) enum Kind {
    /// A managed object changes from one configuration to another; null means "not there".
    Change(Json, Json),
    /// A managed object is refreshed.
    Read(Json),
    /// A managed object is refreshed that somebody else deleted.
    ReadGone(Json),
    /// A data source is read.
    LookUp(Json),
}

const ORGANIZATION: &str = "quay_organization";
const APPLICATION: &str = "quay_org_application";
const PROXY_CACHE: &str = "quay_proxy_cache";
const ALLOWLIST: &str = "quay_org_member_allowlist";

const BETA: &str = "/api/v1/organization/beta";
const ACME: &str = "/api/v1/organization/acme";
const APPLICATIONS: &str = "/api/v1/organization/acme/applications";
const ONE_APPLICATION: &str = "/api/v1/organization/acme/applications/*";
const CACHE: &str = "/api/v1/organization/acme/proxycache";
const VALIDATION: &str = "/api/v1/organization/acme/validateproxycache";
const MEMBERS: &str = "/api/v1/organization/acme/members";
const ONE_MEMBER: &str = "/api/v1/organization/acme/members/*";

/// Every operation, with every request that it makes.
pub(crate) fn operations() -> Vec<Operation> {
    [organizations(), applications(), proxy_caches(), members()].into_iter().flatten().collect()
}

fn organizations() -> Vec<Operation> {
    let full = |days: u64, email: &str| json!({ "name": "beta", "email": email, "tag_expiration_s": days * 86_400 });
    let one = || full(1, "a@b.example");
    let create = || Kind::Change(Json::Null, one());
    let plain = || Kind::Change(Json::Null, json!({ "name": "beta" }));
    let change = || Kind::Change(one(), full(7, "c@d.example"));
    let delete = || Kind::Change(one(), Json::Null);
    let of = |name, kind, method, path| Operation { name, noun: ORGANIZATION, kind, method, path };
    vec![
        of("organization create: probe", create(), "GET", BETA),
        of("organization create", create(), "POST", "/api/v1/organization/"),
        of("organization create: details", create(), "PUT", BETA),
        of("organization create: view", plain(), "GET", BETA),
        of("organization read", Kind::Read(one()), "GET", BETA),
        of("organization update", change(), "PUT", BETA),
        of("organization delete: look", delete(), "GET", BETA),
        of("organization delete: guard", delete(), "GET", "/api/v1/repository"),
        of("organization delete", delete(), "DELETE", BETA),
        Operation {
            noun: "quay_organization",
            ..of("organization look-up", Kind::LookUp(json!({ "name": "acme" })), "GET", ACME)
        },
    ]
}

fn applications() -> Vec<Operation> {
    let one = || json!({ "orgname": "acme", "name": "ci", "avatar_email": "a@b.example" });
    let create = || Kind::Change(Json::Null, one());
    let change = || Kind::Change(one(), json!({ "orgname": "acme", "name": "cd" }));
    let delete = || Kind::Change(one(), Json::Null);
    let planted = || Kind::LookUp(json!({ "client_id": "PLANTED" }));
    let of = |name, kind, method, path| Operation { name, noun: APPLICATION, kind, method, path };
    vec![
        of("application create: list", create(), "GET", APPLICATIONS),
        of("application create", create(), "POST", APPLICATIONS),
        of("application read: list", Kind::Read(one()), "GET", APPLICATIONS),
        of("application read: gone", Kind::ReadGone(one()), "GET", ONE_APPLICATION),
        of("application update", change(), "PUT", ONE_APPLICATION),
        of("application delete", delete(), "DELETE", ONE_APPLICATION),
        Operation {
            noun: "quay_org_applications",
            ..of(
                "applications look-up",
                Kind::LookUp(json!({ "orgname": "acme" })),
                "GET",
                APPLICATIONS,
            )
        },
        Operation {
            noun: "quay_application",
            ..of("application information", planted(), "GET", "/api/v1/app/*")
        },
    ]
}

fn proxy_caches() -> Vec<Operation> {
    let one =
        || json!({ "orgname": "acme", "upstream_registry": "127.0.0.1:5001", "insecure": true });
    let unchecked = || {
        let mut cache = one();
        cache["validate_upstream"] = json!(false);
        cache
    };
    let create = || Kind::Change(Json::Null, one());
    let look_up = || Kind::LookUp(json!({ "orgname": "acme" }));
    let of = |name, kind, method, path| Operation { name, noun: PROXY_CACHE, kind, method, path };
    vec![
        of("proxy cache validate", create(), "POST", VALIDATION),
        of("proxy cache create", create(), "POST", CACHE),
        of("proxy cache create: look", Kind::Change(Json::Null, unchecked()), "GET", CACHE),
        of("proxy cache read", Kind::Read(one()), "GET", CACHE),
        of("proxy cache delete", Kind::Change(one(), Json::Null), "DELETE", CACHE),
        of("proxy cache look-up", look_up(), "GET", CACHE),
    ]
}

fn members() -> Vec<Operation> {
    let list = |names: &[&str]| json!({ "orgname": "acme", "allowed_members": names });
    let create = || Kind::Change(Json::Null, list(&["admin", "guest", "visitor"]));
    let change = || Kind::Change(list(&["admin", "guest", "visitor"]), list(&["admin"]));
    let everybody = || Kind::LookUp(json!({ "orgname": "acme" }));
    let robot = || Kind::LookUp(json!({ "orgname": "acme", "name": "acme+builder" }));
    let of = |name, noun, kind, method, path| Operation { name, noun, kind, method, path };
    vec![
        of("allowlist create", ALLOWLIST, create(), "GET", MEMBERS),
        of("allowlist read", ALLOWLIST, Kind::Read(list(&["admin"])), "GET", MEMBERS),
        of("allowlist update: members", ALLOWLIST, change(), "GET", MEMBERS),
        of("allowlist update: caller", ALLOWLIST, change(), "GET", "/api/v1/user/"),
        of("allowlist update: owners", ALLOWLIST, change(), "GET", ACME),
        of("allowlist update: remove", ALLOWLIST, change(), "DELETE", ONE_MEMBER),
        of("members look-up", "quay_org_members", everybody(), "GET", MEMBERS),
        of("member look-up", "quay_org_member", robot(), "GET", ONE_MEMBER),
        of(
            "collaborators look-up",
            "quay_org_collaborators",
            everybody(),
            "GET",
            "*/collaborators",
        ),
    ]
}
