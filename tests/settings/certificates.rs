//! Whom the provider trusts, and whom it is trusted by.

use super::authority::{Authority, Identity};
use super::listener::{Listener, json as answer};
use super::{read, read_fails, settings, tells, told};
use crate::support::fake_quay::FakeQuay;
use serde_json::{Value as Json, json};

const HERE: &str = "127.0.0.1";

/// A fake Quay with a certificate, and the organization that is asked for.
async fn quay(identity: &Identity) -> FakeQuay {
    let quay = FakeQuay::builder().tls(&identity.certificate, &identity.key).start().await;
    quay.plant_organization("acme", "admin");
    quay
}

#[tokio::test]
async fn a_foreign_authority_is_trusted_only_when_it_is_named() {
    let authority = Authority::new();
    let quay = quay(&authority.server(HERE)).await;
    let error = read_fails(&settings(quay.url(), &json!({}))).await;
    assert!(error.contains("UnknownIssuer"), "{error}");
    assert!(error.contains("`ca_cert_pem` or `ca_cert_file`"), "{error}");
    assert_eq!(quay.requests(), [], "whoever is not trusted gets no request");

    let by_text = json!({ "ca_cert_pem": authority.pem() });
    assert_eq!(read(&settings(quay.url(), &by_text)).await, [""; 0]);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, authority.pem()).expect("it can be written");
    let by_file = json!({ "ca_cert_file": file });
    assert_eq!(read(&settings(quay.url(), &by_file)).await, [""; 0]);
    let both = json!({ "ca_cert_file": file, "ca_cert_pem": Authority::foreign().pem() });
    assert_eq!(read(&settings(quay.url(), &both)).await, [""; 0], "both are trusted");
    let another = json!({ "ca_cert_pem": Authority::foreign().pem() });
    let error = read_fails(&settings(quay.url(), &another)).await;
    assert!(error.contains("No secure connection"), "{error}");
}

/// As `openssl req -x509` makes it where nothing else is said.
#[tokio::test]
async fn a_server_that_is_its_own_authority_is_trusted_when_it_is_named() {
    let own = Authority::self_signed(HERE, 2090);
    let server = quay(&own).await;
    let error = read_fails(&settings(server.url(), &json!({}))).await;
    assert!(error.contains("`ca_cert_pem` or `ca_cert_file`"), "{error}");
    let another = json!({ "ca_cert_pem": Authority::self_signed(HERE, 2090).certificate });
    read_fails(&settings(server.url(), &another)).await;
    assert_eq!(server.requests(), []);
    let named = json!({ "ca_cert_pem": own.certificate });
    assert_eq!(read(&settings(server.url(), &named)).await, [""; 0]);

    let elsewhere = Authority::self_signed("quay.example", 2090);
    let expired = Authority::self_signed(HERE, 2020);
    for (own, said) in [(elsewhere, "made for another host"), (expired, "has to be renewed")] {
        let server = quay(&own).await;
        let named = json!({ "ca_cert_pem": own.certificate });
        let error = read_fails(&settings(server.url(), &named)).await;
        assert!(error.contains(said), "{error}");
        assert_eq!(server.requests(), []);
    }
}

#[tokio::test]
async fn a_certificate_for_another_host_is_refused() {
    let authority = Authority::new();
    let quay = quay(&authority.server("quay.example")).await;
    let trusted = json!({ "ca_cert_pem": authority.pem() });
    let error = read_fails(&settings(quay.url(), &trusted)).await;
    assert!(error.contains("made for another host: check the host in the provider's `url`"));
    assert_eq!(quay.requests(), []);
}

#[tokio::test]
async fn an_expired_certificate_is_refused() {
    let authority = Authority::new();
    let quay = quay(&authority.expired_server(HERE)).await;
    let trusted = json!({ "ca_cert_pem": authority.pem() });
    let error = read_fails(&settings(quay.url(), &trusted)).await;
    assert!(error.contains("expired") && error.contains("has to be renewed"), "{error}");
    assert_eq!(quay.requests(), []);
}

#[tokio::test]
async fn insecure_accepts_every_certificate_and_warns() {
    let authority = Authority::new();
    for identity in
        [authority.server(HERE), authority.server("quay.example"), authority.expired_server(HERE)]
    {
        let quay = quay(&identity).await;
        let insecure = settings(quay.url(), &json!({ "insecure": true }));
        tells(&insecure, "warning", "insecure", "Whoever answers in place of Quay").await;
        assert_eq!(read(&insecure).await, [""; 0]);
    }
}

#[tokio::test]
async fn the_identity_provider_is_trusted_by_the_same_rules() {
    let authority = Authority::new();
    let answer = answer("200 OK", "", r#"{"access_token":"admin"}"#);
    let identity_provider = Listener::start_tls(&answer, &authority.server(HERE)).await;
    let quay = FakeQuay::start().await;
    quay.plant_organization("acme", "admin");
    let mut grant = json!({
        "url": quay.url(), "max_retries": 0, "oauth2_username": "ci",
        "oauth2_password": "secret", "oauth2_client_id": "terraform",
        "oauth2_token_url": format!("{}/token", identity_provider.url),
    });
    let error = read_fails(&grant).await;
    assert!(error.contains("`ca_cert_pem` or `ca_cert_file`"), "{error}");
    assert_eq!(identity_provider.requests(), [""; 0], "the password stays here");
    grant["ca_cert_pem"] = json!(authority.pem());
    assert_eq!(read(&grant).await, [""; 0]);
    assert_eq!(identity_provider.requests().len(), 1);
}

#[tokio::test]
async fn a_handshake_that_failed_is_not_tried_again() {
    let listener = Listener::start_tls("", &Authority::new().server(HERE)).await;
    let patient = settings(&listener.url, &json!({ "max_retries": 4 }));
    read_fails(&patient).await;
    assert_eq!(listener.connections(), 1);
}

/// A fake Quay that wants to know who asks, and its authority.
async fn asking_quay() -> (FakeQuay, Authority) {
    let authority = Authority::new();
    let Identity { certificate, key } = authority.server(HERE);
    let quay = FakeQuay::builder().tls_with_client_ca(&certificate, &key, &authority.pem());
    let quay = quay.start().await;
    quay.plant_organization("acme", "admin");
    (quay, authority)
}

fn shown(authority: &Authority, client: Option<&Identity>) -> Json {
    let mut shown = json!({ "ca_cert_pem": authority.pem() });
    if let Some(client) = client {
        shown["client_cert_pem"] = json!(client.certificate);
        shown["client_key_pem"] = json!(client.key);
    }
    shown
}

#[tokio::test]
async fn a_client_certificate_opens_the_door() {
    let (quay, authority) = asking_quay().await;
    let known = shown(&authority, Some(&authority.client()));
    assert_eq!(read(&settings(quay.url(), &known)).await, [""; 0]);
}

#[tokio::test]
async fn without_the_right_client_certificate_the_door_stays_shut() {
    let (quay, authority) = asking_quay().await;
    let error = read_fails(&settings(quay.url(), &shown(&authority, None))).await;
    assert!(error.contains("set `client_cert_pem` and `client_key_pem`"), "{error}");
    let foreign = shown(&authority, Some(&Authority::foreign().client()));
    let error = read_fails(&settings(quay.url(), &foreign)).await;
    assert!(error.contains("check `client_cert_pem`"), "{error}");
    assert_eq!(quay.requests(), []);
}

#[tokio::test]
async fn what_is_wrong_with_certificates_is_told_at_the_attribute() {
    let authority = Authority::new();
    let (one, other) = (authority.client(), authority.client());
    let no_certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let none = "It holds no certificates in PEM";
    for (wrong, at, text) in [
        (json!({ "ca_cert_pem": "nothing" }), "ca_cert_pem", none),
        (json!({ "ca_cert_pem": one.key }), "ca_cert_pem", none),
        (json!({ "ca_cert_pem": no_certificate }), "ca_cert_pem", "Certificate 1 in it"),
        (json!({ "ca_cert_file": "/nowhere/ca.pem" }), "ca_cert_file", "/nowhere/ca.pem"),
        (json!({ "client_cert_pem": one.certificate }), "client_cert_pem", "`client_key_pem`"),
        (json!({ "client_key_pem": one.key }), "client_key_pem", "`client_cert_pem`"),
        (
            json!({ "client_cert_pem": one.certificate, "client_key_pem": other.key }),
            "client_key_pem",
            "not the key of the certificate",
        ),
        (
            json!({ "client_cert_pem": one.certificate, "client_key_pem": "secret" }),
            "client_key_pem",
            "no private key in PEM",
        ),
        (
            json!({ "client_cert_pem": no_certificate, "client_key_pem": one.key }),
            "client_cert_pem",
            "cannot be used",
        ),
    ] {
        let wrong = settings("https://quay.example", &wrong);
        tells(&wrong, "error", at, text).await;
        assert!(!told(&wrong).await[0].text.contains("secret"), "keys are not quoted");
    }
}
