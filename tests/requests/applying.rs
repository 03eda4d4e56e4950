//! What is shared in a process that applies: less than in one that plans.

use super::{APPLICATION, ORGANIZATION, Stage, json};
use crate::support::core::within;
use crate::support::fake_quay::{Fault, FaultKind, Role};

/// A data source that waits for another provider's change reads what that made.
#[tokio::test]
async fn what_others_change_during_an_apply_is_seen_by_the_next_read() {
    let stage = Stage::new().await;
    stage.create(ORGANIZATION, &json!({ "name": "beta" })).await;
    let members = json!({ "orgname": "acme" });
    let before = stage.wire.look_up("quay_org_members", &members).await.unfailing("members");
    {
        let mut world = stage.quay.world();
        world.plant_user("ann");
        world.plant_team("acme", "dev", Role::Member, &["ann"]);
    }
    let after = stage.wire.look_up("quay_org_members", &members).await.unfailing("members");
    let count = |found: &serde_json::Value| found["members"].as_array().map(Vec::len);
    assert_eq!((count(&before.state), count(&after.state)), (Some(1), Some(2)));
}

#[tokio::test]
async fn what_an_apply_reads_at_the_same_time_takes_one_request() {
    let stage = Stage::new().await;
    stage.create(ORGANIZATION, &json!({ "name": "beta" })).await;
    stage.quay.clear_requests();
    let members = ("quay_org_members", json!({ "orgname": "acme" }));
    stage.quay.fault(Fault::on("GET", "*", FaultKind::Delay(0.3)));
    stage.look_up(&vec![members.clone(); 10]).await;
    stage.took(&["GET organization/acme/members"]);
    stage.look_up(&[members]).await;
    stage.took(&["GET organization/acme/members"]);
}

#[tokio::test]
async fn trying_an_upstream_registry_leaves_every_answer_shared() {
    let stage = Stage::new().await;
    let members = ("quay_org_members", json!({ "orgname": "acme" }));
    stage.look_up(std::slice::from_ref(&members)).await;
    let upstream =
        json!({ "orgname": "acme", "upstream_registry": "127.0.0.1:5001", "insecure": true });
    stage.invoke("quay_validate_proxy_cache", &upstream).await;
    stage.look_up(&[members]).await;
    stage.took(&["GET organization/acme/members", "POST organization/acme/validateproxycache"]);
}

/// While Quay limits the rate every request waits, and what is shared needs none.
#[tokio::test]
async fn a_write_that_never_reached_quay_leaves_every_answer_shared() {
    let stage = Stage::new().await;
    let members = ("quay_org_members", json!({ "orgname": "acme" }));
    stage.look_up(std::slice::from_ref(&members)).await;
    stage.quay.fault(Fault::on("POST", "*", FaultKind::TooManyRequests(Some(600))));
    let config = json!({ "orgname": "acme", "name": "ci" });
    let limited = async {
        while !stage.quay.requests().iter().any(|request| request.status == Some(429)) {
            tokio::task::yield_now().await;
        }
        stage.look_up(&[members]).await;
    };
    tokio::select! {
        _ = stage.create(APPLICATION, &config) => panic!("its turn comes in ten minutes"),
        () = within("a shared answer", limited) => {}
    }
    stage.took(&[
        "GET organization/acme/members",
        "GET organization/acme/applications",
        "POST organization/acme/applications",
    ]);
}
