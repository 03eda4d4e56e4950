//! What a Quay may hold or answer that is odd.

use super::{APPLICATION, Core, ORGANIZATION, PROXY_CACHE, core, refused, stage};
use crate::support::wire::{Outcome, dynamic};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json as Body, Router};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use terraform_provider_quay::terraform::proto::apply_resource_change;

/// A server that answers so, and its URL.
async fn server(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

/// Rules 20: only what was sent can have been ignored.
#[tokio::test]
async fn what_is_not_configured_may_have_changed_meanwhile() {
    let (quay, wire) = stage().await;
    let created = wire.create(ORGANIZATION, &json!({ "name": "beta" })).await.unfailing("create");
    quay.change("beta", |organization| organization.tag_expiration_s = 86_400.into());
    let changed = json!({ "name": "beta", "email": "a@b.example" });
    wire.apply(ORGANIZATION, &created, &changed).await.unfailing("a change of the address");
}

#[tokio::test]
async fn an_odd_expiration_is_drift_and_not_the_default() {
    let (quay, wire) = stage().await;
    let config =
        json!({ "orgname": "acme", "upstream_registry": "127.0.0.1:5001", "insecure": true });
    let created = wire.create(PROXY_CACHE, &config).await.unfailing("a creation");
    for (odd, shown) in [(Some(-5), json!(-5)), (None, Json::Null)] {
        quay.change("acme", |organization| {
            organization.proxy_cache.as_mut().expect("there is one").expiration_s = odd;
        });
        let read = core(&quay, "admin").await.read(PROXY_CACHE, &created).await;
        let read = read.unfailing("a refresh");
        assert_eq!(read.state["expiration_s"], shown);
        let plan = wire.plan(PROXY_CACHE, &read.state, &config, &[]).await;
        assert_eq!(plan.replaced, 1);
    }
}

/// A list that shows nothing and goes on is no empty one.
#[tokio::test]
async fn empty_pages_do_not_prove_that_an_organization_is_empty() {
    let is_deleted = Arc::new(AtomicBool::new(false));
    let noted = Arc::clone(&is_deleted);
    let view = json!({ "name": "acme", "is_admin": true, "is_member": true });
    let delete = async move || {
        noted.store(true, Ordering::Relaxed);
        StatusCode::NO_CONTENT
    };
    let page = json!({ "repositories": [], "next_page": "on" });
    let router = Router::new()
        .route("/api/v1/organization/acme", get(async || Body(view)).delete(delete))
        .route("/api/v1/repository", get(async || Body(page)));
    let wire = Core::new(&json!({ "url": server(router).await, "token": "x" })).await;
    let state = json!({ "name": "acme", "force_destroy": false });
    let state = Outcome { state, ..Outcome::nothing() };
    let kept = wire.destroy(ORGANIZATION, &state).await;
    assert!(kept.errors[0].contains("repositories that Quay does not name"), "{:?}", kept.errors);
    assert!(!is_deleted.load(Ordering::Relaxed));
}

#[tokio::test]
async fn a_mirrored_organization_is_told_where_it_is_named() {
    let message = "Cannot create proxy cache: organization is managed by organization-level \
                   mirroring";
    let no = json!({ "error_type": "invalid_request", "error_message": message });
    let router = Router::new()
        .route(
            "/api/v1/organization/acme/validateproxycache",
            post(async || (StatusCode::ACCEPTED, Body(json!("Valid")))),
        )
        .route(
            "/api/v1/organization/acme/proxycache",
            post(async || (StatusCode::BAD_REQUEST, Body(no))),
        );
    let wire = Core::new(&json!({ "url": server(router).await, "token": "x" })).await;
    let ty = Core::schema(PROXY_CACHE).ty();
    let planned = json!({
        "orgname": "acme", "upstream_registry": "docker.io", "expiration_s": 86_400,
        "insecure": false, "validate_upstream": true,
    });
    let request = apply_resource_change::Request {
        type_name: PROXY_CACHE.to_owned(),
        prior_state: dynamic(&Json::Null, &ty),
        config: dynamic(&json!({ "orgname": "acme", "upstream_registry": "docker.io" }), &ty),
        planned_state: dynamic(&planned, &ty),
        ..apply_resource_change::Request::default()
    };
    let answer = wire.client.clone().apply_resource_change(request).await.expect("an answer");
    let diagnostic = answer.into_inner().diagnostics.remove(0);
    assert!(diagnostic.detail.contains("mirroring"), "{}", diagnostic.detail);
    assert!(format!("{:?}", diagnostic.attribute).contains("orgname"), "{diagnostic:?}");
}

/// What Terraform lets through and no struct of ours can hold is refused by the plan.
#[tokio::test]
async fn null_elements_and_huge_numbers_are_refused_at_the_attribute() {
    let (_quay, wire) = stage().await;
    let list = json!({ "orgname": "acme", "allowed_members": ["admin", null] });
    let said = refused(&wire, "quay_org_member_allowlist", &list).await;
    assert!(said.contains("`allowed_members` holds null"), "{said}");
    let cache = json!({
        "orgname": "acme", "upstream_registry": "docker.io", "upstream_registry_password_wo": "x",
        "upstream_registry_password_wo_version": 10_000_000_000_000_000_000_u64,
    });
    let said = refused(&wire, PROXY_CACHE, &cache).await;
    assert!(said.contains("Invalid value for upstream_registry_password_wo_version"), "{said}");
}

/// Terraform brings every text into normal form C; Quay keeps what it was given.
#[tokio::test]
async fn an_application_is_found_by_its_name_in_whichever_normal_form() {
    let (quay, wire) = stage().await;
    let client_id = quay.plant_application("acme", "cafe\u{301}");
    let composed = "caf\u{e9}";
    let found = wire.look_up(APPLICATION, &json!({ "orgname": "acme", "name": composed })).await;
    assert_eq!(found.unfailing("a look-up").state["client_id"], json!(client_id));
    let imported = wire.import(APPLICATION, &format!("acme/{composed}")).await;
    assert_eq!(imported.unfailing("an import").state["client_id"], json!(client_id));
}
