//! The one line on stdout that tells Terraform, or the developer, where to find us.

use super::PluginIdentity;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::json;
use std::io::{self, Write};

/// The version of go-plugin's handshake.
const CORE_PROTOCOL: u32 = 1;

/// The version of Terraform's plugin protocol; versions within 6 are not told apart here.
const PROTOCOL: u32 = 6;

/// What Terraform reads before it connects. `certificate` is absent when there is no TLS.
///
/// The certificate must not be padded, and the last field must not be there for a client that
/// did not ask for it: it would take it for a part of the certificate.
pub(super) fn line(socket: &str, certificate: Option<&[u8]>, multiplexing: bool) -> String {
    let certificate = certificate.map(|der| STANDARD_NO_PAD.encode(der)).unwrap_or_default();
    let no_multiplexing = if multiplexing { "|false" } else { "" };
    format!("{CORE_PROTOCOL}|{PROTOCOL}|unix|{socket}|grpc|{certificate}{no_multiplexing}\n")
}

/// The variable that makes Terraform use the process that runs already, quoted for a shell.
pub(super) fn reattach_line(identity: &PluginIdentity, socket: &str) -> String {
    let reattach = json!({
        identity.address: {
            "Protocol": "grpc",
            "ProtocolVersion": PROTOCOL,
            "Pid": std::process::id(),
            // Terraform shall neither stop nor kill us after a run.
            "Test": true,
            "Addr": { "Network": "unix", "String": socket },
        }
    });
    format!("TF_REATTACH_PROVIDERS='{}'\n", reattach.to_string().replace('\'', r"'\''"))
}

/// Writes to stdout at once, whatever stdout is.
pub(super) fn announce(line: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(line.as_bytes())?;
    stdout.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_announced_without_padding() {
        assert_eq!(line("/tmp/s", Some(b"a"), false), "1|6|unix|/tmp/s|grpc|YQ\n");
    }

    #[test]
    fn multiplexing_is_declined_only_when_asked_for() {
        assert_eq!(line("/tmp/s", None, true), "1|6|unix|/tmp/s|grpc||false\n");
        assert_eq!(line("/tmp/s", None, false), "1|6|unix|/tmp/s|grpc|\n");
    }

    #[test]
    fn a_quote_in_the_path_does_not_end_the_shells_word() {
        let identity = PluginIdentity { address: "registry.terraform.io/a/b", version: "1.0.0" };
        let line = reattach_line(&identity, "/tmp/it's");
        assert!(line.contains(r#""String":"/tmp/it'\''s""#), "{line}");
    }
}
