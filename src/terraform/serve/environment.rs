//! What Terraform tells a plugin through the environment.

use std::ffi::OsString;
use std::path::PathBuf;

/// Terraform's proof that it is Terraform who starts us; a courtesy, not a secret.
const MAGIC_COOKIE: (&str, &str) =
    ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");

/// The variables of go-plugin, read once.
pub(super) struct Environment {
    /// Terraform started us: the cookie is there.
    pub(super) started_by_terraform: bool,
    /// The client's certificate as PEM. Absent when the user switched TLS off.
    pub(super) client_certificate: Option<String>,
    /// Terraform knows version 6 of the protocol, or does not say what it knows.
    pub(super) knows_version_6: bool,
    /// The client expects to be told whether the broker multiplexes.
    pub(super) asks_for_multiplexing: bool,
    /// Where the socket shall be; named only by special runners.
    pub(super) socket_folder: Option<PathBuf>,
    /// The group that may use the socket, too; named only by special runners.
    pub(super) socket_group: Option<String>,
    /// The user's folder for what is temporary.
    pub(super) temporary_folder: Option<PathBuf>,
}

impl Environment {
    /// Reads the environment of this process.
    pub(super) fn of_this_process() -> Self {
        Self::from(variable)
    }

    /// Reads an environment; what is empty counts as not set, as it does in go-plugin.
    fn from(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let value = |name: &str| variable(name).filter(|value| !value.is_empty());
        // A value that is not text is no certificate either, and refused as such later.
        let text = |name: &str| value(name).map(|value| value.to_string_lossy().into_owned());
        Self {
            started_by_terraform: text(MAGIC_COOKIE.0).as_deref() == Some(MAGIC_COOKIE.1),
            client_certificate: text("PLUGIN_CLIENT_CERT"),
            knows_version_6: text("PLUGIN_PROTOCOL_VERSIONS")
                .is_none_or(|versions| versions.split(',').any(|version| version.trim() == "6")),
            asks_for_multiplexing: value("PLUGIN_MULTIPLEX_GRPC").is_some(),
            socket_folder: value("PLUGIN_UNIX_SOCKET_DIR").map(PathBuf::from),
            socket_group: text("PLUGIN_UNIX_SOCKET_GROUP"),
            temporary_folder: value("TMPDIR").map(PathBuf::from),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the plugin process's place to read it")]
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}
