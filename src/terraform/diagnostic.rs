//! What a user is told: errors and warnings.

use super::mismatch::Mismatch;
use super::path::Path;
use serde::Serialize;
use serde_json::Value as Json;

/// How bad it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Severity {
    /// The operation failed.
    Error,
    /// It did not fail, but the user should know.
    Warning,
}

/// One message to the user.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// One line, without a full stop.
    pub summary: String,
    /// What happened, what was answered and what to do next, in sentences.
    pub detail: String,
    /// The attribute it is about; the root for the whole object.
    pub path: Path,
}

impl Diagnostic {
    /// An error about the whole object.
    pub fn error(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        let (summary, detail) = (summary.into(), detail.into());
        Self { severity: Severity::Error, summary, detail, path: Path::root() }
    }

    /// A warning about the whole object.
    pub fn warning(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(summary, detail) }
    }

    /// The same about an attribute.
    #[must_use]
    pub fn at(mut self, path: impl Into<Path>) -> Self {
        self.path = path.into();
        self
    }

    /// Whether the operation failed.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Why an operation failed. The engine adds what was attempted, on which object.
#[derive(Clone)]
pub struct Error {
    /// In sentences: what happened, what Quay answered, what to do next.
    pub detail: String,
    /// The attribute it is about; the root for the whole object.
    pub path: Path,
    /// What a half-done operation reached; `None` leaves the state as it was.
    pub state: Option<Json>,
}

/// What an operation gives.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A failure described in sentences.
    pub fn new(detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), path: Path::root(), state: None }
    }

    /// The same about an attribute.
    #[must_use]
    pub fn at(mut self, path: impl Into<Path>) -> Self {
        self.path = path.into();
        self
    }

    /// The same with the state that was reached before the failure.
    #[must_use]
    pub fn keeping<T: Serialize>(mut self, reached: &T) -> Self {
        self.state = serde_json::to_value(reached).ok();
        self
    }

    /// The message to the user.
    pub fn into_diagnostic(self, summary: impl Into<String>) -> Diagnostic {
        Diagnostic::error(summary, self.detail).at(self.path)
    }
}

/// The state may hold secrets, so it is not shown.
impl std::fmt::Debug for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Error")
            .field("detail", &self.detail)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl From<Mismatch> for Error {
    fn from(mismatch: Mismatch) -> Self {
        let detail =
            format!("The value {}. This is a bug in Terraform or the provider.", mismatch.found);
        Self::new(detail).at(mismatch.path)
    }
}
