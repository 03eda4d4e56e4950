//! Settings that come from the environment.

use crate::terraform::diagnostic::{Diagnostic, Result};

/// The only reader of the environment in this part of the program. Empty is as good as not set.
#[allow(clippy::disallowed_methods, reason = "settings may come from the environment")]
pub(super) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A switch in the environment.
pub(super) fn switch(attribute: &'static str, variable: &str) -> Result<bool, Diagnostic> {
    match environment(variable).as_deref() {
        Some("1" | "true" | "TRUE" | "True") => Ok(true),
        None | Some("0" | "false" | "FALSE" | "False") => Ok(false),
        Some(_) => Err(invalid(attribute, format!("{variable} must be `true` or `false`."))),
    }
}

/// A setting that is needed is in neither place.
pub(super) fn missing(attribute: &'static str, variable: &str) -> Diagnostic {
    let detail =
        format!("Set `{attribute}` in the provider's block, or {variable} in the environment.");
    Diagnostic::error(format!("Missing {attribute}"), detail).at(attribute)
}

/// A setting that cannot be used, wherever it comes from.
pub(super) fn invalid(attribute: &'static str, detail: impl Into<String>) -> Diagnostic {
    Diagnostic::error(format!("Invalid {attribute}"), detail).at(attribute)
}
