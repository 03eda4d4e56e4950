//! The fake Quay against recordings of a real one, case by case; and, where `QUAY_URL` and
//! `QUAY_TOKEN` are set, a real Quay against the same recordings.

#[path = "support/fake_quay/mod.rs"]
mod fake_quay;
#[path = "support/fake_quay/recordings/mod.rs"]
mod recordings;
#[path = "support/fake_quay/tests/mod.rs"]
mod tests;

use fake_quay::{FakeQuay, Profile};
use recordings::{Replay, Server, Table};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

const ORGANIZATION_API: &str = include_str!("data/organization-api.json");
const REPOSITORIES: &str = include_str!("data/repositories.json");

/// The tokens in the recordings' header; `garbage` is no token at all.
const TOKENS: [&str; 11] = [
    "admin",
    "readonly-scope",
    "no-org:admin-scope",
    "no-user:admin-scope",
    "no-super:user-scope",
    "expired",
    "member",
    "owner2",
    "stranger",
    "disabled",
    "garbage",
];

const PROFILES: [&str; 7] =
    ["fullaccess", "mailing", "strict", "off", "dead", "direct", "nginx with rate limits"];

fn cases(recording: &str) -> Vec<Value> {
    let recording: Value = serde_json::from_str(recording).expect("the recording is JSON");
    recording["cases"].as_array().expect("a recording has cases").clone()
}

/// A replay against a fake under all profiles. The rate limit keeps real time, whatever the
/// scale of the fake: it has one of its own.
fn replay_against(fake: &FakeQuay, limited: &FakeQuay) -> Replay {
    let profiles = PROFILES.iter().map(|name| {
        let profile = Profile::named(name).expect("a profile of the recordings");
        let host = if profile == Profile::RateLimited { limited } else { fake };
        ((*name).to_owned(), host.profile_url(profile))
    });
    let server = Server { url: fake.url().into(), profiles: profiles.collect() };
    Replay::new(server, &TOKENS.map(|name| (name, name)))
}

fn show(title: &str, table: &Table) {
    let head = format!("{title:<42}  cases  equal  explained  unexplained");
    let _ = writeln!(std::io::stdout(), "\n{head}\n{table}");
}

fn assert_explained(table: &Table) {
    assert!(table.explained() < 10, "too many explanations");
    assert!(table.unexplained().is_empty(), "see the table above");
}

#[tokio::test]
async fn the_fake_answers_every_recorded_case_as_quay_did() {
    let fake = FakeQuay::builder().recording_fixtures().time_scale(0.001).start().await;
    let limited = FakeQuay::start().await;
    limited.plant_organization("acme", "admin");
    let mut replay = replay_against(&fake, &limited);
    let cases = cases(ORGANIZATION_API);
    for case in &cases {
        match case["id"].as_str() {
            Some("setup/099") => {
                fake.collect();
                replay.case(case);
            }
            Some("generic/rate-limited") => {
                let passed = replay.case_until_same(case, 60, Duration::ZERO);
                assert!(passed >= 26, "the burst lets 26 pass, not {passed}");
            }
            _ => replay.case(case),
        }
    }
    show("operation", &replay.table);
    assert_eq!(replay.table.cases(), cases.len());
    assert_explained(&replay.table);
}

#[tokio::test]
async fn the_fake_lists_repositories_as_quay_did() {
    let fake = FakeQuay::builder().recording_fixtures().start().await;
    fake.plant_organization("lister", "admin");
    let server = Server { url: fake.url().into(), profiles: BTreeMap::new() };
    let mut replay = Replay::new(server, &TOKENS.map(|name| (name, name)));
    for case in &cases(REPOSITORIES) {
        if case["id"] == "repositories/first-page" {
            (0..103).for_each(|n| fake.plant_repository("lister", &format!("r{n:03}")));
            fake.change("lister", |lister| lister.repositories[7].public = true);
        }
        replay.case(case);
    }
    show("repositories", &replay.table);
    assert_explained(&replay.table);
}

#[tokio::test]
async fn the_replay_notices_every_kind_of_difference() {
    let fake = FakeQuay::start().await;
    fake.plant_organization("acme", "admin");
    fake.plant_application("acme", "ci");
    let server = Server { url: fake.url().into(), profiles: BTreeMap::new() };
    let mut replay = Replay::new(server, &[("admin", "admin")]);
    let application = json!({
        "name": "ci", "description": "", "application_uri": "", "redirect_uri": "",
        "client_id": "<client_id:ci>", "client_secret": "<client_secret:ci>", "avatar_email": null,
    });
    let recorded = json!({
        "id": "one/1",
        "request": {
            "method": "GET",
            "path": "/api/v1/organization/acme/applications",
            "headers": { "Authorization": "Bearer <admin>" },
        },
        "response": {
            "status": 200,
            "headers": { "content-type": "application/json" },
            "body": { "applications": [application] },
        },
    });
    let changes = [
        ("/response/status", json!(201)),
        ("/response/headers/content-type", json!("text/html")),
        ("/response/body/applications/0/name", json!("cd")),
        ("/response/body/applications/0/avatar_email", json!("")),
        ("/response/body/applications/0/client_id", json!("<client_secret:other>")),
        ("/response/body/applications", json!([])),
        ("/response/body", json!({ "applications": [], "next_page": "x" })),
    ];
    replay.case(&recorded);
    for (at, value) in &changes {
        let mut altered = recorded.clone();
        *altered.pointer_mut(at).expect("a place in the case") = value.clone();
        replay.case(&altered);
    }
    assert_eq!(replay.table.cases(), 1 + changes.len());
    assert_eq!(replay.table.unexplained().len(), changes.len(), "{}", replay.table);
}

/// What in a case shows that it needs more than an administrator's token and the base
/// configuration: other users, upstream registries, and the names that only other cases leave.
const BEYOND_A_PLAIN_QUAY: [&str; 20] = [
    "<member>",
    "<owner2>",
    "<stranger>",
    "<disabled>",
    "<expired>",
    "-scope>",
    "Basic ",
    "member@example.com",
    "readers",
    "outsider",
    "owner2",
    "/member\"",
    "127.0.0.1:5",
    "localhost:5",
    "docker.io",
    "quay.io",
    "example.com/a/b/c",
    "acme-auth-noorg",
    "/health/",
    "deleteProxyCacheConfig/ok",
];

#[test]
#[expect(clippy::disallowed_methods, reason = "whoever has a real Quay names it here")]
fn a_real_quay_answers_as_recorded() {
    let settings = (std::env::var("QUAY_URL"), std::env::var("QUAY_TOKEN"));
    let (Ok(url), Ok(token)) = settings else {
        let _ = writeln!(std::io::stdout(), "QUAY_URL and QUAY_TOKEN are not set: no real Quay");
        return;
    };
    let server = Server { url: url.trim_end_matches('/').into(), profiles: BTreeMap::new() };
    let mut replay = Replay::new(server, &[("admin", &token), ("garbage", "garbage")]);
    for case in &cases(ORGANIZATION_API) {
        let text = case.to_string();
        let plain = case.get("server_profile").is_none()
            && BEYOND_A_PLAIN_QUAY.iter().all(|mark| !text.contains(mark));
        if !plain {
            replay.table.skip();
        } else if case["id"] == "setup/099" {
            // The collector looks for deleted organizations once a minute.
            replay.case_until_same(case, 60, Duration::from_secs(5));
        } else {
            replay.case(case);
        }
    }
    show("operation (real Quay)", &replay.table);
    assert_explained(&replay.table);
}
