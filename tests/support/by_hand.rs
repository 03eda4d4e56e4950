//! Requests to Quay that no Terraform makes: what people do by hand.

use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;

/// Sends a request with a token and gives status and body; what is no JSON is null.
pub fn request(
    base: &str,
    token: &str,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> (u16, Value) {
    let address = base.strip_prefix("http://").expect("plain HTTP").trim_end_matches('/');
    let mut stream = TcpStream::connect(address).expect("the fake Quay listens");
    let body = body.map(ToString::to_string).unwrap_or_default();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).expect("it takes the request");
    stream.write_all(body.as_bytes()).expect("it takes the body");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("it answers");
    let answer = String::from_utf8_lossy(&answer);
    let status = answer.split_whitespace().nth(1).and_then(|it| it.parse().ok());
    let content = answer.split_once("\r\n\r\n").map(|(_, content)| content).unwrap_or_default();
    (status.expect("a status"), serde_json::from_str(content).unwrap_or_default())
}

/// Sends a request as the administrator, which must succeed.
pub fn admin(base: &str, method: &str, path: &str, body: Option<&Value>) -> Value {
    let (status, answer) = request(base, "admin", method, &format!("/api/v1/{path}"), body);
    assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
    answer
}
