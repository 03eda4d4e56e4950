//! `docs/benchmarks.md` and `docs/stress.md`, each written from one run.

use super::figures::{Figures, Pace, Row, SCHEMAS};
use super::goals::{Goal, milliseconds};
use super::machine::{self, Machine};
use super::project::{Kind, Measured, ORGANIZATIONS};
use super::stress::Watched;
use std::fmt::Write;
use std::path::Path;

const ABOUT: &str = "\
# Benchmarks

`make bench` measures this and writes this page and its picture, with real Terraform and the fake \
Quay of the tests on the same machine. Where times are compared, both were measured in the same run.

";

const ABOUT_STRESS: &str = "\
# Stress

`make stress` plans, applies and destroys more applications than most ever have, with real \
Terraform and a fake Quay that answers at once on the same machine, looks at the provider's memory \
all the time, and writes this page. Nearly all of the time is Terraform's own: see \
[benchmarks](benchmarks.md), which leave out what takes Terraform many minutes.

";

const MEANING: &str = "\
*Terraform alone* is as many `terraform_data` with the same references: nothing can be faster. \
*One by one* is this provider with shared reads switched off, so that each application is asked \
for by itself. Plans are medians, of five with up to 1,000 applications and of three with 5,000, \
which the three take in turn; with the slow Quay they are of three, and one by one of one. The \
shortest and the longest are in parentheses. Everything else is one run. What takes Terraform \
itself many minutes is left out: `apply` of 5,000 one by one, and `destroy` of 5,000, which is \
[measured](stress.md) by `make stress`.

";

const COLUMNS: &str = "\
Requests are all that reach Quay; those without a token cost it next to nothing. CPU is that of all \
processes of a command together, and memory the most that one provider had; both are read from the \
kernel every 4 ms.

";

/// The columns of each table, behind those that say what is measured.
const CELLS: [&str; 6] = [
    "requests",
    "without token",
    "wall s",
    "Terraform's CPU s",
    "provider's CPU s",
    "provider's memory MB",
];

const LIMITS: &str = "\
## What limits it

- With a slow Quay, a plan takes as long as its requests take, a few at a time: two for each \
organization, whatever the number of applications.
- With a Quay that answers at once, nearly all the time is Terraform's own, and what it takes for \
`apply` and `destroy` grows faster than the number of resources.
- Creating and deleting takes one request for each application: Quay has no operation for several.
- Memory at rest is mostly the program itself; the rest is one list for each organization.
";

/// Writes the page into a folder and gives its text.
pub(crate) fn write(
    folder: &Path,
    machine: &Machine,
    figures: &Figures,
    goals: &[Goal],
    minutes: f64,
) -> String {
    let mut page = ABOUT.to_owned();
    add_circumstances(&mut page, machine, "make bench", minutes);
    page.push_str("![Times of plan](benchmarks.svg)\n\n## Goals\n\n");
    page.push_str("| what | goal | measured | |\n|---|---|---|---|\n");
    for goal in goals {
        let Goal { what, wanted, measured, .. } = goal;
        add(&mut page, &format!("| {what} | {wanted} | {measured} | {} |\n", goal.verdict()));
    }
    add(&mut page, &format!("\n## {ORGANIZATIONS} organizations, a Quay that answers at once\n\n"));
    page.push_str(MEANING);
    page.push_str(COLUMNS);
    add_head(&mut page, &["applications", "command", ""], &[]);
    for row in &figures.rows {
        add_row(&mut page, row);
    }
    let Pace { service_time, workers } = figures.sizes.pace;
    add(
        &mut page,
        &format!(
            "\n## {} applications, a Quay that takes {service_time} ms a request, {workers} at a \
             time\n\n",
            figures.sizes.large,
        ),
    );
    add_head(&mut page, &["command", ""], &[]);
    for (kind, plan) in [(Kind::Ours, figures.slow.0), (Kind::OneByOne, figures.slow.1)] {
        add(&mut page, &format!("| plan | {} | {} |\n", name(kind), cells(&plan, kind)));
    }
    add_weight(&mut page, figures);
    page.push_str(LIMITS);
    std::fs::write(folder.join("benchmarks.md"), &page).expect("the page can be written");
    page
}

/// Writes the page about so many applications into a folder and gives its text.
pub(crate) fn write_stress(
    folder: &Path,
    machine: &Machine,
    applications: usize,
    commands: &[Watched],
    minutes: f64,
) -> String {
    let mut page = ABOUT_STRESS.to_owned();
    add_circumstances(&mut page, machine, "make stress", minutes);
    add(&mut page, &format!("## {applications} applications in {ORGANIZATIONS} organizations\n\n"));
    page.push_str(COLUMNS);
    page.push_str(
        "*Growth* is how far the memory rose in the second half of a command above what it was in \
         the middle.\n\n",
    );
    add_head(&mut page, &["command"], &["growth MB"]);
    for Watched { what, measured, growth } in commands {
        let (cells, growth) = (cells(measured, Kind::Ours), megabytes(*growth));
        add(&mut page, &format!("| {what} | {cells} | {growth:.1} |\n"));
    }
    std::fs::write(folder.join("stress.md"), &page).expect("the page can be written");
    page
}

/// The head of a table, with these columns before and behind [`CELLS`].
fn add_head(page: &mut String, before: &[&str], behind: &[&str]) {
    let columns = [before, &CELLS, behind].concat();
    let rules = columns.iter().map(|name| if before.contains(name) { "---" } else { "--:" });
    let rules: Vec<&str> = rules.collect();
    add(page, &format!("| {} |\n|{}|\n", columns.join(" | "), rules.join("|")));
}

/// When, where and how it was measured.
fn add_circumstances(page: &mut String, machine: &Machine, command: &str, minutes: f64) {
    let Machine { hardware, load, date, versions } = machine;
    let after = machine::load();
    add(
        page,
        &format!(
            "- Date: {date}\n- Machine: {hardware}; load before the run {load}, after it {after}\n\
             - Versions: {versions}\n- Command: `{command}`, which took {minutes:.0} minutes\n\n"
        ),
    );
}

fn add(page: &mut String, text: &str) {
    let _ = page.write_str(text);
}

fn add_row(page: &mut String, row: &Row) {
    let commands = [("plan", Some(row.plan)), ("apply", row.apply), ("destroy", row.destroy)];
    for (command, measured) in commands {
        let Some(measured) = measured else { continue };
        let Row { applications, kind, .. } = row;
        add(
            page,
            &format!(
                "| {applications} | {command} | {} | {} |\n",
                name(*kind),
                cells(&measured, *kind)
            ),
        );
    }
}

fn cells(measured: &Measured, kind: Kind) -> String {
    let Measured { wall, spread: (least, most), taken, requests, public } = measured;
    let mut time = format!("{:.2}", wall.as_secs_f64());
    if least != most {
        add(&mut time, &format!(" ({:.2}, {:.2})", least.as_secs_f64(), most.as_secs_f64()));
    }
    let terraform = taken.terraform.as_secs_f64();
    if kind == Kind::Floor {
        return format!("| | {time} | {terraform:.2} | |");
    }
    format!(
        "{requests} | {public} | {time} | {terraform:.2} | {:.3} | {:.1}",
        taken.provider.as_secs_f64(),
        megabytes(taken.memory)
    )
}

fn add_weight(page: &mut String, figures: &Figures) {
    let (large, huge) = (figures.sizes.large, figures.sizes.huge);
    let starts = &figures.starts;
    add(
        page,
        &format!(
            "\n## Start and weight\n\n| what | |\n|---|--:|\n| start to handshake, {} times: least, \
         median, most | {:.2}, {:.2}, {:.2} ms |\n| schemas served: the first time, median of {SCHEMAS} | {:.0}, {:.0} \
         µs |\n| memory at the handshake | {:.1} MB |\n| most \
         memory in a plan of {large} | {:.1} MB |\n| most memory in a plan of {huge} | {:.1} MB |\n| \
         provider's CPU in a plan of {large} | {:.0} ms |\n| program | {:.2} MB |\n| the same in a \
         zip archive | {:.2} MB |\n\n",
            starts.len(),
            milliseconds(starts[0]),
            milliseconds(starts[starts.len() / 2]),
            milliseconds(starts[starts.len() - 1]),
            1e3 * milliseconds(figures.schemas.0),
            1e3 * milliseconds(figures.schemas.1),
            megabytes(figures.memory_at_rest),
            megabytes(figures.row(Kind::Ours, figures.sizes.large).plan.taken.memory),
            megabytes(figures.row(Kind::Ours, figures.sizes.huge).plan.taken.memory),
            milliseconds(figures.row(Kind::Ours, figures.sizes.large).plan.taken.provider),
            megabytes(figures.binary),
            megabytes(figures.archive),
        ),
    );
}

#[allow(clippy::cast_precision_loss, reason = "no figure has more than 53 bits")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// How the page calls it.
pub(crate) fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Ours => "this provider",
        Kind::OneByOne => "one by one",
        Kind::Floor => "Terraform alone",
    }
}
