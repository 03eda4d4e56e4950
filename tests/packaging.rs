//! What users get: `make install` and `make release`, as real Terraform takes them.
//!
//! The scripts are given the build of the tests, since a build as it is released takes minutes.

#[path = "packaging/archive.rs"]
mod archive;
#[path = "packaging/install.rs"]
mod install;
#[path = "packaging/picture.rs"]
mod picture;
#[path = "packaging/release.rs"]
mod release;
mod support;
#[path = "packaging/workflow.rs"]
mod workflow;

use std::path::Path;
use std::process::Command;
use support::plugin_process::PROGRAM;
use support::terraform_cli::Run;

/// A script of the project, with a home folder of its own.
#[allow(clippy::disallowed_methods, reason = "a script's own path is the tests' path")]
fn script(name: &str, home: &Path, arguments: &[&str]) -> Command {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new("python3");
    command
        .arg(root.join("scripts").join(name))
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home);
    command
}

/// Runs a command, which must succeed, and gives what it printed.
fn succeed(command: &mut Command) -> String {
    let run = Run::of(&command.output().expect("it starts"));
    assert_eq!(run.code, 0, "{command:?}:\n{}", run.text);
    run.text
}

/// Runs a command, which must fail, and gives what it printed.
fn fail(command: &mut Command) -> String {
    let run = Run::of(&command.output().expect("it starts"));
    assert_eq!(run.code, 1, "{command:?}:\n{}", run.text);
    run.text
}
