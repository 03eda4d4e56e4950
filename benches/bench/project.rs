//! A Terraform project of so many applications, or of Terraform's own placeholders for them.

use super::sampler::{self, Taken};
use super::say;
use super::support::fake_quay::FakeQuay;
use super::support::terraform_cli::Workspace;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The release that is measured.
pub(crate) const TERRAFORM: &str = "1.15.5";
/// How many organizations the applications are in.
pub(crate) const ORGANIZATIONS: usize = 10;

/// What the project is made of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// Applications.
    Ours,
    /// Applications, and each of them is asked for by itself.
    OneByOne,
    /// As many `terraform_data`, with the same references: what Terraform itself takes.
    Floor,
}

/// A command of Terraform's, and what it took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured {
    /// From its start to its end.
    pub(crate) wall: Duration,
    /// The shortest and the longest of the runs of which this is the median.
    pub(crate) spread: (Duration, Duration),
    /// What the processes took.
    pub(crate) taken: Taken,
    /// The requests that reached Quay.
    pub(crate) requests: usize,
    /// Those of them that carried no token, which cost Quay next to nothing.
    pub(crate) public: usize,
}

/// A project.
pub(crate) struct Project {
    workspace: Workspace,
    kind: Kind,
}

/// The program that is measured.
pub(crate) fn provider() -> PathBuf {
    let built = Path::new(env!("CARGO_BIN_EXE_terraform-provider-quay"));
    built.canonicalize().expect("it was built")
}

impl Project {
    /// A project that is not applied yet.
    pub(crate) fn new(kind: Kind, applications: usize) -> Self {
        let workspace = Workspace::new(TERRAFORM);
        match kind {
            Kind::Floor => workspace.write_file("main.tf", &placeholders(applications)),
            Kind::Ours | Kind::OneByOne => workspace.write(&objects(applications)),
        }
        Self { workspace, kind }
    }

    /// A project of any configuration.
    pub(crate) fn of(hcl: &str) -> Self {
        let workspace = Workspace::new(TERRAFORM);
        workspace.write(hcl);
        Self { workspace, kind: Kind::Ours }
    }

    /// Runs a command and gives what it took, and the memory of the provider at each look.
    pub(crate) fn watch(&self, quay: &FakeQuay, arguments: &[&str]) -> (Measured, Vec<u64>) {
        self.watch_as(self.kind, quay, arguments)
    }

    fn watch_as(&self, kind: Kind, quay: &FakeQuay, arguments: &[&str]) -> (Measured, Vec<u64>) {
        quay.clear_requests();
        let log = self.workspace.path().join("output.txt");
        let file = File::create(&log).expect("it can be written");
        let errors = file.try_clone().expect("a second handle");
        let mut command = self.workspace.command(arguments);
        command.env("QUAY_URL", quay.url()).env("QUAY_TOKEN", "admin").stdout(file).stderr(errors);
        if kind == Kind::OneByOne {
            command.env("QUAY_BENCH_UNSHARED", "1");
        }
        let begun = Instant::now();
        let mut child = command.spawn().expect("Terraform starts");
        let (taken, memory) = sampler::watch(&mut child, &provider());
        let wall = begun.elapsed();
        let status = child.wait().expect("it is a child of ours");
        let said = std::fs::read_to_string(&log).unwrap_or_default();
        assert!(status.success(), "{arguments:?} of {kind:?} failed:\n{said}");
        let requests = quay.requests();
        let public = requests.iter().filter(|request| !request.token).count();
        let requests = requests.len();
        let measured = Measured { wall, spread: (wall, wall), taken, requests, public };
        say(format_args!(
            "  {}: {:.1} s, {} requests",
            arguments[0],
            wall.as_secs_f64(),
            measured.requests
        ));
        (measured, memory)
    }

    /// Applies everything.
    pub(crate) fn apply(&self, quay: &FakeQuay) -> Measured {
        self.watch(quay, &["apply", "-auto-approve", "-no-color"]).0
    }

    /// The median of so many plans, which must find nothing to do. Objects that were applied
    /// in one way may be planned in the other.
    pub(crate) fn plans(&self, kind: Kind, quay: &FakeQuay, times: usize) -> Measured {
        let [plans] = Self::plans_in_turn([(self, kind)], quay, times);
        plans
    }

    /// The same of several projects, one after the other in each round: a machine that gets slower
    /// meanwhile does so for all.
    pub(crate) fn plans_in_turn<const COUNT: usize>(
        projects: [(&Self, Kind); COUNT],
        quay: &FakeQuay,
        times: usize,
    ) -> [Measured; COUNT] {
        let plan = ["plan", "-detailed-exitcode", "-no-color"];
        let rounds: Vec<[Measured; COUNT]> = (0..times)
            .map(|_| projects.map(|(project, kind)| project.watch_as(kind, quay, &plan).0))
            .collect();
        std::array::from_fn(|place| median(rounds.iter().map(|round| round[place]).collect()))
    }

    /// Destroys everything.
    pub(crate) fn destroy(&self, quay: &FakeQuay) -> Measured {
        self.watch(quay, &["destroy", "-auto-approve", "-no-color"]).0
    }
}

/// The run in the middle by wall time; times of processors and memory are medians of their own.
fn median(mut runs: Vec<Measured>) -> Measured {
    fn middle<T: Ord>(values: impl Iterator<Item = T>) -> T {
        let mut values: Vec<T> = values.collect();
        values.sort();
        values.swap_remove(values.len() / 2)
    }
    let taken = Taken {
        terraform: middle(runs.iter().map(|run| run.taken.terraform)),
        provider: middle(runs.iter().map(|run| run.taken.provider)),
        memory: middle(runs.iter().map(|run| run.taken.memory)),
    };
    runs.sort_by_key(|run| run.wall);
    let spread = (runs[0].wall, runs[runs.len() - 1].wall);
    Measured { spread, taken, ..runs[runs.len() / 2] }
}

fn objects(applications: usize) -> String {
    format!(
        "resource \"quay_organization\" \"it\" {{\n  count = {ORGANIZATIONS}\n  name  = \
         \"org${{count.index}}\"\n}}\n\nresource \"quay_org_application\" \"it\" {{\n  count   = \
         {applications}\n  orgname = quay_organization.it[count.index % {ORGANIZATIONS}].name\n  \
         name    = \"app${{count.index}}\"\n}}\n"
    )
}

fn placeholders(applications: usize) -> String {
    format!(
        "resource \"terraform_data\" \"organization\" {{\n  count = {ORGANIZATIONS}\n  input = \
         \"org${{count.index}}\"\n}}\n\nresource \"terraform_data\" \"it\" {{\n  count = \
         {applications}\n  input = {{\n    orgname = terraform_data.organization[count.index % \
         {ORGANIZATIONS}].input\n    name    = \"app${{count.index}}\"\n  }}\n}}\n"
    )
}
