//! `quay_proxy_cache`. The upstream registries are those of the fake Quay.

use super::{Stage, VERSIONS, json};

const OPEN: &str = r#"
resource "quay_organization" "acme" {
  name = "acme"
}

resource "quay_proxy_cache" "it" {
  orgname           = quay_organization.acme.name
  upstream_registry = "127.0.0.1:5001/library"
  insecure          = true
}
"#;

/// A registry that wants a user name and a password.
const CLOSED: &str = r#"
resource "quay_organization" "acme" {
  name = "acme"
}

resource "quay_proxy_cache" "it" {
  orgname                               = quay_organization.acme.name
  upstream_registry                     = "127.0.0.1:5003"
  upstream_registry_username            = "puller"
  upstream_registry_password_wo         = "right-password"
  upstream_registry_password_wo_version = 1
  insecure                              = true
}
"#;

const IT: &str = "quay_proxy_cache.it";

#[tokio::test]
async fn a_proxy_cache_lives_and_every_change_replaces_it() {
    for version in VERSIONS {
        let stage = Stage::new(version, OPEN).await;
        stage.workspace.apply();
        stage.workspace.plan_is_empty();
        assert_eq!(stage.workspace.state(IT)["expiration_s"], json!(86_400));
        stage.workspace.write(&OPEN.replace("insecure  ", "expiration_s = 3600\n  insecure  "));
        stage.workspace.plan_shows("must be replaced").says("The proxy cache is replaced");
        stage.workspace.apply().says("1 added, 0 changed, 1 destroyed");
        let shown = stage.by_hand("GET", "organization/acme/proxycache", None);
        assert_eq!(shown["expiration_s"], json!(3600));
        let switch = "expiration_s = 3600\n  validate_upstream = false\n  insecure  ";
        stage.workspace.write(&OPEN.replace("insecure  ", switch));
        stage.workspace.apply().says("0 added, 1 changed, 0 destroyed");
        stage.workspace.plan_is_empty();
        stage.workspace.destroy();
    }
}

#[tokio::test]
async fn what_others_delete_is_planned_anew_and_an_import_leads_to_an_empty_plan() {
    for version in VERSIONS {
        let stage = Stage::new(version, OPEN).await;
        stage.workspace.apply();
        stage.by_hand("DELETE", "organization/acme/proxycache", None);
        stage.workspace.plan_shows("1 to add, 0 to change, 0 to destroy");
        stage.workspace.apply();
        stage.workspace.run(&["state", "rm", IT]);
        stage.workspace.apply_fails().says("has a proxy cache already").says("ADDRESS acme");
        stage.workspace.import(IT, "acme");
        stage.workspace.plan_is_empty();
        stage.by_hand("DELETE", "organization/acme", None);
        stage.workspace.plan_shows("2 to add, 0 to change, 0 to destroy");
    }
}

/// Row 64.
#[tokio::test]
async fn the_write_only_password_reaches_quay_and_nothing_else() {
    for version in VERSIONS {
        let stage = Stage::new(version, CLOSED).await;
        stage.workspace.run(&["plan", "-out=plan", "-no-color"]);
        stage.workspace.run(&["apply", "-no-color", "plan"]).says("2 added");
        stage.workspace.plan_is_empty();
        let state = std::fs::read_to_string(stage.workspace.path().join("terraform.tfstate"));
        let state = state.expect("a state");
        assert!(state.contains("puller") && !state.contains("right-password"));
        // The registry lets nobody else in, so the password arrived.
        stage
            .workspace
            .write(&CLOSED.replace("right-", "wrong-").replace("version = 1", "version = 2"));
        let failed = stage.workspace.apply_fails();
        failed.says("did not accept the user name and password").says("so there is none now");
        stage.workspace.write(CLOSED);
        stage.workspace.apply().says("1 added");
        stage.workspace.run(&["state", "rm", IT]);
        stage.workspace.import(IT, "acme");
        stage.workspace.plan_shows("credentials of the proxy cache are not known");
    }
}

#[tokio::test]
async fn what_quay_cannot_use_is_refused() {
    for version in VERSIONS {
        let stage = Stage::new(version, OPEN).await;
        for upstream in ["https://docker.io", "user:password@docker.io", "docker.io:port", ""] {
            stage.workspace.write(&OPEN.replace("127.0.0.1:5001/library", upstream));
            stage.workspace.plan_fails().says("Invalid value for upstream_registry");
        }
        stage
            .workspace
            .write(&OPEN.replace("insecure  ", "expiration_s = 2147483648\n  insecure  "));
        stage.workspace.plan_fails().says("Invalid value for expiration_s");
        let both =
            CLOSED.replace("password_wo  ", "password = \"x\"\n  upstream_registry_password_wo  ");
        stage.workspace.write(&both);
        stage.workspace.plan_fails().says("or the form with `_wo`");
        stage.workspace.write(&OPEN.replace("127.0.0.1:5001/library", "no-such-host.example"));
        stage.workspace.apply_fails().says("Quay cannot use the upstream registry");
        stage.workspace.write(&OPEN.replace("5001", "5005"));
        stage.workspace.apply_fails().says("Quay cannot use the upstream registry");
    }
}

/// Quay uses a user name and a password only together.
#[tokio::test]
async fn half_the_credentials_are_told_before_and_after() {
    let version_of = "  upstream_registry_password_wo_version = 1\n";
    let password = "  upstream_registry_password_wo         = \"right-password\"\n";
    let name = "  upstream_registry_username            = \"puller\"\n";
    for version in VERSIONS {
        // To nobody in particular this one says that it is there.
        let closed = CLOSED.replace("5003", "5002");
        let stage = Stage::new(version, &closed).await;
        let complete = stage.workspace.run(&["plan", "-no-color"]);
        assert!(!complete.text.contains("Half the credentials"), "{}", complete.text);
        for half in [closed.replace(password, "").replace(version_of, ""), closed.replace(name, "")]
        {
            stage.workspace.write(&half);
            stage.workspace.plan_shows("Half the credentials of an upstream registry");
            stage.workspace.apply_fails().says("without credentials").says("only together");
        }
    }
}

/// The old one belonged to another organization, so its name says nothing of the new one.
#[tokio::test]
async fn a_failed_move_to_another_organization_says_that_the_old_one_is_gone() {
    let hcl = OPEN.replace("acme", "hub");
    let more = "resource \"quay_organization\" \"mirror\" {\n  name = \"mirror\"\n}\n";
    for version in VERSIONS {
        let stage = Stage::new(version, &[&hcl, more].concat()).await;
        stage.workspace.apply();
        let moved = hcl.replace("quay_organization.hub.name", "quay_organization.mirror.name");
        stage.workspace.write(&[&moved.replace("5001", "5005"), more].concat());
        let failed = stage.workspace.apply_fails();
        failed.says("has deleted quay_proxy_cache hub before").says("there is none now");
    }
}
