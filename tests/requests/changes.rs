//! Creating, changing and deleting.

use super::{ALLOWLIST, APPLICATION, ORGANIZATION, PROXY_CACHE, Stage, client_id, json, process};
use crate::support::fake_quay::{FakeQuay, Role};

/// The probe of the name carries no token, and Quay answers a creation with nothing of what it
/// made.
#[tokio::test]
async fn an_organization_takes_a_free_probe_and_two_requests_to_create() {
    let stage = Stage::new().await;
    stage.create(ORGANIZATION, &json!({ "name": "beta" })).await;
    stage.took(&["public GET organization/beta", "POST organization/", "GET organization/beta"]);
    stage.create(ORGANIZATION, &json!({ "name": "gamma", "invoice_email": true })).await;
    stage.took(&["public GET organization/gamma", "POST organization/", "PUT organization/gamma"]);
}

#[tokio::test]
async fn an_organization_takes_one_request_to_change() {
    let mut stage = Stage::new().await;
    let created = stage.create(ORGANIZATION, &json!({ "name": "beta" })).await;
    stage.in_another_process().await;
    let config = json!({ "name": "beta", "invoice_email": true, "tag_expiration_s": 86_400 });
    let changed = stage.apply(ORGANIZATION, &created, &config).await;
    stage.took(&["PUT organization/beta"]);
    let mut config = config;
    config["force_destroy"] = true.into();
    stage.apply(ORGANIZATION, &changed, &config).await;
    stage.took(&[]);
}

/// Whether it is empty is asked only where that matters.
#[tokio::test]
async fn an_organization_is_looked_at_before_it_is_deleted_unless_it_may_hold_images() {
    let mut stage = Stage::new().await;
    let careful = stage.create(ORGANIZATION, &json!({ "name": "beta" })).await;
    let forced = json!({ "name": "gamma", "force_destroy": true });
    let forced = stage.create(ORGANIZATION, &forced).await;
    stage.in_another_process().await;
    stage.destroy(ORGANIZATION, &careful).await;
    stage.took(&[
        "GET organization/beta",
        "GET repository?namespace=beta",
        "DELETE organization/beta",
    ]);
    stage.destroy(ORGANIZATION, &forced).await;
    stage.took(&["DELETE organization/gamma"]);
}

/// The list of what is there is made once for each organization, for the case that an answer gets
/// lost.
#[tokio::test]
async fn an_application_takes_one_request_to_create_change_and_delete() {
    let mut stage = Stage::new().await;
    let config = json!({ "orgname": "acme", "name": "ci" });
    let created = stage.create(APPLICATION, &config).await;
    stage.took(&["GET organization/acme/applications", "POST organization/acme/applications"]);
    for name in ["second", "third"] {
        stage.create(APPLICATION, &json!({ "orgname": "acme", "name": name })).await;
        stage.took(&["POST organization/acme/applications"]);
    }
    stage.in_another_process().await;
    let path = format!("organization/acme/applications/{}", client_id(&created));
    let config = json!({ "orgname": "acme", "name": "ci", "description": "Builds" });
    let changed = stage.apply(APPLICATION, &created, &config).await;
    stage.took(&[&format!("PUT {path}")]);
    let mut config = config;
    config["store_client_secret"] = true.into();
    let with_secret = stage.apply(APPLICATION, &changed, &config).await;
    stage.took(&[&format!("GET {path}")]);
    config["store_client_secret"] = false.into();
    let without = stage.apply(APPLICATION, &with_secret, &config).await;
    stage.took(&[]);
    stage.destroy(APPLICATION, &without).await;
    stage.took(&[&format!("DELETE {path}")]);
}

/// Trying the upstream registry also shows that there is no proxy cache yet. Only the look afterwards
/// tells ours from another one that Quay accepted at the same moment.
#[tokio::test]
async fn a_proxy_cache_takes_three_requests_to_create_and_one_to_delete() {
    let mut stage = Stage::new().await;
    let mut config =
        json!({ "orgname": "acme", "upstream_registry": "127.0.0.1:5001", "insecure": true });
    let created = stage.create(PROXY_CACHE, &config).await;
    stage.took(&[
        "POST organization/acme/validateproxycache",
        "POST organization/acme/proxycache",
        "GET organization/acme/proxycache",
    ]);
    stage.in_another_process().await;
    config["validate_upstream"] = false.into();
    let changed = stage.apply(PROXY_CACHE, &created, &config).await;
    stage.took(&[]);
    stage.destroy(PROXY_CACHE, &changed).await;
    stage.took(&["DELETE organization/acme/proxycache"]);
    stage.create(PROXY_CACHE, &config).await;
    stage.took(&[
        "GET organization/acme/proxycache",
        "POST organization/acme/proxycache",
        "GET organization/acme/proxycache",
    ]);
}

/// Terraform deletes the old one and creates the new one in one process.
#[tokio::test]
async fn a_proxy_cache_is_replaced_with_what_a_deletion_and_a_creation_take() {
    let mut stage = Stage::new().await;
    stage.quay.world().plant_proxy_cache("acme", "docker.io");
    let old = stage.wire.import(PROXY_CACHE, "acme").await.unfailing(PROXY_CACHE);
    let config =
        json!({ "orgname": "acme", "upstream_registry": "127.0.0.1:5001", "insecure": true });
    stage.in_another_process().await;
    let plan = stage.wire.plan(PROXY_CACHE, &old.state, &config, &old.private).await;
    assert!(plan.replaced > 0);
    stage.took(&[]);
    stage.destroy(PROXY_CACHE, &old).await;
    stage.create(PROXY_CACHE, &config).await;
    stage.took(&[
        "DELETE organization/acme/proxycache",
        "POST organization/acme/validateproxycache",
        "POST organization/acme/proxycache",
        "GET organization/acme/proxycache",
    ]);
}

/// Each try takes a free probe and one request.
#[tokio::test]
async fn a_name_that_a_deleted_organization_holds_takes_one_request_for_each_try() {
    let quay = FakeQuay::builder().collect_after_attempts(1).start().await;
    quay.plant_organization("beta", "admin");
    let stage = Stage { wire: process(&quay).await, quay };
    stage.quay.world().delete_organization("beta");
    stage.quay.clear_requests();
    stage.create(ORGANIZATION, &json!({ "name": "beta" })).await;
    stage.took(&[
        "public GET organization/beta",
        "POST organization/",
        "public GET organization/beta",
        "POST organization/",
        "GET organization/beta",
    ]);
}

/// A removal asks who the caller and the owners are; the members are listed once.
#[tokio::test]
async fn an_allowlist_asks_once_and_removes_one_by_one() {
    let mut stage = Stage::new().await;
    {
        let mut world = stage.quay.world();
        world.plant_user("ann");
        world.plant_user("bob");
        world.plant_team("acme", "dev", Role::Member, &["ann", "bob"]);
    }
    let config = json!({ "orgname": "acme", "allowed_members": ["admin", "ann", "bob"] });
    let created = stage.create(ALLOWLIST, &config).await;
    stage.took(&["GET organization/acme/members"]);
    stage.in_another_process().await;
    let more = json!({ "orgname": "acme", "allowed_members": ["admin", "ann", "bob", "eve"] });
    let changed = stage.apply(ALLOWLIST, &created, &more).await;
    stage.took(&[]);
    let fewer = json!({ "orgname": "acme", "allowed_members": ["admin"] });
    let changed = stage.apply(ALLOWLIST, &changed, &fewer).await;
    stage.took(&[
        "GET organization/acme/members",
        "GET user/",
        "GET organization/acme",
        "DELETE organization/acme/members/ann",
        "DELETE organization/acme/members/bob",
    ]);
    stage.destroy(ALLOWLIST, &changed).await;
    stage.took(&[]);
}

/// What others have deleted already costs no more than finding that out.
#[tokio::test]
async fn deleting_what_is_gone_takes_at_most_a_free_look_more() {
    let mut stage = Stage::new().await;
    let organization = stage.create(ORGANIZATION, &json!({ "name": "beta" })).await;
    let application = json!({ "orgname": "beta", "name": "ci" });
    let application = stage.create(APPLICATION, &application).await;
    stage.quay.delete_organization("beta");
    stage.in_another_process().await;
    stage.destroy(ORGANIZATION, &organization).await;
    stage.took(&["GET organization/beta"]);
    stage.destroy(APPLICATION, &application).await;
    let path = format!("DELETE organization/beta/applications/{}", client_id(&application));
    stage.took(&[&path, "public GET organization/beta"]);
}
