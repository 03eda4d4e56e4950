//! Random schemas.

use proptest::collection::vec;
use proptest::prelude::*;
use terraform_provider_quay::terraform::schema::{Attribute, Kind, Literal, Presence, Schema};

/// Names of attributes, which must live as long as the program.
const NAMES: [&str; 6] = ["name", "email", "seconds", "limits", "teams", "token"];

/// A schema with nested objects. It is never freed: real ones are constants.
pub(super) fn schema() -> impl Strategy<Value = &'static Schema> {
    attributes(2).prop_map(|attributes| {
        let schema = Schema::new("A thing.", attributes);
        &*Box::leak(Box::new(schema))
    })
}

fn attributes(depth: usize) -> BoxedStrategy<&'static [Attribute]> {
    vec((kind(depth), presence(), any::<[bool; 3]>()), 1..NAMES.len())
        .prop_map(move |parts| {
            let named = NAMES.iter().zip(parts);
            let attributes: Vec<_> = named
                .map(|(name, (kind, presence, flags))| {
                    attribute(name, kind, presence, flags, depth)
                })
                .collect();
            &*attributes.leak()
        })
        .boxed()
}

fn presence() -> impl Strategy<Value = Presence> {
    let all =
        [Presence::Required, Presence::Optional, Presence::Computed, Presence::OptionalComputed];
    proptest::sample::select(all.to_vec())
}

fn kind(depth: usize) -> BoxedStrategy<Kind> {
    let plain = proptest::sample::select(vec![
        Kind::String,
        Kind::Number,
        Kind::Bool,
        Kind::List(&Kind::String),
        Kind::Set(&Kind::Number),
        Kind::Map(&Kind::String),
    ]);
    if depth == 0 {
        return plain.boxed();
    }
    let nested = || attributes(depth - 1);
    prop_oneof![
        4 => plain,
        1 => nested().prop_map(Kind::Object),
        1 => nested().prop_map(Kind::Objects),
    ]
    .boxed()
}

/// Only combinations that Terraform allows: defaults need a plain computed attribute, and
/// write-only is what a user may write at the top.
fn attribute(
    name: &'static str,
    kind: Kind,
    presence: Presence,
    [replaces, defaulted, write_only]: [bool; 3],
    depth: usize,
) -> Attribute {
    let literal = match kind {
        Kind::String => Some(Literal::String("default")),
        Kind::Number => Some(Literal::Integer(7)),
        Kind::Bool => Some(Literal::Bool(true)),
        _ => None,
    };
    let computed = presence == Presence::OptionalComputed;
    let at_the_top = depth == 2;
    Attribute {
        presence,
        replaces: replaces && at_the_top,
        default: literal.filter(|_| defaulted && computed),
        write_only: write_only && at_the_top && presence == Presence::Optional,
        ..Attribute::new(name, kind, "What it is.")
    }
}
