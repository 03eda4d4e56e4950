//! What many want is asked for once.

use super::support::wire::{Outcome, dynamic};
use super::{APPLICATION, ORGANIZATION, stage};
use serde_json::json;
use terraform_provider_quay::provider::QuayProvider;
use terraform_provider_quay::terraform::proto;

/// Row 68, and one request for everything that is wanted at the same time.
#[tokio::test]
async fn a_thousand_refreshes_ten_at_a_time_share_their_requests() {
    let (quay, wire) = stage().await;
    let mut states = Vec::new();
    for organization in 0..10 {
        let orgname = format!("org{organization}");
        quay.plant_organization(&orgname, "admin");
        for application in 0..100 {
            let name = format!("app{application}");
            let client_id = quay.plant_application(&orgname, &name);
            states.push((
                APPLICATION,
                json!({
                    "orgname": orgname, "name": name, "description": "", "application_uri": "",
                    "redirect_uri": "", "client_id": client_id, "store_client_secret": false,
                }),
            ));
        }
        let organization = json!({
            "name": orgname, "tag_expiration_s": 1_209_600, "invoice_email": false,
            "force_destroy": false,
        });
        states.push((ORGANIZATION, organization));
    }
    quay.clear_requests();
    for chunk in states.chunks(10) {
        let reads = chunk.iter().map(|(noun, state)| {
            let prior = Outcome { state: state.clone(), ..Outcome::nothing() };
            let wire = &wire;
            async move {
                let read = wire.read(noun, &prior).await.unfailing(noun);
                for (name, value) in prior.state.as_object().expect("an object") {
                    assert_eq!(read.state[name], *value, "{name}");
                }
            }
        });
        futures_util::future::join_all(reads).await;
    }
    assert_eq!(quay.requests().len(), 20, "one for each organization and noun");
}

/// Two hundred members of one organization cost one request.
#[tokio::test]
async fn members_of_one_organization_are_found_in_one_list() {
    use terraform_provider_quay::terraform::provider::Provider;
    let (quay, wire) = stage().await;
    quay.plant_organization("acme", "admin");
    quay.clear_requests();
    let source = QuayProvider::DATA_SOURCES.iter().find(|it| it.name() == "quay_org_member");
    let ty = source.expect("there is one").schema().ty();
    let reads = (0..200).map(|_| {
        let mut client = wire.client.clone();
        let request = proto::read_data_source::Request {
            type_name: "quay_org_member".to_owned(),
            config: dynamic(&json!({ "orgname": "acme", "name": "admin" }), &ty),
            ..proto::read_data_source::Request::default()
        };
        async move {
            let answer = client.read_data_source(request).await.expect("an answer").into_inner();
            assert!(answer.diagnostics.is_empty(), "{:?}", answer.diagnostics);
        }
    });
    futures_util::future::join_all(reads).await;
    assert_eq!(quay.requests().len(), 1);
}
