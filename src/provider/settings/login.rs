//! How the provider logs in. What the configuration says beats what the environment says.

use super::Settings;
use super::environment::{environment, invalid, missing};
use super::parse::parse_url;
use crate::quay::{Credentials, Secret};
use crate::terraform::diagnostic::{Diagnostic, Result};
use http::HeaderValue;
use std::path::PathBuf;

impl Settings {
    /// The one way to log in that is set.
    pub(super) fn credentials(&mut self) -> Result<Credentials, Diagnostic> {
        let oauth2_configured = self.oauth2_username.is_some()
            || self.oauth2_password.is_some()
            || self.oauth2_client_id.is_some()
            || self.oauth2_token_url.is_some();
        if let Some(token) = self.token.take() {
            return token_of(&token);
        }
        if let Some(path) = self.token_file.take() {
            return token_in(path);
        }
        if !oauth2_configured {
            if let Some(token) = environment("QUAY_TOKEN") {
                return token_of(&Secret::new(token));
            }
            if let Some(path) = environment("QUAY_TOKEN_FILE") {
                return token_in(path.into());
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
            let detail = "Set `token`, `token_file` or the four settings `oauth2_*` in the provider's \
                          block, or QUAY_TOKEN, QUAY_TOKEN_FILE or QUAY_OAUTH2_* in the \
                          environment.";
            return Err(Diagnostic::error("Missing token", detail).at("token"));
        }
        let token_url =
            token_url.ok_or_else(|| missing("oauth2_token_url", "QUAY_OAUTH2_TOKEN_URL"))?;
        let token_url =
            parse_url(&token_url).map_err(|detail| invalid("oauth2_token_url", detail))?;
        Ok(Credentials::PasswordGrant {
            username: username.ok_or_else(|| missing("oauth2_username", "QUAY_OAUTH2_USERNAME"))?,
            password: password.ok_or_else(|| missing("oauth2_password", "QUAY_OAUTH2_PASSWORD"))?,
            client_id: client_id
                .ok_or_else(|| missing("oauth2_client_id", "QUAY_OAUTH2_CLIENT_ID"))?,
            token_url,
        })
    }
}

/// A file with a token. It is read once now, so that the attribute is told what is wrong with it.
fn token_in(path: PathBuf) -> Result<Credentials, Diagnostic> {
    Credentials::file(path).map_err(|detail| invalid("token_file", format!("{detail}.")))
}

/// A token as it was given, but for the line break that files and shells like to add.
fn token_of(token: &Secret) -> Result<Credentials, Diagnostic> {
    let token = token.reveal().trim();
    if token.is_empty() {
        return Err(invalid(
            "token",
            "It is empty. Set `token`, or QUAY_TOKEN in the environment.",
        ));
    }
    // The client would find out as well, but could not say which attribute is wrong.
    if HeaderValue::try_from(token).is_err() {
        return Err(invalid(
            "token",
            "It holds characters that no token has: copy it again, without quotes and line breaks.",
        ));
    }
    Ok(Credentials::Token(Secret::new(token)))
}
