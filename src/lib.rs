//! The Terraform provider for Project Quay and Red Hat Quay.
//!
//! Three parts, in reading order: [`quay`] says what Quay is, [`terraform`] what Terraform wants,
//! and [`provider`] how one looks to the other. A reader who opens `provider/mod.rs`, the list of
//! everything offered, and then `provider/organization.rs` has understood most of it.

pub mod provider;
pub mod quay;
pub mod terraform;

use terraform::serve::PluginIdentity;

/// Who this provider is. The source address is written down here and nowhere else.
pub const IDENTITY: PluginIdentity = PluginIdentity {
    address: "registry.terraform.io/quay-rs/quay",
    version: env!("CARGO_PKG_VERSION"),
};
