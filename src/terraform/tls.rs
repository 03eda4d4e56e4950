//! Mutual TLS of the plugin socket: it lets in exactly one client, the one that started us.
//!
//! Terraform makes a certificate for each plugin process and announces it in the environment; we
//! make one too and announce it in the handshake. Each side then accepts only that one.

use rcgen::{
    CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256,
};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls12_signature,
    verify_tls13_signature,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{NoServerSessionStorage, ParsedCertificate, ServerConfig};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};
use std::sync::Arc;

/// What the socket needs to speak TLS.
pub(super) struct ServerTls {
    /// The set-up that every connection uses.
    pub(super) config: Arc<ServerConfig>,
    /// Our certificate, for the handshake.
    pub(super) certificate: CertificateDer<'static>,
}

/// Reads the one certificate that Terraform announced.
pub(super) fn announced_certificate(pem: &str) -> Result<CertificateDer<'static>, String> {
    let mut found = CertificateDer::pem_slice_iter(pem.as_bytes());
    let certificate = match found.next() {
        Some(Ok(certificate)) => certificate,
        Some(Err(error)) => return Err(error.to_string()),
        None => return Err("it holds no certificate".into()),
    };
    if found.next().is_some() {
        return Err("it holds more than one certificate".into());
    }
    // Better now, with a message, than as a connection that never comes about.
    ParsedCertificate::try_from(&certificate).map_err(|error| error.to_string())?;
    Ok(certificate)
}

/// Makes our own certificate and lets in only a client that holds the key of `client`.
pub(super) fn server_tls(client: CertificateDer<'static>) -> Result<ServerTls, String> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(|error| error.to_string())?;
    let certificate = own_certificate(&key).map_err(|error| error.to_string())?;
    let config = config(client, certificate.clone(), &key).map_err(|error| error.to_string())?;
    Ok(ServerTls { config: Arc::new(config), certificate })
}

/// Go looks at the name `localhost` among the alternative names, and at the usages. rcgen's dates
/// reach from 1975 to 4096, so that no clock is wrong enough; the key lives as long as we do.
fn own_certificate(key: &KeyPair) -> Result<CertificateDer<'static>, rcgen::Error> {
    let mut params = CertificateParams::new(["localhost".to_owned()])?;
    params.distinguished_name.push(DnType::CommonName, "localhost");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    Ok(params.self_signed(key)?.der().clone())
}

fn config(
    client: CertificateDer<'static>,
    certificate: CertificateDer<'static>,
    key: &KeyPair,
) -> Result<ServerConfig, Error> {
    // Named here rather than installed for the process: the HTTP client has a say in that, too.
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = Arc::new(OnlyThisClient::new(client, &provider));
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![certificate], key.into())?;
    // Without it Terraform 1.15 hangs up.
    config.alpn_protocols = vec![b"h2".to_vec()];
    // A resumed session would show no certificate.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}

/// Accepts one certificate, byte for byte, from whoever holds its key.
///
/// rustls' own verifier cannot do this: Terraform's certificate says that it is an authority, and
/// an authority is refused as a client.
#[derive(Debug)]
struct OnlyThisClient {
    certificate: CertificateDer<'static>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl OnlyThisClient {
    fn new(certificate: CertificateDer<'static>, provider: &CryptoProvider) -> Self {
        Self { certificate, algorithms: provider.signature_verification_algorithms }
    }
}

impl ClientCertVerifier for OnlyThisClient {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        // No hint, so that the client offers the only certificate that it has.
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if *end_entity == self.certificate {
            Ok(ClientCertVerified::assertion())
        } else {
            Err(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
        }
    }

    // Anyone of this user may read our environment, and the certificate in it, but not its key:
    // the signature is what tells Terraform from them.
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
