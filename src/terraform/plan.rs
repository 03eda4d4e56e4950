//! What an apply will do, from the schema's flags alone. Pure: it asks nobody.

use super::diagnostic::Diagnostic;
use super::path::Path;
use super::schema::{Attribute, Kind, Schema};
use super::value::Value;
use std::collections::BTreeMap;

/// A plan in the making, handed to a resource's own hook after the schema's flags were applied.
pub struct Planning<'a> {
    /// The planned object; never null.
    pub planned: Value,
    /// The object as it is; null for a new one.
    pub prior: &'a Value,
    /// What the user wrote.
    pub config: &'a Value,
    /// Warnings for the user.
    pub warnings: Vec<Diagnostic>,
    schema: &'a Schema,
}

impl<'a> Planning<'a> {
    /// Plans by the schema's flags. `proposed` is Terraform's own merge of `prior` and `config`
    /// and must not be null.
    pub fn new(schema: &'a Schema, prior: &'a Value, config: &'a Value, proposed: &Value) -> Self {
        let planned = plan_object(schema.attributes, prior, config, proposed);
        Self { planned, prior, config, warnings: Vec::new(), schema }
    }

    /// Whether an object exists that this plan changes.
    pub fn is_update(&self) -> bool {
        !self.prior.is_null()
    }

    /// The attributes whose change needs a new object.
    pub fn replaced(&self) -> Vec<Path> {
        let changed = |attribute: &&Attribute| {
            self.is_update()
                && attribute.replaces
                && self.planned.get(attribute.name) != self.prior.get(attribute.name)
        };
        let attributes = self.schema.attributes.iter().filter(changed);
        attributes.map(|attribute| attribute.name.into()).collect()
    }

    /// Sets a planned attribute.
    pub fn set(&mut self, name: &str, value: Value) {
        self.planned.set_attribute(name, value);
    }
}

fn plan_object(attributes: &[Attribute], prior: &Value, config: &Value, proposed: &Value) -> Value {
    let plan_one = |attribute: &Attribute| {
        let name = attribute.name;
        let planned = plan_attribute(attribute, prior, config.get(name), proposed.get(name));
        (name.to_owned(), planned)
    };
    Value::Map(attributes.iter().map(plan_one).collect::<BTreeMap<_, _>>())
}

fn plan_attribute(
    attribute: &Attribute,
    holder: &Value,
    config: &Value,
    proposed: &Value,
) -> Value {
    let prior = holder.get(attribute.name);
    if attribute.write_only {
        return Value::Null;
    }
    if config.is_null() {
        return match attribute.default {
            Some(default) if attribute.is_computed() => default.into(),
            _ if !attribute.is_computed() => Value::Null,
            _ if holder.is_null() => Value::unknown(),
            _ => prior.clone(),
        };
    }
    match (attribute.kind, config, proposed) {
        (Kind::Object(nested), Value::Map(_), Value::Map(_)) => {
            plan_object(nested, prior, config, proposed)
        }
        (Kind::Objects(nested), Value::List(configs), Value::List(proposals)) => {
            let none = Value::Null;
            let priors = if let Value::List(priors) = prior { priors.as_slice() } else { &[] };
            let plan_one = |(index, (config, proposed)): (usize, (&Value, &Value))| {
                if !matches!(config, Value::Map(_)) {
                    return config.clone();
                }
                plan_object(nested, priors.get(index).unwrap_or(&none), config, proposed)
            };
            Value::List(configs.iter().zip(proposals).enumerate().map(plan_one).collect())
        }
        _ => proposed.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::json::{from_json, to_json};
    use super::super::schema::Literal;
    use super::*;
    use serde_json::{Value as Json, json};

    const SCHEMA: Schema = Schema::new(
        "A thing.",
        &[
            Attribute::string("name", "Its name.").required().replaces(),
            Attribute::string("email", "Its e-mail.").optional(),
            Attribute::number("seconds", "How long.").optional_computed(),
            Attribute::bool("force", "Whether.").defaults_to(Literal::Bool(false)),
            Attribute::string("id", "Given."),
            Attribute::string("password", "Secret.").optional().sensitive().write_only(),
            Attribute::new(
                "limits",
                Kind::Objects(&[
                    Attribute::string("kind", "Which.").required(),
                    Attribute::number("most", "How many.").defaults_to(Literal::Integer(7)),
                    Attribute::string("uuid", "Given."),
                ]),
                "Limits.",
            )
            .optional(),
        ],
    );

    fn value(json: &Json) -> Value {
        if json.is_null() { Value::Null } else { from_json(json, &SCHEMA.ty()).expect("fits") }
    }

    /// What Terraform proposes, for configurations whose nested objects did not change in number.
    fn propose(prior: &Value, config: &Value) -> Value {
        let attributes = SCHEMA.attributes.iter().map(|attribute| {
            let (config, prior) = (config.get(attribute.name), prior.get(attribute.name));
            let keep = config.is_null() && attribute.is_computed();
            (attribute.name.to_owned(), if keep { prior } else { config }.clone())
        });
        Value::Map(attributes.collect())
    }

    /// Plans, and shows unknown values as `"?"`.
    fn plan(prior: &Json, config: &Json) -> (Json, Vec<String>) {
        let (prior, config) = (value(prior), value(config));
        let proposed = propose(&prior, &config);
        let planning = Planning::new(&SCHEMA, &prior, &config, &proposed);
        let replaced = planning.replaced().iter().map(ToString::to_string).collect();
        (show(&planning.planned), replaced)
    }

    fn show(value: &Value) -> Json {
        match value {
            Value::Unknown(_) => json!("?"),
            Value::List(elements) => elements.iter().map(show).collect(),
            Value::Map(entries) => {
                let known = entries.iter().filter(|(_, value)| !value.is_null());
                Json::Object(known.map(|(name, value)| (name.clone(), show(value))).collect())
            }
            _ => to_json(value),
        }
    }

    /// Row 39.
    #[test]
    fn a_new_object_takes_defaults_and_leaves_the_rest_to_the_provider() {
        let (planned, replaced) =
            plan(&Json::Null, &json!({ "name": "acme", "password": "secret" }));
        assert_eq!(planned, json!({ "name": "acme", "seconds": "?", "force": false, "id": "?" }));
        assert_eq!(replaced, Vec::<String>::new());
    }

    /// Rows 40 and 42.
    #[test]
    fn an_unchanged_object_is_planned_as_it_is() {
        let prior = json!({ "name": "acme", "seconds": 5, "force": false, "id": "1" });
        let (planned, replaced) = plan(&prior, &json!({ "name": "acme" }));
        assert_eq!(planned, prior);
        assert!(replaced.is_empty());
    }

    /// Row 43.
    #[test]
    fn a_removed_optional_attribute_becomes_null_and_a_removed_default_comes_back() {
        let prior =
            json!({ "name": "acme", "email": "a@b.c", "seconds": 5, "force": true, "id": "1" });
        let (planned, _) = plan(&prior, &json!({ "name": "acme" }));
        assert_eq!(planned, json!({ "name": "acme", "seconds": 5, "force": false, "id": "1" }));
    }

    /// Row 41.
    #[test]
    fn a_changed_name_replaces_and_a_changed_email_does_not() {
        let prior = json!({ "name": "acme", "seconds": 5, "force": false, "id": "1" });
        let (_, replaced) = plan(&prior, &json!({ "name": "other", "email": "a@b.c" }));
        assert_eq!(replaced, ["name"]);
        let (planned, replaced) = plan(&prior, &json!({ "name": "acme", "email": "a@b.c" }));
        assert_eq!(planned["id"], json!("1"));
        assert!(replaced.is_empty());
    }

    /// Row 44.
    #[test]
    fn an_unknown_configured_value_stays_unknown() {
        let prior = value(&json!({ "name": "acme", "force": false, "id": "1" }));
        let mut config = value(&json!({ "name": "acme" }));
        config.set_attribute("email", Value::unknown());
        let proposed = propose(&prior, &config);
        let planning = Planning::new(&SCHEMA, &prior, &config, &proposed);
        assert!(planning.planned.get("email").is_unknown());
    }

    #[test]
    fn nested_objects_follow_the_same_rules() {
        let prior = json!({ "name": "acme", "force": false, "id": "1", "limits": [
            { "kind": "size", "most": 3, "uuid": "u" },
        ] });
        let (planned, _) = plan(
            &prior,
            &json!({ "name": "acme", "limits": [
            { "kind": "size" },
            { "kind": "count", "most": 4 },
        ] }),
        );
        assert_eq!(
            planned["limits"],
            json!([
                { "kind": "size", "most": 7, "uuid": "u" },
                { "kind": "count", "most": 4, "uuid": "?" },
            ])
        );
    }
}
