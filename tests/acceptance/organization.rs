//! `quay_organization`.

use super::{Stage, VERSIONS, Workspace, eventually, json};
use crate::RELEASE;
use crate::support::fake_quay::Release;
use crate::support::plugin_process::Launch;

const NAME_ONLY: &str = r#"
resource "quay_organization" "it" {
  name = "acme"
}
"#;

const EVERYTHING: &str = r#"
resource "quay_organization" "it" {
  name                  = "acme"
  email                 = "ops@acme.example"
  tag_expiration_s      = 604800
  invoice_email         = true
  invoice_email_address = "money@acme.example"
  force_destroy         = true
  timeouts = {
    create = "10m"
  }
}
"#;

const IT: &str = "quay_organization.it";

/// Rows 39, 49 and 61.
#[tokio::test]
async fn a_name_is_enough() {
    for version in VERSIONS {
        let data = "\ndata \"quay_organization\" \"it\" {\n  name = quay_organization.it.name\n}\n";
        let stage = Stage::new(version, &format!("{NAME_ONLY}{data}")).await;
        stage.workspace.apply().says("1 added");
        stage.workspace.plan_is_empty();
        let state = stage.workspace.state(IT);
        assert_eq!(state["tag_expiration_s"], json!(1_209_600));
        assert_eq!((&state["email"], &state["invoice_email"]), (&json!(null), &json!(false)));
        let shown = stage.workspace.state("data.quay_organization.it");
        assert_eq!(shown["teams"][0]["name"], json!("owners"));
        assert_eq!(shown["is_admin"], json!(true));
        stage.workspace.destroy().says("1 destroyed");
        assert!(!stage.is_there("acme"));
    }
}

/// Rows 41, 42, 43 and 47.
#[tokio::test]
async fn every_attribute_can_be_set_changed_and_unset() {
    for version in VERSIONS {
        let stage = Stage::new(version, EVERYTHING).await;
        stage.workspace.apply();
        stage.workspace.plan_is_empty();
        let set = stage.organization("acme");
        assert_eq!(set["email"], json!("ops@acme.example"));
        assert_eq!(set["tag_expiration_s"], json!(604_800));
        assert_eq!(set["invoice_email_address"], json!("money@acme.example"));
        let changed = EVERYTHING
            .replace("ops@", "Ops@")
            .replace("604800", "86400")
            .replace("true", "false")
            .replace("money@", "gold@");
        stage.workspace.write(&changed);
        stage.workspace.apply().says("0 added, 1 changed, 0 destroyed");
        stage.workspace.plan_is_empty();
        let set = stage.organization("acme");
        assert_eq!(set["email"], json!("Ops@acme.example"));
        assert_eq!(set["tag_expiration_s"], json!(86_400));
        assert_eq!(set["invoice_email"], json!(false));
        stage.workspace.write(NAME_ONLY);
        stage.workspace.apply().says("0 added, 1 changed, 0 destroyed");
        stage.workspace.plan_is_empty();
        let set = stage.organization("acme");
        assert_eq!((&set["email"], &set["invoice_email_address"]), (&json!(""), &json!(null)));
        assert_eq!(set["tag_expiration_s"], json!(86_400), "what is computed stays");
    }
}

/// Rows 41 and 60.
#[tokio::test]
async fn a_new_name_replaces_the_organization() {
    for version in VERSIONS {
        let stage = Stage::new(version, NAME_ONLY).await;
        stage.workspace.apply();
        stage.workspace.write(&NAME_ONLY.replace("acme", "other"));
        stage.workspace.plan_shows("must be replaced");
        stage.workspace.apply().says("1 added, 0 changed, 1 destroyed");
        assert!(!stage.is_there("acme") && stage.is_there("other"));
        stage.workspace.plan_is_empty();
    }
}

/// Row 48.
#[tokio::test]
async fn what_others_change_shows_as_drift_and_is_healed() {
    for version in VERSIONS {
        let stage = Stage::new(version, EVERYTHING).await;
        stage.workspace.apply();
        let drift = json!({ "email": "somebody@else.example" });
        stage.by_hand("PUT", "organization/acme", Some(&drift));
        stage.workspace.plan_shows("somebody@else.example");
        stage.workspace.apply().says("1 changed");
        assert_eq!(stage.organization("acme")["email"], json!("ops@acme.example"));
    }
}

/// Up to 3.17, e-mail addresses are unique, and so is the empty one.
#[tokio::test]
async fn several_organizations_can_be_without_an_address_and_none_takes_anothers() {
    let organization = |name: &str, more: &str| {
        format!("resource \"quay_organization\" \"{name}\" {{\n  name = \"{name}\"\n{more}}}\n")
    };
    for version in VERSIONS {
        let with = |name: &str| organization(name, &format!("  email = \"{name}@a.example\"\n"));
        let stage = Stage::new(version, &[with("one"), with("two")].concat()).await;
        stage.workspace.apply();
        stage.workspace.write(&[organization("one", ""), organization("two", "")].concat());
        stage.workspace.apply().says("2 changed");
        stage.workspace.plan_is_empty();
        assert_eq!(stage.workspace.state("quay_organization.two")["email"], json!(null));
        let same = "  email = \"same@a.example\"\n";
        stage.workspace.write(&[with("one"), organization("two", same)].concat());
        stage.workspace.apply();
        stage.workspace.write(&[organization("one", same), organization("two", same)].concat());
        if RELEASE == Release::Main {
            stage.workspace.apply();
            continue;
        }
        stage.workspace.apply_fails().says("E-mail address already used").says("email = ");
        assert_eq!(
            stage.workspace.state("quay_organization.one")["email"],
            json!("one@a.example"),
            "what Quay refused is not in the state"
        );
    }
}

/// Rows 48 and 49. The newest Quay holds the name of a deleted organization for a while.
#[tokio::test]
async fn what_others_delete_is_planned_anew_and_waited_for() {
    for version in VERSIONS {
        let stage = Stage::new(version, NAME_ONLY).await;
        stage.workspace.apply();
        stage.by_hand("DELETE", "organization/acme", None);
        stage.workspace.plan_shows("1 to add, 0 to change, 0 to destroy");
        if RELEASE != Release::Main {
            stage.workspace.apply();
            continue;
        }
        let held = NAME_ONLY.replace("}\n", "  timeouts = {\n    create = \"1s\"\n  }\n}\n");
        stage.workspace.write(&held);
        stage.workspace.apply_fails().says("Username is not available").says("timeouts.create");
        stage.workspace.write(NAME_ONLY);
        let refused = || {
            let is_refusal = |method: &str, status| method == "POST" && status == Some(400);
            let requests = stage.quay.requests();
            requests.iter().filter(|it| is_refusal(&it.method, it.status)).count()
        };
        let before = refused();
        let apply = stage.workspace.command(&["apply", "-auto-approve", "-no-color"]);
        let apply = std::thread::spawn({
            let mut apply = apply;
            move || apply.output().expect("Terraform runs")
        });
        eventually("one more refused creation", || refused() > before).await;
        stage.quay.collect();
        let output = apply.join().expect("it ends");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(stage.is_there("acme"));
    }
}

/// Row 49.
#[tokio::test]
async fn deleting_what_is_gone_succeeds() {
    for version in VERSIONS {
        let stage = Stage::new(version, NAME_ONLY).await;
        stage.workspace.apply();
        stage.by_hand("DELETE", "organization/acme", None);
        let destroy = ["destroy", "-auto-approve", "-no-color", "-refresh=false"];
        assert_eq!(stage.workspace.run(&destroy).says("1 destroyed").code, 0);
    }
}

#[tokio::test]
async fn an_organization_that_exists_is_not_taken_over() {
    for version in VERSIONS {
        let stage = Stage::new(version, NAME_ONLY).await;
        stage.by_hand("POST", "organization/", Some(&json!({ "name": "acme" })));
        stage.workspace.apply_fails().says("exists already").says("terraform import ADDRESS acme");
        assert_eq!(stage.workspace.state(IT), json!(null));
    }
}

#[tokio::test]
async fn images_are_destroyed_only_on_purpose() {
    for version in VERSIONS {
        let stage = Stage::new(version, NAME_ONLY).await;
        stage.workspace.apply();
        stage.with_repository("acme", "precious");
        let refused = stage.workspace.run(&["destroy", "-auto-approve", "-no-color"]);
        assert_eq!(
            refused.says("still holds 1 repository").says("precious").says("force_destroy").code,
            1
        );
        assert!(stage.is_there("acme"));
        stage.workspace.write(&NAME_ONLY.replace("}\n", "  force_destroy = true\n}\n"));
        stage.workspace.apply().says("1 changed");
        stage.workspace.destroy();
        assert!(!stage.is_there("acme"));
    }
}

/// Row 55.
#[tokio::test]
async fn an_import_leads_to_an_empty_plan() {
    for version in VERSIONS {
        let stage = Stage::new(version, NAME_ONLY).await;
        stage.by_hand("POST", "organization/", Some(&json!({ "name": "acme" })));
        stage.workspace.import(IT, "acme");
        stage.workspace.plan_is_empty();
        stage.workspace.forget();
        let block = "\nimport {\n  to = quay_organization.it\n  id = \"acme\"\n}\n";
        stage.workspace.write(&format!("{NAME_ONLY}{block}"));
        stage.workspace.apply().says("1 imported, 0 added, 0 changed, 0 destroyed");
        stage.workspace.plan_is_empty();
        stage.workspace.forget();
        stage.workspace.write(&NAME_ONLY.replace("acme", "other"));
        let missing = stage.workspace.run(&["import", "-no-color", IT, "other"]);
        assert_eq!(missing.says("Cannot import non-existent remote object").code, 1);
        let malformed = stage.workspace.run(&["import", "-no-color", IT, "Not A Name"]);
        assert_eq!(malformed.says("lower-case letters").code, 1);
    }
}

#[tokio::test]
async fn what_quay_would_refuse_is_refused_by_the_plan() {
    for version in VERSIONS {
        let stage = Stage::new(version, NAME_ONLY).await;
        for (attribute, value) in [
            ("name", "\"Acme\""),
            ("email", "\"nope\""),
            ("email", "\"\""),
            ("invoice_email_address", "\"\""),
            ("tag_expiration_s", "-1"),
            ("tag_expiration_s", "1.5"),
            ("tag_expiration_s", "2147483648"),
        ] {
            let name = if attribute == "name" { "" } else { "  name = \"acme\"\n" };
            let hcl = format!(
                "resource \"quay_organization\" \"it\" {{\n{name}  {attribute} = {value}\n}}\n"
            );
            stage.workspace.write(&hcl);
            let failed = stage.workspace.plan_fails();
            failed.says(&format!("Invalid value for {attribute}")).says("on main.tf line");
        }
    }
}

/// The state is not touched where the token does not suffice.
#[tokio::test]
async fn a_wrong_token_is_an_error_and_never_drift() {
    for version in VERSIONS {
        let stage = Stage::new(version, NAME_ONLY).await;
        stage.workspace.apply();
        let url = stage.quay.url();
        let state = std::fs::read(stage.workspace.path().join("terraform.tfstate")).expect("read");
        let wrong = Workspace::with(version, url, "no-such-token", NAME_ONLY);
        std::fs::write(wrong.path().join("terraform.tfstate"), &state).expect("written");
        wrong.plan_fails().says("not as to one of its administrators").says("org:admin");
        wrong.write(&NAME_ONLY.replace("acme", "another"));
        std::fs::remove_file(wrong.path().join("terraform.tfstate")).expect("removed");
        wrong.apply_fails().says("CSRF token was invalid or missing").says("QUAY_TOKEN");
        let lost = Workspace::with(version, &format!("{url}/wrong/prefix"), "admin", NAME_ONLY);
        std::fs::write(lost.path().join("terraform.tfstate"), &state).expect("written");
        lost.plan_fails().says("not Quay's API").says("`url`");
    }
}

/// Row 60.
#[tokio::test]
async fn terraforms_own_means_work() {
    for version in VERSIONS {
        let ignoring =
            NAME_ONLY.replace("}\n", "  lifecycle {\n    ignore_changes = [email]\n  }\n}\n");
        let stage = Stage::new(version, &ignoring).await;
        stage.workspace.apply();
        stage.by_hand("PUT", "organization/acme", Some(&json!({ "email": "a@b.example" })));
        stage.workspace.plan_is_empty();
        stage.workspace.write(NAME_ONLY);
        stage.workspace.run(&["taint", IT]).says("marked as tainted");
        stage.workspace.plan_shows("is tainted, so must be replaced");
        stage.workspace.run(&["untaint", IT]);
        let replace = ["plan", "-detailed-exitcode", "-no-color", "-replace=quay_organization.it"];
        assert_eq!(stage.workspace.run(&replace).says("will be replaced, as requested").code, 2);
        let many = r#"
resource "quay_organization" "it" {
  for_each = toset(["acme", "beta"])
  name     = each.key
  lifecycle {
    create_before_destroy = true
  }
}

moved {
  from = quay_organization.it
  to   = quay_organization.it["acme"]
}
"#;
        stage.workspace.write(many);
        stage.workspace.apply().says("1 added");
        stage.workspace.plan_is_empty();
        stage.workspace.write(&many.replace("\"beta\"", "\"gamma\""));
        stage.workspace.apply().says("1 added, 0 changed, 1 destroyed");
    }
}

/// Row 67: a state of the newer release is read by the older one.
#[tokio::test]
async fn an_older_terraform_reads_the_state_of_a_newer_one() {
    let newer = Stage::new(VERSIONS[1], EVERYTHING).await;
    newer.workspace.apply();
    let older = Workspace::with(VERSIONS[0], newer.quay.url(), "admin", EVERYTHING);
    let state = std::fs::read(newer.workspace.path().join("terraform.tfstate")).expect("read");
    std::fs::write(older.path().join("terraform.tfstate"), state).expect("written");
    older.plan_is_empty();
}

/// Row 30.
#[tokio::test]
async fn terraform_shows_the_schemas() {
    for version in VERSIONS {
        let workspace = Workspace::with(version, "http://127.0.0.1:1", "none", NAME_ONLY);
        let shown = workspace.run(&["providers", "schema", "-json"]);
        let schemas: serde_json::Value = serde_json::from_str(&shown.stdout).expect("JSON");
        let ours = &schemas["provider_schemas"]["registry.terraform.io/quay-rs/quay"];
        assert!(ours["resource_schemas"]["quay_organization"]["block"].is_object(), "{version}");
    }
}

/// Row 22: one process, started by hand, serves both releases.
#[tokio::test]
async fn terraform_attaches_to_a_provider_in_debug_mode() {
    let mut process = Launch::by_hand().arg("--debug").start();
    let line = process.line().await.expect("a line");
    let reattach =
        line.strip_prefix("TF_REATTACH_PROVIDERS='").and_then(|it| it.strip_suffix('\''));
    for version in VERSIONS {
        let stage = Stage::new(version, NAME_ONLY).await;
        let workspace = stage.workspace.env("TF_REATTACH_PROVIDERS", reattach.expect(&line));
        // The provider's environment is the one that it was started with.
        let url = stage.quay.url();
        workspace.write(&format!(
            "provider \"quay\" {{\n  url   = \"{url}\"\n  token = \"admin\"\n}}\n{NAME_ONLY}"
        ));
        workspace.apply();
        workspace.plan_is_empty();
    }
    process.signal("INT").await;
    assert!(process.end().await.left_behind.is_empty());
}
