//! What one call of Terraform's gives to the noun that serves it.

use super::diagnostic::Diagnostic;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

/// The API for the length of one call, and the warnings that came up in it.
pub struct Context<Api> {
    api: Arc<Api>,
    warnings: Mutex<Vec<Diagnostic>>,
}

impl<Api> Context<Api> {
    /// A call that has said nothing yet.
    pub fn new(api: Arc<Api>) -> Self {
        Self { api, warnings: Mutex::default() }
    }

    /// Tells the user something that is no failure.
    pub fn warn(&self, summary: impl Into<String>, detail: impl Into<String>) {
        self.warn_with(Diagnostic::warning(summary, detail));
    }

    /// The same with a diagnostic that points at an attribute.
    pub fn warn_with(&self, diagnostic: Diagnostic) {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).push(diagnostic);
    }

    /// The warnings so far, which are then forgotten.
    pub fn take_warnings(&self) -> Vec<Diagnostic> {
        std::mem::take(&mut *self.warnings.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<Api> Deref for Context<Api> {
    type Target = Api;

    fn deref(&self) -> &Api {
        &self.api
    }
}
