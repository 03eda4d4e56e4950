//! Many applications live and die, and the provider's memory stays flat.

use super::project::{Kind, Project};
use super::say;
use super::support::fake_quay::FakeQuay;
use std::process::ExitCode;

/// The most memory that a provider may have at any time, in bytes. It is generous: what grows with
/// each call goes far beyond it.
const MEMORY_MAX: u64 = 48_000_000;
/// How much the provider may have at the end of a command above what it had in the middle.
const GROWTH_MAX: u64 = 8_000_000;

/// Runs it with so many, and fails where the memory grows.
pub(crate) fn run(applications: usize) -> ExitCode {
    let quay = FakeQuay::builder().start_blocking().expect("loopback ports are to be had");
    let project = Project::new(Kind::Ours, applications);
    let plan = ["plan", "-no-color"];
    let commands: [(&str, &[&str]); 4] = [
        ("plan of everything", &plan),
        ("apply", &["apply", "-auto-approve", "-no-color"]),
        ("plan of nothing", &["plan", "-detailed-exitcode", "-no-color"]),
        ("destroy", &["destroy", "-auto-approve", "-no-color"]),
    ];
    let mut flat = true;
    for (what, arguments) in commands {
        let (measured, memory) = project.watch(&quay, arguments);
        let growth = growth(&memory);
        say(format_args!(
            "{what}: {applications} applications, {:.1} s, {} requests, {:.2} s of the provider's \
             CPU, at most {:.1} MB, {:.1} MB more in the second half than in the middle",
            measured.wall.as_secs_f64(),
            measured.requests,
            measured.taken.provider.as_secs_f64(),
            megabytes(measured.taken.memory),
            megabytes(growth),
        ));
        flat &= measured.taken.memory <= MEMORY_MAX && growth <= GROWTH_MAX;
    }
    let left: usize = quay.organizations().len();
    say(format_args!("{left} organizations are left"));
    if flat && left == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// How far the memory rose in the second half of the looks above what it was in the middle, where
/// a tenth of the looks tell what that is.
fn growth(memory: &[u64]) -> u64 {
    let seen: Vec<u64> = memory.iter().copied().filter(|bytes| *bytes > 0).collect();
    let (middle, tenth) = (seen.len() / 2, seen.len() / 20);
    let most = |looks: &[u64]| looks.iter().copied().max().unwrap_or(0);
    let before = most(&seen[middle - tenth..(middle + tenth).max(1).min(seen.len())]);
    most(&seen[middle..]).saturating_sub(before)
}

#[allow(clippy::cast_precision_loss, reason = "no figure has more than 53 bits")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
