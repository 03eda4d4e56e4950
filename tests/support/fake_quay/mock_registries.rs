//! The upstream registries that the recordings speak to, each on a port of its own.
//!
//! They listen on ports that the system picks; the resolver knows which one stands for 5001 and so
//! on, so that any number of fakes can run at the same time. What stands for 5443 hangs up at once:
//! for a client without TLS a TLS server does the same.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Handle;

/// How one of them answers.
#[derive(Clone, Copy)]
enum Kind {
    Open,
    Bearer,
    Basic,
    NoChallenge,
    Broken,
    Missing,
    Redirect,
    Silent,
    HangUp,
}

const KINDS: [(u16, Kind); 9] = [
    (5001, Kind::Open),
    (5002, Kind::Bearer),
    (5003, Kind::Basic),
    (5004, Kind::NoChallenge),
    (5005, Kind::Broken),
    (5006, Kind::Missing),
    (5008, Kind::Redirect),
    (5009, Kind::Silent),
    (5443, Kind::HangUp),
];

/// Starts all of them and says where each one is. With `fixed` they try their own ports first.
pub fn start(
    runtime: &Handle,
    fixed: bool,
    silence: Duration,
) -> io::Result<Vec<(u16, SocketAddr)>> {
    let mut places = Vec::new();
    for (port, kind) in KINDS {
        let own = if fixed { TcpListener::bind(("127.0.0.1", port)).ok() } else { None };
        let listener = match own {
            Some(listener) => listener,
            None => TcpListener::bind(("127.0.0.1", 0))?,
        };
        places.push((port, listener.local_addr()?));
        listener.set_nonblocking(true)?;
        runtime.spawn(async move {
            let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let _ = answer(stream, port, kind, silence).await;
                });
            }
        });
    }
    Ok(places)
}

async fn answer(mut stream: TcpStream, port: u16, kind: Kind, silence: Duration) -> io::Result<()> {
    let mut request = Vec::new();
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        let mut chunk = [0; 1024];
        match stream.read(&mut chunk).await? {
            0 => return Ok(()),
            length => request.extend_from_slice(&chunk[..length]),
        }
    }
    let request = String::from_utf8_lossy(&request);
    let (status, header, body) = match kind {
        Kind::HangUp => return Ok(()),
        Kind::Silent => {
            tokio::time::sleep(silence).await;
            (200, String::new(), "{}")
        }
        Kind::Open => (200, String::new(), "{}"),
        Kind::Bearer => bearer(&request, port),
        Kind::Basic if authorization(&request) == Some(&good_basic()) => (200, String::new(), "{}"),
        Kind::Basic => (401, "WWW-Authenticate: Basic realm=\"mock\"\r\n".into(), "{}"),
        Kind::NoChallenge => (401, String::new(), "{}"),
        Kind::Broken => (500, String::new(), "{}"),
        Kind::Missing => (404, String::new(), "{}"),
        Kind::Redirect => (302, "Location: http://127.0.0.1:5001/v2/\r\n".into(), ""),
    };
    let length = body.len();
    let answer =
        format!("HTTP/1.1 {status} Mock\r\n{header}Content-Length: {length}\r\n\r\n{body}");
    stream.write_all(answer.as_bytes()).await
}

/// Gives everybody a token, but only the one for good credentials opens `/v2/`.
fn bearer(request: &str, port: u16) -> (u16, String, &'static str) {
    if request.starts_with("GET /token") {
        return match authorization(request) {
            None => (200, String::new(), r#"{"token": "anonymous"}"#),
            Some(value) if value == good_basic() => (200, String::new(), r#"{"token": "good"}"#),
            Some(_) => (401, String::new(), "{}"),
        };
    }
    if authorization(request) == Some("Bearer good") {
        return (200, String::new(), "{}");
    }
    let challenge = format!(
        "WWW-Authenticate: Bearer realm=\"http://127.0.0.1:{port}/token\",service=\"mock\"\r\n"
    );
    (401, challenge, "{}")
}

fn good_basic() -> String {
    format!("Basic {}", BASE64_STANDARD.encode("puller:right-password"))
}

fn authorization(request: &str) -> Option<&str> {
    request.lines().find_map(|line| line.strip_prefix("Authorization: "))
}
