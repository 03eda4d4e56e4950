//! What is not known yet: settings that an apply will tell, and values of other resources.

use super::support::wire::{Wire, dynamic, encode};
use super::{
    APPLICATION, Core, DEFERS, ORGANIZATION, REMOVAL, SECRET, action, decode, ephemeral, said,
    stage,
};
use serde_json::{Value as Json, json};
use terraform_provider_quay::provider::QuayProvider;
use terraform_provider_quay::terraform::proto::{
    self, configure_provider, open_ephemeral_resource, plan_action, plan_resource_change,
    read_data_source, read_resource,
};
use terraform_provider_quay::terraform::provider::Provider;
use terraform_provider_quay::terraform::types::Type;
use terraform_provider_quay::terraform::value::Value;

fn data_source(name: &str) -> Type {
    let found = QuayProvider::DATA_SOURCES.iter().find(|it| it.name() == name);
    found.expect("there is such a data source").schema().ty()
}

/// A provider whose Quay is made by the same apply, so that its address is not known yet.
async fn unknown_quay() -> Core {
    let wire = Wire::unconfigured().await;
    let mut settings = QuayProvider::SCHEMA.empty();
    settings.set_attribute("url", Value::unknown());
    settings.set_attribute("token", "admin".into());
    let request = configure_provider::Request {
        config: encode(&settings, &QuayProvider::SCHEMA.ty()),
        client_capabilities: DEFERS,
        ..configure_provider::Request::default()
    };
    let answer = wire.client.clone().configure_provider(request).await.expect("an answer");
    assert_eq!(said(&answer.into_inner().diagnostics), "");
    wire
}

fn is_put_off(deferred: Option<proto::Deferred>) -> bool {
    deferred.is_some_and(|it| it.reason() == proto::deferred::Reason::ProviderConfigUnknown)
}

/// Row 37: a client that can wait is told to, for everything that needs Quay.
#[tokio::test]
async fn everything_is_put_off_while_the_settings_are_unknown() {
    let wire = unknown_quay().await;
    let mut client = wire.client.clone();
    let ty = Core::schema(ORGANIZATION).ty();
    let config = dynamic(&json!({ "name": "acme" }), &ty);
    let request = read_resource::Request {
        type_name: ORGANIZATION.to_owned(),
        current_state: config.clone(),
        client_capabilities: DEFERS,
        ..read_resource::Request::default()
    };
    let read = client.read_resource(request).await.expect("an answer").into_inner();
    assert!(is_put_off(read.deferred) && read.new_state == config);
    let request = plan_resource_change::Request {
        type_name: ORGANIZATION.to_owned(),
        prior_state: dynamic(&Json::Null, &ty),
        proposed_new_state: config.clone(),
        config,
        client_capabilities: DEFERS,
        ..plan_resource_change::Request::default()
    };
    let plan = client.plan_resource_change(request).await.expect("an answer").into_inner();
    assert!(is_put_off(plan.deferred) && said(&plan.diagnostics).is_empty());

    let ty = data_source(ORGANIZATION);
    let request = read_data_source::Request {
        type_name: ORGANIZATION.to_owned(),
        config: dynamic(&json!({ "name": "acme" }), &ty),
        client_capabilities: DEFERS,
        ..read_data_source::Request::default()
    };
    let found = client.read_data_source(request.clone()).await.expect("an answer").into_inner();
    assert!(is_put_off(found.deferred));
    let state = decode(found.state.as_ref(), &ty);
    assert!(state.get("name").as_str() == Some("acme") && state.get("is_admin").is_unknown());
    // A client that cannot wait is told which setting is missing.
    let request = read_data_source::Request { client_capabilities: None, ..request };
    let refused = client.read_data_source(request).await.expect("an answer").into_inner();
    assert!(said(&refused.diagnostics).contains("`url`") && refused.deferred.is_none());

    let ty = ephemeral(SECRET);
    let request = open_ephemeral_resource::Request {
        type_name: SECRET.to_owned(),
        config: dynamic(&json!({ "orgname": "acme", "client_id": "X" }), &ty),
        client_capabilities: DEFERS,
    };
    let opened = client.open_ephemeral_resource(request).await.expect("an answer").into_inner();
    assert!(is_put_off(opened.deferred));

    let ty = action(REMOVAL).ty();
    let request = plan_action::Request {
        action_type: REMOVAL.to_owned(),
        config: dynamic(&json!({ "orgname": "acme", "name": "bob" }), &ty),
        client_capabilities: DEFERS,
    };
    let planned = client.plan_action(request).await.expect("an answer").into_inner();
    assert!(is_put_off(planned.deferred));
}

/// Row 44: what another resource will tell is planned as unknown, and applied as it turned out.
#[tokio::test]
async fn an_unknown_value_of_another_resource_is_planned_and_then_known() {
    let (_quay, wire) = stage().await;
    let ty = Core::schema(APPLICATION).ty();
    let mut config = Core::schema(APPLICATION).empty();
    config.set_attribute("orgname", "acme".into());
    config.set_attribute("name", Value::unknown());
    let request = plan_resource_change::Request {
        type_name: APPLICATION.to_owned(),
        prior_state: dynamic(&Json::Null, &ty),
        proposed_new_state: encode(&config, &ty),
        config: encode(&config, &ty),
        ..plan_resource_change::Request::default()
    };
    let plan = wire.client.clone().plan_resource_change(request).await.expect("an answer");
    let plan = plan.into_inner();
    assert_eq!(said(&plan.diagnostics), "");
    let planned = decode(plan.planned_state.as_ref(), &ty);
    assert!(planned.get("name").is_unknown() && planned.get("orgname").as_str() == Some("acme"));
    let known = json!({ "orgname": "acme", "name": "ci" });
    let created = wire.create(APPLICATION, &known).await.unfailing("the apply");
    assert_eq!(created.state["name"], json!("ci"));
}
