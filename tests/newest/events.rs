//! Ephemeral resources and actions: opened and run, and then over.

use super::support::core::within;
use super::support::wire::{dynamic, encode};
use super::{REMOVAL, SECRET, action, decode, ephemeral, said, stage};
use futures_util::StreamExt;
use serde_json::json;
use terraform_provider_quay::terraform::json::to_json;
use terraform_provider_quay::terraform::proto::invoke_action::event::Type as Event;
use terraform_provider_quay::terraform::proto::{
    close_ephemeral_resource, invoke_action, open_ephemeral_resource, plan_action,
    renew_ephemeral_resource,
};
use terraform_provider_quay::terraform::value::Value;

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
    let (quay, wire) = stage().await;
    quay.plant_user("bob");
    quay.plant_repository("acme", "app");
    quay.world().plant_permission("acme", "app", "bob", "write");
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
    // Terraform asks only here once variables are known.
    let request = plan_action::Request {
        action_type: REMOVAL.to_owned(),
        config: dynamic(&json!({ "orgname": "acme", "name": "" }), &ty),
        client_capabilities: None,
    };
    let planned = client.plan_action(request).await.expect("an answer").into_inner();
    assert!(said(&planned.diagnostics).contains("Invalid value for name"));

    let cases = [
        ("acme", "nobody", ""),
        // In no team, but with a permission of his own.
        ("acme", "bob", ""),
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
    let permissions = &quay.organization("acme").expect("it is there").repositories[0].permissions;
    assert!(permissions.is_empty(), "{permissions:?}");
}
