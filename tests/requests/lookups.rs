//! Data sources, ephemeral resources, lists and actions.

use super::{Json, ORGANIZATION, Stage, json};
use crate::support::fake_quay::{Fault, FaultKind, Role, Switches};
use crate::support::wire::{Wire, dynamic};
use futures_util::StreamExt;
use terraform_provider_quay::provider::QuayProvider;
use terraform_provider_quay::terraform::proto::invoke_action::event::Type;
use terraform_provider_quay::terraform::proto::{
    invoke_action, list_resource, open_ephemeral_resource, read_data_source,
};
use terraform_provider_quay::terraform::provider::Provider;

impl Stage {
    /// Reads data sources, all of them at the same time.
    pub(super) async fn look_up(&self, sources: &[(&str, Json)]) {
        let reads = sources.iter().map(|(noun, config)| {
            let found = QuayProvider::DATA_SOURCES.iter().find(|it| it.name() == *noun);
            let ty = found.expect("there is such a data source").schema().ty();
            let request = read_data_source::Request {
                type_name: (*noun).to_owned(),
                config: dynamic(config, &ty),
                ..read_data_source::Request::default()
            };
            let mut client = self.client();
            async move {
                let answer = client.read_data_source(request).await.expect("an answer");
                let diagnostics = answer.into_inner().diagnostics;
                assert!(diagnostics.is_empty(), "{noun}: {diagnostics:?}");
            }
        });
        futures_util::future::join_all(reads).await;
    }

    pub(super) async fn list(&self, noun: &str, config: &Json, include_resource_object: bool) {
        let found = QuayProvider::LISTS.iter().find(|it| it.name() == noun);
        let request = list_resource::Request {
            type_name: noun.to_owned(),
            config: dynamic(config, &found.expect("there is such a list").schema().ty()),
            include_resource_object,
            limit: 100,
        };
        let events = self.client().list_resource(request).await.expect("an answer").into_inner();
        let events: Vec<_> = events.collect().await;
        assert!(!events.is_empty(), "{noun}: something is found");
        for event in events {
            let event = event.expect("an event");
            assert!(event.diagnostic.is_empty(), "{:?}", event.diagnostic);
        }
    }

    pub(super) async fn invoke(&self, name: &str, config: &Json) {
        let found = QuayProvider::ACTIONS.iter().find(|it| it.name() == name);
        let request = invoke_action::Request {
            action_type: name.to_owned(),
            config: dynamic(config, &found.expect("there is such an action").schema().ty()),
            ..invoke_action::Request::default()
        };
        let events = self.client().invoke_action(request).await.expect("an answer").into_inner();
        for event in events.collect::<Vec<_>>().await {
            if let Some(Type::Completed(end)) = event.expect("an event").r#type {
                assert!(end.diagnostics.is_empty(), "{name}: {:?}", end.diagnostics);
            }
        }
    }
}

/// Two of each, and the organization as a resource as well.
#[tokio::test]
async fn data_sources_of_an_organization_ask_each_thing_once() {
    let mut stage = Stage::new().await;
    let client_id = stage.quay.plant_application("acme", "ci");
    stage.quay.world().plant_proxy_cache("acme", "docker.io");
    let organization = stage.wire.import(ORGANIZATION, "acme").await.unfailing("acme");
    stage.in_another_process().await;
    let of_acme = json!({ "orgname": "acme" });
    for (noun, config, request) in [
        ("quay_organization", json!({ "name": "acme" }), "GET organization/acme"),
        ("quay_org_applications", of_acme.clone(), "GET organization/acme/applications"),
        ("quay_org_members", of_acme.clone(), "GET organization/acme/members"),
        ("quay_org_collaborators", of_acme.clone(), "GET organization/acme/collaborators"),
        ("quay_proxy_cache", of_acme.clone(), "GET organization/acme/proxycache"),
    ] {
        stage.look_up(&[(noun, config.clone()), (noun, config)]).await;
        stage.took(&[request]);
    }
    let by_id = json!({ "orgname": "acme", "client_id": client_id });
    let by_name = json!({ "orgname": "acme", "name": "ci" });
    let member = json!({ "orgname": "acme", "name": "admin" });
    let again = [
        ("quay_org_application", by_id),
        ("quay_org_application", by_name),
        ("quay_org_member", member),
    ];
    stage.look_up(&again).await;
    stage.wire.read(ORGANIZATION, &organization).await.unfailing(ORGANIZATION);
    stage.took(&[]);
}

#[tokio::test]
async fn two_hundred_members_are_found_in_one_list() {
    let mut stage = Stage::new().await;
    let names: Vec<String> = (0..200).map(|number| format!("user{number}")).collect();
    {
        let mut world = stage.quay.world();
        for name in &names {
            world.plant_user(name);
        }
        let members: Vec<&str> = names.iter().map(String::as_str).collect();
        world.plant_team("acme", "everybody", Role::Member, &members);
    }
    stage.in_another_process().await;
    let member = |name: &String| ("quay_org_member", json!({ "orgname": "acme", "name": name }));
    stage.look_up(&names.iter().map(member).collect::<Vec<_>>()).await;
    stage.took(&["GET organization/acme/members"]);
}

/// Robots are in no list of members, and without a proxy cache the organization is probed.
#[tokio::test]
async fn the_few_that_take_more() {
    let stage = Stage::new().await;
    stage.quay.world().plant_robot("acme", "ci");
    let robot = ("quay_org_member", json!({ "orgname": "acme", "name": "acme+ci" }));
    stage.look_up(&[robot.clone(), robot.clone()]).await;
    stage.look_up(&[robot]).await;
    stage.took(&["GET organization/acme/members/acme+ci"]);
    stage.look_up(&[("quay_proxy_cache", json!({ "orgname": "acme" }))]).await;
    stage.took(&["GET organization/acme/proxycache", "public GET organization/acme"]);
}

#[tokio::test]
async fn public_information_is_read_without_a_token() {
    let stage = Stage::new().await;
    let client_id = stage.quay.plant_application("acme", "ci");
    let public = ("quay_application", json!({ "client_id": client_id }));
    stage.look_up(&[public.clone(), public.clone()]).await;
    stage.look_up(&[public]).await;
    stage.took(&[&format!("public GET app/{client_id}")]);
}

#[tokio::test]
async fn an_ephemeral_secret_shares_the_list_of_the_plan() {
    let stage = Stage::new().await;
    let client_id = stage.quay.plant_application("acme", "ci");
    stage.look_up(&[("quay_org_applications", json!({ "orgname": "acme" }))]).await;
    stage.took(&["GET organization/acme/applications"]);
    let ty = QuayProvider::EPHEMERAL_RESOURCES[0].schema().ty();
    let request = open_ephemeral_resource::Request {
        type_name: "quay_org_application_secret".to_owned(),
        config: dynamic(&json!({ "orgname": "acme", "client_id": client_id }), &ty),
        ..open_ephemeral_resource::Request::default()
    };
    let answer = stage.client().open_ephemeral_resource(request).await.expect("an answer");
    assert!(answer.into_inner().diagnostics.is_empty());
    stage.took(&[]);
}

#[tokio::test]
async fn lists_take_one_request_and_one_for_each_organization_that_is_shown_whole() {
    let mut stage = Stage::new().await;
    stage.quay.plant_organization("beta", "admin");
    stage.quay.plant_application("acme", "ci");
    stage.list("quay_org_application", &json!({ "orgname": "acme" }), true).await;
    stage.took(&["GET organization/acme/applications"]);
    stage.list(ORGANIZATION, &json!({}), false).await;
    stage.took(&["GET user/"]);
    stage.in_another_process().await;
    stage.list(ORGANIZATION, &json!({}), true).await;
    stage.took(&["GET user/", "GET organization/acme", "GET organization/beta"]);
}

#[tokio::test]
async fn actions_take_no_more_than_they_do() {
    let stage = Stage::new().await;
    {
        let mut world = stage.quay.world();
        world.plant_user("ann");
        world.plant_team("acme", "dev", Role::Member, &["ann"]);
    }
    let upstream =
        json!({ "orgname": "acme", "upstream_registry": "127.0.0.1:5001", "insecure": true });
    stage.invoke("quay_validate_proxy_cache", &upstream).await;
    stage.took(&["POST organization/acme/validateproxycache"]);
    stage.invoke("quay_remove_org_member", &json!({ "orgname": "acme", "name": "ann" })).await;
    stage.took(&["GET organization/acme/members/ann", "DELETE organization/acme/members/ann"]);
}

/// Whoever is in no team may have permissions on repositories all the same.
#[tokio::test]
async fn an_action_takes_one_look_more_where_nobody_is_in_a_team() {
    let stage = Stage::new().await;
    stage.quay.plant_user("bob");
    stage.quay.plant_repository("acme", "app");
    stage.quay.world().plant_permission("acme", "app", "bob", "write");
    let removal = |name: &str| json!({ "orgname": "acme", "name": name });
    stage.invoke("quay_remove_org_member", &removal("bob")).await;
    stage.took(&[
        "GET organization/acme/members/bob",
        "GET organization/acme/collaborators",
        "DELETE organization/acme/members/bob",
    ]);
    stage.invoke("quay_remove_org_member", &removal("bob")).await;
    stage.took(&["GET organization/acme/members/bob", "GET organization/acme/collaborators"]);
}

/// Where Quay answers nobody without a token, what is public is asked for once more with it.
#[tokio::test]
async fn without_anonymous_access_public_information_takes_one_request_with_a_token() {
    let mut stage = Stage::new().await;
    let client_id = stage.quay.plant_application("acme", "ci");
    let switches = Switches { anonymous_access: false, ..Switches::default() };
    let url = stage.quay.switched_url(switches);
    stage.wire = Wire::new(&json!({ "url": url, "token": "admin" })).await;
    let public = ("quay_application", json!({ "client_id": client_id }));
    stage.look_up(&[public.clone(), public.clone()]).await;
    stage.look_up(&[public]).await;
    stage.took(&[&format!("public GET app/{client_id}"), &format!("GET app/{client_id}")]);
    stage.create(ORGANIZATION, &json!({ "name": "beta" })).await;
    stage.took(&[
        "public GET organization/beta",
        "GET organization/beta",
        "POST organization/",
        "GET organization/beta",
    ]);
}

/// What one read could not do, the others do not try.
#[tokio::test]
async fn a_quay_that_does_not_answer_is_tried_for_all_at_once() {
    let mut stage = Stage::new().await;
    let settings = json!({ "url": stage.quay.url(), "token": "admin", "max_retries": 1 });
    stage.wire = Wire::new(&settings).await;
    stage.quay.fault(Fault::on("GET", "*", FaultKind::Reset).always());
    let config = json!({ "orgname": "acme" });
    let looks = (0..50).map(|_| stage.wire.look_up("quay_org_members", &config));
    for found in futures_util::future::join_all(looks).await {
        assert_eq!(found.errors.len(), 1, "{:?}", found.errors);
    }
    stage.took(&["GET organization/acme/members", "GET organization/acme/members"]);
}

/// The first look at the organization says already that it is there.
#[tokio::test]
async fn a_refusal_leads_to_one_look() {
    let stage = Stage::new().await;
    stage.quay.plant_user("bob");
    stage.quay.plant_organization("theirs", "bob");
    let cache = json!({ "orgname": "theirs" });
    assert_eq!(stage.wire.look_up("quay_proxy_cache", &cache).await.errors.len(), 1);
    stage.took(&["GET organization/theirs/proxycache", "public GET organization/theirs"]);
}

/// The list has said already that the organization is gone.
#[tokio::test]
async fn a_member_of_a_missing_organization_is_not_asked_for_by_name() {
    let stage = Stage::new().await;
    let nowhere = json!({ "orgname": "nowhere", "name": "bob" });
    assert_eq!(stage.wire.look_up("quay_org_member", &nowhere).await.errors.len(), 1);
    stage.took(&["GET organization/nowhere/members", "public GET organization/nowhere"]);
}
