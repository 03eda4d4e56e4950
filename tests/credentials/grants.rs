//! How often an identity provider is asked, whatever it answers.

use super::support::core::within;
use super::support::fake_quay::FakeQuay;
use super::support::wire::Wire;
use super::{IdentityProvider, ORGANIZATION, stage};
use futures_util::future::join_all;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use terraform_provider_quay::provider::QuayProvider;
use terraform_provider_quay::terraform::proto::stop_provider;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

type Core = Wire<QuayProvider>;

const GRANT: &str = r#"200 {"access_token":"first"}"#;
const WRONG_PASSWORD: &str = r#"400 {"error":"invalid_grant","error_description":"p&ss"}"#;
const DOWN: &str = "503 <html>";
const HANG_UP: &str = "";
const SILENCE: &str = "silence";

/// An identity provider that gives one answer after the other, and the last one for ever.
struct Script {
    url: String,
    asked: Arc<AtomicUsize>,
}

impl Script {
    async fn start(answers: &'static [&'static str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/token", listener.local_addr().expect("an address"));
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let number = count.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(answer(stream, answers[number.min(answers.len() - 1)]));
            }
        });
        Self { url, asked }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    async fn core(&self, quay: &FakeQuay, request_timeout: &str) -> Core {
        let provider = IdentityProvider { url: self.url.clone(), granted: Arc::default() };
        let mut settings = provider.settings(quay);
        settings["request_timeout"] = json!(request_timeout);
        Core::new(&settings).await
    }
}

async fn answer(mut stream: TcpStream, answer: &str) {
    let (mut request, mut buffer) = (Vec::new(), [0; 4096]);
    while !request.windows(9).any(|window| window == b"password=") {
        match stream.read(&mut buffer).await {
            Ok(count @ 1..) => request.extend_from_slice(&buffer[..count]),
            _ => return,
        }
    }
    if answer == SILENCE {
        return std::future::pending().await;
    }
    let Some((status, body)) = answer.split_once(' ') else { return };
    let head =
        format!("HTTP/1.1 {status} S\r\nContent-Length: {}\r\nConnection: close", body.len());
    let _ = stream.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).await;
    let _ = stream.shutdown().await;
}

/// Reads ten organizations at once, and one after them. Gives what they were told.
async fn many(quay: &FakeQuay, core: &Core) -> Vec<String> {
    let names: Vec<String> = (0..10).map(|number| format!("org{number}")).collect();
    for name in &names {
        quay.plant_organization(name, "admin");
    }
    let reads = names.iter().map(|name| core.import(ORGANIZATION, name));
    let mut outcomes = within("all reads", join_all(reads)).await;
    outcomes.push(core.import(ORGANIZATION, "acme").await);
    outcomes.into_iter().map(|outcome| outcome.errors.join(" ")).collect()
}

/// Whoever comes with a wrong password again and again is locked out.
#[tokio::test]
async fn a_wrong_password_is_tried_once_for_all() {
    let quay = stage().await;
    let script = Script::start(&[WRONG_PASSWORD]).await;
    let told = many(&quay, &script.core(&quay, "30s").await).await;
    assert_eq!(script.asked(), 1);
    assert!(told.iter().all(|it| it.contains("400") && it.contains("`invalid_grant`")), "{told:?}");
    assert!(!told.iter().any(|it| it.contains("p&ss")), "{told:?}");
}

#[tokio::test]
async fn a_silent_identity_provider_is_waited_for_once() {
    let quay = stage().await;
    let script = Script::start(&[SILENCE]).await;
    let told = many(&quay, &script.core(&quay, "200ms").await).await;
    assert_eq!(script.asked(), 1);
    assert!(told.iter().all(|it| it.contains("nothing came for 0.2 s")), "{told:?}");
}

#[tokio::test]
async fn passing_trouble_of_an_identity_provider_is_survived() {
    let quay = stage().await;
    let script = Script::start(&[HANG_UP, DOWN, GRANT]).await;
    let told = many(&quay, &script.core(&quay, "30s").await).await;
    assert_eq!((script.asked(), told), (3, vec![String::new(); 11]));
}

#[tokio::test]
async fn lasting_trouble_of_an_identity_provider_is_told_after_three_tries() {
    let quay = stage().await;
    let script = Script::start(&[DOWN]).await;
    let told = many(&quay, &script.core(&quay, "30s").await).await;
    assert_eq!(script.asked(), 3);
    assert!(told.iter().all(|it| it.contains("it answered 503")), "{told:?}");
}

#[tokio::test]
async fn a_stop_ends_the_tries() {
    let quay = stage().await;
    let script = Script::start(&[DOWN]).await;
    let core = script.core(&quay, "30s").await;
    let mut client = core.client.clone();
    let stop = async {
        while script.asked() == 0 {
            tokio::task::yield_now().await;
        }
        client.stop_provider(stop_provider::Request {}).await.expect("an answer");
    };
    let (read, ()) = tokio::join!(core.import(ORGANIZATION, "acme"), stop);
    assert!(read.errors[0].contains("asked to stop"), "{:?}", read.errors);
    assert_eq!(script.asked(), 1);
}
