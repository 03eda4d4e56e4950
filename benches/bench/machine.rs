//! Where and when it was measured.

use super::project::TERRAFORM;
use std::fs;
use std::process::Command;

/// A machine, as far as it matters for figures.
pub(crate) struct Machine {
    /// Processors, memory and system.
    pub(crate) hardware: String,
    /// How busy it was with other things before.
    pub(crate) load: String,
    /// The day.
    pub(crate) date: String,
    /// Of everything that takes part.
    pub(crate) versions: String,
}

impl Machine {
    /// This machine, now.
    pub(crate) fn describe() -> Self {
        let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = field(&processors, "model name").unwrap_or_else(|| "unknown".to_owned());
        let count = processors.lines().filter(|line| line.starts_with("processor")).count();
        let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let memory = field(&memory, "MemTotal").unwrap_or_default();
        let kibibytes: u64 =
            memory.split_whitespace().next().and_then(|it| it.parse().ok()).unwrap_or(0);
        let system = said("uname", &["-sm"]);
        Self {
            hardware: format!(
                "{count} processors ({model}), {} GiB of memory, {system}",
                kibibytes >> 20
            ),
            load: load(),
            date: said("date", &["-u", "+%Y-%m-%d"]),
            versions: format!(
                "provider {} at commit {}, Terraform {TERRAFORM}, {}",
                env!("CARGO_PKG_VERSION"),
                commit(),
                said("rustc", &["--version"])
            ),
        }
    }
}

/// The commit, and whether anything but the pages of figures has changed since.
fn commit() -> String {
    let head = said("git", &["rev-parse", "--short", "HEAD"]);
    let changed = said("git", &["status", "--porcelain", "--", ":/", ":!/docs"]);
    if changed.is_empty() { head } else { format!("{head}, changed") }
}

/// How many processes wanted a processor during the last minute.
pub(crate) fn load() -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split_whitespace().next().unwrap_or("unknown").to_owned()
}

fn field(text: &str, name: &str) -> Option<String> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().expect("it starts");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
