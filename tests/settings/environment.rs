//! Settings from the environment, which only a process of its own can have: real Terraform.

use super::authority::Authority;
use super::listener::{Listener, json as answer};
use crate::support::fake_quay::FakeQuay;
use crate::support::terraform_cli::{Run, VERSIONS, Workspace};

const LOOK_UP: &str = "data \"quay_organization\" \"acme\" {\n  name = \"acme\"\n}\n";
const NOWHERE: &str = "http://127.0.0.1:1";

/// A plan with this provider block and this environment.
fn plan(version: &'static str, block: &str, environment: &[(&str, &str)]) -> Run {
    let workspace = environment
        .iter()
        .fold(Workspace::new(version), |workspace, (name, value)| workspace.env(name, value));
    workspace.write(&format!("provider \"quay\" {{\n  max_retries = 0\n{block}\n}}\n{LOOK_UP}"));
    workspace.run(&["plan", "-no-color"])
}

fn works(version: &'static str, block: &str, environment: &[(&str, &str)]) -> Run {
    let planned = plan(version, block, environment);
    assert_eq!(planned.code, 0, "Terraform {version}: {block} {environment:?}: {}", planned.text);
    planned
}

fn fails(version: &'static str, block: &str, environment: &[(&str, &str)]) -> Run {
    let planned = plan(version, block, environment);
    assert_eq!(planned.code, 1, "Terraform {version}: {block} {environment:?}: {}", planned.text);
    planned
}

async fn quay() -> FakeQuay {
    let quay = FakeQuay::start().await;
    quay.plant_organization("acme", "admin");
    quay
}

/// Row 38.
#[tokio::test]
async fn the_environment_counts_where_the_configuration_says_nothing() {
    let quay = quay().await;
    let url = ("QUAY_URL", quay.url());
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("token");
    std::fs::write(&file, "admin\n").expect("it can be written");
    let file = file.display().to_string();
    for version in VERSIONS {
        works(version, "", &[url, ("QUAY_TOKEN", "admin")]);
        works(version, "", &[url, ("QUAY_TOKEN_FILE", &file)]);
        let block = format!("  url = \"{}\"\n  token = \"admin\"", quay.url());
        let others = [("QUAY_URL", NOWHERE), ("QUAY_TOKEN", "wrong"), ("QUAY_TOKEN_FILE", "/none")];
        works(version, &block, &others);
        let block = format!("  token_file = \"{file}\"");
        works(version, &block, &[url, ("QUAY_TOKEN", "wrong")]);
        let told = fails(version, "  oauth2_username = \"ci\"", &[url, ("QUAY_TOKEN", "admin")]);
        told.says("QUAY_OAUTH2_TOKEN_URL");
    }
}

/// The variables are those of `enthought/quay`, so that its users need not touch them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_identity_provider_is_asked_as_the_environment_says() {
    let quay = quay().await;
    let granted = answer("200 OK", "", r#"{"access_token":"admin","expires_in":3600}"#);
    let identity_provider = Listener::start(&granted).await;
    let token_url = format!("{}/token", identity_provider.url);
    for version in VERSIONS {
        let grant = [
            ("QUAY_URL", quay.url()),
            ("QUAY_OAUTH2_USERNAME", "ci"),
            ("QUAY_OAUTH2_PASSWORD", "secret"),
            ("QUAY_OAUTH2_CLIENT_ID", "terraform"),
            ("QUAY_OAUTH2_TOKEN_URL", &token_url),
        ];
        quay.clear_requests();
        works(version, "", &grant);
        assert!(quay.requests().iter().all(|it| it.user.as_deref() == Some("admin")), "{version}");
    }
    let asked = identity_provider.requests();
    let form = "grant_type=password&client_id=terraform&username=ci&password=secret";
    assert!(
        asked.len() == VERSIONS.len() && asked.iter().all(|it| it.ends_with(form)),
        "{asked:?}"
    );
}

/// Row 38.
#[tokio::test]
async fn what_is_missing_or_wrong_in_the_environment_is_named() {
    let (url, token) = (("QUAY_URL", NOWHERE), ("QUAY_TOKEN", "admin"));
    for version in VERSIONS {
        fails(version, "", &[token]).says("Missing url").says("QUAY_URL");
        fails(version, "", &[("QUAY_URL", ""), token]).says("Missing url");
        fails(version, "", &[url]).says("Missing token").says("QUAY_TOKEN");
        let odd = fails(version, "", &[("QUAY_URL", "quay"), token]);
        odd.says("Invalid url").says("comes from QUAY_URL");
        let odd = [url, token, ("QUAY_INSECURE", "perhaps")];
        fails(version, "", &odd).says("Invalid insecure").says("from QUAY_INSECURE");
        let none = [url, token, ("QUAY_CA_CERT_FILE", "/nowhere/ca.pem")];
        fails(version, "", &none).says("/nowhere/ca.pem cannot be read");
    }
}

/// What the machine trusts is trusted, also where an authority of the settings is trusted besides.
#[tokio::test]
async fn the_machines_own_authorities_are_trusted() {
    let (authority, foreign) = (Authority::new(), Authority::foreign());
    let server = authority.server("127.0.0.1");
    let quay = FakeQuay::builder().tls(&server.certificate, &server.key).start().await;
    quay.plant_organization("acme", "admin");
    let folder = tempfile::tempdir().expect("a folder");
    let machines = folder.path().join("machines.pem");
    std::fs::write(&machines, authority.pem()).expect("it can be written");
    let machines = machines.display().to_string();
    let settings = [("QUAY_URL", quay.url()), ("QUAY_TOKEN", "admin")];
    let trusting = [&settings[..], &[("SSL_CERT_FILE", &*machines)]].concat();
    let besides = format!("  ca_cert_pem = <<-PEM\n{}\n  PEM", foreign.pem().trim_end());
    for version in VERSIONS {
        works(version, "", &trusting);
        works(version, &besides, &trusting);
        fails(version, "", &settings).says("`ca_cert_pem`");
        fails(version, &besides, &settings).says("`ca_cert_pem`");
    }
}

#[tokio::test]
async fn certificates_are_skipped_only_as_the_configuration_says() {
    let server = Authority::new().server("127.0.0.1");
    let quay = FakeQuay::builder().tls(&server.certificate, &server.key).start().await;
    quay.plant_organization("acme", "admin");
    let environment =
        [("QUAY_URL", quay.url()), ("QUAY_TOKEN", "admin"), ("QUAY_INSECURE", "true")];
    for version in VERSIONS {
        works(version, "", &environment).says("Certificates are not checked");
        fails(version, "  insecure = false", &environment).says("`ca_cert_pem`");
    }
}
