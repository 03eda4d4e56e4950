//! From the start to the handshake: arguments, cookie, socket, certificate, the line itself.

use super::support::core::{ClientIdentity, Core, crypto, trusting};
use super::support::plugin_process::{COOKIE, Launch};
use super::{Started, assert_serves, mode, validate};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::{ServerName, UnixTime};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::net::UnixStream;

/// Row 1.
#[tokio::test]
async fn run_by_hand_it_explains_itself_on_stderr_and_fails() {
    for launch in [Launch::by_hand(), Launch::by_hand().env(COOKIE.0, "wrong")] {
        let output = launch.run().await;
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(output.stdout, [""; 0]);
        for words in ["Terraform", "make install", "quay-rs/quay"] {
            assert!(output.stderr.contains(words), "{}", output.stderr);
        }
    }
}

/// Not in the checklist: the arguments for people.
#[tokio::test]
async fn it_tells_its_version_and_its_use() {
    let version = Launch::by_hand().arg("--version").run().await;
    let expected =
        format!("terraform-provider-quay {} (registry.terraform.io/", env!("CARGO_PKG_VERSION"));
    assert_eq!((version.status.code(), version.stdout.len()), (Some(0), 1));
    assert!(version.stdout[0].starts_with(&expected), "{:?}", version.stdout);
    let help = Launch::by_hand().arg("--help").run().await;
    assert_eq!(help.status.code(), Some(0));
    assert!(help.stdout.iter().any(|line| line.contains("--debug")));
    let unknown = Launch::by_hand().arg("--no-such").run().await;
    assert_eq!((unknown.status.code(), unknown.stdout), (Some(1), vec![]));
    assert!(unknown.stderr.contains("--no-such"));
}

/// Row 2.
#[tokio::test]
async fn the_handshake_is_one_line_and_nothing_follows_it() {
    let started = Started::new().await;
    assert_eq!(started.handshake.fields.len(), 6);
    let certificate = &started.handshake.fields[5];
    assert!(certificate.len() > 50);
    assert!(certificate.chars().all(|c| c.is_ascii_alphanumeric() || c == '+' || c == '/'));
    assert!(started.handshake.socket.is_absolute());
    let mut core = started.connect().await;
    let _streams = core.open_streams().await;
    validate(&mut core, vec![0x80]).await.expect("it is answered");
    assert_eq!(started.shut_down(core).await.stdout, [""; 0]);
}

/// Row 2: the seventh field, only for a client that knows it.
#[tokio::test]
async fn multiplexing_is_declined_when_asked_for() {
    let started = Started::with(|launch| launch.env("PLUGIN_MULTIPLEX_GRPC", "true")).await;
    assert_eq!(started.handshake.fields.len(), 7);
    assert_eq!(started.handshake.fields[6], "false");
    started.still_serves().await;
}

/// Row 3.
#[tokio::test]
async fn the_socket_listens_when_the_line_appears_and_is_ours_alone() {
    let started = Started::new().await;
    let socket = &started.handshake.socket;
    UnixStream::connect(socket).await.expect("it listens");
    assert_eq!(mode(socket), 0o600);
    assert_eq!(mode(socket.parent().expect("a folder")), 0o700);
}

/// Row 3: the modes do not depend on the user's umask.
#[tokio::test]
async fn an_odd_umask_changes_nothing() {
    for umask in ["000", "777"] {
        let shell = format!(r#"umask {umask}; exec "$0""#);
        let started = Started::with(|launch| launch.through(&shell)).await;
        let socket = &started.handshake.socket;
        assert_eq!(mode(socket), 0o600);
        assert_eq!(mode(socket.parent().expect("a folder")), 0o700);
        started.still_serves().await;
    }
}

/// Row 3: the path fits into a socket's address.
#[tokio::test]
async fn a_temporary_folder_that_does_not_do_is_replaced() {
    let deep = tempfile::Builder::new().prefix(&"x".repeat(100)).tempdir().expect("a folder");
    for folder in [deep.path(), Path::new("/no/such/folder"), Path::new("a|b"), Path::new("")] {
        let started = Started::with(|launch| launch.env("TMPDIR", folder)).await;
        assert!(started.handshake.socket.as_os_str().len() <= 107);
        let core = started.connect().await;
        let folder = started.handshake.socket.parent().expect("a folder").to_owned();
        started.shut_down(core).await;
        assert!(!folder.exists(), "{}", folder.display());
    }
}

/// Row 4.
#[tokio::test]
async fn the_certificate_is_good_for_localhost_and_now() {
    let started = Started::new().await;
    assert!(!started.handshake.fields[5].contains('='));
    let certificate = started.handshake.certificate.as_ref().expect("TLS is on");
    let roots = trusting(&started.handshake);
    let verifier =
        WebPkiServerVerifier::builder_with_provider(roots, crypto()).build().expect("a verifier");
    let good = |name: &'static str, now: UnixTime| {
        let name = ServerName::try_from(name).expect("a name");
        verifier.verify_server_cert(certificate, &[], &name, &[], now).is_ok()
    };
    assert!(good("localhost", UnixTime::now()));
    let an_hour_ago = Duration::from_secs(UnixTime::now().as_secs() - 3600);
    assert!(good("localhost", UnixTime::since_unix_epoch(an_hour_ago)), "a clock may be slow");
    assert!(!good("example.org", UnixTime::now()));
}

/// Row 11.
#[tokio::test]
async fn a_terraform_that_knows_only_version_5_is_told_6() {
    let started = Started::with(|launch| launch.env("PLUGIN_PROTOCOL_VERSIONS", "5")).await;
    assert_eq!(started.handshake.fields[1], "6");
}

/// Row 12: plaintext, and only the folder protects it.
#[tokio::test]
async fn without_a_client_certificate_it_speaks_plaintext() {
    let mut process = Launch::by_terraform_without_tls().start();
    let handshake = process.handshake().await;
    assert_eq!((handshake.fields.len(), &*handshake.fields[5]), (6, ""));
    assert_eq!(mode(handshake.socket.parent().expect("a folder")), 0o700);
    let mut core = Core::connect_plainly(&handshake.socket).await;
    assert_serves(&mut core).await;
    core.shut_down().await;
    drop(core);
    assert_eq!(process.end().await.status.code(), Some(0));
}

/// Row 13.
#[tokio::test]
async fn a_client_certificate_that_is_none_is_an_error() {
    let wrapped = "-----BEGIN CERTIFICATE-----\nZ2FyYmFnZQ==\n-----END CERTIFICATE-----\n";
    let twice = ClientIdentity::new().pem().repeat(2);
    for garbage in ["garbage", "-----BEGIN CERTIFICATE-----\n!\n", wrapped, &twice] {
        let output =
            Launch::by_terraform_without_tls().env("PLUGIN_CLIENT_CERT", garbage).run().await;
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(output.stdout, [""; 0]);
        assert!(output.stderr.contains("PLUGIN_CLIENT_CERT"), "{}", output.stderr);
        assert!(output.left_behind.is_empty(), "{:?}", output.left_behind);
    }
}

/// Row 14.
#[tokio::test]
async fn the_folder_and_the_group_that_a_runner_wants_are_honoured() {
    let wanted = tempfile::tempdir().expect("a folder");
    let group = fs::metadata(wanted.path()).expect("it exists").gid();
    let started = Started::with(|launch| {
        launch
            .env("PLUGIN_UNIX_SOCKET_DIR", wanted.path())
            .env("PLUGIN_UNIX_SOCKET_GROUP", group.to_string())
    })
    .await;
    let socket = &started.handshake.socket;
    assert!(socket.starts_with(wanted.path()), "{}", socket.display());
    assert_eq!(fs::metadata(socket).expect("it exists").gid(), group);
    assert_eq!((mode(socket), mode(socket.parent().expect("a folder"))), (0o660, 0o710));
    started.still_serves().await;
}

/// Row 14: what cannot be honoured is not ignored.
#[tokio::test]
async fn a_folder_or_group_that_does_not_exist_is_an_error() {
    let client = ClientIdentity::new();
    let wishes =
        [("PLUGIN_UNIX_SOCKET_DIR", "/no/such"), ("PLUGIN_UNIX_SOCKET_GROUP", "no such group")];
    for (name, value) in wishes {
        let output = Launch::by_terraform(&client).env(name, value).run().await;
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(output.stdout, [""; 0]);
        assert!(output.stderr.contains("cannot listen"), "{}", output.stderr);
        assert!(output.left_behind.is_empty(), "{:?}", output.left_behind);
    }
}

/// Row 23; `make bench` has the figure.
#[tokio::test]
async fn the_handshake_comes_at_once() {
    let client = ClientIdentity::new();
    let mut fastest = Duration::MAX;
    for _ in 0..5 {
        let begin = Instant::now();
        Launch::by_terraform(&client).start().handshake().await;
        fastest = fastest.min(begin.elapsed());
    }
    assert!(fastest < Duration::from_secs(1), "{fastest:?}");
}
