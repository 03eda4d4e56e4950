//! What only the newest Terraform asks for, over gRPC: deferral, identities, lists, actions,
//! ephemeral resources, moves. Not all of it can be shown with a stable Terraform.

#[path = "newest/deferral.rs"]
mod deferral;
#[path = "newest/events.rs"]
mod events;
#[path = "newest/functions.rs"]
mod functions;
#[path = "newest/identities.rs"]
mod identities;
#[path = "newest/lists.rs"]
mod lists;
mod support;

use serde_json::json;
use support::fake_quay::FakeQuay;
use support::wire::Wire;
use terraform_provider_quay::provider::QuayProvider;
use terraform_provider_quay::terraform::msgpack;
use terraform_provider_quay::terraform::proto::{self, ClientCapabilities, DynamicValue};
use terraform_provider_quay::terraform::provider::Provider;
use terraform_provider_quay::terraform::schema::Schema;
use terraform_provider_quay::terraform::types::Type;
use terraform_provider_quay::terraform::value::Value;

const ORGANIZATION: &str = "quay_organization";

const APPLICATION: &str = "quay_org_application";

const SECRET: &str = "quay_org_application_secret";

const REMOVAL: &str = "quay_remove_org_member";

const DEFERS: Option<ClientCapabilities> =
    Some(ClientCapabilities { deferral_allowed: true, write_only_attributes_allowed: true });

type Core = Wire<QuayProvider>;

async fn stage() -> (FakeQuay, Core) {
    let quay = FakeQuay::start().await;
    quay.plant_organization("acme", "admin");
    let wire = Wire::new(&json!({ "url": quay.url(), "token": "admin" })).await;
    (quay, wire)
}

fn decode(value: Option<&DynamicValue>, ty: &Type) -> Value {
    msgpack::decode(&value.expect("a value").msgpack, ty).expect("it can be decoded")
}

fn said(diagnostics: &[proto::Diagnostic]) -> String {
    let lines = diagnostics.iter().map(|it| [&*it.summary, &*it.detail].join(": "));
    lines.collect::<Vec<_>>().join("\n")
}

fn ephemeral(name: &str) -> Type {
    let found = QuayProvider::EPHEMERAL_RESOURCES.iter().find(|it| it.name() == name);
    found.expect("there is such an ephemeral resource").schema().ty()
}

fn action(name: &str) -> &'static Schema {
    let found = QuayProvider::ACTIONS.iter().find(|it| it.name() == name);
    found.expect("there is such an action").schema()
}
