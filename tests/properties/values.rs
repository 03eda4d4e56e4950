//! Random types, and random values of them.

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use std::collections::BTreeMap;
use terraform_provider_quay::terraform::number::Number;
use terraform_provider_quay::terraform::types::Type;
use terraform_provider_quay::terraform::value::{Refinement, Value};

/// What else than plain values may occur.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Also {
    /// Values that are not known yet.
    pub(super) unknown: bool,
}

/// A name of an attribute, or a key of a map.
pub(super) fn name() -> impl Strategy<Value = String> {
    "[a-z_]{1,6}"
}

/// A text in any script, decomposed letters included.
pub(super) fn text() -> impl Strategy<Value = String> {
    prop_oneof![4 => "\\PC{0,12}", 1 => "[a-z]{0,40}", 1 => "[aeou]\u{301}\u{323}?"]
}

/// A number in any notation, up to far more than 64 bits.
pub(super) fn number() -> impl Strategy<Value = Number> {
    prop_oneof![
        any::<i64>().prop_map(Number::from),
        any::<u64>().prop_map(Number::from),
        any::<f64>().prop_filter_map("not finite", Number::from_f64),
        decimal(),
        "[+-]?[0-9]{1,20}[eE][+-]?[0-9]{1,4}".prop_map(|text| text.parse().expect("a number")),
    ]
}

fn decimal() -> impl Strategy<Value = Number> + Clone {
    "-?[0-9]{1,60}(\\.[0-9]{1,60})?".prop_map(|text| text.parse().expect("a number"))
}

fn refinement() -> impl Strategy<Value = Refinement> {
    // Terraform leaves out what would be too long, and so do we; see `REFINEMENT_BYTES_MAX`.
    let short = prop_oneof![any::<i64>().prop_map(Number::from), decimal()];
    let bound = move || option::of((short.clone(), any::<bool>()));
    let length = || option::of(any::<i64>());
    let parts =
        (option::of(any::<bool>()), option::of(text()), bound(), bound(), length(), length());
    parts.prop_map(|(nullable, prefix, lower, upper, min_length, max_length)| Refinement {
        nullable,
        prefix,
        lower,
        upper,
        min_length,
        max_length,
    })
}

/// A type a few levels deep.
pub(super) fn ty() -> impl Strategy<Value = Type> {
    let leaf =
        prop_oneof![Just(Type::String), Just(Type::Number), Just(Type::Bool), Just(Type::Dynamic),];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|ty| Type::List(Box::new(ty))),
            inner.clone().prop_map(|ty| Type::Set(Box::new(ty))),
            inner.clone().prop_map(|ty| Type::Map(Box::new(ty))),
            vec(inner.clone(), 0..4).prop_map(Type::Tuple),
            btree_map(name(), inner, 0..4).prop_map(Type::Object),
        ]
    })
}

/// A value of a type: null, unknown or known.
pub(super) fn value(ty: &Type, also: Also) -> BoxedStrategy<Value> {
    let unknown = prop_oneof![
        Just(Value::unknown()),
        refinement().prop_map(|it| Value::Unknown(Box::new(it)))
    ];
    let unknown_weight = u32::from(also.unknown);
    prop_oneof![
        1 => Just(Value::Null),
        unknown_weight => unknown,
        8 => known(ty, also),
    ]
    .boxed()
}

/// A value of a type that is itself neither null nor unknown.
pub(super) fn known(ty: &Type, also: Also) -> BoxedStrategy<Value> {
    match ty {
        Type::String => text().prop_map(Value::string).boxed(),
        Type::Number => number().prop_map(Value::Number).boxed(),
        Type::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Type::List(element) => vec(value(element, also), 0..4).prop_map(Value::List).boxed(),
        Type::Set(element) => vec(value(element, also), 0..4).prop_map(Value::set).boxed(),
        Type::Map(element) => {
            btree_map(name(), value(element, also), 0..4).prop_map(Value::Map).boxed()
        }
        Type::Object(attributes) => object(attributes, also),
        Type::Tuple(types) => {
            let elements: Vec<_> = types.iter().map(|ty| value(ty, also)).collect();
            elements.prop_map(Value::List).boxed()
        }
        Type::Dynamic => leaf_of_open_type(also),
    }
}

fn object(attributes: &BTreeMap<String, Type>, also: Also) -> BoxedStrategy<Value> {
    let names: Vec<String> = attributes.keys().cloned().collect();
    let values: Vec<_> = attributes.values().map(|ty| value(ty, also)).collect();
    values.prop_map(move |values| Value::Map(names.iter().cloned().zip(values).collect())).boxed()
}

fn leaf_of_open_type(also: Also) -> BoxedStrategy<Value> {
    let open = [
        Type::String,
        Type::Number,
        Type::List(Box::new(Type::Bool)),
        Type::Object(BTreeMap::from([("a".to_owned(), Type::String)])),
    ];
    let pairs = proptest::sample::select(open.to_vec()).prop_flat_map(move |ty| {
        let value = value(&ty, also);
        (Just(ty), value)
    });
    pairs.prop_map(|typed| Value::Dynamic(Box::new(typed))).boxed()
}

/// A type, and a value of it.
pub(super) fn typed(also: Also) -> impl Strategy<Value = (Type, Value)> {
    ty().prop_flat_map(move |ty| {
        let value = value(&ty, also);
        (Just(ty), value)
    })
}
