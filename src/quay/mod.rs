//! What Quay is. No word of Terraform is known here.
//!
//! [`Quay`] is the client; each noun of Quay's has a file with what Quay says of it and the
//! operations on it. Every failure is an [`Error`] with predicates, and "not there" is a `None`.

pub mod application;
mod call;
mod client;
mod connection;
mod credentials;
mod error;
#[doc(hidden)]
pub mod fuzzing;
mod gate;
mod grant;
mod handshake;
pub mod member;
pub mod names;
pub mod organization;
pub mod proxy_cache;
mod redaction;
pub mod repository;
mod secret;
mod sending;
mod shared;
mod tries;
mod trust;
mod turns;
pub mod user;
mod words;

pub use application::Application;
pub use client::{Options, Quay};
pub use connection::{Tls, is_loopback};
pub use credentials::Credentials;
pub use error::{Error, Result};
pub use member::Member;
pub use organization::Organization;
pub use proxy_cache::ProxyCache;
pub use secret::Secret;
pub use tries::Tries;
