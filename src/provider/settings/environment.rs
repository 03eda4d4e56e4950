//! Settings that come from the environment.

use crate::terraform::diagnostic::{Diagnostic, Result};
use crate::terraform::path::Step;
use serde_json::Value as Json;

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
        Some(_) => Err(invalid(attribute, "`true` or `false` is needed.")),
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

/// The same message, with the variable that the value comes from where no attribute holds it.
pub(super) fn blame(diagnostic: Diagnostic, settings: &Json) -> Diagnostic {
    let Some(Step::Attribute(name)) = diagnostic.path.steps().first() else { return diagnostic };
    let variable = format!("QUAY_{}", name.to_uppercase());
    let is_configured = settings.get(name).is_some_and(|value| !value.is_null());
    if is_configured || environment(&variable).is_none() {
        return diagnostic;
    }
    let detail =
        format!("{} The value comes from {variable} in the environment.", diagnostic.detail);
    Diagnostic { detail, ..diagnostic }
}
