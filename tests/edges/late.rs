//! What Quay does after nobody waits for it any more, and what nobody can find out.

use super::{APPLICATION, Core, ORGANIZATION, PROXY_CACHE, stage};
use crate::support::fake_quay::{FakeQuay, Fault, FaultKind, LoggedRequest};
use crate::support::wire::Outcome;
use serde_json::{Value as Json, json};
use terraform_provider_quay::terraform::proto::stop_provider;

/// A provider that soon gives up waiting, and tries nothing again.
async fn hurried(quay: &FakeQuay) -> Core {
    let settings = json!({
        "url": quay.url(), "token": "admin", "max_retries": 0, "request_timeout": "200ms",
    });
    Core::new(&settings).await
}

fn application() -> Json {
    json!({ "orgname": "acme", "name": "ci" })
}

fn proxy_cache() -> Json {
    json!({ "orgname": "acme", "upstream_registry": "127.0.0.1:5001", "insecure": true })
}

/// Creates something while the last of its requests with this path is done late, and gives what
/// came of it.
async fn create_late(noun: &str, config: &Json, path: &str, kind: FaultKind) -> Outcome {
    let (quay, _) = stage().await;
    let wire = hurried(&quay).await;
    quay.fault(Fault::on("POST", path, kind));
    let created = wire.create(noun, config).await;
    assert_eq!(quay.struck(), 1);
    quay.no_late_act().await;
    let count = quay.applications("acme").len() + usize::from(quay.proxy_cache("acme").is_some());
    assert_eq!(count, 1, "{noun}: done once");
    created
}

/// The first look comes too early, a later one finds it.
#[tokio::test]
async fn what_quay_makes_late_is_found() {
    let cases = [
        (APPLICATION, application(), "*/applications"),
        (PROXY_CACHE, proxy_cache(), "*/proxycache"),
    ];
    let cases = cases.iter().map(async |(noun, config, path)| {
        let (silent, gateway) = tokio::join!(
            create_late(noun, config, path, FaultKind::Late(0.6, None)),
            create_late(noun, config, path, FaultKind::Late(0.4, Some(504))),
        );
        for created in [silent, gateway] {
            let created = created.unfailing(noun);
            assert_eq!(created.state["orgname"], json!("acme"), "{noun}");
        }
    });
    futures_util::future::join_all(cases).await;
}

/// What appears after the last look is named by the error, in a command that works.
#[tokio::test]
async fn what_quay_makes_too_late_can_be_imported_as_the_error_says() {
    let (quay, _) = stage().await;
    let wire = hurried(&quay).await;
    quay.fault(Fault::on("POST", "*/applications", FaultKind::Late(600.0, Some(502))));
    let lost = wire.create(APPLICATION, &application()).await;
    assert_eq!((lost.errors.len(), &lost.state), (1, &Json::Null));
    let said = &lost.errors[0];
    assert!(said.contains("Quay may still make it"), "{said}");
    assert!(said.contains("`terraform import ADDRESS acme/ci`"), "{said}");
    let looks = quay.requests().iter().filter(|it| it.method == "GET").count();
    assert_eq!(looks, 1 + 3, "the list before, and three looks");
    quay.plant_application("acme", "ci");
    let imported = wire.import(APPLICATION, "acme/ci").await.unfailing("the import");
    assert_eq!(imported.state["name"], json!("ci"));
}

/// A connection that breaks is no sign that Quay is still at it.
#[tokio::test]
async fn after_a_reset_one_look_is_enough() {
    let (quay, _) = stage().await;
    let wire = hurried(&quay).await;
    quay.fault(Fault::on("POST", "*/applications", FaultKind::Reset));
    let lost = wire.create(APPLICATION, &application()).await;
    assert!(lost.errors[0].contains("A look afterwards did not find it. Apply again."));
    assert_eq!(quay.requests().iter().filter(|it| it.method == "GET").count(), 2);
}

/// Rules 31: it waits for nothing after a stop.
#[tokio::test]
async fn a_stop_ends_the_wait_for_what_may_come_late() {
    let (quay, _) = stage().await;
    let wire = hurried(&quay).await;
    quay.fault(Fault::on("POST", "*/applications", FaultKind::Late(600.0, Some(504))));
    let stop = async {
        while quay.requests().len() < 3 {
            tokio::task::yield_now().await;
        }
        let request = stop_provider::Request {};
        wire.client.clone().stop_provider(request).await.expect("an answer");
    };
    let config = application();
    let (lost, ()) = tokio::join!(wire.create(APPLICATION, &config), stop);
    assert!(lost.errors[0].contains("Quay may still make it"), "{:?}", lost.errors);
    assert_eq!(quay.requests().len(), 3, "no look after the stop");
}

/// Where neither the answer came nor a look is possible, the error has a command that works.
#[tokio::test]
async fn what_could_not_be_found_out_can_be_imported_as_the_error_says() {
    let cases = [
        (ORGANIZATION, json!({ "name": "beta" }), "/api/v1/organization/", "beta"),
        (APPLICATION, application(), "*/applications", "acme/ci"),
        (PROXY_CACHE, proxy_cache(), "*/proxycache", "acme"),
    ];
    for (noun, config, path, id) in cases {
        let (quay, _) = stage().await;
        let wire = hurried(&quay).await;
        quay.fault(Fault::on("POST", path, FaultKind::Reset).after_acting());
        // Before the creation, the name of an organization is probed and applications are listed.
        let before = usize::from(noun != PROXY_CACHE);
        quay.fault(Fault::on("GET", "*", FaultKind::Reset).after_requests(before).always());
        let lost = wire.create(noun, &config).await;
        quay.clear_faults();
        assert_eq!((lost.errors.len(), &lost.state), (1, &Json::Null), "{noun}");
        let said = &lost.errors[0];
        assert!(said.contains("could not be found out"), "{said}");
        assert!(said.contains(&format!("`terraform import ADDRESS {id}`")), "{said}");
        let imported = wire.import(noun, id).await.unfailing(noun);
        assert!(!imported.state.is_null(), "{noun}");
    }
}

/// A change and a deletion that came through are told as such, whatever became of the answer.
#[tokio::test]
async fn lost_changes_and_deletions_are_looked_at() {
    let (quay, wire) = stage().await;
    let hurried = hurried(&quay).await;
    let created = wire.create(APPLICATION, &application()).await.unfailing("a creation");
    let wanted = json!({ "orgname": "acme", "name": "cd" });
    quay.fault(Fault::on("PUT", "*", FaultKind::Reset).after_acting());
    let changed = hurried.apply(APPLICATION, &created, &wanted).await.unfailing("the change");
    assert_eq!(changed.state["name"], json!("cd"));
    quay.fault(Fault::on("PUT", "*", FaultKind::Reset));
    let unchanged = hurried.apply(APPLICATION, &changed, &application()).await;
    assert!(unchanged.errors[0].contains("was lost"), "{:?}", unchanged.errors);
    assert_eq!(unchanged.state, changed.state);

    let cache = wire.create(PROXY_CACHE, &proxy_cache()).await.unfailing("a creation");
    quay.fault(Fault::on("DELETE", "*", FaultKind::Reset));
    let kept = hurried.destroy(PROXY_CACHE, &cache).await;
    assert!(kept.errors[0].contains("was lost"), "{:?}", kept.errors);
    assert_eq!(kept.state, cache.state);
    quay.fault(Fault::on("DELETE", "*", FaultKind::Reset).after_acting());
    let gone = hurried.destroy(PROXY_CACHE, &cache).await.unfailing("the deletion");
    assert_eq!(gone.state, Json::Null);
}

/// The same where a stop cut the answer off: what is true is in the state.
#[tokio::test]
async fn a_stop_leaves_the_true_state_of_changes_and_deletions() {
    for (noun, before, wanted) in [
        (APPLICATION, application(), json!({ "orgname": "acme", "name": "cd" })),
        (PROXY_CACHE, proxy_cache(), Json::Null),
    ] {
        let (quay, wire) = stage().await;
        let created = wire.create(noun, &before).await.unfailing(noun);
        let method = if wanted.is_null() { "DELETE" } else { "PUT" };
        quay.fault(Fault::on(method, "*", FaultKind::Silence(600.0)).after_acting());
        let stop = async {
            while quay.struck() == 0 {
                tokio::task::yield_now().await;
            }
            let request = stop_provider::Request {};
            wire.client.clone().stop_provider(request).await.expect("an answer");
        };
        let (done, ()) = tokio::join!(wire.apply(noun, &created, &wanted), stop);
        let done = done.unfailing(noun);
        assert_eq!(done.state["name"], wanted["name"], "{noun}");
        assert_eq!(done.state.is_null(), wanted.is_null(), "{noun}");
    }
}

/// Quay looks and writes apart, so two creations at the same time may both be accepted.
#[tokio::test]
async fn of_two_proxy_caches_that_quay_accepted_one_is_ours() {
    let (quay, wire) = stage().await;
    let other =
        json!({ "orgname": "acme", "upstream_registry": "127.0.0.1:5002", "insecure": true });
    quay.race_proxy_caches();
    let first = wire.create(PROXY_CACHE, &proxy_cache()).await.unfailing("the first");
    let second = hurried(&quay).await.create(PROXY_CACHE, &other).await;
    let said = second.errors.first().expect("an error");
    assert!(said.contains("127.0.0.1:5001"), "{said}");
    assert!(said.contains("`terraform import ADDRESS acme`"), "{said}");
    assert_eq!(second.state, Json::Null, "what is somebody else's is in no state");
    let read = wire.read(PROXY_CACHE, &first).await.unfailing("a refresh");
    assert_eq!(read.state, first.state);
}

/// Within one process the second creation waits for the first, and is told what it would be told
/// later.
#[tokio::test]
async fn two_proxy_caches_of_one_process_do_not_race() {
    let (quay, wire) = stage().await;
    let delay = Fault::on("POST", "*", FaultKind::Delay(0.05)).always();
    quay.fault(delay);
    let config = proxy_cache();
    let (one, two) =
        tokio::join!(wire.create(PROXY_CACHE, &config), wire.create(PROXY_CACHE, &config));
    let errors = [&one.errors[..], &two.errors[..]].concat();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].contains("has a proxy cache already"), "{errors:?}");
    let lines: Vec<String> = quay.requests().iter().map(LoggedRequest::line).collect();
    let cache = "/api/v1/organization/acme/proxycache";
    let validate = "POST /api/v1/organization/acme/validateproxycache";
    let expected =
        [validate, &format!("POST {cache}"), &format!("GET {cache}"), validate].map(str::to_owned);
    assert_eq!(lines, expected, "one after the other");
}

/// Nothing was to be done but to look, so the error speaks of the registry.
#[tokio::test]
async fn an_upstream_registry_that_hangs_is_named() {
    let (quay, _) = stage().await;
    let wire = hurried(&quay).await;
    quay.fault(Fault::on("POST", "*/validateproxycache", FaultKind::Reset).always());
    let lost = wire.create(PROXY_CACHE, &proxy_cache()).await;
    assert_eq!((lost.errors.len(), &lost.state), (1, &Json::Null));
    let said = &lost.errors[0];
    assert!(said.contains("127.0.0.1:5001 is not known, and nothing was created"), "{said}");
    assert!(said.contains("`validate_upstream = false`"), "{said}");
}
