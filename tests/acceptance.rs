//! Real Terraform against the newest Quay.

#[path = "acceptance/suite.rs"]
mod suite;
mod support;

use support::fake_quay::Release;

/// The release of Quay that is faked.
const RELEASE: Release = Release::Main;
