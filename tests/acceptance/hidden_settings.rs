//! What the provider's settings hold is shown nowhere, not even in logs at the last level.

use super::suite::json;
use super::suite::secrets::{holds, unzipped};
use super::support::fake_quay::FakeQuay;
use super::support::files::root;
use super::support::terraform_cli::{VERSIONS, Workspace};
use axum::Router;
use tokio::net::TcpListener;

const TOKEN: &str = "granted-token-4711-of-the-administrator";

/// An identity provider that gives everybody the same token.
async fn identity_provider() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/token", listener.local_addr().expect("an address"));
    let grant = json!({ "access_token": TOKEN, "expires_in": 3600 }).to_string();
    let router = Router::new().fallback(async move || grant);
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

const SETTINGS: &str = r#"
variable "settings" {
  type      = map(string)
  ephemeral = true
}

provider "quay" {
  oauth2_username  = "ci"
  oauth2_password  = var.settings["password"]
  oauth2_client_id = "terraform"
  oauth2_token_url = var.settings["token_url"]
  headers          = { X-Gateway-Key = var.settings["header"] }
  client_cert_pem  = var.settings["certificate"]
  client_key_pem   = var.settings["key"]
}

resource "quay_organization" "acme" {
  name = "acme"
}

resource "quay_proxy_cache" "acme" {
  orgname                    = quay_organization.acme.name
  upstream_registry          = "127.0.0.1:5002"
  upstream_registry_username = "puller"
  upstream_registry_password = "a-plain-password"
  validate_upstream          = false
}
"#;

/// What the settings hold is in no log and no message, whatever the level.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_setting_is_in_a_log_or_a_message() {
    let identity = rcgen::generate_simple_self_signed(["client".to_owned()]).expect("a key");
    let key = identity.signing_key.serialize_pem();
    for version in VERSIONS {
        let settings = json!({
            "password": "the-oauth2-password", "header": "the-gateways-key", "key": key,
            "certificate": identity.cert.pem(), "token_url": identity_provider().await,
        });
        let quay = FakeQuay::start().await;
        quay.plant_token(TOKEN, "admin", "org:admin user:admin");
        let workspace = Workspace::new(version);
        let log = workspace.path().join("log");
        let workspace = workspace
            .env("QUAY_URL", quay.url())
            .env("TF_VAR_settings", &settings.to_string())
            .env("TF_LOG", "TRACE")
            .env("TF_LOG_PATH", log.to_str().expect("text"));
        workspace.write(SETTINGS);
        let planned = workspace.run(&["plan", "-no-color"]);
        let applied = workspace.run(&["apply", "-no-color", "-auto-approve"]);
        assert_eq!(applied.code, 0, "Terraform {version}: {}", applied.text);
        let printed = [planned.text, applied.text].concat();
        let log = std::fs::read(&log).expect("a log");
        let state = std::fs::read(workspace.path().join("terraform.tfstate")).expect("a state");

        // The search works: what may be there is found.
        assert!(holds(&state, "a-plain-password") && holds(&log, "/api/v1/organization/acme"));
        assert!(printed.contains("quay_proxy_cache.acme"), "{printed}");

        let line = key.lines().nth(1).expect("a line of the key");
        for secret in ["the-oauth2-password", "the-gateways-key", "a-plain-password", TOKEN, line] {
            assert!(!holds(&log, secret), "Terraform {version}: {secret} is in the log");
            assert!(!printed.contains(secret), "Terraform {version}: {secret} was printed");
        }
    }
}

/// The provider's example, as every user copies it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_token_of_the_example_is_in_no_plan() {
    let example = std::fs::read_to_string(root().join("examples/provider/provider.tf"));
    let organization = "resource \"quay_organization\" \"acme\" {\n  name = \"acme\"\n}\n";
    let hcl = [&example.expect("an example"), organization].concat();
    for version in VERSIONS {
        let quay = FakeQuay::start().await;
        quay.plant_token(TOKEN, "admin", "org:admin user:admin");
        let saved = |hcl: &str| {
            let workspace = Workspace::new(version)
                .env("TF_VAR_quay_url", quay.url())
                .env("TF_VAR_quay_token", TOKEN);
            workspace.write_file("main.tf", hcl);
            let planned = workspace.run(&["plan", "-no-color", "-out=saved"]);
            assert_eq!(planned.code, 0, "Terraform {version}: {}", planned.text);
            (unzipped(&workspace.path().join("saved")), workspace)
        };
        // The search works: what a plan does hold is found.
        let (plan, _) = saved(&hcl.replace("  ephemeral = true\n", ""));
        assert!(holds(&plan, TOKEN), "Terraform {version}");
        let (plan, workspace) = saved(&hcl);
        assert!(!holds(&plan, TOKEN), "Terraform {version}: the token is in the plan");
        workspace.run(&["apply", "-no-color", "saved"]).says("1 added");
    }
}
