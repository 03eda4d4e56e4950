//! Each request of each operation is broken in each way, and then a clean second run must leave
//! exactly what was wanted: nothing lost, nothing doubled, nothing orphaned.

#[path = "faults/operations.rs"]
mod operations;
mod support;

use futures_util::stream::{self, StreamExt};
use operations::{Kind, Operation, operations};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;

use support::fake_quay::{FakeQuay, Fault, FaultKind, Role};
use support::wire::{Outcome, Wire};
use terraform_provider_quay::provider::QuayProvider;

type Core = Wire<QuayProvider>;

/// How an answer, or the lack of one, is broken.
struct Break {
    name: &'static str,
    kind: FaultKind,
    /// Whether Quay has acted, so that only the answer is lost.
    acts: bool,
}

fn breaks() -> Vec<Break> {
    let before = |name, kind| Break { name, kind, acts: false };
    let after = |name, kind| Break { name, kind, acts: true };
    vec![
        before("reset before", FaultKind::Reset),
        after("reset after", FaultKind::Reset),
        before("500 HTML", FaultKind::Status(500)),
        after("502 after", FaultKind::Status(502)),
        before("503", FaultKind::Status(503)),
        before("429", FaultKind::TooManyRequests(None)),
        before("truncated", FaultKind::Truncated),
        before("wrong types", FaultKind::WrongTypes),
        before("10 MB", FaultKind::Huge),
        before("silence", FaultKind::Silence(600.0)),
        after("silence after", FaultKind::Silence(600.0)),
    ]
}

/// Two cells of the matrix take minutes by design: what limits rates for ever is waited for, and a
/// try of an upstream registry may take longer than the settings allow other requests.
fn is_too_slow(operation: &Operation, kind: &FaultKind, for_ever: bool) -> bool {
    match kind {
        FaultKind::TooManyRequests(_) => for_ever,
        FaultKind::Silence(_) => operation.path.ends_with("/validateproxycache"),
        _ => false,
    }
}

/// What came of a broken operation.
#[derive(Debug, PartialEq)]
enum Verdict {
    /// The operation itself succeeded.
    Unharmed,
    /// It failed, and a second run did what was wanted.
    Healed,
    /// It failed and named the object that it could not tell to be its own; imported, all is well.
    Named,
    /// The request was not made at all, so nothing was shown.
    Missed,
    Lost(String),
    Doubled(String),
    Orphaned(String),
}

async fn core(quay: &FakeQuay, request_timeout: &str) -> Core {
    Wire::new(&json!({
        "url": quay.url(), "token": "admin", "request_timeout": request_timeout, "max_retries": 1,
    }))
    .await
}

async fn stage() -> FakeQuay {
    let quay = FakeQuay::builder().collect_after_attempts(1).start().await;
    quay.plant_organization("acme", "admin");
    let mut world = quay.world();
    for name in ["guest", "visitor"] {
        world.plant_user(name);
    }
    world.plant_team("acme", "readers", Role::Member, &["guest", "visitor"]);
    world.plant_robot("acme", "builder");
    world.plant_member("acme", "readers", "acme+builder");
    drop(world);
    quay
}

async fn strike(operation: &Operation, fault: Fault) -> Verdict {
    let quay = stage().await;
    let verdict = match &operation.kind {
        Kind::Change(before, wanted) => {
            strike_change(operation, &quay, before, wanted, fault).await
        }
        Kind::Read(config) => strike_read(operation, &quay, config, true, fault).await,
        Kind::ReadGone(config) => strike_read(operation, &quay, config, false, fault).await,
        Kind::LookUp(config) => strike_look_up(operation, &quay, config, fault).await,
    };
    if quay.struck() > 0 { verdict } else { Verdict::Missed }
}

async fn strike_change(
    operation: &Operation,
    quay: &FakeQuay,
    before: &Json,
    wanted: &Json,
    fault: Fault,
) -> Verdict {
    let noun = operation.noun;
    let prior = match before {
        Json::Null => Outcome::nothing(),
        config => core(quay, "30s").await.create(noun, config).await.unfailing("the object before"),
    };
    quay.fault(fault);
    let struck = core(quay, "300ms").await.apply(noun, &prior, wanted).await;
    quay.clear_faults();
    let failed = !struck.errors.is_empty();

    let again = core(quay, "30s").await;
    let mut base = match struck.state {
        Json::Null => Outcome::nothing(),
        _ => again.read(noun, &struck).await.unfailing("a refresh without faults"),
    };
    // Terraform replaces what a failed creation left in the state.
    if failed && before.is_null() && !base.state.is_null() {
        base = again.destroy(noun, &base).await.unfailing("the removal of what is tainted");
    }
    let healed = settle(&again, noun, &base, wanted).await;
    if healed.errors.is_empty() {
        let unnamed = unnamed(quay, noun, &healed.state, &struck.errors);
        return match unnamed.as_slice() {
            [] if !is_as_wanted(quay, &again, noun, &healed, wanted).await => {
                Verdict::Lost(format!("{:?} is not what is wanted", healed.state))
            }
            [] if failed => Verdict::Healed,
            [] => Verdict::Unharmed,
            _ if failed => Verdict::Orphaned(format!("{unnamed:?}, after {:?}", struck.errors)),
            _ => Verdict::Doubled(format!("{unnamed:?}")),
        };
    }
    let said = [struck.errors.join(" "), healed.errors.join(" ")].join(" ");
    for id in import_ids(&said) {
        let imported = again.import(noun, &id).await;
        let adopted = settle(&again, noun, &imported, wanted).await;
        if adopted.errors.is_empty() && is_as_wanted(quay, &again, noun, &adopted, wanted).await {
            return Verdict::Named;
        }
    }
    Verdict::Lost(said)
}

/// Applies, where there is anything to apply.
async fn settle(core: &Core, noun: &str, base: &Outcome, wanted: &Json) -> Outcome {
    if base.state.is_null() && wanted.is_null() {
        base.clone()
    } else {
        core.apply(noun, base, wanted).await
    }
}

/// Whether state, Quay and configuration agree: a refresh finds nothing new and a plan changes
/// nothing.
async fn is_as_wanted(
    quay: &FakeQuay,
    core: &Core,
    noun: &str,
    reached: &Outcome,
    wanted: &Json,
) -> bool {
    let there = objects(quay, noun).is_none_or(|objects| objects.is_empty() == wanted.is_null());
    if wanted.is_null() {
        return there && reached.state.is_null();
    }
    let read = core.read(noun, reached).await;
    let unchanged = core.apply(noun, &read, wanted).await;
    there && read.errors.is_empty() && read.state == reached.state && unchanged.state == read.state
}

async fn strike_read(
    operation: &Operation,
    quay: &FakeQuay,
    config: &Json,
    is_there: bool,
    fault: Fault,
) -> Verdict {
    let noun = operation.noun;
    if noun == "quay_org_member_allowlist" {
        quay.world().remove_member("acme", "guest");
        quay.world().remove_member("acme", "visitor");
    }
    let prior = core(quay, "30s").await.create(noun, config).await.unfailing("the object before");
    if !is_there {
        let client_id = prior.state["client_id"].as_str().expect("an application");
        quay.delete_application("acme", client_id);
    }
    let right = if is_there { prior.state.clone() } else { Json::Null };
    quay.fault(fault);
    let struck = core(quay, "300ms").await.read(noun, &prior).await;
    quay.clear_faults();
    if struck.errors.is_empty() {
        let kept = struck.state == right;
        return if kept { Verdict::Unharmed } else { Verdict::Lost(format!("{:?}", struck.state)) };
    }
    let read = core(quay, "30s").await.read(noun, &prior).await;
    if read.state == right { Verdict::Healed } else { Verdict::Lost(format!("{read:?}")) }
}

async fn strike_look_up(
    operation: &Operation,
    quay: &FakeQuay,
    config: &Json,
    fault: Fault,
) -> Verdict {
    let mut config = config.clone();
    if config.get("client_id").is_some() {
        config["client_id"] = json!(quay.plant_application("acme", "planted"));
    }
    let noun = operation.noun;
    let right = core(quay, "30s").await.look_up(noun, &config).await.unfailing("a look-up");
    quay.fault(fault);
    let struck = core(quay, "300ms").await.look_up(noun, &config).await;
    quay.clear_faults();
    if !struck.errors.is_empty() {
        return Verdict::Healed;
    }
    if struck.state == right.state {
        Verdict::Unharmed
    } else {
        Verdict::Lost(format!("{:?}", struck.state))
    }
}

/// The objects of a noun in Quay, by import id; none where the noun is nothing in Quay.
fn objects(quay: &FakeQuay, noun: &str) -> Option<BTreeSet<String>> {
    let found: Vec<String> = match noun {
        "quay_organization" => quay.organization("beta").map(|it| it.name).into_iter().collect(),
        "quay_org_application" => quay
            .applications("acme")
            .into_iter()
            .map(|it| format!("acme/{}", it.client_id))
            .collect(),
        "quay_proxy_cache" => quay.proxy_cache("acme").map(|_| "acme".into()).into_iter().collect(),
        _ => return None,
    };
    Some(found.into_iter().collect())
}

/// The objects that neither the state holds nor an error names.
fn unnamed(quay: &FakeQuay, noun: &str, state: &Json, errors: &[String]) -> Vec<String> {
    let said = errors.join(" ");
    let text = |name: &str| state.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
    let held = match noun {
        "quay_organization" => text("name"),
        "quay_org_application" => format!("{}/{}", text("orgname"), text("client_id")),
        _ => text("orgname"),
    };
    let found = objects(quay, noun).unwrap_or_default();
    let unknown = |id: &String| *id != held && !import_ids(&said).contains(id);
    found.into_iter().filter(unknown).collect()
}

/// The ids in the import commands of an error.
fn import_ids(said: &str) -> Vec<String> {
    let commands = said.split("terraform import ADDRESS ").skip(1);
    let id = |rest: &str| rest.split(['`', ' ', '\n']).next().unwrap_or_default().to_owned();
    commands.map(id).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_doubled_or_orphaned_whatever_breaks() {
    let (operations, breaks) = (operations(), breaks());
    let mut cells = Vec::new();
    for operation in &operations {
        for way in &breaks {
            // Once is healed by a repetition where that is allowed; for ever is not.
            for (times, often) in [(1, "once"), (usize::MAX, "always")] {
                if !is_too_slow(operation, &way.kind, times == usize::MAX) {
                    let fault = Fault::on(operation.method, operation.path, way.kind.clone());
                    let fault = fault.times(times);
                    let fault = if way.acts { fault.after_acting() } else { fault };
                    cells.push((operation, format!("{:14} {often:6}", way.name), fault));
                }
            }
        }
    }
    let verdicts = stream::iter(cells).map(|(operation, way, fault)| async move {
        (format!("{:29} {way}", operation.name), strike(operation, fault).await)
    });
    let verdicts: Vec<_> = verdicts.buffered(8).collect().await;

    let mut table = String::new();
    for (cell, verdict) in &verdicts {
        writeln!(table, "{cell} {verdict:?}").expect("memory");
    }
    let count = |is: fn(&Verdict) -> bool| verdicts.iter().filter(|(_, it)| is(it)).count();
    let lost = count(|it| matches!(it, Verdict::Lost(_)));
    let doubled = count(|it| matches!(it, Verdict::Doubled(_)));
    let orphaned = count(|it| matches!(it, Verdict::Orphaned(_)));
    writeln!(
        table,
        "faults: {} operations x {} faults, lost {lost}, doubled {doubled}, orphaned {orphaned}",
        operations.len(),
        breaks.len(),
    )
    .expect("memory");
    // Written past the capture of the test's output: the matrix is worth reading in every log.
    std::io::stderr().write_all(table.as_bytes()).expect("stderr");
    let missed = count(|it| *it == Verdict::Missed);
    assert_eq!((missed, lost, doubled, orphaned), (0, 0, 0, 0), "see the table above");
}
