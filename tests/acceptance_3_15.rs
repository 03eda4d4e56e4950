//! Real Terraform against an older Quay, which shows a UUID for "no e-mail", wants e-mails to be
//! unique, and frees the name of a deleted organization at once.

#[path = "acceptance/suite.rs"]
mod suite;
mod support;

use support::fake_quay::Release;

/// The release of Quay that is faked.
const RELEASE: Release = Release::V3_15;
