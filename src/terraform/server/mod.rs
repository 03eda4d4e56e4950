//! The provider's gRPC service: one short method for each call of Terraform's.
//!
//! Each call is decoded, answered by pure code or by a noun, and encoded. A failure is a
//! diagnostic in the answer, never a gRPC status, and a panic is a failure like any other.

#![allow(
    clippy::needless_pass_by_value,
    clippy::unnecessary_wraps,
    clippy::unused_self,
    reason = "every call has the same form, whether it needs all of it or not"
)]

mod answer;
mod convert;
mod functions;
mod lifecycle;
mod reads;
mod schemas;
mod states;
mod streams;

use super::context::Context;
use super::diagnostic::{Diagnostic, Error, Result};
use super::proto::provider_server;
use super::proto::{self, ClientCapabilities, Deferred, deferred};
use super::provider::Provider;
use super::serve::contained;
use answer::Answer;
use std::collections::HashSet;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};
use tracing::{Instrument, Span};

/// A provider, served to Terraform.
pub struct Server<P: Provider> {
    inner: Arc<Inner<P>>,
}

struct Inner<P: Provider> {
    session: RwLock<Session<P::Api>>,
    /// Ends with the process.
    ending: CancellationToken,
    schemas: OnceLock<proto::get_provider_schema::Response>,
    calls: AtomicU64,
}

/// What the last `ConfigureProvider` left.
struct Session<Api> {
    api: Configured<Api>,
    stop: CancellationToken,
    /// The objects that were deleted since then, as messages name them.
    deleted: Mutex<HashSet<String>>,
}

enum Configured<Api> {
    Not,
    /// Settings that are known only after apply.
    Unknown(Vec<String>),
    Ready(Arc<Api>),
}

impl<P: Provider> Server<P> {
    /// A provider that is not configured yet. Whatever it does ends with `ending`.
    pub fn new(ending: CancellationToken) -> Self {
        let stop = ending.child_token();
        let session = Session { api: Configured::Not, stop, deleted: Mutex::default() };
        let inner = Inner {
            session: RwLock::new(session),
            ending,
            schemas: OnceLock::new(),
            calls: AtomicU64::new(0),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Runs one call: logged, and with every failure and panic in the answer.
    async fn call<A: Answer>(
        &self,
        rpc: &'static str,
        type_name: &str,
        call: impl Future<Output = Result<A, Diagnostic>> + Send,
    ) -> Result<Response<A>, Status> {
        let span = self.inner.span(rpc, type_name);
        let answer = match contained(call.instrument(span)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(diagnostic)) => A::failed(diagnostic),
            Err(panicked) => A::failed(panic_report(rpc, &panicked.place)),
        };
        Ok(Response::new(answer))
    }
}

/// What a user is told of a panic.
fn panic_report(rpc: &str, place: &str) -> Diagnostic {
    Diagnostic::error(
        "The provider has a bug",
        format!(
            "The call {rpc} failed at {place}. Nothing more of this object was changed. Run \
             `terraform plan` to see what was done, and please report the bug with this text."
        ),
    )
}

impl<P: Provider> Inner<P> {
    /// What every line of the log says that is written during a call, at whichever level.
    fn span(&self, rpc: &'static str, type_name: &str) -> Span {
        // Terraform writes the lines of all providers' processes into one log.
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        let call_id = format!("{}-{call}", std::process::id());
        if rpc.contains("Data") {
            let tf_data_source_type = type_name;
            return tracing::error_span!(
                "call",
                tf_rpc = rpc,
                tf_req_id = call_id,
                tf_data_source_type
            );
        }
        tracing::error_span!(
            "call",
            tf_rpc = rpc,
            tf_req_id = call_id,
            tf_resource_type = type_name
        )
    }

    /// What a noun needs to serve a call.
    fn context(&self) -> Result<Context<P::Api>> {
        let session = self.session.read().unwrap_or_else(PoisonError::into_inner);
        match &session.api {
            Configured::Ready(api) => Ok(Context::new(Arc::clone(api))),
            Configured::Not => Err(Error::new(
                "The provider is not configured yet. This is a bug in Terraform or the provider.",
            )),
            Configured::Unknown(names) => {
                let list = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>();
                Err(Error::new(format!(
                    "The provider's {} is known only after apply, but is needed now. Apply what \
                     it depends on first, with `terraform apply -target=...`, or set it to a \
                     known value.",
                    list.join(" and ")
                )))
            }
        }
    }

    /// The answer that puts an object off, where the settings are not known yet and Terraform can
    /// wait for them.
    fn deferral(&self, client: Option<&ClientCapabilities>) -> Option<Deferred> {
        let session = self.session.read().unwrap_or_else(PoisonError::into_inner);
        let unknown = matches!(session.api, Configured::Unknown(_));
        let allowed = client.is_some_and(|client| client.deferral_allowed);
        (unknown && allowed)
            .then(|| Deferred { reason: deferred::Reason::ProviderConfigUnknown.into() })
    }
}

fn write_only_allowed(client: Option<&ClientCapabilities>) -> bool {
    client.is_some_and(|client| client.write_only_attributes_allowed)
}

/// Finds an entry of one of the provider's lists.
macro_rules! find {
    ($list:expr, $name:expr) => {
        $list.iter().find(|entry| entry.name() == $name).copied().ok_or_else(|| {
            crate::terraform::Diagnostic::error(
                "Unknown type",
                format!("This version of the provider has no {:?}.", $name),
            )
        })
    };
}
use find;

/// Most calls are answered at once, and some only after Quay has answered.
macro_rules! answer {
    (now $answer:expr) => {
        $answer
    };
    (later $answer:expr) => {
        $answer.await
    };
}

/// The whole service: for each call what answers it and when, its name, and the type it is about.
macro_rules! service {
    ($($method:ident $when:ident $rpc:literal [$($name:ident)?];)*) => {
        #[tonic::async_trait]
        impl<P: Provider> provider_server::Provider for Server<P> {
            type ListResourceStream = Pin<Box<streams::Events<proto::list_resource::Event>>>;
            type InvokeActionStream = Pin<Box<streams::Events<proto::invoke_action::Event>>>;

            $(async fn $method(
                &self,
                request: Request<proto::$method::Request>,
            ) -> Result<Response<proto::$method::Response>, Status> {
                let request = request.into_inner();
                let type_name = String::new() $(+ &request.$name)?;
                self.call($rpc, &type_name, async { answer!($when self.inner.$method(request)) }).await
            })*

            async fn list_resource(
                &self,
                request: Request<proto::list_resource::Request>,
            ) -> Result<Response<Self::ListResourceStream>, Status> {
                Ok(Response::new(streams::list(Arc::clone(&self.inner), request.into_inner())))
            }

            async fn invoke_action(
                &self,
                request: Request<proto::invoke_action::Request>,
            ) -> Result<Response<Self::InvokeActionStream>, Status> {
                Ok(Response::new(streams::invoke(Arc::clone(&self.inner), request.into_inner())))
            }
        }
    };
}

service! {
    get_metadata now "GetMetadata" [];
    get_provider_schema now "GetProviderSchema" [];
    get_resource_identity_schemas now "GetResourceIdentitySchemas" [];
    validate_provider_config now "ValidateProviderConfig" [];
    configure_provider now "ConfigureProvider" [];
    stop_provider now "StopProvider" [];
    validate_resource_config now "ValidateResourceConfig" [type_name];
    upgrade_resource_state now "UpgradeResourceState" [type_name];
    upgrade_resource_identity now "UpgradeResourceIdentity" [type_name];
    read_resource later "ReadResource" [type_name];
    plan_resource_change now "PlanResourceChange" [type_name];
    apply_resource_change later "ApplyResourceChange" [type_name];
    import_resource_state later "ImportResourceState" [type_name];
    move_resource_state now "MoveResourceState" [target_type_name];
    generate_resource_config now "GenerateResourceConfig" [type_name];
    validate_data_resource_config now "ValidateDataResourceConfig" [type_name];
    read_data_source later "ReadDataSource" [type_name];
    validate_ephemeral_resource_config now "ValidateEphemeralResourceConfig" [type_name];
    open_ephemeral_resource later "OpenEphemeralResource" [type_name];
    renew_ephemeral_resource now "RenewEphemeralResource" [type_name];
    close_ephemeral_resource now "CloseEphemeralResource" [type_name];
    validate_list_resource_config now "ValidateListResourceConfig" [type_name];
    validate_action_config now "ValidateActionConfig" [action_type];
    plan_action now "PlanAction" [action_type];
    get_functions now "GetFunctions" [];
    call_function now "CallFunction" [name];
}
