//! Everything that is measured, in the order in which it is.

use super::project::{Kind, Measured, ORGANIZATIONS, Project, provider};
use super::support::core::ClientIdentity;
use super::support::fake_quay::{FakeQuay, Role};
use super::support::plugin_process::Launch;
use super::{sampler, say};
use prost::Message;
use std::process::Command;
use std::time::{Duration, Instant};
use terraform_provider_quay::provider::QuayProvider;
use terraform_provider_quay::terraform::proto::get_provider_schema;
use terraform_provider_quay::terraform::proto::provider_server::Provider;
use terraform_provider_quay::terraform::server::Server;
use tokio_util::sync::CancellationToken;
use tonic::Request;

/// How fast the slow Quay is.
#[derive(Clone, Copy)]
pub(crate) struct Pace {
    /// How long it takes to check a token, in milliseconds.
    pub(crate) service_time: u64,
    /// How many requests it serves at a time.
    pub(crate) workers: usize,
}

impl Pace {
    /// That of a real one on two cores.
    pub(crate) const REAL: Self = Self { service_time: 190, workers: 2 };
}

/// How many members are looked up, each by a data source.
pub(crate) const MEMBERS: usize = 200;
const STARTS: usize = 31;
/// How often the schemas are served.
pub(crate) const SCHEMAS: usize = 1000;

/// One project, measured with a Quay that answers at once.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    /// How many applications, or placeholders for them.
    pub(crate) applications: usize,
    /// What it is made of.
    pub(crate) kind: Kind,
    /// Nothing to do.
    pub(crate) plan: Measured,
    /// Everything is created; not measured where it would be too long.
    pub(crate) apply: Option<Measured>,
    /// Everything is deleted.
    pub(crate) destroy: Option<Measured>,
}

/// How many applications the projects have.
#[derive(Clone, Copy)]
pub(crate) struct Sizes {
    /// A few.
    pub(crate) small: usize,
    /// Many; so many are also planned with a Quay as slow as a real one.
    pub(crate) large: usize,
    /// As many as Terraform itself can bear.
    pub(crate) huge: usize,
    /// The slow Quay's.
    pub(crate) pace: Pace,
}

/// All figures.
pub(crate) struct Figures {
    /// What was measured.
    pub(crate) sizes: Sizes,
    /// From the start of the process to its line, sorted.
    pub(crate) starts: Vec<Duration>,
    /// What it has then, in bytes.
    pub(crate) memory_at_rest: u64,
    /// Serving the schemas, encoded: the first time in a process, and the median of [`SCHEMAS`].
    pub(crate) schemas: (Duration, Duration),
    /// The released program.
    pub(crate) binary: u64,
    /// The same in an archive.
    pub(crate) archive: u64,
    /// Requests of a plan with [`MEMBERS`] data sources.
    pub(crate) member_requests: usize,
    /// Each project.
    pub(crate) rows: Vec<Row>,
    /// Plans with a Quay as slow as a real one: ours, and with one request per application.
    pub(crate) slow: (Measured, Measured),
}

impl Figures {
    /// Measures everything.
    pub(crate) fn measure(sizes: Sizes) -> Self {
        say(format_args!("start-up and weight"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        let (starts, memory_at_rest) = runtime.block_on(starts());
        let schemas = runtime.block_on(schemas());
        let binary = std::fs::metadata(provider()).expect("it was built").len();
        let archive = archive_size();
        say(format_args!("{MEMBERS} members"));
        let member_requests = members();
        let mut rows = of_size(sizes.small, 5, Extent::Throughout).0;
        let (large, slow) = of_size(sizes.large, 5, Extent::WithSlowQuay(sizes.pace));
        rows.extend(large);
        rows.extend(of_size(sizes.huge, 3, Extent::PlansAndApply).0);
        let slow = slow.expect("it was measured");
        Self {
            sizes,
            starts,
            memory_at_rest,
            schemas,
            binary,
            archive,
            member_requests,
            rows,
            slow,
        }
    }

    /// One project.
    pub(crate) fn row(&self, kind: Kind, applications: usize) -> &Row {
        let found = |row: &&Row| row.kind == kind && row.applications == applications;
        self.rows.iter().find(found).expect("it was measured")
    }
}

/// Starts the provider as Terraform does, again and again.
async fn starts() -> (Vec<Duration>, u64) {
    let client = ClientIdentity::new();
    let (mut times, mut memory) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let launch = Launch::by_terraform(&client);
        let begun = Instant::now();
        let mut process = launch.start();
        process.handshake().await;
        times.push(begun.elapsed());
        memory.push(sampler::memory_now(process.id()));
    }
    times.sort();
    memory.sort_unstable();
    (times, memory[STARTS / 2])
}

/// Serves the schemas within this process, up to the bytes that would be sent.
async fn schemas() -> (Duration, Duration) {
    let server = Server::<QuayProvider>::new(CancellationToken::new());
    let mut times = Vec::with_capacity(SCHEMAS);
    for _ in 0..SCHEMAS {
        let begun = Instant::now();
        let request = Request::new(get_provider_schema::Request {});
        let answer = server.get_provider_schema(request).await.expect("an answer").into_inner();
        std::hint::black_box(answer.encode_to_vec());
        times.push(begun.elapsed());
    }
    let first = times[0];
    times.sort();
    (first, times[SCHEMAS / 2])
}

fn archive_size() -> u64 {
    let folder = tempfile::tempdir().expect("a folder");
    let archive = folder.path().join("provider.zip");
    let script = "import sys, zipfile\n\
                  with zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED, \
                  compresslevel=9) as archive:\n    archive.write(sys.argv[2])";
    let mut command = Command::new("python3");
    command.args(["-c", script]).arg(&archive).arg(provider());
    let status = command.status().expect("python3 starts");
    assert!(status.success(), "the archive is made");
    std::fs::metadata(archive).expect("it is there").len()
}

fn members() -> usize {
    let quay = FakeQuay::builder().start_blocking().expect("loopback ports are to be had");
    let names: Vec<String> = (0..MEMBERS).map(|number| format!("user{number}")).collect();
    {
        let mut world = quay.world();
        for name in &names {
            world.plant_user(name);
        }
        world.add_organization("acme", None, "admin");
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        world.plant_team("acme", "everybody", Role::Member, &names);
    }
    let project = Project::of(&format!(
        "data \"quay_org_member\" \"it\" {{\n  count   = {MEMBERS}\n  orgname = \"acme\"\n  name    \
         = \"user${{count.index}}\"\n}}\n"
    ));
    project.watch(&quay, &["plan", "-no-color"]).0.requests
}

/// How much is measured. Destroying as many as Terraform can bear takes it longer than all the rest;
/// `make stress` does that.
#[derive(Clone, Copy)]
enum Extent {
    PlansAndApply,
    Throughout,
    WithSlowQuay(Pace),
}

/// Measures the projects of one size.
fn of_size(
    applications: usize,
    plans: usize,
    extent: Extent,
) -> (Vec<Row>, Option<(Measured, Measured)>) {
    let quay = FakeQuay::builder().start_blocking().expect("loopback ports are to be had");
    let to_the_end = !matches!(extent, Extent::PlansAndApply);
    say(format_args!("{applications} applications: Terraform alone"));
    let floor = Project::new(Kind::Floor, applications);
    let floor_apply = floor.apply(&quay);
    say(format_args!("{applications} applications: ours"));
    let ours = Project::new(Kind::Ours, applications);
    let apply = ours.apply(&quay);
    assert_eq!(quay.applications("org0").len(), applications / ORGANIZATIONS);
    say(format_args!("{applications} applications: Terraform alone, ours, and one by one"));
    let kinds = [(&floor, Kind::Floor), (&ours, Kind::Ours), (&ours, Kind::OneByOne)];
    let [floor_plan, plan, unshared] = Project::plans_in_turn(kinds, &quay, plans);
    let slow = match extent {
        Extent::WithSlowQuay(pace) => Some(slow_plans(&quay, &ours, pace)),
        Extent::PlansAndApply | Extent::Throughout => None,
    };
    say(format_args!("{applications} applications: Terraform alone, then ours"));
    let floor_destroy = to_the_end.then(|| floor.destroy(&quay));
    let destroy = to_the_end.then(|| ours.destroy(&quay));
    quay.world().collect();
    let row = |kind, plan, apply, destroy| Row { applications, kind, plan, apply, destroy };
    let floor = row(Kind::Floor, floor_plan, Some(floor_apply), floor_destroy);
    let ours = row(Kind::Ours, plan, Some(apply), destroy);
    let mut one_by_one = row(Kind::OneByOne, unshared, None, None);
    if to_the_end {
        say(format_args!("{applications} applications: one request for each"));
        let project = Project::new(Kind::OneByOne, applications);
        one_by_one.apply = Some(project.apply(&quay));
        one_by_one.destroy = Some(project.destroy(&quay));
    }
    (vec![floor, ours, one_by_one], slow)
}

/// Plans the same objects with a Quay that takes its time.
fn slow_plans(quay: &FakeQuay, project: &Project, pace: Pace) -> (Measured, Measured) {
    let Pace { service_time, workers } = pace;
    let slow = FakeQuay::builder().service_time(Duration::from_millis(service_time), workers);
    let slow = slow.start_blocking();
    let slow = slow.expect("loopback ports are to be had");
    let organizations = quay.world().organizations.clone();
    slow.world().organizations = organizations;
    say(format_args!("{service_time} ms a request, {workers} at a time: ours"));
    let shared = project.plans(Kind::Ours, &slow, 3);
    say(format_args!("{service_time} ms a request, {workers} at a time: one by one"));
    (shared, project.plans(Kind::OneByOne, &slow, 1))
}
