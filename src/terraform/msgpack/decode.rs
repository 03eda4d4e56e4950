//! Bytes to values.

use super::{REFINED, REFINEMENT_BYTES_MAX};
use crate::terraform::mismatch::Mismatch;
use crate::terraform::number::Number;
use crate::terraform::path::Step;
use crate::terraform::types::Type;
use crate::terraform::value::{Refinement, Value};
use rmp::{Marker, decode};
use std::collections::BTreeMap;

/// How deep values may nest. Schemas are a few levels deep; only dynamic values could be deeper.
const DEPTH_MAX: usize = 100;

/// Reads one value of a type. No bytes at all are null.
pub fn decode(bytes: &[u8], ty: &Type) -> Result<Value, Mismatch> {
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    let mut rest = bytes;
    let value = read(&mut rest, ty, 0)?;
    if rest.is_empty() { Ok(value) } else { Err(Mismatch::new("has bytes after its end")) }
}

fn truncated() -> Mismatch {
    Mismatch::new("ends too early, or is no MessagePack")
}

fn peek(rest: &[u8]) -> Result<Marker, Mismatch> {
    rest.first().map(|byte| Marker::from_u8(*byte)).ok_or_else(truncated)
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Result<&'a [u8], Mismatch> {
    let (taken, after) = rest.split_at_checked(length).ok_or_else(truncated)?;
    *rest = after;
    Ok(taken)
}

fn read(rest: &mut &[u8], ty: &Type, depth: usize) -> Result<Value, Mismatch> {
    if depth > DEPTH_MAX {
        return Err(Mismatch::new("is nested too deeply"));
    }
    match peek(rest)? {
        Marker::Null => {
            *rest = &rest[1..];
            return Ok(Value::Null);
        }
        Marker::FixExt1
        | Marker::FixExt2
        | Marker::FixExt4
        | Marker::FixExt8
        | Marker::FixExt16
        | Marker::Ext8
        | Marker::Ext16
        | Marker::Ext32 => return read_unknown(rest),
        _ => {}
    }
    match ty {
        Type::Bool => {
            decode::read_bool(rest).map(Value::Bool).map_err(|_| Mismatch::new("is not a boolean"))
        }
        Type::Number => read_number(rest).map(Value::Number),
        Type::String => read_text(rest).map(Value::string),
        Type::List(element) => read_elements(rest, element, depth).map(Value::List),
        Type::Set(element) => read_elements(rest, element, depth).map(Value::set),
        Type::Tuple(types) => {
            if read_array_length(rest)? != types.len() {
                return Err(Mismatch::new("has another number of elements"));
            }
            let read_one =
                |(index, ty)| read(rest, ty, depth + 1).map_err(|mismatch| mismatch.below(index));
            types.iter().enumerate().map(read_one).collect::<Result<_, _>>().map(Value::List)
        }
        Type::Map(element) => read_map(rest, element, depth),
        Type::Object(attributes) => read_object(rest, attributes, depth),
        Type::Dynamic => {
            if read_array_length(rest)? != 2 {
                return Err(Mismatch::new("is not a pair of type and value"));
            }
            let length = decode::read_bin_len(rest).map_err(|_| truncated())?;
            let json = serde_json::from_slice(take(rest, length as usize)?).ok();
            let ty = json
                .and_then(|json| Type::from_json(&json))
                .ok_or_else(|| Mismatch::new("names no type"))?;
            let value = read(rest, &ty, depth + 1)?;
            Ok(Value::Dynamic(Box::new((ty, value))))
        }
    }
}

fn read_array_length(rest: &mut &[u8]) -> Result<usize, Mismatch> {
    let length = decode::read_array_len(rest).map_err(|_| Mismatch::new("is not a list"))?;
    Ok(length as usize)
}

fn read_map_length(rest: &mut &[u8]) -> Result<usize, Mismatch> {
    let length = decode::read_map_len(rest).map_err(|_| Mismatch::new("is not a map"))?;
    Ok(length as usize)
}

fn read_elements(rest: &mut &[u8], ty: &Type, depth: usize) -> Result<Vec<Value>, Mismatch> {
    let length = read_array_length(rest)?;
    (0..length)
        .map(|index| read(rest, ty, depth + 1).map_err(|mismatch| mismatch.below(index)))
        .collect()
}

fn read_map(rest: &mut &[u8], ty: &Type, depth: usize) -> Result<Value, Mismatch> {
    let mut entries = BTreeMap::new();
    for _ in 0..read_map_length(rest)? {
        let key = read_text(rest)?.to_owned();
        let value =
            read(rest, ty, depth + 1).map_err(|mismatch| mismatch.below(Step::Key(key.clone())))?;
        entries.insert(key, value);
    }
    Ok(Value::Map(entries))
}

fn read_object(
    rest: &mut &[u8],
    attributes: &BTreeMap<String, Type>,
    depth: usize,
) -> Result<Value, Mismatch> {
    let mut entries = BTreeMap::new();
    for _ in 0..read_map_length(rest)? {
        let name = read_text(rest)?;
        let ty = attributes
            .get(name)
            .ok_or_else(|| Mismatch::new("has an attribute that the schema does not know"))?;
        let value = read(rest, ty, depth + 1).map_err(|mismatch| mismatch.below(name))?;
        entries.insert(name.to_owned(), value);
    }
    for name in attributes.keys() {
        entries.entry(name.clone()).or_insert(Value::Null);
    }
    Ok(Value::Map(entries))
}

fn read_text<'a>(rest: &mut &'a [u8]) -> Result<&'a str, Mismatch> {
    let length = decode::read_str_len(rest).map_err(|_| Mismatch::new("is not a string"))?;
    std::str::from_utf8(take(rest, length as usize)?)
        .map_err(|_| Mismatch::new("is not UTF-8 text"))
}

fn read_number(rest: &mut &[u8]) -> Result<Number, Mismatch> {
    let not_a_number = || Mismatch::new("is not a finite number");
    match peek(rest)? {
        Marker::F32 => {
            let float = decode::read_f32(rest).map_err(|_| truncated())?;
            Number::from_f64(f64::from(float)).ok_or_else(not_a_number)
        }
        Marker::F64 => {
            let float = decode::read_f64(rest).map_err(|_| truncated())?;
            Number::from_f64(float).ok_or_else(not_a_number)
        }
        Marker::U64 => decode::read_u64(rest).map(Number::from).map_err(|_| truncated()),
        Marker::FixStr(_) | Marker::Str8 | Marker::Str16 | Marker::Str32 => {
            read_text(rest)?.parse().map_err(|_| not_a_number())
        }
        _ => decode::read_int::<i64, _>(rest).map(Number::from).map_err(|_| not_a_number()),
    }
}

fn read_unknown(rest: &mut &[u8]) -> Result<Value, Mismatch> {
    let extension = decode::read_ext_meta(rest).map_err(|_| truncated())?;
    let body = take(rest, extension.size as usize)?;
    // Other extensions, or an empty body, are unknown values of which nothing more is said.
    if extension.typeid != REFINED || body.len() <= 1 {
        return Ok(Value::unknown());
    }
    if body.len() > REFINEMENT_BYTES_MAX {
        return Err(Mismatch::new("describes an unknown value at too great a length"));
    }
    read_refinement(body).map(|refinement| Value::Unknown(Box::new(refinement)))
}

fn read_refinement(body: &[u8]) -> Result<Refinement, Mismatch> {
    let mut rest = body;
    let mut refinement = Refinement::default();
    for _ in 0..read_map_length(&mut rest)? {
        let key: i64 = decode::read_int(&mut rest).map_err(|_| truncated())?;
        match key {
            1 => {
                let nullable = decode::read_bool(&mut rest).map_err(|_| truncated())?;
                refinement.nullable = Some(nullable);
            }
            2 => refinement.prefix = Some(read_text(&mut rest)?.to_owned()),
            3 => refinement.lower = Some(read_bound(&mut rest)?),
            4 => refinement.upper = Some(read_bound(&mut rest)?),
            5 => refinement.min_length = read_number(&mut rest)?.as_i64(),
            6 => refinement.max_length = read_number(&mut rest)?.as_i64(),
            // A later protocol may say more; what follows cannot be told apart without its type.
            _ => break,
        }
    }
    Ok(refinement)
}

fn read_bound(rest: &mut &[u8]) -> Result<(Number, bool), Mismatch> {
    if read_array_length(rest)? != 2 {
        return Err(truncated());
    }
    let number = read_number(rest)?;
    let inclusive = decode::read_bool(rest).map_err(|_| truncated())?;
    Ok((number, inclusive))
}
