//! What to trust, and how to show who we are: certificates and keys in PEM.

use super::Settings;
use super::environment::{environment, invalid};
use crate::quay::{Secret, Tls};
use crate::terraform::diagnostic::{Diagnostic, Result};
use rustls::RootCertStore;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use std::path::PathBuf;

type Chain = Vec<CertificateDer<'static>>;

impl Settings {
    /// Everything about TLS. What is wrong is found here and not in the client, which could not
    /// name the attribute.
    pub(super) fn tls(&mut self, insecure: bool) -> Result<Tls, Diagnostic> {
        let mut trusted = Vec::new();
        if let Some(pem) = self.ca_cert_pem.take() {
            trusted.extend(authorities(pem.as_bytes(), "ca_cert_pem")?);
        }
        let file = self.ca_cert_file.take();
        if let Some(file) = file.or_else(|| environment("QUAY_CA_CERT_FILE").map(PathBuf::from)) {
            let pem = std::fs::read(&file).map_err(|error| {
                let detail = format!(
                    "{} cannot be read: {error}. Name a file with certificates in PEM that the \
                     provider may read.",
                    file.display()
                );
                Diagnostic::error("Cannot read ca_cert_file", detail).at("ca_cert_file")
            })?;
            trusted.extend(authorities(&pem, "ca_cert_file")?);
        }
        let identity = match (self.client_cert_pem.take(), self.client_key_pem.take()) {
            (Some(chain), Some(key)) => Some(identity(&chain, &key)?),
            _ => None,
        };
        Ok(Tls { insecure, authorities: trusted, identity })
    }
}

fn certificates(pem: &[u8], attribute: &'static str) -> Result<Chain, Diagnostic> {
    let parsed: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match parsed {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(invalid(
            attribute,
            "It holds no certificates in PEM, which begin with `-----BEGIN CERTIFICATE-----`.",
        )),
    }
}

fn authorities(pem: &[u8], attribute: &'static str) -> Result<Chain, Diagnostic> {
    let certificates = certificates(pem, attribute)?;
    for (number, certificate) in (1..).zip(&certificates) {
        RootCertStore::empty().add(certificate.clone()).map_err(|error| {
            invalid(attribute, format!("Certificate {number} in it cannot be used: {error}."))
        })?;
    }
    Ok(certificates)
}

/// A certificate and the key that belongs to it.
fn identity(chain: &str, key: &Secret) -> Result<(Chain, PrivateKeyDer<'static>), Diagnostic> {
    let chain = certificates(chain.as_bytes(), "client_cert_pem")?;
    // What is wrong with a key is not shown: the text might quote it.
    let key = PrivateKeyDer::from_pem_slice(key.reveal().as_bytes()).map_err(|_| {
        invalid("client_key_pem", "It holds no private key in PEM, or one that needs a password.")
    })?;
    let signing = aws_lc_rs::sign::any_supported_type(&key).map_err(|_| {
        invalid("client_key_pem", "Keys of this kind cannot be used: RSA, ECDSA and Ed25519 can.")
    })?;
    match CertifiedKey::new(chain.clone(), signing).keys_match() {
        Ok(()) => Ok((chain, key)),
        Err(rustls::Error::InconsistentKeys(_)) => {
            let detail = "It is not the key of the certificate in `client_cert_pem`.";
            Err(invalid("client_key_pem", detail))
        }
        Err(error) => {
            Err(invalid("client_cert_pem", format!("The certificate cannot be used: {error}.")))
        }
    }
}
