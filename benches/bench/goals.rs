//! What the figures should be, and the bounds beyond which `make bench` fails.

use super::figures::{Figures, MEMBERS, Pace};
use super::project::{Kind, ORGANIZATIONS};
use std::time::Duration;

const MEGABYTE: f64 = 1e6;

/// A figure beside its goal.
pub(crate) struct Goal {
    /// What is measured.
    pub(crate) what: String,
    /// What it should be.
    pub(crate) wanted: String,
    /// What it is.
    pub(crate) measured: String,
    /// The measured value in parts of the goal; 1 and less is met.
    pub(crate) share: f64,
}

impl Goal {
    /// A goal that is an upper limit.
    fn at_most(what: String, limit: f64, measured: f64, unit: &str) -> Self {
        let wanted = format!("at most {limit}{unit}");
        let measured_text =
            if unit.is_empty() { format!("{measured:.0}") } else { format!("{measured:.2}{unit}") };
        Self { what, wanted, measured: measured_text, share: measured / limit }
    }

    /// Whether it is met, or by how much it is missed.
    pub(crate) fn verdict(&self) -> String {
        if self.share <= 1.0 {
            "met".to_owned()
        } else {
            format!("missed: {:.1} times the goal", self.share)
        }
    }
}

/// How many times as long another took.
pub(crate) fn ratio(other: Duration, base: Duration) -> f64 {
    other.as_secs_f64() / base.as_secs_f64()
}

/// A time in milliseconds.
pub(crate) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

#[allow(clippy::cast_precision_loss, reason = "no figure has more than 53 bits")]
fn number(value: impl TryInto<u64>) -> f64 {
    value.try_into().map_or(f64::NAN, |value: u64| value as f64)
}

/// The goals.
pub(crate) fn of(figures: &Figures) -> Vec<Goal> {
    let start = figures.starts[figures.starts.len() / 2];
    let (large, huge) = (figures.sizes.large, figures.sizes.huge);
    let thousand = figures.row(Kind::Ours, figures.sizes.large);
    let cpu = |applications: usize| {
        let plan = figures.row(Kind::Ours, applications).plan;
        milliseconds(plan.taken.provider) / number(applications)
    };
    let mut goals = vec![
        Goal::at_most(
            format!(
                "requests of `plan`: {large} unchanged applications in {ORGANIZATIONS} organizations"
            ),
            number(2 * ORGANIZATIONS + 1),
            number(thousand.plan.requests),
            "",
        ),
        Goal::at_most(
            format!("requests of `plan`: {MEMBERS} data sources `quay_org_member`"),
            1.0,
            number(figures.member_requests),
            "",
        ),
    ];
    goals.push(speed_up(figures));
    goals.extend(above_the_floor(figures));
    goals.extend([
        Goal::at_most("start to handshake, median of 31".into(), 3.0, milliseconds(start), " ms"),
        Goal::at_most(
            format!("most memory of the provider in `plan` of {large}"),
            12.0,
            number(thousand.plan.taken.memory) / MEGABYTE,
            " MB",
        ),
        Goal::at_most("program".into(), 8.0, number(figures.binary) / MEGABYTE, " MB"),
        Goal::at_most("archive".into(), 3.5, number(figures.archive) / MEGABYTE, " MB"),
        Goal::at_most(
            format!("provider's CPU per resource in `plan` of {large}"),
            0.2,
            cpu(large),
            " ms",
        ),
        Goal::at_most(
            format!("provider's CPU per resource in `plan` of {huge}"),
            0.2,
            cpu(huge),
            " ms",
        ),
        Goal::at_most(
            format!("the same, {huge} against {large}: it grows with the number alone"),
            1.5,
            cpu(huge) / cpu(large),
            " times",
        ),
    ]);
    goals
}

fn speed_up(figures: &Figures) -> Goal {
    let (ours, one_by_one) = figures.slow;
    let times = ratio(one_by_one.wall, ours.wall);
    let Pace { service_time, workers } = figures.sizes.pace;
    Goal {
        what: format!(
            "`plan` of {}, a Quay that takes {service_time} ms a request, {workers} at a time: \
             one by one against shared",
            figures.sizes.large,
        ),
        wanted: "at least 20 times as fast".into(),
        measured: format!("{times:.1} times"),
        share: 20.0 / times,
    }
}

/// Our time beside Terraform's own for as many placeholders.
fn above_the_floor(figures: &Figures) -> Vec<Goal> {
    let (floor, ours) = (
        figures.row(Kind::Floor, figures.sizes.large),
        figures.row(Kind::Ours, figures.sizes.large),
    );
    let pairs = [
        ("plan", Some(floor.plan), Some(ours.plan)),
        ("apply", floor.apply, ours.apply),
        ("destroy", floor.destroy, ours.destroy),
    ];
    let goals = pairs.into_iter().filter_map(|(command, floor, ours)| {
        let times = ratio(ours?.wall, floor?.wall);
        let what = format!(
            "`{command}` of {} against `terraform_data`, a Quay that answers at once",
            figures.sizes.large
        );
        Some(Goal::at_most(what, 1.5, times, " times"))
    });
    goals.collect()
}

/// What is so far off that something is broken, however busy the machine is.
pub(crate) fn broken_bounds(figures: &Figures) -> Vec<String> {
    let start = milliseconds(figures.starts[figures.starts.len() / 2]);
    let thousand = figures.row(Kind::Ours, figures.sizes.large).plan;
    let unasked = number(figures.sizes.large.saturating_sub(figures.slow.1.requests));
    let bounds = [
        ("start to handshake in ms", start, 50.0),
        ("memory in MB", number(thousand.taken.memory) / MEGABYTE, 24.0),
        ("program in MB", number(figures.binary) / MEGABYTE, 10.0),
        ("requests of a plan", number(thousand.requests), number(2 * ORGANIZATIONS + 1)),
        ("requests of 200 members", number(figures.member_requests), 1.0),
        ("archive in MB", number(figures.archive) / MEGABYTE, 5.0),
        // Else it was not one by one that was measured.
        ("applications that were not asked for one by one", unasked, 0.0),
    ];
    let beyond = bounds.into_iter().filter(|(_, measured, bound)| measured > bound);
    beyond.map(|(what, measured, bound)| format!("{what}: {measured:.1} > {bound}")).collect()
}
