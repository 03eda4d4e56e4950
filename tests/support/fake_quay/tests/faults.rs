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
