//! Values as JSON: state files, and the plain structs of resources.

use super::mismatch::Mismatch;
use super::number::Number;
use super::path::Step;
use super::types::Type;
use super::value::Value;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Reads a value of a type. What the type does not know is dropped, what is missing is null, and
/// a number or boolean in quotes is taken for what it means: so may an older state hold it.
pub fn from_json(json: &Json, ty: &Type) -> Result<Value, Mismatch> {
    match (ty, json) {
        (_, Json::Null) => Ok(Value::Null),
        (Type::Bool, Json::Bool(truth)) => Ok(Value::Bool(*truth)),
        (Type::Bool, Json::String(text)) => {
            text.parse().map(Value::Bool).map_err(|_| Mismatch::new("is not a boolean"))
        }
        (Type::Number, Json::Number(number)) => parse_number(&number.to_string()),
        (Type::Number, Json::String(text)) => parse_number(text),
        (Type::String, Json::String(text)) => Ok(Value::string(text.as_str())),
        (Type::String, Json::Number(number)) => Ok(Value::string(number.to_string())),
        (Type::String, Json::Bool(truth)) => Ok(Value::string(truth.to_string())),
        (Type::List(ty), Json::Array(elements)) => read_elements(elements, ty).map(Value::List),
        (Type::Set(ty), Json::Array(elements)) => read_elements(elements, ty).map(Value::set),
        (Type::Tuple(types), Json::Array(elements)) if types.len() == elements.len() => {
            let pairs = elements.iter().zip(types).enumerate();
            let read_one = |(index, (json, ty))| {
                from_json(json, ty).map_err(|mismatch: Mismatch| mismatch.below(index))
            };
            pairs.map(read_one).collect::<Result<_, _>>().map(Value::List)
        }
        (Type::Map(ty), Json::Object(entries)) => {
            let read_one = |(key, json): (&String, &Json)| {
                let value = from_json(json, ty);
                let value = value.map_err(|mismatch| mismatch.below(Step::Key(key.clone())))?;
                Ok((key.clone(), value))
            };
            entries.iter().map(read_one).collect::<Result<_, _>>().map(Value::Map)
        }
        (Type::Object(attributes), Json::Object(entries)) => {
            let read_one = |(name, ty): (&String, &Type)| {
                let json = entries.get(name).unwrap_or(&Json::Null);
                let value = from_json(json, ty);
                let value = value.map_err(|mismatch| mismatch.below(name.as_str()))?;
                Ok((name.clone(), value))
            };
            attributes.iter().map(read_one).collect::<Result<_, _>>().map(Value::Map)
        }
        (Type::Dynamic, Json::Object(typed)) => {
            let ty = typed.get("type").and_then(Type::from_json);
            let ty = ty.ok_or_else(|| Mismatch::new("names no type"))?;
            let value = from_json(typed.get("value").unwrap_or(&Json::Null), &ty)?;
            Ok(Value::Dynamic(Box::new((ty, value))))
        }
        _ => Err(Mismatch::new("is of another type than its schema says")),
    }
}

fn parse_number(text: &str) -> Result<Value, Mismatch> {
    let number = text.parse::<Number>();
    number.map(Value::Number).map_err(|_| Mismatch::new("is not a number"))
}

fn read_elements(elements: &[Json], ty: &Type) -> Result<Vec<Value>, Mismatch> {
    let read_one =
        |(index, json)| from_json(json, ty).map_err(|mismatch: Mismatch| mismatch.below(index));
    elements.iter().enumerate().map(read_one).collect()
}

/// Writes a value. Unknown becomes null: to a resource it means "yours to fill".
pub fn to_json(value: &Value) -> Json {
    match value {
        Value::Null | Value::Unknown(_) => Json::Null,
        Value::Bool(truth) => Json::Bool(*truth),
        Value::Number(number) => number.to_string().parse().map_or(Json::Null, Json::Number),
        Value::String(text) => Json::String(text.clone()),
        Value::List(elements) | Value::Set(elements) => {
            Json::Array(elements.iter().map(to_json).collect())
        }
        Value::Map(entries) => {
            let entries: BTreeMap<_, _> =
                entries.iter().map(|(key, value)| (key.clone(), to_json(value))).collect();
            Json::Object(entries.into_iter().collect())
        }
        Value::Dynamic(typed) => {
            serde_json::json!({ "type": typed.0.to_json(), "value": to_json(&typed.1) })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn organization() -> Type {
        Type::Object(BTreeMap::from([
            ("name".to_owned(), Type::String),
            ("seconds".to_owned(), Type::Number),
            ("teams".to_owned(), Type::Set(Box::new(Type::String))),
        ]))
    }

    /// Row 36.
    #[test]
    fn extra_attributes_are_dropped_and_missing_ones_are_null() {
        let json = json!({ "name": "acme", "id": "acme", "teams": ["b", "a", "b"] });
        let value = from_json(&json, &organization()).expect("fits");
        assert_eq!(
            to_json(&value),
            json!({ "name": "acme", "seconds": null, "teams": ["a", "b"] })
        );
    }

    /// Row 36.
    #[test]
    fn big_numbers_stay_exact() {
        let text = r#"{"name":null,"seconds":123456789012345678901234567890,"teams":null}"#;
        let json = serde_json::from_str(text).expect("JSON");
        let value = from_json(&json, &organization()).expect("fits");
        assert_eq!(to_json(&value).to_string(), text);
    }

    #[test]
    fn quoted_numbers_and_booleans_are_taken_for_what_they_mean() {
        assert_eq!(from_json(&json!("42"), &Type::Number), Ok(42.into()));
        assert_eq!(from_json(&json!("true"), &Type::Bool), Ok(true.into()));
        assert_eq!(from_json(&json!(42), &Type::String), Ok("42".into()));
        assert!(from_json(&json!("yes"), &Type::Bool).is_err());
    }

    #[test]
    fn a_mismatch_names_the_place_and_not_the_value() {
        let json = json!({ "name": ["hunter2"] });
        let mismatch = from_json(&json, &organization()).expect_err("a list");
        assert_eq!(mismatch.to_string(), "`name`: is of another type than its schema says");
    }
}
