//! Names that resolve, addresses that Quay may ask, and how it tries an upstream registry.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An upstream that Quay is asked to try.
#[derive(Clone, Debug)]
pub struct Upstream {
    /// `host[:port][/namespace]`.
    pub registry: String,
    /// User name and password.
    pub credentials: Option<(String, String)>,
    /// Plain HTTP.
    pub insecure: bool,
}

/// The name service of the fake, and where its loopback ports really are.
#[derive(Clone, Debug)]
pub struct Resolver {
    names: BTreeMap<String, IpAddr>,
    ports: BTreeMap<u16, SocketAddr>,
    /// The loopback ports that stand for whole hosts with certificates that Quay trusts.
    trusted: BTreeMap<String, u16>,
    /// How long Quay waits for a hanging upstream; v3.15 waits as long as it takes.
    patience: Duration,
}

impl Resolver {
    /// Knows the names of the recordings.
    pub fn new(patience: Duration) -> Self {
        let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let mut names: BTreeMap<String, IpAddr> =
            ["localhost", "docker.io", "quay.io", "ghcr.io"].map(|n| (n.into(), loopback)).into();
        names.insert("mirror.example.com".into(), loopback);
        names.insert("registry.example.com".into(), loopback);
        names.insert("intranet.example.com".into(), IpAddr::V4(Ipv4Addr::new(10, 1, 2, 3)));
        Self { names, ports: BTreeMap::new(), trusted: BTreeMap::new(), patience }
    }

    /// Teaches a name.
    pub fn name(&mut self, name: &str, address: IpAddr) {
        self.names.insert(name.to_lowercase(), address);
    }

    /// Says where what seems to listen on a loopback port really listens.
    pub fn port(&mut self, port: u16, address: SocketAddr) {
        self.ports.insert(port, address);
    }

    /// Lets what listens on a loopback port answer for a host as if over TLS.
    pub fn trust(&mut self, host: &str, port: u16) {
        self.name(host, IpAddr::V4(Ipv4Addr::LOCALHOST));
        self.trusted.insert(host.to_lowercase(), port);
    }

    /// Quay's check before it keeps or tries an upstream: a host that resolves to an address
    /// outside of private networks, unless `SSRF_ALLOWED_HOSTS` has loopback.
    pub fn check(&self, registry: &str, loopback_allowed: bool) -> Result<(), String> {
        let authority = registry.split('/').next().unwrap_or("");
        if authority.contains('@') {
            return Err("URLs with embedded credentials are not allowed".into());
        }
        let (host, _) = split(authority);
        if host.is_empty() {
            return Err("URL must include a hostname".into());
        }
        let address =
            self.resolve(&host).ok_or_else(|| format!("Cannot resolve hostname '{host}'"))?;
        let allowed = match address {
            IpAddr::V4(address) if address.is_loopback() => loopback_allowed,
            IpAddr::V4(address) => {
                !(address.is_private() || address.is_link_local() || address.is_unspecified())
            }
            // `SSRF_ALLOWED_HOSTS` lists no network of version 6.
            IpAddr::V6(address) => {
                !(address.is_loopback()
                    || address.is_unique_local()
                    || address.is_unicast_link_local()
                    || address.is_unspecified())
            }
        };
        if allowed { Ok(()) } else { Err("The provided registry URL is not allowed".into()) }
    }

    /// Asks the upstream as Quay does and gives the status of the last `GET /v2/`; none is an
    /// upstream that could not be asked, refused the login or gave no usable challenge.
    pub async fn status_of(&self, upstream: &Upstream) -> Option<u16> {
        let authority = upstream.registry.split('/').next().unwrap_or("");
        let url = if upstream.insecure {
            format!("http://{authority}/v2/")
        } else {
            // Nothing on loopback shows a certificate that Quay would trust, unless a test says so.
            format!("http://127.0.0.1:{}/v2/", self.trusted.get(&split(authority).0)?)
        };
        tokio::time::timeout(self.patience, self.log_in(upstream, url)).await.ok().flatten()
    }

    async fn log_in(&self, upstream: &Upstream, url: String) -> Option<u16> {
        let first = self.get(&url, None).await?;
        if first.status != 401 {
            return (200..400).contains(&first.status).then_some(first.status);
        }
        let challenge = first.header("www-authenticate")?;
        let basic = upstream.credentials.as_ref().map(|(user, password)| {
            format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}")))
        });
        let authorization = match challenge.split_once(' ')?.0.to_lowercase().as_str() {
            // Wrong ones are not noticed here: the last request then tells 401, "Anonymous".
            "basic" => basic?,
            "bearer" => {
                let (realm, service) =
                    (parameter(challenge, "realm")?, parameter(challenge, "service"));
                let url = format!("{realm}?service={}", service.unwrap_or(""));
                let granted = self.get(&url, basic.as_deref()).await?;
                if granted.status != 200 {
                    return None;
                }
                let token: serde_json::Value = serde_json::from_str(&granted.body).ok()?;
                format!("Bearer {}", token["token"].as_str()?)
            }
            _ => return None,
        };
        Some(self.get(&url, Some(&authorization)).await?.status)
    }

    /// One GET that follows redirects.
    async fn get(&self, url: &str, authorization: Option<&str>) -> Option<Response> {
        let mut url = url.to_owned();
        for _ in 0..5 {
            let response = self.get_once(&url, authorization).await?;
            match response.header("location") {
                Some(location) if (300..400).contains(&response.status) => url = location.into(),
                _ => return Some(response),
            }
        }
        None
    }

    async fn get_once(&self, url: &str, authorization: Option<&str>) -> Option<Response> {
        let rest = url.strip_prefix("http://")?;
        let (authority, path) = rest.split_once('/')?;
        let (host, port) = split(authority);
        let port = port.map_or(Some(80), |port| port.parse().ok())?;
        // Nothing but loopback is ever dialled.
        self.resolve(&host).filter(IpAddr::is_loopback)?;
        let address = *self.ports.get(&port).unwrap_or(&SocketAddr::from(([127, 0, 0, 1], port)));
        let mut stream = TcpStream::connect(address).await.ok()?;
        let authorization =
            authorization.map_or_else(String::new, |value| format!("Authorization: {value}\r\n"));
        let request = format!(
            "GET /{path} HTTP/1.1\r\nHost: {authority}\r\n{authorization}Connection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut text = String::new();
        stream.read_to_string(&mut text).await.ok()?;
        let (head, body) = text.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some(Response { status, head: head.into(), body: body.into() })
    }

    fn resolve(&self, host: &str) -> Option<IpAddr> {
        host.parse().ok().or_else(|| self.names.get(host).copied())
    }
}

struct Response {
    status: u16,
    head: String,
    body: String,
}

impl Response {
    fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }
}

/// Host in lower case and port as written, which nobody checks before it is dialled.
fn split(authority: &str) -> (String, Option<&str>) {
    let bracketed = authority.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let (host, port) = match bracketed {
        Some((host, rest)) => (host, rest.strip_prefix(':')),
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    (host.to_lowercase(), port)
}

fn parameter<'a>(challenge: &'a str, name: &str) -> Option<&'a str> {
    let start = challenge.find(&format!("{name}=\""))? + name.len() + 2;
    challenge[start..].split('"').next()
}
