//! Who is let in, and who is not: everything that another process could try on the socket.

use super::support::core::{ClientIdentity, Core, Shown, Tls, dial, is_let_in, within};
use super::{Started, assert_serves};
use std::collections::VecDeque;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

/// How many connections an attacker holds open at once.
const HELD: usize = 600;

/// Row 5.
#[tokio::test]
async fn terraform_is_let_in_with_either_version_of_tls() {
    for tls in [Tls::V12, Tls::V13] {
        let started = Started::new().await;
        let stream = dial(&started.handshake, started.client.shown(), tls).await.expect("TLS");
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        assert_serves(&mut Core::over(stream).await).await;
    }
}

/// Row 6.
#[tokio::test]
async fn another_certificate_with_identical_fields_is_refused() {
    for tls in [Tls::V12, Tls::V13] {
        let started = Started::new().await;
        let stranger = ClientIdentity::new();
        assert!(!is_let_in(dial(&started.handshake, stranger.shown(), tls).await).await);
        let known = dial(&started.handshake, started.client.shown(), tls).await;
        assert!(is_let_in(known).await, "the test itself works");
    }
}

/// Row 7.
#[tokio::test]
async fn a_client_without_certificate_is_refused() {
    for tls in [Tls::V12, Tls::V13] {
        let started = Started::new().await;
        assert!(!is_let_in(dial(&started.handshake, Shown::nothing(), tls).await).await);
        started.still_serves().await;
    }
}

/// Row 8.
#[tokio::test]
async fn plaintext_is_refused_and_the_server_goes_on() {
    let started = Started::new().await;
    for bytes in [&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], b"GET / HTTP/1.1\r\n\r\n", &[0; 600]] {
        let mut stream = UnixStream::connect(&started.handshake.socket).await.expect("it listens");
        // It may hang up before it has read everything.
        let _ = stream.write_all(bytes).await;
        let mut answer = Vec::new();
        let _ = within("the end", stream.read_to_end(&mut answer)).await;
        assert!(answer.is_empty() || answer[0] == 21, "at most a TLS alert: {answer:?}");
    }
    started.still_serves().await;
}

/// Row 9.
#[tokio::test]
async fn silent_and_slow_connections_do_not_block_terraform() {
    let started = Started::new().await;
    let mut slow = Vec::new();
    for _ in 0..20 {
        let mut stream = UnixStream::connect(&started.handshake.socket).await.expect("it listens");
        // The first bytes of a greeting that says it is longer.
        stream.write_all(&[22, 3, 1, 2, 0]).await.expect("it reads");
        slow.push(UnixStream::connect(&started.handshake.socket).await.expect("it listens"));
        slow.push(stream);
    }
    started.still_serves().await;
}

/// Row 9: they do not stay for ever either.
#[tokio::test]
async fn a_connection_that_stays_silent_is_closed() {
    let started = Started::new().await;
    let mut silent = UnixStream::connect(&started.handshake.socket).await.expect("it listens");
    let _core = started.connect().await;
    let mut answer = [0; 1];
    let read = within("the server to hang up", silent.read(&mut answer)).await;
    assert!(matches!(read, Ok(0) | Err(_)), "{read:?}");
}

/// Row 9: with as many file handles as the system gives, and with far fewer than connections.
#[tokio::test]
async fn a_thousand_connections_keep_terraform_neither_out_nor_waiting() {
    for shell in [r#"exec "$0""#, r#"ulimit -n 100; exec "$0""#] {
        let started = Started::with(|launch| launch.through(shell)).await;
        let mut crowd = VecDeque::new();
        for _ in 0..1000 {
            let connecting = UnixStream::connect(&started.handshake.socket);
            crowd.push_back(within("a connection", connecting).await.expect("it listens"));
            // Our own handles are limited, too: a usual limit is 1,024 for all tests together.
            if crowd.len() > HELD {
                crowd.pop_front();
            }
        }
        let core = started.connect().await;
        assert_serves(&mut core.clone()).await;
        // The crowd was thinned out, and the rest of it does not keep the process alive.
        let gone = crowd.iter().filter(|stream| stream.try_read(&mut [0]).is_ok()).count();
        assert!(gone > HELD - 100, "{gone}");
        started.shut_down(core).await;
    }
}

/// Row 10.
#[tokio::test]
async fn the_right_certificate_with_another_key_is_refused() {
    for tls in [Tls::V12, Tls::V13] {
        let started = Started::new().await;
        let thief = ClientIdentity::new().with_certificate(started.client.certificate());
        assert!(!is_let_in(dial(&started.handshake, thief, tls).await).await);
        started.still_serves().await;
    }
}
