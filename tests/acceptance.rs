//! Real Terraform, in two releases, against the fake Quay.
//!
//! Each test runs with both releases and says in its failure which one it was.

#![allow(clippy::similar_names, reason = "a stage has a state")]

#[path = "acceptance/application.rs"]
mod application;
#[path = "acceptance/example_files.rs"]
mod example_files;
#[path = "acceptance/examples.rs"]
mod examples;
#[path = "acceptance/features.rs"]
mod features;
#[path = "acceptance/lookups.rs"]
mod lookups;
#[path = "acceptance/organization.rs"]
mod organization;
#[path = "acceptance/proxy_cache.rs"]
mod proxy_cache;
mod support;

use serde_json::{Value, json};
use support::by_hand;
use support::fake_quay::FakeQuay;
use support::terraform_cli::{VERSIONS, Workspace};

/// A fake Quay, and a workspace for it with the Terraform of one release.
struct Stage {
    quay: FakeQuay,
    workspace: Workspace,
}

impl Stage {
    async fn new(version: &'static str, hcl: &str) -> Self {
        let quay = FakeQuay::start().await;
        let workspace = Workspace::with(version, quay.url(), "admin", hcl);
        Self { quay, workspace }
    }

    fn by_hand(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        by_hand::admin(self.quay.url(), method, path, body)
    }

    fn is_there(&self, organization: &str) -> bool {
        let path = format!("/api/v1/organization/{organization}");
        by_hand::request(self.quay.url(), "admin", "GET", &path, None).0 == 200
    }

    fn organization(&self, name: &str) -> Value {
        self.by_hand("GET", &format!("organization/{name}"), None)
    }

    fn with_repository(&self, organization: &str, name: &str) {
        let repository = json!({
            "namespace": organization, "repository": name, "visibility": "private",
            "description": "", "repo_kind": "image",
        });
        self.by_hand("POST", "repository", Some(&repository));
    }
}
