//! Refreshing, looking up, and what needs no Quay at all.

use super::{ALLOWLIST, APPLICATION, ORGANIZATION, PROXY_CACHE, Stage, client_id, json, pass};
use crate::Json;
use crate::support::wire::dynamic;
use std::time::Duration;
use terraform_provider_quay::provider::QuayProvider;
use terraform_provider_quay::terraform::proto::{
    RawState, call_function, generate_resource_config, get_provider_schema,
    get_resource_identity_schemas, move_resource_state, plan_action, upgrade_resource_identity,
    upgrade_resource_state, validate_action_config, validate_data_resource_config,
    validate_ephemeral_resource_config, validate_list_resource_config, validate_provider_config,
    validate_resource_config,
};
use terraform_provider_quay::terraform::provider::Provider;
use terraform_provider_quay::terraform::types::Type;

#[tokio::test]
async fn an_unchanged_object_takes_one_request_to_plan() {
    let mut stage = Stage::new().await;
    let cases = [
        (ORGANIZATION, json!({ "name": "beta" }), "GET organization/beta"),
        (
            APPLICATION,
            json!({ "orgname": "acme", "name": "ci" }),
            "GET organization/acme/applications",
        ),
        (
            PROXY_CACHE,
            json!({ "orgname": "acme", "upstream_registry": "127.0.0.1:5001", "insecure": true }),
            "GET organization/acme/proxycache",
        ),
        (
            ALLOWLIST,
            json!({ "orgname": "acme", "allowed_members": ["admin"] }),
            "GET organization/acme/members",
        ),
    ];
    for (noun, config, request) in cases {
        let created = stage.create(noun, &config).await;
        stage.in_another_process().await;
        stage.plan_unchanged(noun, &created, &config).await;
        stage.took(&[request]);
    }
}

/// The whole plan of so many applications in so many organizations takes two requests for each
/// organization.
#[tokio::test]
async fn the_applications_of_an_organization_are_planned_with_one_list() {
    let mut stage = Stage::new().await;
    let config = |orgname: &str, number: i32| {
        let name = format!("app{number}");
        json!({ "orgname": orgname, "name": name })
    };
    let mut planned = Vec::new();
    for orgname in ["beta", "gamma"] {
        let organization = json!({ "name": orgname });
        planned.push((ORGANIZATION, stage.create(ORGANIZATION, &organization).await, organization));
        for number in 0..20 {
            let config = config(orgname, number);
            planned.push((APPLICATION, stage.create(APPLICATION, &config).await, config));
        }
    }
    stage.in_another_process().await;
    for (noun, created, config) in &planned {
        stage.plan_unchanged(noun, created, config).await;
    }
    stage.took(&[
        "GET organization/beta",
        "GET organization/beta/applications",
        "GET organization/gamma",
        "GET organization/gamma/applications",
    ]);
}

#[tokio::test]
async fn an_answer_serves_for_a_minute_and_no_longer() {
    let mut stage = Stage::new().await;
    let config = json!({ "orgname": "acme", "name": "ci" });
    let created = stage.create(APPLICATION, &config).await;
    stage.in_another_process().await;
    stage.plan_unchanged(APPLICATION, &created, &config).await;
    stage.took(&["GET organization/acme/applications"]);
    pass(Duration::from_secs(59)).await;
    stage.plan_unchanged(APPLICATION, &created, &config).await;
    stage.took(&[]);
    pass(Duration::from_secs(1)).await;
    stage.plan_unchanged(APPLICATION, &created, &config).await;
    stage.took(&["GET organization/acme/applications"]);
}

/// What others have deleted is not taken from a list that may be old: it is looked at by itself.
#[tokio::test]
async fn what_is_gone_takes_a_second_request() {
    let mut stage = Stage::new().await;
    let application = json!({ "orgname": "acme", "name": "ci" });
    let application = stage.create(APPLICATION, &application).await;
    let organization = stage.create(ORGANIZATION, &json!({ "name": "beta" })).await;
    stage.quay.delete_application("acme", &client_id(&application));
    stage.quay.delete_organization("beta");
    stage.in_another_process().await;
    let gone = stage.wire.read(APPLICATION, &application).await.unfailing(APPLICATION);
    let path = format!("GET organization/acme/applications/{}", client_id(&application));
    stage.took(&["GET organization/acme/applications", &path]);
    assert_eq!(gone.state, Json::Null);
    let gone = stage.wire.read(ORGANIZATION, &organization).await.unfailing(ORGANIZATION);
    stage.took(&["GET organization/beta"]);
    assert_eq!(gone.state, Json::Null);
}

/// The list is tried once. For each application the organization is looked at once, which is free.
#[tokio::test]
async fn the_applications_of_an_organization_that_is_gone_take_one_request_with_a_token() {
    let mut stage = Stage::new().await;
    let mut applications = Vec::new();
    for number in 0..20 {
        let config = json!({ "orgname": "acme", "name": format!("app{number}") });
        applications.push(stage.create(APPLICATION, &config).await);
    }
    stage.quay.delete_organization("acme");
    stage.in_another_process().await;
    for application in &applications {
        let gone = stage.wire.read(APPLICATION, application).await.unfailing(APPLICATION);
        assert_eq!(gone.state, Json::Null);
    }
    let (with, without): (Vec<_>, Vec<_>) =
        stage.quay.requests().into_iter().partition(|request| request.token);
    assert_eq!((with.len(), without.len()), (1, applications.len()));
    assert!(without.iter().all(|request| request.line() == "GET /api/v1/organization/acme"));
}

#[tokio::test]
async fn an_import_takes_one_request_by_id_and_by_name() {
    let mut stage = Stage::new().await;
    stage.quay.world().plant_proxy_cache("acme", "docker.io");
    let created = stage.create(APPLICATION, &json!({ "orgname": "acme", "name": "ci" })).await;
    for id in [format!("acme/{}", client_id(&created)), "acme/ci".to_owned()] {
        stage.in_another_process().await;
        stage.wire.import(APPLICATION, &id).await.unfailing(&id);
        stage.took(&["GET organization/acme/applications"]);
    }
    for (noun, request) in [
        (ORGANIZATION, "GET organization/acme"),
        (PROXY_CACHE, "GET organization/acme/proxycache"),
        (ALLOWLIST, "GET organization/acme/members"),
    ] {
        stage.wire.import(noun, "acme").await.unfailing(noun);
        stage.took(&[request]);
    }
}

#[tokio::test]
async fn schemas_validation_functions_and_settings_take_no_request() {
    let stage = Stage::new().await;
    let mut client = stage.client();
    client.get_provider_schema(get_provider_schema::Request {}).await.expect("an answer");
    let identities = get_resource_identity_schemas::Request {};
    client.get_resource_identity_schemas(identities).await.expect("an answer");
    let settings = json!({ "url": stage.quay.url(), "token": "admin" });
    let request = validate_provider_config::Request {
        config: dynamic(&settings, &QuayProvider::SCHEMA.ty()),
    };
    client.validate_provider_config(request).await.expect("an answer");
    assert!(stage.wire.configure(&settings).await.is_empty());
    for resource in QuayProvider::RESOURCES {
        let ty = resource.schema().ty();
        let request = validate_resource_config::Request {
            type_name: resource.name().to_owned(),
            config: dynamic(&json!({ "orgname": "acme", "name": "acme" }), &ty),
            ..validate_resource_config::Request::default()
        };
        client.validate_resource_config(request).await.expect("an answer");
        let name = resource.name();
        stage
            .wire
            .plan(name, &Json::Null, &json!({ "orgname": "acme", "name": "acme" }), &[])
            .await;
    }
    let request = call_function::Request {
        name: "duration_seconds".to_owned(),
        arguments: dynamic(&json!("2w"), &Type::String).into_iter().collect(),
    };
    let answer = client.call_function(request).await.expect("an answer").into_inner();
    assert!(answer.error.is_none());
    stage.took(&[]);
}

/// Terraform asks all of it of a provider that has its settings.
#[tokio::test]
async fn what_a_state_or_a_configuration_says_takes_no_request() {
    let stage = Stage::new().await;
    let mut client = stage.client();
    let json = json!({ "orgname": "acme", "name": "acme" });
    for source in QuayProvider::DATA_SOURCES {
        let request = validate_data_resource_config::Request {
            type_name: source.name().to_owned(),
            config: dynamic(&json, &source.schema().ty()),
        };
        client.validate_data_resource_config(request).await.expect("an answer");
    }
    for ephemeral in QuayProvider::EPHEMERAL_RESOURCES {
        let request = validate_ephemeral_resource_config::Request {
            type_name: ephemeral.name().to_owned(),
            config: dynamic(&json, &ephemeral.schema().ty()),
        };
        client.validate_ephemeral_resource_config(request).await.expect("an answer");
    }
    for list in QuayProvider::LISTS {
        let request = validate_list_resource_config::Request {
            type_name: list.name().to_owned(),
            config: dynamic(&json, &list.schema().ty()),
            ..validate_list_resource_config::Request::default()
        };
        client.validate_list_resource_config(request).await.expect("an answer");
    }
    for action in QuayProvider::ACTIONS {
        let (action_type, config) =
            (action.name().to_owned(), dynamic(&json, &action.schema().ty()));
        let request = plan_action::Request {
            action_type: action_type.clone(),
            config: config.clone(),
            client_capabilities: None,
        };
        client.plan_action(request).await.expect("an answer");
        let request = validate_action_config::Request { action_type, config };
        client.validate_action_config(request).await.expect("an answer");
    }
    let raw = || Some(RawState { json: json.to_string().into(), ..RawState::default() });
    for resource in QuayProvider::RESOURCES {
        let type_name = resource.name().to_owned();
        let request = upgrade_resource_state::Request {
            type_name: type_name.clone(),
            version: 0,
            raw_state: raw(),
        };
        let upgraded = client.upgrade_resource_state(request).await.expect("an answer");
        let upgraded = upgraded.into_inner().upgraded_state;
        assert!(upgraded.is_some(), "{type_name}");
        let request =
            generate_resource_config::Request { type_name: type_name.clone(), state: upgraded };
        let generated = client.generate_resource_config(request).await.expect("an answer");
        assert!(generated.into_inner().config.is_some(), "{type_name}");
        let request =
            upgrade_resource_identity::Request { type_name, version: 0, raw_identity: raw() };
        client.upgrade_resource_identity(request).await.expect("an answer");
    }
    let request = move_resource_state::Request {
        source_provider_address: "registry.terraform.io/enthought/quay".to_owned(),
        source_type_name: ORGANIZATION.to_owned(),
        source_state: raw(),
        target_type_name: ORGANIZATION.to_owned(),
        ..move_resource_state::Request::default()
    };
    let moved = client.move_resource_state(request).await.expect("an answer").into_inner();
    assert!(moved.target_state.is_some(), "{:?}", moved.diagnostics);
    stage.took(&[]);
}
