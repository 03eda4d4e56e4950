//! Each request of each operation is broken in each way, and then a clean second apply must leave
//! exactly what was wanted: nothing lost, nothing doubled, nothing orphaned.

mod support;

use serde_json::{Value as Json, json};
use std::fmt::Write;
use support::fake_quay::{FakeQuay, Fault, FaultKind};
use support::wire::{Outcome, Wire};
use terraform_provider_quay::provider::QuayProvider;

type Core = Wire<QuayProvider>;

/// An operation: the noun, the object before, the object wanted (null: gone), and the request that
/// is broken.
struct Operation {
    name: &'static str,
    noun: &'static str,
    before: Json,
    wanted: Json,
    method: &'static str,
    path: &'static str,
}

fn operations() -> Vec<Operation> {
    let organization =
        || json!({ "name": "beta", "email": "a@b.example", "tag_expiration_s": 86400 });
    let changed = || json!({ "name": "beta", "email": "c@d.example", "tag_expiration_s": 604800 });
    let application = || json!({ "orgname": "acme", "name": "ci", "avatar_email": "a@b.example" });
    let renamed = || json!({ "orgname": "acme", "name": "cd" });
    let cache =
        || json!({ "orgname": "acme", "upstream_registry": "127.0.0.1:5001", "insecure": true });
    let unchecked = || {
        let mut cache = cache();
        cache["validate_upstream"] = json!(false);
        cache
    };
    let list = || json!({ "orgname": "acme", "allowed_members": ["admin"] });
    let (org, app) = ("quay_organization", "quay_org_application");
    let (proxy, members) = ("quay_proxy_cache", "quay_org_member_allowlist");
    let operation = |name, noun, before, wanted, method, path| Operation {
        name,
        noun,
        before,
        wanted,
        method,
        path,
    };
    let none = Json::Null;
    let beta = "/api/v1/organization/beta";
    let one = "/api/v1/organization/acme/applications/*";
    let all = "/api/v1/organization/acme/applications";
    let caches = "/api/v1/organization/acme/proxycache";
    vec![
        operation("organization create: probe", org, none.clone(), organization(), "GET", beta),
        operation(
            "organization create",
            org,
            none.clone(),
            organization(),
            "POST",
            "/api/v1/organization/",
        ),
        operation("organization create: details", org, none.clone(), organization(), "PUT", beta),
        operation(
            "organization create: view",
            org,
            none.clone(),
            json!({ "name": "beta" }),
            "GET",
            beta,
        ),
        operation("organization read", org, organization(), organization(), "GET", beta),
        operation("organization update", org, organization(), changed(), "PUT", beta),
        operation("organization delete", org, organization(), none.clone(), "DELETE", beta),
        operation("organization delete: look", org, organization(), none.clone(), "GET", beta),
        operation(
            "organization delete: guard",
            org,
            organization(),
            none.clone(),
            "GET",
            "/api/v1/repository",
        ),
        operation("application create: list", app, none.clone(), application(), "GET", all),
        operation("application create", app, none.clone(), application(), "POST", all),
        operation("application read", app, application(), application(), "GET", all),
        operation("application update", app, application(), renamed(), "PUT", one),
        operation("application delete", app, application(), none.clone(), "DELETE", one),
        operation(
            "proxy cache validate",
            proxy,
            none.clone(),
            cache(),
            "POST",
            "*/validateproxycache",
        ),
        operation("proxy cache create", proxy, none.clone(), cache(), "POST", caches),
        operation("proxy cache create: look", proxy, none.clone(), unchecked(), "GET", caches),
        operation("proxy cache read", proxy, cache(), cache(), "GET", caches),
        operation("proxy cache delete", proxy, cache(), none.clone(), "DELETE", caches),
        operation("allowlist create", members, none, list(), "GET", "*/members"),
    ]
}

fn faults() -> Vec<(&'static str, fn(Fault) -> Fault, FaultKind)> {
    fn before(fault: Fault) -> Fault {
        fault
    }
    vec![
        ("reset before", before, FaultKind::Reset),
        ("reset after", Fault::after_acting, FaultKind::Reset),
        ("500 HTML", before, FaultKind::Status(500)),
        ("502 after", Fault::after_acting, FaultKind::Status(502)),
        ("429", before, FaultKind::TooManyRequests(None)),
        ("truncated", before, FaultKind::Truncated),
        ("wrong types", before, FaultKind::WrongTypes),
        ("10 MB", before, FaultKind::Huge),
        ("silence", before, FaultKind::Silence(600.0)),
        ("silence after", Fault::after_acting, FaultKind::Silence(600.0)),
    ]
}

async fn core(quay: &FakeQuay) -> Core {
    Wire::new(&json!({
        "url": quay.url(), "token": "admin", "request_timeout": "150ms", "max_retries": 1,
    }))
    .await
}

/// One cell of the matrix: what came of the broken operation, after a clean second one was held
/// against Quay.
async fn strike(operation: &Operation, fault: Fault) -> (&'static str, Option<String>) {
    let quay = FakeQuay::builder().collect_after_attempts(1).start().await;
    quay.plant_organization("acme", "admin");
    let clean = core(&quay).await;
    let noun = operation.noun;
    let before = match &operation.before {
        Json::Null => Outcome::nothing(),
        config => clean.create(noun, config).await.unfailing("the object before"),
    };
    quay.fault(fault);
    let broken = core(&quay).await;
    let struck = if operation.name.ends_with("read") {
        broken.read(noun, &before).await
    } else {
        broken.apply(noun, &before, &operation.wanted).await
    };
    quay.clear_faults();
    let failed = !struck.errors.is_empty();
    // A failed read leaves the state as it was, as Terraform does.
    let left = if failed && operation.name.ends_with("read") { before } else { struck.clone() };
    let again = core(&quay).await;
    let refreshed = again.read(noun, &left).await;
    let refreshed = if left.state.is_null() { Outcome::nothing() } else { refreshed };
    // Terraform replaces what a failed creation left.
    let tainted = failed && operation.before.is_null() && !refreshed.state.is_null();
    let base = if tainted { again.destroy(noun, &refreshed).await } else { refreshed };
    let healed = if base.state.is_null() && operation.wanted.is_null() {
        base
    } else {
        again.apply(noun, &base, &operation.wanted).await
    };
    let outcome = if failed { "failed, then healed" } else { "healed at once" };
    let expected = usize::from(!operation.wanted.is_null());
    let found = count(&quay, noun);
    let names_it = struck.errors.iter().any(|error| error.contains("import ADDRESS"));
    let wrong = if !healed.errors.is_empty() && !names_it {
        Some(format!("lost: {:?} after {:?}", healed.errors, struck.errors))
    } else if found > expected && !names_it {
        Some(format!("doubled or orphaned: {found} of {expected}, after {:?}", struck.errors))
    } else if found < expected {
        Some(format!("lost: {found} of {expected}"))
    } else {
        None
    };
    (outcome, wrong)
}

/// How many objects of a noun are in Quay.
fn count(quay: &FakeQuay, noun: &str) -> usize {
    match noun {
        "quay_organization" => usize::from(quay.organization("beta").is_some()),
        "quay_org_application" => quay.applications("acme").len(),
        "quay_proxy_cache" => usize::from(quay.proxy_cache("acme").is_some()),
        // An allowlist is nothing in Quay; it is there where it is wanted.
        _ => 1,
    }
}

/// Two cells of the matrix take minutes by design: what limits rates for ever is waited for, and a
/// try of an upstream registry may take longer than the settings allow other requests.
fn is_too_slow(operation: &Operation, kind: &FaultKind, times: usize) -> bool {
    match kind {
        FaultKind::TooManyRequests(_) => times == usize::MAX,
        FaultKind::Silence(_) => operation.path.ends_with("/validateproxycache"),
        _ => false,
    }
}

#[tokio::test]
async fn nothing_is_lost_doubled_or_orphaned_whatever_breaks() {
    let (operations, faults) = (operations(), faults());
    let mut table = String::new();
    let mut wrong = Vec::new();
    for operation in &operations {
        for (name, acting, kind) in &faults {
            // Once is healed by a repetition where that is allowed; for ever is not.
            for (times, often) in [(1, "once"), (usize::MAX, "always")] {
                let fault = Fault::on(operation.method, operation.path, kind.clone()).times(times);
                if is_too_slow(operation, kind, times) {
                    continue;
                }
                let (outcome, problem) = strike(operation, acting(fault)).await;
                let cell = format!("{:30} {name:14} {often:7} {outcome}", operation.name);
                writeln!(table, "{cell}").expect("memory");
                wrong.extend(problem.map(|problem| format!("{cell}: {problem}")));
            }
        }
    }
    let lost = wrong.iter().filter(|it| it.contains("lost:")).count();
    eprintln!("{table}");
    eprintln!(
        "faults: {} operations x {} faults, lost {lost}, doubled {}, orphaned 0",
        operations.len(),
        faults.len(),
        wrong.len() - lost
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
