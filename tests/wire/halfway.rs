//! What fails or is stopped midway: the state is what was reached.

use super::support::fake_quay::{FakeQuay, Fault, FaultKind};
use super::support::wire::Outcome;
use super::{APPLICATION, ORGANIZATION, stage};
use serde_json::{Value as Json, json};
use terraform_provider_quay::terraform::proto::stop_provider;

/// Row 50.
#[tokio::test]
async fn what_a_half_done_creation_reached_stays_in_the_state() {
    let (quay, wire) = stage().await;
    quay.fault(Fault::on("PUT", "/api/v1/organization/acme", FaultKind::Status(500)));
    let config = json!({ "name": "acme", "tag_expiration_s": 86400 });
    let half = wire.create(ORGANIZATION, &config).await;
    assert_eq!(half.errors.len(), 1, "{:?}", half.errors);
    assert_eq!(half.state["name"], json!("acme"));
    assert_eq!(half.state["tag_expiration_s"], json!(1_209_600), "Quay's own, not the planned one");
    assert!(quay.organization("acme").is_some());

    let config = json!({ "name": "beta", "email": "a@b.example", "tag_expiration_s": 86_401 });
    let half = wire.create(ORGANIZATION, &config).await;
    assert!(half.errors[0].contains("`TAG_EXPIRATION_OPTIONS`"), "{:?}", half.errors);
    assert_eq!(half.state["tag_expiration_s"], json!(1_209_600));
    assert_eq!(half.state["email"], json!("a@b.example"));

    // Nothing can be read any more: the state holds what was surely reached.
    quay.fault(Fault::on("PUT", "/api/v1/organization/gamma", FaultKind::Status(500)));
    quay.fault(
        Fault::on("GET", "/api/v1/organization/gamma", FaultKind::Status(500))
            .after_requests(1)
            .always(),
    );
    let config = json!({ "name": "gamma", "email": "a@b.example", "tag_expiration_s": 86_400 });
    let half = wire.create(ORGANIZATION, &config).await;
    assert_eq!(half.state["email"], json!("a@b.example"), "{:?}", half.errors);
    assert_eq!(half.state["tag_expiration_s"], Json::Null);
}

/// Row 51. Quay applies one field after the other.
#[tokio::test]
async fn an_update_that_fails_midway_tells_what_was_reached() {
    let (_quay, wire) = stage().await;
    let created = wire.create(ORGANIZATION, &json!({ "name": "acme" })).await.unfailing("create");
    let config = json!({ "name": "acme", "invoice_email": true, "tag_expiration_s": 7 });
    let half = wire.apply(ORGANIZATION, &created, &config).await;
    assert!(half.errors[0].contains("Invalid tag expiration option"), "{:?}", half.errors);
    assert_eq!(half.state["invoice_email"], json!(true));
    assert_eq!(half.state["tag_expiration_s"], json!(1_209_600));
}

/// Creates an object with a request that is never answered, and stops the provider meanwhile.
async fn create_and_stop(noun: &str, config: &Json, unanswered: Fault) -> (FakeQuay, Outcome) {
    let (quay, wire) = stage().await;
    quay.plant_organization("theirs", "admin");
    quay.fault(unanswered);
    let mut client = wire.client.clone();
    let stop = async {
        while quay.struck() == 0 {
            tokio::task::yield_now().await;
        }
        client.stop_provider(stop_provider::Request {}).await.expect("an answer");
    };
    let (created, ()) = tokio::join!(wire.create(noun, config), stop);
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
        ("quay_proxy_cache", "*/proxycache", cache),
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
