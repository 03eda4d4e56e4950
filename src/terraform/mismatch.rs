//! The one error of everything that turns bytes, JSON and values into each other.

use super::path::{Path, Step};
use std::fmt;

/// A value that does not fit its type: where, and what was found. It never shows the value.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Mismatch {
    /// Where in the value.
    pub path: Path,
    /// What was wrong, as the end of a sentence.
    pub found: String,
}

impl Mismatch {
    /// A mismatch of the value that is being looked at.
    pub fn new(found: impl Into<String>) -> Self {
        Self { path: Path::root(), found: found.into() }
    }

    /// The same, seen from the value that holds it.
    #[must_use]
    pub fn below(mut self, step: impl Into<Step>) -> Self {
        self.path.prepend(step.into());
        self
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_root() {
            f.write_str(&self.found)
        } else {
            write!(f, "`{}`: {}", self.path, self.found)
        }
    }
}

impl std::error::Error for Mismatch {}
