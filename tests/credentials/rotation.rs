//! A token that ends in the middle of something, and another that takes its place.

use super::{IdentityProvider, ORGANIZATION, SCOPES, expire};
use crate::support::fake_quay::{FakeQuay, Fault, FaultKind, Profile};
use crate::support::wire::Wire;
use futures_util::future::join_all;
use serde_json::json;
use std::path::PathBuf;
use tempfile::TempDir;
use terraform_provider_quay::provider::QuayProvider;

type Core = Wire<QuayProvider>;

/// Ten organizations, and a file with a token that can be replaced.
struct Rotation {
    quay: FakeQuay,
    wire: Core,
    file: PathBuf,
    _folder: TempDir,
}

impl Rotation {
    async fn start() -> Self {
        Self::on(FakeQuay::start().await, |quay| quay.url().to_owned()).await
    }

    async fn on(quay: FakeQuay, url: impl Fn(&FakeQuay) -> String) -> Self {
        for number in 0..10 {
            quay.plant_organization(&format!("org{number}"), "admin");
        }
        let scopes = format!("{SCOPES} user:admin");
        for token in ["first", "second"] {
            quay.plant_token(token, "admin", &scopes);
        }
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("token");
        std::fs::write(&file, "first\n").expect("it can be written");
        let wire = Core::new(&json!({ "url": url(&quay), "token_file": file })).await;
        Self { quay, wire, file, _folder: folder }
    }

    fn rotate(&self) {
        std::fs::write(&self.file, "second\n").expect("it can be written");
        expire(&self.quay, "first");
    }

    /// Rotates as soon as a fault has struck, while the request still waits for its answer.
    async fn rotate_meanwhile(&self) {
        while self.quay.struck() == 0 {
            tokio::task::yield_now().await;
        }
        self.rotate();
    }
}

fn names(numbers: std::ops::Range<usize>) -> Vec<String> {
    numbers.map(|number| format!("org{number}")).collect()
}

#[tokio::test]
async fn all_that_ask_at_once_are_served_after_one_renewal() {
    let it = Rotation::start().await;
    it.wire.import(ORGANIZATION, "org0").await.unfailing("before");
    it.rotate();
    let names = names(1..10);
    for read in join_all(names.iter().map(|name| it.wire.import(ORGANIZATION, name))).await {
        read.unfailing("after");
    }
    // What is shared with others is what the new token sees.
    let shown = it.wire.look_up(ORGANIZATION, &json!({ "name": "org1" })).await;
    assert_eq!(shown.state["is_admin"], json!(true), "{:?}", shown.warnings);
}

#[tokio::test]
async fn a_probe_without_token_leads_to_a_renewal_where_quay_wants_one_for_everything() {
    let closed = |quay: &FakeQuay| {
        let mut switches = Profile::Base.switches();
        switches.anonymous_access = false;
        quay.switched_url(switches)
    };
    let it = Rotation::on(FakeQuay::start().await, closed).await;
    it.wire.create(ORGANIZATION, &json!({ "name": "one" })).await.unfailing("before");
    it.rotate();
    it.wire.create(ORGANIZATION, &json!({ "name": "two" })).await.unfailing("after");
}

#[tokio::test]
async fn a_creation_is_finished_with_the_new_token() {
    let it = Rotation::start().await;
    it.quay.fault(Fault::on("POST", "/api/v1/organization/", FaultKind::Delay(0.1)));
    let config = json!({ "name": "beta" });
    let (created, ()) = tokio::join!(it.wire.create(ORGANIZATION, &config), it.rotate_meanwhile());
    assert_eq!(created.unfailing("a creation").state["name"], json!("beta"));
}

/// To a token that is not valid any more every organization looks empty.
#[tokio::test]
async fn images_are_not_deleted_because_an_old_token_did_not_see_them() {
    let it = Rotation::start().await;
    it.quay.plant_repository("org0", "precious");
    let org = it.wire.import(ORGANIZATION, "org0").await.unfailing("import");
    it.quay.fault(Fault::on("GET", "/api/v1/organization/org0", FaultKind::Delay(0.1)));
    let (refused, ()) = tokio::join!(it.wire.destroy(ORGANIZATION, &org), it.rotate_meanwhile());
    assert!(it.quay.organization("org0").is_some(), "it was deleted with its images");
    assert!(refused.errors[0].contains("precious"), "{:?}", refused.errors);
    assert_eq!(refused.state, org.state);
    // The same for what is empty: the second look sees so, and deletes.
    let org = it.wire.import(ORGANIZATION, "org1").await.unfailing("import");
    it.wire.destroy(ORGANIZATION, &org).await.unfailing("a deletion");
    assert!(it.quay.organization("org1").is_none());
}

#[tokio::test]
async fn an_identity_provider_is_asked_once_for_all() {
    let quay = FakeQuay::start().await;
    for token in ["first", "second"] {
        quay.plant_token(token, "admin", SCOPES);
    }
    quay.plant_user("owner");
    for name in names(0..10) {
        quay.plant_organization(&name, "admin");
        quay.plant_organization(&format!("their-{name}"), "owner");
    }
    let provider = IdentityProvider::start(3600).await;
    let wire = Core::new(&provider.settings(&quay)).await;
    wire.import(ORGANIZATION, "org0").await.unfailing("before");
    expire(&quay, "first");
    let names = names(1..10);
    for read in join_all(names.iter().map(|name| wire.import(ORGANIZATION, name))).await {
        read.unfailing("after");
    }
    assert_eq!(provider.grants(), 2, "one expiry, one grant");
    // Organizations of others look like that with any token.
    for name in names {
        let shown = json!({ "name": format!("their-{name}") });
        let shown = wire.look_up(ORGANIZATION, &shown).await.unfailing("a look-up");
        assert_eq!(shown.state["is_member"], json!(false));
    }
    assert_eq!(provider.grants(), 2, "and none for strangers just after it");
}
