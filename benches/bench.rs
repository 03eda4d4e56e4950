//! What the provider weighs and what it costs, measured with real Terraform and the fake Quay.
//!
//! `make bench` measures everything and writes `docs/benchmarks.md` and its picture; `make stress`
//! plans, applies and destroys 5,000 applications, holds the provider's memory against a bound and
//! writes `docs/stress.md`. Both need Linux, whose `/proc` tells what a process took. With the
//! argument `smoke` the sizes are tiny and the pages go to `target/`: that tries the program, not the
//! provider. `service=` and `workers=` say how many milliseconds the slow Quay takes for a request
//! with a token, and how many it serves at a time.

#[path = "../tests/support/mod.rs"]
mod support;

#[path = "bench/figures.rs"]
mod figures;
#[path = "bench/goals.rs"]
mod goals;
#[path = "bench/machine.rs"]
mod machine;
#[path = "bench/page.rs"]
mod page;
#[path = "bench/picture.rs"]
mod picture;
#[path = "bench/project.rs"]
mod project;
#[path = "bench/sampler.rs"]
mod sampler;
#[path = "bench/stress.rs"]
mod stress;

use figures::{Figures, Pace, Sizes};
use std::fmt::{Arguments, Debug};
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::str::FromStr;
use std::time::Instant;

fn main() -> ExitCode {
    let asked_for = |name: &str| std::env::args().any(|argument| argument == name);
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let pace = Pace {
        service_time: given("service").unwrap_or(Pace::REAL.service_time),
        workers: given("workers").unwrap_or(Pace::REAL.workers),
    };
    let (sizes, folder) = if asked_for("smoke") {
        (Sizes { small: 10, large: 20, huge: 50, pace }, project.join("target"))
    } else {
        (Sizes { small: 100, large: 1000, huge: 5000, pace }, project.join("docs"))
    };
    if asked_for("stress") {
        return stress::run(sizes.huge, &folder);
    }
    let begun = Instant::now();
    let machine = machine::Machine::describe();
    let figures = Figures::measure(sizes);
    let goals = goals::of(&figures);
    let minutes = begun.elapsed().as_secs_f64() / 60.0;
    let text = page::write(&folder, &machine, &figures, &goals, minutes);
    picture::draw(&folder, &figures);
    say(format_args!("\n{text}"));
    let broken = goals::broken_bounds(&figures);
    for bound in &broken {
        say(format_args!("beyond every bound: {bound}"));
    }
    if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The number in an argument such as `workers=2`.
fn given<T: FromStr<Err: Debug>>(name: &str) -> Option<T> {
    let mut arguments = std::env::args();
    let found = arguments.find_map(|it| Some(it.strip_prefix(name)?.strip_prefix('=')?.to_owned()));
    found.map(|number| number.parse().expect("a number behind the equals sign"))
}

/// Tells the person who waits.
fn say(text: Arguments<'_>) {
    // Whoever closed the pipe does not want to know.
    let _ = writeln!(std::io::stdout(), "{text}");
}
