//! What is broken: every operation of every noun. Which requests an operation makes is not said
//! here: a run without faults shows it.

use crate::support::fake_quay::FakeQuay;
use serde_json::{Value as Json, json};

/// Stands for the client id of the application that is there from the beginning.
pub(crate) const PLANTED: &str = "PLANTED";

/// An operation and what goes before it.
pub(crate) struct Operation {
    /// For the table.
    pub name: &'static str,
    /// The type.
    pub noun: &'static str,
    /// The configuration of the object that is in the state before; null where there is none.
    pub before: Json,
    /// What others do between that and the operation.
    pub meanwhile: fn(&FakeQuay),
    /// What is done.
    pub act: Act,
    /// Whether it fails without any fault: it is refused, or there is nothing to show.
    pub is_refused: bool,
}

/// What is done.
pub(crate) enum Act {
    /// A managed object is changed to a configuration; null means "not wanted".
    Apply(Json),
    /// A managed object is refreshed.
    Read,
    /// An object is imported by an id and refreshed.
    Import(&'static str),
    /// A data source is read.
    LookUp(Json),
    /// A list resource is asked for all that there is.
    List(Json),
    /// An ephemeral resource is opened.
    Open(Json),
    /// An action is run.
    Invoke(Json),
}

impl Operation {
    fn new(name: &'static str, noun: &'static str, act: Act) -> Self {
        Self { name, noun, before: Json::Null, meanwhile: |_| {}, act, is_refused: false }
    }

    fn before(self, before: Json) -> Self {
        Self { before, ..self }
    }

    fn meanwhile(self, meanwhile: fn(&FakeQuay)) -> Self {
        Self { meanwhile, ..self }
    }

    fn refused(self) -> Self {
        Self { is_refused: true, ..self }
    }
}

/// Every operation.
pub(crate) fn operations() -> Vec<Operation> {
    [organizations(), applications(), look_ups_of_applications(), proxy_caches(), members()]
        .into_iter()
        .flatten()
        .collect()
}

fn organizations() -> Vec<Operation> {
    let full = |days: u64, email: &str| {
        json!({ "name": "beta", "email": email, "tag_expiration_s": days * 86_400,
                "invoice_email": true, "invoice_email_address": "bills@b.example" })
    };
    let one = || full(1, "a@b.example");
    let forced = || json!({ "name": "beta", "force_destroy": true });
    let of = |name, act| Operation::new(name, "quay_organization", act);
    let apply = |name, config| of(name, Act::Apply(config));
    let delete = |name| apply(name, Json::Null);
    let gone: fn(&FakeQuay) = |quay| quay.delete_organization("beta");
    let images: fn(&FakeQuay) = |quay| {
        for number in 0..101 {
            quay.plant_repository("beta", &format!("image{number}"));
        }
    };
    vec![
        apply("organization create", one()),
        apply("organization create, plain", json!({ "name": "beta" })),
        apply("organization create, taken", json!({ "name": "acme" })).refused(),
        of("organization read", Act::Read).before(one()),
        of("organization read, gone", Act::Read).before(one()).meanwhile(gone),
        apply("organization update", full(7, "c@d.example")).before(one()),
        apply("organization update, gone", full(7, "c@d.example"))
            .before(one())
            .meanwhile(gone)
            .refused(),
        delete("organization delete").before(one()),
        delete("organization delete, gone").before(one()).meanwhile(gone),
        delete("organization delete, images").before(one()).meanwhile(images).refused(),
        delete("organization delete, forced").before(forced()).meanwhile(images),
        delete("organization delete, forced, gone").before(forced()).meanwhile(gone),
        of("organization import", Act::Import("acme")),
        of("organization look-up", Act::LookUp(json!({ "name": "acme" }))),
        of("organization list", Act::List(json!({}))),
    ]
}

fn applications() -> Vec<Operation> {
    let one = || {
        json!({ "orgname": "acme", "name": "ci", "avatar_email": "a@b.example",
                "description": "Builds", "application_uri": "https://ci.example",
                "redirect_uri": "https://ci.example/back" })
    };
    let with_secret = || {
        let mut config = one();
        config["store_client_secret"] = json!(true);
        config
    };
    let other = || json!({ "orgname": "acme", "name": "cd" });
    let of = |name, act| Operation::new(name, "quay_org_application", act);
    let apply = |name, config| of(name, Act::Apply(config));
    let delete = |name| apply(name, Json::Null);
    let gone: fn(&FakeQuay) = |quay| {
        quay.change("acme", |acme| acme.applications.retain(|it| it.name != "ci"));
    };
    let all_gone: fn(&FakeQuay) = |quay| quay.delete_organization("acme");
    vec![
        apply("application create", one()),
        apply("application create, with secret", with_secret()),
        apply("application create, no organization", other()).meanwhile(all_gone).refused(),
        of("application read", Act::Read).before(one()),
        of("application read, gone", Act::Read).before(one()).meanwhile(gone),
        of("application read, all gone", Act::Read).before(one()).meanwhile(all_gone),
        apply("application update", other()).before(one()),
        apply("application update, secret only", with_secret()).before(one()),
        apply("application update, gone", other()).before(one()).meanwhile(gone).refused(),
        delete("application delete").before(one()),
        delete("application delete, gone").before(one()).meanwhile(gone),
        delete("application delete, all gone").before(one()).meanwhile(all_gone),
        of("application import by id", Act::Import("acme/PLANTED")),
        of("application import by name", Act::Import("acme/planted")),
    ]
}

fn look_ups_of_applications() -> Vec<Operation> {
    let by_id = || json!({ "orgname": "acme", "client_id": PLANTED });
    let by_name = || json!({ "orgname": "acme", "name": "planted" });
    let acme = || json!({ "orgname": "acme" });
    let of = Operation::new;
    vec![
        of("application look-up by id", "quay_org_application", Act::LookUp(by_id())),
        of("application look-up by name", "quay_org_application", Act::LookUp(by_name())),
        of("applications look-up", "quay_org_applications", Act::LookUp(acme())),
        of(
            "application information",
            "quay_application",
            Act::LookUp(json!({ "client_id": PLANTED })),
        ),
        of("application list", "quay_org_application", Act::List(acme())),
        of("application secret", "quay_org_application_secret", Act::Open(by_id())),
    ]
}

fn proxy_caches() -> Vec<Operation> {
    let one =
        || json!({ "orgname": "acme", "upstream_registry": "127.0.0.1:5001", "insecure": true });
    let secret = || {
        json!({ "orgname": "acme", "upstream_registry": "127.0.0.1:5002", "expiration_s": 3600,
                "upstream_registry_username": "robot", "upstream_registry_password": "hunter2",
                "validate_upstream": false })
    };
    let acme = || json!({ "orgname": "acme" });
    let of = |name, act| Operation::new(name, "quay_proxy_cache", act);
    let delete = |name| of(name, Act::Apply(Json::Null)).before(one());
    let gone: fn(&FakeQuay) = |quay| quay.change("acme", |acme| acme.proxy_cache = None);
    let mut planted = vec![
        of("proxy cache create, taken", Act::Apply(one())).refused(),
        of("proxy cache import", Act::Import("acme")),
        of("proxy cache look-up", Act::LookUp(acme())),
    ];
    for operation in &mut planted {
        operation.meanwhile = |quay| {
            let kind = json!({ "kind": "proxy_cache", "organization": "acme",
                               "upstream_registry": "quay.io" });
            quay.plant(&kind);
        };
    }
    let mut all = vec![
        of("proxy cache create", Act::Apply(one())),
        of("proxy cache create, untried", Act::Apply(secret())),
        of("proxy cache read", Act::Read).before(one()),
        of("proxy cache read, gone", Act::Read).before(one()).meanwhile(gone),
        delete("proxy cache delete"),
        delete("proxy cache delete, gone").meanwhile(gone),
        delete("proxy cache delete, all gone").meanwhile(|quay| quay.delete_organization("acme")),
        Operation::new("proxy cache try", "quay_validate_proxy_cache", {
            let mut wanted = one();
            wanted["insecure"] = json!(true);
            Act::Invoke(wanted)
        }),
    ];
    all.append(&mut planted);
    all
}

fn members() -> Vec<Operation> {
    let list = |names: &[&str]| json!({ "orgname": "acme", "allowed_members": names });
    let all = || list(&["admin", "guest", "visitor"]);
    let member = |name| json!({ "orgname": "acme", "name": name });
    let acme = || json!({ "orgname": "acme" });
    let of = Operation::new;
    let allowlist = |name, act| of(name, "quay_org_member_allowlist", act);
    let remove = |name, user| of(name, "quay_remove_org_member", Act::Invoke(member(user)));
    let look_up = |name, user| of(name, "quay_org_member", Act::LookUp(member(user)));
    vec![
        allowlist("allowlist create", Act::Apply(all())),
        allowlist("allowlist create, strangers", Act::Apply(list(&["admin"]))).refused(),
        allowlist("allowlist read", Act::Read).before(all()),
        allowlist("allowlist read, all gone", Act::Read)
            .before(all())
            .meanwhile(|quay| quay.delete_organization("acme")),
        allowlist("allowlist update", Act::Apply(list(&["admin"]))).before(all()),
        allowlist("allowlist import", Act::Import("acme")),
        of("members look-up", "quay_org_members", Act::LookUp(acme())),
        look_up("member look-up, user", "guest"),
        look_up("member look-up, robot", "acme+builder"),
        look_up("member look-up, nobody", "stranger").refused(),
        of("collaborators look-up", "quay_org_collaborators", Act::LookUp(acme())),
        remove("member removal", "guest"),
        remove("member removal, collaborator", "bob"),
    ]
}
