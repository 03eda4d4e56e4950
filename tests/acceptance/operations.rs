//! Every operation of Quay's on organizations, through real Terraform.

use super::{Stage, VERSIONS};
use crate::support::fake_quay::Role;

const EVERYTHING: &str = r#"
resource "quay_organization" "it" {
  name  = "beta"
  email = "MAIL@beta.example"
}

resource "quay_org_application" "ci" {
  orgname     = quay_organization.it.name
  name        = "ci"
  description = "MAIL"
}

resource "quay_proxy_cache" "it" {
  orgname           = quay_organization.it.name
  upstream_registry = "127.0.0.1:5001"
  insecure          = true
}

resource "quay_org_member_allowlist" "acme" {
  orgname         = "acme"
  allowed_members = MEMBERS
}

ephemeral "quay_org_application_secret" "ci" {
  orgname   = quay_organization.it.name
  client_id = quay_org_application.ci.client_id
}

data "quay_org_applications" "all" {
  orgname = quay_org_application.ci.orgname
}

data "quay_application" "ci" {
  client_id = quay_org_application.ci.client_id
}

data "quay_proxy_cache" "it" {
  orgname = quay_proxy_cache.it.orgname
}

data "quay_org_members" "all" {
  orgname = "acme"
}

data "quay_org_member" "robot" {
  orgname = "acme"
  name    = "acme+builder"
}

data "quay_org_collaborators" "all" {
  orgname = "acme"
}
"#;

/// The operations, as Quay names them, and the requests that they are. `*` is one name.
const OPERATIONS: [(&str, &str); 18] = [
    ("createOrganization", "POST /api/v1/organization/"),
    ("getOrganization", "GET /api/v1/organization/*"),
    ("changeOrganizationDetails", "PUT /api/v1/organization/*"),
    ("deleteAdminedOrganization", "DELETE /api/v1/organization/*"),
    ("createOrganizationApplication", "POST /api/v1/organization/*/applications"),
    ("getOrganizationApplication", "GET /api/v1/organization/*/applications/*"),
    ("updateOrganizationApplication", "PUT /api/v1/organization/*/applications/*"),
    ("deleteOrganizationApplication", "DELETE /api/v1/organization/*/applications/*"),
    ("getOrganizationApplications", "GET /api/v1/organization/*/applications"),
    ("getApplicationInformation", "GET /api/v1/app/*"),
    ("createProxyCacheConfig", "POST /api/v1/organization/*/proxycache"),
    ("getProxyCacheConfig", "GET /api/v1/organization/*/proxycache"),
    ("deleteProxyCacheConfig", "DELETE /api/v1/organization/*/proxycache"),
    ("validateProxyCacheConfig", "POST /api/v1/organization/*/validateproxycache"),
    ("getOrganizationMember", "GET /api/v1/organization/*/members/*"),
    ("getOrganizationMembers", "GET /api/v1/organization/*/members"),
    ("removeOrganizationMember", "DELETE /api/v1/organization/*/members/*"),
    ("getOrganizationCollaborators", "GET /api/v1/organization/*/collaborators"),
];

fn is(request: &str, operation: &str) -> bool {
    let (request, operation) = (request.split('/'), operation.split('/'));
    request.clone().count() == operation.clone().count()
        && request
            .zip(operation)
            .all(|(name, pattern)| name == pattern || (pattern == "*" && !name.is_empty()))
}

#[tokio::test]
async fn every_operation_of_quays_is_reached() {
    let first = EVERYTHING.replace("MAIL", "one").replace("MEMBERS", r#"["admin", "guest"]"#);
    let second = EVERYTHING.replace("MAIL", "two").replace("MEMBERS", r#"["admin"]"#);
    for version in VERSIONS {
        let stage = Stage::new(version, &first).await;
        stage.quay.plant_organization("acme", "admin");
        stage.quay.plant_user("guest");
        stage.quay.world().plant_team("acme", "readers", Role::Member, &["guest"]);
        stage.quay.world().plant_robot("acme", "builder");
        stage.workspace.apply().says("4 added");
        stage.workspace.plan_is_empty();
        stage.workspace.apply().says("0 added, 0 changed, 0 destroyed");
        stage.workspace.write(&second);
        stage.workspace.apply().says("0 added, 3 changed, 0 destroyed");
        let stored = "store_client_secret = true\n  description";
        stage.workspace.write(&second.replace("description", stored));
        stage.workspace.apply().says("0 added, 1 changed, 0 destroyed");
        stage.workspace.destroy();
        let requests = stage.quay.requests();
        for (name, operation) in OPERATIONS {
            let made = requests.iter().any(|request| {
                let line = format!("{} {}", request.method, request.path);
                is(&line, operation) && request.status.is_some_and(|it| (200..300).contains(&it))
            });
            assert!(made, "Terraform {version}: no successful {name}");
        }
    }
}

/// The README says what each operation is used by.
#[test]
fn the_readme_names_every_operation() {
    let readme = include_str!("../../README.md");
    for (name, _) in OPERATIONS {
        assert!(readme.contains(name), "{name}");
    }
}
