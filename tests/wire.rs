//! The provider over real gRPC, against the fake Quay, through a miniature Terraform core.

mod support;

use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use support::fake_quay::{FakeQuay, Fault, FaultKind, Profile};
use support::wire::{Outcome, Wire, dynamic};
use terraform_provider_quay::provider::QuayProvider;
use terraform_provider_quay::terraform::proto::{
    self, RawState, ServerCapabilities, get_provider_schema, get_resource_identity_schemas,
    stop_provider, upgrade_resource_state,
};

const ORGANIZATION: &str = "quay_organization";
const APPLICATION: &str = "quay_org_application";

async fn stage() -> (FakeQuay, Wire<QuayProvider>) {
    let quay = FakeQuay::start().await;
    let wire = Wire::new(&json!({ "url": quay.url(), "token": "admin" })).await;
    (quay, wire)
}

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

/// Row 50.
#[tokio::test]
async fn what_a_half_done_creation_reached_stays_in_the_state() {
    let (quay, wire) = stage().await;
    quay.fault(Fault::on("PUT", "/api/v1/organization/acme", FaultKind::Status(500)));
    let config = json!({ "name": "acme", "tag_expiration_s": 86400 });
    let half = wire.create(ORGANIZATION, &config).await;
    assert_eq!(half.errors.len(), 1, "{:?}", half.errors);
    assert_eq!(half.state["name"], json!("acme"));
    assert_eq!(half.state["tag_expiration_s"], json!(1_209_600), "Quay's own, not the planned one");
    assert!(quay.organization("acme").is_some());

    let config = json!({ "name": "beta", "email": "a@b.example", "tag_expiration_s": 86_401 });
    let half = wire.create(ORGANIZATION, &config).await;
    assert!(half.errors[0].contains("`TAG_EXPIRATION_OPTIONS`"), "{:?}", half.errors);
    assert_eq!(half.state["tag_expiration_s"], json!(1_209_600));
    assert_eq!(half.state["email"], json!("a@b.example"));

    // Nothing can be read any more: the state holds what was surely reached.
    quay.fault(Fault::on("PUT", "/api/v1/organization/gamma", FaultKind::Status(500)));
    quay.fault(
        Fault::on("GET", "/api/v1/organization/gamma", FaultKind::Status(500))
            .after_requests(1)
            .always(),
    );
    let config = json!({ "name": "gamma", "email": "a@b.example", "tag_expiration_s": 86_400 });
    let half = wire.create(ORGANIZATION, &config).await;
    assert_eq!(half.state["email"], json!("a@b.example"), "{:?}", half.errors);
    assert_eq!(half.state["tag_expiration_s"], Json::Null);
}

/// What others deleted since the plan was made is named, and not taken for a lack of rights.
#[tokio::test]
async fn a_change_of_what_is_gone_says_that_it_is_gone() {
    let (quay, wire) = stage().await;
    let acme = wire.create(ORGANIZATION, &json!({ "name": "acme" })).await.unfailing("create");
    let application = json!({ "orgname": "acme", "name": "ci" });
    let ci = wire.create(APPLICATION, &application).await.unfailing("create");
    let renamed = json!({ "orgname": "acme", "name": "cd" });
    quay.delete_application("acme", ci.state["client_id"].as_str().expect("an id"));
    let failed = wire.apply(APPLICATION, &ci, &renamed).await;
    assert!(failed.errors[0].contains("may have been deleted meanwhile"), "{:?}", failed.errors);
    quay.delete_organization("acme");
    let failed = wire.apply(APPLICATION, &ci, &renamed).await;
    assert!(failed.errors[0].contains("no organization named acme"), "{:?}", failed.errors);
    assert_eq!(failed.state, ci.state);
    let changed = json!({ "name": "acme", "email": "a@b.example" });
    let failed = wire.apply(ORGANIZATION, &acme, &changed).await;
    assert!(failed.errors[0].contains("no organization named acme"), "{:?}", failed.errors);
    assert_eq!(failed.state, acme.state);
    let cache =
        json!({ "orgname": "acme", "upstream_registry": "127.0.0.1:5001", "insecure": true });
    let full = json!({ "url": quay.profile_url(Profile::FullAccess), "token": "admin" });
    for wire in [wire, Wire::<QuayProvider>::new(&full).await] {
        for validate in [true, false] {
            let mut cache = cache.clone();
            cache["validate_upstream"] = validate.into();
            let failed = wire.create("quay_proxy_cache", &cache).await;
            assert!(failed.errors[0].contains("no organization named acme"), "{:?}", failed.errors);
        }
        let failed = wire.create(APPLICATION, &application).await;
        assert!(failed.errors[0].contains("no organization named acme"), "{:?}", failed.errors);
    }
}

/// Row 51. Quay applies one field after the other.
#[tokio::test]
async fn an_update_that_fails_midway_tells_what_was_reached() {
    let (_quay, wire) = stage().await;
    let created = wire.create(ORGANIZATION, &json!({ "name": "acme" })).await.unfailing("create");
    let config = json!({ "name": "acme", "invoice_email": true, "tag_expiration_s": 7 });
    let half = wire.apply(ORGANIZATION, &created, &config).await;
    assert!(half.errors[0].contains("Invalid tag expiration option"), "{:?}", half.errors);
    assert_eq!(half.state["invoice_email"], json!(true));
    assert_eq!(half.state["tag_expiration_s"], json!(1_209_600));
}

/// Creates an object with a request that is never answered, and stops the provider meanwhile.
async fn create_and_stop(noun: &str, config: &Json, unanswered: Fault) -> (FakeQuay, Outcome) {
    let (quay, wire) = stage().await;
    quay.plant_organization("theirs", "admin");
    quay.fault(unanswered);
    let mut client = wire.client.clone();
    let stop = async {
        while quay.struck() == 0 {
            tokio::task::yield_now().await;
        }
        client.stop_provider(stop_provider::Request {}).await.expect("an answer");
    };
    let (created, ()) = tokio::join!(wire.create(noun, config), stop);
    (quay, created)
}

/// Row 20: what was lost is looked for before the end, and is in the state where it is there.
#[tokio::test]
async fn a_stop_ends_a_slow_apply_soon_and_truthfully() {
    let cache = json!({
        "orgname": "theirs", "upstream_registry": "127.0.0.1:5001", "insecure": true,
        "validate_upstream": false,
    });
    let cases = [
        (ORGANIZATION, "/api/v1/organization/", json!({ "name": "acme", "invoice_email": true })),
        (APPLICATION, "*/applications", json!({ "orgname": "theirs", "name": "ci" })),
        ("quay_proxy_cache", "*/proxycache", cache),
    ];
    let cases = cases.iter().map(async |(noun, path, config)| {
        let silence = Fault::on("POST", path, FaultKind::Silence(600.0));
        let (never_made, made) = tokio::join!(
            create_and_stop(noun, config, silence.clone()),
            create_and_stop(noun, config, silence.after_acting()),
        );
        assert_eq!(never_made.1.errors.len(), 1, "{noun}: {:?}", never_made.1.errors);
        assert_eq!(never_made.1.state, Json::Null, "{noun}");
        let made = made.1.unfailing(noun);
        for (name, value) in config.as_object().expect("an object") {
            assert_eq!(made.state[name], *value, "{noun}: {name}");
        }
    });
    futures_util::future::join_all(cases).await;
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

/// Rows 28, 29, 31 and 32.
#[tokio::test]
async fn the_schemas_are_valid_and_always_the_same_bytes() {
    use prost::Message;
    let wire = Wire::<QuayProvider>::unconfigured().await;
    let mut client = wire.client.clone();
    let mut bytes = BTreeSet::new();
    for _ in 0..3 {
        let request = get_provider_schema::Request {};
        let answer = client.get_provider_schema(request).await.expect("an answer").into_inner();
        assert!(answer.provider.is_some() && answer.diagnostics.is_empty());
        let announced = ServerCapabilities {
            plan_destroy: true,
            get_provider_schema_optional: true,
            move_resource_state: true,
            generate_resource_config: true,
        };
        assert_eq!(answer.server_capabilities, Some(announced));
        for schema in answer.resource_schemas.values().chain(answer.data_source_schemas.values()) {
            schema.block.as_ref().expect("a block").attributes.iter().for_each(lint);
        }
        bytes.insert(answer.encode_to_vec());
    }
    assert_eq!(bytes.len(), 1);
    assert!(bytes.first().is_some_and(|it| it.len() < 1 << 20));
    let request = get_resource_identity_schemas::Request {};
    let identities = client.get_resource_identity_schemas(request).await.expect("an answer");
    assert_eq!(identities.into_inner().identity_schemas.len(), 4);
}

/// The rules by which Terraform refuses a schema, and those of ours: sentences, and no open secret.
fn lint(attribute: &proto::schema::Attribute) {
    const RESERVED: [&str; 8] = [
        "count",
        "for_each",
        "depends_on",
        "provider",
        "lifecycle",
        "connection",
        "alias",
        "version",
    ];
    let name = &attribute.name;
    assert!(
        name.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_'),
        "{name}"
    );
    assert!(!RESERVED.contains(&name.as_str()), "{name}");
    assert!(attribute.required || attribute.optional || attribute.computed, "{name}");
    assert!(!(attribute.required && (attribute.optional || attribute.computed)), "{name}");
    assert_eq!(attribute.r#type.is_empty(), attribute.nested_type.is_some(), "{name}");
    assert!(!(attribute.write_only && attribute.computed), "{name}");
    assert!(attribute.description.ends_with('.'), "{name}: {}", attribute.description);
    let secret = name.ends_with("_password") || name.ends_with("_wo") || name == "client_secret";
    assert!(!secret || attribute.sensitive, "{name} is a secret");
    for nested in attribute.nested_type.iter().flat_map(|nested| &nested.attributes) {
        lint(nested);
    }
}

/// Row 54 and rules 25: errors do not quote what Quay quotes.
#[tokio::test]
async fn no_error_quotes_a_secret() {
    let (quay, wire) = stage().await;
    quay.plant_organization("acme", "admin");
    let config = json!({
        "orgname": "acme", "upstream_registry": "127.0.0.1:5003", "insecure": true,
        "upstream_registry_username": "puller", "upstream_registry_password": "hunter2",
    });
    for kind in [FaultKind::Status(500), FaultKind::WrongTypes, FaultKind::Truncated] {
        quay.fault(Fault::on("POST", "*", kind).times(9));
        let failed = wire.create("quay_proxy_cache", &config).await;
        assert!(!failed.errors.is_empty());
        assert!(!format!("{failed:?}").contains("hunter2") || failed.state != Json::Null);
        assert!(failed.errors.iter().all(|it| !it.contains("hunter2")), "{:?}", failed.errors);
        quay.clear_faults();
    }
}

/// What is forbidden, switched off or no Quay at all is an error, whatever the noun, and the state
/// is as it was. What is gone is gone.
#[tokio::test]
async fn only_what_is_surely_gone_leaves_the_state() {
    let (quay, wire) = stage().await;
    quay.plant_organization("acme", "admin");
    quay.plant_user("stranger");
    let application = json!({ "orgname": "acme", "name": "ci" });
    let cache =
        json!({ "orgname": "acme", "upstream_registry": "127.0.0.1:5001", "insecure": true });
    let allowlist = json!({ "orgname": "acme", "allowed_members": ["admin"] });
    let mut states = vec![(ORGANIZATION, wire.import(ORGANIZATION, "acme").await)];
    for (noun, config) in [
        (APPLICATION, application),
        ("quay_proxy_cache", cache),
        ("quay_org_member_allowlist", allowlist),
    ] {
        states.push((noun, wire.create(noun, &config).await.unfailing(noun)));
    }
    let base = quay.url().to_owned();
    let off = quay.profile_url(Profile::Off);
    let dead = quay.profile_url(Profile::Dead);
    let cases = [
        (base.clone(), "stranger", "org:admin", true),
        (base.clone(), "no-such-token", "token", true),
        (format!("{base}/wrong/prefix"), "admin", "not Quay's API", true),
        (dead, "admin", "Quay or a proxy before it is down", true),
        (off, "admin", "FEATURE_PROXY_CACHE", false),
    ];
    for (url, token, expected, everywhere) in cases {
        let settings = json!({ "url": url, "token": token, "max_retries": 0 });
        let other = Wire::<QuayProvider>::new(&settings).await;
        for (noun, state) in &states {
            if !everywhere && *noun != "quay_proxy_cache" {
                continue;
            }
            let read = other.read(noun, state).await;
            let said = read.errors.join(" ");
            assert!(said.contains(expected), "{noun} with {token} at {url}: {said:?}");
        }
    }
    quay.delete_organization("acme");
    let fresh = Wire::<QuayProvider>::new(&json!({ "url": base, "token": "admin" })).await;
    for (noun, state) in &states {
        let gone = fresh.read(noun, state).await.unfailing(noun);
        assert_eq!(gone.state, Json::Null, "{noun}");
    }
    let full = json!({ "url": quay.profile_url(Profile::FullAccess), "token": "admin" });
    let full = Wire::<QuayProvider>::new(&full).await;
    for (noun, state) in &states {
        assert_eq!(full.read(noun, state).await.unfailing(noun).state, Json::Null, "{noun}");
    }
}

/// Creating an organization takes another scope than everything else.
#[tokio::test]
async fn the_scope_for_creating_organizations_is_named() {
    let quay = FakeQuay::start().await;
    quay.plant_token("narrow", "admin", "org:admin user:read");
    let wire = Wire::<QuayProvider>::new(&json!({ "url": quay.url(), "token": "narrow" })).await;
    let refused = wire.create(ORGANIZATION, &json!({ "name": "beta" })).await;
    assert!(refused.errors[0].contains("`user:admin`"), "{:?}", refused.errors);
    assert_eq!(refused.state, Json::Null);
}

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

/// Row 38, as far as the process has no environment of Quay's.
#[tokio::test]
async fn a_missing_setting_names_its_variable() {
    let wire = Wire::<QuayProvider>::unconfigured().await;
    let errors = wire.configure(&json!({ "token": "x" })).await;
    assert!(errors[0].contains("QUAY_URL"), "{errors:?}");
    let errors = wire.configure(&json!({ "url": "http://127.0.0.1:1" })).await;
    assert!(errors[0].contains("QUAY_TOKEN"), "{errors:?}");
    let unconfigured = wire.import(ORGANIZATION, "acme").await;
    assert!(unconfigured.errors[0].contains("not configured"), "{:?}", unconfigured.errors);
}
