//! Plain structs of nouns to values, and back.

use super::diagnostic::{Error, Result};
use super::json::from_json;
use super::path::{Path, Step};
use super::types::Type;
use super::value::Value;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use serde_path_to_error::Segment;

/// Reads a noun's struct. The error names the attribute and never the value.
pub fn from_attributes<T: DeserializeOwned>(attributes: Json) -> Result<T> {
    serde_path_to_error::deserialize(attributes).map_err(|error| {
        let mut path = Path::root();
        for segment in error.path() {
            path = match segment {
                Segment::Map { key } => path.join(key.as_str()),
                Segment::Seq { index } => path.join(Step::from(*index)),
                _ => path,
            };
        }
        let place = if path.is_root() { String::new() } else { format!(" at `{path}`") };
        Error::new(format!(
            "What was read does not fit its schema{place}. If a state was edited by hand or written \
             by another provider, remove the object with `terraform state rm` and import it again. \
             Else this is a bug in the provider."
        ))
        .at(path)
    })
}

/// Writes a noun's struct.
pub fn to_attributes<T: Serialize>(noun: &T) -> Result<Json> {
    serde_json::to_value(noun)
        .map_err(|_| Error::new("The result could not be written as JSON. This is a bug."))
}

/// A noun's attributes as a value of its schema.
pub fn to_value(attributes: &Json, ty: &Type) -> Result<Value> {
    Ok(from_json(attributes, ty)?)
}
