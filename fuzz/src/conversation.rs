//! A whole operation of Terraform's on something real, while Quay answers anything.
//!
//! The first byte chooses the operation. The others are answers, each up to a byte that no text
//! has: a status, a content type, and the body. Where they end, Quay closes every connection.
//! Time stands still while anybody has something to do, so that no wait takes any.

use super::offline::{self, Offline};
use super::proposal::propose;
use super::quay_answer::{CONTENT_TYPES, STATUSES};
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use serde_json::{Value as Json, json};
use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use terraform_provider_quay::terraform::json::from_json;
use terraform_provider_quay::terraform::msgpack::{decode, encode};
use terraform_provider_quay::terraform::proto::invoke_action::event::Type as Event;
use terraform_provider_quay::terraform::proto::provider_server::Provider as Service;
use terraform_provider_quay::terraform::proto::{
    Diagnostic, DynamicValue, apply_resource_change, diagnostic::Severity, import_resource_state,
    invoke_action, list_resource, open_ephemeral_resource, plan_resource_change, read_data_source,
    read_resource,
};
use terraform_provider_quay::terraform::provider::Provider;
use terraform_provider_quay::terraform::schema::Schema;
use terraform_provider_quay::terraform::server::Server;
use terraform_provider_quay::terraform::types::Type;
use terraform_provider_quay::terraform::value::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tonic::Request;

/// Ends an answer.
const END: u8 = 0xff;
/// What no diagnostic may hold.
const TOKEN: &str = "TheTokenOfTheProvider";
const PASSWORD: &str = "ThePasswordOfTheUpstream";

/// What is done with a resource.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Act {
    Create,
    Read,
    Update,
    Delete,
    Import,
}

const ACTS: [Act; 5] = [Act::Create, Act::Read, Act::Update, Act::Delete, Act::Import];

/// A configuration of a resource, a state that differs from it, and how it is imported.
fn example(noun: &str) -> (Json, Json, &'static str) {
    match noun {
        "quay_organization" => (
            json!({ "name": "acme", "email": "ops@acme.example", "tag_expiration_s": 86_400 }),
            json!({
                "name": "acme", "tag_expiration_s": 1_209_600, "invoice_email": false,
                "force_destroy": false,
            }),
            "acme",
        ),
        "quay_org_application" => (
            json!({ "orgname": "acme", "name": "ci", "store_client_secret": true }),
            json!({
                "orgname": "acme", "name": "cd", "description": "", "application_uri": "",
                "redirect_uri": "", "client_id": "A1B2", "store_client_secret": false,
            }),
            "acme/ci",
        ),
        "quay_proxy_cache" => (
            json!({
                "orgname": "acme", "upstream_registry": "docker.io",
                "upstream_registry_username": "puller", "upstream_registry_password": PASSWORD,
            }),
            json!({
                "orgname": "acme", "upstream_registry": "docker.io", "expiration_s": 86_400,
                "insecure": false, "validate_upstream": true,
                "upstream_registry_username": "puller", "upstream_registry_password": PASSWORD,
            }),
            "acme",
        ),
        "quay_org_member_allowlist" => (
            json!({ "orgname": "acme", "allowed_members": ["ann"] }),
            json!({
                "orgname": "acme", "allowed_members": ["ann", "eve"], "unexpected_members": ["bob"],
            }),
            "acme",
        ),
        other => panic!("{other} has no example"),
    }
}

/// What everything else is asked with; each takes what it has.
fn question(noun: &str) -> Json {
    let mut question = json!({
        "orgname": "acme", "name": "acme", "upstream_registry": "docker.io",
        "upstream_registry_username": "puller", "upstream_registry_password": PASSWORD,
    });
    if matches!(noun, "quay_application" | "quay_org_application_secret") {
        question["client_id"] = "A1B2".into();
    }
    question
}

/// One answer.
#[derive(Clone, Debug)]
struct Answer {
    /// `None` where Quay closes the connection instead.
    status: Option<u16>,
    content_type: Option<&'static str>,
    body: Vec<u8>,
}

impl Answer {
    fn of(bytes: &[u8]) -> Self {
        let [status, content_type, body @ ..] = bytes else { return Self::none() };
        Self {
            status: STATUSES.get(usize::from(*status) % (STATUSES.len() + 1)).copied(),
            content_type: CONTENT_TYPES[usize::from(*content_type) % CONTENT_TYPES.len()],
            body: body.to_vec(),
        }
    }

    fn none() -> Self {
        Self { status: None, content_type: None, body: Vec::new() }
    }

    fn is_success(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }

    /// The only answer that means "gone".
    fn says_gone(&self) -> bool {
        let is_json = self.content_type.is_some_and(|it| it.starts_with("application/json"));
        let said = || serde_json::from_slice::<Json>(&self.body).ok();
        self.status == Some(404)
            && is_json
            && said().is_some_and(|it| it["error_type"] == "not_found")
    }

    /// Whether it says this anywhere, in whatever spelling.
    fn says(&self, text: &str) -> bool {
        let json = serde_json::from_slice::<Json>(&self.body).unwrap_or_default();
        let plainly = String::from_utf8_lossy(&self.body).contains(text);
        plainly || json.to_string().contains(text)
    }

    fn bytes(&self) -> Option<Vec<u8>> {
        let status = self.status?;
        let content_type = self.content_type.map(|it| format!("content-type: {it}\r\n"));
        let content_type = content_type.unwrap_or_default();
        // That has no body, whatever it says.
        let body = if status == 204 { &[][..] } else { &self.body };
        let length = body.len();
        let head = format!("HTTP/1.1 {status} \r\n{content_type}content-length: {length}\r\n\r\n");
        Some([head.as_bytes(), body].concat())
    }
}

/// The answers to come, and those that were given to which request.
struct Script {
    coming: VecDeque<Answer>,
    given: Vec<(String, Answer)>,
}

impl Script {
    /// Whether Quay told a secret where nobody could know that it is one: it was not in the request,
    /// or it was a success, of which everything may be shown.
    fn tells(&self, secret: &str) -> bool {
        self.given.iter().any(|(request, answer)| {
            (answer.is_success() || !request.contains(secret)) && answer.says(secret)
        })
    }
}

type Shared = Arc<Mutex<Script>>;

fn locked(script: &Shared) -> MutexGuard<'_, Script> {
    script.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads a request up to its end.
async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut request = Vec::new();
    loop {
        let head = request.windows(4).position(|it| it == b"\r\n\r\n");
        if let Some(end) = head {
            let text = String::from_utf8_lossy(&request[..end]).to_ascii_lowercase();
            let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.and_then(|it| it.parse().ok()).unwrap_or(0);
            if request.len() >= end + 4 + length {
                return Some(String::from_utf8_lossy(&request).into_owned());
            }
        }
        if stream.read_buf(&mut request).await.ok()? == 0 {
            return None;
        }
    }
}

async fn converse(mut stream: TcpStream, script: Shared) {
    // A reset leaves no port behind that could not be used again for a minute.
    let _ = stream.set_zero_linger();
    while let Some(request) = read_request(&mut stream).await {
        let answer = {
            let mut script = locked(&script);
            let answer = script.coming.pop_front().unwrap_or_else(Answer::none);
            script.given.push((request, answer.clone()));
            answer
        };
        let Some(bytes) = answer.bytes() else { return };
        if stream.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

async fn serve(listener: TcpListener, script: Shared) {
    let mut conversations = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        conversations.spawn(converse(stream, Arc::clone(&script)));
    }
}

/// Every operation ends with what it may say, whatever Quay answers.
pub fn run(data: &[u8]) {
    let Some((choice, answers)) = data.split_first() else { return };
    let coming = answers.split(|byte| *byte == END).map(Answer::of).collect();
    let script = Arc::new(Mutex::new(Script { coming, given: Vec::new() }));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let server = offline::asking(offline::quay(address, TOKEN)).await;
        let operation = pin!(operate(usize::from(*choice), &server, &script));
        let serving = pin!(serve(listener, Arc::clone(&script)));
        match select(operation, serving).await {
            Either::Left(((), _)) => {}
            Either::Right(_) => panic!("nobody listens any more"),
        }
    });
}

async fn operate(choice: usize, server: &Server<Offline>, script: &Shared) {
    let subject = |name, schema| Subject { name, schema, server, script };
    let resources = Offline::RESOURCES.len() * ACTS.len();
    if choice < resources {
        let resource = Offline::RESOURCES[choice / ACTS.len()];
        let subject = subject(resource.name(), resource.schema());
        return subject.act(ACTS[choice % ACTS.len()]).await;
    }
    let mut choice = choice - resources;
    if let Some(source) = Offline::DATA_SOURCES.get(choice) {
        return subject(source.name(), source.schema()).look_up().await;
    }
    choice -= Offline::DATA_SOURCES.len();
    if let Some(ephemeral) = Offline::EPHEMERAL_RESOURCES.get(choice) {
        return subject(ephemeral.name(), ephemeral.schema()).open().await;
    }
    choice -= Offline::EPHEMERAL_RESOURCES.len();
    if let Some(list) = Offline::LISTS.get(choice) {
        return subject(list.name(), list.schema()).enumerate().await;
    }
    choice -= Offline::LISTS.len();
    if let Some(action) = Offline::ACTIONS.get(choice) {
        subject(action.name(), action.schema()).invoke().await;
    }
}

fn value(json: &Json, ty: &Type) -> Value {
    from_json(json, ty).expect("an example fits its schema")
}

fn dynamic(value: &Value, ty: &Type) -> DynamicValue {
    DynamicValue { msgpack: encode(value, ty).expect("it fits"), json: Vec::new() }
}

/// A state as Terraform may store it.
fn state(value: Option<&DynamicValue>, ty: &Type) -> Value {
    let Some(value) = value else { return Value::Null };
    let state = decode(&value.msgpack, ty).expect("a state fits its schema");
    assert!(state.is_wholly_known(), "a state holds something unknown");
    state
}

/// Whether there are errors. No diagnostic takes a terminal over or tells a secret.
fn failed(diagnostics: &[Diagnostic], script: &Shared) -> bool {
    let is_odd = |it: char| it.is_control() && it != '\n';
    for Diagnostic { summary, detail, .. } in diagnostics {
        let text = [summary.as_str(), detail].join("\n");
        assert!(!text.contains(is_odd), "{text:?} may take over a terminal");
        for secret in [TOKEN, PASSWORD] {
            let is_told = text.contains(secret) && !locked(script).tells(secret);
            assert!(!is_told, "{text:?} tells a secret");
        }
    }
    diagnostics.iter().any(|it| it.severity == i32::from(Severity::Error))
}

/// What an operation is about, and the Quay that is asked.
struct Subject<'a> {
    name: &'static str,
    schema: &'static Schema,
    server: &'a Server<Offline>,
    script: &'a Shared,
}

impl Subject<'_> {
    async fn act(&self, act: Act) {
        let (config, prior, id) = example(self.name);
        match act {
            Act::Create => self.change(act, &Json::Null, &config).await,
            Act::Update => self.change(act, &prior, &config).await,
            Act::Delete => self.change(act, &prior, &Json::Null).await,
            Act::Read => self.refresh(value(&prior, &self.schema.ty())).await,
            Act::Import => self.import(id).await,
        }
    }

    /// Whether Quay has said of anything that it is not there.
    fn was_told_gone(&self) -> bool {
        locked(self.script).given.iter().any(|(_, answer)| answer.says_gone())
    }

    /// Whether Quay has acknowledged a request of this method, or shown something after it.
    fn was_acknowledged(&self, method: &str) -> bool {
        let script = locked(self.script);
        let mut since = script.given.iter().skip_while(|(request, _)| !request.starts_with(method));
        since.any(|(_, answer)| answer.is_success())
    }

    async fn plan(&self, prior: &Value, config: &Value, private: &[u8]) -> Option<Planned> {
        let ty = self.schema.ty();
        let request = plan_resource_change::Request {
            type_name: self.name.to_owned(),
            prior_state: Some(dynamic(prior, &ty)),
            proposed_new_state: Some(dynamic(&propose(self.schema.attributes, prior, config), &ty)),
            config: Some(dynamic(config, &ty)),
            prior_private: private.to_vec(),
            ..Default::default()
        };
        let answer = self.server.plan_resource_change(Request::new(request)).await;
        let answer = answer.expect("an answer").into_inner();
        if failed(&answer.diagnostics, self.script) {
            return None;
        }
        let replaces = !answer.requires_replace.is_empty();
        let (planned, private) = (answer.planned_state, answer.planned_private);
        Some(Planned { planned, private, replaces })
    }

    async fn change(&self, act: Act, prior: &Json, config: &Json) {
        let ty = self.schema.ty();
        let (prior, config) = (value(prior, &ty), value(config, &ty));
        let plan = self.plan(&prior, &config, &[]).await.expect("an example can be planned");
        if plan.replaces && act == Act::Update {
            return;
        }
        let request = apply_resource_change::Request {
            type_name: self.name.to_owned(),
            prior_state: Some(dynamic(&prior, &ty)),
            planned_state: plan.planned,
            config: Some(dynamic(&config, &ty)),
            planned_private: plan.private,
            ..Default::default()
        };
        let answer = self.server.apply_resource_change(Request::new(request)).await;
        let answer = answer.expect("an answer").into_inner();
        let new = state(answer.new_state.as_ref(), &ty);
        let failed = failed(&answer.diagnostics, self.script);
        let asks_nothing = self.name == "quay_org_member_allowlist";
        match act {
            Act::Delete if failed => assert!(new == prior, "what could not be deleted is kept"),
            Act::Delete => {
                assert!(new.is_null(), "what is deleted has no state");
                let known = self.was_told_gone() || self.was_acknowledged("DELETE");
                assert!(known || asks_nothing, "nobody said that it is gone");
            }
            Act::Update if failed => assert!(!new.is_null(), "a failed change loses no state"),
            _ if failed => {}
            _ => {
                let known = asks_nothing || self.was_acknowledged("POST");
                assert!(known || act == Act::Update, "nobody said that it was created");
                self.settled(&new, &config, &answer.private).await;
            }
        }
    }

    /// After an apply the plan is empty.
    async fn settled(&self, new: &Value, config: &Value, private: &[u8]) {
        let again = self.plan(new, config, private).await.expect("what was applied can be planned");
        let planned = again.planned.expect("a plan");
        let planned = decode(&planned.msgpack, &self.schema.ty()).expect("it fits");
        assert!(planned == *new && !again.replaces, "what was just applied is to be changed again");
    }

    async fn refresh(&self, prior: Value) {
        let ty = self.schema.ty();
        let request = read_resource::Request {
            type_name: self.name.to_owned(),
            current_state: Some(dynamic(&prior, &ty)),
            ..Default::default()
        };
        let answer = self.server.read_resource(Request::new(request)).await;
        let answer = answer.expect("an answer").into_inner();
        let new = state(answer.new_state.as_ref(), &ty);
        if failed(&answer.diagnostics, self.script) {
            assert!(new.is_null() || new == prior, "a failed refresh changes no state");
        } else if new.is_null() {
            // A superuser is shown empty texts where there is no proxy cache.
            let is_empty = self.name == "quay_proxy_cache" && self.was_acknowledged("GET");
            assert!(self.was_told_gone() || is_empty, "nobody said that it is gone");
        } else {
            assert!(answer.new_identity.is_some(), "an object has an identity");
        }
    }

    async fn import(&self, id: &str) {
        let request = import_resource_state::Request {
            type_name: self.name.to_owned(),
            id: id.to_owned(),
            ..Default::default()
        };
        let answer = self.server.import_resource_state(Request::new(request)).await;
        let answer = answer.expect("an answer").into_inner();
        let failed = failed(&answer.diagnostics, self.script);
        assert_eq!(answer.imported_resources.is_empty(), failed);
        for imported in answer.imported_resources {
            let ty = self.schema.ty();
            self.refresh(state(imported.state.as_ref(), &ty)).await;
        }
    }

    /// What is asked for that is no resource.
    fn question(&self) -> DynamicValue {
        let ty = self.schema.ty();
        dynamic(&value(&question(self.name), &ty), &ty)
    }

    /// What is looked up gives what it found, or an error.
    fn found(&self, result: Option<&DynamicValue>, diagnostics: &[Diagnostic]) {
        let is_null = state(result, &self.schema.ty()).is_null();
        assert_eq!(failed(diagnostics, self.script), is_null, "{}", self.name);
    }

    async fn look_up(&self) {
        let request = read_data_source::Request {
            type_name: self.name.to_owned(),
            config: Some(self.question()),
            ..Default::default()
        };
        let answer = self.server.read_data_source(Request::new(request)).await;
        let answer = answer.expect("an answer").into_inner();
        self.found(answer.state.as_ref(), &answer.diagnostics);
    }

    async fn open(&self) {
        let request = open_ephemeral_resource::Request {
            type_name: self.name.to_owned(),
            config: Some(self.question()),
            ..Default::default()
        };
        let answer = self.server.open_ephemeral_resource(Request::new(request)).await;
        let answer = answer.expect("an answer").into_inner();
        self.found(answer.result.as_ref(), &answer.diagnostics);
    }

    async fn enumerate(&self) {
        let request = list_resource::Request {
            type_name: self.name.to_owned(),
            config: Some(self.question()),
            include_resource_object: true,
            limit: 100,
        };
        let events = self.server.list_resource(Request::new(request)).await.expect("an answer");
        let mut events = events.into_inner();
        while let Some(event) = events.next().await {
            let event = event.expect("an event");
            let is_failure = failed(&event.diagnostic, self.script);
            assert!(is_failure || event.identity.is_some(), "what is listed has an identity");
        }
    }

    async fn invoke(&self) {
        let request = invoke_action::Request {
            action_type: self.name.to_owned(),
            config: Some(self.question()),
            ..Default::default()
        };
        let events = self.server.invoke_action(Request::new(request)).await.expect("an answer");
        let mut events = events.into_inner();
        let mut ends = 0;
        while let Some(event) = events.next().await {
            match event.expect("an event").r#type.expect("a type") {
                Event::Progress(progress) => {
                    assert!(!progress.message.contains(char::is_control), "{:?}", progress.message);
                }
                Event::Completed(completed) => {
                    failed(&completed.diagnostics, self.script);
                    ends += 1;
                }
            }
        }
        assert_eq!(ends, 1, "an action completes once");
    }
}

/// A plan.
struct Planned {
    planned: Option<DynamicValue>,
    private: Vec<u8>,
    replaces: bool,
}
