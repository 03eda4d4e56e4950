//! Real Terraform against the newest Quay, every example, and every guide.

#[path = "acceptance/adopting.rs"]
mod adopting;
#[path = "acceptance/counts.rs"]
mod counts;
#[path = "acceptance/drift.rs"]
mod drift;
#[path = "acceptance/example_files.rs"]
mod example_files;
#[path = "acceptance/examples.rs"]
mod examples;
#[path = "acceptance/guides.rs"]
mod guides;
#[path = "acceptance/hidden_settings.rs"]
mod hidden_settings;
#[path = "acceptance/load.rs"]
mod load;
#[path = "acceptance/modules.rs"]
mod modules;
#[path = "acceptance/readme.rs"]
mod readme;
#[path = "acceptance/suite.rs"]
mod suite;
mod support;
#[path = "acceptance/troubleshooting.rs"]
mod troubleshooting;

use support::fake_quay::Release;

/// The release of Quay that is faked.
const RELEASE: Release = Release::Main;
