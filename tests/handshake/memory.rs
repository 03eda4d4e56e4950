//! What the memory of the provider holds, whoever answers in place of Quay.

use super::Started;
use super::support::core::{Core, within};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use futures_util::{StreamExt, stream};
use serde_json::{Value as Json, json};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use terraform_provider_quay::terraform::proto::{
    DynamicValue, configure_provider, import_resource_state, read_resource,
};
use tokio::net::TcpListener;

const ORGANIZATION: &str = "quay_organization";
/// What one piece of an answer has, in bytes.
const PIECE: usize = 64 << 10;
/// What the sockets and libraries between both ends may hold of an answer, in bytes.
const ON_THE_WAY: usize = 12 << 20;

/// Somebody in place of Quay, and how many bytes have been asked of it.
struct Impostor {
    url: String,
    sent: Arc<AtomicUsize>,
}

impl Impostor {
    /// Answers with a beginning, and then with zeros in an array, so many pieces of them.
    async fn start(status: u16, beginning: &'static str, pieces: usize, end: &'static str) -> Self {
        let sent = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&sent);
        let status = StatusCode::from_u16(status).expect("a status");
        let answer = move || {
            let count = Arc::clone(&count);
            let zeros = Bytes::from("0,".repeat(PIECE / 2));
            let middle = stream::repeat_with(move || {
                count.fetch_add(PIECE, Ordering::SeqCst);
                zeros.clone()
            });
            let begin = stream::iter([Bytes::from(beginning)]);
            let pieces = begin.chain(middle.take(pieces)).chain(stream::iter([Bytes::from(end)]));
            let body = Body::from_stream(pieces.map(Ok::<_, Infallible>));
            async move { (status, [(CONTENT_TYPE, "application/json")], body) }
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let router = Router::new().fallback(answer);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, sent }
    }

    fn sent(&self) -> usize {
        self.sent.load(Ordering::SeqCst)
    }
}

fn value(json: &Json) -> DynamicValue {
    DynamicValue { msgpack: Vec::new(), json: json.to_string().into_bytes() }
}

/// Reads an organization and gives the errors.
async fn read(core: &mut Core, url: &str) -> String {
    let settings = json!({ "url": url, "token": "admin", "max_retries": 0 });
    let request =
        configure_provider::Request { config: Some(value(&settings)), ..Default::default() };
    let configured = core.provider.configure_provider(request).await.expect("an answer");
    assert_eq!(configured.into_inner().diagnostics, []);
    let request = import_resource_state::Request {
        type_name: ORGANIZATION.to_owned(),
        id: "acme".to_owned(),
        ..Default::default()
    };
    let imported = core.provider.import_resource_state(request).await.expect("an answer");
    let request = read_resource::Request {
        type_name: ORGANIZATION.to_owned(),
        current_state: imported.into_inner().imported_resources.remove(0).state,
        ..Default::default()
    };
    let read = within("a read", core.provider.read_resource(request)).await.expect("an answer");
    read.into_inner().diagnostics.into_iter().map(|it| it.detail).collect()
}

#[tokio::test]
async fn an_answer_that_is_too_long_is_an_error_and_is_not_read_to_its_end() {
    let started = Started::new().await;
    let mut core = started.connect().await;
    for (status, mebibytes) in [(200, 16), (404, 1), (500, 1)] {
        let endless = Impostor::start(status, r#"{"padding":["#, usize::MAX, "").await;
        let said = read(&mut core, &endless.url).await;
        assert!(said.contains("too long"), "{status}: {said}");
        let sent = endless.sent();
        assert!(sent < (mebibytes << 20) + ON_THE_WAY, "{status}: {sent} bytes");
    }
    started.shut_down(core).await;
}

/// What the process held at the most, in MiB.
#[cfg(target_os = "linux")]
fn most_memory(id: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).expect("it still runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
    kibibytes >> 10
}

/// As values of any kind, the zeros of this answer would take half a gigabyte.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_nobody_asked_for_takes_no_memory() {
    let begin = r#"{"name":"acme","is_admin":true,"is_member":true,"padding":["#;
    let large = Impostor::start(200, begin, (15 << 20) / PIECE, "0]}").await;
    let started = Started::new().await;
    let mut core = started.connect().await;
    assert_eq!(read(&mut core, &large.url).await, "");
    let most = most_memory(started.process.id());
    assert!(most < 150, "{most} MiB");
    started.shut_down(core).await;
}
