//! The fake Quay by hand.
//!
//! ```text
//! cargo run --release --example fake-quay -- --listen 127.0.0.1:0
//! ```
//!
//! Its first line is the base URL. It ends on SIGTERM and SIGINT.

#[path = "mod.rs"]
mod fake_quay;

use fake_quay::{Builder, FakeQuay, Profile, Release};
use std::error::Error;
use std::io::Write;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::str::FromStr;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

const USAGE: &str = "\
usage: fake-quay [--listen ADDRESS:PORT] [--recording-fixtures] [--profile NAME=PORT]...
                 [--release 3.15|3.18|main] [--time-scale X] [--collect-after SECONDS]
                 [--service-time MS] [--workers N] [--rate-limit]

  --listen              where to listen, such as 127.0.0.1:8080 (127.0.0.1:0 picks a port)
  --recording-fixtures  users, tokens and upstream registries of the recordings
  --profile             the same data under another switch set on a port of its own: base,
                        fullaccess, mailing, strict, off, dead, direct, ratelimited, readonly
  --release             which Quay to imitate (main)
  --time-scale          how long one second of Quay's takes here (1.0)
  --collect-after       seconds after which the name of a deleted organization is free (60)
  --service-time        milliseconds of one of N workers per request with a token (0)
  --workers             how many workers (2)
  --rate-limit          five requests a second with a burst of 25, then 429
  --help                this text

The first line is the base URL. The token `admin` may do everything. Scripts have an API of their own
below /_fake/: see tests/README.md.";

/// What the command line says.
struct Arguments {
    builder: Builder,
    profiles: Vec<(String, Profile, u16)>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            let _ = writeln!(std::io::stderr(), "fake-quay: {problem}\n\n{USAGE}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    if std::env::args().skip(1).any(|argument| argument == "--help") {
        writeln!(std::io::stdout(), "{USAGE}")?;
        return Ok(());
    }
    let arguments = parse(std::env::args().skip(1))?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let fake: FakeQuay = arguments.builder.start_blocking()?;
    let mut lines = Vec::new();
    writeln!(lines, "{}", fake.url())?;
    for (name, profile, port) in arguments.profiles {
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let url = fake.serve_on(address, profile.switches())?;
        writeln!(lines, "{name} {url}")?;
    }
    let mut stdout = std::io::stdout();
    stdout.write_all(&lines)?;
    stdout.flush()?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

fn parse(arguments: impl Iterator<Item = String>) -> Result<Arguments, Box<dyn Error>> {
    let mut arguments = arguments;
    let mut builder = FakeQuay::builder();
    let mut profiles = Vec::new();
    let (mut service_time, mut workers, mut collect_after) = (0, 2, 60.0);
    while let Some(name) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{name} needs a value"));
        builder = match name.as_str() {
            "--listen" => builder.listen(number(&name, &value()?)?),
            "--recording-fixtures" => builder.recording_fixtures().fixed_registry_ports(),
            "--release" => {
                let release = value()?;
                builder.release(Release::named(&release).ok_or("unknown release")?)
            }
            "--time-scale" => builder.time_scale(amount(&name, &value()?)?),
            "--rate-limit" => builder.profile(Profile::RateLimited),
            "--profile" => {
                let both = value()?;
                let (name, port) = both.split_once('=').ok_or("--profile needs NAME=PORT")?;
                let profile = Profile::named(name).ok_or("unknown profile")?;
                profiles.push((name.into(), profile, number("--profile", port)?));
                builder
            }
            "--collect-after" => {
                collect_after = amount(&name, &value()?)?;
                builder
            }
            "--service-time" => {
                service_time = number(&name, &value()?)?;
                builder
            }
            "--workers" => {
                workers = number::<NonZeroUsize>(&name, &value()?)?.get();
                builder
            }
            other => return Err(format!("unknown argument '{other}'").into()),
        };
    }
    builder = builder.collect_after(Duration::from_secs_f64(collect_after));
    if service_time > 0 {
        builder = builder.service_time(Duration::from_millis(service_time), workers);
    }
    Ok(Arguments { builder, profiles })
}

/// The value of a switch; what does not fit is named.
fn number<T: FromStr<Err: Error>>(switch: &str, text: &str) -> Result<T, String> {
    text.parse().map_err(|error| format!("{switch}: '{text}' does not do: {error}"))
}

/// A time or a factor: neither negative nor endless.
fn amount(switch: &str, text: &str) -> Result<f64, String> {
    let amount: f64 = number(switch, text)?;
    if (0.0..=1e9).contains(&amount) {
        return Ok(amount);
    }
    Err(format!("{switch}: '{text}' does not do: a number from 0 to 1000000000 is needed"))
}
