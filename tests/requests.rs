//! What each thing that Terraform does costs a Quay: exactly these requests and no other.
//!
//! An authenticated request takes a Quay about 190 ms, one without a token a hundredth of that, so
//! a request that carries no token is marked as `public`.

mod support;

#[path = "requests/applying.rs"]
mod applying;
#[path = "requests/changes.rs"]
mod changes;
#[path = "requests/decisions.rs"]
mod decisions;
#[path = "requests/lookups.rs"]
mod lookups;
#[path = "requests/reads.rs"]
mod reads;

use serde_json::{Value as Json, json};
use std::time::Duration;
use support::fake_quay::FakeQuay;
use support::wire::{Outcome, Wire};
use terraform_provider_quay::provider::QuayProvider;
use terraform_provider_quay::terraform::proto::provider_client::ProviderClient;
use tonic::transport::Channel;

const ORGANIZATION: &str = "quay_organization";
const APPLICATION: &str = "quay_org_application";
const PROXY_CACHE: &str = "quay_proxy_cache";
const ALLOWLIST: &str = "quay_org_member_allowlist";

/// A Quay with the organization `acme`, and a provider process that has asked nothing yet.
struct Stage {
    quay: FakeQuay,
    wire: Wire<QuayProvider>,
}

impl Stage {
    async fn new() -> Self {
        let quay = FakeQuay::start().await;
        quay.plant_organization("acme", "admin");
        let wire = process(&quay).await;
        quay.clear_requests();
        Self { quay, wire }
    }

    /// Terraform plans and applies in processes of their own, and so does this from here on.
    async fn in_another_process(&mut self) {
        self.wire = process(&self.quay).await;
        self.quay.clear_requests();
    }

    fn client(&self) -> ProviderClient<Channel> {
        self.wire.client.clone()
    }

    async fn create(&self, noun: &str, config: &Json) -> Outcome {
        self.wire.create(noun, config).await.unfailing(noun)
    }

    async fn apply(&self, noun: &str, prior: &Outcome, config: &Json) -> Outcome {
        self.wire.apply(noun, prior, config).await.unfailing(noun)
    }

    async fn destroy(&self, noun: &str, prior: &Outcome) {
        self.wire.destroy(noun, prior).await.unfailing(noun);
    }

    /// Refreshes and plans what has not changed, as `terraform plan` does.
    async fn plan_unchanged(&self, noun: &str, prior: &Outcome, config: &Json) {
        let read = self.wire.read(noun, prior).await.unfailing(noun);
        assert_eq!(read.state, prior.state, "{noun}: nothing has changed");
        let plan = self.wire.plan(noun, &read.state, config, &read.private).await;
        assert_eq!((plan.errors.len(), plan.replaced), (0, 0), "{noun}");
    }

    /// Asserts which requests there were since the last time.
    #[track_caller]
    fn took(&self, expected: &[&str]) {
        let requests = self.quay.requests();
        let lines = requests.iter().map(|request| {
            let path = request.path.replacen("/api/v1/", "", 1);
            let public = if request.token { "" } else { "public " };
            format!("{public}{} {path}", request.method)
        });
        assert_eq!(lines.collect::<Vec<_>>(), expected);
        self.quay.clear_requests();
    }
}

async fn process(quay: &FakeQuay) -> Wire<QuayProvider> {
    Wire::new(&json!({ "url": quay.url(), "token": "admin" })).await
}

/// Lets time pass for the provider alone. It waits for no answer meanwhile, so nothing times out.
async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

/// The client id of an application's state.
fn client_id(state: &Outcome) -> String {
    state.state["client_id"].as_str().expect("an id").to_owned()
}
