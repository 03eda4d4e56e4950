//! What all answers have in common: they can carry a failure.

use super::convert::{printable, write_diagnostic};
use crate::terraform::diagnostic::Diagnostic;
use crate::terraform::proto;

/// An answer to a call.
pub(super) trait Answer: Send {
    /// The answer of a call that failed.
    fn failed(diagnostic: Diagnostic) -> Self;
}

macro_rules! answers {
    ($($module:ident)*) => {$(
        impl Answer for proto::$module::Response {
            fn failed(diagnostic: Diagnostic) -> Self {
                let mut answer = Self::default();
                answer.diagnostics.push(write_diagnostic(diagnostic));
                answer
            }
        }
    )*};
}

answers! {
    get_metadata get_provider_schema get_resource_identity_schemas validate_provider_config
    configure_provider validate_resource_config upgrade_resource_state upgrade_resource_identity
    read_resource plan_resource_change apply_resource_change import_resource_state
    move_resource_state generate_resource_config validate_data_resource_config read_data_source
    validate_ephemeral_resource_config open_ephemeral_resource renew_ephemeral_resource
    close_ephemeral_resource validate_list_resource_config validate_action_config plan_action
    get_functions
}

impl Answer for proto::stop_provider::Response {
    fn failed(diagnostic: Diagnostic) -> Self {
        Self { error: printable(diagnostic.detail) }
    }
}

impl Answer for proto::call_function::Response {
    fn failed(diagnostic: Diagnostic) -> Self {
        let text = printable(diagnostic.detail);
        let error = proto::FunctionError { text, function_argument: None };
        Self { result: None, error: Some(error) }
    }
}
