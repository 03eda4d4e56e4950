//! Every call of Terraform's, with any request.
//!
//! The first byte chooses the call and how far the provider is configured, the others are the
//! request's protobuf message.

use super::offline::{Offline, block_on};
use futures_util::{Stream, StreamExt};
use prost::Message;
use terraform_provider_quay::terraform::msgpack;
use terraform_provider_quay::terraform::proto::provider_server::Provider as Service;
use terraform_provider_quay::terraform::proto::{self, DynamicValue, configure_provider};
use terraform_provider_quay::terraform::provider::Provider;
use terraform_provider_quay::terraform::server::Server;
use terraform_provider_quay::terraform::value::Value;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

/// The calls by number. The corpora depend on the order, so a new call goes to the end.
macro_rules! calls {
    ($($kind:ident $method:ident)*) => {
        /// How many calls there are.
        const CALLS: u8 = 0 $(+ { let _ = stringify!($method); 1 })*;

        async fn call(number: u8, server: &Server<Offline>, request: &[u8]) {
            let mut calls = 0..;
            $(if calls.next() == Some(number) {
                if let Ok(request) = proto::$method::Request::decode(request) {
                    calls!(@$kind server.$method(Request::new(request)).await);
                }
                return;
            })*
        }
    };
    (@answer $answer:expr) => { check($answer) };
    (@stream $answer:expr) => { check_stream($answer).await };
}

calls! {
    answer get_metadata
    answer get_provider_schema
    answer get_resource_identity_schemas
    answer validate_provider_config
    answer configure_provider
    answer stop_provider
    answer validate_resource_config
    answer upgrade_resource_state
    answer upgrade_resource_identity
    answer read_resource
    answer plan_resource_change
    answer apply_resource_change
    answer import_resource_state
    answer move_resource_state
    answer generate_resource_config
    answer validate_data_resource_config
    answer read_data_source
    answer validate_ephemeral_resource_config
    answer open_ephemeral_resource
    answer renew_ephemeral_resource
    answer close_ephemeral_resource
    answer validate_list_resource_config
    answer validate_action_config
    answer plan_action
    answer get_functions
    answer call_function
    stream list_resource
    stream invoke_action
}

/// A failure is a diagnostic, never a status.
fn check<T: Message>(answer: Result<Response<T>, Status>) {
    let answer = answer.expect("the call is answered");
    std::hint::black_box(answer.into_inner().encode_to_vec());
}

async fn check_stream<T: Message>(
    answer: Result<Response<impl Stream<Item = Result<T, Status>> + Unpin>, Status>,
) {
    let mut events = answer.expect("the call is answered").into_inner();
    while let Some(event) = events.next().await {
        std::hint::black_box(event.expect("an event").encode_to_vec());
    }
}

/// Settings of which none is known.
fn unknown_settings() -> DynamicValue {
    let names = Offline::SCHEMA.attributes.iter().map(|attribute| attribute.name.to_owned());
    let settings = Value::Map(names.map(|name| (name, Value::unknown())).collect());
    let msgpack = msgpack::encode(&settings, &Offline::SCHEMA.ty()).expect("it fits");
    DynamicValue { msgpack, json: Vec::new() }
}

/// Every call is answered, whatever was asked.
pub fn run(data: &[u8]) {
    let Some((choice, request)) = data.split_first() else { return };
    block_on(async {
        let server = Server::<Offline>::new(CancellationToken::new());
        let config = match choice / CALLS {
            0 => Some(None),
            1 => Some(Some(unknown_settings())),
            _ => None,
        };
        if let Some(config) = config {
            let request = configure_provider::Request { config, ..Default::default() };
            check(server.configure_provider(Request::new(request)).await);
        }
        call(choice % CALLS, &server, request).await;
    });
}
