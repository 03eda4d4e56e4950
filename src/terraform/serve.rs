//! The plugin process: from its start by Terraform to its end.
//!
//! Terraform starts a provider several times per command, reads one line from its stdout, connects
//! to the socket named there, calls it, and asks it to end. Whatever else can happen (no Terraform
//! at all, other clients, signals, a Terraform that is killed) ends quickly and leaves nothing
//! behind.

mod connections;
mod environment;
mod handshake;
mod panics;
mod process;
mod services;
mod socket;

pub use panics::{Panicked, contained};
pub use services::{MESSAGE_LIMIT, Services};

use super::log;
use super::proto::provider_server::Provider;
use environment::Environment;
use process::Mode;
use std::ffi::OsString;
use std::fmt;
use std::io::Write;
use std::process::ExitCode;
use tokio_util::sync::CancellationToken;

/// Who the provider is.
#[derive(Clone, Copy, Debug)]
pub struct PluginIdentity {
    /// The full source address: host, namespace and name.
    pub address: &'static str,
    /// The version of the release.
    pub version: &'static str,
}

impl PluginIdentity {
    /// The last part of the address.
    pub fn name(&self) -> &'static str {
        self.address.rsplit('/').next().unwrap_or(self.address)
    }

    /// The name of the executable.
    pub(crate) fn program(&self) -> String {
        format!("terraform-provider-{}", self.name())
    }

    /// The address as it is written in `required_providers`.
    fn source(&self) -> &'static str {
        self.address.strip_prefix("registry.terraform.io/").unwrap_or(self.address)
    }
}

/// Why the process cannot serve: a sentence for the user.
#[derive(Debug)]
struct Refusal(String);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Says what could not be done, and lets the error say why.
fn cannot<E: fmt::Display>(what: &'static str) -> impl Fn(E) -> Refusal {
    move |error| Refusal(format!("cannot {what}: {error}"))
}

/// The whole of `main`: serves the provider that `service` makes, and says how that ended.
///
/// The token is cancelled when the process is about to end, whoever wants that. Calls should then
/// end as after `StopProvider`; those that take longer are cut off.
pub fn run<S: Provider>(
    identity: PluginIdentity,
    service: impl FnOnce(CancellationToken) -> S,
) -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let argument = arguments.first().map(|argument| argument.to_string_lossy());
    let mode = match argument.as_deref() {
        None => Mode::Plugin,
        Some("--debug" | "-debug") => Mode::Debug,
        Some("--version" | "-version") => {
            return print(&format!(
                "{} {} ({}, {})\n",
                identity.program(),
                identity.version,
                identity.address,
                platform()
            ));
        }
        Some("--help" | "-help" | "-h") => return print(&help(&identity)),
        Some(other) => {
            return complain(&format!("unknown argument {other}\n\n{}", help(&identity)));
        }
    };
    let environment = Environment::of_this_process();
    if mode == Mode::Plugin && !environment.started_by_terraform {
        return complain(&help(&identity));
    }
    panics::install_hook(identity);
    log::init(identity.name());
    match process::serve_until_the_end(identity, mode, &environment, service) {
        Ok(()) => ExitCode::SUCCESS,
        Err(refusal) => complain(&format!("{}: {refusal}\n", identity.program())),
    }
}

/// The platform as Terraform names it, such as `linux_amd64`.
fn platform() -> String {
    let os = if std::env::consts::OS == "macos" { "darwin" } else { std::env::consts::OS };
    let arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("{os}_{arch}")
}

fn help(identity: &PluginIdentity) -> String {
    let (program, version, name) = (identity.program(), identity.version, identity.name());
    let source = identity.source();
    format!(
        "This is {program} {version}, a provider for Terraform.

Terraform starts it by itself; run by hand it does nothing. To install it from its source:

    make install

and to use it, name it in your configuration:

    terraform {{
      required_providers {{
        {name} = {{ source = \"{source}\" }}
      }}
    }}

Arguments:
    --version  print the version
    --debug    stay, and print how Terraform can use this very process
    --help     print this text
"
    )
}

/// For what the user asked for in words; Terraform never does.
fn print(text: &str) -> ExitCode {
    match handshake::announce(text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn complain(text: &str) -> ExitCode {
    // There is nobody left to tell if this fails.
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
    ExitCode::FAILURE
}
