//! A stop: what is under way ends soon, nothing new begins, and what was begun is told truly.

use super::support::fake_quay::{FakeQuay, Fault, FaultKind, Role};
use super::support::wire::{Outcome, Wire};
use super::{APPLICATION, ORGANIZATION, stage};
use serde_json::{Value as Json, json};
use terraform_provider_quay::provider::QuayProvider;
use terraform_provider_quay::terraform::proto::stop_provider;

const PROXY_CACHE: &str = "quay_proxy_cache";
const ALLOWLIST: &str = "quay_org_member_allowlist";

type Core = Wire<QuayProvider>;

async fn stop(wire: &Core) {
    let request = stop_provider::Request {};
    wire.client.clone().stop_provider(request).await.expect("an answer");
}

/// Stops the provider as soon as so many faults have struck.
async fn stop_after(quay: &FakeQuay, wire: &Core, strikes: usize) {
    while quay.struck() < strikes {
        tokio::task::yield_now().await;
    }
    stop(wire).await;
}

/// Creates an object with a request that is never answered, and stops the provider meanwhile.
async fn create_and_stop(noun: &str, config: &Json, unanswered: Fault) -> (FakeQuay, Outcome) {
    let (quay, wire) = stage().await;
    quay.plant_organization("theirs", "admin");
    quay.fault(unanswered);
    let (created, ()) = tokio::join!(wire.create(noun, config), stop_after(&quay, &wire, 1));
    (quay, created)
}

/// Row 20: what was lost is looked for before the end, and is in the state where it is there.
#[tokio::test]
async fn a_stop_ends_a_slow_apply_soon_and_truthfully() {
    let cache = json!({
        "orgname": "theirs", "upstream_registry": "127.0.0.1:5001", "insecure": true,
        "validate_upstream": false,
    });
    let cases = [
        (ORGANIZATION, "/api/v1/organization/", json!({ "name": "acme", "invoice_email": true })),
        (APPLICATION, "*/applications", json!({ "orgname": "theirs", "name": "ci" })),
        (PROXY_CACHE, "*/proxycache", cache),
    ];
    let cases = cases.iter().map(async |(noun, path, config)| {
        let silence = Fault::on("POST", path, FaultKind::Silence(600.0));
        let (never_made, made) = tokio::join!(
            create_and_stop(noun, config, silence.clone()),
            create_and_stop(noun, config, silence.after_acting()),
        );
        assert_eq!(never_made.1.errors.len(), 1, "{noun}: {:?}", never_made.1.errors);
        assert_eq!(never_made.1.state, Json::Null, "{noun}");
        let made = made.1.unfailing(noun);
        for (name, value) in config.as_object().expect("an object") {
            assert_eq!(made.state[name], *value, "{noun}: {name}");
        }
    });
    futures_util::future::join_all(cases).await;
}

/// Rules 31.
#[tokio::test]
async fn after_a_stop_nothing_new_begins() {
    let (quay, wire) = stage().await;
    quay.plant_organization("theirs", "admin");
    let acme = wire.create(ORGANIZATION, &json!({ "name": "acme" })).await.unfailing("create");
    stop(&wire).await;
    quay.clear_requests();
    let cache = json!({
        "orgname": "theirs", "upstream_registry": "127.0.0.1:5001", "validate_upstream": false,
    });
    for (noun, config) in [(ORGANIZATION, json!({ "name": "beta" })), (PROXY_CACHE, cache)] {
        let refused = wire.create(noun, &config).await;
        assert!(refused.errors[0].contains("asked to stop"), "{:?}", refused.errors);
    }
    let changed = json!({ "name": "acme", "email": "a@b.example" });
    let refused = wire.apply(ORGANIZATION, &acme, &changed).await;
    assert!(refused.errors[0].contains("asked to stop"), "{:?}", refused.errors);
    assert_eq!(refused.state, acme.state);
    assert_eq!(quay.requests(), [], "neither a probe nor a change");
}

/// Rules 29 and 31: a stop does not let out what waits for its turn.
#[tokio::test]
async fn a_stop_does_not_open_the_gate() {
    let (quay, wire) = stage().await;
    let acme = wire.create(ORGANIZATION, &json!({ "name": "acme" })).await.unfailing("create");
    quay.fault(Fault::on("PUT", "*", FaultKind::TooManyRequests(Some(60))));
    quay.clear_requests();
    let changed = json!({ "name": "acme", "email": "a@b.example" });
    let update = wire.apply(ORGANIZATION, &acme, &changed);
    let (refused, ()) = tokio::join!(update, stop_after(&quay, &wire, 1));
    assert_eq!(refused.errors.len(), 1);
    let puts = quay.requests().iter().filter(|request| request.method == "PUT").count();
    assert_eq!(puts, 1);

    // Nor does what is to be finished press a Quay that asks for patience.
    let (quay, wire) = stage().await;
    quay.plant_organization("theirs", "admin");
    let config = json!({ "orgname": "theirs", "name": "first" });
    wire.create(APPLICATION, &config).await.unfailing("a creation");
    quay.fault(Fault::on("POST", "*/applications", FaultKind::Silence(600.0)));
    quay.fault(Fault::on("GET", "*", FaultKind::TooManyRequests(Some(30))).always());
    quay.clear_requests();
    let config = json!({ "orgname": "theirs", "name": "second" });
    let creation = wire.create(APPLICATION, &config);
    let (lost, ()) = tokio::join!(creation, stop_after(&quay, &wire, 1));
    assert!(lost.errors[0].contains("terraform import ADDRESS"), "{:?}", lost.errors);
    assert!(quay.requests().len() < 5, "{} requests", quay.requests().len());
}

/// A write that may have been carried out is told as such, whatever kept it from being repeated.
#[tokio::test]
async fn a_stop_does_not_make_a_lost_change_one_that_was_never_sent() {
    let (quay, wire) = stage().await;
    let acme = wire.create(ORGANIZATION, &json!({ "name": "acme" })).await.unfailing("create");
    quay.fault(Fault::on("PUT", "*", FaultKind::Status(502)).after_acting());
    quay.fault(Fault::on("PUT", "*", FaultKind::TooManyRequests(Some(60))));
    let changed = json!({ "name": "acme", "email": "a@b.example" });
    let update = wire.apply(ORGANIZATION, &acme, &changed);
    let (half, ()) = tokio::join!(update, stop_after(&quay, &wire, 2));
    assert!(half.errors[0].contains("Quay answered 502 to PUT"), "{:?}", half.errors);
}

#[tokio::test]
async fn a_deletion_whose_answer_a_stop_cut_off_is_no_word_about_the_token() {
    let (quay, wire) = stage().await;
    quay.plant_organization("theirs", "admin");
    let config = json!({ "orgname": "theirs", "name": "ci" });
    let created = wire.create(APPLICATION, &config).await.unfailing("a creation");
    quay.fault(Fault::on("DELETE", "*", FaultKind::Silence(600.0)).after_acting());
    let deletion = wire.destroy(APPLICATION, &created);
    let (deleted, ()) = tokio::join!(deletion, stop_after(&quay, &wire, 1));
    let deleted = deleted.unfailing("the look that finds it gone");
    assert_eq!((deleted.state, deleted.warnings), (Json::Null, Vec::new()));
}

#[tokio::test]
async fn who_was_removed_before_a_stop_is_not_unexpected_any_more() {
    let (quay, wire) = stage().await;
    quay.plant_organization("theirs", "admin");
    for name in ["bob", "carl"] {
        quay.plant_user(name);
    }
    let config = json!({ "orgname": "theirs", "allowed_members": ["admin"] });
    let created = wire.create(ALLOWLIST, &config).await.unfailing("a creation");
    quay.world().plant_team("theirs", "readers", Role::Member, &["bob", "carl"]);
    let wire = Core::new(&json!({ "url": quay.url(), "token": "admin" })).await;
    let read = wire.read(ALLOWLIST, &created).await.unfailing("a refresh");
    assert_eq!(read.state["unexpected_members"], json!(["bob", "carl"]));
    let silence = Fault::on("DELETE", "*", FaultKind::Silence(600.0)).after_requests(1);
    quay.fault(silence.after_acting());
    let update = wire.apply(ALLOWLIST, &read, &config);
    let (stopped, ()) = tokio::join!(update, stop_after(&quay, &wire, 1));
    assert!(stopped.errors[0].contains("Removed: bob, carl. Still members: nobody."));
    assert_eq!(quay.members("theirs"), ["admin"], "the second removal came through, too");
    assert_eq!(stopped.state["unexpected_members"], json!([]), "as Quay has it");
}
