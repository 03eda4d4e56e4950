//! Secrets are where they have to be, and nowhere else.

use super::{Stage, VERSIONS};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use std::path::Path;
use std::process::Command;

const PASSWORD: &str = "right-password";
const TOKEN: &str = "planted-token-4711-of-the-administrator";

/// One application whose secret stays in Quay, one whose secret is wanted in the state, and a proxy
/// cache with a write-only password that comes from the environment.
const HCL: &str = r#"
variable "password" {
  type      = string
  sensitive = true
  ephemeral = true
}

resource "quay_organization" "acme" {
  name = "acme"
}

resource "quay_org_application" "hidden" {
  orgname = quay_organization.acme.name
  name    = "hidden"
}

resource "quay_org_application" "stored" {
  orgname             = quay_organization.acme.name
  name                = "stored"
  store_client_secret = true
}

resource "quay_proxy_cache" "it" {
  orgname                               = quay_organization.acme.name
  upstream_registry                     = "127.0.0.1:5003"
  upstream_registry_username            = "puller"
  upstream_registry_password_wo         = var.password
  upstream_registry_password_wo_version = 1
  insecure                              = true
}

ephemeral "quay_org_application_secret" "hidden" {
  orgname   = quay_organization.acme.name
  client_id = quay_org_application.hidden.client_id
}
"#;

/// Whether a secret is in some bytes, as it is or within base64 at any alignment.
pub(crate) fn holds(bytes: &[u8], secret: &str) -> bool {
    let contains = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    let encoded = |lead: usize| {
        let text = STANDARD_NO_PAD.encode([&vec![0; lead], secret.as_bytes()].concat());
        // The letters at both ends depend on the neighbours, too.
        let begin = (lead * 8).div_ceil(6);
        let end = (lead + secret.len()) * 8 / 6;
        text[begin..end].to_owned()
    };
    contains(secret.as_bytes()) || (0..3).any(|lead| contains(encoded(lead).as_bytes()))
}

/// All members of a plan file, one after the other.
pub(crate) fn unzipped(plan: &Path) -> Vec<u8> {
    let program = "import sys, zipfile\nplan = zipfile.ZipFile(sys.argv[1])\nfor name in \
                   plan.namelist():\n    sys.stdout.buffer.write(plan.read(name))";
    let output = Command::new("python3").args(["-c", program]).arg(plan).output();
    let output = output.expect("python3 starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[test]
fn the_search_finds_what_is_hidden_in_base64() {
    for lead in ["", "a", "ab", "abc"] {
        let text = STANDARD_NO_PAD.encode(format!("{lead}{PASSWORD} and more"));
        assert!(holds(text.as_bytes(), PASSWORD), "{lead:?}");
        assert!(!holds(text.as_bytes(), TOKEN));
    }
    assert!(holds(PASSWORD.as_bytes(), PASSWORD));
}

/// Rows 25, 54 and 64.
#[tokio::test]
async fn no_secret_is_where_it_may_not_be() {
    for version in VERSIONS {
        let stage = Stage::new(version, HCL).await;
        stage.quay.plant_token(TOKEN, "admin", "org:admin user:admin");
        let log = stage.workspace.path().join("log");
        let workspace = stage
            .workspace
            .env("QUAY_TOKEN", TOKEN)
            .env("TF_VAR_password", PASSWORD)
            .env("TF_LOG", "TRACE")
            .env("TF_LOG_PATH", log.to_str().expect("text"));
        let mut printed = String::new();
        let mut plans = Vec::new();
        let mut run = |arguments: &[&str]| {
            let run = workspace.run(arguments);
            printed.push_str(&run.text);
            run
        };
        for _ in 0..2 {
            run(&["plan", "-no-color", "-out=plan"]);
            plans.extend(unzipped(&workspace.path().join("plan")));
            run(&["show", "-json", "plan"]);
            assert_eq!(run(&["apply", "-no-color", "plan"]).code, 0, "{printed}");
        }
        let state = std::fs::read(workspace.path().join("terraform.tfstate")).expect("a state");
        let secrets: Vec<String> = ["hidden", "stored"]
            .map(|name| {
                let applications = stage.quay.applications("acme");
                let found = applications.into_iter().find(|it| it.name == name);
                found.expect("it was created").client_secret
            })
            .into();
        // What Quay refuses, with the secret in the request that it refuses.
        run(&[
            "apply",
            "-auto-approve",
            "-no-color",
            "-var=password=wrong",
            "-replace=quay_proxy_cache.it",
        ]);
        let log = std::fs::read(&log).expect("a log");

        // The search works: what may be there is found.
        assert!(holds(&state, "puller") && holds(&state, &secrets[1]), "Terraform {version}");
        assert!(holds(&plans, "puller") && holds(&log, "/api/v1/organization/acme"));
        assert!(printed.contains("did not accept the user name and password"), "{printed}");

        for secret in [TOKEN, PASSWORD, &secrets[0]] {
            for (place, bytes) in [("state", &state), ("plan", &plans), ("log", &log)] {
                assert!(!holds(bytes, secret), "Terraform {version}: {secret} is in the {place}");
            }
            assert!(!printed.contains(secret), "Terraform {version}: {secret} was printed");
        }
        assert!(!holds(&log, &secrets[1]), "Terraform {version}: {} is in the log", secrets[1]);
    }
}
