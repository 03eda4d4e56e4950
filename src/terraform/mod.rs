//! What Terraform wants of a provider. No word of Quay is known here.
//!
//! In reading order: values and how they travel, schemas, what is decided from them alone, the
//! traits that nouns implement, the server that calls them, and the process around it all.

pub mod number;
pub mod path;
pub mod types;
pub mod value;

pub mod json;
pub mod mismatch;
pub mod msgpack;
pub mod typed;

pub mod diagnostic;
pub mod plan;
pub mod schema;
pub mod validate;

pub mod action;
pub mod context;
pub mod data_source;
pub mod function;
pub mod list;
pub mod provider;
pub mod resource;

pub mod proto;
pub mod server;

mod goplugin;
mod log;
pub mod serve;
mod tls;

pub use context::Context;
pub use diagnostic::{Diagnostic, Error, Result};
