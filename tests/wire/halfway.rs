//! What fails midway: the state is what was reached.

use super::support::fake_quay::{Fault, FaultKind};
use super::{ORGANIZATION, stage};
use serde_json::{Value as Json, json};

/// Row 50.
#[tokio::test]
async fn what_a_half_done_creation_reached_stays_in_the_state() {
    let (quay, wire) = stage().await;
    quay.fault(Fault::on("PUT", "/api/v1/organization/acme", FaultKind::Status(500)));
    let config = json!({ "name": "acme", "tag_expiration_s": 86400 });
    let half = wire.create(ORGANIZATION, &config).await;
    assert_eq!(half.errors.len(), 1, "{:?}", half.errors);
    assert!(half.errors[0].contains("`terraform untaint ADDRESS`"), "{:?}", half.errors);
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

/// A replacement under the same name that was half made is there, and not gone.
#[tokio::test]
async fn a_half_done_replacement_is_told_once() {
    let (quay, wire) = stage().await;
    let config = json!({ "name": "acme", "tag_expiration_s": 86_400 });
    let old = wire.create(ORGANIZATION, &config).await.unfailing("create");
    wire.destroy(ORGANIZATION, &old).await.unfailing("destroy");
    quay.collect();
    quay.fault(Fault::on("PUT", "/api/v1/organization/acme", FaultKind::Status(500)));
    let half = wire.create(ORGANIZATION, &config).await;
    assert!(half.errors[0].contains("`terraform untaint ADDRESS`"), "{:?}", half.errors);
    assert!(!half.errors[0].contains("there is none now"), "{:?}", half.errors);
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
