//! Calls of functions.

use super::Inner;
use super::convert::{printable, read_value, write_value};
use crate::terraform::diagnostic::{Diagnostic, Error};
use crate::terraform::function::{Function, FunctionError};
use crate::terraform::proto::{self, DynamicValue, call_function};
use crate::terraform::provider::Provider;
use crate::terraform::value::Value;

impl<P: Provider> Inner<P> {
    pub(super) fn call_function(
        &self,
        request: call_function::Request,
    ) -> Result<call_function::Response, Diagnostic> {
        let function = P::FUNCTIONS.iter().find(|function| function.name == request.name);
        let function = function.ok_or_else(|| {
            let detail =
                format!("This version of the provider has no function {:?}.", request.name);
            Diagnostic::error("Unknown function", detail)
        })?;
        let result = call(function, &request.arguments).and_then(|value| {
            write_value(&value, &function.returns.ty()).map_err(|error| blame(None, error))
        });
        Ok(match result {
            Ok(result) => call_function::Response { result, error: None },
            Err(error) => {
                // Terraform ends the sentence itself.
                let text = printable(error.text.trim_end_matches('.').to_owned());
                let error = proto::FunctionError { text, function_argument: error.argument };
                call_function::Response { result: None, error: Some(error) }
            }
        })
    }
}

fn blame(argument: Option<i64>, error: Error) -> FunctionError {
    FunctionError { argument, text: error.detail }
}

/// Terraform itself refuses null arguments and does not call with unknown ones; another client
/// might not.
fn call(function: &Function, arguments: &[DynamicValue]) -> Result<Value, FunctionError> {
    if arguments.len() != function.parameters.len() {
        let text = format!("The function takes {} arguments.", function.parameters.len());
        return Err(FunctionError { argument: None, text });
    }
    let mut values = Vec::with_capacity(arguments.len());
    for ((index, parameter), argument) in (0..).zip(function.parameters).zip(arguments) {
        let value = read_value(Some(argument), &parameter.kind.ty())
            .map_err(|error| blame(Some(index), error))?;
        if value.is_null() {
            return Err(FunctionError::argument(index, "The argument must not be null."));
        }
        values.push(value);
    }
    if !values.iter().all(Value::is_wholly_known) {
        return Ok(Value::unknown());
    }
    (function.call)(&values)
}
