//! Every example below `examples/`, as it stands there.
//!
//! What an example takes for granted, such as an organization that it looks up, is planted first.

use super::support::catalog::Kind;
use super::support::fake_quay::FakeQuay;
use super::support::files::{root, text};
use super::support::terraform_cli::{Run, VERSIONS, Workspace};

/// The release that knows everything that examples use.
pub(super) const NEW: &str = VERSIONS[1];
/// The client id in the examples; a real one is given by Quay.
const CLIENT_ID: &str = "EXAMPLE0CLIENT0ID001";
/// A provider that takes its settings from the environment, for what is no configuration itself.
pub(super) const PROVIDER: &str = "provider \"quay\" {}\n";

/// The organization that examples look things up in.
const PLATFORM: &str = "example-platform";
const DOCKER_HUB: &str = "example-docker-hub";

/// A workspace for an example, and a Quay that knows the registries of the examples: one for
/// everybody and one that wants a password.
async fn stage(version: &'static str) -> (FakeQuay, Workspace) {
    let quay = FakeQuay::start().await;
    quay.trusted_upstream("docker.io", 5002);
    quay.trusted_upstream("registry.example.com", 5003);
    let workspace = Workspace::new(version)
        .env("QUAY_URL", quay.url())
        .env("QUAY_TOKEN", "admin")
        .env("TF_VAR_vendor_password", "right-password");
    (quay, workspace)
}

/// Puts there what the examples look up.
fn plant(quay: &FakeQuay) {
    quay.plant_organization(PLATFORM, "admin");
    quay.plant_organization(DOCKER_HUB, "admin");
    for user in ["alice", "bob", "carol"] {
        quay.plant_user(user);
    }
    quay.plant_application(PLATFORM, "ci");
    quay.plant_repository(PLATFORM, "api");
    give_client_id(quay);
    let mut world = quay.world();
    world.plant_member(PLATFORM, "owners", "alice");
    world.plant_member(PLATFORM, "owners", "bob");
    world.plant_permission(PLATFORM, "api", "carol", "read");
    world.plant_proxy_cache(DOCKER_HUB, "docker.io");
}

/// Gives the application of the examples the client id that they name.
fn give_client_id(quay: &FakeQuay) {
    quay.change(PLATFORM, |organization| {
        CLIENT_ID.clone_into(&mut organization.applications[0].client_id);
    });
}

/// The main file of an example.
pub(super) fn example(kind: Kind, name: &str) -> String {
    text(&kind.example(name).join(kind.example_file()))
}

/// Runs Terraform, which must succeed.
pub(super) fn succeeds(workspace: &Workspace, arguments: &[&str]) -> Run {
    let run = workspace.run(arguments);
    assert_eq!(run.code, 0, "Terraform {}: {arguments:?}:\n{}", workspace.version, run.text);
    run
}

/// What is in an organization before an object of it is imported, and was not made by the example.
fn before_import(quay: &FakeQuay, type_name: &str) {
    match type_name {
        "quay_org_application" => give_client_id(quay),
        // An import allows whoever is a member, so that only strangers show in the next plan.
        "quay_org_member_allowlist" => {
            for user in ["alice", "bob"] {
                quay.plant_user(user);
                quay.world().plant_member(PLATFORM, "owners", user);
            }
        }
        _ => {}
    }
}

/// The address in an `import` block.
fn import_address(block: &str) -> &str {
    let line = block.lines().find_map(|line| line.trim().strip_prefix("to "));
    line.expect("a line with the address").trim_start_matches(['=', ' '])
}

/// Rows 55 and 56.
#[tokio::test]
async fn resources_are_applied_imported_in_every_way_and_destroyed() {
    for version in VERSIONS {
        for name in Kind::Resource.names() {
            let (quay, workspace) = stage(version).await;
            workspace.write_file("main.tf", &example(Kind::Resource, name));
            workspace.apply();
            workspace.plan_is_empty();
            before_import(&quay, name);
            let folder = Kind::Resource.example(name);
            let by_id = text(&folder.join("import-by-string-id.tf"));
            let address = import_address(&by_id);
            succeeds(&workspace, &["state", "rm", address]);
            workspace.script(&text(&folder.join("import.sh"))).says("Import successful!");
            workspace.plan_is_empty();
            let imported = workspace.state(address);
            let by_identity = text(&folder.join("import-by-identity.tf"));
            let blocks = [Some(by_id.as_str()), (version == NEW).then_some(by_identity.as_str())];
            for block in blocks.into_iter().flatten() {
                assert_eq!(import_address(block), address, "{name}: one address for all imports");
                succeeds(&workspace, &["state", "rm", address]);
                workspace.write_file("import.tf", block);
                workspace.apply().says("1 imported, 0 added, 0 changed, 0 destroyed");
                workspace.plan_is_empty();
                assert_eq!(workspace.state(address), imported, "{name}: one state for all imports");
            }
            workspace.write_file("import.tf", "");
            workspace.destroy();
        }
    }
}

/// Row 61.
#[tokio::test]
async fn data_sources_find_what_is_there() {
    for version in VERSIONS {
        let (quay, workspace) = stage(version).await;
        plant(&quay);
        let cases = [
            ("quay_application", "organization = \"example-platform\""),
            ("quay_org_application", "client_id = \"EXAMPLE0CLIENT0ID001\""),
            ("quay_org_applications", "client_ids = tolist([ \"EXAMPLE0CLIENT0ID001\", ])"),
            ("quay_org_collaborators", "\"carol\" = toset([ \"api\", ])"),
            ("quay_org_member", "teams_of_alice = toset([ \"owners\", ])"),
            ("quay_org_members", "owners = [ \"admin\", \"alice\", \"bob\", ]"),
            ("quay_organization", "teams = tolist([ \"owners\", ])"),
            ("quay_proxy_cache", "upstream = \"docker.io\""),
        ];
        assert_eq!(cases.map(|(name, _)| name)[..], Kind::DataSource.names());
        for (name, expected) in cases {
            workspace.write_file("main.tf", &example(Kind::DataSource, name));
            workspace.apply().says(expected);
            workspace.plan_is_empty();
        }
    }
}

/// Row 63.
#[tokio::test]
async fn the_secret_is_handed_over_and_kept_nowhere() {
    assert_eq!(Kind::Ephemeral.names(), ["quay_org_application_secret"]);
    for version in VERSIONS {
        let (quay, workspace) = stage(version).await;
        let hcl = example(Kind::Ephemeral, "quay_org_application_secret");
        workspace.write_file("main.tf", &hcl);
        workspace.apply();
        workspace.plan_is_empty();
        let secret = quay.applications(PLATFORM)[0].client_secret.clone();
        let handed_over = text(&workspace.path().join("ci-client-secret"));
        assert_eq!(handed_over.trim_end(), secret);
        assert!(!text(&workspace.path().join("terraform.tfstate")).contains(&secret));
        workspace.destroy();
    }
}

/// Row 66.
#[tokio::test]
async fn actions_run_when_they_are_invoked() {
    assert_eq!(Kind::Action.names(), ["quay_remove_org_member", "quay_validate_proxy_cache"]);
    let (quay, workspace) = stage(NEW).await;
    plant(&quay);
    workspace.write_file("main.tf", &example(Kind::Action, "quay_remove_org_member"));
    let invoke = "-invoke=action.quay_remove_org_member.bob";
    succeeds(&workspace, &["apply", "-auto-approve", "-no-color", invoke])
        .says("bob is no member of example-platform any more");
    assert_eq!(quay.members(PLATFORM), ["admin", "alice"]);
    let (_quay, workspace) = stage(NEW).await;
    workspace.write_file("main.tf", &example(Kind::Action, "quay_validate_proxy_cache"));
    workspace.apply().says("docker.io can be used");
    workspace.plan_is_empty();
    let invoke = "-invoke=action.quay_validate_proxy_cache.docker_hub";
    succeeds(&workspace, &["apply", "-auto-approve", "-no-color", invoke])
        .says("docker.io can be used");
    workspace.destroy();
}

/// Row 65.
#[tokio::test]
async fn queries_list_what_is_there() {
    let (quay, workspace) = stage(NEW).await;
    plant(&quay);
    workspace.write(PROVIDER);
    let cases = [
        ("quay_org_application", "ci (EXAMPLE0CLIENT0ID001)"),
        ("quay_organization", "example-docker-hub"),
    ];
    assert_eq!(cases.map(|(name, _)| name)[..], Kind::List.names());
    for (name, expected) in cases {
        workspace.write_file("list-resource.tfquery.hcl", &example(Kind::List, name));
        succeeds(&workspace, &["query", "-no-color"]).says(expected);
    }
}

/// Row 62.
#[tokio::test]
async fn functions_give_what_their_examples_say() {
    assert_eq!(Kind::Function.names(), ["duration_seconds", "proxied_image"]);
    for version in VERSIONS {
        let (quay, workspace) = stage(version).await;
        workspace.write_file("main.tf", &example(Kind::Function, "duration_seconds"));
        workspace.apply();
        workspace.plan_is_empty();
        let organization = quay.organization(PLATFORM).expect("it is there");
        assert_eq!(organization.tag_expiration_s.as_i64(), Some(1_209_600));
        workspace.destroy();
        let hcl = example(Kind::Function, "proxied_image");
        let comment = hcl.lines().find_map(|line| line.strip_prefix("# ")).expect("the result");
        workspace.write_file("main.tf", &hcl);
        workspace.apply().says(&format!("image = \"{comment}\""));
    }
}

#[tokio::test]
async fn the_provider_takes_its_settings_from_variables() {
    for version in VERSIONS {
        let quay = FakeQuay::start().await;
        plant(&quay);
        let workspace = Workspace::new(version)
            .env("TF_VAR_quay_url", quay.url())
            .env("TF_VAR_quay_token", "admin");
        workspace.write_file("main.tf", &text(&root().join("examples/provider/provider.tf")));
        // A provider that nothing uses is not configured, and strangers are shown no applications.
        let used = example(Kind::DataSource, "quay_org_applications");
        let used = &used[used.find("data ").expect("a data source")..];
        workspace.write_file("used.tf", used);
        workspace.apply();
        workspace.plan_is_empty();
    }
}

#[tokio::test]
async fn the_demo_is_applied_and_destroyed() {
    for version in VERSIONS {
        let (_quay, workspace) = stage(version).await;
        workspace.write_file("main.tf", &text(&root().join("examples/demo/main.tf")));
        workspace.apply();
        workspace.plan_is_empty();
        workspace.destroy();
    }
}
