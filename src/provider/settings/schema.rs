//! What users write into `provider "quay" {}`, and what each attribute must be like by itself.

use super::parse::{header_name, parse_url};
use crate::provider::checks;
use crate::terraform::schema::{Attribute, Kind, Schema};
use crate::terraform::value::Value;
use std::collections::BTreeMap;

/// What users write into `provider "quay" {}`.
pub(in crate::provider) const SCHEMA: Schema = Schema::new(
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
