//! How an operation is done over the wire, and what it leaves.

use super::Core;
use super::operations::{Act, Operation, PLANTED};
use crate::support::core::within;
use crate::support::fake_quay::{FakeQuay, Role};
use crate::support::wire::{Outcome, dynamic};
use futures_util::StreamExt;
use serde_json::{Value as Json, json};
use terraform_provider_quay::provider::QuayProvider;
use terraform_provider_quay::terraform::json::to_json;
use terraform_provider_quay::terraform::proto::{
    Diagnostic, DynamicValue, invoke_action, list_resource, open_ephemeral_resource,
};
use terraform_provider_quay::terraform::provider::Provider;
use terraform_provider_quay::terraform::types::Type;
use terraform_provider_quay::terraform::{msgpack, proto};

use super::breaks::TIME_SCALE;

/// A Quay with an organization that has some of everything.
pub(crate) async fn stage() -> FakeQuay {
    let builder = FakeQuay::builder().collect_after_attempts(1).time_scale(TIME_SCALE);
    let quay = builder.with_door().start().await;
    quay.plant_organization("acme", "admin");
    quay.plant_application("acme", "planted");
    quay.plant_repository("acme", "app");
    let mut world = quay.world();
    for name in ["guest", "visitor", "bob"] {
        world.plant_user(name);
    }
    world.plant_team("acme", "readers", Role::Member, &["guest", "visitor"]);
    world.plant_permission("acme", "app", "bob", "read");
    world.plant_robot("acme", "builder");
    world.plant_member("acme", "readers", "acme+builder");
    drop(world);
    quay
}

/// A process of the provider.
pub(crate) async fn core(quay: &FakeQuay, request_timeout: &str) -> Core {
    core_with(quay, request_timeout, "admin").await
}

/// A process of the provider with this token.
pub(crate) async fn core_with(quay: &FakeQuay, request_timeout: &str, token: &str) -> Core {
    Core::new(&json!({
        "url": quay.url(), "token": token, "request_timeout": request_timeout, "max_retries": 1,
    }))
    .await
}

/// The client id of the application that is there from the beginning.
fn planted(quay: &FakeQuay) -> String {
    let found = quay.applications("acme").into_iter().find(|it| it.name == "planted");
    found.map_or_else(String::new, |it| it.client_id)
}

/// The same with the client id in it.
fn filled(quay: &FakeQuay, json: &Json) -> Json {
    let text = json.to_string().replace(PLANTED, &planted(quay));
    serde_json::from_str(&text).expect("JSON")
}

/// Does it, from what is in the state before.
pub(crate) async fn run(
    operation: &Operation,
    quay: &FakeQuay,
    core: &Core,
    prior: &Outcome,
) -> Outcome {
    let noun = operation.noun;
    match &operation.act {
        Act::Apply(wanted) => core.apply(noun, prior, wanted).await,
        Act::Read => core.read(noun, prior).await,
        Act::Import(id) => core.import(noun, &id.replace(PLANTED, &planted(quay))).await,
        Act::LookUp(config) => core.look_up(noun, &filled(quay, config)).await,
        Act::List(config) => list(core, noun, config).await,
        Act::Open(config) => open(core, noun, &filled(quay, config)).await,
        Act::Invoke(config) => invoke(core, noun, config).await,
    }
}

fn decode(value: Option<&DynamicValue>, ty: &Type) -> Json {
    let decoded = value.filter(|it| !it.msgpack.is_empty());
    decoded.map_or(Json::Null, |it| to_json(&msgpack::decode(&it.msgpack, ty).expect("a value")))
}

/// An outcome of what leaves no state.
fn outcome(state: Json, diagnostics: &[Diagnostic]) -> Outcome {
    let severity = i32::from(proto::diagnostic::Severity::Error);
    let errors = diagnostics.iter().filter(|it| it.severity == severity);
    let errors = errors.map(|it| format!("{}: {}", it.summary, it.detail)).collect();
    Outcome { state, errors, ..Outcome::nothing() }
}

async fn list(core: &Core, noun: &str, config: &Json) -> Outcome {
    let found = QuayProvider::LISTS.iter().find(|it| it.name() == noun);
    let ty = found.expect("there is such a list resource").schema().ty();
    let request = list_resource::Request {
        type_name: noun.to_owned(),
        config: dynamic(config, &ty),
        limit: 0,
        include_resource_object: true,
    };
    let events = core.client.clone().list_resource(request).await.expect("a stream").into_inner();
    let events = events.map(|event| event.expect("an event"));
    let events: Vec<_> = within("the end of the list", events.collect()).await;
    let object = Core::schema(noun).ty();
    let shown = events.iter().filter(|it| it.identity.is_some());
    let shown =
        shown.map(|it| json!([it.display_name, decode(it.resource_object.as_ref(), &object)]));
    let diagnostics: Vec<Diagnostic> = events.iter().flat_map(|it| it.diagnostic.clone()).collect();
    outcome(shown.clone().collect(), &diagnostics)
}

async fn open(core: &Core, noun: &str, config: &Json) -> Outcome {
    let found = QuayProvider::EPHEMERAL_RESOURCES.iter().find(|it| it.name() == noun);
    let ty = found.expect("there is such an ephemeral resource").schema().ty();
    let request = open_ephemeral_resource::Request {
        type_name: noun.to_owned(),
        config: dynamic(config, &ty),
        client_capabilities: None,
    };
    let opened = core.client.clone().open_ephemeral_resource(request).await.expect("an answer");
    let opened = opened.into_inner();
    outcome(decode(opened.result.as_ref(), &ty), &opened.diagnostics)
}

async fn invoke(core: &Core, noun: &str, config: &Json) -> Outcome {
    use invoke_action::event::Type as Event;
    let found = QuayProvider::ACTIONS.iter().find(|it| it.name() == noun);
    let ty = found.expect("there is such an action").schema().ty();
    let request = invoke_action::Request {
        action_type: noun.to_owned(),
        config: dynamic(config, &ty),
        client_capabilities: None,
    };
    let events = core.client.clone().invoke_action(request).await.expect("a stream").into_inner();
    let events = events.map(|event| event.expect("an event").r#type.expect("a type"));
    let events: Vec<Event> = within("the end of the action", events.collect()).await;
    let Some(Event::Completed(completed)) = events.last() else { panic!("it does not complete") };
    outcome(Json::Null, &completed.diagnostics)
}
