//! Workers, rates and TLS.

use super::{ask, ask_at, status};
use crate::fake_quay::{FakeQuay, Profile};
use rustls::pki_types::ServerName;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

#[tokio::test]
async fn two_workers_serve_four_requests_in_two_turns() {
    let turn = Duration::from_millis(40);
    let fake = FakeQuay::builder().service_time(turn, 2).start().await;
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(status(ask(&fake, "GET", "/api/v1/user/", None)), 200));
        }
    });
    assert!(start.elapsed() >= turn * 2, "{:?}", start.elapsed());
}

#[tokio::test]
async fn the_rate_limit_lets_a_burst_pass_and_names_no_time_to_wait() {
    let fake = FakeQuay::builder().time_scale(1000.0).start().await;
    let url = fake.profile_url(Profile::RateLimited);
    let get = || ask_at(&url, "admin", "GET", "/api/v1/organization/acme", None);
    let passed = (0..60).take_while(|_| status(get()) == 404).count();
    assert_eq!(passed, 26);
    let limited = get().expect("an answer");
    assert_eq!((limited.status, limited.header("retry-after")), (429, None));
}

#[tokio::test]
async fn the_fake_serves_https_with_a_certificate_of_the_tests_choice() {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".into()]);
    let made = made.expect("a certificate");
    let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let fake = FakeQuay::builder().tls(&certificate, &key).start().await;
    let host = fake.url().strip_prefix("https://").expect("https").to_owned();

    let mut roots = RootCertStore::empty();
    let root = rustls::pki_types::CertificateDer::from_pem_slice(certificate.as_bytes());
    roots.add(root.expect("a certificate")).expect("a root");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider knows TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("127.0.0.1").expect("an address");
    let connection = ClientConnection::new(Arc::new(config), name).expect("a connection");
    let stream = TcpStream::connect(&host).expect("a connection");
    let mut tls = StreamOwned::new(connection, stream);
    let request = format!(
        "GET /api/v1/organization/acme HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    );
    tls.write_all(request.as_bytes()).expect("a request goes out");
    let mut answer = String::new();
    // A server that just closes the connection is no error here.
    let _ = tls.read_to_string(&mut answer);
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    assert!(answer.contains("https://127.0.0.1:"), "{answer}");
}
