//! A miniature Terraform core: it plans, applies, reads and imports over real gRPC, and holds every
//! answer against the rules that the real one enforces.

use super::core::in_process;
use super::proposal::propose;
use serde_json::Value as Json;
use std::marker::PhantomData;
use terraform_provider_quay::terraform::json::{from_json, to_json};
use terraform_provider_quay::terraform::msgpack;
use terraform_provider_quay::terraform::proto::provider_client::ProviderClient;
use terraform_provider_quay::terraform::proto::{
    self, ClientCapabilities, Diagnostic, DynamicValue, apply_resource_change, configure_provider,
    import_resource_state, plan_resource_change, read_data_source, read_resource,
};
use terraform_provider_quay::terraform::provider::Provider;
use terraform_provider_quay::terraform::schema::Schema;
use terraform_provider_quay::terraform::server::Server;
use terraform_provider_quay::terraform::types::Type;
use terraform_provider_quay::terraform::value::Value;
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;

/// A provider, reached over gRPC.
pub struct Wire<P: Provider> {
    /// The connection, for calls that are not here.
    pub client: ProviderClient<Channel>,
    provider: PhantomData<P>,
}

/// What an operation left.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The state; null where there is none.
    pub state: Json,
    /// Private bytes.
    pub private: Vec<u8>,
    /// The errors, summary and detail in one line each.
    pub errors: Vec<String>,
    /// The warnings.
    pub warnings: Vec<String>,
}

/// A plan.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The planned state, unknown values included.
    pub planned: Value,
    /// The attributes that force a new object.
    pub replaced: usize,
    /// The errors.
    pub errors: Vec<String>,
    private: Vec<u8>,
}

fn lines(diagnostics: &[Diagnostic], severity: proto::diagnostic::Severity) -> Vec<String> {
    let of_it = diagnostics.iter().filter(|it| it.severity == i32::from(severity));
    of_it.map(|it| format!("{}: {}", it.summary, it.detail)).collect()
}

fn errors(diagnostics: &[Diagnostic]) -> Vec<String> {
    lines(diagnostics, proto::diagnostic::Severity::Error)
}

/// Encodes JSON as a value of a type.
pub fn dynamic(json: &Json, ty: &Type) -> Option<DynamicValue> {
    encode(&from_json(json, ty).expect("it fits the schema"), ty)
}

/// Encodes a value of a type.
#[allow(clippy::unnecessary_wraps, reason = "messages hold their values as options")]
pub fn encode(value: &Value, ty: &Type) -> Option<DynamicValue> {
    let msgpack = msgpack::encode(value, ty).expect("it can be encoded");
    Some(DynamicValue { msgpack, json: Vec::new() })
}

fn decode(value: Option<&DynamicValue>, ty: &Type) -> Value {
    value.map_or(Value::Null, |it| msgpack::decode(&it.msgpack, ty).expect("it can be decoded"))
}

impl<P: Provider> Wire<P> {
    /// A provider that is not configured.
    pub async fn unconfigured() -> Self {
        let client = in_process(Server::<P>::new(CancellationToken::new())).await;
        Self { client, provider: PhantomData }
    }

    /// A provider with settings, which must be accepted.
    pub async fn new(settings: &Json) -> Self {
        let wire = Self::unconfigured().await;
        let errors = wire.configure(settings).await;
        assert!(errors.is_empty(), "{errors:?}");
        wire
    }

    /// Configures the provider and gives the errors.
    pub async fn configure(&self, settings: &Json) -> Vec<String> {
        let request = configure_provider::Request {
            config: dynamic(settings, &P::SCHEMA.ty()),
            ..configure_provider::Request::default()
        };
        let answer = self.client.clone().configure_provider(request).await.expect("an answer");
        errors(&answer.into_inner().diagnostics)
    }

    /// The schema of a resource.
    pub fn schema(type_name: &str) -> &'static Schema {
        let found = P::RESOURCES.iter().find(|it| it.name() == type_name);
        found.expect("there is such a resource").schema()
    }

    /// Plans a change from `prior` to `config`; null means "not there" and "not wanted".
    pub async fn plan(&self, type_name: &str, prior: &Json, config: &Json, private: &[u8]) -> Plan {
        let schema = Self::schema(type_name);
        let ty = schema.ty();
        let prior_value = from_json(prior, &ty).expect("it fits");
        let config_value = from_json(config, &ty).expect("it fits");
        let proposed = propose(schema.attributes, &prior_value, &config_value);
        let request = plan_resource_change::Request {
            type_name: type_name.to_owned(),
            prior_state: encode(&prior_value, &ty),
            proposed_new_state: encode(&proposed, &ty),
            config: encode(&config_value, &ty),
            prior_private: private.to_vec(),
            client_capabilities: Some(CAPABILITIES),
            ..plan_resource_change::Request::default()
        };
        let answer = self.client.clone().plan_resource_change(request).await.expect("an answer");
        let answer = answer.into_inner();
        let planned = decode(answer.planned_state.as_ref(), &ty);
        let found = errors(&answer.diagnostics);
        if found.is_empty() {
            check_plan(schema, &prior_value, &config_value, &planned);
        }
        Plan {
            planned,
            replaced: answer.requires_replace.len(),
            errors: found,
            private: answer.planned_private,
        }
    }

    /// Plans and applies a change from a state to a configuration.
    pub async fn apply(&self, type_name: &str, prior: &Outcome, config: &Json) -> Outcome {
        let plan = self.plan(type_name, &prior.state, config, &prior.private).await;
        if !plan.errors.is_empty() {
            return Outcome { errors: plan.errors, ..prior.clone() };
        }
        let ty = Self::schema(type_name).ty();
        let request = apply_resource_change::Request {
            type_name: type_name.to_owned(),
            prior_state: dynamic(&prior.state, &ty),
            planned_state: encode(&plan.planned, &ty),
            config: dynamic(config, &ty),
            planned_private: plan.private,
            ..apply_resource_change::Request::default()
        };
        let answer = self.client.clone().apply_resource_change(request).await.expect("an answer");
        let answer = answer.into_inner();
        let state = decode(answer.new_state.as_ref(), &ty);
        let outcome = Outcome {
            state: to_json(&state),
            private: answer.private,
            errors: errors(&answer.diagnostics),
            warnings: lines(&answer.diagnostics, proto::diagnostic::Severity::Warning),
        };
        check_state(Self::schema(type_name), &state);
        if outcome.errors.is_empty() {
            check_applied(&plan.planned, &state);
            let has_identity = answer.new_identity.is_some();
            assert_eq!(has_identity, !state.is_null(), "an object has an identity");
        }
        outcome
    }

    /// Creates an object.
    pub async fn create(&self, type_name: &str, config: &Json) -> Outcome {
        self.apply(type_name, &Outcome::nothing(), config).await
    }

    /// Destroys an object.
    pub async fn destroy(&self, type_name: &str, prior: &Outcome) -> Outcome {
        self.apply(type_name, prior, &Json::Null).await
    }

    /// Refreshes a state.
    pub async fn read(&self, type_name: &str, prior: &Outcome) -> Outcome {
        let ty = Self::schema(type_name).ty();
        let request = read_resource::Request {
            type_name: type_name.to_owned(),
            current_state: dynamic(&prior.state, &ty),
            private: prior.private.clone(),
            ..read_resource::Request::default()
        };
        let answer = self.client.clone().read_resource(request).await.expect("an answer");
        let answer = answer.into_inner();
        let state = decode(answer.new_state.as_ref(), &ty);
        check_state(Self::schema(type_name), &state);
        let errors = errors(&answer.diagnostics);
        assert_eq!(
            answer.new_identity.is_some(),
            !state.is_null() && errors.is_empty(),
            "an object has an identity"
        );
        Outcome { state: to_json(&state), private: answer.private, errors, warnings: Vec::new() }
    }

    /// Reads a data source; its result is the outcome's state.
    pub async fn look_up(&self, type_name: &str, config: &Json) -> Outcome {
        let found = P::DATA_SOURCES.iter().find(|it| it.name() == type_name);
        let ty = found.expect("there is such a data source").schema().ty();
        let request = read_data_source::Request {
            type_name: type_name.to_owned(),
            config: dynamic(config, &ty),
            ..read_data_source::Request::default()
        };
        let answer = self.client.clone().read_data_source(request).await.expect("an answer");
        let answer = answer.into_inner();
        Outcome {
            state: to_json(&decode(answer.state.as_ref(), &ty)),
            private: Vec::new(),
            errors: errors(&answer.diagnostics),
            warnings: lines(&answer.diagnostics, proto::diagnostic::Severity::Warning),
        }
    }

    /// Imports an object and refreshes it, as Terraform does.
    pub async fn import(&self, type_name: &str, id: &str) -> Outcome {
        let request = import_resource_state::Request {
            type_name: type_name.to_owned(),
            id: id.to_owned(),
            ..import_resource_state::Request::default()
        };
        let answer = self.client.clone().import_resource_state(request).await.expect("an answer");
        let answer = answer.into_inner();
        let errors = errors(&answer.diagnostics);
        let Some(imported) = answer.imported_resources.first() else {
            return Outcome { errors, ..Outcome::nothing() };
        };
        assert_eq!(answer.imported_resources.len(), 1);
        let state = to_json(&decode(imported.state.as_ref(), &Self::schema(type_name).ty()));
        self.read(type_name, &Outcome { state, ..Outcome::nothing() }).await
    }
}

impl Outcome {
    /// No object.
    pub fn nothing() -> Self {
        Self { state: Json::Null, private: Vec::new(), errors: Vec::new(), warnings: Vec::new() }
    }

    /// Asserts that there was no error.
    pub fn unfailing(self, what: &str) -> Self {
        assert!(self.errors.is_empty(), "{what}: {:?}", self.errors);
        self
    }
}

const CAPABILITIES: ClientCapabilities =
    ClientCapabilities { deferral_allowed: false, write_only_attributes_allowed: true };

/// Terraform's rules for plans.
fn check_plan(schema: &Schema, prior: &Value, config: &Value, planned: &Value) {
    if config.is_null() {
        assert!(planned.is_null(), "the plan of a removal is null");
        return;
    }
    for attribute in schema.attributes {
        let name = attribute.name;
        let (written, was, will) = (config.get(name), prior.get(name), planned.get(name));
        if attribute.write_only {
            assert!(will.is_null(), "{name}: write-only is planned as null");
        } else if !written.is_null() && attribute.kind.nested().is_none() {
            assert!(will == written || will == was, "{name}: neither configuration nor state");
        } else if written.is_null() && !attribute.is_computed() {
            assert!(will.is_null(), "{name}: a value for what is not computed");
        }
    }
}

/// Terraform's rules for every state.
fn check_state(schema: &Schema, state: &Value) {
    assert!(state.is_wholly_known(), "a state with unknown values");
    for attribute in schema.attributes.iter().filter(|attribute| attribute.write_only) {
        assert!(state.get(attribute.name).is_null(), "a state with a write-only value");
    }
}

/// Terraform's rules for the state after an apply: what was planned is what is.
fn check_applied(planned: &Value, state: &Value) {
    match (planned, state) {
        (Value::Unknown(_), _) => {}
        (Value::Map(planned), Value::Map(state)) => {
            for (name, planned) in planned {
                check_applied(planned, &state[name]);
            }
        }
        _ => assert!(planned == state, "the state is not what was planned"),
    }
}
