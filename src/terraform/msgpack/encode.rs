//! Values to bytes.

use super::{REFINED, REFINEMENT_BYTES_MAX};
use crate::terraform::mismatch::Mismatch;
use crate::terraform::number::Number;
use crate::terraform::path::Step;
use crate::terraform::types::Type;
use crate::terraform::value::{Refinement, Value};
use rmp::encode;

/// Writes a value of a type. Objects get each attribute of their type, and nothing else.
pub fn encode(value: &Value, ty: &Type) -> Result<Vec<u8>, Mismatch> {
    let mut bytes = Vec::with_capacity(256);
    write(&mut bytes, value, ty)?;
    Ok(bytes)
}

/// Writing into a `Vec` cannot fail; the library's signature says it could.
fn unfailing<T, E>(result: Result<T, E>) -> Result<T, Mismatch> {
    result.map_err(|_| Mismatch::new("could not be written"))
}

fn length(elements: usize) -> Result<u32, Mismatch> {
    u32::try_from(elements).map_err(|_| Mismatch::new("has too many elements"))
}

fn write(bytes: &mut Vec<u8>, value: &Value, ty: &Type) -> Result<(), Mismatch> {
    match (ty, value) {
        (_, Value::Null) => unfailing(encode::write_nil(bytes)),
        (_, Value::Unknown(refinement)) => write_unknown(bytes, refinement),
        (Type::Bool, Value::Bool(truth)) => unfailing(encode::write_bool(bytes, *truth)),
        (Type::Number, Value::Number(number)) => write_number(bytes, number),
        (Type::String, Value::String(text)) => unfailing(encode::write_str(bytes, text)),
        (Type::List(ty), Value::List(elements)) | (Type::Set(ty), Value::Set(elements)) => {
            unfailing(encode::write_array_len(bytes, length(elements.len())?))?;
            for (index, element) in elements.iter().enumerate() {
                write(bytes, element, ty).map_err(|mismatch| mismatch.below(index))?;
            }
            Ok(())
        }
        (Type::Tuple(types), Value::List(elements)) if types.len() == elements.len() => {
            unfailing(encode::write_array_len(bytes, length(elements.len())?))?;
            for (index, (element, ty)) in elements.iter().zip(types).enumerate() {
                write(bytes, element, ty).map_err(|mismatch| mismatch.below(index))?;
            }
            Ok(())
        }
        (Type::Map(ty), Value::Map(entries)) => {
            unfailing(encode::write_map_len(bytes, length(entries.len())?))?;
            for (key, entry) in entries {
                unfailing(encode::write_str(bytes, key))?;
                write(bytes, entry, ty)
                    .map_err(|mismatch| mismatch.below(Step::Key(key.clone())))?;
            }
            Ok(())
        }
        (Type::Object(attributes), Value::Map(entries)) => {
            unfailing(encode::write_map_len(bytes, length(attributes.len())?))?;
            for (name, ty) in attributes {
                unfailing(encode::write_str(bytes, name))?;
                let attribute = entries.get(name).unwrap_or(&Value::Null);
                write(bytes, attribute, ty).map_err(|mismatch| mismatch.below(name.as_str()))?;
            }
            Ok(())
        }
        (Type::Dynamic, Value::Dynamic(typed)) => {
            let (ty, value) = typed.as_ref();
            unfailing(encode::write_array_len(bytes, 2))?;
            unfailing(encode::write_bin(bytes, ty.to_json().to_string().as_bytes()))?;
            write(bytes, value, ty)
        }
        _ => Err(Mismatch::new("is of another type than its schema says")),
    }
}

fn write_number(bytes: &mut Vec<u8>, number: &Number) -> Result<(), Mismatch> {
    match number.as_i64() {
        Some(integer) => unfailing(encode::write_sint(bytes, integer)).map(drop),
        None => unfailing(encode::write_str(bytes, &number.to_string())),
    }
}

fn write_unknown(bytes: &mut Vec<u8>, refinement: &Refinement) -> Result<(), Mismatch> {
    let mut body = Vec::new();
    let mut entries = 0;
    if let Some(nullable) = refinement.nullable {
        entries += 1;
        unfailing(encode::write_uint(&mut body, 1))?;
        unfailing(encode::write_bool(&mut body, nullable))?;
    }
    if let Some(prefix) = &refinement.prefix {
        entries += 1;
        unfailing(encode::write_uint(&mut body, 2))?;
        unfailing(encode::write_str(&mut body, prefix))?;
    }
    for (key, bound) in [(3, &refinement.lower), (4, &refinement.upper)] {
        if let Some((number, inclusive)) = bound {
            entries += 1;
            unfailing(encode::write_uint(&mut body, key))?;
            unfailing(encode::write_array_len(&mut body, 2))?;
            write_number(&mut body, number)?;
            unfailing(encode::write_bool(&mut body, *inclusive))?;
        }
    }
    for (key, limit) in [(5, refinement.min_length), (6, refinement.max_length)] {
        if let Some(limit) = limit {
            entries += 1;
            unfailing(encode::write_uint(&mut body, key))?;
            unfailing(encode::write_sint(&mut body, limit))?;
        }
    }
    if entries == 0 || body.len() >= REFINEMENT_BYTES_MAX {
        bytes.extend([0xd4, 0, 0]);
        return Ok(());
    }
    let mut map = Vec::new();
    unfailing(encode::write_map_len(&mut map, entries))?;
    map.append(&mut body);
    unfailing(encode::write_ext_meta(bytes, length(map.len())?, REFINED))?;
    bytes.append(&mut map);
    Ok(())
}
