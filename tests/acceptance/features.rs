//! What only newer releases of Terraform know.

use super::secrets::{holds, unzipped};
use super::{Stage, VERSIONS, Workspace, json};
use crate::support::fake_quay::{Fault, FaultKind};
use std::collections::BTreeMap;

const NEW: &str = VERSIONS[1];

const BASE: &str = r#"
resource "quay_organization" "acme" {
  name = "acme"
}

resource "quay_org_application" "ci" {
  orgname = quay_organization.acme.name
  name    = "ci"
}
"#;

/// Rows 56 and 57.
#[tokio::test]
async fn an_import_by_identity_leads_to_the_same_state_as_one_by_id() {
    let stage = Stage::new(NEW, BASE).await;
    stage.workspace.apply();
    let before = stage.workspace.state("quay_org_application.ci");
    let id = before["client_id"].as_str().expect("an id");
    stage.workspace.forget();
    stage.workspace.write(&format!(
        "{BASE}
import {{
  to       = quay_organization.acme
  identity = {{ name = \"acme\" }}
}}

import {{
  to       = quay_org_application.ci
  identity = {{ orgname = \"acme\", client_id = \"{id}\" }}
}}
"
    ));
    stage.workspace.apply().says("2 imported, 0 added, 0 changed, 0 destroyed");
    stage.workspace.plan_is_empty();
    assert_eq!(stage.workspace.state("quay_org_application.ci"), before);
}

/// Row 57: a state without identities gets them at the next refresh.
#[tokio::test]
async fn an_identity_is_filled_in_where_an_older_terraform_left_none() {
    let older = Stage::new(VERSIONS[0], BASE).await;
    older.workspace.apply();
    let newer = Workspace::with(NEW, older.quay.url(), "admin", BASE);
    let state = std::fs::read_to_string(older.workspace.path().join("terraform.tfstate"));
    let state = state.expect("a state");
    assert!(!state.contains("\"identity\": {"));
    newer.write_file("terraform.tfstate", &state);
    newer.plan_is_empty();
    newer.run(&["apply", "-refresh-only", "-auto-approve"]);
    let state = std::fs::read_to_string(newer.path().join("terraform.tfstate")).expect("a state");
    assert!(state.contains("\"identity\": {"), "{state}");
}

/// Row 65.
#[tokio::test]
async fn a_query_lists_what_exists_and_writes_configuration_that_needs_no_change() {
    let stage = Stage::new(NEW, BASE).await;
    stage.workspace.apply();
    stage.by_hand("POST", "organization/", Some(&json!({ "name": "beta" })));
    stage.workspace.forget();
    stage.workspace.write("provider \"quay\" {}\n");
    stage.workspace.write_file(
        "all.tfquery.hcl",
        "list \"quay_organization\" \"all\" {\n  provider = quay\n}\n\nlist \"quay_org_application\" \
         \"all\" {\n  provider = quay\n  config {\n    orgname = \"acme\"\n  }\n}\n",
    );
    let listed = stage.workspace.run(&["query", "-no-color"]);
    assert_eq!(listed.says("acme").says("beta").says("ci (").code, 0);
    stage.workspace.write_file(
        "few.tfquery.hcl",
        "list \"quay_org_application\" \"few\" {\n  provider = quay\n  limit = 1\n  include_resource = \
         true\n  config {\n    orgname = \"acme\"\n  }\n}\n",
    );
    stage.by_hand("POST", "organization/acme/applications", Some(&json!({ "name": "second" })));
    let json = stage.workspace.run(&["query", "-json", "-no-color"]);
    assert_eq!(json.code, 0, "{}", json.text);
    let found = json.stdout.lines().filter(|line| line.contains("list_resource_found"));
    let of = |address: &str| found.clone().filter(|line| line.contains(address)).count();
    assert_eq!((of("quay_org_application.all"), of("quay_org_application.few")), (2, 1));
    assert!(json.stdout.contains("redirect_uri"), "the object is included: {}", json.stdout);
    for application in stage.quay.applications("acme") {
        assert!(!json.stdout.contains(&application.client_secret), "no list shows a secret");
    }
    std::fs::remove_file(stage.workspace.path().join("few.tfquery.hcl")).expect("it is there");
    let generated = stage.workspace.run(&["query", "-no-color", "-generate-config-out=found.tf"]);
    assert_eq!(generated.code, 0, "{}", generated.text);
    stage.workspace.apply().says("4 imported, 0 added, 0 changed, 0 destroyed");
    stage.workspace.plan_is_empty();
}

/// Row 66.
#[tokio::test]
async fn actions_run_by_themselves_and_by_a_trigger() {
    let actions = r#"
action "quay_remove_org_member" "bob" {
  config {
    orgname = "acme"
    name    = "bob"
  }
}

action "quay_remove_org_member" "owner" {
  config {
    orgname = "acme"
    name    = "admin"
  }
}

action "quay_remove_org_member" "robot" {
  config {
    orgname = "acme"
    name    = "acme+builder"
  }
}

action "quay_validate_proxy_cache" "open" {
  config {
    orgname           = "acme"
    upstream_registry = "127.0.0.1:5001"
    insecure          = true
  }
}

resource "quay_org_application" "trigger" {
  orgname = quay_organization.acme.name
  name    = "trigger"
  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.quay_validate_proxy_cache.open]
    }
  }
}
"#;
    let stage = Stage::new(NEW, &format!("{BASE}{actions}")).await;
    stage.workspace.apply().says("127.0.0.1:5001 can be used");
    let invoke = |name: &str| {
        let argument = format!("-invoke=action.quay_remove_org_member.{name}");
        stage.workspace.run(&["apply", "-auto-approve", "-no-color", &argument])
    };
    assert_eq!(invoke("bob").says("no member of acme; nothing to do").code, 0);
    assert_eq!(invoke("owner").says("the only owner").code, 1);
    stage.quay.world().plant_robot("acme", "builder");
    stage.quay.world().plant_member("acme", "owners", "acme+builder");
    assert_eq!(invoke("robot").says("Quay removes users only").code, 1);
}

/// Row 63. The secret reaches a write-only argument and is in neither plan nor state.
#[tokio::test]
async fn an_ephemeral_secret_leaves_no_trace() {
    for version in VERSIONS {
        let hcl = format!(
            "{BASE}
ephemeral \"quay_org_application_secret\" \"ci\" {{
  orgname   = quay_organization.acme.name
  client_id = quay_org_application.ci.client_id
}}

resource \"quay_proxy_cache\" \"it\" {{
  orgname                               = quay_organization.acme.name
  upstream_registry                     = \"127.0.0.1:5001\"
  upstream_registry_username            = \"puller\"
  upstream_registry_password_wo         = ephemeral.quay_org_application_secret.ci.client_secret
  upstream_registry_password_wo_version = 1
  insecure                              = true
}}
"
        );
        let stage = Stage::new(version, &hcl).await;
        stage.workspace.apply();
        stage.workspace.plan_is_empty();
        // The second plan, for a new version of the password, knows the secret from the start.
        stage.workspace.write(&hcl.replace("wo_version = 1", "wo_version = 2"));
        stage.workspace.run(&["plan", "-no-color", "-out=plan"]);
        let plan = unzipped(&stage.workspace.path().join("plan"));
        let id = stage.workspace.state("quay_org_application.ci")["client_id"].clone();
        let path = format!("organization/acme/applications/{}", id.as_str().expect("an id"));
        let secret = stage.by_hand("GET", &path, None)["client_secret"].clone();
        let secret = secret.as_str().expect("a secret");
        let state = std::fs::read_to_string(stage.workspace.path().join("terraform.tfstate"));
        let state = state.expect("a state");
        assert!(state.contains(id.as_str().expect("an id")) && !state.contains(secret));
        assert!(holds(&plan, id.as_str().expect("an id")) && !holds(&plan, secret));
    }
}

/// Row 62.
#[tokio::test]
async fn functions_compute_and_name_the_wrong_argument() {
    for version in VERSIONS {
        let hcl = r#"
output "seconds" {
  value = provider::quay::duration_seconds("2w")
}

output "image" {
  value = provider::quay::proxied_image("nginx:1.27", "docker.io", "quay.example.com", "acme")
}
"#;
        let workspace = Workspace::with(version, "http://127.0.0.1:1", "none", hcl);
        let applied = workspace.apply();
        let applied = applied.says("seconds = 1209600");
        applied.says("quay.example.com/acme/library/nginx:1.27");
        workspace.write(&hcl.replace("2w", "2 weeks"));
        workspace.plan_fails().says("is no duration in Quay's notation");
    }
}

/// Row 66: arguments are checked by the plan, with the values of variables.
#[tokio::test]
async fn an_actions_arguments_are_checked_when_they_are_known() {
    let hcl = r#"
variable "who" {
  type = string
}

action "quay_remove_org_member" "who" {
  config {
    orgname = "acme"
    name    = var.who
  }
}
"#;
    let stage = Stage::new(NEW, &format!("{BASE}{hcl}")).await;
    let invoke = "-invoke=action.quay_remove_org_member.who";
    let plan = stage.workspace.run(&["plan", "-no-color", "-var=who=", invoke]);
    assert_eq!(plan.says("Invalid value for name").code, 1);
    assert_eq!(stage.quay.requests().len(), 0);
}

/// Modules hand alternatives through variables, of which one is null.
#[tokio::test]
async fn alternatives_may_come_from_variables() {
    let hcl = r#"
variable "token" {
  type = string
}

variable "nothing" {
  type    = string
  default = null
}

variable "version_of_it" {
  type = number
}

provider "quay" {
  token           = var.token
  token_file      = var.nothing
  oauth2_username = var.nothing
  client_cert_pem = var.nothing
}

resource "quay_organization" "acme" {
  name = "acme"
}

resource "quay_proxy_cache" "it" {
  orgname                               = quay_organization.acme.name
  upstream_registry                     = "127.0.0.1:5003"
  upstream_registry_username            = "puller"
  upstream_registry_password            = var.nothing
  upstream_registry_password_wo         = terraform_data.password.output
  upstream_registry_password_wo_version = var.version_of_it
  insecure                              = true
}

resource "terraform_data" "password" {
  input = "right-password"
}

resource "quay_org_application" "ci" {
  orgname = quay_organization.acme.name
  name    = "ci"
}

data "quay_org_application" "ci" {
  orgname    = quay_organization.acme.name
  client_id  = quay_org_application.ci.client_id
  name       = var.nothing
}
"#;
    for version in VERSIONS {
        let stage = Stage::new(version, hcl).await;
        let workspace =
            stage.workspace.env("TF_VAR_token", "admin").env("TF_VAR_version_of_it", "1");
        assert_eq!(
            workspace.run(&["validate", "-no-color"]).says("The configuration is valid").code,
            0
        );
        workspace.apply().says("4 added");
        workspace.plan_is_empty();
    }
}

/// One line for each request, repetitions included, and one id for all lines of a call.
#[tokio::test]
async fn a_log_at_debug_shows_every_request_once() {
    for version in VERSIONS {
        let stage = Stage::new(version, BASE).await;
        let log = stage.workspace.path().join("log");
        let workspace = stage
            .workspace
            .env("TF_LOG_PROVIDER", "DEBUG")
            .env("TF_LOG_PROVIDER_QUAY", "DEBUG")
            .env("TF_LOG_PATH", log.to_str().expect("text"));
        stage.quay.fault(Fault::on("GET", "*/applications", FaultKind::Status(503)));
        stage.quay.fault(Fault::on("GET", "*", FaultKind::TooManyRequests(Some(2))));
        workspace.apply();
        let log = std::fs::read_to_string(log).expect("a log");
        let field = |line: &str, name: &str| {
            let value = line.split_once(&format!(" {name}=")).unwrap_or_else(|| {
                panic!("no {name} in {line}");
            });
            value.1.split_whitespace().next().unwrap_or_default().to_owned()
        };
        let lines = log.lines().filter(|line| line.contains(": request: "));
        let (mut attempts, mut calls) = (BTreeMap::new(), BTreeMap::new());
        let mut logged: Vec<String> = lines
            .map(|line| {
                assert!(field(line, "milliseconds").parse::<u64>().is_ok(), "{line}");
                *attempts.entry(field(line, "attempt")).or_insert(0) += 1;
                let about = ["tf_rpc", "tf_resource_type"].map(|name| field(line, name));
                calls.entry(field(line, "tf_req_id")).or_insert_with(Vec::new).push(about);
                ["method", "path", "status"].map(|name| field(line, name)).join(" ")
            })
            .collect();
        assert_eq!(attempts.remove("2"), Some(2), "one after a 503, and one after a 429");
        assert_eq!(attempts.len(), 1, "all others succeed at once");
        assert_eq!(calls.len(), 2, "two objects are created: {calls:?}");
        for (id, about) in &calls {
            let (process, number) = id.split_once('-').expect("a process and a number");
            assert!(process.parse::<u32>().is_ok() && number.parse::<u32>().is_ok(), "{id}");
            assert!(about.len() > 1 && about.iter().all(|it| it == &about[0]), "{about:?}");
        }
        let waits = log.lines().find(|line| line.contains("Quay limits the rate of requests"));
        let waits = waits.expect("a line about the wait");
        assert!(calls.contains_key(&field(waits, "tf_req_id")), "{waits}");
        assert!(field(waits, "milliseconds").parse::<u64>().is_ok_and(|it| it > 1000), "{waits}");
        let again = log.lines().find(|line| line.contains("trying again after a pause"));
        let again = again.expect("a line about the repetition");
        assert!(again.contains("Quay answered 503 to GET"), "{again}");
        let mut made: Vec<String> = stage
            .quay
            .requests()
            .iter()
            .map(|it| format!("{} {} {}", it.method, it.path, it.status.expect("an answer")))
            .collect();
        logged.sort();
        made.sort();
        assert_eq!(logged, made, "Terraform {version}");
    }
}

/// Row 37: a Quay whose address is known only after apply.
#[tokio::test]
async fn unknown_settings_do_not_stop_a_plan() {
    for version in VERSIONS {
        let stage = Stage::new(version, "").await;
        let hcl = format!(
            "resource \"terraform_data\" \"quay\" {{\n  input = \"{}\"\n}}\n\nprovider \"quay\" {{\n  \
             url   = terraform_data.quay.output\n  token = \"admin\"\n}}\n{BASE}",
            stage.quay.url()
        );
        stage.workspace.write(&hcl);
        stage.workspace.plan_shows("3 to add");
        assert_eq!(stage.quay.requests().len(), 0, "a plan without settings asks nobody");
        stage.workspace.apply().says("3 added");
        stage.workspace.plan_is_empty();
    }
}

/// A UUID in place of an address, as `enthought/quay` stores what an older Quay shows.
const NO_ADDRESS: &str = "0a9b8c7d-1234-4abc-8def-0123456789ab";

/// A state as `enthought/quay` writes it.
pub(crate) fn state_of_the_other_provider(email: &str) -> String {
    json!({
        "version": 4, "terraform_version": "1.9.0", "serial": 1, "lineage": "x", "outputs": {},
        "resources": [{
            "mode": "managed", "type": "quay_organization", "name": "acme",
            "provider": "provider[\"registry.terraform.io/enthought/quay\"]",
            "instances": [{ "schema_version": 0, "attributes": {
                "name": "acme", "email": email, "id": "acme",
            }}],
        }],
    })
    .to_string()
}

/// Terraform wants the other provider to be installed as long as the state names it.
pub(crate) fn accept_the_other_provider(workspace: &Workspace) {
    let rc = std::fs::read_to_string(workspace.path().join("terraform.rc"));
    let rc = rc.expect("the command's settings");
    let ours = rc.lines().find(|line| line.contains("quay-rs/quay")).expect("an override");
    let theirs = ours.replace("quay-rs", "enthought");
    workspace.write_file("terraform.rc", &rc.replace(ours, &format!("{ours}\n{theirs}")));
}

/// Rows 58 and 59.
#[tokio::test]
async fn the_other_providers_organizations_are_taken_over() {
    for version in VERSIONS {
        let stage = Stage::new(version, "").await;
        stage.by_hand("POST", "organization/", Some(&json!({ "name": "acme" })));
        stage.workspace.write_file("terraform.tfstate", &state_of_the_other_provider(NO_ADDRESS));
        let hcl = "resource \"quay_organization\" \"acme\" {\n  name = \"acme\"\n}\n";
        stage.workspace.write(hcl);
        let replaced = stage.workspace.run(&[
            "state",
            "replace-provider",
            "-auto-approve",
            "enthought/quay",
            "quay-rs/quay",
        ]);
        assert_eq!(replaced.code, 0, "{}", replaced.text);
        stage.workspace.plan_is_empty();
    }
}

/// Row 59.
#[tokio::test]
async fn the_other_providers_organizations_move_here_one_by_one() {
    for version in VERSIONS {
        let stage = Stage::new(version, "").await;
        stage.by_hand("POST", "organization/", Some(&json!({ "name": "acme" })));
        stage.workspace.write_file("terraform.tfstate", &state_of_the_other_provider(NO_ADDRESS));
        accept_the_other_provider(&stage.workspace);
        stage.workspace.write(
            "moved {\n  from = quay_organization.acme\n  to   = quay_organization.here\n}\n\n\
             resource \"quay_organization\" \"here\" {\n  name = \"acme\"\n}\n",
        );
        let plan = stage.workspace.run(&["plan", "-no-color"]);
        plan.says("has moved to quay_organization.here")
            .says("0 to add, 0 to change, 0 to destroy");
        stage.workspace.apply().says("0 added, 0 changed, 0 destroyed");
        stage.workspace.plan_is_empty();
        assert_eq!(stage.workspace.state("quay_organization.here")["email"], json!(null));
    }
}
