//! An organization with everything below it: all of it is gone together, and none of it is taken
//! for gone because it cannot be seen.

use super::{Stage, VERSIONS, Workspace};
use crate::support::fake_quay::Profile;

const WHOLE: &str = r#"
resource "quay_organization" "acme" {
  name = "acme"
}

resource "quay_org_application" "ci" {
  orgname = quay_organization.acme.name
  name    = "ci"
}

resource "quay_proxy_cache" "it" {
  orgname           = quay_organization.acme.name
  upstream_registry = "127.0.0.1:5001"
  insecure          = true
}

resource "quay_org_member_allowlist" "it" {
  orgname         = quay_organization.acme.name
  allowed_members = ["admin"]
}
"#;

/// Row 48.
#[tokio::test]
async fn what_went_with_its_organization_is_planned_anew() {
    for version in VERSIONS {
        let stage = Stage::new(version, WHOLE).await;
        stage.workspace.apply().says("4 added");
        stage.workspace.apply().says("0 added, 0 changed, 0 destroyed");
        stage.by_hand("DELETE", "organization/acme", None);
        stage.workspace.plan_shows("4 to add, 0 to change, 0 to destroy");
        stage.quay.collect();
        stage.workspace.apply().says("4 added, 0 changed, 0 destroyed");
        stage.workspace.plan_is_empty();
    }
}

/// Whatever Terraform is told to do, the state stays byte for byte as it was.
fn refuses_everything(workspace: &Workspace, state: &[u8], said: &[&str]) {
    let path = workspace.path().join("terraform.tfstate");
    std::fs::write(&path, state).expect("it can be written");
    for arguments in [
        &["plan", "-no-color"][..],
        &["apply", "-auto-approve", "-no-color"],
        &["apply", "-refresh-only", "-auto-approve", "-no-color"],
        &["destroy", "-auto-approve", "-no-color"],
    ] {
        let mut run = workspace.run(arguments);
        assert_eq!(run.code, 1, "Terraform {}: {arguments:?}:\n{}", workspace.version, run.text);
        for said in said {
            run = run.says(said);
        }
        let after = std::fs::read(&path).expect("a state");
        assert!(after == state, "{arguments:?} changed the state:\n{}", run.text);
    }
}

#[tokio::test]
async fn what_cannot_be_seen_is_an_error_and_the_state_stays() {
    for version in VERSIONS {
        let stage = Stage::new(version, WHOLE).await;
        stage.quay.plant_user("stranger");
        stage.workspace.apply();
        let state = std::fs::read(stage.workspace.path().join("terraform.tfstate")).expect("read");
        let url = stage.quay.url();
        let with = |url: &str, token| Workspace::with(version, url, token, WHOLE);
        let rights = ["not as to one of its administrators", "org:admin"];
        refuses_everything(&with(url, "stranger"), &state, &rights);
        refuses_everything(&with(url, "no-such-token"), &state, &rights);
        let astray = format!("{url}/wrong/prefix");
        refuses_everything(&with(&astray, "admin"), &state, &["not Quay's API", "`url`"]);
        let dead = stage.quay.profile_url(Profile::Dead);
        let impatient = format!("provider \"quay\" {{\n  max_retries = 0\n}}\n{WHOLE}");
        let down = Workspace::with(version, &dead, "admin", &impatient);
        refuses_everything(&down, &state, &["Quay or a proxy before it is down"]);
        let off = stage.quay.profile_url(Profile::Off);
        refuses_everything(&with(&off, "admin"), &state, &["FEATURE_PROXY_CACHE"]);
        // Nothing of all this has changed anything in Quay.
        stage.workspace.plan_is_empty();
    }
}
