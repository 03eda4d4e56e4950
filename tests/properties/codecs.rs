//! Values travel: what is written is read back as it was.

use super::values::{Also, number, typed};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::Index;
use terraform_provider_quay::terraform::json::{from_json, to_json};
use terraform_provider_quay::terraform::msgpack;
use terraform_provider_quay::terraform::number::Number;
use terraform_provider_quay::terraform::types::Type;

proptest! {
    #[test]
    fn every_value_survives_messagepack((ty, value) in typed(Also { unknown: true })) {
        let bytes = msgpack::encode(&value, &ty).expect("it fits its type");
        let read = msgpack::decode(&bytes, &ty);
        prop_assert!(read.as_ref() == Ok(&value), "{ty:?}: {bytes:02x?} is read as {read:?}");
    }

    #[test]
    fn every_known_value_survives_a_state((ty, value) in typed(Also::default())) {
        let text = to_json(&value).to_string();
        let json = serde_json::from_str(&text).expect("JSON");
        let read = from_json(&json, &ty);
        prop_assert!(read.as_ref() == Ok(&value), "{ty:?}: {text} is read as {read:?}");
    }

    #[test]
    fn every_type_survives_its_json((ty, _) in typed(Also::default())) {
        let text = ty.to_json().to_string();
        let json = serde_json::from_str(&text).expect("JSON");
        prop_assert_eq!(Type::from_json(&json), Some(ty));
    }

    #[test]
    fn every_number_is_read_back_from_its_text(number in number()) {
        prop_assert_eq!(number.to_string().parse(), Ok(number));
    }

    #[test]
    fn a_float_is_the_number_of_its_shortest_text(float in any::<f64>()) {
        let back = Number::from_f64(float).map(|number| number.to_string().parse::<f64>());
        // There is one zero only.
        let expected = float.is_finite().then_some(Ok(float));
        prop_assert_eq!(back, expected);
    }

    #[test]
    fn integers_are_what_they_were(
        signed in any::<i64>(),
        unsigned in any::<u64>(),
        digit in 1..10_u64,
        zeros in 0..20_u32,
    ) {
        prop_assert_eq!(Number::from(signed).as_i64(), Some(signed));
        prop_assert_eq!(Number::from(unsigned).as_u64(), Some(unsigned));
        let round = 10_u64.pow(zeros).saturating_mul(digit);
        prop_assert_eq!(Number::from(round).as_u64(), Some(round));
        prop_assert_eq!(Number::from(round).as_i64(), i64::try_from(round).ok());
    }

    #[test]
    fn text_that_is_read_as_a_number_can_be_written_and_read_again(
        digits in "[0-9]{1,30}",
        fraction in "[0-9]{0,30}",
        exponent in prop_oneof![
            any::<i32>(),
            (0..40).prop_map(|it| i32::MAX - it),
            (0..40).prop_map(|it| i32::MIN + it),
        ],
    ) {
        let text = format!("{digits}.{fraction}e{exponent}");
        if let Ok(number) = text.parse::<Number>() {
            prop_assert_eq!(number.to_string().parse(), Ok(number));
        }
    }

    #[test]
    fn damaged_bytes_are_a_value_or_an_error(
        (ty, value) in typed(Also { unknown: true }),
        damages in vec((any::<Index>(), any::<u8>()), 1..4),
        end in option::of(any::<Index>()),
    ) {
        let mut bytes = msgpack::encode(&value, &ty).expect("it fits its type");
        for (position, byte) in damages {
            *position.get_mut(&mut bytes) = byte;
        }
        bytes.truncate(end.map_or(bytes.len(), |end| end.index(bytes.len())));
        if let Ok(value) = msgpack::decode(&bytes, &ty) {
            let written = msgpack::encode(&value, &ty).expect("what was read fits its type");
            let again = msgpack::decode(&written, &ty).expect("what was written can be read");
            prop_assert!(msgpack::encode(&again, &ty).as_ref() == Ok(&written));
        }
    }
}
