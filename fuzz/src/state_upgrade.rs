//! States and identities of any age from JSON.
//!
//! The first byte chooses the resource and how its state comes, the others are the JSON.

use super::offline::{Offline, block_on};
use terraform_provider_quay::terraform::json::to_json;
use terraform_provider_quay::terraform::msgpack::decode;
use terraform_provider_quay::terraform::proto::provider_server::Provider as Service;
use terraform_provider_quay::terraform::proto::{
    DynamicValue, RawState, move_resource_state, upgrade_resource_identity, upgrade_resource_state,
};
use terraform_provider_quay::terraform::provider::Provider;
use terraform_provider_quay::terraform::schema::Schema;
use terraform_provider_quay::terraform::server::Server;
use tokio_util::sync::CancellationToken;
use tonic::Request;

/// A state that is accepted can be stored, and is then accepted as it is.
pub fn run(data: &[u8]) {
    let Some((choice, json)) = data.split_first() else { return };
    let choice = usize::from(*choice);
    let resource = Offline::RESOURCES[choice % Offline::RESOURCES.len()];
    let server = Server::<Offline>::new(CancellationToken::new());
    match choice / Offline::RESOURCES.len() {
        0 => upgrade_twice(&server, resource.name(), resource.schema(), json),
        1 => upgrade_identity(&server, resource.name(), json),
        _ => move_here(&server, resource.name(), json),
    }
}

fn raw(json: &[u8]) -> RawState {
    RawState { json: json.to_vec(), ..RawState::default() }
}

fn upgrade_twice(server: &Server<Offline>, name: &str, schema: &Schema, json: &[u8]) {
    let Some(state) = upgrade(server, name, json) else { return };
    let value = decode(&state.msgpack, &schema.ty()).expect("the state fits its schema");
    assert!(value.is_wholly_known(), "a state holds something unknown");
    let stored = to_json(&value).to_string();
    let again = upgrade(server, name, stored.as_bytes()).expect("a state of today is accepted");
    assert_eq!(state.msgpack, again.msgpack, "a state of today is changed");
}

fn upgrade(server: &Server<Offline>, name: &str, json: &[u8]) -> Option<DynamicValue> {
    let request = upgrade_resource_state::Request {
        type_name: name.to_owned(),
        raw_state: Some(raw(json)),
        ..Default::default()
    };
    let answer = block_on(server.upgrade_resource_state(Request::new(request)));
    let answer = answer.expect("an answer").into_inner();
    assert_eq!(answer.upgraded_state.is_some(), answer.diagnostics.is_empty());
    answer.upgraded_state
}

fn upgrade_identity(server: &Server<Offline>, name: &str, json: &[u8]) {
    let request = upgrade_resource_identity::Request {
        type_name: name.to_owned(),
        raw_identity: Some(raw(json)),
        ..Default::default()
    };
    let answer = block_on(server.upgrade_resource_identity(Request::new(request)));
    let answer = answer.expect("an answer").into_inner();
    assert_eq!(answer.upgraded_identity.is_some(), answer.diagnostics.is_empty());
}

fn move_here(server: &Server<Offline>, name: &str, json: &[u8]) {
    let request = move_resource_state::Request {
        source_provider_address: "registry.terraform.io/enthought/quay".to_owned(),
        source_type_name: name.to_owned(),
        target_type_name: name.to_owned(),
        source_state: Some(raw(json)),
        ..Default::default()
    };
    let answer = block_on(server.move_resource_state(Request::new(request)));
    let answer = answer.expect("an answer").into_inner();
    assert_eq!(answer.target_state.is_some(), answer.diagnostics.is_empty());
}
