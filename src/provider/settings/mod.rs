//! The provider's settings: from the configuration, else from the environment, to a client.

mod environment;
mod login;
mod parse;
mod proxies;
mod schema;
mod tls;

pub(super) use parse::parse_duration;
pub(super) use schema::SCHEMA;

use crate::quay::{Credentials, Options, Quay, Secret, is_loopback};
use crate::terraform::diagnostic::{Diagnostic, Result};
use crate::terraform::path::{Path, Step};
use crate::terraform::typed::from_attributes;
use crate::terraform::value::Value;
use environment::{blame, environment, invalid, missing, switch};
use http::{HeaderMap, HeaderValue};
use parse::{header_name, parse_url};
use serde::Deserialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use url::Url;

const REQUEST_TIMEOUT_DEFAULT: Duration = Duration::from_secs(30);
const MAX_RETRIES_DEFAULT: u32 = 4;

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

/// What the settings must fulfil together.
pub(super) fn validate(config: &Value) -> Vec<Diagnostic> {
    let is_set = |name: &str| config.get(name).is_surely_set();
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
        if is_set(one) && config.get(other).is_null() {
            let detail = format!("`{one}` needs `{other}`.");
            found.push(Diagnostic::error("Half a client certificate", detail).at(one));
        }
    }
    found
}

/// Makes the client, without any request.
pub(super) fn configure(
    settings: &Json,
    stop: CancellationToken,
) -> Result<(Quay, Vec<Diagnostic>), Vec<Diagnostic>> {
    let given: Settings = from_attributes(settings.clone())
        .map_err(|error| vec![error.into_diagnostic("Cannot read the provider's settings")])?;
    given.into_client(stop).map_err(|error| vec![blame(error, settings)])
}

impl Settings {
    fn into_client(
        mut self,
        stop: CancellationToken,
    ) -> Result<(Quay, Vec<Diagnostic>), Diagnostic> {
        let url = self.url.take().or_else(|| environment("QUAY_URL"));
        let url = url.ok_or_else(|| missing("url", "QUAY_URL"))?;
        let url = parse_url(&url).map_err(|detail| invalid("url", detail))?;
        let insecure = self.insecure.map_or_else(|| switch("insecure", "QUAY_INSECURE"), Ok)?;
        let request_timeout = match self.request_timeout.as_deref().map(parse_duration) {
            None => REQUEST_TIMEOUT_DEFAULT,
            Some(parsed) => parsed.map_err(|detail| invalid("request_timeout", detail))?,
        };
        let options = Options {
            credentials: self.credentials()?,
            tls: self.tls(insecure)?,
            headers: self.headers()?,
            max_retries: self.max_retries.unwrap_or(MAX_RETRIES_DEFAULT),
            url,
            request_timeout,
            stop,
        };
        let warnings = warnings(&options);
        let client = Quay::new(options)
            .map_err(|detail| Diagnostic::error("Cannot set up the connection to Quay", detail))?;
        // For `make bench` alone: what a plan costs where nothing is shared.
        let unshared = environment("QUAY_BENCH_UNSHARED").is_some();
        Ok((if unshared { client.fresh() } else { client }, warnings))
    }

    fn headers(&mut self) -> Result<HeaderMap, Diagnostic> {
        let mut map = HeaderMap::new();
        for (name, value) in self.headers.take().unwrap_or_default() {
            let path = Path::from("headers").join(Step::Key(name.clone()));
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

/// What is allowed and yet worth a word.
fn warnings(options: &Options) -> Vec<Diagnostic> {
    let is_readable = |url: &Url| url.scheme() == "http" && !is_loopback(url);
    let mut found = Vec::new();
    if is_readable(&options.url) {
        let detail = "The token and everything else can be read on the way. Use `https`.";
        found.push(Diagnostic::warning("Quay is reached without encryption", detail).at("url"));
    }
    if let Credentials::PasswordGrant { token_url, .. } = &options.credentials
        && is_readable(token_url)
    {
        let summary = "The identity provider is reached without encryption";
        let detail = "The password and the token can be read on the way. Use `https`.";
        found.push(Diagnostic::warning(summary, detail).at("oauth2_token_url"));
    }
    if options.tls.insecure {
        let detail = "Whoever answers in place of Quay gets the token, and in place of the identity \
                      provider the password. Trust their authority with `ca_cert_file` instead.";
        found.push(Diagnostic::warning("Certificates are not checked", detail).at("insecure"));
    }
    found.extend(proxies::unusable(&options.url));
    found
}
