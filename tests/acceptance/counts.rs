//! What real Terraform costs a Quay: exactly so many requests.

use super::support::fake_quay::FakeQuay;
use super::support::terraform_cli::{VERSIONS, Workspace};

const ORGANIZATIONS: usize = 3;
const APPLICATIONS: usize = 30;

const HCL: &str = r#"
resource "quay_organization" "it" {
  count = 3
  name  = "org${count.index}"
}

resource "quay_org_application" "it" {
  count   = 30
  orgname = quay_organization.it[count.index % 3].name
  name    = "app${count.index}"
}
"#;

/// How many requests came with a token and how many without, since the last time.
fn taken(quay: &FakeQuay) -> (usize, usize) {
    let requests = quay.requests();
    quay.clear_requests();
    let with_token = requests.iter().filter(|request| request.token).count();
    (with_token, requests.len() - with_token)
}

#[tokio::test]
async fn terraform_costs_a_quay_no_request_too_many() {
    for version in VERSIONS {
        let quay = FakeQuay::start().await;
        let workspace = Workspace::with(version, quay.url(), "admin", HCL);
        workspace.apply();
        // Each organization: whether its name is free, the creation, the view, and the list that its
        // first application needs. Each application: its creation.
        let created = (3 * ORGANIZATIONS + APPLICATIONS, ORGANIZATIONS);
        assert_eq!(taken(&quay), created, "apply, Terraform {version}");
        workspace.plan_is_empty();
        assert_eq!(taken(&quay), (2 * ORGANIZATIONS, 0), "plan, Terraform {version}");
        workspace.destroy();
        // A plan; each application's deletion; each organization's look, its repositories, and its
        // deletion.
        let destroyed = (5 * ORGANIZATIONS + APPLICATIONS, 0);
        assert_eq!(taken(&quay), destroyed, "destroy, Terraform {version}");
    }
}

#[tokio::test]
async fn validation_schemas_and_functions_cost_nothing() {
    for version in VERSIONS {
        let quay = FakeQuay::start().await;
        let function =
            "output \"seconds\" {\n  value = provider::quay::duration_seconds(\"2w\")\n}\n";
        let workspace = Workspace::with(version, quay.url(), "admin", &[HCL, function].concat());
        for arguments in [
            &["validate", "-no-color"][..],
            &["providers", "schema", "-json"],
            // Nothing exists yet, so there is nothing to ask for.
            &["plan", "-no-color"],
        ] {
            let run = workspace.run(arguments);
            assert_eq!(run.code, 0, "Terraform {version}: {arguments:?}: {}", run.text);
        }
        assert_eq!(taken(&quay), (0, 0), "Terraform {version}");
    }
}
