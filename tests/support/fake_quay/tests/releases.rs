//! What older releases answer differently.

use super::{ask, ask_at, json, status};
use crate::fake_quay::{FakeQuay, Profile, Release};
use serde_json::{Value, json};

const ORGANIZATIONS: &str = "/api/v1/organization/";
const ACME: &str = "/api/v1/organization/acme";

async fn with_acme(release: Release) -> FakeQuay {
    let fake = FakeQuay::builder().release(release).recording_fixtures().start().await;
    fake.plant_organization("acme", "admin");
    fake
}

#[tokio::test]
async fn releases_before_main_free_names_at_once() {
    for release in [Release::V3_15, Release::V3_18] {
        let fake = with_acme(release).await;
        assert_eq!(status(ask(&fake, "DELETE", ACME, None)), 204);
        let again = ask(&fake, "POST", ORGANIZATIONS, Some(json!({ "name": "acme" })));
        assert_eq!(status(again), 201);
    }
}

#[tokio::test]
async fn release_3_15_shows_a_uuid_where_there_is_no_email() {
    let fake = with_acme(Release::V3_15).await;
    let view = json(ask(&fake, "GET", ACME, None));
    let email = view["email"].as_str().expect("an e-mail");
    assert_eq!(email.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
    let cleared = json(ask(&fake, "PUT", ACME, Some(json!({ "email": "" }))));
    assert_eq!(cleared["email"], "");
    let contact = json!({ "contact_email": null });
    assert_eq!(status(ask(&fake, "PUT", ACME, Some(contact))), 200);
}

#[tokio::test]
async fn release_3_15_wants_unique_emails_and_checks_no_form() {
    let fake = with_acme(Release::V3_15).await;
    let create = |name: &str, email: &str| {
        ask(&fake, "POST", ORGANIZATIONS, Some(json!({ "name": name, "email": email })))
    };
    assert_eq!(status(create("first", "nope")), 201);
    assert_eq!(json(create("second", "nope"))["detail"], "Email has already been used: nope");
    let put = |email: &str| json(ask(&fake, "PUT", ACME, Some(json!({ "email": email }))));
    assert_eq!(put("nope")["detail"], "E-mail address already used");
    assert_eq!(put("member@example.com")["detail"], "E-mail address already used");
    let mailing = fake.profile_url(Profile::Mailing);
    let nameless = ask_at(&mailing, "admin", "POST", ORGANIZATIONS, Some(json!({ "name": "x1" })));
    assert_eq!(json(nameless)["detail"], "Email address is required");
}

#[tokio::test]
async fn release_3_15_hides_fields_from_full_access_superusers() {
    let fake = with_acme(Release::V3_15).await;
    fake.plant_organization("foreign", "owner2");
    fake.plant_application("foreign", "ci");
    let url = fake.profile_url(Profile::FullAccess);
    let get = |path: &str| json(ask_at(&url, "admin", "GET", path, None));
    assert_eq!(get("/api/v1/organization/foreign")["is_admin"], false);
    let listed = get("/api/v1/organization/foreign/applications");
    let application = &listed["applications"][0];
    for name in ["client_secret", "redirect_uri", "avatar_email"] {
        assert_eq!(application[name], Value::Null, "{name}");
    }
}
