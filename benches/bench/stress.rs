//! Many applications live and die, and the provider's memory stays flat.

use super::machine::Machine;
use super::project::{Kind, Measured, Project};
use super::support::fake_quay::FakeQuay;
use super::{page, say};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

/// The most memory that a provider may have at any time, in bytes. It is generous: what grows with
/// each call goes far beyond it.
const MEMORY_MAX: u64 = 48_000_000;
/// How much the provider may have at the end of a command above what it had in the middle.
const GROWTH_MAX: u64 = 8_000_000;

/// A command, and how the provider's memory went.
pub(crate) struct Watched {
    /// What was done.
    pub(crate) what: &'static str,
    /// What it took.
    pub(crate) measured: Measured,
    /// How far the memory rose in the second half, in bytes.
    pub(crate) growth: u64,
}

/// Runs it with so many, writes the page, and fails where the memory grows.
pub(crate) fn run(applications: usize, folder: &Path) -> ExitCode {
    let begun = Instant::now();
    let machine = Machine::describe();
    let quay = FakeQuay::builder().start_blocking().expect("loopback ports are to be had");
    let project = Project::new(Kind::Ours, applications);
    let plan = ["plan", "-no-color"];
    let commands: [(&str, &[&str]); 4] = [
        ("plan of everything", &plan),
        ("apply", &["apply", "-auto-approve", "-no-color"]),
        ("plan of nothing", &["plan", "-detailed-exitcode", "-no-color"]),
        ("destroy", &["destroy", "-auto-approve", "-no-color"]),
    ];
    let commands = commands.map(|(what, arguments)| {
        let (measured, memory) = project.watch(&quay, arguments);
        Watched { what, measured, growth: growth(&memory) }
    });
    let minutes = begun.elapsed().as_secs_f64() / 60.0;
    say(format_args!(
        "\n{}",
        page::write_stress(folder, &machine, applications, &commands, minutes)
    ));
    let flat =
        commands.iter().all(|it| it.measured.taken.memory <= MEMORY_MAX && it.growth <= GROWTH_MAX);
    let left: usize = quay.organizations().len();
    say(format_args!("{left} organizations are left"));
    if flat && left == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// How far the memory rose in the second half of the looks above what it was in the middle, where
/// a tenth of the looks tell what that is.
fn growth(memory: &[u64]) -> u64 {
    let seen: Vec<u64> = memory.iter().copied().filter(|bytes| *bytes > 0).collect();
    if seen.is_empty() {
        return 0;
    }
    let (middle, tenth) = (seen.len() / 2, seen.len() / 20);
    let most = |looks: &[u64]| looks.iter().copied().max().unwrap_or(0);
    let before = most(&seen[middle - tenth..=(middle + tenth).min(seen.len() - 1)]);
    most(&seen[middle..]).saturating_sub(before)
}
