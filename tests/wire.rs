//! The provider over real gRPC, against the fake Quay, through a miniature Terraform core.

#[path = "wire/deletion.rs"]
mod deletion;
#[path = "wire/halfway.rs"]
mod halfway;
#[path = "wire/life.rs"]
mod life;
#[path = "wire/read_only.rs"]
mod read_only;
#[path = "wire/refusals.rs"]
mod refusals;
#[path = "wire/schemas.rs"]
mod schemas;
#[path = "wire/sharing.rs"]
mod sharing;
#[path = "wire/stops.rs"]
mod stops;
mod support;
#[path = "wire/words.rs"]
mod words;

use serde_json::json;
use support::fake_quay::FakeQuay;
use support::wire::Wire;
use terraform_provider_quay::provider::QuayProvider;

const ORGANIZATION: &str = "quay_organization";

const APPLICATION: &str = "quay_org_application";

async fn stage() -> (FakeQuay, Wire<QuayProvider>) {
    let quay = FakeQuay::start().await;
    let wire = Wire::new(&json!({ "url": quay.url(), "token": "admin" })).await;
    (quay, wire)
}
