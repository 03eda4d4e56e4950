//! A miniature Terraform core, as far as the transport goes: certificates, TLS, gRPC clients.

#![allow(dead_code, unreachable_pub, reason = "each test file uses a part of it")]

use super::plugin_process::Handshake;
use futures_util::stream::{self, StreamExt};
use hyper_util::rt::TokioIo;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P521_SHA512,
};
use rustls::client::ResolvesClientCert;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, SignatureScheme, SupportedProtocolVersion};
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use terraform_provider_quay::terraform::proto;
use terraform_provider_quay::terraform::serve::{MESSAGE_LIMIT, Services};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::net::UnixStream;
use tokio::sync::oneshot;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::sync::CancellationToken;
use tonic::Streaming;
use tonic::transport::{Channel, Endpoint};

use proto::goplugin::grpc_broker_client::GrpcBrokerClient;
use proto::goplugin::grpc_controller_client::GrpcControllerClient;
use proto::goplugin::grpc_stdio_client::GrpcStdioClient;
use proto::goplugin::{ConnInfo, Empty, StdioData};
use proto::health::health_client::HealthClient;
use proto::provider_client::ProviderClient;
use proto::provider_server::Provider;

/// How long anything may take on a busy machine before a test gives up.
const LONG_ENOUGH: Duration = Duration::from_secs(30);

/// Waits for something that must happen; the bound only keeps a broken test from hanging.
pub async fn within<F: Future>(what: &str, event: F) -> F::Output {
    let Ok(output) = tokio::time::timeout(LONG_ENOUGH, event).await else {
        panic!("waited in vain for {what}");
    };
    output
}

/// A version of TLS.
#[derive(Clone, Copy, Debug)]
pub enum Tls {
    /// The least that Terraform uses.
    V12,
    /// What Terraform and the provider agree on.
    V13,
}

impl Tls {
    fn version(self) -> &'static SupportedProtocolVersion {
        match self {
            Self::V12 => &TLS12,
            Self::V13 => &TLS13,
        }
    }
}

/// A certificate and its key as go-plugin makes them for each process that it starts.
pub struct ClientIdentity {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

impl ClientIdentity {
    /// A new one; all fields but key and serial number are those of every other.
    pub fn new() -> Self {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P521_SHA512).expect("a key");
        let mut params = CertificateParams::new(["localhost".to_owned()]).expect("a name");
        params.distinguished_name.push(DnType::OrganizationName, "HashiCorp");
        params.distinguished_name.push(DnType::CommonName, "localhost");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyEncipherment,
            KeyUsagePurpose::KeyAgreement,
            KeyUsagePurpose::KeyCertSign,
        ];
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.self_signed(&key).expect("a certificate");
        Self { certificate, key }
    }

    /// The certificate as it stands in the environment.
    pub fn pem(&self) -> String {
        self.certificate.pem()
    }

    /// The certificate.
    pub fn certificate(&self) -> CertificateDer<'static> {
        self.certificate.der().clone()
    }

    /// What an honest client shows.
    pub fn shown(&self) -> Shown {
        self.with_certificate(self.certificate())
    }

    /// Our key behind somebody else's certificate.
    pub fn with_certificate(&self, certificate: CertificateDer<'static>) -> Shown {
        let key = PrivateKeyDer::try_from(self.key.serialize_der()).expect("PKCS #8");
        let key = aws_lc_rs::sign::any_supported_type(&key).expect("P-521 is supported");
        Shown(Some(Arc::new(CertifiedKey::new(vec![certificate], key))))
    }
}

/// What a client shows of itself, be it right or not.
#[derive(Clone, Debug)]
pub struct Shown(Option<Arc<CertifiedKey>>);

impl Shown {
    /// No certificate at all.
    pub fn nothing() -> Self {
        Self(None)
    }
}

impl ResolvesClientCert for Shown {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.clone()
    }

    fn has_certs(&self) -> bool {
        self.0.is_some()
    }
}

/// The cryptography of both sides.
pub fn crypto() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// Exactly the announced certificate, as Terraform trusts it.
pub fn trusting(handshake: &Handshake) -> Arc<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots.add(handshake.certificate.clone().expect("TLS is on")).expect("a certificate");
    Arc::new(roots)
}

/// A TLS connection, checked as Terraform checks it: the announced certificate, for `localhost`.
///
/// With TLS 1.3 the client is through before the server has judged it; see [`is_let_in`].
pub async fn dial(
    handshake: &Handshake,
    shown: Shown,
    tls: Tls,
) -> io::Result<TlsStream<UnixStream>> {
    let mut config = ClientConfig::builder_with_provider(crypto())
        .with_protocol_versions(&[tls.version()])
        .expect("the version is supported")
        .with_root_certificates(trusting(handshake))
        .with_client_cert_resolver(Arc::new(shown));
    config.alpn_protocols = vec![b"h2".to_vec()];
    let name = ServerName::try_from("localhost").expect("a name");
    let socket = UnixStream::connect(&handshake.socket).await?;
    let connecting = TlsConnector::from(Arc::new(config)).connect(name, socket);
    within("the TLS handshake", connecting).await
}

/// Whether the server lets a client in: only then does it say something, its HTTP/2 settings.
pub async fn is_let_in(dialed: io::Result<TlsStream<UnixStream>>) -> bool {
    let Ok(mut stream) = dialed else { return false };
    let mut first = [0; 1];
    matches!(within("a byte or the end", stream.read(&mut first)).await, Ok(1))
}

/// The clients of everything that the provider serves, over one connection.
#[derive(Clone)]
pub struct Core {
    /// The provider.
    pub provider: ProviderClient<Channel>,
    /// go-plugin's way to end the process.
    pub controller: GrpcControllerClient<Channel>,
    /// go-plugin's way to more connections.
    pub broker: GrpcBrokerClient<Channel>,
    /// go-plugin's way to the output.
    pub stdio: GrpcStdioClient<Channel>,
    /// The health check.
    pub health: HealthClient<Channel>,
    /// The connection itself.
    pub channel: Channel,
}

impl Core {
    /// Connects as the Terraform that started the process.
    pub async fn connect(handshake: &Handshake, client: &ClientIdentity) -> Self {
        Self::connect_with(handshake, client, Tls::V13).await
    }

    /// Connects with a chosen version of TLS.
    pub async fn connect_with(handshake: &Handshake, client: &ClientIdentity, tls: Tls) -> Self {
        let stream = dial(handshake, client.shown(), tls).await.expect("the handshake succeeds");
        Self::over(stream).await
    }

    /// Connects without TLS.
    pub async fn connect_plainly(socket: &std::path::Path) -> Self {
        Self::over(UnixStream::connect(socket).await.expect("the socket listens")).await
    }

    /// Speaks HTTP/2 over what is connected already.
    pub async fn over(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> Self {
        // A channel may connect again and again; this one can only once.
        let stream = Mutex::new(Some(TokioIo::new(stream)));
        let connector = tower::service_fn(move |_| {
            let stream = stream.lock().expect("nobody panicked").take();
            std::future::ready(stream.ok_or_else(|| io::Error::other("connected once already")))
        });
        let endpoint = Endpoint::from_static("http://localhost");
        let connecting = endpoint.connect_with_connector(connector);
        let channel = within("HTTP/2", connecting).await.expect("HTTP/2 begins");
        Self {
            provider: ProviderClient::new(channel.clone())
                .max_decoding_message_size(MESSAGE_LIMIT)
                .max_encoding_message_size(MESSAGE_LIMIT),
            controller: GrpcControllerClient::new(channel.clone()),
            broker: GrpcBrokerClient::new(channel.clone()),
            stdio: GrpcStdioClient::new(channel.clone()),
            health: HealthClient::new(channel.clone()),
            channel,
        }
    }

    /// Opens the two streams that Terraform opens at the start of every session.
    pub async fn open_streams(&mut self) -> Streams {
        let (open, closed) = oneshot::channel::<()>();
        let offers = stream::pending().take_until(closed);
        let broker = within("the broker", self.broker.start_stream(offers)).await;
        let stdio = within("stdio", self.stdio.stream_stdio(())).await;
        Streams {
            broker: broker.expect("the broker answers").into_inner(),
            stdio: stdio.expect("stdio answers").into_inner(),
            _open: open,
        }
    }

    /// Asks the process to end, as Terraform does when it is done.
    pub async fn shut_down(&mut self) {
        within("Shutdown", self.controller.shutdown(Empty {})).await.expect("it is answered");
    }
}

/// The streams of a session; the broker's is closed from this side, too, when this is dropped.
pub struct Streams {
    /// Connections that the provider would offer.
    pub broker: Streaming<ConnInfo>,
    /// Output that the provider would copy.
    pub stdio: Streaming<StdioData>,
    _open: oneshot::Sender<()>,
}

/// A provider in this very process, with everything but the process, the socket and TLS.
pub async fn in_process(service: impl Provider) -> ProviderClient<Channel> {
    let (client, server) = tokio::io::duplex(1 << 20);
    let services = Services::new(service, CancellationToken::new());
    let incoming = stream::iter([Ok::<_, io::Error>(server)]).chain(stream::pending());
    tokio::spawn(tonic::transport::Server::builder().serve_with_incoming(services, incoming));
    Core::over(client).await.provider
}
