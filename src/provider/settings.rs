//! The provider's settings: from the configuration, else from the environment, to a client.

use super::checks;
use crate::quay::{Credentials, Options, Quay, Secret, Tls, is_loopback};
use crate::terraform::diagnostic::{Diagnostic, Result};
use crate::terraform::path::Step;
use crate::terraform::schema::{Attribute, Kind, Schema};
use crate::terraform::typed::from_attributes;
use crate::terraform::value::Value;
use http::{HeaderMap, HeaderName, HeaderValue};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde::Deserialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use url::Url;

const REQUEST_TIMEOUT_DEFAULT: Duration = Duration::from_secs(30);
const MAX_RETRIES_DEFAULT: u32 = 4;

/// What users write into `provider "quay" {}`.
pub(super) const SCHEMA: Schema = Schema::new(
    "Manages [Project Quay](https://www.projectquay.io) and Red Hat Quay container registries: \
     organizations, OAuth applications, proxy caches and memberships.",
    &[
        Attribute::string(
            "url",
            "Base URL of Quay, such as `https://quay.example.com`; a path prefix is fine. May be \
             set as `QUAY_URL`.",
        )
        .optional()
        .checked(&[url]),
        Attribute::string(
            "token",
            "OAuth 2 access token, made in an application of one of your organizations. May be \
             set as `QUAY_TOKEN`. Excludes `token_file` and `oauth2_*`.",
        )
        .optional()
        .sensitive(),
        Attribute::string(
            "token_file",
            "File that holds the token. It is read at the start and again when Quay no longer \
             accepts the token. May be set as `QUAY_TOKEN_FILE`.",
        )
        .optional(),
        Attribute::string(
            "oauth2_username",
            "User to get a token for from an identity provider, by password grant. May be set as \
             `QUAY_OAUTH2_USERNAME`.",
        )
        .optional(),
        Attribute::string(
            "oauth2_password",
            "Password of that user. May be set as `QUAY_OAUTH2_PASSWORD`.",
        )
        .optional()
        .sensitive(),
        Attribute::string(
            "oauth2_client_id",
            "Client that asks the identity provider. May be set as `QUAY_OAUTH2_CLIENT_ID`.",
        )
        .optional(),
        Attribute::string(
            "oauth2_token_url",
            "Token endpoint of the identity provider. May be set as `QUAY_OAUTH2_TOKEN_URL`.",
        )
        .optional()
        .checked(&[url]),
        Attribute::string(
            "ca_cert_file",
            "File with certificates of authorities to trust besides the machine's, in PEM. May \
             be set as `QUAY_CA_CERT_FILE`.",
        )
        .optional(),
        Attribute::string("ca_cert_pem", "The same certificates themselves, in PEM.").optional(),
        Attribute::string("client_cert_pem", "Client certificate with its chain, in PEM.")
            .optional(),
        Attribute::string("client_key_pem", "Key of the client certificate, in PEM.")
            .optional()
            .sensitive(),
        Attribute::bool(
            "insecure",
            "Skip all checks of Quay's certificate. Whoever answers then gets the token. May be \
             set as `QUAY_INSECURE`.",
        )
        .optional(),
        Attribute::new(
            "headers",
            Kind::Map(&Kind::String),
            "Further headers of each request, for gateways. `Authorization`, `Host` and \
             `Content-*` cannot be set.",
        )
        .optional()
        .sensitive()
        .checked(&[headers]),
        Attribute::string(
            "request_timeout",
            "How long one request may take, such as `45s` or `2m`. Default `30s`.",
        )
        .optional()
        .checked(&[checks::duration]),
        Attribute::number(
            "max_retries",
            "How often a request is repeated at the most after passing trouble. Default 4.",
        )
        .optional()
        .checked(&[retries]),
    ],
);

/// The settings as they were written.
#[derive(Deserialize)]
struct Settings {
    url: Option<String>,
    token: Option<Secret>,
    token_file: Option<PathBuf>,
    oauth2_username: Option<String>,
    oauth2_password: Option<Secret>,
    oauth2_client_id: Option<String>,
    oauth2_token_url: Option<String>,
    ca_cert_file: Option<PathBuf>,
    ca_cert_pem: Option<String>,
    client_cert_pem: Option<String>,
    client_key_pem: Option<Secret>,
    insecure: Option<bool>,
    headers: Option<BTreeMap<String, Secret>>,
    request_timeout: Option<String>,
    max_retries: Option<u32>,
}

fn url(value: &Value) -> Result<(), String> {
    value.as_str().map_or(Ok(()), |text| parse_url(text).map(drop))
}

fn headers(value: &Value) -> Result<(), String> {
    let names = value.as_map().into_iter().flat_map(BTreeMap::keys);
    names.map(String::as_str).try_for_each(|name| header_name(name).map(drop))
}

fn retries(value: &Value) -> Result<(), String> {
    match value {
        Value::Number(number) if number.as_u64().is_none_or(|it| it > 100) => {
            Err("A whole number from 0 to 100 is needed.".to_owned())
        }
        _ => Ok(()),
    }
}

fn header_name(name: &str) -> Result<HeaderName, String> {
    let parsed = HeaderName::try_from(name).map_err(|_| format!("{name:?} is no header name."))?;
    let reserved = ["authorization", "host"].contains(&parsed.as_str());
    if reserved || parsed.as_str().starts_with("content-") {
        return Err(format!("The header {name} is the provider's own and cannot be set."));
    }
    Ok(parsed)
}

fn parse_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    });
    url.ok_or_else(|| {
        "A URL such as `https://quay.example.com` is needed, without user name, password, query \
         or fragment."
            .to_owned()
    })
}

/// Reads a duration such as `1h30m`, `45s`, `500ms`.
pub(super) fn parse_duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is no duration such as `30s`, `5m` or `1h30m`.");
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|it: char| !it.is_ascii_digit()).ok_or_else(wrong)?;
        let (number, tail) = rest.split_at(digits);
        let unit = tail.find(|it: char| it.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit);
        let number: u32 = number.parse().map_err(|_| wrong())?;
        let unit = match unit {
            "ms" => Duration::from_millis(1),
            "s" => Duration::from_secs(1),
            "m" => Duration::from_mins(1),
            "h" => Duration::from_hours(1),
            _ => return Err(wrong()),
        };
        total = unit.checked_mul(number).and_then(|it| total.checked_add(it)).ok_or_else(wrong)?;
        rest = tail;
    }
    if total.is_zero() || total > Duration::from_hours(24) {
        return Err(format!("{text:?} is not between 1 ms and 24 h."));
    }
    Ok(total)
}

/// What the settings must fulfil together.
pub(super) fn validate(config: &Value) -> Vec<Diagnostic> {
    let is_set = |name: &str| !config.get(name).is_null();
    let mut found = Vec::new();
    let oauth2 = SCHEMA.attributes.iter().map(|attribute| attribute.name);
    let oauth2: Vec<&str> =
        oauth2.filter(|name| name.starts_with("oauth2_") && is_set(name)).collect();
    let ways = ["token", "token_file"].into_iter().filter(|name| is_set(name));
    let ways: Vec<&str> = ways.chain(oauth2.first().copied()).collect();
    if let [first, second, ..] = ways[..] {
        let detail = format!("Set either `{first}` or `{second}`, not both.");
        found.push(Diagnostic::error("More than one way to log in", detail).at(second));
    }
    for (one, other) in
        [("client_cert_pem", "client_key_pem"), ("client_key_pem", "client_cert_pem")]
    {
        if is_set(one) && !is_set(other) {
            let detail = format!("`{one}` needs `{other}`.");
            found.push(Diagnostic::error("Half a client certificate", detail).at(one));
        }
    }
    found
}

/// The only reader of the environment in this part of the program.
#[allow(clippy::disallowed_methods, reason = "settings may come from the environment")]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn missing(attribute: &'static str, variable: &str) -> Diagnostic {
    let detail =
        format!("Set `{attribute}` in the provider's block, or {variable} in the environment.");
    Diagnostic::error(format!("Missing {attribute}"), detail).at(attribute)
}

/// Makes the client, without any request.
pub(super) fn configure(
    settings: Json,
    stop: CancellationToken,
) -> Result<(Quay, Vec<Diagnostic>), Vec<Diagnostic>> {
    let settings: Settings = from_attributes(settings)
        .map_err(|error| vec![error.into_diagnostic("Cannot read the provider's settings")])?;
    settings.into_client(stop).map_err(|error| vec![error])
}

impl Settings {
    fn into_client(
        mut self,
        stop: CancellationToken,
    ) -> Result<(Quay, Vec<Diagnostic>), Diagnostic> {
        let mut warnings = Vec::new();
        let url = self.url.take().or_else(|| environment("QUAY_URL"));
        let url = url.ok_or_else(|| missing("url", "QUAY_URL"))?;
        let url =
            parse_url(&url).map_err(|detail| Diagnostic::error("Invalid url", detail).at("url"))?;
        if url.scheme() == "http" && !is_loopback(&url) {
            let detail = "The token and everything else can be read on the way. Use `https`.";
            warnings
                .push(Diagnostic::warning("Quay is reached without encryption", detail).at("url"));
        }
        let insecure = match self.insecure {
            Some(insecure) => insecure,
            None => match environment("QUAY_INSECURE").as_deref() {
                Some("1" | "true" | "TRUE" | "True") => true,
                None | Some("0" | "false" | "FALSE" | "False") => false,
                Some(_) => {
                    let detail = "QUAY_INSECURE must be `true` or `false`.";
                    return Err(Diagnostic::error("Invalid insecure", detail).at("insecure"));
                }
            },
        };
        if insecure {
            let detail = "Whoever answers in place of Quay gets the token. Trust Quay's authority \
                          with `ca_cert_file` instead.";
            warnings
                .push(Diagnostic::warning("Certificates are not checked", detail).at("insecure"));
        }
        let request_timeout = match self.request_timeout.as_deref().map(parse_duration) {
            None => REQUEST_TIMEOUT_DEFAULT,
            Some(parsed) => parsed.map_err(|detail| {
                Diagnostic::error("Invalid request_timeout", detail).at("request_timeout")
            })?,
        };
        let options = Options {
            url,
            credentials: self.credentials()?,
            tls: self.tls(insecure)?,
            headers: self.headers()?,
            request_timeout,
            max_retries: self.max_retries.unwrap_or(MAX_RETRIES_DEFAULT),
            stop,
        };
        let client = Quay::new(options)
            .map_err(|detail| Diagnostic::error("Cannot set up the connection to Quay", detail))?;
        // For `make bench` alone: what a plan costs where nothing is shared.
        let unshared = environment("QUAY_BENCH_UNSHARED").is_some();
        Ok((if unshared { client.fresh() } else { client }, warnings))
    }

    /// What the configuration says beats what the environment says.
    fn credentials(&mut self) -> Result<Credentials, Diagnostic> {
        let oauth2_configured = self.oauth2_username.is_some()
            || self.oauth2_password.is_some()
            || self.oauth2_client_id.is_some()
            || self.oauth2_token_url.is_some();
        if let Some(token) = self.token.take() {
            return token_of(&token);
        }
        if let Some(path) = self.token_file.take() {
            return Ok(Credentials::File(path));
        }
        if !oauth2_configured {
            if let Some(token) = environment("QUAY_TOKEN") {
                return token_of(&Secret::new(token));
            }
            if let Some(path) = environment("QUAY_TOKEN_FILE") {
                return Ok(Credentials::File(path.into()));
            }
        }
        self.password_grant(oauth2_configured)
    }

    fn password_grant(&mut self, configured: bool) -> Result<Credentials, Diagnostic> {
        let username = self.oauth2_username.take().or_else(|| environment("QUAY_OAUTH2_USERNAME"));
        let password = self.oauth2_password.take();
        let password = password.or_else(|| environment("QUAY_OAUTH2_PASSWORD").map(Secret::new));
        let client_id = self.oauth2_client_id.take();
        let client_id = client_id.or_else(|| environment("QUAY_OAUTH2_CLIENT_ID"));
        let token_url = self.oauth2_token_url.take();
        let token_url = token_url.or_else(|| environment("QUAY_OAUTH2_TOKEN_URL"));
        if !configured
            && username.is_none()
            && password.is_none()
            && client_id.is_none()
            && token_url.is_none()
        {
            return Err(missing("token", "QUAY_TOKEN"));
        }
        let token_url =
            token_url.ok_or_else(|| missing("oauth2_token_url", "QUAY_OAUTH2_TOKEN_URL"))?;
        let token_url = parse_url(&token_url).map_err(|detail| {
            Diagnostic::error("Invalid oauth2_token_url", detail).at("oauth2_token_url")
        })?;
        Ok(Credentials::PasswordGrant {
            username: username.ok_or_else(|| missing("oauth2_username", "QUAY_OAUTH2_USERNAME"))?,
            password: password.ok_or_else(|| missing("oauth2_password", "QUAY_OAUTH2_PASSWORD"))?,
            client_id: client_id
                .ok_or_else(|| missing("oauth2_client_id", "QUAY_OAUTH2_CLIENT_ID"))?,
            token_url,
        })
    }

    fn tls(&mut self, insecure: bool) -> Result<Tls, Diagnostic> {
        let mut authorities = Vec::new();
        if let Some(pem) = self.ca_cert_pem.take() {
            authorities.extend(certificates(pem.as_bytes(), "ca_cert_pem")?);
        }
        let file = self.ca_cert_file.take();
        if let Some(file) = file.or_else(|| environment("QUAY_CA_CERT_FILE").map(PathBuf::from)) {
            let pem = std::fs::read(&file).map_err(|error| {
                let detail = format!("{} cannot be read: {error}.", file.display());
                Diagnostic::error("Cannot read ca_cert_file", detail).at("ca_cert_file")
            })?;
            authorities.extend(certificates(&pem, "ca_cert_file")?);
        }
        let identity = match (self.client_cert_pem.take(), self.client_key_pem.take()) {
            (Some(chain), Some(key)) => {
                let chain = certificates(chain.as_bytes(), "client_cert_pem")?;
                // What is wrong with a key is not shown: the text might quote it.
                let key = PrivateKeyDer::from_pem_slice(key.reveal().as_bytes()).map_err(|_| {
                    let detail = "It holds no private key in PEM.";
                    Diagnostic::error("Invalid client_key_pem", detail).at("client_key_pem")
                })?;
                Some((chain, key))
            }
            _ => None,
        };
        Ok(Tls { insecure, authorities, identity })
    }

    fn headers(&mut self) -> Result<HeaderMap, Diagnostic> {
        let mut map = HeaderMap::new();
        for (name, value) in self.headers.take().unwrap_or_default() {
            let path = crate::terraform::path::Path::from("headers").join(Step::Key(name.clone()));
            let fail = |detail: String| Diagnostic::error("Invalid headers", detail).at(path);
            let parsed = header_name(&name).map_err(fail.clone())?;
            let mut value = HeaderValue::try_from(value.reveal())
                .map_err(|_| fail(format!("The value of {name} is no header value.")))?;
            value.set_sensitive(true);
            map.insert(parsed, value);
        }
        Ok(map)
    }
}

fn token_of(token: &Secret) -> Result<Credentials, Diagnostic> {
    if token.reveal().trim().is_empty() {
        return Err(missing("token", "QUAY_TOKEN"));
    }
    Ok(Credentials::Token(Secret::new(token.reveal().trim())))
}

fn certificates(
    pem: &[u8],
    attribute: &'static str,
) -> Result<Vec<CertificateDer<'static>>, Diagnostic> {
    let parsed: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match parsed {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => {
            let detail = "It holds no certificates in PEM.";
            Err(Diagnostic::error(format!("Invalid {attribute}"), detail).at(attribute))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        for (text, milliseconds) in
            [("30s", 30_000), ("5m", 300_000), ("1h30m", 5_400_000), ("500ms", 500)]
        {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
        for text in ["", "0s", "30", "s", "5 m", "-1s", "25h", "99999999999s", "1d"] {
            assert!(parse_duration(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_url_has_a_host_and_no_secrets() {
        for text in ["https://quay.example.com", "http://127.0.0.1:8080/prefix/", "https://[::1]"] {
            assert!(parse_url(text).is_ok(), "{text}");
        }
        for text in [
            "quay.example.com",
            "ftp://a.b",
            "https://u:p@a.b",
            "https://a.b?x",
            "https://a.b#x",
            "",
        ] {
            assert!(parse_url(text).is_err(), "{text}");
        }
    }

    #[test]
    fn headers_of_our_own_cannot_be_set() {
        for name in ["authorization", "Host", "Content-Type", "a b", ""] {
            assert!(header_name(name).is_err(), "{name}");
        }
        assert!(header_name("X-Gateway-Key").is_ok());
    }
}
