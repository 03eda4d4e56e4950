//! A server that writes down what reaches it, and answers always the same.

use super::authority::Identity;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// A server on loopback.
pub(super) struct Listener {
    /// Its base URL.
    pub(super) url: String,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    connections: usize,
    requests: Vec<String>,
}

/// What a server needs for HTTPS, with these protocols to choose from.
pub(super) fn acceptor(identity: &Identity, protocols: &[&[u8]]) -> TlsAcceptor {
    let chain = CertificateDer::pem_slice_iter(identity.certificate.as_bytes());
    let chain = chain.collect::<Result<_, _>>().expect("a certificate");
    let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).expect("a key");
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("TLS 1.2 and 1.3")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("they belong together");
    config.alpn_protocols = protocols.iter().map(|it| it.to_vec()).collect();
    TlsAcceptor::from(Arc::new(config))
}

impl Listener {
    /// Gives this answer to everybody; an empty one never comes.
    pub(super) async fn start(answer: &str) -> Self {
        Self::serve(answer, None).await
    }

    /// The same by HTTPS.
    pub(super) async fn start_tls(answer: &str, identity: &Identity) -> Self {
        Self::serve(answer, Some(acceptor(identity, &[]))).await
    }

    async fn serve(answer: &str, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}", listener.local_addr().expect("an address"));
        let seen = Arc::new(Mutex::new(Seen::default()));
        let (answer, noted) = (answer.to_owned(), Arc::clone(&seen));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                noted.lock().expect("nobody panics").connections += 1;
                let (answer, noted, tls) = (answer.clone(), Arc::clone(&noted), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => converse(stream, &answer, &noted).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                converse(stream, &answer, &noted).await;
                            }
                        }
                    }
                });
            }
        });
        Self { url, seen }
    }

    /// The requests so far, heads and bodies, names of headers in lower case.
    pub(super) fn requests(&self) -> Vec<String> {
        self.seen.lock().expect("nobody panics").requests.clone()
    }

    /// How often somebody has connected.
    pub(super) fn connections(&self) -> usize {
        self.seen.lock().expect("nobody panics").connections
    }
}

/// An answer with JSON.
pub(super) fn json(status: &str, more: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n{more}\r\n{body}",
        body.len()
    )
}

async fn converse(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    answer: &str,
    seen: &Mutex<Seen>,
) {
    let Some(request) = request(&mut stream).await else { return };
    seen.lock().expect("nobody panics").requests.push(request);
    if answer.is_empty() {
        return std::future::pending().await;
    }
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}

/// One request, with its body.
async fn request(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |it| it.parse().expect("a number")) {
                return Some(text);
            }
        }
        match stream.read(&mut buffer).await {
            Ok(count @ 1..) => bytes.extend_from_slice(&buffer[..count]),
            _ => return None,
        }
    }
}
