//! States from elsewhere: upgraded, imported, moved; and configuration made of a state.

use super::convert::{read_value, write_diagnostics, write_value};
use super::{Inner, find};
use crate::terraform::diagnostic::{Diagnostic, Error, Result};
use crate::terraform::json::to_json;
use crate::terraform::proto::{
    self, RawState, ResourceIdentityData, generate_resource_config, import_resource_state,
    move_resource_state, upgrade_resource_identity, upgrade_resource_state,
};
use crate::terraform::provider::Provider;
use crate::terraform::resource::{AnyResource, parse_import_id};
use crate::terraform::schema::{Attribute, Schema};
use crate::terraform::typed::to_value;
use crate::terraform::types::Type;
use crate::terraform::validate;
use crate::terraform::value::Value;
use serde_json::{Map, Value as Json};

/// The hosts under which a provider of the same source is known.
const REGISTRIES: [&str; 2] = ["registry.terraform.io", "registry.opentofu.org"];

/// A managed resource of the provider, with its type worked out.
pub(super) struct Managed<P: Provider> {
    pub(super) resource: &'static dyn AnyResource<P::Api>,
    pub(super) schema: &'static Schema,
    pub(super) ty: Type,
}

impl<P: Provider> Managed<P> {
    pub(super) fn find(type_name: &str) -> Result<Self, Diagnostic> {
        let resource = find!(P::RESOURCES, type_name)?;
        let schema = resource.schema();
        Ok(Self { resource, schema, ty: schema.ty() })
    }

    /// What users call the object, such as `quay_organization acme`.
    ///
    /// What is not created yet has a name at the most, if it gets its identity later.
    pub(super) fn label(&self, attributes: &Json) -> String {
        let identity = self.resource.identity();
        let text = |name: &&str| attributes.get(name)?.as_str();
        let mut parts: Vec<&str> = identity.iter().filter_map(text).collect();
        if parts.len() < identity.len() {
            parts.extend(text(&"name").filter(|_| !identity.contains(&"name")));
        }
        format!("{} {}", self.resource.name(), parts.join("/")).trim_end().to_owned()
    }

    /// The summary of a failure, such as `Cannot create quay_organization acme`.
    pub(super) fn failed(&self, verb: &str, attributes: &Json) -> String {
        format!("Cannot {verb} {}", self.label(attributes))
    }

    /// The attributes that name the object.
    pub(super) fn key(&self, attributes: &Json) -> Json {
        let identity = self.resource.identity().iter();
        let value = |name| attributes.get(name).cloned().unwrap_or(Json::Null);
        Json::Object(identity.map(|name| ((*name).to_owned(), value(name))).collect())
    }

    /// Whether nothing but the key is known: the state is fresh from an import.
    pub(super) fn is_import(&self, attributes: &Json) -> bool {
        let identity = self.resource.identity();
        attributes.as_object().is_some_and(|attributes| {
            attributes
                .iter()
                .all(|(name, value)| value.is_null() || identity.contains(&name.as_str()))
        })
    }

    /// A noun's attributes as a state.
    pub(super) fn state(&self, attributes: &Json) -> Result<Value> {
        let mut state = to_value(attributes, &self.ty)?;
        self.hide_write_only(&mut state);
        self.schema.fill_switches(&mut state);
        Ok(state)
    }

    pub(super) fn hide_write_only(&self, state: &mut Value) {
        for attribute in self.schema.attributes.iter().filter(|attribute| attribute.write_only) {
            state.set_attribute(attribute.name, Value::Null);
        }
    }

    pub(super) fn read_identity(&self, identity: &ResourceIdentityData) -> Result<Json> {
        let ty = identity_type(self.resource.identity());
        Ok(to_json(&read_value(identity.identity_data.as_ref(), &ty)?))
    }

    /// An identity never changes; if it seems to, two objects were mixed up.
    pub(super) fn check_identity(&self, stored: &Json, found: &Json) -> Result<()> {
        if stored.is_null() || stored == found {
            return Ok(());
        }
        Err(Error::new(format!(
            "The identity of this {} changed from {} to {}. Nothing was changed. Remove it from the \
             state with `terraform state rm` and import the right object.",
            self.resource.name(),
            self.label(stored),
            self.label(found),
        )))
    }

    /// A state in any older or foreign shape, as ours.
    fn adopt(&self, raw: Option<&RawState>) -> Result<Value> {
        let json = raw.map(|raw| raw.json.as_slice()).unwrap_or_default();
        if json.is_empty() {
            return Err(Error::new(
                "The state was written by Terraform 0.11 or older. Remove the object with \
                 `terraform state rm` and import it again.",
            ));
        }
        let mut attributes: Map<String, Json> = serde_json::from_slice(json)
            .map_err(|_| Error::new("The object in the state is no JSON object."))?;
        self.resource.upgrade(&mut attributes);
        self.state(&Json::Object(attributes))
    }

    /// The key that an import names, checked by the rules of its attributes.
    fn imported_key(&self, request: &import_resource_state::Request) -> Result<Json> {
        let key = match &request.identity {
            Some(identity) if request.id.is_empty() => self.read_identity(identity)?,
            _ => {
                let also = self.resource.also_imported_by();
                Json::Object(parse_import_id(self.resource.identity(), also, &request.id)?)
            }
        };
        for name in self.resource.identity() {
            let value = key.get(name).and_then(Json::as_str).unwrap_or_default();
            if value.is_empty() {
                return Err(Error::new(format!(
                    "The identity lacks `{name}`: add it to `identity` in the import block."
                )));
            }
            if let Some(attribute) = self.schema.attribute(name) {
                validate::check(attribute, &value.into())
                    .map_err(|detail| Error::new(detail).at(*name))?;
            }
        }
        Ok(key)
    }
}

fn identity_type(identity: &[&str]) -> Type {
    Type::Object(identity.iter().map(|name| ((*name).to_owned(), Type::String)).collect())
}

/// The identity of an object; none where the state does not name it completely.
pub(super) fn write_identity(
    key: &Json,
    identity: &[&str],
) -> Result<Option<ResourceIdentityData>> {
    if !identity.iter().all(|name| key.get(name).is_some_and(Json::is_string)) {
        return Ok(None);
    }
    let ty = identity_type(identity);
    let identity_data = write_value(&to_value(key, &ty)?, &ty)?;
    Ok(Some(ResourceIdentityData { identity_data }))
}

impl<P: Provider> Inner<P> {
    pub(super) fn upgrade_resource_state(
        &self,
        request: upgrade_resource_state::Request,
    ) -> Result<upgrade_resource_state::Response, Diagnostic> {
        let managed = Managed::<P>::find(&request.type_name)?;
        let upgrade = || write_value(&managed.adopt(request.raw_state.as_ref())?, &managed.ty);
        let upgraded_state = upgrade().map_err(|error| {
            error.into_diagnostic(format!("Cannot upgrade {}", request.type_name))
        })?;
        Ok(upgrade_resource_state::Response { upgraded_state, diagnostics: Vec::new() })
    }

    pub(super) fn upgrade_resource_identity(
        &self,
        request: upgrade_resource_identity::Request,
    ) -> Result<upgrade_resource_identity::Response, Diagnostic> {
        let managed = Managed::<P>::find(&request.type_name)?;
        let upgrade = || -> Result<_> {
            let raw = request.raw_identity.unwrap_or_default();
            let identity: Json = serde_json::from_slice(&raw.json)
                .map_err(|_| Error::new("The identity in the state is no JSON."))?;
            let names = managed.resource.identity();
            // Terraform does not survive an answer without identity and without error.
            write_identity(&managed.key(&identity), names)?.ok_or_else(|| {
                Error::new(format!(
                    "The identity in the state is not complete: it needs {} as texts. Remove the \
                     object with `terraform state rm` and import it again.",
                    names.join(" and "),
                ))
            })
        };
        let upgraded_identity =
            upgrade().map_err(|error| error.into_diagnostic("Cannot upgrade the identity"))?;
        Ok(upgrade_resource_identity::Response {
            upgraded_identity: Some(upgraded_identity),
            diagnostics: Vec::new(),
        })
    }

    pub(super) async fn import_resource_state(
        &self,
        request: import_resource_state::Request,
    ) -> Result<import_resource_state::Response, Diagnostic> {
        let managed = Managed::<P>::find(&request.type_name)?;
        let summary = format!("Cannot import {} {}", request.type_name, request.id);
        let summary = summary.trim_end();
        self.import(&managed, request).await.map_err(|error| error.into_diagnostic(summary))
    }

    async fn import(
        &self,
        managed: &Managed<P>,
        request: import_resource_state::Request,
    ) -> Result<import_resource_state::Response> {
        let mut key = managed.imported_key(&request)?;
        let deferred = self.deferral(request.client_capabilities.as_ref());
        let mut diagnostics = Vec::new();
        if deferred.is_none() {
            let context = self.context()?;
            key = managed.resource.resolve(key, &context).await?;
            diagnostics = context.take_warnings();
        }
        let imported = import_resource_state::ImportedResource {
            type_name: request.type_name,
            state: write_value(&to_value(&key, &managed.ty)?, &managed.ty)?,
            private: Vec::new(),
            identity: write_identity(&key, managed.resource.identity())?,
        };
        Ok(import_resource_state::Response {
            imported_resources: vec![imported],
            diagnostics: write_diagnostics(diagnostics),
            deferred,
        })
    }

    pub(super) fn move_resource_state(
        &self,
        request: move_resource_state::Request,
    ) -> Result<move_resource_state::Response, Diagnostic> {
        let managed = Managed::<P>::find(&request.target_type_name)?;
        let (from, ty) = (&request.source_provider_address, &request.source_type_name);
        let known = managed.resource.moves_from().iter().any(|(source, source_type)| {
            source_type == ty
                && from
                    .split_once('/')
                    .is_some_and(|(host, rest)| REGISTRIES.contains(&host) && rest == *source)
        });
        let summary = format!("Cannot move {ty} to {}", request.target_type_name);
        if !known {
            return Err(Diagnostic::error(
                summary,
                format!(
                    "Objects of {ty} of the provider {from} cannot be taken over. Remove the \
                     `moved` block and import the object instead."
                ),
            ));
        }
        Self::moved(&managed, &request).map_err(|error| error.into_diagnostic(summary))
    }

    fn moved(
        managed: &Managed<P>,
        request: &move_resource_state::Request,
    ) -> Result<move_resource_state::Response> {
        let state = managed.adopt(request.source_state.as_ref())?;
        let key = managed.key(&to_json(&state));
        Ok(move_resource_state::Response {
            target_state: write_value(&state, &managed.ty)?,
            target_identity: write_identity(&key, managed.resource.identity())?,
            // Another provider's private bytes mean nothing to us.
            target_private: Vec::new(),
            diagnostics: Vec::new(),
        })
    }

    pub(super) fn generate_resource_config(
        &self,
        request: generate_resource_config::Request,
    ) -> Result<generate_resource_config::Response, Diagnostic> {
        let managed = Managed::<P>::find(&request.type_name)?;
        let generate = || -> Result<Option<proto::DynamicValue>> {
            let state = read_value(request.state.as_ref(), &managed.ty)?;
            write_value(&configuration(managed.schema.attributes, &state), &managed.ty)
        };
        let config = generate()
            .map_err(|error| error.into_diagnostic("Cannot write configuration for the object"))?;
        Ok(generate_resource_config::Response { config, diagnostics: Vec::new() })
    }
}

/// What a user would write for an object: neither what the provider fills nor what is so anyway.
fn configuration(attributes: &[Attribute], state: &Value) -> Value {
    if !matches!(state, Value::Map(_)) {
        return state.clone();
    }
    let write = |attribute: &Attribute| {
        let value = state.get(attribute.name);
        let is_default = attribute.default.is_some_and(|default| Value::from(default) == *value);
        let config = match (attribute.kind.nested(), value) {
            _ if !attribute.is_configurable() || is_default => Value::Null,
            (Some(nested), Value::List(elements)) => {
                Value::List(elements.iter().map(|it| configuration(nested, it)).collect())
            }
            (Some(nested), _) => configuration(nested, value),
            (None, _) => value.clone(),
        };
        (attribute.name.to_owned(), config)
    };
    Value::Map(attributes.iter().map(write).collect())
}
