//! Lists of what is there.

use super::support::core::within;
use super::support::fake_quay::{FakeQuay, Profile, Release, Role};
use super::support::wire::{Wire, dynamic};
use super::{APPLICATION, Core, ORGANIZATION, decode, said, stage};
use futures_util::StreamExt;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use terraform_provider_quay::provider::QuayProvider;
use terraform_provider_quay::terraform::json::to_json;
use terraform_provider_quay::terraform::proto::list_resource;
use terraform_provider_quay::terraform::provider::Provider;
use terraform_provider_quay::terraform::types::Type;

fn list_type(name: &str) -> Type {
    let found = QuayProvider::LISTS.iter().find(|it| it.name() == name);
    found.expect("there is such a list resource").schema().ty()
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

/// What an older Quay hides from a superuser is not shown as empty.
#[tokio::test]
async fn applications_with_hidden_fields_are_listed_without_an_object() {
    let quay = FakeQuay::builder().release(Release::V3_15).start().await;
    quay.plant_organization("theirs", "owner");
    quay.plant_application("theirs", "ci");
    let url = quay.profile_url(Profile::FullAccess);
    let superuser = Wire::new(&json!({ "url": url, "token": "admin" })).await;
    let listed = list(&superuser, APPLICATION, json!({ "orgname": "theirs" }), (0, true)).await;
    assert_eq!(listed.len(), 1);
    assert!(listed[0].identity.is_some() && listed[0].resource_object.is_none());
    assert!(said(&listed[0].diagnostic).contains("hides"), "{}", said(&listed[0].diagnostic));
}

/// Row 65, rules 37: what the caller may not administer is listed without an object.
#[tokio::test]
async fn organizations_of_others_are_listed_without_an_object() {
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
