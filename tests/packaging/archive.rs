//! What a registry and Terraform see in a zip: names, modes, times and digests.

use super::succeed;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::path::Path;
use std::process::Command;

/// A file in a zip, as the directory at its end describes it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its path.
    pub(super) name: String,
    /// Unix's type and permissions.
    pub(super) mode: u32,
    /// Date and time as MS-DOS writes them.
    pub(super) time: u32,
}

/// The files in a zip.
pub(super) fn entries(archive: &Path) -> Vec<Entry> {
    let bytes = std::fs::read(archive).expect("there is a zip");
    let u16_at = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
    let u32_at = |at: usize| u32::from(u16_at(at)) | u32::from(u16_at(at + 2)) << 16;
    let end = bytes.windows(4).rposition(|it| it == b"PK\x05\x06").expect("an end of directory");
    let mut at = u32_at(end + 16) as usize;
    let mut found = Vec::new();
    for _ in 0..u16_at(end + 10) {
        assert_eq!(&bytes[at..at + 4], b"PK\x01\x02", "an entry of the directory");
        let [name, extra, comment] = [28, 30, 32].map(|field| usize::from(u16_at(at + field)));
        found.push(Entry {
            name: String::from_utf8(bytes[at + 46..at + 46 + name].to_vec()).expect("a name"),
            mode: u32_at(at + 38) >> 16,
            time: u32_at(at + 12),
        });
        at += 46 + name + extra + comment;
    }
    found
}

/// Unpacks a zip, with the modes that it names.
pub(super) fn unpack(archive: &Path, folder: &Path) {
    succeed(Command::new("python3").args(["-m", "zipfile", "-e"]).args([archive, folder]));
    for entry in entries(archive) {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(entry.mode & 0o777);
        std::fs::set_permissions(folder.join(entry.name), mode).expect("it is there");
    }
}

/// The SHA-256 of a file in hexadecimal digits.
pub(super) fn sha256(file: &Path) -> String {
    hex(&std::fs::read(file).expect("it can be read"))
}

/// Terraform's hash of a package: over the names and digests of its files.
pub(super) fn h1(folder: &Path) -> String {
    let files = std::fs::read_dir(folder).expect("it can be listed");
    let mut lines: Vec<(String, String)> = files
        .map(|file| {
            let file = file.expect("an entry");
            (file.file_name().into_string().expect("a name"), sha256(&file.path()))
        })
        .collect();
    lines.sort();
    let text = lines.iter().fold(String::new(), |mut text, (name, digest)| {
        writeln!(text, "{digest}  {name}").expect("memory takes it");
        text
    });
    format!("h1:{}", STANDARD.encode(Sha256::digest(text)))
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("memory takes it");
        text
    })
}
