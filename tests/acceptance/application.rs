//! `quay_org_application`.

use super::{Stage, VERSIONS, json};

const NAME_ONLY: &str = r#"
resource "quay_organization" "acme" {
  name = "acme"
}

resource "quay_org_application" "it" {
  orgname = quay_organization.acme.name
  name    = "ci"
}
"#;

const EVERYTHING: &str = r#"
resource "quay_organization" "acme" {
  name = "acme"
}

resource "quay_org_application" "it" {
  orgname             = quay_organization.acme.name
  name                = "deploy"
  description         = "Deploys"
  application_uri     = "https://deploy.example.com"
  redirect_uri        = "https://deploy.example.com/back"
  avatar_email        = "deploy@example.com"
  store_client_secret = true
}
"#;

const IT: &str = "quay_org_application.it";

#[tokio::test]
async fn every_field_can_be_set_changed_and_unset() {
    for version in VERSIONS {
        let stage = Stage::new(version, NAME_ONLY).await;
        stage.workspace.apply();
        stage.workspace.plan_is_empty();
        let state = stage.workspace.state(IT);
        assert_eq!((&state["client_secret"], &state["description"]), (&json!(null), &json!("")));
        let client_id = state["client_id"].clone();
        stage.workspace.write(EVERYTHING);
        stage.workspace.apply().says("0 added, 1 changed, 0 destroyed");
        stage.workspace.plan_is_empty();
        let state = stage.workspace.state(IT);
        assert_eq!(state["client_id"], client_id);
        assert_eq!(state["redirect_uri"], json!("https://deploy.example.com/back"));
        assert_eq!(state["client_secret"].as_str().map(str::len), Some(40));
        stage.workspace.write(NAME_ONLY);
        stage.workspace.apply().says("0 added, 1 changed, 0 destroyed");
        stage.workspace.plan_is_empty();
        let state = stage.workspace.state(IT);
        assert_eq!((&state["client_secret"], &state["avatar_email"]), (&json!(null), &json!(null)));
        stage.workspace.destroy();
    }
}

/// Row 48.
#[tokio::test]
async fn what_others_delete_is_planned_anew() {
    for version in VERSIONS {
        let stage = Stage::new(version, EVERYTHING).await;
        stage.workspace.apply();
        let client_id = stage.workspace.state(IT)["client_id"].as_str().expect("an id").to_owned();
        stage.by_hand("DELETE", &format!("organization/acme/applications/{client_id}"), None);
        stage.workspace.plan_shows("1 to add, 0 to change, 0 to destroy");
        stage.workspace.apply();
        stage.by_hand("DELETE", "organization/acme", None);
        stage.workspace.plan_shows("2 to add, 0 to change, 0 to destroy");
    }
}

/// Row 55.
#[tokio::test]
async fn an_import_by_id_or_by_name_leads_to_an_empty_plan() {
    for version in VERSIONS {
        let stage = Stage::new(version, NAME_ONLY).await;
        stage.workspace.apply();
        let client_id = stage.workspace.state(IT)["client_id"].as_str().expect("an id").to_owned();
        for id in [format!("acme/{client_id}"), "acme/ci".to_owned()] {
            stage.workspace.run(&["state", "rm", IT]);
            stage.workspace.import(IT, &id);
            stage.workspace.plan_is_empty();
        }
        let twin = json!({ "name": "ci" });
        stage.by_hand("POST", "organization/acme/applications", Some(&twin));
        stage.workspace.run(&["state", "rm", IT]);
        let ambiguous = stage.workspace.run(&["import", "-no-color", IT, "acme/ci"]);
        assert_eq!(ambiguous.says("2 applications named").says(&client_id).code, 1);
        let malformed = stage.workspace.run(&["import", "-no-color", IT, "acme"]);
        assert_eq!(malformed.says("`ORGNAME/CLIENT_ID` or `ORGNAME/NAME`").code, 1);
    }
}

#[tokio::test]
async fn what_would_crash_quay_is_refused_by_the_plan() {
    for version in VERSIONS {
        let stage = Stage::new(version, NAME_ONLY).await;
        for attribute in ["application_uri", "redirect_uri", "avatar_email"] {
            let long = format!("https://example.com/{}", "x".repeat(255));
            let line = format!("  {attribute} = \"{long}\"\n  name = \"ci\"");
            stage.workspace.write(&NAME_ONLY.replace("  name    = \"ci\"", &line));
            stage.workspace.plan_fails().says("At most 255 characters");
        }
        stage.workspace.write(&NAME_ONLY.replace("\"ci\"", "\"__quay_bootstrap_app\""));
        stage.workspace.plan_fails().says("keeps the name");
    }
}
