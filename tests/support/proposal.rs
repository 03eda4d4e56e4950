//! Terraform's own merge of a state and a configuration, which a plan begins with.

#![allow(unreachable_pub, reason = "the fuzz targets use it, too")]

use terraform_provider_quay::terraform::schema::{Attribute, Kind};
use terraform_provider_quay::terraform::value::Value;

/// What is written, and of what is not, what the provider filled in before.
pub fn propose(attributes: &[Attribute], prior: &Value, config: &Value) -> Value {
    if !matches!(config, Value::Map(_)) {
        return config.clone();
    }
    let merge = |attribute: &Attribute| {
        let (prior, config) = (prior.get(attribute.name), config.get(attribute.name));
        let merged = match (attribute.kind, config) {
            (_, Value::Null) if attribute.is_computed() => prior.clone(),
            (Kind::Object(nested), _) => propose(nested, prior, config),
            (Kind::Objects(nested), Value::List(configs)) => {
                let merge_one = |(at, config)| propose(nested, element(prior, at), config);
                Value::List(configs.iter().enumerate().map(merge_one).collect())
            }
            _ => config.clone(),
        };
        (attribute.name.to_owned(), merged)
    };
    Value::Map(attributes.iter().map(merge).collect())
}

/// The element of a list; null where there is none.
pub fn element(list: &Value, position: usize) -> &Value {
    let elements = if let Value::List(elements) = list { elements.as_slice() } else { &[] };
    elements.get(position).unwrap_or(&Value::Null)
}
