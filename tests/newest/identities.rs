//! Objects by their identity, from other providers, and as generated configuration.

use super::support::wire::dynamic;
use super::{APPLICATION, Core, ORGANIZATION, decode, said, stage};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use terraform_provider_quay::terraform::json::to_json;
use terraform_provider_quay::terraform::proto::{
    RawState, ResourceIdentityData, generate_resource_config, move_resource_state, read_resource,
    upgrade_resource_identity,
};
use terraform_provider_quay::terraform::types::Type;

fn identity(name: &str) -> ResourceIdentityData {
    let ty = Type::Object(BTreeMap::from([("name".to_owned(), Type::String)]));
    ResourceIdentityData { identity_data: dynamic(&json!({ "name": name }), &ty) }
}

/// Row 57.
#[tokio::test]
async fn an_identity_that_changes_is_an_error_and_a_missing_one_is_filled_in() {
    let (_quay, wire) = stage().await;
    let acme = wire.import(ORGANIZATION, "acme").await.unfailing("import");
    let ty = Core::schema(ORGANIZATION).ty();
    let request = |current_identity| read_resource::Request {
        type_name: ORGANIZATION.to_owned(),
        current_state: dynamic(&acme.state, &ty),
        current_identity,
        ..read_resource::Request::default()
    };
    let mut client = wire.client.clone();
    let read = client.read_resource(request(None)).await.expect("an answer").into_inner();
    assert_eq!(read.new_identity, Some(identity("acme")));
    let read = client.read_resource(request(Some(identity("acme")))).await.expect("an answer");
    assert_eq!(read.into_inner().new_identity, Some(identity("acme")));
    let read = client.read_resource(request(Some(identity("other")))).await.expect("an answer");
    assert!(said(&read.into_inner().diagnostics).contains("identity of this quay_organization"));
    let request = upgrade_resource_identity::Request {
        type_name: ORGANIZATION.to_owned(),
        version: 0,
        raw_identity: Some(RawState {
            json: br#"{"name":"acme"}"#.to_vec(),
            ..RawState::default()
        }),
    };
    let upgraded = client.upgrade_resource_identity(request).await.expect("an answer");
    assert_eq!(upgraded.into_inner().upgraded_identity, Some(identity("acme")));
}

/// Terraform does not survive an answer that has neither an identity nor an error.
#[tokio::test]
async fn a_half_identity_in_the_state_is_an_error() {
    let wire = Core::unconfigured().await;
    for json in [r#"{"orgname":"acme"}"#, r#"{"orgname":"acme","client_id":7}"#, "[]", "null"] {
        let request = upgrade_resource_identity::Request {
            type_name: APPLICATION.to_owned(),
            version: 0,
            raw_identity: Some(RawState { json: json.into(), ..RawState::default() }),
        };
        let mut client = wire.client.clone();
        let upgraded = client.upgrade_resource_identity(request).await.expect("an answer");
        let upgraded = upgraded.into_inner();
        assert_eq!(upgraded.upgraded_identity, None, "{json}");
        assert!(said(&upgraded.diagnostics).contains("orgname and client_id"), "{json}");
    }
}

/// Row 59.
#[tokio::test]
async fn organizations_move_here_from_the_other_provider_only() {
    // No settings are needed for it.
    let wire = Core::unconfigured().await;
    let state = json!({
        "id": "acme", "name": "acme", "email": "0a9b8c7d-1234-4abc-8def-0123456789ab",
    });
    let request = |provider: &str, source: &str| move_resource_state::Request {
        source_provider_address: provider.to_owned(),
        source_type_name: source.to_owned(),
        source_state: Some(RawState {
            json: state.to_string().into_bytes(),
            ..RawState::default()
        }),
        target_type_name: ORGANIZATION.to_owned(),
        ..move_resource_state::Request::default()
    };
    let ty = Core::schema(ORGANIZATION).ty();
    let mut client = wire.client.clone();
    for host in ["registry.terraform.io", "registry.opentofu.org"] {
        let request = request(&format!("{host}/enthought/quay"), ORGANIZATION);
        let moved = client.move_resource_state(request).await.expect("an answer").into_inner();
        assert_eq!(said(&moved.diagnostics), "", "{host}");
        let state = to_json(&decode(moved.target_state.as_ref(), &ty));
        assert_eq!((&state["name"], &state["email"]), (&json!("acme"), &Json::Null));
        assert_eq!(moved.target_identity, Some(identity("acme")));
    }
    for (provider, source) in [
        ("registry.terraform.io/somebody/else", ORGANIZATION),
        ("registry.example.com/enthought/quay", ORGANIZATION),
        ("registry.terraform.io/enthought/quay", "quay_robot"),
    ] {
        let request = request(provider, source);
        let refused = client.move_resource_state(request).await.expect("an answer").into_inner();
        assert!(!refused.diagnostics.is_empty(), "{provider} {source}");
        assert!(refused.target_state.is_none());
    }
}

/// Configuration that is generated of a state plans no change.
#[tokio::test]
async fn generated_configuration_changes_nothing() {
    let (quay, wire) = stage().await;
    quay.plant_application("acme", "ci");
    let client_id = &quay.applications("acme")[0].client_id;
    for (noun, id) in
        [(ORGANIZATION, "acme".to_owned()), (APPLICATION, format!("acme/{client_id}"))]
    {
        let imported = wire.import(noun, &id).await.unfailing(noun);
        let ty = Core::schema(noun).ty();
        let request = generate_resource_config::Request {
            type_name: noun.to_owned(),
            state: dynamic(&imported.state, &ty),
        };
        let generated = wire.client.clone().generate_resource_config(request).await;
        let generated = generated.expect("an answer").into_inner();
        assert_eq!(said(&generated.diagnostics), "");
        let config = to_json(&decode(generated.config.as_ref(), &ty));
        let settled = wire.apply(noun, &imported, &config).await.unfailing(noun);
        assert_eq!(settled.state, imported.state);
    }
}
