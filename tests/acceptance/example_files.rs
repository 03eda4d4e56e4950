//! The files of all examples: formatted, valid, and honest about the Terraform that they need.

use super::examples::{NEW, PROVIDER, example, succeeds};
use super::support::catalog::{Kind, entries};
use super::support::files::{root, text};
use super::support::terraform_cli::{VERSIONS, Workspace};

/// All are formatted, and each file of a type is valid where a Terraform of its release reads it.
#[test]
fn every_example_is_formatted_and_valid() {
    let examples = root().join("examples");
    for version in VERSIONS {
        let folder = examples.to_str().expect("a path in Unicode");
        succeeds(&Workspace::new(version), &["fmt", "-check", "-diff", "-recursive", folder]);
        for kind in Kind::ALL {
            for name in kind.names() {
                let folder = kind.example(name);
                for file in entries(&folder).iter().filter(|file| is_read_by(file, kind, version)) {
                    check(version, kind, name, file);
                }
            }
        }
    }
}

fn is_read_by(file: &str, kind: Kind, version: &str) -> bool {
    let needs_new = file == "import-by-identity.tf" || [Kind::List, Kind::Action].contains(&kind);
    file != "import.sh" && (version == NEW || !needs_new)
}

fn check(version: &'static str, kind: Kind, name: &str, file: &str) {
    let workspace = Workspace::new(version);
    workspace.write_file(file, &text(&kind.example(name).join(file)));
    let mut arguments = vec!["validate", "-no-color"];
    if kind == Kind::List {
        workspace.write(PROVIDER);
        arguments.push("-query");
    } else if file != kind.example_file() {
        workspace.write_file(kind.example_file(), &example(kind, name));
    }
    succeeds(&workspace, &arguments);
}

#[test]
fn an_older_terraform_is_told_that_actions_need_a_newer_one() {
    for name in Kind::Action.names() {
        let workspace = Workspace::new(VERSIONS[0]);
        workspace.write_file("main.tf", &example(Kind::Action, name));
        let refused = workspace.run(&["init", "-backend=false", "-no-color"]);
        assert_eq!(refused.says("Unsupported Terraform Core version").code, 1, "{name}");
    }
}
