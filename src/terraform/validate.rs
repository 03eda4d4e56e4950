//! What can be said of a configuration without asking anybody.

use super::diagnostic::Diagnostic;
use super::path::{Path, Step};
use super::schema::{Attribute, Kind, Presence, Schema};
use super::value::Value;

/// Checks a configuration against its schema and returns every error at once. Unknown values are
/// skipped: they are checked when they are known.
pub fn validate(schema: &Schema, config: &Value, write_only_allowed: bool) -> Vec<Diagnostic> {
    let mut validation = Validation { write_only_allowed, found: Vec::new() };
    validation.object(schema.attributes, config, &Path::root());
    validation.found
}

/// Checks one known value by an attribute's own rules.
pub fn check(attribute: &Attribute, value: &Value) -> Result<(), String> {
    if value.is_null() || value.is_unknown() {
        return Ok(());
    }
    attribute.checks.iter().try_for_each(|check| check(value))
}

struct Validation {
    write_only_allowed: bool,
    found: Vec<Diagnostic>,
}

impl Validation {
    fn object(&mut self, attributes: &[Attribute], config: &Value, path: &Path) {
        if matches!(config, Value::Map(_)) {
            for attribute in attributes {
                self.attribute(attribute, config.get(attribute.name), &path.join(attribute.name));
            }
        }
    }

    fn attribute(&mut self, attribute: &Attribute, value: &Value, path: &Path) {
        let name = attribute.name;
        if value.is_null() {
            if attribute.presence == Presence::Required {
                let detail = format!("The attribute `{path}` must be set.");
                self.error(format!("Missing attribute {name}"), detail, path);
            }
            return;
        }
        if attribute.presence == Presence::Computed {
            let detail = format!("The attribute `{path}` is filled by the provider; remove it.");
            self.error(format!("Attribute {name} is read-only"), detail, path);
            return;
        }
        if attribute.write_only && !self.write_only_allowed {
            let detail = format!(
                "The attribute `{path}` is write-only, which this version of Terraform does not \
                 know. Use Terraform 1.11 or newer, or the attribute without `_wo`."
            );
            self.error(format!("Attribute {name} needs a newer Terraform"), detail, path);
            return;
        }
        if let Err(detail) = check(attribute, value) {
            self.error(format!("Invalid value for {name}"), detail, path);
        }
        match (attribute.kind, value) {
            (Kind::Object(nested), _) => self.object(nested, value, path),
            (Kind::Objects(nested), Value::List(elements)) => {
                for (index, element) in elements.iter().enumerate() {
                    self.object(nested, element, &path.join(Step::from(index)));
                }
            }
            (Kind::List(_), Value::List(elements)) => {
                let nulls = elements.iter().enumerate().filter(|(_, element)| element.is_null());
                for (index, _) in nulls {
                    self.null_element(name, &path.join(Step::from(index)));
                }
            }
            // Elements of sets cannot be pointed at.
            (Kind::Set(_), Value::Set(elements)) if elements.iter().any(Value::is_null) => {
                self.null_element(name, path);
            }
            (Kind::Map(_), Value::Map(entries)) => {
                for (key, _) in entries.iter().filter(|(_, entry)| entry.is_null()) {
                    self.null_element(name, &path.join(Step::Key(key.clone())));
                }
            }
            _ => {}
        }
    }

    fn null_element(&mut self, name: &str, path: &Path) {
        let detail = format!("`{path}` holds null, which stands for nothing: leave it out.");
        self.error(format!("Invalid value for {name}"), detail, path);
    }

    fn error(&mut self, summary: String, detail: String, path: &Path) {
        self.found.push(Diagnostic::error(summary, detail).at(path.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::super::json::from_json;
    use super::*;
    use serde_json::{Value as Json, json};

    fn lower_case(value: &Value) -> Result<(), String> {
        match value.as_str() {
            Some(text) if text.chars().any(char::is_uppercase) => {
                Err("Only lower-case letters are allowed.".to_owned())
            }
            _ => Ok(()),
        }
    }

    const SCHEMA: Schema = Schema::new(
        "A thing.",
        &[
            Attribute::string("name", "Its name.").required().checked(&[lower_case]),
            Attribute::string("id", "Given."),
            Attribute::string("password_wo", "Secret.").optional().write_only(),
            Attribute::new(
                "limits",
                Kind::Objects(&[Attribute::string("kind", "Which.")
                    .required()
                    .checked(&[lower_case])]),
                "Limits.",
            )
            .optional(),
        ],
    );

    fn check(config: &Json, expected: &[(&str, &str)]) {
        let config = from_json(config, &SCHEMA.ty()).expect("fits");
        let found = validate(&SCHEMA, &config, false);
        let found: Vec<_> =
            found.iter().map(|error| (error.path.to_string(), error.summary.clone())).collect();
        let expected: Vec<_> =
            expected.iter().map(|(path, summary)| ((*path).into(), (*summary).into())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn all_errors_come_at_once_each_on_its_attribute() {
        check(&json!({ "name": "acme" }), &[]);
        check(
            &json!({ "name": "Acme", "id": "1", "password_wo": "x", "limits": [{ "kind": "a" }, {}] }),
            &[
                ("name", "Invalid value for name"),
                ("id", "Attribute id is read-only"),
                ("password_wo", "Attribute password_wo needs a newer Terraform"),
                ("limits[1].kind", "Missing attribute kind"),
            ],
        );
        check(
            &json!({ "limits": [{ "kind": "A" }] }),
            &[("name", "Missing attribute name"), ("limits[0].kind", "Invalid value for kind")],
        );
    }

    #[test]
    fn an_element_that_is_null_is_named() {
        const COLLECTIONS: Schema = Schema::new(
            "A thing.",
            &[
                Attribute::new("list", Kind::List(&Kind::String), "A list.").optional(),
                Attribute::new("map", Kind::Map(&Kind::String), "A map.").optional(),
                Attribute::new("set", Kind::Set(&Kind::String), "A set.").optional(),
            ],
        );
        let config = json!({ "list": ["a", null], "map": { "a": "b", "c": null }, "set": [null] });
        let config = from_json(&config, &COLLECTIONS.ty()).expect("fits");
        let found = validate(&COLLECTIONS, &config, true);
        let places: Vec<String> = found.iter().map(|error| error.path.to_string()).collect();
        assert_eq!(places, ["list[1]", "map[\"c\"]", "set"]);
    }

    #[test]
    fn unknown_values_are_not_checked_yet() {
        let mut config = SCHEMA.empty();
        config.set_attribute("name", Value::unknown());
        assert_eq!(validate(&SCHEMA, &config, true), []);
    }
}
