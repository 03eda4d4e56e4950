//! The way of a request: nginx, faults, load, then Quay.

use super::call::Call;
use super::control;
use super::door::{Door, Frame};
use super::faults::{FaultKind, Faults, Strike};
use super::listener::{Cut, Listener};
use super::load::{RateLimit, Workers};
use super::proxy_cache;
use super::reply::Reply;
use super::requests::{LoggedRequest, RequestLog};
use super::route::{self, Outcome};
use super::switches::Switches;
use super::upstream::Resolver;
use super::world::World;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method};
use axum::response::Response;
use axum::serve::IncomingStream;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// What all servers of one fake share.
#[derive(Debug)]
pub struct Shared {
    /// The database.
    pub world: Mutex<World>,
    /// The log.
    pub requests: RequestLog,
    /// The planted faults.
    pub faults: Faults,
    /// The workers.
    pub workers: Workers,
    /// How long a request without a valid token takes.
    pub anonymous_time: Duration,
    /// Names and upstreams.
    pub resolver: Mutex<Resolver>,
    /// How long one second of Quay's takes here.
    pub time_scale: f64,
    /// While set, connections are hung up on.
    pub refusing: Arc<AtomicBool>,
    /// Whether the fake's own port takes connections.
    pub door: Door,
}

/// One server: the shared data under one set of switches.
#[derive(Debug)]
pub struct Front {
    shared: Arc<Shared>,
    switches: Arc<Switches>,
    rate_limit: RateLimit,
    scheme: &'static str,
}

impl Connected<IncomingStream<'_, Listener>> for Cut {
    fn connect_info(stream: IncomingStream<'_, Listener>) -> Self {
        stream.io().cut.clone()
    }
}

/// Serves the shared data under these switches until the task is dropped.
pub async fn serve(
    listener: TcpListener,
    door: Option<Frame>,
    tls: Option<TlsAcceptor>,
    shared: Arc<Shared>,
    switches: Switches,
) -> io::Result<()> {
    let scheme = if tls.is_some() { "https" } else { "http" };
    let listener = Listener::start(listener, door, tls, shared.refusing.clone())?;
    let rate_limit = RateLimit::new(shared.time_scale);
    let front = Front { shared, switches: Arc::new(switches), rate_limit, scheme };
    let app = Router::new().fallback(handle).with_state(Arc::new(front));
    axum::serve(listener, app.into_make_service_with_connect_info::<Cut>()).await
}

/// Notes a request in the log, also one whose client leaves before the answer.
struct Entry<'a> {
    log: &'a RequestLog,
    request: Option<LoggedRequest>,
}

impl Entry<'_> {
    fn answered(mut self, status: Option<u16>) {
        self.note(status);
    }

    fn note(&mut self, status: Option<u16>) {
        if let Some(request) = self.request.take() {
            self.log.push(LoggedRequest { status, ..request });
        }
    }
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        self.note(None);
    }
}

async fn handle(
    State(front): State<Arc<Front>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 64 << 20).await.unwrap_or_default();
    if parts.uri.path().starts_with("/_fake/") {
        return respond(control::answer(&front.shared, &parts.method, parts.uri.path(), &body));
    }
    let call = Arc::new(front.call(&parts, body.to_vec()));
    let entry = Entry {
        log: &front.shared.requests,
        request: Some(LoggedRequest {
            method: parts.method.to_string(),
            path: parts.uri.path_and_query().map_or_else(String::new, ToString::to_string),
            user: call.caller.as_ref().map(|caller| caller.user.clone()),
            token: parts.headers.contains_key("authorization"),
            status: None,
        }),
    };
    let reply = front.clone().pass(&parts, &call).await;
    entry.answered(reply.as_ref().map(|reply| reply.status.as_u16()));
    let is_last = front.shared.door.is_last().await;
    let Some(reply) = reply else {
        cut.cut();
        return Response::default();
    };
    respond(if is_last { reply.with("connection", "close") } else { reply })
}

fn respond(reply: Reply) -> Response {
    let mut response = Response::new(Body::from(reply.body));
    *response.status_mut() = reply.status;
    let headers = response.headers_mut();
    headers.insert("content-type", HeaderValue::from_static(reply.content_type));
    for (name, value) in reply.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    response
}

impl Front {
    fn call(&self, parts: &Parts, body: Vec<u8>) -> Call {
        let host = parts.headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or("");
        let query = url::form_urlencoded::parse(parts.uri.query().unwrap_or("").as_bytes());
        let world = self.shared.world.lock().expect("no handler panics");
        let token = Call::bearer(&parts.headers);
        Call {
            method: if parts.method == Method::HEAD { Method::GET } else { parts.method.clone() },
            path: decode(parts.uri.path()),
            query: query.into_owned().collect(),
            caller: token.and_then(|token| Call::caller_of(&world, token)),
            headers: parts.headers.clone(),
            body,
            base_url: format!("{}://{host}", self.scheme),
            switches: self.switches.clone(),
        }
    }

    /// The answer, or none where the connection ends without one.
    async fn pass(self: Arc<Self>, parts: &Parts, call: &Arc<Call>) -> Option<Reply> {
        if self.shared.refusing.load(Ordering::Acquire) {
            return None;
        }
        if self.switches.dead {
            return Some(Reply::loading());
        }
        if self.switches.rate_limited && !self.rate_limit.admits() {
            return Some(Reply::nginx(429, "Too Many Requests"));
        }
        if let Some(refusal) = self.nginx_refuses(parts, call) {
            return Some(refusal);
        }
        let Some(strike) = self.shared.faults.strike(&parts.method, parts.uri.path()) else {
            return Some(self.ask_quay(call).await);
        };
        if let FaultKind::Late(seconds, status) = strike.kind {
            let acted = self.act_late(call, seconds);
            let Some(status) = status else {
                let _ = acted.await;
                return None;
            };
            return Some(Reply::html(status));
        }
        self.strike(call, &strike).await
    }

    /// Acts after so many seconds of the scaled clock, whether anybody still waits for it or not.
    fn act_late(self: Arc<Self>, call: &Arc<Call>, seconds: f64) -> JoinHandle<()> {
        let (call, delay) = (call.clone(), self.shared.time_scale * seconds);
        self.shared.faults.begin_late_act();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs_f64(delay)).await;
            self.ask_quay(&call).await;
            self.shared.faults.end_late_act();
        })
    }

    async fn strike(&self, call: &Call, strike: &Strike) -> Option<Reply> {
        let reply = if strike.acts { Some(self.ask_quay(call).await) } else { None };
        if let FaultKind::Silence(seconds) | FaultKind::Delay(seconds) = strike.kind {
            tokio::time::sleep(Duration::from_secs_f64(seconds * self.shared.time_scale)).await;
        }
        strike.disfigure(reply.unwrap_or_else(Reply::no_content))
    }

    /// nginx's own limits: a request line of 8 kB, no NUL in the path, a body of 1 MiB.
    fn nginx_refuses(&self, parts: &Parts, call: &Call) -> Option<Reply> {
        if !self.switches.nginx {
            return None;
        }
        if parts.uri.path().len() > 8000 {
            return Some(Reply::nginx(414, "Request-URI Too Large"));
        }
        if call.path.contains('\0') {
            return Some(Reply::nginx(400, "Bad Request"));
        }
        if call.body.len() > 1 << 20 {
            return Some(Reply::nginx(413, "Request Entity Too Large"));
        }
        None
    }

    /// Takes as long as Quay takes, then acts.
    async fn ask_quay(&self, call: &Call) -> Reply {
        if call.caller.is_some() {
            self.shared.workers.work().await;
        } else if !self.shared.anonymous_time.is_zero() {
            tokio::time::sleep(self.shared.anonymous_time).await;
        }
        let resolver = self.shared.resolver.lock().expect("no handler panics").clone();
        let outcome = {
            let mut world = self.shared.world.lock().expect("no handler panics");
            route::dispatch(&mut world, call, &resolver)
        };
        let reply = match outcome {
            Outcome::Answer(reply) => reply,
            Outcome::AskUpstream(upstream) => {
                let status = resolver.status_of(&upstream).await;
                proxy_cache::validated(call, status).unwrap_or_else(|refusal| refusal)
            }
        };
        let anonymous = !call.headers.contains_key("authorization");
        if anonymous && call.method == Method::GET { reply.with("vary", "Cookie") } else { reply }
    }
}

/// Undoes percent-encoding; what is no UTF-8 becomes replacement characters.
fn decode(path: &str) -> String {
    let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let bytes = path.as_bytes();
    let (mut decoded, mut at) = (Vec::new(), 0);
    while let Some(byte) = bytes.get(at) {
        let escaped = (*byte == b'%')
            .then(|| Some(digit(bytes.get(at + 1))? * 16 + digit(bytes.get(at + 2))?))
            .flatten()
            .and_then(|value| u8::try_from(value).ok());
        decoded.push(escaped.unwrap_or(*byte));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}
