//! Terraform's types, and the JSON in which the protocol writes them.

use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// The type of a value.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Type {
    /// Text.
    String,
    /// A number of any size.
    Number,
    /// `true` or `false`.
    Bool,
    /// Left open; the value carries its type.
    Dynamic,
    /// Elements of one type, in order.
    List(Box<Type>),
    /// Elements of one type, without order or repetition.
    Set(Box<Type>),
    /// Elements of one type, by name.
    Map(Box<Type>),
    /// Attributes, each of its own type.
    Object(BTreeMap<String, Type>),
    /// Elements, each of its own type.
    Tuple(Vec<Type>),
}

impl Type {
    /// The type as the protocol writes it, such as `["list","string"]`.
    pub fn to_json(&self) -> Json {
        match self {
            Self::String => json!("string"),
            Self::Number => json!("number"),
            Self::Bool => json!("bool"),
            Self::Dynamic => json!("dynamic"),
            Self::List(element) => json!(["list", element.to_json()]),
            Self::Set(element) => json!(["set", element.to_json()]),
            Self::Map(element) => json!(["map", element.to_json()]),
            Self::Object(attributes) => {
                let attributes: serde_json::Map<_, _> =
                    attributes.iter().map(|(name, ty)| (name.clone(), ty.to_json())).collect();
                json!(["object", attributes])
            }
            Self::Tuple(elements) => {
                json!(["tuple", elements.iter().map(Self::to_json).collect::<Vec<_>>()])
            }
        }
    }

    /// Reads a type as the protocol writes it; `None` where it is none.
    pub fn from_json(json: &Json) -> Option<Self> {
        if let Some(name) = json.as_str() {
            return match name {
                "string" => Some(Self::String),
                "number" => Some(Self::Number),
                "bool" => Some(Self::Bool),
                "dynamic" => Some(Self::Dynamic),
                _ => None,
            };
        }
        let [Json::String(kind), inner, ..] = json.as_array()?.as_slice() else { return None };
        match kind.as_str() {
            "list" => Some(Self::List(Box::new(Self::from_json(inner)?))),
            "set" => Some(Self::Set(Box::new(Self::from_json(inner)?))),
            "map" => Some(Self::Map(Box::new(Self::from_json(inner)?))),
            "object" => inner
                .as_object()?
                .iter()
                .map(|(name, ty)| Some((name.clone(), Self::from_json(ty)?)))
                .collect::<Option<_>>()
                .map(Self::Object),
            "tuple" => {
                let elements = inner.as_array()?.iter().map(Self::from_json);
                elements.collect::<Option<_>>().map(Self::Tuple)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_reads_back_as_it_was_written() {
        let text = r#"["object",{"a":["list",["set","bool"]],"b":["tuple",["number","dynamic"]],"c":["map","string"]}]"#;
        let json: Json = serde_json::from_str(text).expect("JSON");
        let ty = Type::from_json(&json).expect("a type");
        assert_eq!(ty.to_json().to_string(), text);
    }

    #[test]
    fn what_is_no_type_is_refused() {
        for json in [json!("int"), json!(["list"]), json!(["list", 1]), json!({}), json!(null)] {
            assert_eq!(Type::from_json(&json), None, "{json}");
        }
    }
}
