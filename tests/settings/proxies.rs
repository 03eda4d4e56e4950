//! Proxies, which only the environment of a process can name: real Terraform starts it.

use super::authority::Authority;
use crate::support::fake_quay::FakeQuay;
use crate::support::terraform_cli::{Run, VERSIONS, Workspace};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

const HCL: &str = "data \"quay_organization\" \"acme\" {\n  name = \"acme\"\n}\n\
                   output \"teams\" {\n  value = data.quay_organization.acme.teams[*].name\n}\n";

/// A proxy that takes everybody to the same server, whatever host is asked for.
struct Proxy {
    url: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    async fn to(url: &str) -> Self {
        let (_, target) = url.split_once("://").expect("a URL");
        let target: SocketAddr = target.parse().expect("an address");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(carry(stream, target, Arc::clone(&noted)));
            }
        });
        Self { url, seen }
    }

    /// The first lines of the requests that came this way.
    fn seen(&self) -> Vec<String> {
        self.seen.lock().expect("nobody panics").clone()
    }
}

/// One connection: a tunnel after CONNECT, and the request as it is otherwise.
async fn carry(mut client: TcpStream, target: SocketAddr, seen: Arc<Mutex<Vec<String>>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = client.read_u8().await else { return };
        head.push(byte);
    }
    let text = String::from_utf8_lossy(&head);
    let line = text.lines().next().unwrap_or_default().to_owned();
    let is_tunnel = line.starts_with("CONNECT ");
    seen.lock().expect("nobody panics").push(line);
    let mut server = TcpStream::connect(target).await.expect("the server listens");
    let begun = if is_tunnel {
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await
    } else {
        server.write_all(&head).await
    };
    if begun.is_ok() {
        let _ = copy_bidirectional(&mut client, &mut server).await;
    }
}

/// Plans, beside the proxy that the plan may need.
async fn plan(workspace: Workspace) -> Run {
    let planned = tokio::task::spawn_blocking(move || workspace.run(&["plan", "-no-color"])).await;
    let planned = planned.expect("it does not panic");
    assert_eq!(planned.code, 0, "{}", planned.text);
    planned.says("owners")
}

#[tokio::test]
async fn https_goes_through_a_tunnel_and_is_checked_end_to_end() {
    let authority = Authority::new();
    let server = authority.server("quay.example");
    let quay = FakeQuay::builder().tls(&server.certificate, &server.key).start().await;
    quay.plant_organization("acme", "admin");
    for version in VERSIONS {
        let proxy = Proxy::to(quay.url()).await;
        let workspace = Workspace::with(version, "https://quay.example", "admin", HCL);
        workspace.write_file("ca.pem", &authority.pem());
        let file = workspace.path().join("ca.pem").display().to_string();
        plan(workspace.env("HTTPS_PROXY", &proxy.url).env("QUAY_CA_CERT_FILE", &file)).await;
        let seen = proxy.seen();
        assert!(!seen.is_empty(), "the proxy is used");
        assert!(seen.iter().all(|it| it.starts_with("CONNECT quay.example:443 ")), "{seen:?}");
    }
}

#[tokio::test]
async fn plain_http_goes_through_the_proxy_with_the_whole_url() {
    let quay = FakeQuay::start().await;
    quay.plant_organization("acme", "admin");
    for version in VERSIONS {
        let proxy = Proxy::to(quay.url()).await;
        let workspace = Workspace::with(version, "http://quay.example", "admin", HCL);
        let planned = plan(workspace.env("HTTP_PROXY", &proxy.url)).await;
        planned.says("Quay is reached without encryption");
        let seen = proxy.seen();
        let url = "GET http://quay.example/api/v1/organization/acme ";
        assert!(seen.iter().any(|it| it.starts_with(url)), "{seen:?}");
    }
}

/// `0.0.0.0` leads to this machine as well, but is no loopback address.
#[tokio::test]
async fn no_proxy_is_heeded() {
    let quay = FakeQuay::start().await;
    quay.plant_organization("acme", "admin");
    let url = quay.url().replace("127.0.0.1", "0.0.0.0");
    for version in VERSIONS {
        let proxy = Proxy::to(quay.url()).await;
        let through = Workspace::with(version, &url, "admin", HCL).env("HTTP_PROXY", &proxy.url);
        plan(through).await;
        assert!(!proxy.seen().is_empty(), "without NO_PROXY the proxy is used");
        let proxy = Proxy::to(quay.url()).await;
        let past = Workspace::with(version, &url, "admin", HCL).env("HTTP_PROXY", &proxy.url);
        plan(past.env("NO_PROXY", "quay.example,0.0.0.0")).await;
        assert_eq!(proxy.seen(), [""; 0]);
    }
}

#[tokio::test]
async fn what_is_on_this_machine_is_never_sent_to_a_proxy() {
    let quay = FakeQuay::start().await;
    quay.plant_organization("acme", "admin");
    let by_name = quay.url().replace("127.0.0.1", "localhost");
    for version in VERSIONS {
        for url in [quay.url(), &by_name] {
            let proxy = Proxy::to(quay.url()).await;
            let workspace = Workspace::with(version, url, "admin", HCL);
            let workspace = workspace.env("HTTP_PROXY", &proxy.url).env("http_proxy", &proxy.url);
            plan(workspace.env("ALL_PROXY", &proxy.url)).await;
            assert_eq!(proxy.seen(), [""; 0], "{url}");
        }
    }
}
