//! The modules below `examples/modules`: their own tests, and what their pages say.

use super::guides::{blocks, copy, guide};
use super::support::catalog::entries;
use super::support::fake_quay::FakeQuay;
use super::support::files::{root, text};
use super::support::terraform_cli::{Run, VERSIONS, Workspace};
use std::path::Path;

/// Every module with the number of runs in its tests.
const MODULES: [(&str, usize); 2] = [("organization", 9), ("proxy-caches", 10)];

/// A Quay that reaches the registries of the modules, and a workspace for it.
async fn stage(version: &'static str) -> (FakeQuay, Workspace) {
    let quay = FakeQuay::start().await;
    quay.trusted_upstream("docker.io", 5002);
    quay.trusted_upstream("registry.example.com", 5003);
    let workspace = Workspace::with(version, quay.url(), "admin", "");
    (quay, workspace)
}

fn runs(workspace: &Workspace, arguments: &[&str]) -> Run {
    let run = workspace.run(arguments);
    assert_eq!(run.code, 0, "Terraform {}: {arguments:?}:\n{}", workspace.version, run.text);
    run
}

fn page(module: &str) -> String {
    text(&root().join("examples/modules").join(module).join("README.md"))
}

/// Lets `terraform init` find the provider, which it does not where it is overridden.
fn install(workspace: &Workspace) {
    let version = runs(workspace, &["version", "-json"]).stdout;
    let version: serde_json::Value = serde_json::from_str(&version).expect("JSON");
    let platform = version["platform"].as_str().expect("a platform");
    let mirror = workspace.path().join("mirror");
    let folder = format!("registry.terraform.io/quay-rs/quay/0.0.1/{platform}");
    let folder = mirror.join(folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    let built = Path::new(env!("CARGO_BIN_EXE_terraform-provider-quay"));
    std::os::unix::fs::symlink(built, folder.join("terraform-provider-quay_v0.0.1"))
        .expect("a link");
    let settings = format!(
        "provider_installation {{\n  filesystem_mirror {{\n    path = {:?}\n  }}\n}}\n",
        mirror.display().to_string()
    );
    workspace.write_file("terraform.rc", &settings);
}

#[tokio::test]
async fn the_tests_of_each_module_pass_and_leave_nothing_behind() {
    assert_eq!(entries(&root().join("examples/modules")), MODULES.map(|(name, _)| name));
    for version in VERSIONS {
        for (module, count) in MODULES {
            let (quay, workspace) = stage(version).await;
            install(&workspace);
            std::fs::remove_file(workspace.path().join("main.tf")).expect("it is there");
            copy(&workspace, &format!("modules/{module}"), "");
            runs(&workspace, &["init", "-backend=false", "-input=false", "-no-color"]);
            let tested = runs(&workspace, &["test", "-no-color"]);
            tested.says(&format!("Success! {count} passed, 0 failed."));
            let asked = quay.requests();
            let created = asked.iter().filter(|it| it.method == "POST").count();
            assert!(created >= 2, "{module}: the tests went to another Quay");
            assert_eq!(quay.organizations(), [""; 0], "Terraform {version}: {module}");
        }
    }
}

/// Applies the usage that a module's page shows, and gives what it prints.
fn use_as_the_page_says(workspace: &Workspace, module: &str) -> Run {
    copy(workspace, &format!("modules/{module}"), &format!("modules/{module}"));
    let usage = &blocks(&page(module), "hcl")[0];
    workspace.write_file("main.tf", usage);
    runs(workspace, &["fmt", "-check"]);
    runs(workspace, &["get"]);
    let applied = workspace.apply();
    workspace.plan_is_empty();
    applied
}

#[tokio::test]
async fn an_organization_comes_from_one_variable_as_its_page_says() {
    for version in VERSIONS {
        let (quay, workspace) = stage(version).await;
        use_as_the_page_says(&workspace, "organization").says("\"web\" = ");
        let organization = quay.organization("acme").expect("it is there");
        assert_eq!(organization.email.as_deref(), Some("ops@acme.example"));
        assert_eq!(organization.applications.len(), 2);
        // The list is there: a stranger shows.
        quay.plant_user("mallory");
        quay.world().plant_member("acme", "owners", "mallory");
        workspace.plan_shows("mallory");
        // Images hold it back, as the page says.
        quay.plant_repository("acme", "precious");
        let destroy = ["destroy", "-auto-approve", "-no-color"];
        assert_eq!(workspace.run(&destroy).says("precious").code, 1);
        assert!(quay.organization("acme").is_some());
        assert_eq!(quay.applications("acme").len(), 0, "they are destroyed before");
        quay.world().remove_member("acme", "mallory");
        let usage = text(&workspace.path().join("main.tf"));
        let name = "    name            = \"acme\"\n";
        let forced = usage.replace(name, &format!("{name}    force_destroy   = true\n"));
        workspace.write_file("main.tf", &forced);
        workspace.apply();
        workspace.destroy();
        assert!(quay.organization("acme").is_none());
    }
}

#[tokio::test]
async fn each_upstream_gets_an_organization_as_the_page_says() {
    for version in VERSIONS {
        let (quay, workspace) = stage(version).await;
        let workspace = workspace.env("TF_VAR_vendor_password", "right-password");
        let applied = use_as_the_page_says(&workspace, "proxy-caches");
        assert_eq!(blocks(&guide("proxy-cache"), "hcl"), blocks(&page("proxy-caches"), "hcl"));
        applied.says("\"docker.io\" = [ \"quay.example.com/docker-hub\", ]");
        let vendor = quay.proxy_cache("vendor").expect("it is there");
        assert_eq!(vendor.password.as_deref(), Some("right-password"));
        assert_eq!(vendor.expiration_s, Some(43_200));
        assert!(!text(&workspace.path().join("terraform.tfstate")).contains("right-password"));
        // What was pulled does not hold a cache back.
        quay.plant_repository("docker-hub", "library/nginx");
        workspace.destroy();
        assert_eq!(quay.organizations(), [""; 0]);
    }
}

/// The names in the first column of the tables below a heading.
fn documented(page: &str, heading: &str) -> Vec<String> {
    let begin = page.find(&format!("\n## {heading}\n")).expect("the heading") + 4;
    let section = page[begin..].split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| row.split('`').next().unwrap_or_default().to_owned()).collect()
}

/// The names that a file of a module declares with a keyword.
fn declared(module: &str, file: &str, keyword: &str) -> Vec<String> {
    let file = text(&root().join("examples/modules").join(module).join(file));
    let blocks = file.lines().filter_map(|line| line.strip_prefix(keyword)?.strip_prefix(" \""));
    blocks.map(|rest| rest.split('"').next().unwrap_or_default().to_owned()).collect()
}

/// The attributes of the objects that a module takes, but not those of objects within them.
fn attributes(module: &str) -> Vec<String> {
    let file = text(&root().join("examples/modules").join(module).join("variables.tf"));
    let lines = file.lines().filter_map(|line| line.strip_prefix("    "));
    let lines = lines.filter(|line| line.starts_with(|it: char| it.is_ascii_lowercase()));
    let named = lines.filter_map(|line| line.split_once('='));
    let typed = named.filter(|(_, it)| {
        let it = it.trim_start();
        it == "string" || it.starts_with("optional(")
    });
    typed.map(|(name, _)| name.trim().to_owned()).collect()
}

#[test]
fn the_pages_of_the_modules_name_what_they_take_and_give() {
    for (module, _) in MODULES {
        let page = page(module);
        let mut inputs = attributes(module);
        assert!(inputs.len() > 5, "{module}: the attributes were not found");
        // A variable that is one object is named by its attributes.
        if module != "organization" {
            inputs.splice(0..0, declared(module, "variables.tf", "variable"));
        }
        assert_eq!(documented(&page, "Inputs"), inputs, "{module}");
        let outputs = declared(module, "outputs.tf", "output");
        assert_eq!(documented(&page, "Outputs"), outputs, "{module}");
        assert!(page.contains("\n## Destroying\n"), "{module}");
    }
}
