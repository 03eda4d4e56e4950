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

/// What a proxy wants to see of those whom it lets through.
type Key = Option<&'static str>;

impl Proxy {
    async fn to(url: &str) -> Self {
        Self::locked(url, None).await
    }

    /// One that lets nobody through who does not show the key, in Base64.
    async fn locked(url: &str, key: Key) -> Self {
        let target = address(url);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(carry(stream, target, Arc::clone(&noted), key));
            }
        });
        Self { url, seen }
    }

    /// The heads of the requests that came this way.
    fn seen(&self) -> Vec<String> {
        self.seen.lock().expect("nobody panics").clone()
    }
}

/// One connection: a tunnel after CONNECT, and the request as it is otherwise.
async fn carry(mut client: TcpStream, target: SocketAddr, seen: Arc<Mutex<Vec<String>>>, key: Key) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = client.read_u8().await else { return };
        head.push(byte);
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    let is_tunnel = text.starts_with("CONNECT ");
    let is_let_in = key.is_none_or(|key| text.contains(&format!("Basic {key}\r\n")));
    seen.lock().expect("nobody panics").push(text);
    if !is_let_in {
        let refusal = "HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n";
        let _ = client.write_all(refusal.as_bytes()).await;
        return;
    }
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

/// Where a server of ours listens.
fn address(url: &str) -> SocketAddr {
    let (_, address) = url.split_once("://").expect("a URL");
    address.parse().expect("an address")
}

/// A workspace for a Quay whose certificate this authority signed, if it has one.
fn trusting(authority: &Authority, version: &'static str, url: &str, hcl: &str) -> Workspace {
    let workspace = Workspace::with(version, url, "admin", hcl);
    workspace.write_file("ca.pem", &authority.pem());
    let file = workspace.path().join("ca.pem").display().to_string();
    workspace.env("QUAY_CA_CERT_FILE", &file)
}

/// Plans, beside the proxy that the plan may need, whatever comes of it.
async fn tried(workspace: Workspace) -> Run {
    let planned = tokio::task::spawn_blocking(move || workspace.run(&["plan", "-no-color"])).await;
    planned.expect("it does not panic")
}

/// Plans, and finds what is there.
async fn plan(workspace: Workspace) -> Run {
    let planned = tried(workspace).await;
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
        let workspace = trusting(&authority, version, "https://quay.example", HCL);
        plan(workspace.env("HTTPS_PROXY", &proxy.url)).await;
        let seen = proxy.seen();
        assert!(!seen.is_empty(), "the proxy is used");
        for head in seen {
            assert!(head.starts_with("CONNECT quay.example:443 "), "{head}");
            let names = head.lines().skip(1).filter_map(|line| line.split_once(':'));
            let mut names: Vec<String> = names.map(|(name, _)| name.to_lowercase()).collect();
            names.sort();
            assert_eq!(names, ["host", "user-agent"], "neither a token nor a header of ours");
        }
    }
}

/// `puller:hunter2`, as a proxy is told.
const KEY: &str = "cHVsbGVyOmh1bnRlcjI=";

#[tokio::test]
async fn a_proxy_may_want_a_password_and_nobody_else_sees_it() {
    let authority = Authority::new();
    let server = authority.server("quay.example");
    let secure = FakeQuay::builder().tls(&server.certificate, &server.key).start().await;
    let plain = FakeQuay::start().await;
    let logs = tempfile::tempdir().expect("a folder");
    for (quay, scheme) in [(&secure, "https"), (&plain, "http")] {
        quay.plant_organization("acme", "admin");
        let proxy = Proxy::locked(quay.url(), Some(KEY)).await;
        let variable = format!("{}_PROXY", scheme.to_uppercase());
        let through = |credentials: &str| {
            let url = format!("{scheme}://quay.example");
            let hcl = format!("provider \"quay\" {{\n  max_retries = 0\n}}\n{HCL}");
            let workspace = trusting(&authority, VERSIONS[1], &url, &hcl);
            let log = logs.path().join(scheme).display().to_string();
            let proxy = proxy.url.replace("://", &format!("://{credentials}@"));
            let workspace = workspace.env(&variable, &proxy);
            workspace.env("TF_LOG", "TRACE").env("TF_LOG_PATH", &log)
        };
        let planned = tried(through("puller:hunter2")).await;
        assert_eq!(planned.code, 0, "{scheme}: {}", planned.text);
        let refused = tried(through("puller:wrong-hunter2")).await;
        assert_eq!(refused.code, 1, "{scheme}: {}", refused.text);
        assert!(!refused.text.contains("hunter2"), "{scheme}: {}", refused.text);
        let log = std::fs::read_to_string(logs.path().join(scheme)).expect("a log");
        assert!(
            log.contains("GET") && log.contains("organization/acme"),
            "there are lines of ours"
        );
        for secret in ["hunter2", KEY] {
            assert!(!log.contains(secret), "{scheme}: {secret} is in the log");
        }
        let heads = proxy.seen();
        assert!(heads.iter().all(|head| head.contains("Basic ")), "{scheme}: {heads:?}");
        let asked = quay.requests();
        assert!(!asked.is_empty(), "{scheme}: who shows the password is let through");
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

/// A SOCKS proxy that takes everybody to the same server, and the host that it was asked for.
async fn socks_proxy(url: &str) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let target = address(url);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let noted = Arc::clone(&noted);
            tokio::spawn(async move {
                if let Ok(host) = greet(&mut client).await {
                    noted.lock().expect("nobody panics").push(host);
                    let mut server = TcpStream::connect(target).await.expect("it listens");
                    let _ = copy_bidirectional(&mut client, &mut server).await;
                }
            });
        }
    });
    (address, seen)
}

/// Version 5 (RFC 1928), without a password, to a host that is named.
async fn greet(client: &mut TcpStream) -> std::io::Result<String> {
    assert_eq!(client.read_u8().await?, 5, "the version");
    let methods = client.read_u8().await?;
    client.read_exact(&mut vec![0; methods.into()]).await?;
    client.write_all(&[5, 0]).await?;
    let mut request = [0; 4];
    client.read_exact(&mut request).await?;
    assert_eq!(request, [5, 1, 0, 3], "a connection to a named host");
    let mut host = vec![0; client.read_u8().await?.into()];
    client.read_exact(&mut host).await?;
    client.read_u16().await?;
    client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
    Ok(String::from_utf8_lossy(&host).into_owned())
}

#[tokio::test]
async fn a_socks_proxy_is_used_like_any_other() {
    let authority = Authority::new();
    let server = authority.server("quay.example");
    let secure = FakeQuay::builder().tls(&server.certificate, &server.key).start().await;
    let plain = FakeQuay::start().await;
    for (quay, url) in [(&secure, "https://quay.example"), (&plain, "http://quay.example")] {
        quay.plant_organization("acme", "admin");
        let (proxy, seen) = socks_proxy(quay.url()).await;
        let workspace = trusting(&authority, VERSIONS[1], url, HCL);
        plan(workspace.env("ALL_PROXY", &format!("socks5h://{proxy}"))).await;
        let seen = seen.lock().expect("nobody panics");
        assert!(!seen.is_empty() && seen.iter().all(|host| host == "quay.example"), "{seen:?}");
    }
}

/// It would be passed by without a word, whatever the user's network is meant to do.
#[tokio::test]
async fn a_proxy_that_cannot_be_used_is_told_where_it_would_matter() {
    let quay = FakeQuay::start().await;
    quay.plant_organization("acme", "admin");
    let abroad = quay.url().replace("127.0.0.1", "0.0.0.0");
    let said = "HTTP_PROXY names no proxy";
    for odd in ["http://pro xy:3128", "ftp://puller:hunter2@proxy", "http://"] {
        let workspace = Workspace::with(VERSIONS[1], &abroad, "admin", HCL);
        let planned = plan(workspace.env("HTTP_PROXY", odd)).await.says(said);
        assert!(!planned.text.contains("hunter2"), "{}", planned.text);
    }
    for (url, variable, value) in [
        (abroad.as_str(), "HTTPS_PROXY", "ftp://proxy"),
        (abroad.as_str(), "HTTP_PROXY", ""),
        (quay.url(), "HTTP_PROXY", "ftp://proxy"),
    ] {
        let workspace = Workspace::with(VERSIONS[1], url, "admin", HCL);
        let planned = plan(workspace.env(variable, value)).await;
        assert!(!planned.text.contains("names no proxy"), "{url} {variable}: {}", planned.text);
    }
}
