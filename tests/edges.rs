//! Quay's sharp edges: races, odd names, its own words, and a token that revokes itself.

#[path = "edges/late.rs"]
mod late;
#[path = "edges/lost.rs"]
mod lost;
#[path = "edges/odd.rs"]
mod odd;
mod support;

use serde_json::{Value as Json, json};
use support::fake_quay::{FakeQuay, Fault, FaultKind};
use support::wire::{Wire, dynamic};
use terraform_provider_quay::provider::QuayProvider;
use terraform_provider_quay::terraform::proto::validate_resource_config;

const ORGANIZATION: &str = "quay_organization";
const APPLICATION: &str = "quay_org_application";
const PROXY_CACHE: &str = "quay_proxy_cache";

type Core = Wire<QuayProvider>;

async fn core(quay: &FakeQuay, token: &str) -> Core {
    Wire::new(&json!({ "url": quay.url(), "token": token, "max_retries": 0 })).await
}

async fn stage() -> (FakeQuay, Core) {
    let quay = FakeQuay::start().await;
    quay.plant_organization("acme", "admin");
    let wire = core(&quay, "admin").await;
    (quay, wire)
}

/// The errors with which a configuration is refused before anything is planned.
async fn refused(wire: &Core, noun: &str, config: &Json) -> String {
    let request = validate_resource_config::Request {
        type_name: noun.to_owned(),
        config: dynamic(config, &Core::schema(noun).ty()),
        client_capabilities: None,
    };
    let answer = wire.client.clone().validate_resource_config(request).await.expect("an answer");
    let lines = answer.into_inner().diagnostics.into_iter().map(|it| it.summary + " " + &it.detail);
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn of_two_creations_of_one_thing_one_wins_and_the_other_adopts_nothing() {
    let cache =
        json!({ "orgname": "acme", "upstream_registry": "127.0.0.1:5001", "insecure": true });
    for (noun, config) in [(PROXY_CACHE, cache), (ORGANIZATION, json!({ "name": "beta" }))] {
        let (quay, one) = stage().await;
        let other = core(&quay, "admin").await;
        let (first, second) = tokio::join!(one.create(noun, &config), other.create(noun, &config));
        let (won, lost) = if first.errors.is_empty() { (first, second) } else { (second, first) };
        let won = won.unfailing(noun);
        assert!(!won.state.is_null());
        assert_eq!(lost.errors.len(), 1, "{noun}");
        assert!(lost.errors[0].contains("terraform import ADDRESS"), "{:?}", lost.errors);
        assert_eq!(lost.state, Json::Null, "{noun}: what is somebody else's is in no state");
    }
}

/// Quay's pattern lets a newline at the end through, and its web server undoes `%2F`.
#[tokio::test]
async fn names_that_quay_would_take_for_others_are_refused() {
    let (quay, wire) = stage().await;
    quay.clear_requests();
    for name in ["acme\n", "a/b", "..", "Acme", "a__b", "a"] {
        let said = refused(&wire, ORGANIZATION, &json!({ "name": name })).await;
        assert!(said.contains("Invalid value for name"), "{name:?}: {said}");
        let application = json!({ "orgname": name, "name": "ci" });
        let said = refused(&wire, APPLICATION, &application).await;
        assert!(said.contains("Invalid value for orgname"), "{name:?}: {said}");
        let imported = wire.import(ORGANIZATION, name).await;
        assert!(!imported.errors.is_empty() && imported.state.is_null(), "{name:?}");
    }
    assert_eq!(quay.requests().len(), 0);
    for id in ["acme/..", "acme/a/b", "acme/%2F", "acme/."] {
        let imported = wire.import(APPLICATION, id).await;
        assert!(!imported.errors.is_empty() && imported.state.is_null(), "{id}: {imported:?}");
    }
    for name in ["..", "a/b", "%2F"] {
        let member = json!({ "orgname": "acme", "name": name });
        assert!(!wire.look_up("quay_org_member", &member).await.errors.is_empty(), "{name}");
    }
}

/// Rules 8.
#[tokio::test]
async fn a_token_may_go_with_the_application_that_it_was_made_in() {
    let (quay, _) = stage().await;
    let client_id = quay.plant_application("acme", "terraform");
    quay.plant_token("own", "admin", "org:admin");
    quay.world().tokens.get_mut("own").expect("a token").client_id = Some(client_id.clone());
    let wire = core(&quay, "own").await;
    let state = wire.import(APPLICATION, &format!("acme/{client_id}")).await.unfailing("import");
    let deleted = wire.destroy(APPLICATION, &state).await.unfailing("the deletion");
    assert_eq!(deleted.state, Json::Null);
    assert!(deleted.warnings[0].contains("may be revoked"), "{:?}", deleted.warnings);
    assert!(quay.applications("acme").is_empty());
    // A 500 that has deleted nothing is an error.
    let wire = core(&quay, "admin").await;
    let kept = wire.create(APPLICATION, &json!({ "orgname": "acme", "name": "ci" })).await;
    quay.fault(Fault::on("DELETE", "*", FaultKind::Status(500)));
    let failed = wire.destroy(APPLICATION, &kept).await;
    assert!(!failed.errors.is_empty() && failed.state == kept.state);
}

/// A crash may pass for a read; what crashes Quay on a write would crash it again.
#[tokio::test]
async fn a_read_on_which_quay_crashes_is_made_again_and_a_write_is_not() {
    let (quay, _) = stage().await;
    let wire = Core::new(&json!({ "url": quay.url(), "token": "admin" })).await;
    quay.fault(Fault::on("GET", "/api/v1/organization/acme", FaultKind::Status(500)).times(2));
    let acme = wire.import(ORGANIZATION, "acme").await.unfailing("an import");
    quay.fault(Fault::on("PUT", "*", FaultKind::Status(500)).always());
    quay.clear_requests();
    let changed = json!({ "name": "acme", "email": "ops@acme.example" });
    let failed = wire.apply(ORGANIZATION, &acme, &changed).await;
    assert!(failed.errors[0].contains("Quay failed inside"), "{:?}", failed.errors);
    let writes = quay.requests().iter().filter(|request| request.method == "PUT").count();
    assert_eq!((writes, &failed.state), (1, &acme.state));
}

/// Trouble that does not pass is not tried again.
#[tokio::test]
async fn a_quay_that_only_reads_is_not_pressed() {
    use support::fake_quay::Profile;
    let (quay, _) = stage().await;
    let url = quay.profile_url(Profile::ReadOnly);
    let wire = Core::new(&json!({ "url": url, "token": "admin" })).await;
    quay.clear_requests();
    let failed = wire.create(ORGANIZATION, &json!({ "name": "beta" })).await;
    assert!(failed.errors[0].contains("read-only at present"), "{:?}", failed.errors);
    let writes = quay.requests().iter().filter(|request| request.method == "POST").count();
    assert_eq!(writes, 1, "one try, one clear error");
}
