//! Rules of Quay that span several requests.

use super::{ask, ask_at, json, status};
use crate::fake_quay::{ALL_SCOPES, FakeQuay, Profile, Role};
use serde_json::json;
use std::time::Duration;

const ORGANIZATIONS: &str = "/api/v1/organization/";
const ACME: &str = "/api/v1/organization/acme";

#[tokio::test]
async fn the_name_of_a_deleted_organization_is_free_once_it_is_collected() {
    let fake = FakeQuay::start().await;
    let create = || ask(&fake, "POST", ORGANIZATIONS, Some(json!({ "name": "acme" })));
    assert_eq!(status(create()), 201);
    assert_eq!(status(ask(&fake, "DELETE", ACME, None)), 204);
    assert_eq!(json(create())["detail"], "Username is not available");
    assert_eq!(json(create())["detail"], "Username is not available");
    fake.collect();
    assert_eq!(status(create()), 201);
}

#[tokio::test]
async fn the_name_of_a_deleted_organization_is_free_after_as_many_attempts_as_a_test_wants() {
    let fake = FakeQuay::builder().collect_after_attempts(2).start().await;
    let create = || ask(&fake, "POST", ORGANIZATIONS, Some(json!({ "name": "acme" })));
    assert_eq!(status(create()), 201);
    assert_eq!(status(ask(&fake, "DELETE", ACME, None)), 204);
    let answers = [create(), create(), create()].map(status);
    assert_eq!(answers, [400, 400, 201]);
}

#[tokio::test]
async fn the_name_of_a_deleted_organization_is_free_by_itself_when_its_time_is_over() {
    let fake = FakeQuay::builder().collect_after(Duration::ZERO).start().await;
    fake.plant_organization("acme", "admin");
    assert_eq!(status(ask(&fake, "DELETE", ACME, None)), 204);
    let again = ask(&fake, "POST", ORGANIZATIONS, Some(json!({ "name": "acme" })));
    assert_eq!(status(again), 201);
}

#[tokio::test]
async fn what_is_deleted_behind_the_back_is_gone_and_its_name_free() {
    let fake = FakeQuay::start().await;
    fake.plant_organization("acme", "admin");
    let client_id = fake.plant_application("acme", "ci");
    fake.delete_application("acme", &client_id);
    assert!(fake.applications("acme").is_empty());
    fake.delete_organization("acme");
    assert_eq!(status(ask(&fake, "GET", ACME, None)), 404);
    let again = ask(&fake, "POST", ORGANIZATIONS, Some(json!({ "name": "acme" })));
    assert_eq!(status(again), 201);
}

#[tokio::test]
async fn removing_a_member_takes_teams_and_direct_permissions() {
    let fake = FakeQuay::start().await;
    fake.plant_organization("acme", "admin");
    fake.plant_user("bob");
    fake.plant_repository("acme", "app");
    {
        let mut world = fake.world();
        world.plant_team("acme", "readers", Role::Member, &["bob"]);
        world.plant_permission("acme", "app", "bob", "write");
    }
    assert_eq!(fake.members("acme"), ["admin", "bob"]);
    assert_eq!(status(ask(&fake, "DELETE", &format!("{ACME}/members/bob"), None)), 204);
    assert_eq!(fake.members("acme"), ["admin"]);
    let acme = fake.organization("acme").expect("acme is there");
    assert!(acme.repositories[0].permissions.is_empty());
    assert_eq!(status(ask(&fake, "GET", &format!("{ACME}/members/bob"), None)), 404);
}

#[tokio::test]
async fn clearing_an_email_makes_a_new_avatar_once() {
    let fake = FakeQuay::start().await;
    fake.plant_organization("acme", "admin");
    let put = |email: &str| json(ask(&fake, "PUT", ACME, Some(json!({ "email": email }))));
    let avatar = |view: serde_json::Value| view["avatar"]["hash"].to_string();
    let first = avatar(json(ask(&fake, "GET", ACME, None)));
    assert_ne!(avatar(put("a@b.example")), first);
    let cleared = avatar(put(""));
    assert_ne!(cleared, first);
    assert_eq!(avatar(put("")), cleared);
}

#[tokio::test]
async fn deleting_the_application_of_the_own_token_is_a_500_although_it_is_gone() {
    let fake = FakeQuay::start().await;
    fake.plant_organization("acme", "admin");
    let client_id = fake.plant_application("acme", "terraform");
    fake.plant_token("own", "admin", ALL_SCOPES);
    if let Some(token) = fake.world().tokens.get_mut("own") {
        token.client_id = Some(client_id.clone());
    }
    let path = format!("{ACME}/applications/{client_id}");
    assert_eq!(status(ask_at(fake.url(), "own", "DELETE", &path, None)), 500);
    assert!(fake.applications("acme").is_empty());
    assert_eq!(status(ask_at(fake.url(), "own", "GET", &path, None)), 401);
}

#[tokio::test]
async fn the_credentials_of_a_proxy_cache_are_kept_but_never_shown() {
    let fake = FakeQuay::start().await;
    fake.plant_organization("acme", "admin");
    let path = format!("{ACME}/proxycache");
    let wanted = json!({
        "upstream_registry": "quay.io",
        "upstream_registry_username": "puller",
        "upstream_registry_password": "secret",
    });
    assert_eq!(status(ask(&fake, "POST", &path, Some(wanted))), 201);
    let shown = ask(&fake, "GET", &path, None).expect("an answer").text();
    assert!(!shown.contains("puller") && !shown.contains("secret"), "{shown}");
    let kept = fake.proxy_cache("acme").expect("a proxy cache");
    assert_eq!(kept.password.as_deref(), Some("secret"));
}

#[tokio::test]
async fn profiles_share_the_data() {
    let fake = FakeQuay::start().await;
    fake.plant_organization("acme", "admin");
    let at = |profile, method, path: &str| {
        ask_at(&fake.profile_url(profile), "admin", method, path, None)
    };
    let cache = format!("{ACME}/proxycache");
    assert_eq!(status(at(Profile::Base, "GET", &cache)), 200);
    assert_eq!(status(at(Profile::Off, "GET", &cache)), 308);
    assert_eq!(status(at(Profile::Dead, "GET", ACME)), 502);
    let refused = at(Profile::ReadOnly, "DELETE", ACME).expect("an answer");
    assert_eq!(refused.status, 503);
    assert!(refused.text().contains("\"is_readonly\":true"));
    assert_eq!(status(at(Profile::ReadOnly, "GET", ACME)), 200);
}

#[tokio::test]
async fn wrong_bearer_credentials_fail_and_a_missing_service_does_too() {
    let fake = FakeQuay::start().await;
    fake.plant_organization("acme", "admin");
    let path = format!("{ACME}/validateproxycache");
    let ask_upstream = |registry: &str, password: Option<&str>| {
        let body = json!({
            "upstream_registry": registry,
            "insecure": true,
            "upstream_registry_username": password.map(|_| "puller"),
            "upstream_registry_password": password,
        });
        status(ask(&fake, "POST", &path, Some(body)))
    };
    assert_eq!(ask_upstream("127.0.0.1:5002", Some("wrong")), 400);
    assert_eq!(ask_upstream("127.0.0.1:5003", None), 400);
    assert_eq!(ask_upstream("127.0.0.1:5005", None), 400);
    assert_eq!(ask_upstream("mirror.example.com:5001", None), 202);
}
