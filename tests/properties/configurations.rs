//! Random configurations and states for a schema, and what Terraform makes of them.

use super::values::{Also, known};
use proptest::collection::vec;
use proptest::prelude::*;
use terraform_provider_quay::terraform::schema::{Attribute, Kind, Presence, Schema};
use terraform_provider_quay::terraform::types::Type;
use terraform_provider_quay::terraform::value::Value;

/// A schema, and a configuration that Terraform would accept for it.
pub(super) fn configured(also: Also) -> impl Strategy<Value = (&'static Schema, Value)> {
    super::schemas::schema().prop_flat_map(move |schema| (Just(schema), config(schema, also)))
}

/// A configuration that Terraform would accept.
pub(super) fn config(schema: &'static Schema, also: Also) -> BoxedStrategy<Value> {
    objects(schema.attributes, also)
}

fn objects(attributes: &'static [Attribute], also: Also) -> BoxedStrategy<Value> {
    let values: Vec<_> = attributes.iter().map(|it| configured_value(it, also)).collect();
    let names = attributes.iter().map(|attribute| attribute.name.to_owned());
    values.prop_map(move |values| Value::Map(names.clone().zip(values).collect())).boxed()
}

fn configured_value(attribute: &Attribute, also: Also) -> BoxedStrategy<Value> {
    let written = match attribute.kind {
        Kind::Object(nested) => objects(nested, also),
        Kind::Objects(nested) => vec(objects(nested, also), 0..3).prop_map(Value::List).boxed(),
        kind => known(&kind.ty(), also).prop_map(without_nulls).boxed(),
    };
    let unknown_weight = 2 * u32::from(also.unknown);
    let written = prop_oneof![8 => written, unknown_weight => Just(Value::unknown())];
    match attribute.presence {
        Presence::Required => written.boxed(),
        Presence::Computed => Just(Value::Null).boxed(),
        _ => prop_oneof![1 => Just(Value::Null), 2 => written].boxed(),
    }
}

/// The same without elements that are null: Terraform accepts them, and we refuse them by name.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::List(elements) => {
            Value::List(elements.into_iter().filter(|it| !it.is_null()).collect())
        }
        Value::Set(elements) => {
            Value::set(elements.into_iter().filter(|it| !it.is_null()).collect())
        }
        Value::Map(entries) => {
            Value::Map(entries.into_iter().filter(|(_, it)| !it.is_null()).collect())
        }
        value => value,
    }
}

/// A state: nothing, or any object of the schema's.
pub(super) fn state(schema: &'static Schema) -> BoxedStrategy<Value> {
    let object = known(&schema.ty(), Also::default()).prop_map(|mut state| {
        for attribute in schema.attributes.iter().filter(|attribute| attribute.write_only) {
            state.set_attribute(attribute.name, Value::Null);
        }
        state
    });
    prop_oneof![1 => Just(Value::Null), 3 => object].boxed()
}

/// What an apply may leave of a plan: what is left to it may also turn out to be null.
pub(super) fn apply(planned: &Value, schema: &Schema, finds_nothing: bool) -> Value {
    match (planned, finds_nothing) {
        (Value::Map(attributes), true) => {
            let ty = schema.ty();
            let found = attributes.iter().map(|(name, value)| {
                let found = if value.is_unknown() { Value::Null } else { value.clone() };
                (name.clone(), found)
            });
            resolve(&Value::Map(found.collect()), &ty)
        }
        _ => resolve(planned, &schema.ty()),
    }
}

/// What becomes of a plan or a configuration once everything is known: each unknown value becomes
/// one that depends on its type alone.
pub(super) fn resolve(value: &Value, ty: &Type) -> Value {
    match (value, ty) {
        (Value::Unknown(_), _) => resolved(ty),
        (Value::List(elements), Type::List(ty)) => {
            Value::List(elements.iter().map(|it| resolve(it, ty)).collect())
        }
        (Value::Set(elements), Type::Set(ty)) => {
            Value::set(elements.iter().map(|it| resolve(it, ty)).collect())
        }
        (Value::Map(entries), Type::Map(ty)) => {
            let entries = entries.iter().map(|(key, it)| (key.clone(), resolve(it, ty)));
            Value::Map(entries.collect())
        }
        (Value::Map(entries), Type::Object(types)) => {
            let entries =
                entries.iter().map(|(name, it)| (name.clone(), resolve(it, &types[name])));
            Value::Map(entries.collect())
        }
        _ => value.clone(),
    }
}

fn resolved(ty: &Type) -> Value {
    match ty {
        Type::String => "found out".into(),
        Type::Number => 42.into(),
        Type::Bool => true.into(),
        Type::List(_) | Type::Tuple(_) => Value::List(Vec::new()),
        Type::Set(_) => Value::set(Vec::new()),
        Type::Map(_) => Value::Map(std::collections::BTreeMap::new()),
        Type::Object(types) => {
            Value::Map(types.iter().map(|(name, ty)| (name.clone(), resolved(ty))).collect())
        }
        Type::Dynamic => Value::Null,
    }
}
