//! A provider-defined function: pure, and without a Quay.

use super::schema::Kind;
use super::value::Value;

/// A function that configurations can call.
#[derive(Clone, Copy)]
pub struct Function {
    /// As users write it, after `provider::quay::`.
    pub name: &'static str,
    /// One line.
    pub summary: &'static str,
    /// What it does, in Markdown.
    pub description: &'static str,
    /// In order.
    pub parameters: &'static [Parameter],
    /// What it gives.
    pub returns: Kind,
    /// Computes it. The arguments are known, not null, and as many as there are parameters.
    pub call: fn(&[Value]) -> Result<Value, FunctionError>,
}

/// One parameter of a function.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// As the documentation calls it.
    pub name: &'static str,
    /// What it means, in Markdown.
    pub description: &'static str,
    /// What its value looks like.
    pub kind: Kind,
}

/// Why a function has no result.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FunctionError {
    /// The argument that is to blame, from 0.
    pub argument: Option<i64>,
    /// What is wrong with it, in sentences.
    pub text: String,
}

impl FunctionError {
    /// An argument, from 0, is to blame.
    pub fn argument(index: i64, text: impl Into<String>) -> Self {
        Self { argument: Some(index), text: text.into() }
    }
}
