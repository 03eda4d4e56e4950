//! What is refused, and by whom: each is an error that says so, and none is "gone".

use super::support::fake_quay::{FakeQuay, Fault, FaultKind, Profile};
use super::support::wire::Wire;
use super::{APPLICATION, ORGANIZATION, stage};
use serde_json::{Value as Json, json};
use terraform_provider_quay::provider::QuayProvider;

/// What others deleted since the plan was made is named, and not taken for a lack of rights.
#[tokio::test]
async fn a_change_of_what_is_gone_says_that_it_is_gone() {
    let (quay, wire) = stage().await;
    let acme = wire.create(ORGANIZATION, &json!({ "name": "acme" })).await.unfailing("create");
    let application = json!({ "orgname": "acme", "name": "ci" });
    let ci = wire.create(APPLICATION, &application).await.unfailing("create");
    let renamed = json!({ "orgname": "acme", "name": "cd" });
    quay.delete_application("acme", ci.state["client_id"].as_str().expect("an id"));
    let failed = wire.apply(APPLICATION, &ci, &renamed).await;
    assert!(failed.errors[0].contains("may have been deleted meanwhile"), "{:?}", failed.errors);
    quay.delete_organization("acme");
    let failed = wire.apply(APPLICATION, &ci, &renamed).await;
    assert!(failed.errors[0].contains("no organization named acme"), "{:?}", failed.errors);
    assert_eq!(failed.state, ci.state);
    let changed = json!({ "name": "acme", "email": "a@b.example" });
    let failed = wire.apply(ORGANIZATION, &acme, &changed).await;
    assert!(failed.errors[0].contains("no organization named acme"), "{:?}", failed.errors);
    assert_eq!(failed.state, acme.state);
    let cache =
        json!({ "orgname": "acme", "upstream_registry": "127.0.0.1:5001", "insecure": true });
    let full = json!({ "url": quay.profile_url(Profile::FullAccess), "token": "admin" });
    for wire in [wire, Wire::<QuayProvider>::new(&full).await] {
        for validate in [true, false] {
            let mut cache = cache.clone();
            cache["validate_upstream"] = validate.into();
            let failed = wire.create("quay_proxy_cache", &cache).await;
            assert!(failed.errors[0].contains("no organization named acme"), "{:?}", failed.errors);
        }
        let failed = wire.create(APPLICATION, &application).await;
        assert!(failed.errors[0].contains("no organization named acme"), "{:?}", failed.errors);
    }
}

/// Row 54 and rules 25: errors do not quote what Quay quotes.
#[tokio::test]
async fn no_error_quotes_a_secret() {
    let (quay, wire) = stage().await;
    quay.plant_organization("acme", "admin");
    let config = json!({
        "orgname": "acme", "upstream_registry": "127.0.0.1:5003", "insecure": true,
        "upstream_registry_username": "puller", "upstream_registry_password": "hunter2",
    });
    for kind in [FaultKind::Status(500), FaultKind::WrongTypes, FaultKind::Truncated] {
        quay.fault(Fault::on("POST", "*", kind).times(9));
        let failed = wire.create("quay_proxy_cache", &config).await;
        assert!(!failed.errors.is_empty());
        assert!(!format!("{failed:?}").contains("hunter2") || failed.state != Json::Null);
        assert!(failed.errors.iter().all(|it| !it.contains("hunter2")), "{:?}", failed.errors);
        quay.clear_faults();
    }
}

/// What is forbidden, switched off or no Quay at all is an error, whatever the noun, and the state
/// is as it was. What is gone is gone.
#[tokio::test]
async fn only_what_is_surely_gone_leaves_the_state() {
    let (quay, wire) = stage().await;
    quay.plant_organization("acme", "admin");
    quay.plant_user("stranger");
    let application = json!({ "orgname": "acme", "name": "ci" });
    let cache =
        json!({ "orgname": "acme", "upstream_registry": "127.0.0.1:5001", "insecure": true });
    let allowlist = json!({ "orgname": "acme", "allowed_members": ["admin"] });
    let mut states = vec![(ORGANIZATION, wire.import(ORGANIZATION, "acme").await)];
    for (noun, config) in [
        (APPLICATION, application),
        ("quay_proxy_cache", cache),
        ("quay_org_member_allowlist", allowlist),
    ] {
        states.push((noun, wire.create(noun, &config).await.unfailing(noun)));
    }
    let base = quay.url().to_owned();
    let off = quay.profile_url(Profile::Off);
    let dead = quay.profile_url(Profile::Dead);
    let cases = [
        (base.clone(), "stranger", "org:admin", true),
        (base.clone(), "no-such-token", "token", true),
        (format!("{base}/wrong/prefix"), "admin", "not Quay's API", true),
        (dead, "admin", "Quay or a proxy before it is down", true),
        (off, "admin", "FEATURE_PROXY_CACHE", false),
    ];
    for (url, token, expected, everywhere) in cases {
        let settings = json!({ "url": url, "token": token, "max_retries": 0 });
        let other = Wire::<QuayProvider>::new(&settings).await;
        for (noun, state) in &states {
            if !everywhere && *noun != "quay_proxy_cache" {
                continue;
            }
            let read = other.read(noun, state).await;
            let said = read.errors.join(" ");
            assert!(said.contains(expected), "{noun} with {token} at {url}: {said:?}");
        }
    }
    quay.delete_organization("acme");
    let fresh = Wire::<QuayProvider>::new(&json!({ "url": base, "token": "admin" })).await;
    for (noun, state) in &states {
        let gone = fresh.read(noun, state).await.unfailing(noun);
        assert_eq!(gone.state, Json::Null, "{noun}");
    }
    let full = json!({ "url": quay.profile_url(Profile::FullAccess), "token": "admin" });
    let full = Wire::<QuayProvider>::new(&full).await;
    for (noun, state) in &states {
        assert_eq!(full.read(noun, state).await.unfailing(noun).state, Json::Null, "{noun}");
    }
}

/// Creating an organization takes another scope than everything else.
#[tokio::test]
async fn the_scope_for_creating_organizations_is_named() {
    let quay = FakeQuay::start().await;
    quay.plant_token("narrow", "admin", "org:admin user:read");
    let wire = Wire::<QuayProvider>::new(&json!({ "url": quay.url(), "token": "narrow" })).await;
    let refused = wire.create(ORGANIZATION, &json!({ "name": "beta" })).await;
    assert!(refused.errors[0].contains("`user:admin`"), "{:?}", refused.errors);
    assert_eq!(refused.state, Json::Null);
}

/// Row 38, as far as the process has no environment of Quay's.
#[tokio::test]
async fn a_missing_setting_names_its_variable() {
    let wire = Wire::<QuayProvider>::unconfigured().await;
    let errors = wire.configure(&json!({ "token": "x" })).await;
    assert!(errors[0].contains("QUAY_URL"), "{errors:?}");
    let errors = wire.configure(&json!({ "url": "http://127.0.0.1:1" })).await;
    assert!(errors[0].contains("QUAY_TOKEN"), "{errors:?}");
    let unconfigured = wire.import(ORGANIZATION, "acme").await;
    assert!(unconfigured.errors[0].contains("not configured"), "{:?}", unconfigured.errors);
}
