//! The life of every noun, and states of other ages and origins.

use super::support::catalog::Kind;
use super::support::wire::{Outcome, Wire, dynamic};
use super::{APPLICATION, ORGANIZATION, stage};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use terraform_provider_quay::provider::QuayProvider;
use terraform_provider_quay::terraform::proto::{RawState, upgrade_resource_state};

/// Rows 39, 40, 48, 49 and 55, for every managed noun.
#[tokio::test]
async fn every_noun_lives_and_is_gone_when_others_delete_it() {
    let (quay, wire) = stage().await;
    quay.plant_organization("acme", "admin");
    let cases = [
        (ORGANIZATION, json!({ "name": "beta" }), "organization/beta"),
        (APPLICATION, json!({ "orgname": "acme", "name": "ci" }), "applications"),
        (
            "quay_proxy_cache",
            json!({ "orgname": "acme", "upstream_registry": "127.0.0.1:5001", "insecure": true }),
            "proxycache",
        ),
        (
            "quay_org_member_allowlist",
            json!({ "orgname": "acme", "allowed_members": ["admin"] }),
            "",
        ),
    ];
    let nouns: BTreeSet<&str> = cases.iter().map(|(noun, ..)| *noun).collect();
    assert_eq!(nouns, Kind::Resource.names().into_iter().collect(), "every noun has a life here");
    for (noun, config, deleted) in cases {
        let created = wire.create(noun, &config).await.unfailing(noun);
        let read = wire.read(noun, &created).await.unfailing(noun);
        assert_eq!(read.state, created.state, "{noun}: a refresh changes nothing");
        let plan = wire.plan(noun, &read.state, &config, &[]).await;
        let again = wire.apply(noun, &read, &config).await.unfailing(noun);
        assert_eq!((again.state, plan.replaced), (created.state.clone(), 0), "{noun}");
        let id = match noun {
            ORGANIZATION => "beta".to_owned(),
            APPLICATION => format!("acme/{}", created.state["client_id"].as_str().expect("an id")),
            _ => "acme".to_owned(),
        };
        let imported = wire.import(noun, &id).await.unfailing(noun);
        assert_eq!(imported.state, created.state, "{noun}: an import gives the same state");
        match deleted {
            "" => {}
            "applications" => {
                quay.delete_application(
                    "acme",
                    created.state["client_id"].as_str().expect("an id"),
                );
            }
            "proxycache" => quay.change("acme", |organization| organization.proxy_cache = None),
            _ => quay.delete_organization("beta"),
        }
        if !deleted.is_empty() {
            let fresh =
                Wire::<QuayProvider>::new(&json!({ "url": quay.url(), "token": "admin" })).await;
            let gone = fresh.read(noun, &created).await.unfailing(noun);
            assert_eq!(gone.state, Json::Null, "{noun}: gone");
        }
        for _ in 0..2 {
            let destroyed = wire.destroy(noun, &created).await.unfailing(noun);
            assert_eq!(destroyed.state, Json::Null, "{noun}: destroyed");
        }
    }
}

/// Row 52.
#[tokio::test]
async fn private_bytes_survive() {
    let (_quay, wire) = stage().await;
    let created = wire.create(ORGANIZATION, &json!({ "name": "acme" })).await.unfailing("create");
    let ours = Outcome { private: b"ours".to_vec(), ..created };
    let read = wire.read(ORGANIZATION, &ours).await;
    assert_eq!(read.private, b"ours");
    let config = json!({ "name": "acme", "email": "a@b.example" });
    assert_eq!(wire.apply(ORGANIZATION, &read, &config).await.private, b"ours");
}

/// Row 58.
#[tokio::test]
async fn older_and_foreign_states_are_upgraded() {
    let wire = Wire::<QuayProvider>::unconfigured().await;
    let upgrade = async |raw_state| {
        let request = upgrade_resource_state::Request {
            type_name: ORGANIZATION.to_owned(),
            version: 0,
            raw_state: Some(raw_state),
        };
        wire.client.clone().upgrade_resource_state(request).await.expect("an answer").into_inner()
    };
    let json =
        json!({ "id": "acme", "name": "acme", "email": "0a9b8c7d-1234-4abc-8def-0123456789ab" });
    let raw = RawState { json: json.to_string().into_bytes(), ..RawState::default() };
    let upgraded = upgrade(raw).await;
    assert!(upgraded.diagnostics.is_empty());
    let ty = Wire::<QuayProvider>::schema(ORGANIZATION).ty();
    let expected = json!({ "name": "acme", "force_destroy": false });
    assert_eq!(upgraded.upgraded_state, dynamic(&expected, &ty));
    let flat = RawState { flatmap: [("name".into(), "acme".into())].into(), ..RawState::default() };
    assert!(upgrade(flat).await.diagnostics[0].detail.contains("import it again"));
}
