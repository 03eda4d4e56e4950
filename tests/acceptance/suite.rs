//! Real Terraform, in two releases, against the fake of one release of Quay.
//!
//! Each test runs with both releases and says in its failure which one it was.

#![allow(clippy::similar_names, reason = "a stage has a state")]

mod allowlist;
mod application;
pub(crate) mod features;
mod lookups;
mod operations;
mod organization;
mod proxy_cache;
pub(crate) mod secrets;
mod whole;

use crate::RELEASE;
use crate::support::by_hand;
use crate::support::fake_quay::FakeQuay;
use crate::support::terraform_cli::{VERSIONS, Workspace};
use serde_json::Value;
pub(crate) use serde_json::json;
use std::time::{Duration, Instant};

/// A fake Quay, and a workspace for it with the Terraform of one release.
pub(crate) struct Stage {
    pub(crate) quay: FakeQuay,
    pub(crate) workspace: Workspace,
}

impl Stage {
    pub(crate) async fn new(version: &'static str, hcl: &str) -> Self {
        let quay = FakeQuay::builder().release(RELEASE).start().await;
        let workspace = Workspace::with(version, quay.url(), "admin", hcl);
        Self { quay, workspace }
    }

    pub(crate) fn by_hand(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        by_hand::admin(self.quay.url(), method, path, body)
    }

    pub(crate) fn is_there(&self, organization: &str) -> bool {
        let path = format!("/api/v1/organization/{organization}");
        by_hand::request(self.quay.url(), "admin", "GET", &path, None).0 == 200
    }

    pub(crate) fn organization(&self, name: &str) -> Value {
        self.by_hand("GET", &format!("organization/{name}"), None)
    }

    pub(crate) fn with_repository(&self, organization: &str, name: &str) {
        let repository = json!({
            "namespace": organization, "repository": name, "visibility": "private",
            "description": "", "repo_kind": "image",
        });
        self.by_hand("POST", "repository", Some(&repository));
    }
}

/// Looks again and again until something has happened that tells nobody; the bound only ends a
/// broken test.
pub(crate) async fn eventually(what: &str, mut happened: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !happened() {
        assert!(begin.elapsed() < Duration::from_mins(1), "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
