//! Many resources, a Quay that limits the rate of requests, and ends in the middle.

use super::suite::{Stage, eventually};
use crate::support::fake_quay::{FakeQuay, Profile};
use crate::support::terraform_cli::{Run, VERSIONS, Workspace};
use std::collections::BTreeSet;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::{Duration, Instant};

fn applications(count: usize) -> String {
    format!(
        "resource \"quay_organization\" \"acme\" {{\n  name = \"acme\"\n}}\n\nresource \
         \"quay_org_application\" \"many\" {{\n  count   = {count}\n  orgname = \
         quay_organization.acme.name\n  name    = \"app${{count.index}}\"\n}}\n"
    )
}

/// The client ids in the state.
fn in_state(workspace: &Workspace) -> BTreeSet<String> {
    let ids = workspace.resources().into_iter();
    ids.filter_map(|it| it["values"]["client_id"].as_str().map(str::to_owned)).collect()
}

fn in_quay(quay: &FakeQuay) -> BTreeSet<String> {
    quay.applications("acme").into_iter().map(|it| it.client_id).collect()
}

/// A Terraform in a process group of its own, as a shell starts it.
struct Group {
    child: std::process::Child,
}

impl Group {
    fn apply(workspace: &Workspace) -> Self {
        let mut command = workspace.command(&["apply", "-auto-approve", "-no-color"]);
        Self { child: command.process_group(0).spawn().expect("Terraform starts") }
    }

    fn signal(&self, signal: &str, whole_group: bool) {
        let id = self.child.id();
        let target = if whole_group { format!("-{id}") } else { id.to_string() };
        // The shell's own `kill`: the program of that name is not on every machine.
        let kill = format!("kill -{signal} {target}");
        let kill = Command::new("/bin/sh").args(["-c", &kill]).status();
        assert!(kill.expect("kill runs").success());
    }

    /// The providers that it runs.
    fn providers(&self) -> Vec<String> {
        let id = self.child.id().to_string();
        processes()
            .into_iter()
            .filter(|(_, parent, name)| *parent == id && name.contains("terraform-provi"))
            .map(|(process, ..)| process)
            .collect()
    }
}

/// Number, parent and name of every process that has not ended.
#[cfg(target_os = "linux")]
fn processes() -> Vec<(String, String, String)> {
    let fields = |entry: std::io::Result<std::fs::DirEntry>| {
        let status = std::fs::read_to_string(entry.ok()?.path().join("stat")).ok()?;
        let (process, rest) = status.split_once(" (")?;
        let (name, rest) = rest.rsplit_once(") ")?;
        let mut rest = rest.split_whitespace();
        let has_ended = rest.next()? == "Z";
        (!has_ended).then_some((process.to_owned(), rest.next()?.to_owned(), name.to_owned()))
    };
    std::fs::read_dir("/proc").expect("Linux").filter_map(fields).collect()
}

/// Number, parent and name of every process that has not ended.
#[cfg(not(target_os = "linux"))]
fn processes() -> Vec<(String, String, String)> {
    let listed = Command::new("ps").args(["-A", "-o", "stat=,pid=,ppid=,comm="]).output();
    let listed = String::from_utf8_lossy(&listed.expect("ps runs").stdout).into_owned();
    let fields = |line: &str| {
        let mut words = line.split_whitespace().map(str::to_owned);
        let has_ended = words.next()?.starts_with('Z');
        (!has_ended).then_some((words.next()?, words.next()?, words.next()?))
    };
    listed.lines().filter_map(fields).collect()
}

/// A hundred applications at the speed of a real Quay, of which some are there already.
async fn under_way(version: &'static str) -> (Stage, Group) {
    let quay = FakeQuay::builder().service_time(Duration::from_millis(190), 2).start().await;
    let workspace = Workspace::with(version, quay.url(), "admin", &applications(100));
    let group = Group::apply(&workspace);
    eventually("the tenth application", || in_quay(&quay).len() >= 10).await;
    (Stage { quay, workspace }, group)
}

#[tokio::test]
async fn an_interrupt_ends_an_apply_soon_and_the_state_is_what_exists() {
    for version in VERSIONS {
        let (stage, group) = under_way(version).await;
        let begin = Instant::now();
        group.signal("INT", true);
        let ended = Run::of(&group.child.wait_with_output().expect("it ends"));
        let took = begin.elapsed();
        eprintln!("Terraform {version}: {took:?} from the interrupt to the end");
        assert_eq!(ended.code, 1, "{}", ended.text);
        assert!(took < Duration::from_secs(2), "Terraform {version}: {took:?}");
        assert_eq!(in_state(&stage.workspace), in_quay(&stage.quay), "Terraform {version}");
        assert!(in_quay(&stage.quay).len() < 100);
    }
}

#[tokio::test]
async fn no_provider_survives_a_terraform_that_is_killed() {
    for version in VERSIONS {
        let (_stage, mut group) = under_way(version).await;
        let providers = group.providers();
        assert!(!providers.is_empty(), "Terraform {version} runs a provider");
        let begin = Instant::now();
        group.signal("KILL", false);
        group.child.wait().expect("it ends");
        eventually("the end of the provider", || {
            !processes().iter().any(|(process, ..)| providers.contains(process))
        })
        .await;
        let took = begin.elapsed();
        eprintln!("Terraform {version}: {took:?} from the kill to the provider's end");
        assert!(took < Duration::from_secs(2), "Terraform {version}: {took:?}");
    }
}

/// nginx before Quay lets five requests a second through, with a burst of 25.
#[tokio::test]
async fn a_limited_rate_needs_nobodys_attention() {
    let quay = FakeQuay::start().await;
    let url = quay.profile_url(Profile::RateLimited);
    let workspace = Workspace::with(VERSIONS[1], &url, "admin", &applications(299));
    workspace.apply().says("300 added");
    assert_eq!(in_state(&workspace), in_quay(&quay));
    let refused = quay.requests().iter().filter(|request| request.status == Some(429)).count();
    eprintln!("{refused} of {} requests were refused", quay.requests().len());
    assert!(refused > 0, "the limit was felt");
}
