//! The control API, as scripts use it.

use super::{ask, json, status};
use crate::fake_quay::FakeQuay;
use crate::recordings::send;
use serde_json::{Value, json};

fn control(fake: &FakeQuay, method: &str, path: &str, body: &Value) -> Value {
    let body = body.to_string().into_bytes();
    json(send(fake.url(), method, &format!("/_fake/{path}"), &[], Some(&body)))
}

#[tokio::test]
async fn the_log_shows_requests_and_leaves_the_control_api_out() {
    let fake = FakeQuay::start().await;
    assert_eq!(status(ask(&fake, "GET", "/api/v1/user/?x=1", None)), 200);
    assert_eq!(status(send(fake.url(), "GET", "/api/v1/organization/acme", &[], None)), 404);
    let expected = json!([
        { "method": "GET", "path": "/api/v1/user/?x=1", "user": "admin", "token": true,
          "status": 200 },
        { "method": "GET", "path": "/api/v1/organization/acme", "user": null, "token": false,
          "status": 404 },
    ]);
    assert_eq!(control(&fake, "GET", "requests", &Value::Null), expected);
    control(&fake, "DELETE", "requests", &Value::Null);
    assert_eq!(control(&fake, "GET", "requests", &Value::Null), json!([]));
}

#[tokio::test]
async fn scripts_plant_and_look() {
    let fake = FakeQuay::start().await;
    let plants = [
        json!({ "kind": "user", "name": "bob" }),
        json!({ "kind": "token", "text": "bobs", "user": "bob" }),
        json!({ "kind": "organization", "name": "acme", "owner": "admin" }),
        json!({ "kind": "team", "organization": "acme", "name": "readers" }),
        json!({ "kind": "member", "organization": "acme", "team": "readers", "name": "carol" }),
        json!({ "kind": "repository", "organization": "acme", "name": "app" }),
        json!({ "kind": "robot", "organization": "acme", "name": "ci" }),
        json!({ "kind": "application", "organization": "acme", "name": "web" }),
        json!({ "kind": "proxy_cache", "organization": "acme", "upstream_registry": "quay.io" }),
        json!({ "kind": "fields", "organization": "acme", "email": "ops@acme.example" }),
    ];
    for plant in &plants {
        assert_eq!(control(&fake, "POST", "plant", plant), json!({}), "{plant}");
    }
    let state = control(&fake, "GET", "state", &Value::Null);
    let acme = &state["organizations"][0];
    assert_eq!(acme["email"], "ops@acme.example");
    assert_eq!(acme["teams"][1]["members"], json!(["carol"]));
    assert_eq!(acme["repositories"][0]["name"], "app");
    assert_eq!(acme["robots"], json!(["ci"]));
    assert_eq!(acme["applications"][0]["name"], "web");
    assert_eq!(acme["proxy_cache"]["upstream_registry"], "quay.io");
    let lost = json!({ "kind": "repository", "organization": "lost", "name": "app" });
    let complaint = control(&fake, "POST", "plant", &lost);
    assert_eq!(complaint["message"], "there is no organization 'lost'");
}

#[tokio::test]
async fn scripts_plant_faults_and_collect() {
    let fake = FakeQuay::start().await;
    fake.plant_organization("acme", "admin");
    let fault = json!({
        "method": "DELETE", "path": "/api/v1/organization/*", "fault": "status", "status": 504,
        "after_acting": true,
    });
    assert_eq!(control(&fake, "POST", "faults", &fault), json!({}));
    assert_eq!(status(ask(&fake, "DELETE", "/api/v1/organization/acme", None)), 504);
    assert!(fake.organizations().is_empty());
    assert_eq!(fake.state()["deleted_names"], json!(["acme"]));
    control(&fake, "POST", "collect", &Value::Null);
    assert_eq!(fake.state()["deleted_names"], json!([]));
    for (nonsense, complaint) in [
        (json!({ "fault": "flood" }), "unknown fault 'flood'"),
        (json!({ "fault": "status", "status": 99 }), "'status' is none from 200 to 599"),
        (json!({ "fault": "reset", "times": -1 }), "'times' is no whole number"),
        (json!({ "fault": "reset", "path": 3 }), "'path' is no text"),
        (json!({ "fault": "silence", "seconds": -1 }), "'seconds' is no time"),
    ] {
        let refused = control(&fake, "POST", "faults", &nonsense);
        assert_eq!(refused["message"], complaint, "{nonsense}");
    }
}
