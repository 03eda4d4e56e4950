//! What travels between Terraform and the provider, generated from `proto/`.
//!
//! The provider's messages and its service are here; go-plugin's and the health check's are in
//! modules of their own. Only the server, the conversions and the plugin process use them.

use prost::Message;
use std::fmt;

pub use tfplugin6::*;

/// Terraform's plugin protocol, version 6.
#[allow(
    missing_docs,
    clippy::pedantic,
    reason = "generated; the proto file says what each message is"
)]
mod tfplugin6 {
    tonic::include_proto!("tfplugin6");
}

/// The services of go-plugin, Terraform's plugin library.
#[allow(
    missing_docs,
    clippy::pedantic,
    reason = "generated; the proto file says what each message is"
)]
pub mod goplugin {
    tonic::include_proto!("plugin");
}

/// gRPC's health check.
#[allow(
    missing_docs,
    clippy::pedantic,
    reason = "generated; the proto file says what each message is"
)]
pub mod health {
    tonic::include_proto!("grpc.health.v1");
}

/// Gives a message that carries payload a `Debug` which shows only its length.
///
/// A payload is a configuration, a state or private data: it may hold a secret, and whatever can
/// be printed ends up in a log one day. `build.rs` withholds the derived `Debug` from each.
macro_rules! show_only_length {
    ($($message:ty),+ $(,)?) => {$(
        impl fmt::Debug for $message {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{} of {} bytes", stringify!($message), self.encoded_len())
            }
        }
    )+};
}

show_only_length!(
    DynamicValue,
    RawState,
    read_resource::Request,
    read_resource::Response,
    plan_resource_change::Request,
    plan_resource_change::Response,
    apply_resource_change::Request,
    apply_resource_change::Response,
    import_resource_state::ImportedResource,
    move_resource_state::Request,
    move_resource_state::Response,
    open_ephemeral_resource::Response,
    renew_ephemeral_resource::Request,
    renew_ephemeral_resource::Response,
    close_ephemeral_resource::Request,
    goplugin::StdioData,
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_the_length_of_a_payload_and_nothing_of_its_content() {
        let value = DynamicValue { msgpack: b"s3cr3t".to_vec(), json: b"s3cr3t".to_vec() };
        let plan = plan_resource_change::Request {
            type_name: "thing".into(),
            config: Some(value.clone()),
            prior_private: b"s3cr3t".to_vec(),
            ..Default::default()
        };
        let config =
            validate_resource_config::Request { config: Some(value.clone()), ..Default::default() };
        let raw = RawState {
            flatmap: [("password".to_owned(), "s3cr3t".to_owned())].into(),
            ..Default::default()
        };
        assert_eq!(format!("{value:?}"), "DynamicValue of 16 bytes");
        for shown in [format!("{plan:?}"), format!("{config:?}"), format!("{raw:?}")] {
            assert!(shown.contains("bytes"), "{shown}");
            assert!(!shown.contains("s3cr3t") && !shown.contains("115"), "{shown}");
        }
    }
}
