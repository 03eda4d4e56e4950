//! `make release`, taken apart as the Registry and Terraform do it.

use super::archive::{entries, h1, sha256, unpack};
use super::{PROGRAM, fail, script, succeed};
use crate::support::fake_quay::FakeQuay;
use crate::support::terraform_cli::{VERSIONS, Workspace};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const VERSION: &str = env!("CARGO_PKG_VERSION");
const ADDRESS: &str = "registry.terraform.io/quay-rs/quay";

/// A folder for everything that a release makes, and the home of whoever makes it.
struct Release {
    folder: TempDir,
}

impl Release {
    /// Packs the build of the tests.
    fn packed() -> Self {
        let release = Self { folder: tempfile::tempdir().expect("a folder") };
        let quick = ["package", "--dynamic", "--level", "1", "--binary", PROGRAM];
        succeed(&mut release.script(&quick));
        release
    }

    /// Packs and seals.
    fn sealed() -> Self {
        let release = Self::packed();
        succeed(&mut release.script(&["seal"]));
        release
    }

    fn script(&self, arguments: &[&str]) -> Command {
        let mut command = script("release.py", self.folder.path(), arguments);
        command.arg("--dist").arg(self.dist());
        command
    }

    fn dist(&self) -> PathBuf {
        self.folder.path().join("dist")
    }

    /// A file of the release, by the end of its name.
    fn file(&self, end: &str) -> PathBuf {
        self.dist().join(format!("terraform-provider-quay_{VERSION}_{end}"))
    }

    fn archive(&self) -> PathBuf {
        self.file(&format!("{}.zip", system()))
    }
}

/// Terraform's name for this machine.
fn system() -> String {
    let words = succeed(Command::new(PROGRAM).arg("--version"));
    let (_, system) = words.trim().trim_end_matches(')').rsplit_once(' ').expect("a platform");
    system.to_owned()
}

/// Row 69.
#[test]
fn the_zip_has_the_names_and_modes_that_the_registry_wants() {
    let release = Release::packed();
    let entries = entries(&release.archive());
    let found: Vec<(&str, u32)> =
        entries.iter().map(|entry| (entry.name.as_str(), entry.mode)).collect();
    let program = format!("terraform-provider-quay_v{VERSION}");
    let wanted = [("LICENSE", 0o100_644), ("README.md", 0o100_644), (program.as_str(), 0o100_755)];
    assert_eq!(found, wanted);
    let unpacked = release.folder.path().join("unpacked");
    unpack(&release.archive(), &unpacked);
    assert_eq!(sha256(&unpacked.join(program)), sha256(Path::new(PROGRAM)));
}

/// Row 69.
#[test]
fn the_sums_cover_every_file_and_the_manifest_names_the_protocol() {
    let release = Release::sealed();
    let mut files: Vec<PathBuf> = fs::read_dir(release.dist())
        .expect("there is a release")
        .map(|file| file.expect("an entry").path())
        .filter(|file| *file != release.file("SHA256SUMS"))
        .collect();
    files.sort();
    assert_eq!(files, [release.archive(), release.file("manifest.json")]);
    let lines = files.iter().map(|file| {
        let name = file.file_name().and_then(|name| name.to_str()).expect("a name");
        format!("{}  {name}\n", sha256(file))
    });
    let sums = fs::read_to_string(release.file("SHA256SUMS")).expect("there are sums");
    assert_eq!(sums, lines.collect::<String>());
    let manifest = fs::read(release.file("manifest.json")).expect("there is a manifest");
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).expect("JSON");
    let wanted = serde_json::json!({ "version": 1, "metadata": { "protocol_versions": ["6.0"] } });
    assert_eq!(manifest, wanted);
}

#[test]
fn the_same_executable_always_gives_the_same_zip() {
    let (one, other) = (Release::packed(), Release::packed());
    let times: Vec<u32> = entries(&one.archive()).iter().map(|entry| entry.time).collect();
    assert_eq!(times, [33 << 16; 3], "the first of January 1980, which says nothing");
    assert_eq!(sha256(&one.archive()), sha256(&other.archive()));
}

/// Whatever machine this runs on: what GPG is asked for, shown by a stand-in that writes it down.
#[test]
fn the_sums_are_signed_with_the_key_that_is_named_and_the_passphrase_stays_out_of_sight() {
    let release = Release::packed();
    let (folder, asked) = (release.folder.path().join("bin"), release.folder.path().join("asked"));
    fs::create_dir(&folder).expect("a folder");
    let program = format!(
        "#!/bin/sh\necho \"$@\" >> '{0}'\nread -r passphrase\nwhile [ $# -gt 0 ]; do\n  [ \"$1\" = \
         --output ] && echo \"signed, open: $passphrase\" > \"$2\"\n  shift\ndone\n",
        asked.display()
    );
    let stand_in = folder.join("gpg");
    fs::write(&stand_in, program).expect("it can be written");
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&stand_in, executable).expect("it is ours");
    let path = format!("{}:/usr/bin:/bin", folder.display());
    let mut seal = release.script(&["seal", "--key", "release@quay.example"]);
    succeed(seal.env("PATH", path).env("GPG_PASSPHRASE", "sesame\n"));
    let signature = release.file("SHA256SUMS.sig");
    let signed = fs::read_to_string(&signature).expect("there is a signature");
    assert_eq!(signed, "signed, open: sesame\n");
    let asked = fs::read_to_string(asked).expect("it was called");
    let sums = release.file("SHA256SUMS").display().to_string();
    let sign = format!(
        "--local-user release@quay.example --output {} --detach-sign {sums}",
        signature.display()
    );
    let verify = format!("--verify {} {sums}", signature.display());
    let calls: Vec<&str> = asked.lines().collect();
    assert!(
        calls.len() == 2 && calls[0].ends_with(&sign) && calls[1].ends_with(&verify),
        "{asked}"
    );
    assert!(!asked.contains("sesame"), "everybody can read the arguments of a process");
}

/// Row 69, with a key that lives as long as the test.
#[test]
fn a_signature_verifies_and_an_altered_file_does_not() {
    if Command::new("gpg").arg("--version").output().is_err() {
        // Nothing else here needs GPG, and it is no package that could be fetched into a folder.
        let words = b"there is no gpg on this machine: what it is asked for was tested alone\n";
        std::io::stderr().write_all(words).expect("stderr");
        return;
    }
    let release = Release::packed();
    let keys = release.folder.path().join(".gnupg");
    fs::create_dir(&keys).expect("a folder");
    let only_ours = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    fs::set_permissions(&keys, only_ours).expect("it is ours");
    let gpg = |arguments: &[&str]| {
        let mut command = Command::new("gpg");
        command
            .args(["--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "open"])
            .args(arguments);
        command.env("GNUPGHOME", &keys);
        command
    };
    let name = "Release of a test <release@quay.example>";
    succeed(&mut gpg(&["--quick-generate-key", name, "rsa2048", "sign", "1d"]));
    let seal = ["seal", "--key", "release@quay.example"];
    succeed(release.script(&seal).env("GNUPGHOME", &keys).env("GPG_PASSPHRASE", "open"));
    let signature = release.file("SHA256SUMS.sig");
    let bytes = fs::read(&signature).expect("there is a signature");
    assert!(bytes[0] & 0x80 != 0, "binary, not armoured");
    let (signature, sums) = (signature.display().to_string(), release.file("SHA256SUMS"));
    let verify = ["--verify", &signature, &sums.display().to_string()];
    succeed(&mut gpg(&verify));
    let altered = fs::read_to_string(&sums).expect("there are sums").replacen('0', "1", 1);
    fs::write(&sums, altered).expect("it can be written");
    fail(&mut gpg(&verify));
    succeed(&mut release.script(&["seal"]));
    assert!(!Path::new(&signature).exists(), "a signature of other sums is worse than none");
    succeed(Command::new("gpgconf").args(["--kill", "gpg-agent"]).env("GNUPGHOME", &keys));
}

/// An executable that was built with glibc starts neither on Alpine nor on an older Linux.
#[cfg(target_os = "linux")]
#[test]
fn an_executable_that_needs_the_machines_libraries_is_not_packed() {
    let release = Release { folder: tempfile::tempdir().expect("a folder") };
    let words = fail(&mut release.script(&["package", "--binary", PROGRAM]));
    assert!(words.contains("and a release for Linux is static"), "{words}");
    assert!(!release.dist().exists());
}

#[test]
fn an_executable_of_another_platform_is_not_packed() {
    let release = Release { folder: tempfile::tempdir().expect("a folder") };
    let (target, other) = match system().as_str() {
        "linux_amd64" => ("aarch64-unknown-linux-musl", "linux_arm64"),
        _ => ("x86_64-unknown-linux-musl", "linux_amd64"),
    };
    for (target, words) in [
        (target, format!("is built for {}, and not for {other}", system())),
        ("riscv32-unknown", "releases are made for".to_owned()),
    ] {
        let arguments = ["package", "--dynamic", "--binary", PROGRAM, "--target", target];
        let told = fail(&mut release.script(&arguments));
        assert!(told.contains(&words), "{told}");
    }
}

/// Row 70.
#[tokio::test]
async fn terraform_takes_the_zip_packed_and_unpacked_and_computes_the_same_hash() {
    let quay = FakeQuay::start().await;
    let release = Release::packed();
    let (packed, unpacked) = mirrors(&release);
    let package = unpacked.join(ADDRESS).join(VERSION).join(system());
    let hash = h1(&package);
    for version in VERSIONS {
        for mirror in [&packed, &unpacked] {
            let hcl = "resource \"quay_organization\" \"acme\" {\n  name = \"acme\"\n}\n";
            let workspace = Workspace::with(version, quay.url(), "admin", hcl);
            let path = mirror.display();
            let rc = format!(
                "provider_installation {{\n  filesystem_mirror {{\n    path = \"{path}\"\n  }}\n}}\n"
            );
            workspace.write_file("terraform.rc", &rc);
            let init = workspace.run(&["init", "-no-color", "-input=false"]);
            assert_eq!(init.code, 0, "Terraform {version}, {path}: {}", init.text);
            let lock = fs::read_to_string(workspace.path().join(".terraform.lock.hcl")).unwrap();
            assert!(lock.contains(&hash), "Terraform {version}, {path}: {hash} is not in {lock}");
            assert!(lock.contains(&format!("\"{VERSION}\"")), "{lock}");
            let plan = workspace.run(&["plan", "-no-color", "-input=false"]);
            assert_eq!(plan.code, 0, "Terraform {version}, {path}: {}", plan.text);
        }
    }
}

/// Two mirrors of the file system, one with the zip and one with what is in it.
fn mirrors(release: &Release) -> (PathBuf, PathBuf) {
    let [packed, unpacked] = ["packed", "unpacked"].map(|name| release.folder.path().join(name));
    let place = packed.join(ADDRESS);
    fs::create_dir_all(&place).expect("a folder");
    let archive = release.archive();
    fs::copy(&archive, place.join(archive.file_name().expect("a name"))).expect("it is copied");
    let package = unpacked.join(ADDRESS).join(VERSION).join(system());
    fs::create_dir_all(&package).expect("a folder");
    unpack(&archive, &package);
    (packed, unpacked)
}
