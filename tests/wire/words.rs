//! What others say, and how they call things: it is shown so that it can do no harm.

use super::support::core::within;
use super::support::fake_quay::{Fault, FaultKind, Role};
use super::support::wire::{Wire, dynamic};
use super::{APPLICATION, ORGANIZATION, stage};
use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, StatusCode};
use futures_util::StreamExt;
use serde_json::{Value as Json, json};
use terraform_provider_quay::provider::QuayProvider;
use terraform_provider_quay::terraform::proto::invoke_action::event::Type as Event;
use terraform_provider_quay::terraform::proto::{call_function, invoke_action, list_resource};
use terraform_provider_quay::terraform::provider::Provider;
use terraform_provider_quay::terraform::types::Type;
use tokio::net::TcpListener;

/// Clears a screen, and pretends a message of Terraform's.
const HOSTILE: &str = "ev\u{1b}[2Jil\nError: \u{202e}pretended";

/// Text that is one line and does nothing to a terminal.
fn is_harmless(text: &str) -> bool {
    !text.contains(|letter: char| letter.is_control() || letter == '\u{202e}')
}

#[tokio::test]
async fn no_name_in_a_list_can_take_a_terminal_over() {
    let (quay, wire) = stage().await;
    quay.plant_organization("acme", "admin");
    quay.plant_application("acme", HOSTILE);
    let list = QuayProvider::LISTS.iter().find(|it| it.name() == APPLICATION).expect("a list");
    let request = list_resource::Request {
        type_name: APPLICATION.to_owned(),
        config: dynamic(&json!({ "orgname": "acme" }), &list.schema().ty()),
        ..list_resource::Request::default()
    };
    let mut events =
        wire.client.clone().list_resource(request).await.expect("a stream").into_inner();
    let event = events.next().await.expect("an application").expect("an event");
    let name = event.display_name;
    assert!(name.starts_with("ev") && is_harmless(&name), "{name:?}");
}

#[tokio::test]
async fn no_name_in_the_messages_of_an_action_can_take_a_terminal_over() {
    let (quay, wire) = stage().await;
    quay.plant_organization("acme", "admin");
    quay.plant_user("bob");
    quay.world().plant_team("acme", HOSTILE, Role::Member, &["bob"]);
    let action = "quay_remove_org_member";
    let found = QuayProvider::ACTIONS.iter().find(|it| it.name() == action).expect("an action");
    let request = invoke_action::Request {
        action_type: action.to_owned(),
        config: dynamic(&json!({ "orgname": "acme", "name": "bob" }), &found.schema().ty()),
        client_capabilities: None,
    };
    let events = wire.client.clone().invoke_action(request).await.expect("a stream").into_inner();
    let events = within("the end of the action", events.collect::<Vec<_>>()).await;
    let said: Vec<String> = events
        .into_iter()
        .filter_map(|event| match event.expect("an event").r#type? {
            Event::Progress(said) => Some(said.message),
            Event::Completed(_) => None,
        })
        .collect();
    assert!(said.iter().any(|it| it.contains("teams: ev")), "{said:?}");
    assert!(said.iter().all(|it| is_harmless(it)), "{said:?}");
}

#[tokio::test]
async fn no_argument_in_the_error_of_a_function_can_take_a_terminal_over() {
    let wire = Wire::<QuayProvider>::unconfigured().await;
    for (name, arguments) in [
        ("duration_seconds", vec![HOSTILE]),
        ("proxied_image", vec![HOSTILE; 4]),
        (HOSTILE, vec![]),
    ] {
        let argument = |it: &&str| dynamic(&json!(it), &Type::String).expect("a value");
        let request = call_function::Request {
            name: name.to_owned(),
            arguments: arguments.iter().map(argument).collect(),
        };
        let answer = wire.client.clone().call_function(request).await.expect("an answer");
        let error = answer.into_inner().error.expect("an error");
        assert!(is_harmless(&error.text), "{:?}", error.text);
    }
}

/// A page's token has any length and is Quay's, and what was asked for is in the message anyway.
#[tokio::test]
async fn an_error_names_the_request_without_its_query() {
    let (quay, wire) = stage().await;
    let acme = wire.create(ORGANIZATION, &json!({ "name": "acme" })).await.unfailing("create");
    quay.fault(Fault::on("GET", "/api/v1/repository*", FaultKind::Status(404)).always());
    let said = wire.destroy(ORGANIZATION, &acme).await.errors.join(" ");
    assert!(said.contains("GET /api/v1/repository") && !said.contains("namespace="), "{said}");
}

/// Somebody in place of Quay, who always answers the same to a POST, and that there is nothing to
/// everything else.
async fn impostor(status: u16, body: Json) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let status = StatusCode::from_u16(status).expect("a status");
    let nothing = json!({ "upstream_registry": "", "expiration_s": "", "insecure": "" });
    let router = Router::new().fallback(async move |method: Method| {
        let (status, body) =
            if method == Method::POST { (status, &body) } else { (StatusCode::OK, &nothing) };
        (status, [(CONTENT_TYPE, "application/json")], body.to_string())
    });
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

/// Quay quotes what it refuses, and others may do so in forms that nobody knows.
#[tokio::test]
async fn a_secret_that_quay_quotes_is_not_passed_on() {
    let password = "hunter2 it's \\ \"quoted\"";
    let token = "the-planted-token";
    let python = "'hunter2 it\\'s \\\\ \"quoted\"' is too short";
    let schema = "'hunter2' is not of type 'integer'\n\nFailed validating 'type' in schema:\n";
    for answer in [
        json!({ "detail": schema, "error_message": schema, "error_type": "invalid_request" }),
        json!({ "message": format!("I do not like {password} at all") }),
        json!({ "message": python }),
        json!({ "error": format!("{token} {token}") }),
        json!({ "message": format!("{}{password}", "x".repeat(290)) }),
    ] {
        for status in [400, 403, 404, 409, 418, 500, 503] {
            let url = impostor(status, answer.clone()).await;
            let settings = json!({ "url": url, "token": token, "max_retries": 0 });
            let wire = Wire::<QuayProvider>::new(&settings).await;
            let config = json!({
                "orgname": "acme", "upstream_registry": "docker.io", "validate_upstream": false,
                "upstream_registry_username": "puller", "upstream_registry_password": password,
            });
            let said = wire.create("quay_proxy_cache", &config).await.errors.join(" ");
            assert!(said.contains(&status.to_string()), "{said}");
            assert!(!said.contains("hunter2") && !said.contains(token), "{said}");
        }
    }
}

/// The answers that quote nothing are passed on, so that the search above is one.
#[tokio::test]
async fn what_quay_says_otherwise_is_passed_on() {
    let url = impostor(400, json!({ "message": "I do not like puller at all" })).await;
    let wire = Wire::<QuayProvider>::new(&json!({ "url": url, "token": "the-token" })).await;
    let config = json!({
        "orgname": "acme", "upstream_registry": "docker.io", "validate_upstream": false,
        "upstream_registry_username": "puller", "upstream_registry_password": "hunter2",
    });
    let said = wire.create("quay_proxy_cache", &config).await.errors.join(" ");
    assert!(said.contains("I do not like puller at all"), "{said}");
}
