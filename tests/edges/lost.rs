//! Answers that are lost, late or refused: what is said, and what is taken for ours.

use super::{APPLICATION, Core, ORGANIZATION, core, stage};
use crate::support::fake_quay::{FakeQuay, Fault, FaultKind, Profile};
use serde_json::{Value as Json, json};

/// Rules 9: the look before a creation must not be older than the request.
#[tokio::test]
async fn what_others_made_while_a_name_was_waited_for_is_not_ours() {
    let quay = FakeQuay::start().await;
    quay.plant_organization("acme", "admin");
    quay.world().delete_organization("acme");
    let wire = core(&quay, "admin").await;
    quay.fault(Fault::on("POST", "/api/v1/organization/", FaultKind::Reset).after_requests(1));
    let others = async {
        while !quay.requests().iter().any(|request| request.method == "POST") {
            tokio::task::yield_now().await;
        }
        quay.collect();
        quay.plant_organization("acme", "admin");
    };
    let config = json!({ "name": "acme" });
    let (refused, ()) = tokio::join!(wire.create(ORGANIZATION, &config), others);
    assert!(refused.errors[0].contains("terraform import ADDRESS acme"), "{:?}", refused.errors);
    assert_eq!(refused.state, Json::Null);
}

/// Rules 29: waiting for one's turn is no failure.
#[tokio::test]
async fn rate_limits_use_up_no_repetition() {
    let (quay, _) = stage().await;
    let wire = Core::new(&json!({ "url": quay.url(), "token": "admin", "max_retries": 1 })).await;
    quay.fault(Fault::on("GET", "*", FaultKind::TooManyRequests(Some(0))).times(2));
    quay.fault(Fault::on("GET", "*", FaultKind::Reset));
    wire.import(ORGANIZATION, "acme").await.unfailing("one repetition is left");
}

/// Rules 8: only a crash of Quay's is a sign that the token went with the application.
#[tokio::test]
async fn a_lost_deletion_is_no_word_about_the_token() {
    let (quay, wire) = stage().await;
    let config = json!({ "orgname": "acme", "name": "ci" });
    let created = wire.create(APPLICATION, &config).await.unfailing("a creation");
    quay.fault(Fault::on("DELETE", "*", FaultKind::Status(502)).after_acting());
    let deleted = wire.destroy(APPLICATION, &created).await.unfailing("a deletion");
    assert_eq!(deleted.warnings, [""; 0]);
}

#[tokio::test]
async fn a_dead_token_is_not_called_a_failure_of_quays() {
    let (quay, wire) = stage().await;
    let config = json!({ "orgname": "acme", "name": "ci" });
    let created = wire.create(APPLICATION, &config).await.unfailing("a creation");
    quay.delete_application("acme", created.state["client_id"].as_str().expect("an id"));
    let dead = core(&quay, "dead").await;
    let deleted = dead.destroy(APPLICATION, &created).await.unfailing("it is gone");
    assert!(deleted.warnings[0].contains("does not accept the token"), "{:?}", deleted.warnings);
}

#[tokio::test]
async fn where_nobody_can_look_an_own_token_is_said_to_be_gone_with_its_application() {
    let (quay, _) = stage().await;
    let mut switches = Profile::Base.switches();
    switches.anonymous_access = false;
    let url = quay.switched_url(switches);
    let client_id = quay.plant_application("acme", "terraform");
    quay.plant_token("own", "admin", "org:admin");
    quay.world().tokens.get_mut("own").expect("a token").client_id = Some(client_id.clone());
    let wire = Core::new(&json!({ "url": url, "token": "own" })).await;
    let state = wire.import(APPLICATION, &format!("acme/{client_id}")).await.unfailing("import");
    let unsure = wire.destroy(APPLICATION, &state).await;
    assert!(unsure.errors[0].contains("Use another token"), "{:?}", unsure.errors);
    assert_eq!(unsure.state, state.state, "what nobody could look at stays");
}

/// An error says what to do next, and that depends on what was done.
#[tokio::test]
async fn advice_fits_what_was_asked_for() {
    let (quay, _) = stage().await;
    let hurried = json!({
        "url": quay.url(), "token": "admin", "max_retries": 0, "request_timeout": "100ms",
    });
    let wire = Core::new(&hurried).await;
    quay.fault(Fault::on("GET", "*", FaultKind::Silence(600.0)));
    let read = wire.import(ORGANIZATION, "acme").await;
    assert!(read.errors[0].contains("raise `request_timeout`"), "{:?}", read.errors);
    quay.fault(Fault::on("POST", "/api/v1/organization/", FaultKind::Reset));
    let created = wire.create(ORGANIZATION, &json!({ "name": "beta" })).await;
    assert!(created.errors[0].contains("did not find it. Apply again"), "{:?}", created.errors);
}
