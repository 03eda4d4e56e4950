//! The token goes to the configured host, and nowhere else.

use super::authority::Authority;
use super::listener::{Listener, json as answer};
use super::{read_fails, settings};
use crate::support::wire::Wire;
use serde_json::json;
use terraform_provider_quay::provider::QuayProvider;

const STATUSES: [&str; 5] =
    ["301 MOVED", "302 FOUND", "303 SEE OTHER", "307 TEMPORARY REDIRECT", "308 PERMANENT REDIRECT"];

fn redirect(status: &str, to: &Listener) -> String {
    answer(status, &format!("Location: {}/api/v1/organization/acme\r\n", to.url), "{}")
}

#[tokio::test]
async fn no_redirect_is_followed() {
    let elsewhere = Listener::start(&answer("200 OK", "", "{}")).await;
    for status in STATUSES {
        let quay = Listener::start(&redirect(status, &elsewhere)).await;
        let settings = settings(&quay.url, &json!({}));
        let error = read_fails(&settings).await;
        assert!(error.contains(&status[..3]) && error.contains("`url`"), "{error}");
        assert!(quay.requests().iter().any(|it| it.contains("authorization: Bearer admin")));
        let wire = Wire::<QuayProvider>::new(&settings).await;
        let created = wire.create("quay_organization", &json!({ "name": "acme" })).await;
        assert_eq!(created.errors.len(), 1, "{status}: {:?}", created.errors);
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn nothing_goes_over_plain_http_after_https() {
    let authority = Authority::new();
    let plain = Listener::start(&answer("200 OK", "", "{}")).await;
    for status in STATUSES {
        let identity = authority.server("127.0.0.1");
        let quay = Listener::start_tls(&redirect(status, &plain), &identity).await;
        let trusted = settings(&quay.url, &json!({ "ca_cert_pem": authority.pem() }));
        read_fails(&trusted).await;
        assert!(!quay.requests().is_empty());
    }
    assert_eq!(plain.connections(), 0);
}

#[tokio::test]
async fn the_identity_providers_redirect_does_not_take_the_password_along() {
    let elsewhere = Listener::start(&answer("200 OK", "", r#"{"access_token":"admin"}"#)).await;
    let quay = Listener::start(&answer("200 OK", "", "{}")).await;
    for status in STATUSES {
        let identity_provider = Listener::start(&redirect(status, &elsewhere)).await;
        let error = read_fails(&json!({
            "url": quay.url, "max_retries": 0, "oauth2_username": "ci",
            "oauth2_password": "secret", "oauth2_client_id": "terraform",
            "oauth2_token_url": format!("{}/token", identity_provider.url),
        }))
        .await;
        assert!(error.contains(&status[..3]) && !error.contains("secret"), "{error}");
        let requests = identity_provider.requests();
        assert!(requests.iter().all(|it| it.contains("password=secret")), "{requests:?}");
    }
    assert_eq!((elsewhere.connections(), quay.connections()), (0, 0));
}
