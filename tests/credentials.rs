//! Where the token comes from, and what happens when Quay no longer accepts it.

#[path = "credentials/grants.rs"]
mod grants;
#[path = "credentials/rotation.rs"]
mod rotation;
mod support;

use axum::extract::State;
use axum::routing::post;
use axum::{Json as JsonBody, Router};
use serde_json::{Value as Json, json};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use support::core::within;
use support::fake_quay::FakeQuay;
use support::wire::{Outcome, Wire};
use terraform_provider_quay::provider::QuayProvider;
use terraform_provider_quay::terraform::proto::stop_provider;

const ORGANIZATION: &str = "quay_organization";
const APPLICATION: &str = "quay_org_application";
const SCOPES: &str = "org:admin repo:admin repo:create user:read";

/// Makes Quay refuse a token from now on.
fn expire(quay: &FakeQuay, token: &str) {
    quay.world().tokens.get_mut(token).expect("a token").expired = true;
}

async fn stage() -> FakeQuay {
    let quay = FakeQuay::start().await;
    quay.plant_organization("acme", "admin");
    for token in ["first", "second"] {
        quay.plant_token(token, "admin", SCOPES);
    }
    quay
}

/// Everything that a token is needed for, each in the way in which Quay refuses an old one: 401 on
/// reads, 403 on writes, and a reduced view of an organization.
async fn work(wire: &Wire<QuayProvider>, before_each: impl Fn()) {
    before_each();
    let acme = wire.import(ORGANIZATION, "acme").await.unfailing("a view of an organization");
    before_each();
    let application = json!({ "orgname": "acme", "name": "ci" });
    let created = wire.create(APPLICATION, &application).await.unfailing("a read and a POST");
    before_each();
    wire.destroy(APPLICATION, &created).await.unfailing("a DELETE");
    before_each();
    let changed = json!({ "name": "acme", "email": "ops@acme.example" });
    wire.apply(ORGANIZATION, &acme, &changed).await.unfailing("a PUT");
}

#[tokio::test]
async fn a_token_file_is_read_again_when_quay_refuses_the_token() {
    let quay = stage().await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("token");
    std::fs::write(&file, "first\n").expect("it can be written");
    let settings = json!({ "url": quay.url(), "token_file": file });
    let wire = Wire::<QuayProvider>::new(&settings).await;
    let turns = Mutex::new(["second", "third", "fourth"].into_iter());
    let current = Mutex::new("first".to_owned());
    work(&wire, || {
        let Some(next) = turns.lock().expect("unharmed").next() else { return };
        let mut current = current.lock().expect("unharmed");
        quay.plant_token(next, "admin", SCOPES);
        expire(&quay, &current);
        std::fs::write(&file, next).expect("it can be written");
        next.clone_into(&mut current);
    })
    .await;

    expire(&quay, "fourth");
    quay.clear_requests();
    let refused = wire.import(ORGANIZATION, "acme").await;
    assert!(refused.errors[0].contains("token"), "{:?}", refused.errors);
    assert_eq!(
        quay.requests().len(),
        1,
        "the file holds the same token, which needs no second try"
    );
    std::fs::remove_file(&file).expect("it is there");
    let missing = wire.import(ORGANIZATION, "acme").await;
    assert!(missing.errors[0].contains("QUAY_TOKEN_FILE"), "{:?}", missing.errors);
}

/// Rules 5: an organization of others looks like that with any token, so nothing is wrong.
#[tokio::test]
async fn a_stranger_is_shown_what_strangers_see_where_there_is_no_other_token() {
    let quay = stage().await;
    quay.plant_user("owner");
    quay.plant_organization("theirs", "owner");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("token");
    std::fs::write(&file, "first\n").expect("it can be written");
    let settings = json!({ "url": quay.url(), "token_file": file });
    let wire = Wire::<QuayProvider>::new(&settings).await;
    wire.import(ORGANIZATION, "acme").await.unfailing("the file is read");
    std::fs::remove_file(&file).expect("it is there");
    let shown = wire.look_up(ORGANIZATION, &json!({ "name": "theirs" })).await;
    assert_eq!(shown.unfailing("a look-up").state["is_member"], json!(false));
    let refused = wire.import(ORGANIZATION, "theirs").await;
    let said = &refused.errors[0];
    assert!(said.contains("not as to one of its administrators"), "{said}");
    assert!(said.contains("no other could be had: ") && said.contains("token file"), "{said}");
}

/// An identity provider that hands out tokens in order.
struct IdentityProvider {
    url: String,
    granted: Arc<Mutex<Vec<String>>>,
}

impl IdentityProvider {
    async fn start(expires_in: u64) -> Self {
        let granted = Arc::new(Mutex::new(Vec::new()));
        let router = Router::new().route("/token", post(grant));
        let router = router.with_state((Arc::clone(&granted), expires_in));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/token", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, granted }
    }

    fn settings(&self, quay: &FakeQuay) -> Json {
        json!({
            "url": quay.url(), "oauth2_token_url": self.url, "oauth2_username": "robot",
            "oauth2_password": "p&ss w\u{f6}rd", "oauth2_client_id": "terraform",
            "headers": { "x-gateway": "only for Quay" },
        })
    }

    fn grants(&self) -> usize {
        self.granted.lock().expect("unharmed").len()
    }
}

async fn grant(
    State((granted, expires_in)): State<(Arc<Mutex<Vec<String>>>, u64)>,
    headers: axum::http::HeaderMap,
    body: String,
) -> JsonBody<Json> {
    let mut granted = granted.lock().expect("unharmed");
    let token = ["first", "second"][granted.len().min(1)];
    let extra = headers.contains_key("x-gateway") || headers.contains_key("authorization");
    granted.push(format!("{body}{}", if extra { " with headers that are Quay's" } else { "" }));
    JsonBody(json!({ "access_token": token, "token_type": "bearer", "expires_in": expires_in }))
}

#[tokio::test]
async fn a_granted_token_is_used_until_quay_refuses_it() {
    let quay = stage().await;
    let provider = IdentityProvider::start(3600).await;
    let wire = Wire::<QuayProvider>::new(&provider.settings(&quay)).await;
    assert_eq!(provider.grants(), 0, "nothing is asked before it is needed");
    work(&wire, || {}).await;
    assert_eq!(provider.grants(), 1);
    let asked = provider.granted.lock().expect("unharmed")[0].clone();
    assert_eq!(
        asked,
        "grant_type=password&client_id=terraform&username=robot&password=p%26ss%20w%C3%B6rd"
    );
    expire(&quay, "first");
    work(&wire, || {}).await;
    assert_eq!(provider.grants(), 2);
}

#[tokio::test]
async fn a_granted_token_is_renewed_before_it_expires() {
    let quay = stage().await;
    let provider = IdentityProvider::start(0).await;
    let wire = Wire::<QuayProvider>::new(&provider.settings(&quay)).await;
    wire.import(ORGANIZATION, "acme").await.unfailing("the first");
    wire.create(APPLICATION, &json!({ "orgname": "acme", "name": "ci" })).await.unfailing("others");
    assert!(provider.grants() > 1, "a token that has expired already is asked for again");
}

/// A listener that takes connections and says nothing.
async fn silent() -> (tokio::net::TcpListener, String) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/token", listener.local_addr().expect("an address"));
    (listener, url)
}

#[tokio::test]
async fn an_identity_provider_that_is_silent_or_down_is_an_error() {
    let quay = stage().await;
    let (listener, url) = silent().await;
    let provider = IdentityProvider { url, granted: Arc::default() };
    let mut settings = provider.settings(&quay);
    settings["request_timeout"] = json!("100ms");
    let wire = Wire::<QuayProvider>::new(&settings).await;
    let said = wire.import(ORGANIZATION, "acme").await.errors.join(" ");
    assert!(said.contains("nothing came for 0.1 s") && said.contains("oauth2_"), "{said}");
    drop(listener);
    let wire = Wire::<QuayProvider>::new(&settings).await;
    let said = wire.import(ORGANIZATION, "acme").await.errors.join(" ");
    assert!(said.contains("gave no token"), "{said}");
    assert!(!said.contains("p&ss"), "{said}");
}

#[tokio::test]
async fn an_identity_provider_that_talks_too_long_is_an_error() {
    let quay = stage().await;
    let provider = IdentityProvider::start(3600).await;
    let long = json!({ "access_token": "first", "padding": "x".repeat(1 << 20) });
    let router = Router::new().route("/token", post(async || JsonBody(long)));
    let (listener, url) = silent().await;
    tokio::spawn(async move { axum::serve(listener, router).await });
    let wire =
        Wire::<QuayProvider>::new(&IdentityProvider { url, ..provider }.settings(&quay)).await;
    let said = wire.import(ORGANIZATION, "acme").await.errors.join(" ");
    assert!(said.contains("gave no token") && said.contains("too long"), "{said}");
}

#[tokio::test]
async fn a_stop_ends_the_wait_for_a_token() {
    let quay = stage().await;
    let (_listener, url) = silent().await;
    let provider = IdentityProvider { url, granted: Arc::default() };
    let wire = Wire::<QuayProvider>::new(&provider.settings(&quay)).await;
    let prior = Outcome { state: json!({ "name": "acme" }), ..Outcome::nothing() };
    let begin = Instant::now();
    let mut client = wire.client.clone();
    let (read, stopped) = tokio::join!(
        within("the read", wire.read(ORGANIZATION, &prior)),
        client.stop_provider(stop_provider::Request {})
    );
    stopped.expect("an answer");
    assert!(!read.errors.is_empty() && begin.elapsed() < Duration::from_secs(5));
}
