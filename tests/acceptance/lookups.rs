//! Data sources.

use super::{Stage, VERSIONS, json};

const ALL: &str = r#"
resource "quay_organization" "acme" {
  name = "acme"
}

resource "quay_org_application" "ci" {
  orgname     = quay_organization.acme.name
  name        = "ci"
  description = "Builds"
}

data "quay_org_application" "by_id" {
  orgname   = "acme"
  client_id = quay_org_application.ci.client_id
}

data "quay_org_application" "by_name" {
  orgname             = "acme"
  name                = "ci"
  store_client_secret = true
  depends_on          = [quay_org_application.ci]
}

data "quay_org_applications" "all" {
  orgname    = "acme"
  depends_on = [quay_org_application.ci]
}

data "quay_application" "public" {
  client_id = quay_org_application.ci.client_id
}

data "quay_org_members" "all" {
  orgname = quay_organization.acme.name
}

data "quay_org_member" "admin" {
  orgname = quay_organization.acme.name
  name    = "admin"
}

data "quay_org_collaborators" "all" {
  orgname = quay_organization.acme.name
}

data "quay_proxy_cache" "none" {
  orgname = quay_organization.acme.name
}
"#;

/// Row 61.
#[tokio::test]
async fn everything_can_be_looked_up() {
    for version in VERSIONS {
        let stage = Stage::new(version, ALL).await;
        stage.workspace.apply();
        stage.workspace.plan_is_empty();
        let state = |address: &str| stage.workspace.state(address);
        let id = state("quay_org_application.ci")["client_id"].clone();
        assert_eq!(state("data.quay_org_application.by_id")["name"], json!("ci"));
        assert_eq!(state("data.quay_org_application.by_id")["client_secret"], json!(null));
        let by_name = state("data.quay_org_application.by_name");
        assert_eq!(by_name["client_id"], id);
        assert_eq!(by_name["client_secret"].as_str().map(str::len), Some(40));
        let all = state("data.quay_org_applications.all");
        assert_eq!(all["applications"][0]["client_id"], id);
        let public = state("data.quay_application.public");
        assert_eq!(
            (&public["orgname"], &public["description"]),
            (&json!("acme"), &json!("Builds"))
        );
        let members = state("data.quay_org_members.all");
        assert_eq!(
            (&members["names"], &members["members"][0]["kind"]),
            (&json!(["admin"]), &json!("user"))
        );
        assert_eq!(state("data.quay_org_member.admin")["teams"], json!(["owners"]));
        assert_eq!(state("data.quay_org_collaborators.all")["names"], json!([]));
        assert_eq!(state("data.quay_proxy_cache.none")["configured"], json!(false));
    }
}

#[tokio::test]
async fn a_robot_is_found_as_a_member() {
    for version in VERSIONS {
        let hcl =
            "data \"quay_org_member\" \"it\" {\n  orgname = \"acme\"\n  name = \"acme+bot\"\n}\n";
        let stage = Stage::new(version, hcl).await;
        stage.by_hand("POST", "organization/", Some(&json!({ "name": "acme" })));
        stage.by_hand("PUT", "organization/acme/robots/bot", Some(&json!({})));
        stage.workspace.apply();
        assert_eq!(stage.workspace.state("data.quay_org_member.it")["kind"], json!("robot"));
    }
}

#[tokio::test]
async fn what_is_absent_is_an_error_that_says_what_was_looked_for() {
    for version in VERSIONS {
        let stage = Stage::new(version, "").await;
        stage.by_hand("POST", "organization/", Some(&json!({ "name": "acme" })));
        for (kind, arguments, expected) in [
            ("quay_organization", "name = \"nobody\"", "no organization named nobody"),
            (
                "quay_org_application",
                "orgname = \"acme\"\n  name = \"x\"",
                "no application with the client id or name \"x\"",
            ),
            (
                "quay_org_application",
                "orgname = \"acme\"\n  client_id = \"X\"",
                "no application with the client id \"X\"",
            ),
            ("quay_org_application", "orgname = \"acme\"", "Set one of `client_id` and `name`"),
            ("quay_org_applications", "orgname = \"nobody\"", "no organization named nobody"),
            ("quay_application", "client_id = \"X\"", "no application with the client id \"X\""),
            (
                "quay_org_member",
                "orgname = \"acme\"\n  name = \"ghost\"",
                "no member named \"ghost\"",
            ),
            ("quay_org_members", "orgname = \"nobody\"", "no organization named nobody"),
            ("quay_org_collaborators", "orgname = \"nobody\"", "no organization named nobody"),
            ("quay_proxy_cache", "orgname = \"nobody\"", "no organization named nobody"),
        ] {
            stage.workspace.write(&format!("data \"{kind}\" \"it\" {{\n  {arguments}\n}}\n"));
            stage.workspace.plan_fails().says(expected);
        }
    }
}
