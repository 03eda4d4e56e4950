//! What can go wrong between Quay and its client, on request.

use super::reply::Reply;
use axum::http::Method;
use serde_json::{Map, Value, json};
use std::sync::Mutex;
use tokio::sync::watch;

/// What goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum FaultKind {
    /// The connection ends without an answer, as after a crash or a refused connection.
    Reset,
    /// A page of HTML with this status.
    Status(u16),
    /// The JSON breaks off in the middle.
    Truncated,
    /// JSON with every value of another type.
    WrongTypes,
    /// 10 MB of JSON.
    Huge,
    /// Nothing for so many seconds (of the scaled clock), then the connection ends.
    Silence(f64),
    /// So many seconds (of the scaled clock) pass, then all goes well.
    Delay(f64),
    /// Quay acts only after so many seconds (of the scaled clock), whether anybody still waits or
    /// not. At once there is a page with this status, or nothing until the connection ends then.
    Late(f64, Option<u16>),
    /// nginx's 429, with or without `Retry-After`.
    TooManyRequests(Option<u64>),
}

/// Which requests something happens to, and what.
#[derive(Clone, Debug)]
pub struct Fault {
    method: Option<String>,
    path: String,
    skip: usize,
    times: usize,
    kind: FaultKind,
    acts: bool,
}

impl Fault {
    /// A fault of the next request with this method (`*`: any) and path, in which `*` stands for
    /// any text. Quay has not acted when it strikes, unless the fault is in the answer's body.
    pub fn on(method: &str, path: &str, kind: FaultKind) -> Self {
        use FaultKind::{Delay, Huge, Truncated, WrongTypes};
        let method = (method != "*").then(|| method.to_uppercase());
        let acts = matches!(kind, Truncated | WrongTypes | Huge | Delay(_));
        Self { method, path: path.into(), skip: 0, times: 1, kind, acts }
    }

    /// Lets that many matching requests pass first.
    pub fn after_requests(mut self, skip: usize) -> Self {
        self.skip = skip;
        self
    }

    /// Strikes that many times instead of once.
    pub fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    /// Strikes every time.
    pub fn always(self) -> Self {
        self.times(usize::MAX)
    }

    /// Strikes when Quay has acted: only the answer is lost.
    pub fn after_acting(mut self) -> Self {
        self.acts = true;
        self
    }

    /// Reads what the control API is given, such as
    /// `{"method": "POST", "path": "/api/v1/*", "fault": "reset", "after_acting": true}`.
    pub fn from_json(given: &Value) -> Result<Self, String> {
        let text = |name: &str, unsaid: &'static str| match given.get(name) {
            None => Ok(unsaid.to_owned()),
            Some(value) => value.as_str().map(str::to_owned).ok_or(format!("'{name}' is no text")),
        };
        let number = |name: &str| match given.get(name) {
            None => Ok(None),
            Some(value) => value.as_u64().map(Some).ok_or(format!("'{name}' is no whole number")),
        };
        let count = |name: &str, unsaid: usize| {
            let count = number(name)?.map_or(Ok(unsaid), usize::try_from);
            count.map_err(|_| format!("'{name}' is too large"))
        };
        let seconds = given.get("seconds").map_or(Some(30.0), Value::as_f64);
        let seconds = seconds.filter(|it| (0.0..=1e9).contains(it));
        let seconds = seconds.ok_or("'seconds' is no time")?;
        let kind = match text("fault", "")?.as_str() {
            "reset" | "refuse" => FaultKind::Reset,
            "status" => {
                let status = number("status")?.unwrap_or(500);
                let status = u16::try_from(status).ok().filter(|it| (200..600).contains(it));
                FaultKind::Status(status.ok_or("'status' is none from 200 to 599")?)
            }
            "truncate" => FaultKind::Truncated,
            "wrong_types" => FaultKind::WrongTypes,
            "huge" => FaultKind::Huge,
            "silence" => FaultKind::Silence(seconds),
            "delay" => FaultKind::Delay(seconds),
            "late" => {
                let status = number("status")?.map(u16::try_from).transpose();
                FaultKind::Late(seconds, status.map_err(|_| "'status' is too large")?)
            }
            "rate_limit" => FaultKind::TooManyRequests(number("retry_after")?),
            other => return Err(format!("unknown fault '{other}'")),
        };
        let fault = Self::on(&text("method", "*")?, &text("path", "*")?, kind)
            .after_requests(count("skip", 0)?)
            .times(count("times", 1)?);
        let acts = given.get("after_acting").and_then(Value::as_bool).unwrap_or(false);
        Ok(if acts { fault.after_acting() } else { fault })
    }

    fn matches(&self, method: &Method, path: &str) -> bool {
        let method_fits = self.method.as_deref().is_none_or(|wanted| wanted == method.as_str());
        self.times > 0 && method_fits && glob(&self.path, path)
    }
}

/// A fault that strikes now.
#[derive(Clone, Debug)]
pub struct Strike {
    /// What goes wrong.
    pub kind: FaultKind,
    /// Whether Quay acts first.
    pub acts: bool,
}

impl Strike {
    /// The answer that the client sees instead of Quay's; none where the connection just ends.
    pub fn disfigure(&self, reply: Reply) -> Option<Reply> {
        match self.kind {
            FaultKind::Reset | FaultKind::Silence(_) | FaultKind::Late(..) => None,
            FaultKind::Delay(_) => Some(reply),
            FaultKind::Status(status) => Some(Reply::html(status)),
            FaultKind::TooManyRequests(retry_after) => {
                let page = Reply::html(429);
                Some(match retry_after {
                    Some(seconds) => page.with("retry-after", seconds.to_string()),
                    None => page,
                })
            }
            FaultKind::Truncated => {
                let half = reply.body.len() / 2;
                Some(Reply { body: reply.body[..half].to_vec(), ..reply })
            }
            FaultKind::WrongTypes => {
                let body = serde_json::from_slice(&reply.body).unwrap_or(Value::Null);
                Some(Reply { body: wrong(&body).to_string().into_bytes(), ..reply })
            }
            FaultKind::Huge => {
                let body = json!({ "name": "x".repeat(10_000_000) });
                Some(Reply { body: body.to_string().into_bytes(), ..reply })
            }
        }
    }
}

/// All planted faults, in the order of planting; the first one that matches strikes.
#[derive(Debug, Default)]
pub struct Faults {
    planted: Mutex<Vec<Fault>>,
    struck: watch::Sender<usize>,
    /// How many late acts are still to come.
    late: watch::Sender<usize>,
}

impl Faults {
    /// Plants a fault.
    pub fn add(&self, fault: Fault) {
        self.planted.lock().expect("no handler panics").push(fault);
    }

    /// How many requests were struck so far, those still waiting included.
    pub fn struck(&self) -> usize {
        *self.struck.borrow()
    }

    /// Notes that Quay acts later.
    pub fn begin_late_act(&self) {
        self.late.send_modify(|late| *late += 1);
    }

    /// Notes that Quay has acted late.
    pub fn end_late_act(&self) {
        self.late.send_modify(|late| *late -= 1);
    }

    /// Waits until so many requests were struck.
    pub async fn until_struck(&self, times: usize) {
        let _ = self.struck.subscribe().wait_for(|struck| *struck >= times).await;
    }

    /// Waits until nothing more is done late.
    pub async fn no_late_act(&self) {
        let _ = self.late.subscribe().wait_for(|late| *late == 0).await;
    }

    /// Takes all faults away.
    pub fn clear(&self) {
        self.planted.lock().expect("no handler panics").clear();
    }

    /// What strikes this request.
    pub fn strike(&self, method: &Method, path: &str) -> Option<Strike> {
        let mut faults = self.planted.lock().expect("no handler panics");
        for fault in faults.iter_mut().filter(|fault| fault.matches(method, path)) {
            if fault.skip > 0 {
                fault.skip -= 1;
                continue;
            }
            if fault.times != usize::MAX {
                fault.times -= 1;
            }
            self.struck.send_modify(|struck| *struck += 1);
            return Some(Strike { kind: fault.kind.clone(), acts: fault.acts });
        }
        None
    }
}

/// Whether a text fits a pattern in which `*` stands for any text.
fn glob(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(text) = text.strip_prefix(start) else { return false };
    let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    rest.is_empty() || ends.into_iter().any(|at| glob(rest, &text[at..]))
}

/// The same shape with every value of another type.
fn wrong(value: &Value) -> Value {
    match value {
        Value::Null => json!([]),
        Value::Bool(_) => json!("yes"),
        Value::Number(_) => json!("many"),
        Value::String(_) => json!(7),
        Value::Array(_) => json!({}),
        Value::Object(fields) => {
            let fields: Map<String, Value> =
                fields.iter().map(|(name, field)| (name.clone(), wrong(field))).collect();
            Value::Object(fields)
        }
    }
}
