//! What the provider offers, its settings, and whether a configuration fits.

use super::convert::{
    read_value, write_diagnostics, write_function, write_identity_schema, write_schema,
};
use super::{Configured, Inner, Session, find, write_only_allowed};
use crate::terraform::diagnostic::Diagnostic;
use crate::terraform::json::to_json;
use crate::terraform::proto::{self, DynamicValue};
use crate::terraform::provider::Provider;
use crate::terraform::schema::Schema;
use crate::terraform::validate::validate;
use crate::terraform::value::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

type Answer<T> = Result<T, Diagnostic>;

const CAPABILITIES: proto::ServerCapabilities = proto::ServerCapabilities {
    plan_destroy: true,
    get_provider_schema_optional: true,
    move_resource_state: true,
    generate_resource_config: true,
};

fn by_name<T>(entries: impl Iterator<Item = (&'static str, T)>) -> BTreeMap<String, T> {
    entries.map(|(name, entry)| (name.to_owned(), entry)).collect()
}

/// Checks a configuration by its schema, and then by the noun's own rules.
fn check(
    schema: &Schema,
    config: Option<&DynamicValue>,
    write_only_allowed: bool,
    own_rules: impl FnOnce(&Value) -> Vec<Diagnostic>,
) -> Answer<Vec<proto::Diagnostic>> {
    let config = read_value(config, &schema.ty())
        .map_err(|error| error.into_diagnostic("Cannot read the configuration"))?;
    let mut found = validate(schema, &config, write_only_allowed);
    found.extend(own_rules(&config));
    Ok(write_diagnostics(found))
}

impl<P: Provider> Inner<P> {
    pub(super) fn get_metadata(
        &self,
        _: proto::get_metadata::Request,
    ) -> Answer<proto::get_metadata::Response> {
        use proto::get_metadata::{
            ActionMetadata, DataSourceMetadata, EphemeralResourceMetadata, FunctionMetadata,
            ListResourceMetadata, ResourceMetadata,
        };
        let resource = |name: &str| ResourceMetadata { type_name: name.into() };
        let data_source = |name: &str| DataSourceMetadata { type_name: name.into() };
        let ephemeral = |name: &str| EphemeralResourceMetadata { type_name: name.into() };
        let list = |name: &str| ListResourceMetadata { type_name: name.into() };
        let action = |name: &str| ActionMetadata { type_name: name.into() };
        let function = |name: &str| FunctionMetadata { name: name.into() };
        Ok(proto::get_metadata::Response {
            server_capabilities: Some(CAPABILITIES),
            diagnostics: Vec::new(),
            resources: P::RESOURCES.iter().map(|it| resource(it.name())).collect(),
            data_sources: P::DATA_SOURCES.iter().map(|it| data_source(it.name())).collect(),
            ephemeral_resources: P::EPHEMERAL_RESOURCES
                .iter()
                .map(|it| ephemeral(it.name()))
                .collect(),
            list_resources: P::LISTS.iter().map(|it| list(it.name())).collect(),
            actions: P::ACTIONS.iter().map(|it| action(it.name())).collect(),
            functions: P::FUNCTIONS.iter().map(|it| function(it.name)).collect(),
        })
    }

    pub(super) fn get_provider_schema(
        &self,
        _: proto::get_provider_schema::Request,
    ) -> Answer<proto::get_provider_schema::Response> {
        Ok(self.schemas.get_or_init(Self::schemas).clone())
    }

    fn schemas() -> proto::get_provider_schema::Response {
        let action = |schema: &Schema| proto::ActionSchema { schema: Some(write_schema(schema)) };
        proto::get_provider_schema::Response {
            provider: Some(write_schema(&P::SCHEMA)),
            resource_schemas: by_name(
                P::RESOURCES.iter().map(|it| (it.name(), write_schema(it.schema()))),
            ),
            data_source_schemas: by_name(
                P::DATA_SOURCES.iter().map(|it| (it.name(), write_schema(it.schema()))),
            ),
            ephemeral_resource_schemas: by_name(
                P::EPHEMERAL_RESOURCES.iter().map(|it| (it.name(), write_schema(it.schema()))),
            ),
            list_resource_schemas: by_name(
                P::LISTS.iter().map(|it| (it.name(), write_schema(it.schema()))),
            ),
            action_schemas: by_name(P::ACTIONS.iter().map(|it| (it.name(), action(it.schema())))),
            functions: by_name(P::FUNCTIONS.iter().map(|it| (it.name, write_function(it)))),
            server_capabilities: Some(CAPABILITIES),
            provider_meta: None,
            diagnostics: Vec::new(),
        }
    }

    pub(super) fn get_resource_identity_schemas(
        &self,
        _: proto::get_resource_identity_schemas::Request,
    ) -> Answer<proto::get_resource_identity_schemas::Response> {
        let identity_schemas = by_name(
            P::RESOURCES
                .iter()
                .map(|it| (it.name(), write_identity_schema(it.schema(), it.identity()))),
        );
        Ok(proto::get_resource_identity_schemas::Response {
            identity_schemas,
            diagnostics: Vec::new(),
        })
    }

    pub(super) fn get_functions(
        &self,
        _: proto::get_functions::Request,
    ) -> Answer<proto::get_functions::Response> {
        let functions = by_name(P::FUNCTIONS.iter().map(|it| (it.name, write_function(it))));
        Ok(proto::get_functions::Response { functions, diagnostics: Vec::new() })
    }

    pub(super) fn validate_provider_config(
        &self,
        request: proto::validate_provider_config::Request,
    ) -> Answer<proto::validate_provider_config::Response> {
        let diagnostics = check(&P::SCHEMA, request.config.as_ref(), true, P::validate)?;
        Ok(proto::validate_provider_config::Response { diagnostics })
    }

    pub(super) fn configure_provider(
        &self,
        request: proto::configure_provider::Request,
    ) -> Answer<proto::configure_provider::Response> {
        let config = read_value(request.config.as_ref(), &P::SCHEMA.ty())
            .map_err(|error| error.into_diagnostic("Cannot read the provider's settings"))?;
        let unknown: Vec<String> = P::SCHEMA
            .attributes
            .iter()
            .filter(|attribute| !config.get(attribute.name).is_wholly_known())
            .map(|attribute| attribute.name.to_owned())
            .collect();
        let stop = self.ending.child_token();
        let (api, diagnostics) = if unknown.is_empty() {
            match P::configure(to_json(&config), stop.clone()) {
                Ok((api, warnings)) => (Configured::Ready(Arc::new(api)), warnings),
                Err(errors) => (Configured::Not, errors),
            }
        } else {
            (Configured::Unknown(unknown), Vec::new())
        };
        let session = Session { api, stop, deleted: Mutex::default() };
        *self.session.write().unwrap_or_else(PoisonError::into_inner) = session;
        let diagnostics = write_diagnostics(diagnostics);
        Ok(proto::configure_provider::Response { diagnostics })
    }

    pub(super) fn stop_provider(
        &self,
        _: proto::stop_provider::Request,
    ) -> Answer<proto::stop_provider::Response> {
        tracing::info!("stopping what is running");
        self.session.read().unwrap_or_else(PoisonError::into_inner).stop.cancel();
        Ok(proto::stop_provider::Response { error: String::new() })
    }

    pub(super) fn validate_resource_config(
        &self,
        request: proto::validate_resource_config::Request,
    ) -> Answer<proto::validate_resource_config::Response> {
        let resource = find!(P::RESOURCES, request.type_name)?;
        let allowed = write_only_allowed(request.client_capabilities.as_ref());
        let config = request.config.as_ref();
        let own_rules = |config: &Value| resource.validate(config);
        let diagnostics = check(resource.schema(), config, allowed, own_rules)?;
        Ok(proto::validate_resource_config::Response { diagnostics })
    }

    pub(super) fn validate_data_resource_config(
        &self,
        request: proto::validate_data_resource_config::Request,
    ) -> Answer<proto::validate_data_resource_config::Response> {
        let data_source = find!(P::DATA_SOURCES, request.type_name)?;
        let config = request.config.as_ref();
        let own_rules = |config: &Value| data_source.validate(config);
        let diagnostics = check(data_source.schema(), config, false, own_rules)?;
        Ok(proto::validate_data_resource_config::Response { diagnostics })
    }

    pub(super) fn validate_ephemeral_resource_config(
        &self,
        request: proto::validate_ephemeral_resource_config::Request,
    ) -> Answer<proto::validate_ephemeral_resource_config::Response> {
        let ephemeral = find!(P::EPHEMERAL_RESOURCES, request.type_name)?;
        let config = request.config.as_ref();
        let own_rules = |config: &Value| ephemeral.validate(config);
        let diagnostics = check(ephemeral.schema(), config, false, own_rules)?;
        Ok(proto::validate_ephemeral_resource_config::Response { diagnostics })
    }

    pub(super) fn validate_list_resource_config(
        &self,
        request: proto::validate_list_resource_config::Request,
    ) -> Answer<proto::validate_list_resource_config::Response> {
        let list = find!(P::LISTS, request.type_name)?;
        let config = request.config.as_ref();
        let diagnostics = check(list.schema(), config, false, |_| Vec::new())?;
        Ok(proto::validate_list_resource_config::Response { diagnostics })
    }

    pub(super) fn validate_action_config(
        &self,
        request: proto::validate_action_config::Request,
    ) -> Answer<proto::validate_action_config::Response> {
        let action = find!(P::ACTIONS, request.action_type)?;
        let config = request.config.as_ref();
        let own_rules = |config: &Value| action.validate(config);
        let diagnostics = check(action.schema(), config, false, own_rules)?;
        Ok(proto::validate_action_config::Response { diagnostics })
    }

    pub(super) fn plan_action(
        &self,
        request: proto::plan_action::Request,
    ) -> Answer<proto::plan_action::Response> {
        let action = find!(P::ACTIONS, request.action_type)?;
        let deferred = self.deferral(request.client_capabilities.as_ref());
        // Terraform validates arguments while it knows no variables, and not again afterwards.
        let own_rules = |config: &Value| action.validate(config);
        let diagnostics = check(action.schema(), request.config.as_ref(), false, own_rules)?;
        Ok(proto::plan_action::Response { diagnostics, deferred })
    }
}
