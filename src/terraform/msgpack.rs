//! Values as `MessagePack`, the way Terraform's wire protocol writes them.
//!
//! The type decides how bytes are read: a number may come as text, and lists, sets and tuples
//! look alike. Bytes come from another process, so nothing here trusts a length, and no depth of
//! nesting overflows the stack.

mod decode;
mod encode;

pub use decode::decode;
pub use encode::encode;

/// The longest description of an unknown value, in bytes.
const REFINEMENT_BYTES_MAX: usize = 1024;
/// The extension type of an unknown value of which something is known.
const REFINED: i8 = 12;

#[cfg(test)]
mod tests {
    use super::super::types::Type;
    use super::super::value::{Refinement, Value};
    use super::*;
    use std::collections::BTreeMap;

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
        let refined = Value::Unknown(Box::new(Refinement {
            nullable: Some(false),
            prefix: Some("https://".into()),
            lower: Some((0_i64.into(), true)),
            upper: Some(("1.5".parse().expect("number"), false)),
            min_length: Some(1),
            max_length: Some(3),
        }));
        let bytes = encode(&refined, &Type::String).expect("encodes");
        assert_eq!(decode(&bytes, &Type::String), Ok(refined));
        // As Terraform 1.11.4 sends a string that will not be null.
        let not_null = decode(&[0xc7, 3, 12, 0x81, 1, 0xc2], &Type::String).expect("decodes");
        assert_eq!(
            not_null,
            Value::Unknown(Box::new(Refinement { nullable: Some(false), ..Refinement::default() }))
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
