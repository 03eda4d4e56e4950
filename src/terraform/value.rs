//! Terraform's values: what an attribute holds in a configuration, a plan or a state.

use super::number::Number;
use super::types::Type;
use std::collections::BTreeMap;
use std::fmt;
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// A value. Its type is not part of it: the schema says it.
#[derive(Clone, Eq, Ord, PartialEq, PartialOrd)]
pub enum Value {
    /// Not set.
    Null,
    /// Known only after apply, with what is known of it already.
    Unknown(Box<Refinement>),
    /// `true` or `false`.
    Bool(bool),
    /// A number of any size.
    Number(Number),
    /// Text in Unicode's normal form C.
    String(String),
    /// A list or a tuple.
    List(Vec<Value>),
    /// A set, sorted. Unknown elements may repeat: each stands for another value.
    Set(Vec<Value>),
    /// A map or an object.
    Map(BTreeMap<String, Value>),
    /// A value of a type that the schema leaves open, with that type.
    Dynamic(Box<(Type, Value)>),
}

/// What is known of a value that is itself not known yet.
#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Refinement {
    /// `Some(false)`: it will not be null.
    pub nullable: Option<bool>,
    /// How a string will begin.
    pub prefix: Option<String>,
    /// The least number, and whether it is itself allowed.
    pub lower: Option<(Number, bool)>,
    /// The greatest number, and whether it is itself allowed.
    pub upper: Option<(Number, bool)>,
    /// The least number of elements.
    pub min_length: Option<i64>,
    /// The greatest number of elements.
    pub max_length: Option<i64>,
}

impl Value {
    /// A value that is not known, and of which nothing else is known either.
    pub fn unknown() -> Self {
        Self::Unknown(Box::default())
    }

    /// Text, brought into normal form C as Terraform does.
    pub fn string(text: impl Into<String>) -> Self {
        let text = text.into();
        Self::String(if is_nfc(&text) { text } else { text.nfc().collect() })
    }

    /// A set: order means nothing, and equal known elements are one.
    pub fn set(mut elements: Vec<Self>) -> Self {
        elements.sort();
        elements.dedup_by(|a, b| a == b && a.is_wholly_known());
        Self::Set(elements)
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether it will surely not be null: it is known, or known not to be null.
    pub fn is_surely_set(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Unknown(refinement) => refinement.nullable == Some(false),
            _ => true,
        }
    }

    /// Whether it is itself unknown.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown(_))
    }

    /// Whether neither it nor anything in it is unknown.
    pub fn is_wholly_known(&self) -> bool {
        match self {
            Self::Unknown(_) => false,
            Self::List(elements) | Self::Set(elements) => {
                elements.iter().all(Self::is_wholly_known)
            }
            Self::Map(entries) => entries.values().all(Self::is_wholly_known),
            Self::Dynamic(typed) => typed.1.is_wholly_known(),
            _ => true,
        }
    }

    /// Its text, if it is a known string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// Its truth, if it is a known boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(truth) => Some(*truth),
            _ => None,
        }
    }

    /// Its entries, if it is a known map or object.
    pub fn as_map(&self) -> Option<&BTreeMap<String, Self>> {
        match self {
            Self::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The attribute of a known object; null where the object or the attribute is not there.
    pub fn get(&self, name: &str) -> &Self {
        self.as_map().and_then(|entries| entries.get(name)).unwrap_or(&Self::Null)
    }

    /// Sets the attribute of a known object; anything else is left as it is.
    pub fn set_attribute(&mut self, name: &str, value: Self) {
        if let Self::Map(entries) = self {
            entries.insert(name.to_owned(), value);
        }
    }
}

/// Values hold secrets, so only their shape is shown.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Unknown(_) => f.write_str("unknown"),
            Self::Bool(_) => f.write_str("bool"),
            Self::Number(_) => f.write_str("number"),
            Self::String(_) => f.write_str("string"),
            Self::List(elements) => f.debug_list().entries(elements).finish(),
            Self::Set(elements) => f.debug_set().entries(elements).finish(),
            Self::Map(entries) => f.debug_map().entries(entries).finish(),
            Self::Dynamic(typed) => f.debug_tuple("dynamic").field(&typed.1).finish(),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::string(text)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<i64> for Value {
    fn from(integer: i64) -> Self {
        Self::Number(integer.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What little is known of an unknown value must not make all others large.
    #[test]
    fn a_value_takes_little_room() {
        assert!(size_of::<Value>() <= 48, "{}", size_of::<Value>());
    }

    #[test]
    fn debug_output_shows_no_content() {
        let value = Value::Map(BTreeMap::from([
            ("token".to_owned(), "hunter2".into()),
            ("list".to_owned(), Value::List(vec![42.into(), Value::Null])),
        ]));
        assert_eq!(format!("{value:?}"), r#"{"list": [number, null], "token": string}"#);
    }

    #[test]
    fn a_set_ignores_order_and_repetition_but_keeps_every_unknown() {
        let set = |elements: &[Value]| Value::set(elements.to_vec());
        assert_eq!(set(&["b".into(), "a".into(), "a".into()]), set(&["a".into(), "b".into()]));
        let unknowns = set(&[Value::unknown(), Value::unknown()]);
        assert_eq!(unknowns, Value::Set(vec![Value::unknown(), Value::unknown()]));
    }

    #[test]
    fn strings_are_brought_into_normal_form_c() {
        assert_eq!(Value::string("e\u{301}"), Value::string("\u{e9}"));
    }
}
