//! Data sources and ephemeral resources: what is read and not managed.

use super::convert::{read_value, write_diagnostics, write_value};
use super::{Inner, find};
use crate::terraform::context::Context;
use crate::terraform::data_source::AnyDataSource;
use crate::terraform::diagnostic::{Diagnostic, Result};
use crate::terraform::json::to_json;
use crate::terraform::plan::Planning;
use crate::terraform::proto::{
    DynamicValue, close_ephemeral_resource, open_ephemeral_resource, read_data_source,
    renew_ephemeral_resource,
};
use crate::terraform::provider::Provider;
use crate::terraform::typed::to_value;
use crate::terraform::value::Value;

impl<P: Provider> Inner<P> {
    pub(super) async fn read_data_source(
        &self,
        request: read_data_source::Request,
    ) -> Result<read_data_source::Response, Diagnostic> {
        let data_source = find!(P::DATA_SOURCES, request.type_name)?;
        let summary = format!("Cannot read {}", request.type_name);
        let fail = |error: crate::terraform::Error| error.into_diagnostic(summary.clone());
        if let Some(deferred) = self.deferral(request.client_capabilities.as_ref()) {
            let state = pending(data_source, request.config.as_ref()).map_err(fail)?;
            return Ok(read_data_source::Response {
                state,
                deferred: Some(deferred),
                diagnostics: Vec::new(),
            });
        }
        let context = self.context().map_err(fail)?;
        let state = read(data_source, request.config.as_ref(), &context).await.map_err(fail)?;
        let diagnostics = write_diagnostics(context.take_warnings());
        Ok(read_data_source::Response { state, diagnostics, deferred: None })
    }

    pub(super) async fn open_ephemeral_resource(
        &self,
        request: open_ephemeral_resource::Request,
    ) -> Result<open_ephemeral_resource::Response, Diagnostic> {
        let ephemeral = find!(P::EPHEMERAL_RESOURCES, request.type_name)?;
        let summary = format!("Cannot open {}", request.type_name);
        let fail = |error: crate::terraform::Error| error.into_diagnostic(summary.clone());
        if let Some(deferred) = self.deferral(request.client_capabilities.as_ref()) {
            return Ok(open_ephemeral_resource::Response {
                result: pending(ephemeral, request.config.as_ref()).map_err(fail)?,
                deferred: Some(deferred),
                ..open_ephemeral_resource::Response::default()
            });
        }
        let context = self.context().map_err(fail)?;
        let result = read(ephemeral, request.config.as_ref(), &context).await.map_err(fail)?;
        Ok(open_ephemeral_resource::Response {
            result,
            diagnostics: write_diagnostics(context.take_warnings()),
            ..open_ephemeral_resource::Response::default()
        })
    }

    /// Nothing here expires, so there is nothing to renew.
    pub(super) fn renew_ephemeral_resource(
        &self,
        request: renew_ephemeral_resource::Request,
    ) -> Result<renew_ephemeral_resource::Response, Diagnostic> {
        find!(P::EPHEMERAL_RESOURCES, request.type_name)?;
        let private = request.private;
        Ok(renew_ephemeral_resource::Response {
            private,
            ..renew_ephemeral_resource::Response::default()
        })
    }

    /// What was only read needs no closing.
    pub(super) fn close_ephemeral_resource(
        &self,
        request: close_ephemeral_resource::Request,
    ) -> Result<close_ephemeral_resource::Response, Diagnostic> {
        find!(P::EPHEMERAL_RESOURCES, request.type_name)?;
        Ok(close_ephemeral_resource::Response::default())
    }
}

/// Reads, and gives the arguments back as they were configured.
async fn read<Api>(
    data_source: &dyn AnyDataSource<Api>,
    config: Option<&DynamicValue>,
    context: &Context<Api>,
) -> Result<Option<DynamicValue>> {
    let ty = data_source.schema().ty();
    let config = read_value(config, &ty)?;
    let found = data_source.read(to_json(&config), context).await?;
    let mut state = to_value(&found, &ty)?;
    for attribute in data_source.schema().attributes {
        let configured = config.get(attribute.name);
        if !configured.is_null() {
            state.set_attribute(attribute.name, configured.clone());
        }
    }
    write_value(&state, &ty)
}

/// The arguments, and everything else unknown.
fn pending<Api>(
    data_source: &dyn AnyDataSource<Api>,
    config: Option<&DynamicValue>,
) -> Result<Option<DynamicValue>> {
    let ty = data_source.schema().ty();
    let config = read_value(config, &ty)?;
    let planning = Planning::new(data_source.schema(), &Value::Null, &config, &config);
    write_value(&planning.planned, &ty)
}
