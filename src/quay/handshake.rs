//! What to do when no secure connection comes about, told by the words of the TLS library.

/// What is wrong with the server's certificate, in the library's words -> our advice.
const ADVICE: [(&str, &str); 4] = [
    (
        "UnknownIssuer",
        "The authority that signed the server's certificate is not trusted on this machine: give \
         the provider the authority's certificate in `ca_cert_pem` or `ca_cert_file`.",
    ),
    (
        "CaUsedAsEndEntity",
        "The server shows the certificate of an authority as its own: give the provider that very \
         certificate in `ca_cert_pem` or `ca_cert_file`, or have the server show one that an \
         authority has signed.",
    ),
    (
        "not valid for name",
        "The server's certificate is made for another host: check the host in the provider's \
         `url`.",
    ),
    (
        "expired",
        "The server's certificate has to be renewed, unless the clock of this machine is wrong.",
    ),
];

/// How a server says that it does not accept the client's certificate. Other alerts may come at
/// any time, even when the request was carried out.
const REFUSALS: [&str; 9] = [
    "BadCertificate",
    "UnsupportedCertificate",
    "CertificateRevoked",
    "CertificateExpired",
    "CertificateUnknown",
    "UnknownCA",
    "DecryptError",
    "AccessDenied",
    "HandshakeFailure",
];

/// How the words begin about an answer that is no TLS.
pub(super) const CORRUPT: &str = "received corrupt message of type ";

/// What to do; `None` where the words are about something else than a failed handshake.
pub(super) fn advice(words: &str) -> Option<&'static str> {
    if let Some(alert) = words.strip_prefix("received fatal alert: ") {
        return match alert {
            "CertificateRequired" => Some(
                "The server wants a client certificate: set `client_cert_pem` and \
                 `client_key_pem`.",
            ),
            alert if REFUSALS.contains(&alert) => Some(
                "The server ended the handshake: check `client_cert_pem`, if it wants a client \
                 certificate.",
            ),
            _ => None,
        };
    }
    if words.starts_with(CORRUPT) {
        return Some(
            "Whoever answers there does not speak TLS: check the port, and whether it should be \
             `http://`.",
        );
    }
    let problem = words.strip_prefix("invalid peer certificate: ")?;
    let known = ADVICE.iter().find(|(part, _)| problem.contains(part));
    Some(known.map_or(
        "The server's certificate cannot be accepted: whoever runs the server has to replace it.",
        |(_, advice)| advice,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_tls_says_gets_such_advice() {
        let unknown = advice("invalid peer certificate: UnknownIssuer").expect("advice");
        assert!(unknown.contains("`ca_cert_pem`"), "{unknown}");
        let alert = advice("received fatal alert: UnknownCA").expect("advice");
        assert!(alert.contains("`client_cert_pem`"), "{alert}");
        assert_eq!(advice("received fatal alert: InternalError"), None);
        assert_eq!(advice("the session has expired"), None);
        assert_eq!(advice("Connection refused (os error 111)"), None);
    }
}
