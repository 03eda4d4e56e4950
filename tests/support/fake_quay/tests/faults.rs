//! Every fault does what its name says, and to the requests that it names.

use super::{ask, json, status};
use crate::fake_quay::{FakeQuay, Fault, FaultKind};
use serde_json::{Value, json};

const ORGANIZATIONS: &str = "/api/v1/organization/";
const ACME: &str = "/api/v1/organization/acme";

fn create(fake: &FakeQuay) -> std::io::Result<crate::recordings::Response> {
    ask(fake, "POST", ORGANIZATIONS, Some(json!({ "name": "acme" })))
}

#[tokio::test]
async fn a_reset_before_acting_leaves_nothing_and_one_after_leaves_the_organization() {
    let fake = FakeQuay::start().await;
    let reset = || Fault::on("POST", ORGANIZATIONS, FaultKind::Reset);
    fake.fault(reset());
    assert!(create(&fake).is_err());
    assert!(fake.organizations().is_empty());
    fake.fault(reset().after_acting());
    assert!(create(&fake).is_err());
    assert_eq!(fake.organizations(), ["acme"]);
    let statuses: Vec<Option<u16>> = fake.requests().iter().map(|one| one.status).collect();
    assert_eq!(statuses, [None, None]);
}

#[tokio::test]
async fn faults_strike_only_what_they_name_and_only_as_often() {
    let fake = FakeQuay::start().await;
    fake.plant_organization("acme", "admin");
    let fault = Fault::on("GET", "/api/v1/organization/*", FaultKind::Status(503));
    fake.fault(fault.after_requests(1).times(2));
    let user = ask(&fake, "GET", "/api/v1/user/", None);
    assert_eq!(status(user), 200);
    let answers: Vec<u16> = (0..4).map(|_| status(ask(&fake, "GET", ACME, None))).collect();
    assert_eq!(answers, [200, 503, 503, 200]);
    fake.fault(Fault::on("*", "*", FaultKind::TooManyRequests(Some(7))).always());
    let limited = ask(&fake, "GET", ACME, None).expect("an answer");
    assert_eq!((limited.status, limited.header("retry-after")), (429, Some("7")));
    fake.clear_faults();
    assert_eq!(status(ask(&fake, "GET", ACME, None)), 200);
}

#[tokio::test]
async fn answers_can_be_cut_retyped_or_huge() {
    let fake = FakeQuay::start().await;
    fake.plant_organization("acme", "admin");
    let with = |kind| {
        fake.fault(Fault::on("GET", ACME, kind));
        ask(&fake, "GET", ACME, None)
    };
    let cut = with(FaultKind::Truncated).expect("an answer");
    assert!(cut.status == 200 && serde_json::from_slice::<Value>(&cut.body).is_err());
    let retyped = json(with(FaultKind::WrongTypes));
    assert_eq!((&retyped["name"], &retyped["is_admin"]), (&json!(7), &json!("yes")));
    assert!(with(FaultKind::Huge).expect("an answer").body.len() > 10_000_000);
}

#[tokio::test]
async fn silence_ends_without_an_answer_and_a_delay_with_one() {
    let fake = FakeQuay::builder().time_scale(0.001).start().await;
    fake.plant_organization("acme", "admin");
    fake.fault(Fault::on("GET", ACME, FaultKind::Silence(30.0)));
    assert!(ask(&fake, "GET", ACME, None).is_err());
    fake.fault(Fault::on("GET", ACME, FaultKind::Delay(30.0)));
    assert_eq!(status(ask(&fake, "GET", ACME, None)), 200);
}

#[tokio::test]
async fn while_refusing_no_connection_gets_an_answer() {
    let fake = FakeQuay::start().await;
    fake.refuse_connections(true);
    assert!(ask(&fake, "GET", ACME, None).is_err());
    fake.refuse_connections(false);
    assert_eq!(status(ask(&fake, "GET", ACME, None)), 404);
}

/// The port stays the fake's own meanwhile, and what was connected before is not cut off.
#[tokio::test]
async fn a_closed_door_refuses_connections_until_it_is_opened_again() {
    let fake = FakeQuay::builder().with_door().start().await;
    fake.refuse_after(2).await;
    assert_eq!(status(ask(&fake, "GET", ACME, None)), 404);
    assert!(!fake.has_refused());
    assert_eq!(status(ask(&fake, "GET", ACME, None)), 404);
    assert!(fake.has_refused());
    for _ in 0..2 {
        let refused = ask(&fake, "GET", ACME, None).expect_err("nobody listens");
        assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    }
    assert_eq!(fake.requests().len(), 2);
    fake.accept_again().await;
    assert_eq!(status(ask(&fake, "GET", ACME, None)), 404);
    fake.refuse_after(0).await;
    assert!(ask(&fake, "GET", ACME, None).is_err());
}

#[tokio::test]
async fn what_is_done_late_is_done_whoever_has_left() {
    let fake = FakeQuay::builder().time_scale(0.001).start().await;
    fake.fault(Fault::on("POST", ORGANIZATIONS, FaultKind::Late(30.0, Some(504))));
    assert_eq!(status(create(&fake)), 504);
    fake.no_late_act().await;
    assert_eq!(fake.organizations(), ["acme"]);
}

/// As recorded of eight creations at once: several are accepted, one is shown, one deletion does.
#[tokio::test]
async fn proxy_caches_may_race() {
    let fake = FakeQuay::start().await;
    fake.plant_organization("acme", "admin");
    fake.race_proxy_caches();
    let path = format!("{ACME}/proxycache");
    for port in [5001, 5002] {
        let cache = json!({ "upstream_registry": format!("127.0.0.1:{port}"), "insecure": true });
        assert_eq!(status(ask(&fake, "POST", &path, Some(cache))), 201);
    }
    let shown = json(ask(&fake, "GET", &path, None));
    assert_eq!(shown["upstream_registry"], "127.0.0.1:5001");
    assert_eq!(status(ask(&fake, "DELETE", &path, None)), 201);
    assert_eq!(status(ask(&fake, "DELETE", &path, None)), 404);
}
