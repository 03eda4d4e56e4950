//! One HTTP/2 connection carries everything, and its end is no end of a request that the server
//! never began. The server here speaks just as much of RFC 9113 as it needs.

use super::authority::Authority;
use super::listener::acceptor;
use super::settings;
use crate::support::core::within;
use crate::support::wire::Wire;
use serde_json::json;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use terraform_provider_quay::provider::QuayProvider;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;

const PREFACE: usize = 24;
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const ACK: u8 = 1;
const NO_ERROR: u32 = 0;
const REFUSED_STREAM: u32 = 7;

/// How a server says that it has not begun with a request.
#[derive(Clone, Copy, Debug)]
enum Refusal {
    /// It is about to end the connection: a reload, or one request too many.
    GoAway,
    /// It has too much to do.
    Reset,
}

async fn write_frame(
    stream: &mut (impl AsyncWrite + Unpin),
    (kind, flags, id): (u8, u8, u32),
    payload: &[u8],
) -> io::Result<()> {
    let length = u32::try_from(payload.len()).expect("it is short").to_be_bytes();
    let frame = [&length[1..], &[kind, flags], &id.to_be_bytes(), payload].concat();
    stream.write_all(&frame).await
}

/// An answer of JSON; none of its parts is in any table of the connection.
async fn answer(
    stream: &mut (impl AsyncWrite + Unpin),
    id: u32,
    status: &str,
    body: &str,
) -> io::Result<()> {
    // The names are numbers 8 and 31 of the static table: `:status` and `content-type`.
    let mut headers = vec![0x08, 3];
    headers.extend(status.as_bytes());
    let json = b"application/json";
    headers.extend([0x0f, 16, 16]);
    headers.extend(json);
    write_frame(stream, (HEADERS, END_HEADERS, id), &headers).await?;
    write_frame(stream, (DATA, END_STREAM, id), body.as_bytes()).await
}

/// One connection: the first request of all is answered, the second refused, all others answered.
async fn converse(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    asked: &AtomicUsize,
    refusal: Refusal,
) -> io::Result<()> {
    stream.read_exact(&mut [0; PREFACE]).await?;
    write_frame(&mut stream, (SETTINGS, 0, 0), &[]).await?;
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let id = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        stream.read_exact(&mut vec![0; length.try_into().expect("it is short")]).await?;
        let (kind, flags) = (head[3], head[4]);
        if kind == SETTINGS && flags & ACK == 0 {
            write_frame(&mut stream, (SETTINGS, ACK, 0), &[]).await?;
        }
        if !matches!(kind, HEADERS | DATA) || flags & END_STREAM == 0 {
            continue;
        }
        match (asked.fetch_add(1, Ordering::SeqCst), refusal) {
            (0, _) => answer(&mut stream, id, "200", r#"{"applications":[]}"#).await?,
            (1, Refusal::GoAway) => {
                let payload = [(id - 2).to_be_bytes(), NO_ERROR.to_be_bytes()].concat();
                write_frame(&mut stream, (GOAWAY, 0, 0), &payload).await?;
            }
            (1, Refusal::Reset) => {
                let reason = REFUSED_STREAM.to_be_bytes();
                write_frame(&mut stream, (RST_STREAM, 0, id), &reason).await?;
            }
            _ => {
                let application = json!({
                    "client_id": "A1B2", "name": "ci", "description": "", "application_uri": "",
                    "redirect_uri": "", "avatar_email": null, "client_secret": "secret",
                });
                answer(&mut stream, id, "201", &application.to_string()).await?;
            }
        }
    }
}

/// Such a request may be made again, a creation too; and it is, even where nothing is to be retried.
#[tokio::test]
async fn a_creation_that_the_server_never_began_is_made_again() {
    let authority = Authority::new();
    let tls = acceptor(&authority.server("127.0.0.1"), &[b"h2"]);
    for refusal in [Refusal::GoAway, Refusal::Reset] {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("https://{}", listener.local_addr().expect("an address"));
        let asked = Arc::new(AtomicUsize::new(0));
        let (tls, noted) = (tls.clone(), Arc::clone(&asked));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (tls, noted) = (tls.clone(), Arc::clone(&noted));
                tokio::spawn(async move {
                    let stream = tls.accept(stream).await?;
                    converse(stream, &noted, refusal).await
                });
            }
        });
        let trusting = json!({ "ca_cert_pem": authority.pem(), "max_retries": 0 });
        let wire = Wire::<QuayProvider>::new(&settings(&url, &trusting)).await;
        let config = json!({ "orgname": "acme", "name": "ci" });
        let creation = wire.create("quay_org_application", &config);
        let created = within("the creation", creation).await.unfailing(&format!("{refusal:?}"));
        assert_eq!(created.state["client_id"], json!("A1B2"), "{refusal:?}");
        assert_eq!(asked.load(Ordering::SeqCst), 3, "{refusal:?}: the list and two tries");
    }
}
