//! What users write into `provider "quay" {}`, and what each attribute must be like by itself.

use super::parse::{header_name, parse_url};
use crate::provider::checks;
use crate::terraform::schema::{Attribute, Kind, Schema};
use crate::terraform::value::Value;
use std::collections::BTreeMap;

/// What users write into `provider "quay" {}`.
pub(in crate::provider) const SCHEMA: Schema = Schema::new(
    "Manages organizations, OAuth applications, proxy caches and memberships of Project Quay and \
     Red Hat Quay.\n\n\
     It needs the address of Quay and one way to log in: `token`, `token_file`, or the four \
     settings `oauth2_*` together. Each may come from the environment instead; what the \
     configuration says wins. In the environment `QUAY_TOKEN` beats `QUAY_TOKEN_FILE`, and that \
     beats `QUAY_OAUTH2_*`. Settings that are known only after an apply are fine.\n\n\
     A token is made in Quay's web interface, in an OAuth application of an organization, under \
     \"Generate Token\". It needs the scope `org:admin`; to create organizations also \
     `user:admin`; and for member allowlists and for listing organizations also `user:read`.\n\n\
     It is tested against an imitation of Quay that is held against recordings of a real one: of \
     the newest, and of 3.15 where that differs. Up to 3.17 an e-mail address can belong to one \
     organization or user only; after 3.18 the name of a deleted organization stays taken for a \
     minute or more, which creating waits for. quay.io may want proof that a person creates an \
     organization: create it there in the browser, and import it.\n\n\
     `TF_LOG_PROVIDER=DEBUG` shows each request with its method, path, status, milliseconds and \
     attempt, and never a secret; `tf_req_id` ties the lines of one object together. Long waits \
     are told at `INFO`. Where that variable is set, `TF_LOG_PROVIDER_QUAY` sets the level of this \
     provider alone.\n\n\
     One answer of Quay serves everything that wants it for up to a minute, until the provider \
     itself changes something: from then on only requests that are under way are shared, so that \
     data sources show what others changed during the same apply.\n\n\
     The proxies that `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` name are used, \
     `socks5h://` and the like too, but never for a Quay on this very machine.",
    &[
        Attribute::string(
            "url",
            "Base URL of Quay, `http` or `https`, such as `https://quay.example.com`. A path \
             prefix and a trailing slash are fine. May be set as `QUAY_URL`.",
        )
        .optional()
        .checked(&[url]),
        Attribute::string(
            "token",
            "OAuth 2 access token. May be set as `QUAY_TOKEN`. Excludes `token_file` and \
             `oauth2_*`.",
        )
        .optional()
        .sensitive(),
        Attribute::string(
            "token_file",
            "Path of a file that holds the token. It is read at the start, and again when Quay no \
             longer accepts the token. May be set as `QUAY_TOKEN_FILE`. Excludes `token` and \
             `oauth2_*`.",
        )
        .optional(),
        Attribute::string(
            "oauth2_username",
            "User for whom an identity provider is asked for a token, by password grant; the token \
             is renewed before it expires. May be set as `QUAY_OAUTH2_USERNAME`. Excludes `token` \
             and `token_file`.",
        )
        .optional(),
        Attribute::string(
            "oauth2_password",
            "Password of `oauth2_username`. May be set as `QUAY_OAUTH2_PASSWORD`.",
        )
        .optional()
        .sensitive(),
        Attribute::string(
            "oauth2_client_id",
            "Client id with which the identity provider is asked. May be set as \
             `QUAY_OAUTH2_CLIENT_ID`.",
        )
        .optional(),
        Attribute::string(
            "oauth2_token_url",
            "URL of the identity provider's token endpoint. May be set as `QUAY_OAUTH2_TOKEN_URL`.",
        )
        .optional()
        .checked(&[url]),
        Attribute::string(
            "ca_cert_file",
            "Path of a file with certificates of authorities, in PEM, that are trusted besides \
             those of the machine. A server that is its own authority is trusted by its own \
             certificate. May be set as `QUAY_CA_CERT_FILE`.",
        )
        .optional(),
        Attribute::string(
            "ca_cert_pem",
            "Certificates of authorities themselves, in PEM, that are trusted besides all others, \
             for Quay and for the identity provider.",
        )
        .optional(),
        Attribute::string(
            "client_cert_pem",
            "Client certificate with its chain, in PEM, for Quay and for the identity provider. Needs \
             `client_key_pem`.",
        )
        .optional(),
        Attribute::string(
            "client_key_pem",
            "Private key of the client certificate, in PEM. Needs `client_cert_pem`.",
        )
        .optional()
        .sensitive(),
        Attribute::bool(
            "insecure",
            "Whether to skip all checks of the certificates of Quay and of the identity provider at \
             `oauth2_token_url`. Whoever answers in their place then gets the token or the \
             password, so every run warns. May be set as `QUAY_INSECURE`, to `true`, `false`, `1` \
             or `0`. Default `false`.",
        )
        .optional(),
        Attribute::new(
            "headers",
            Kind::Map(&Kind::String),
            "Further headers of each request to Quay, by name, for gateways and firewalls. \
             `Authorization`, `Host` and `Content-*` cannot be set.",
        )
        .optional()
        .sensitive()
        .checked(&[headers]),
        Attribute::string(
            "request_timeout",
            "How long one request may take, as a duration such as `45s` or `2m`, of at most `24h`. \
             To try an upstream registry Quay has at least a minute, whatever this says. Default \
             `30s`.",
        )
        .optional()
        .checked(&[checks::duration]),
        Attribute::number(
            "max_retries",
            "How often a request is repeated at most after passing trouble, such as a lost \
             connection: 0 to 100. Where Quay limits the rate of requests, the provider waits up \
             to five minutes, whatever this says. Default `4`.",
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
