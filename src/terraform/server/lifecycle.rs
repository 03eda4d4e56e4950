//! Read, plan and apply of managed resources.

use super::Inner;
use super::convert::{read_value, write_diagnostics, write_path, write_value};
use super::states::{Managed, write_identity};
use crate::terraform::diagnostic::{Diagnostic, Error, Result};
use crate::terraform::json::to_json;
use crate::terraform::plan::Planning;
use crate::terraform::proto::{apply_resource_change, plan_resource_change, read_resource};
use crate::terraform::provider::Provider;
use crate::terraform::typed::to_value;
use crate::terraform::value::Value;
use serde_json::Value as Json;
use std::sync::PoisonError;

/// What a creation that went wrong halfway leaves behind.
const TAINTED: &str = " It was created, and is in the state as tainted: the next apply destroys it \
                       and creates it anew, unless you run `terraform untaint ADDRESS` first.";

/// What an apply leaves behind: the object, if there is one, and what the user is told.
struct Applied {
    state: Value,
    diagnostics: Vec<Diagnostic>,
}

impl<P: Provider> Inner<P> {
    pub(super) async fn read_resource(
        &self,
        request: read_resource::Request,
    ) -> Result<read_resource::Response, Diagnostic> {
        let managed = Managed::<P>::find(&request.type_name)?;
        let deferred = self.deferral(request.client_capabilities.as_ref());
        if deferred.is_some() {
            return Ok(read_resource::Response {
                new_state: request.current_state,
                private: request.private,
                deferred,
                new_identity: request.current_identity,
                ..read_resource::Response::default()
            });
        }
        let current = read_value(request.current_state.as_ref(), &managed.ty)
            .map_err(|error| error.into_diagnostic(managed.failed("read", &Json::Null)))?;
        if current.is_null() {
            return Ok(read_resource::Response::default());
        }
        let attributes = to_json(&current);
        let summary = managed.failed("read", &attributes);
        self.refresh(&managed, &attributes, request).await.map_err(|mut error| {
            error.detail.push_str(" The state was not changed.");
            error.into_diagnostic(summary)
        })
    }

    async fn refresh(
        &self,
        managed: &Managed<P>,
        attributes: &Json,
        request: read_resource::Request,
    ) -> Result<read_resource::Response> {
        let key = managed.key(attributes);
        if let Some(identity) = &request.current_identity {
            let stored = managed.read_identity(identity)?;
            managed.check_identity(&stored, &key)?;
        }
        let context = self.context()?;
        let prior = (!managed.is_import(attributes)).then(|| attributes.clone());
        let found = managed.resource.read(key.clone(), prior, &context).await?;
        let mut response = read_resource::Response {
            private: request.private,
            diagnostics: write_diagnostics(context.take_warnings()),
            ..read_resource::Response::default()
        };
        if let Some(found) = found {
            let state = managed.state(&found)?;
            managed.check_identity(&key, &managed.key(&found))?;
            response.new_state = write_value(&state, &managed.ty)?;
            response.new_identity = write_identity(&key, managed.resource.identity())?;
        } else {
            tracing::info!("gone from Quay, so it is planned anew");
        }
        Ok(response)
    }

    pub(super) fn plan_resource_change(
        &self,
        request: plan_resource_change::Request,
    ) -> Result<plan_resource_change::Response, Diagnostic> {
        let managed = Managed::<P>::find(&request.type_name)?;
        let deferred = self.deferral(request.client_capabilities.as_ref());
        let mut response = plan(&managed, request)
            .map_err(|it| it.into_diagnostic(managed.failed("plan", &Json::Null)))?;
        response.deferred = deferred;
        Ok(response)
    }

    pub(super) async fn apply_resource_change(
        &self,
        request: apply_resource_change::Request,
    ) -> Result<apply_resource_change::Response, Diagnostic> {
        let managed = Managed::<P>::find(&request.type_name)?;
        let read = |value| {
            read_value(value, &managed.ty)
                .map_err(|error| error.into_diagnostic(managed.failed("apply", &Json::Null)))
        };
        let prior = read(request.prior_state.as_ref())?;
        let planned = read(request.planned_state.as_ref())?;
        let config = read(request.config.as_ref())?;
        let applied = self.apply(&managed, &prior, &planned, &config).await;
        let write = || -> Result<_> {
            let key = managed.key(&to_json(&applied.state));
            let identity = write_identity(&key, managed.resource.identity())?;
            Ok((write_value(&applied.state, &managed.ty)?, identity))
        };
        let (new_state, new_identity) =
            write().map_err(|error| error.into_diagnostic(managed.failed("apply", &Json::Null)))?;
        Ok(apply_resource_change::Response {
            new_state,
            new_identity,
            private: request.planned_private,
            diagnostics: write_diagnostics(applied.diagnostics),
            legacy_type_system: false,
        })
    }

    /// Creates, updates or deletes. Never loses what was reached.
    async fn apply(
        &self,
        managed: &Managed<P>,
        prior: &Value,
        planned: &Value,
        config: &Value,
    ) -> Applied {
        let (verb, named) = match (prior, planned) {
            (Value::Null, Value::Null) => {
                return Applied { state: Value::Null, diagnostics: Vec::new() };
            }
            (Value::Null, _) => ("create", to_json(planned)),
            (_, Value::Null) => ("delete", to_json(prior)),
            _ => ("update", to_json(prior)),
        };
        let summary = managed.failed(verb, &named);
        let context = match self.context() {
            Ok(context) => context,
            Err(error) => {
                let diagnostics = vec![error.into_diagnostic(summary)];
                return Applied { state: prior.clone(), diagnostics };
            }
        };
        tracing::debug!(operation = verb, "applying");
        let resource = managed.resource;
        let mut result = match verb {
            "delete" => resource.delete(to_json(prior), &context).await.map(|()| Json::Null),
            "create" => resource.create(managed.wanted(planned, config), &context).await,
            _ => {
                let wanted = managed.wanted(planned, config);
                resource.update(wanted, to_json(prior), &context).await
            }
        };
        self.note_deletion(managed, verb, &named, &mut result);
        let mut diagnostics = context.take_warnings();
        let state = match result {
            Ok(Json::Null) => Value::Null,
            Ok(found) => {
                let (state, error) = managed.settle(&found, planned, config);
                diagnostics.extend(error.map(|mut error| {
                    if verb == "create" {
                        error.detail.push_str(TAINTED);
                    }
                    error.into_diagnostic(summary)
                }));
                state
            }
            Err(mut error) => {
                let reached = error.state.as_ref().map(|reached| managed.state(reached));
                if verb == "create" && reached.is_some() {
                    error.detail.push_str(TAINTED);
                }
                diagnostics.push(error.into_diagnostic(summary));
                reached.and_then(Result::ok).unwrap_or_else(|| prior.clone())
            }
        };
        Applied { state, diagnostics }
    }

    /// Remembers what was deleted, so that a failed replacement can say that the old object is gone:
    /// the creation alone could not know it.
    fn note_deletion(
        &self,
        managed: &Managed<P>,
        verb: &str,
        named: &Json,
        result: &mut Result<Json>,
    ) {
        let name = managed.label(named);
        let of_type = format!("{} ", managed.resource.name());
        let session = self.session.read().unwrap_or_else(PoisonError::into_inner);
        let mut deleted = session.deleted.lock().unwrap_or_else(PoisonError::into_inner);
        match (verb, result) {
            ("delete", Ok(_)) => drop(deleted.insert(name)),
            ("create", Ok(_)) => drop(deleted.remove(&name)),
            ("create", Err(error)) if error.state.is_some() => drop(deleted.remove(&name)),
            ("create", Err(error)) if deleted.contains(&name) => error.detail.push_str(
                " This was to replace an object that is deleted already, so there is none now.",
            ),
            // The new object may have another name than the old one.
            ("create", Err(error)) => {
                let others = deleted.iter().filter(|it| it.starts_with(&of_type));
                let mut others: Vec<&String> = others.collect();
                others.sort_unstable();
                if let [first, more @ ..] = &others[..] {
                    let more = match more.len() {
                        0 => String::new(),
                        more => format!(" and {more} more"),
                    };
                    error.detail = format!(
                        "{} This apply has deleted {first}{more} before: if this was to replace it, \
                         there is none now.",
                        error.detail
                    );
                }
            }
            _ => {}
        }
    }
}

fn plan<P: Provider>(
    managed: &Managed<P>,
    request: plan_resource_change::Request,
) -> Result<plan_resource_change::Response> {
    let prior = read_value(request.prior_state.as_ref(), &managed.ty)?;
    let proposed = read_value(request.proposed_new_state.as_ref(), &managed.ty)?;
    let config = read_value(request.config.as_ref(), &managed.ty)?;
    let mut response = plan_resource_change::Response {
        planned_private: request.prior_private,
        ..plan_resource_change::Response::default()
    };
    if proposed.is_null() {
        return Ok(response);
    }
    let mut planning = Planning::new(managed.schema, &prior, &config, &proposed);
    managed.resource.plan(&mut planning);
    let replaced = planning.replaced();
    if planning.is_update() && replaced.is_empty() {
        let key = managed.key(&to_json(&prior));
        response.planned_identity = write_identity(&key, managed.resource.identity())?;
    }
    response.requires_replace = replaced.iter().map(write_path).collect();
    response.planned_state = write_value(&planning.planned, &managed.ty)?;
    response.diagnostics = write_diagnostics(planning.warnings);
    Ok(response)
}

impl<P: Provider> Managed<P> {
    /// The attributes that a noun is to bring about: the plan, with unknown as null and write-only
    /// attributes from the configuration, the only place where they are.
    fn wanted(&self, planned: &Value, config: &Value) -> Json {
        let mut wanted = planned.clone();
        for attribute in self.schema.attributes.iter().filter(|attribute| attribute.write_only) {
            wanted.set_attribute(attribute.name, config.get(attribute.name).clone());
        }
        to_json(&wanted)
    }

    /// The state after an apply: what was planned, where it was known, and what the noun found
    /// elsewhere. Where the user configured something else than was found, that is an error beside
    /// the state that was found.
    fn settle(&self, found: &Json, planned: &Value, config: &Value) -> (Value, Option<Error>) {
        let mut state = match to_value(found, &self.ty) {
            Ok(state) => state,
            Err(error) => {
                let planned = to_value(&to_json(planned), &self.ty);
                return (planned.unwrap_or(Value::Null), Some(error));
            }
        };
        self.hide_write_only(&mut state);
        let mut differing = Vec::new();
        for attribute in self.schema.attributes {
            let name = attribute.name;
            let expected = planned.get(name);
            if !expected.is_wholly_known() || expected == state.get(name) {
                continue;
            }
            if config.get(name).is_null() {
                state.set_attribute(name, expected.clone());
            } else {
                differing.push(name);
            }
        }
        let error = differing.first().map(|first| {
            Error::new(format!(
                "It was applied, but Quay keeps another value of `{}` than the configuration says. \
                 The state holds what Quay has. Write that into the configuration; if it makes no \
                 sense, please report it as a bug.",
                differing.join("`, `")
            ))
            .at(*first)
        });
        (state, error)
    }
}
