//! Rules 12: what deletes, removes, adopts or resolves a lost answer asks Quay itself, however much
//! this process knows already. `tests/shared_reads.rs` shows it of the looks after lost answers.

use super::{ALLOWLIST, APPLICATION, ORGANIZATION, PROXY_CACHE, Stage, json};
use crate::support::fake_quay::Role;
use crate::support::wire::Outcome;

const OF_ACME: [&str; 4] = [
    "GET organization/acme",
    "GET organization/acme/applications",
    "GET organization/acme/members",
    "GET organization/acme/proxycache",
];

impl Stage {
    /// Everything of the organization is known, and shared for a minute.
    async fn warm(&self) {
        self.quay.clear_requests();
        for (noun, name) in [
            ("quay_organization", "name"),
            ("quay_org_applications", "orgname"),
            ("quay_org_members", "orgname"),
            ("quay_proxy_cache", "orgname"),
        ] {
            // Without a proxy cache that is an error, and its answer is shared like any other.
            self.wire.look_up(noun, &json!({ name: "acme" })).await;
        }
        let requests = self.quay.requests().into_iter().filter(|request| request.token);
        let lines = requests.map(|request| request.line().replacen("/api/v1/", "", 1));
        assert_eq!(lines.collect::<Vec<_>>(), OF_ACME);
        self.quay.clear_requests();
    }

    async fn imported(&mut self, noun: &str, id: &str) -> Outcome {
        let found = self.wire.import(noun, id).await.unfailing(id);
        self.in_another_process().await;
        self.warm().await;
        found
    }
}

#[tokio::test]
async fn an_organization_is_looked_at_afresh_before_it_is_deleted() {
    let mut stage = Stage::new().await;
    let acme = stage.imported(ORGANIZATION, "acme").await;
    stage.destroy(ORGANIZATION, &acme).await;
    stage.took(&[
        "GET organization/acme",
        "GET repository?namespace=acme",
        "DELETE organization/acme",
    ]);
}

#[tokio::test]
async fn members_are_listed_afresh_before_an_allowlist_is_created() {
    let stage = Stage::new().await;
    stage.warm().await;
    stage.create(ALLOWLIST, &json!({ "orgname": "acme", "allowed_members": ["admin"] })).await;
    stage.took(&["GET organization/acme/members"]);
}

#[tokio::test]
async fn members_and_owners_are_read_afresh_before_anybody_is_removed() {
    let mut stage = Stage::new().await;
    {
        let mut world = stage.quay.world();
        world.plant_user("ann");
        world.plant_team("acme", "dev", Role::Member, &["ann"]);
    }
    let config = json!({ "orgname": "acme", "allowed_members": ["admin", "ann"] });
    let created = stage.create(ALLOWLIST, &config).await;
    stage.in_another_process().await;
    stage.warm().await;
    stage.list(ORGANIZATION, &json!({}), false).await;
    stage.took(&["GET user/"]);
    let fewer = json!({ "orgname": "acme", "allowed_members": ["admin"] });
    stage.apply(ALLOWLIST, &created, &fewer).await;
    stage.took(&[
        "GET organization/acme/members",
        "GET user/",
        "GET organization/acme",
        "DELETE organization/acme/members/ann",
    ]);
}

#[tokio::test]
async fn a_proxy_cache_is_looked_for_afresh_before_one_is_created_untried() {
    let stage = Stage::new().await;
    stage.warm().await;
    let config = json!({
        "orgname": "acme", "upstream_registry": "127.0.0.1:5001", "insecure": true,
        "validate_upstream": false,
    });
    stage.create(PROXY_CACHE, &config).await;
    stage.took(&[
        "GET organization/acme/proxycache",
        "POST organization/acme/proxycache",
        // Whether another one was accepted at the same moment.
        "GET organization/acme/proxycache",
    ]);
}

/// The list from which a lost creation is told must not be older than the first creation.
#[tokio::test]
async fn applications_are_listed_afresh_before_the_first_is_created() {
    let stage = Stage::new().await;
    stage.warm().await;
    stage.create(APPLICATION, &json!({ "orgname": "acme", "name": "ci" })).await;
    stage.took(&["GET organization/acme/applications", "POST organization/acme/applications"]);
}

#[tokio::test]
async fn a_member_is_looked_for_afresh_before_an_action_removes_it() {
    let stage = Stage::new().await;
    {
        let mut world = stage.quay.world();
        world.plant_user("ann");
        world.plant_team("acme", "dev", Role::Member, &["ann"]);
    }
    stage.warm().await;
    stage.invoke("quay_remove_org_member", &json!({ "orgname": "acme", "name": "ann" })).await;
    stage.took(&["GET organization/acme/members/ann", "DELETE organization/acme/members/ann"]);
}
