//! What a process and the providers that it starts take, as `/proc` tells while they run.
//!
//! The kernel counts the time of each thread in nanoseconds and keeps the highest memory, so only
//! what happens between the last look and the end of a process is missed.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::Duration;

/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(4);
/// A new process shows its parent's program until it has its own, so it is looked at again.
const LOOKS_MAX: u32 = 20;
/// The unit in which the kernel tells the time of whole processes.
const TICK: Duration = Duration::from_millis(10);

/// What one run took.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Taken {
    /// The time of a processor in Terraform itself.
    pub(crate) terraform: Duration,
    /// The time of a processor in all its providers together.
    pub(crate) provider: Duration,
    /// The most memory that one of its providers had, in bytes.
    pub(crate) memory: u64,
}

/// Looks until the process ends.
pub(crate) fn watch(child: &mut Child, provider: &Path) -> (Taken, Vec<u64>) {
    let mut seen: HashMap<u32, u32> = HashMap::new();
    let mut providers: HashMap<u32, (Duration, u64)> = HashMap::new();
    let mut taken = Taken::default();
    // The memory of whichever provider has most, at each look.
    let mut memory = Vec::new();
    while child.try_wait().expect("it is a child of ours").is_none() {
        taken.terraform = ticks(child.id()).unwrap_or(taken.terraform);
        for id in new_processes(&mut seen) {
            if program(id).as_deref() == Some(provider) {
                seen.insert(id, LOOKS_MAX);
                providers.insert(id, (Duration::ZERO, 0));
            }
        }
        let mut now = 0;
        for (id, (time, most)) in &mut providers {
            *time = time_of_threads(*id).unwrap_or(*time).max(*time);
            *most = kibibytes(*id, "VmHWM:").unwrap_or(*most);
            now = now.max(kibibytes(*id, "VmRSS:").unwrap_or(0));
        }
        memory.push(now);
        std::thread::sleep(PAUSE);
    }
    taken.provider = providers.values().map(|(time, _)| *time).sum();
    taken.memory = providers.values().map(|(_, most)| *most).max().unwrap_or(0);
    (taken, memory)
}

/// How much memory a process has now, in bytes.
pub(crate) fn memory_now(id: u32) -> u64 {
    kibibytes(id, "VmRSS:").unwrap_or(0)
}

fn new_processes(seen: &mut HashMap<u32, u32>) -> Vec<u32> {
    let entries = fs::read_dir("/proc").expect("there is a /proc");
    let ids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let mut fresh = Vec::new();
    for id in ids {
        let looks = seen.entry(id).or_default();
        if *looks < LOOKS_MAX {
            *looks += 1;
            fresh.push(id);
        }
    }
    fresh
}

fn program(id: u32) -> Option<PathBuf> {
    fs::read_link(format!("/proc/{id}/exe")).ok()
}

fn time_of_threads(id: u32) -> Option<Duration> {
    let threads = fs::read_dir(format!("/proc/{id}/task")).ok()?;
    let times = threads.filter_map(|thread| {
        let text = fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
        Some(Duration::from_nanos(text.split_whitespace().next()?.parse().ok()?))
    });
    Some(times.sum())
}

fn ticks(id: u32) -> Option<Duration> {
    let text = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name, which may hold anything, ends at the last parenthesis.
    let mut fields = text.rsplit_once(')')?.1.split_whitespace().skip(11);
    let (user, system): (u32, u32) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(TICK * (user + system))
}

fn kibibytes(id: u32, field: &str) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(field))?;
    let number: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(number * 1024)
}
