//! Values as `MessagePack`, the way Terraform's wire protocol writes them.
//!
//! The type decides how bytes are read: a number may come as text, and lists, sets and tuples
//! look alike. Bytes come from another process, so nothing here trusts a length, and no depth of
//! nesting overflows the stack.

use super::mismatch::Mismatch;
use super::number::Number;
use super::path::Step;
use super::types::Type;
use super::value::{Refinement, Value};
use rmp::Marker;
use rmp::{decode, encode};
use std::collections::BTreeMap;

/// How deep values may nest. Schemas are a few levels deep; only dynamic values could be deeper.
const DEPTH_MAX: usize = 100;
/// The longest description of an unknown value, in bytes.
const REFINEMENT_BYTES_MAX: usize = 1024;
/// The extension type of an unknown value of which something is known.
const REFINED: i8 = 12;

/// Reads one value of a type. No bytes at all are null.
pub fn decode(bytes: &[u8], ty: &Type) -> Result<Value, Mismatch> {
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    let mut rest = bytes;
    let value = read(&mut rest, ty, 0)?;
    if rest.is_empty() { Ok(value) } else { Err(Mismatch::new("has bytes after its end")) }
}

/// Writes a value of a type. Objects get each attribute of their type, and nothing else.
pub fn encode(value: &Value, ty: &Type) -> Result<Vec<u8>, Mismatch> {
    let mut bytes = Vec::with_capacity(256);
    write(&mut bytes, value, ty)?;
    Ok(bytes)
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
    read_refinement(body).map(Value::Unknown)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn object(attributes: &[(&str, Type)]) -> Type {
        Type::Object(attributes.iter().map(|(name, ty)| ((*name).to_owned(), ty.clone())).collect())
    }

    fn check(value: &Value, ty: &Type, bytes: &[u8]) {
        assert_eq!(encode(value, ty).expect("encodes"), bytes, "{value:?}");
        assert_eq!(decode(bytes, ty).expect("decodes"), *value, "{value:?}");
    }

    /// Row 33.
    #[test]
    fn each_kind_of_value_has_the_bytes_that_terraform_writes() {
        let list = Type::List(Box::new(Type::String));
        check(&Value::Null, &Type::String, &[0xc0]);
        check(&Value::Null, &Type::Dynamic, &[0xc0]);
        check(&Value::unknown(), &Type::Bool, &[0xd4, 0, 0]);
        check(&Value::unknown(), &Type::Dynamic, &[0xd4, 0, 0]);
        check(&true.into(), &Type::Bool, &[0xc3]);
        check(&"é".into(), &Type::String, &[0xa2, 0xc3, 0xa9]);
        check(&Value::List(vec![]), &list, &[0x90]);
        check(&Value::Set(vec![]), &Type::Set(Box::new(Type::Bool)), &[0x90]);
        check(&Value::Map(BTreeMap::new()), &Type::Map(Box::new(Type::Bool)), &[0x80]);
        check(&Value::List(vec!["a".into(), Value::unknown()]), &list, b"\x92\xa1a\xd4\0\0");
        let tuple = Type::Tuple(vec![Type::Bool, Type::String]);
        check(&Value::List(vec![true.into(), "a".into()]), &tuple, b"\x92\xc3\xa1a");
        check(
            &Value::Dynamic(Box::new((Type::String, "a".into()))),
            &Type::Dynamic,
            b"\x92\xc4\x08\"string\"\xa1a",
        );
    }

    /// Row 33.
    #[test]
    fn numbers_stay_exact_whatever_their_size() {
        let number = |text: &str| Value::Number(text.parse().expect(text));
        check(&0.into(), &Type::Number, &[0]);
        check(&(-1).into(), &Type::Number, &[0xff]);
        check(&i64::MIN.into(), &Type::Number, &[0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0]);
        check(&number("0.1"), &Type::Number, b"\xa30.1");
        let thirty_digits = "123456789012345678901234567890";
        let text = [b"\xbe", thirty_digits.as_bytes()].concat();
        check(&number(thirty_digits), &Type::Number, &text);
        let read = |bytes: &[u8]| decode(bytes, &Type::Number).expect("a number");
        assert_eq!(
            read(&[0xcf, 255, 255, 255, 255, 255, 255, 255, 255]),
            number("18446744073709551615")
        );
        assert_eq!(read(&[0xcb, 0x3f, 0xe0, 0, 0, 0, 0, 0, 0]), number("0.5"));
        assert_eq!(read(&[0xca, 0x3f, 0, 0, 0]), number("0.5"));
        assert!(decode(&[0xcb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0], &Type::Number).is_err(), "infinity");
    }

    /// Row 33.
    #[test]
    fn what_is_known_of_an_unknown_value_survives() {
        let refined = Value::Unknown(Refinement {
            nullable: Some(false),
            prefix: Some("https://".into()),
            lower: Some((0_i64.into(), true)),
            upper: Some(("1.5".parse().expect("number"), false)),
            min_length: Some(1),
            max_length: Some(3),
        });
        let bytes = encode(&refined, &Type::String).expect("encodes");
        assert_eq!(decode(&bytes, &Type::String), Ok(refined));
        // As Terraform 1.11.4 sends a string that will not be null.
        let not_null = decode(&[0xc7, 3, 12, 0x81, 1, 0xc2], &Type::String).expect("decodes");
        assert_eq!(
            not_null,
            Value::Unknown(Refinement { nullable: Some(false), ..Refinement::default() })
        );
    }

    /// Row 34.
    #[test]
    fn foreign_extensions_and_keys_are_unknown_values() {
        for bytes in
            [&[0xd4, 5, 9][..], &[0xc7, 0, 0], &[0xc7, 3, 12, 0x81, 99, 0xc0], &[0xd5, 3, 1, 2]]
        {
            let value = decode(bytes, &Type::String).expect("decodes");
            assert!(value.is_unknown(), "{bytes:?}");
        }
        let mut long = vec![0xc8, 0x04, 0x01, 12];
        long.extend([0; 1025]);
        assert!(decode(&long, &Type::String).is_err());
    }

    /// Row 34.
    #[test]
    fn hostile_bytes_are_an_error_and_cost_nothing() {
        let list = Type::List(Box::new(Type::String));
        let ty = object(&[("name", Type::String)]);
        let deep: Vec<u8> = b"\x92\xc4\x09\"dynamic\"".repeat(100_000);
        let cases: [(&[u8], &Type); 9] = [
            (&[0xdd, 255, 255, 255, 255], &list),
            (&[0xdf, 255, 255, 255, 255], &ty),
            (&[0xdb, 255, 255, 255, 255], &Type::String),
            (&[0xc9, 255, 255, 255, 255, 12], &Type::String),
            (&[0xa1, 0xff], &Type::String),
            (b"\x81\xa5other\xc0", &ty),
            (&[0xc0, 0xc0], &Type::String),
            (&[0xc1], &Type::String),
            (&deep, &Type::Dynamic),
        ];
        for (bytes, ty) in cases {
            assert!(decode(bytes, ty).is_err(), "{:?}", &bytes[..bytes.len().min(9)]);
        }
    }

    /// Row 35.
    #[test]
    fn an_object_is_written_with_all_its_attributes_and_no_other() {
        let ty = object(&[("email", Type::String), ("name", Type::String)]);
        let value = Value::Map(BTreeMap::from([
            ("name".to_owned(), "acme".into()),
            ("other".to_owned(), true.into()),
        ]));
        assert_eq!(encode(&value, &ty).expect("encodes"), b"\x82\xa5email\xc0\xa4name\xa4acme");
    }

    #[test]
    fn a_mismatch_names_the_place_and_not_the_value() {
        let ty = object(&[("names", Type::List(Box::new(Type::String)))]);
        let mismatch = decode(b"\x81\xa5names\x92\xa1a\x07", &ty).expect_err("a number");
        assert_eq!(mismatch.to_string(), "`names[1]`: is not a string");
    }
}
