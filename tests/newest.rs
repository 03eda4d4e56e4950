//! What only the newest Terraform asks for, over gRPC: deferral, identities, lists, actions,
//! ephemeral resources, moves. Not all of it can be shown with a stable Terraform.

mod support;

use futures_util::StreamExt;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use support::core::within;
use support::fake_quay::FakeQuay;
use support::wire::{Wire, dynamic, encode};
use terraform_provider_quay::provider::QuayProvider;
use terraform_provider_quay::terraform::json::to_json;
use terraform_provider_quay::terraform::msgpack;
use terraform_provider_quay::terraform::proto::invoke_action::event::Type as Event;
use terraform_provider_quay::terraform::proto::{
    self, ClientCapabilities, DynamicValue, RawState, ResourceIdentityData, call_function,
    close_ephemeral_resource, configure_provider, generate_resource_config, invoke_action,
    list_resource, move_resource_state, open_ephemeral_resource, plan_action, plan_resource_change,
    read_data_source, read_resource, renew_ephemeral_resource, upgrade_resource_identity,
};
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

fn identity(name: &str) -> ResourceIdentityData {
    let ty = Type::Object(BTreeMap::from([("name".to_owned(), Type::String)]));
    ResourceIdentityData { identity_data: dynamic(&json!({ "name": name }), &ty) }
}

fn data_source(name: &str) -> Type {
    let found = QuayProvider::DATA_SOURCES.iter().find(|it| it.name() == name);
    found.expect("there is such a data source").schema().ty()
}

fn ephemeral(name: &str) -> Type {
    let found = QuayProvider::EPHEMERAL_RESOURCES.iter().find(|it| it.name() == name);
    found.expect("there is such an ephemeral resource").schema().ty()
}

fn list_type(name: &str) -> Type {
    let found = QuayProvider::LISTS.iter().find(|it| it.name() == name);
    found.expect("there is such a list resource").schema().ty()
}

fn action(name: &str) -> &'static Schema {
    let found = QuayProvider::ACTIONS.iter().find(|it| it.name() == name);
    found.expect("there is such an action").schema()
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

async fn list(
    wire: &Core,
    type_name: &str,
    config: Json,
    more: (i64, bool),
) -> Vec<list_resource::Event> {
    let ty = list_type(type_name);
    let request = list_resource::Request {
        type_name: type_name.to_owned(),
        config: dynamic(&config, &ty),
        limit: more.0,
        include_resource_object: more.1,
    };
    let events = wire.client.clone().list_resource(request).await.expect("a stream").into_inner();
    within("the end of the list", events.map(|event| event.expect("an event")).collect()).await
}

/// Row 65.
#[tokio::test]
async fn lists_keep_to_their_limit_and_end_when_nobody_reads_on() {
    let (quay, wire) = stage().await;
    let acme = json!({ "orgname": "acme" });
    assert!(list(&wire, APPLICATION, acme.clone(), (0, false)).await.is_empty());
    for number in 0..150 {
        quay.plant_application("acme", &format!("app{number:03}"));
    }
    let wire = Wire::new(&json!({ "url": quay.url(), "token": "admin" })).await;
    assert_eq!(list(&wire, APPLICATION, acme.clone(), (0, false)).await.len(), 150);
    let few = list(&wire, APPLICATION, acme.clone(), (100, false)).await;
    assert_eq!(few.len(), 100);
    assert!(few.iter().all(|it| it.resource_object.is_none() && it.identity.is_some()));
    assert!(few[0].display_name.starts_with("app000"), "{}", few[0].display_name);
    let full = list(&wire, APPLICATION, acme, (1, true)).await;
    let object =
        to_json(&decode(full[0].resource_object.as_ref(), &Core::schema(APPLICATION).ty()));
    assert_eq!((&object["name"], &object["client_secret"]), (&json!("app000"), &Json::Null));

    let failed = list(&wire, APPLICATION, json!({ "orgname": "nobody" }), (0, false)).await;
    assert_eq!(failed.len(), 1);
    assert!(said(&failed[0].diagnostic).contains("nobody"), "{}", said(&failed[0].diagnostic));

    let request = list_resource::Request {
        type_name: APPLICATION.to_owned(),
        config: dynamic(&json!({ "orgname": "acme" }), &list_type(APPLICATION)),
        ..list_resource::Request::default()
    };
    let events = wire.client.clone().list_resource(request).await.expect("a stream");
    let mut events = events.into_inner();
    events.next().await.expect("one").expect("an event");
    drop(events);
    wire.import(ORGANIZATION, "acme").await.unfailing("a call after an unread list");
}

/// Row 65, rules 37: what the caller may not administer is listed without an object.
#[tokio::test]
async fn organizations_of_others_are_listed_without_an_object() {
    use support::fake_quay::Role;
    let (quay, wire) = stage().await;
    quay.plant_user("owner");
    quay.plant_organization("theirs", "owner");
    quay.world().plant_team("theirs", "readers", Role::Member, &["admin"]);
    let listed = list(&wire, ORGANIZATION, json!({}), (0, true)).await;
    let objects: BTreeMap<&str, bool> = listed
        .iter()
        .map(|event| (event.display_name.as_str(), event.resource_object.is_some()))
        .collect();
    assert_eq!(objects, BTreeMap::from([("acme", true), ("theirs", false)]));
    assert!(listed.iter().all(|event| event.identity.is_some()));
}

/// Row 63.
#[tokio::test]
async fn an_ephemeral_secret_is_opened_as_often_as_one_likes() {
    let (quay, wire) = stage().await;
    let client_id = quay.plant_application("acme", "ci");
    let secret = quay.applications("acme")[0].client_secret.clone();
    let ty = ephemeral(SECRET);
    let mut client = wire.client.clone();
    for _ in 0..2 {
        let request = open_ephemeral_resource::Request {
            type_name: SECRET.to_owned(),
            config: dynamic(&json!({ "orgname": "acme", "client_id": client_id }), &ty),
            client_capabilities: None,
        };
        let opened = client.open_ephemeral_resource(request).await.expect("an answer").into_inner();
        assert_eq!(said(&opened.diagnostics), "");
        let expected = json!({
            "orgname": "acme", "client_id": client_id, "name": "ci", "client_secret": secret,
        });
        assert_eq!(to_json(&decode(opened.result.as_ref(), &ty)), expected);
        assert_eq!(opened.renew_at, None, "it does not expire");
        let request = renew_ephemeral_resource::Request {
            type_name: SECRET.to_owned(),
            private: opened.private.clone(),
        };
        let renewed = client.renew_ephemeral_resource(request).await.expect("an answer");
        assert_eq!(said(&renewed.into_inner().diagnostics), "");
        let request = close_ephemeral_resource::Request {
            type_name: SECRET.to_owned(),
            private: opened.private,
        };
        let closed = client.close_ephemeral_resource(request).await.expect("an answer");
        assert_eq!(said(&closed.into_inner().diagnostics), "");
    }
}

/// Row 66.
#[tokio::test]
async fn an_action_says_what_it_does_and_completes_once() {
    let (_quay, wire) = stage().await;
    let ty = action(REMOVAL).ty();
    let mut unknown = action(REMOVAL).empty();
    unknown.set_attribute("orgname", "acme".into());
    unknown.set_attribute("name", Value::unknown());
    let mut client = wire.client.clone();
    let request = plan_action::Request {
        action_type: REMOVAL.to_owned(),
        config: encode(&unknown, &ty),
        client_capabilities: None,
    };
    let planned = client.plan_action(request).await.expect("an answer").into_inner();
    assert_eq!(said(&planned.diagnostics), "");

    let cases = [
        ("acme", "nobody", ""),
        ("acme", "admin", "the only owner"),
        ("nowhere", "admin", "no organization named nowhere"),
    ];
    for (orgname, name, failure) in cases {
        let request = invoke_action::Request {
            action_type: REMOVAL.to_owned(),
            config: dynamic(&json!({ "orgname": orgname, "name": name }), &ty),
            client_capabilities: None,
        };
        let events = client.invoke_action(request).await.expect("a stream").into_inner();
        let events: Vec<Event> = within(
            "the end of the action",
            events.map(|event| event.expect("an event").r#type.expect("a type")).collect(),
        )
        .await;
        let (last, before) = events.split_last().expect("events");
        assert!(!before.is_empty() && before.iter().all(|it| matches!(it, Event::Progress(_))));
        let Event::Completed(completed) = last else { panic!("it does not complete") };
        assert!(said(&completed.diagnostics).contains(failure));
        assert_eq!(completed.diagnostics.is_empty(), failure.is_empty());
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

/// Row 62.
#[tokio::test]
async fn functions_take_unknown_arguments_and_refuse_null() {
    let wire = Core::unconfigured().await;
    let call = |argument: Value| {
        let mut client = wire.client.clone();
        async move {
            let request = call_function::Request {
                name: "duration_seconds".to_owned(),
                arguments: encode(&argument, &Type::String).into_iter().collect(),
            };
            client.call_function(request).await.expect("an answer").into_inner()
        }
    };
    let known = call("2w".into()).await;
    assert_eq!(to_json(&decode(known.result.as_ref(), &Type::Number)), json!(1_209_600));
    assert_eq!(call("2w".into()).await, known);
    let unknown = call(Value::unknown()).await;
    assert!(decode(unknown.result.as_ref(), &Type::Number).is_unknown());
    for wrong in [Value::Null, "a while".into()] {
        let error = call(wrong).await.error.expect("an error");
        assert_eq!(error.function_argument, Some(0));
    }
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
