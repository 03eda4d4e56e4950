//! What settings may look like, and what they do to each request.

use super::listener::{Listener, json as answer};
use super::{read, read_fails, settings, tells, told};
use serde_json::json;

const NOT_FOUND: &str = r#"{"error_type":"not_found","detail":"Not Found"}"#;

/// A server that knows no organization.
async fn listener() -> Listener {
    Listener::start(&answer("404 NOT FOUND", "", NOT_FOUND)).await
}

/// It is read at the start, so that the attribute can be named.
#[tokio::test]
async fn what_is_wrong_with_a_token_file_is_told_before_the_first_request() {
    let folder = tempfile::tempdir().expect("a folder");
    let empty = folder.path().join("token");
    std::fs::write(&empty, "\n").expect("it can be written");
    let nowhere = folder.path().join("nowhere");
    let two = folder.path().join("two");
    std::fs::write(&two, "first\nsecond\n").expect("it can be written");
    let wrong = [(empty, "is empty"), (nowhere, "cannot be read"), (two, "more than a token")];
    for (file, text) in wrong {
        let wrong = json!({ "url": "https://quay.example", "token_file": file });
        tells(&wrong, "error", "token_file", text).await;
        tells(&wrong, "error", "token_file", "`QUAY_TOKEN_FILE`").await;
    }
}

#[tokio::test]
async fn a_header_without_a_value_is_refused_where_it_is() {
    let wrong = settings("https://quay.example", &json!({ "headers": { "X-Gateway": null } }));
    tells(&wrong, "error", "headers.X-Gateway", "holds null").await;
}

#[tokio::test]
async fn a_path_prefix_and_a_trailing_slash_are_fine() {
    let listener = listener().await;
    for (form, path) in
        [("", ""), ("/", ""), ("/hub", "/hub"), ("/hub/", "/hub"), ("/a/b/", "/a/b")]
    {
        read(&settings(&format!("{}{form}", listener.url), &json!({}))).await;
        let line = format!("GET {path}/api/v1/organization/acme HTTP/1.1");
        let requests = listener.requests();
        let last = requests.last().and_then(|request| request.lines().next());
        assert_eq!(last, Some(line.as_str()), "{form:?}");
    }
}

#[tokio::test]
async fn a_url_with_more_than_a_place_in_it_is_refused() {
    for url in [
        "https://user@quay.example",
        "https://user:secret@quay.example",
        "https://quay.example?token=secret",
        "https://quay.example#secret",
        "ftp://quay.example",
        "quay.example",
        "",
    ] {
        let wrong = settings(url, &json!({}));
        tells(&wrong, "error", "url", "A URL such as `https://quay.example.com` is needed").await;
        assert!(!told(&wrong).await[0].text.contains("secret"), "{url}");
    }
}

#[tokio::test]
async fn plain_http_warns_unless_it_stays_on_this_machine() {
    let plain = settings("http://quay.example", &json!({}));
    tells(&plain, "warning", "url", "without encryption").await;
    for here in ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:8080"] {
        let told = told(&settings(here, &json!({}))).await;
        assert!(told.is_empty(), "{here}: {told:?}");
    }
    let grant = json!({
        "url": "https://quay.example", "oauth2_username": "ci", "oauth2_password": "secret",
        "oauth2_client_id": "terraform", "oauth2_token_url": "http://login.example/token",
    });
    tells(&grant, "warning", "oauth2_token_url", "without encryption").await;
}

#[tokio::test]
async fn headers_go_along_with_every_request() {
    let listener = listener().await;
    let headers = json!({ "headers": { "X-Gateway-Key": "open", "x-other": "too" } });
    read(&settings(&listener.url, &headers)).await;
    let requests = listener.requests();
    assert!(!requests.is_empty());
    for request in requests {
        for line in ["x-gateway-key: open\r\n", "x-other: too\r\n"] {
            assert!(request.contains(line), "{line:?} is not in {request}");
        }
        assert_eq!(request.matches("authorization: Bearer admin\r\n").count(), 1, "{request}");
    }
}

#[tokio::test]
async fn headers_of_our_own_are_refused() {
    for name in ["Authorization", "authorization", "HOST", "Content-Type", "content-length"] {
        let wrong = settings("https://quay.example", &json!({ "headers": { name: "secret" } }));
        tells(&wrong, "error", "headers", "is the provider's own and cannot be set").await;
    }
    let odd = settings("https://quay.example", &json!({ "headers": { "a b": "c" } }));
    tells(&odd, "error", "headers", "is no header name").await;
    let broken = json!({ "headers": { "x-key": "secret\nsecret" } });
    let broken = settings("https://quay.example", &broken);
    tells(&broken, "error", "headers.x-key", "The value of x-key is no header value").await;
    assert!(!told(&broken).await[0].text.contains("secret"));
}

#[tokio::test]
async fn a_token_that_is_none_is_told_at_the_attribute() {
    let broken = settings("https://quay.example", &json!({ "token": "se\ncret" }));
    tells(&broken, "error", "token", "It holds characters that no token has").await;
    let blank = settings("https://quay.example", &json!({ "token": " \n" }));
    tells(&blank, "error", "token", "QUAY_TOKEN").await;
}

#[tokio::test]
async fn a_request_ends_with_its_time() {
    let silent = Listener::start("").await;
    let error = read_fails(&settings(&silent.url, &json!({ "request_timeout": "200ms" }))).await;
    assert!(error.contains("nothing came for 0.2 s"), "{error}");
    assert_eq!(silent.requests().len(), 1);
}

#[tokio::test]
async fn a_request_is_repeated_as_often_as_allowed() {
    for retries in [0, 1, 2] {
        let down = Listener::start(&answer("503 SERVICE UNAVAILABLE", "", "{}")).await;
        read_fails(&settings(&down.url, &json!({ "max_retries": retries }))).await;
        assert_eq!(down.requests().len(), retries + 1);
    }
}

#[tokio::test]
async fn times_and_numbers_that_are_none_are_told_at_the_attribute() {
    for (name, value) in [
        ("request_timeout", json!("soon")),
        ("request_timeout", json!("0s")),
        ("request_timeout", json!("25h")),
        ("max_retries", json!(-1)),
        ("max_retries", json!(1.5)),
        ("max_retries", json!(101)),
    ] {
        let wrong = settings("https://quay.example", &json!({ name: value }));
        tells(&wrong, "error", name, "").await;
    }
}
