//! `make install` and `make uninstall`.

use super::{PROGRAM, fail, script, succeed};
use crate::support::fake_quay::FakeQuay;
use crate::support::terraform_cli::{Run, VERSIONS, Workspace};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// What a user may have already.
const OWN_SETTINGS: &str = "disable_checkpoint = true\n";
const OWN_MIRROR: &str = "provider_installation {\n  filesystem_mirror {\n    path = \"/nowhere\"\n  \
                          }\n}\n";

fn home() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn install(home: &Path) -> String {
    succeed(&mut script("install.py", home, &["install", "--binary", PROGRAM]))
}

fn uninstall(home: &Path) -> String {
    succeed(&mut script("install.py", home, &["uninstall"]))
}

/// Everything below a folder: files with their content, folders without.
fn content(folder: &Path) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("it can be listed") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.append(&mut content(&path));
            found.insert(path, None);
        } else {
            let bytes = fs::read(&path).expect("it can be read");
            found.insert(path, Some(bytes));
        }
    }
    found
}

/// The installed executable.
fn installed(home: &Path) -> PathBuf {
    let mut files = content(home).into_keys();
    files
        .find(|path| path.is_file() && path.starts_with(home.join(".terraform.d/plugins")))
        .expect("something is installed")
}

/// `terraform init`, as the user of this home folder runs it.
fn init(workspace: &Workspace, home: &Path) -> Run {
    run(workspace, home, &["init", "-no-color", "-input=false"])
}

fn run(workspace: &Workspace, home: &Path, arguments: &[&str]) -> Run {
    let mut command = workspace.command(arguments);
    command.env_remove("TF_CLI_CONFIG_FILE").env("HOME", home);
    Run::of(&command.output().expect("Terraform starts"))
}

fn workspace(version: &'static str, quay: &FakeQuay) -> Workspace {
    let hcl = "resource \"quay_organization\" \"acme\" {\n  name = \"acme\"\n}\n";
    Workspace::with(version, quay.url(), "admin", hcl)
}

#[tokio::test]
async fn terraform_finds_what_was_installed_and_nothing_is_left_of_it_afterwards() {
    let quay = FakeQuay::start().await;
    for version in VERSIONS {
        let home = home();
        fs::write(home.path().join(".terraformrc"), OWN_SETTINGS).unwrap();
        let before = content(home.path());
        let words = install(home.path());
        assert!(words.contains("source = \"quay-rs/quay\""), "{words}");
        let workspace = workspace(version, &quay);
        let initialised = init(&workspace, home.path());
        assert_eq!(initialised.code, 0, "Terraform {version}: {}", initialised.text);
        let plan = run(&workspace, home.path(), &["plan", "-no-color", "-input=false"]);
        assert_eq!(plan.code, 0, "Terraform {version}: {}", plan.text);
        plan.says("Plan: 1 to add");
        uninstall(home.path());
        assert_eq!(content(home.path()), before, "Terraform {version}");
    }
}

#[test]
fn a_home_without_anything_is_empty_again_however_often_it_was_installed() {
    let home = home();
    install(home.path());
    install(home.path());
    uninstall(home.path());
    assert_eq!(content(home.path()), BTreeMap::new());
    assert!(uninstall(home.path()).contains("Nothing is installed"));
}

#[tokio::test]
async fn settings_that_name_other_places_stay_and_what_to_add_works() {
    let quay = FakeQuay::start().await;
    for version in VERSIONS {
        let home = home();
        let settings = home.path().join(".terraformrc");
        fs::write(&settings, OWN_MIRROR).unwrap();
        let words = install(home.path());
        assert_eq!(fs::read_to_string(&settings).unwrap(), OWN_MIRROR);
        let workspace = workspace(version, &quay);
        assert_eq!(init(&workspace, home.path()).code, 1, "Terraform {version}");
        let begin = words.find("  filesystem_mirror {").expect("the lines to add");
        let end = words[begin..].find("\n  }\n").expect("the whole block") + begin;
        let added = OWN_MIRROR.replacen('{', &format!("{{\n{}\n  }}", &words[begin..end]), 1);
        let path = "path = \"/nowhere\"";
        let exclude = "exclude = [\"registry.terraform.io/quay-rs/quay\"]";
        assert!(words.contains(exclude), "{words}");
        fs::write(&settings, added.replace(path, &format!("{path}\n    {exclude}"))).unwrap();
        let initialised = init(&workspace, home.path());
        assert_eq!(initialised.code, 0, "Terraform {version}: {}", initialised.text);
        assert!(!install(home.path()).contains("was left as it is"), "it is done already");
    }
}

#[test]
fn nothing_of_others_is_written_over_or_removed() {
    let home = home();
    install(home.path());
    let target = installed(home.path());
    fs::write(&target, "another build").unwrap();
    let words = fail(&mut script("install.py", home.path(), &["install", "--binary", PROGRAM]));
    assert!(words.contains("is there already"), "{words}");
    assert!(uninstall(home.path()).contains("somebody changed it"));
    assert_eq!(fs::read_to_string(target).unwrap(), "another build");
}
