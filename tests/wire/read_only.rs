//! A Quay that is read-only at present: one clear error for each change, and nothing is hammered.

use super::support::fake_quay::{FakeQuay, Profile, Role};
use super::support::wire::{Outcome, Wire};
use super::{APPLICATION, ORGANIZATION};
use serde_json::{Value as Json, json};
use terraform_provider_quay::provider::QuayProvider;

type Core = Wire<QuayProvider>;

/// How many writes were sent since the log was cleared.
fn writes(quay: &FakeQuay) -> usize {
    quay.requests().iter().filter(|it| it.method != "GET").count()
}

#[tokio::test]
async fn a_read_only_quay_is_asked_once_for_each_change() {
    let quay = FakeQuay::start().await;
    quay.plant_organization("acme", "admin");
    let cache =
        json!({ "orgname": "acme", "upstream_registry": "127.0.0.1:5001", "insecure": true });
    let cases = [
        (
            ORGANIZATION,
            json!({ "name": "beta" }),
            json!({ "name": "beta", "email": "a@b.example" }),
        ),
        (
            APPLICATION,
            json!({ "orgname": "acme", "name": "ci" }),
            json!({ "orgname": "acme", "name": "cd" }),
        ),
        ("quay_proxy_cache", cache, Json::Null),
        (
            "quay_org_member_allowlist",
            json!({ "orgname": "acme", "allowed_members": ["admin"] }),
            json!({ "orgname": "acme", "allowed_members": ["admin"] }),
        ),
    ];
    let wire = Core::new(&json!({ "url": quay.url(), "token": "admin" })).await;
    let url = quay.profile_url(Profile::ReadOnly);
    let read_only = Core::new(&json!({ "url": url, "token": "admin" })).await;
    for (noun, config, changed) in &cases {
        let is_list = *noun == "quay_org_member_allowlist";
        let refused = |outcome: &Outcome, prior: &Json, what: &str| {
            let words = outcome.errors.join(" ");
            assert!(words.contains("Quay is read-only at present"), "{noun}, {what}: {words:?}");
            assert_eq!((writes(&quay), &outcome.state), (1, prior), "{noun}, {what}");
            quay.clear_requests();
        };
        quay.clear_requests();
        if !is_list {
            refused(&read_only.create(noun, config).await, &Json::Null, "created");
        }
        let mut prior = wire.create(noun, config).await.unfailing(noun);
        if is_list {
            quay.plant_user("guest");
            quay.world().plant_team("acme", "readers", Role::Member, &["guest"]);
            let fresh = Core::new(&json!({ "url": quay.url(), "token": "admin" })).await;
            prior = fresh.read(noun, &prior).await.unfailing(noun);
        }
        quay.clear_requests();
        if !changed.is_null() {
            refused(&read_only.apply(noun, &prior, changed).await, &prior.state, "changed");
        }
        if !is_list {
            refused(&read_only.destroy(noun, &prior).await, &prior.state, "destroyed");
        }
    }
}
