//! Connections: what is trusted, how we show who we are, and which way requests take.

use super::trust::{AnyServer, NamedServers};
use super::words::plain_up_to;
use http::HeaderMap;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;
use url::{Host, Url};

/// The longest text of the network's that is passed on, in characters: a server chooses what its
/// certificate names, and what it says when it ends a connection.
const NETWORK_WORDS_MAX: usize = 2000;

/// What to trust, and how to show who we are.
#[derive(Default)]
pub struct Tls {
    /// Skip all checks of certificates.
    pub insecure: bool,
    /// Trusted besides the machine's own authorities.
    pub authorities: Vec<CertificateDer<'static>>,
    /// A client certificate with its chain, and its key.
    pub identity: Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>,
}

/// What the network said, down to the cause. The URL is left out: it is in the message already.
pub(super) fn network_words(error: &reqwest::Error) -> String {
    let mut cause = error.source();
    let mut words = if error.is_timeout() { "time-out".to_owned() } else { "no answer".to_owned() };
    while let Some(deeper) = cause {
        words = deeper.to_string();
        cause = deeper.source();
    }
    plain_up_to(NETWORK_WORDS_MAX, words.trim_end_matches('.'))
}

/// Why a body was not read to its end.
pub(super) enum Unread {
    /// It is longer than anything that is meant for us.
    TooLong,
    /// The connection broke.
    Broken(reqwest::Error),
}

/// Reads a body of at most so many bytes.
pub(super) async fn read_body(
    mut response: reqwest::Response,
    most: usize,
) -> Result<Vec<u8>, Unread> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(Unread::Broken)? {
        if body.len() + chunk.len() > most {
            return Err(Unread::TooLong);
        }
        body.extend(chunk);
    }
    Ok(body)
}

/// The client for requests to `url`, with one pool of connections.
pub(super) fn connect(
    url: &Url,
    tls: &Tls,
    headers: HeaderMap,
    connect_timeout: Duration,
) -> Result<reqwest::Client, String> {
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("terraform-provider-quay/", env!("CARGO_PKG_VERSION")))
        .default_headers(headers)
        // A redirect would carry the token to wherever it points, and means "no such operation".
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(connect_timeout)
        .pool_idle_timeout(Duration::from_secs(30))
        .tls_backend_preconfigured(tls_config(url, tls)?);
    if is_loopback(url) {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| network_words(&error))
}

/// Whether a URL points at this very machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => {
            let mapped = address.to_ipv4_mapped().is_some_and(|address| address.is_loopback());
            mapped || address.is_loopback()
        }
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        None => false,
    }
}

fn tls_config(url: &Url, tls: &Tls) -> Result<rustls::ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let builder = if tls.insecure {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(AnyServer(provider)))
    } else {
        let mut roots = rustls::RootCertStore::empty();
        // Reading the machine's authorities takes milliseconds, which plain HTTP need not pay.
        if url.scheme() == "https" {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
        for authority in &tls.authorities {
            roots.add(authority.clone()).map_err(|error| error.to_string())?;
        }
        if tls.authorities.is_empty() {
            builder.with_root_certificates(roots)
        } else {
            let trusted = NamedServers::new(roots, tls.authorities.clone(), provider)?;
            builder.dangerous().with_custom_certificate_verifier(Arc::new(trusted))
        }
    };
    let mut config = match &tls.identity {
        None => builder.with_no_client_auth(),
        Some((chain, key)) => builder
            .with_client_auth_cert(chain.clone(), key.clone_key())
            .map_err(|error| error.to_string())?,
    };
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rules 28.
    #[test]
    fn this_machine_has_many_names() {
        let is_loopback = |host: &str| {
            is_loopback(&Url::parse(&format!("http://{host}:8080/quay")).expect("a URL"))
        };
        for host in [
            "localhost",
            "LOCALHOST.",
            "quay.localhost",
            "127.0.0.1",
            "127.1",
            "[::1]",
            "[::ffff:127.0.0.1]",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["localhost.example", "notlocalhost", "0.0.0.0", "[::ffff:10.0.0.1]", "[::]"] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
