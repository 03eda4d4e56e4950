//! Values of any type from bytes.
//!
//! The first byte chooses the type, the others are the value.

use std::sync::LazyLock;
use terraform_provider_quay::provider::QuayProvider;
use terraform_provider_quay::terraform::json::{from_json, to_json};
use terraform_provider_quay::terraform::msgpack::{decode, encode};
use terraform_provider_quay::terraform::provider::Provider;
use terraform_provider_quay::terraform::schema::Schema;
use terraform_provider_quay::terraform::types::Type;

/// The types of everything that the provider offers, and the one that is left open.
static TYPES: LazyLock<Vec<Type>> = LazyLock::new(|| {
    let resources = QuayProvider::RESOURCES.iter().map(|it| it.schema());
    let data_sources = QuayProvider::DATA_SOURCES.iter().map(|it| it.schema());
    let ephemeral = QuayProvider::EPHEMERAL_RESOURCES.iter().map(|it| it.schema());
    let lists = QuayProvider::LISTS.iter().map(|it| it.schema());
    let actions = QuayProvider::ACTIONS.iter().map(|it| it.schema());
    let schemas = resources.chain(data_sources).chain(ephemeral).chain(lists).chain(actions);
    let types = schemas.map(Schema::ty);
    [Type::Dynamic, QuayProvider::SCHEMA.ty()].into_iter().chain(types).collect()
});

/// What is read can be written, and is then read as the same.
pub fn run(data: &[u8]) {
    let Some((choice, bytes)) = data.split_first() else { return };
    let ty = &TYPES[usize::from(*choice) % TYPES.len()];
    let value = match decode(bytes, ty) {
        Ok(value) => value,
        Err(mismatch) => return drop(mismatch.to_string()),
    };
    let written = encode(&value, ty).expect("what was read fits its type");
    let again = decode(&written, ty).expect("what was written can be read");
    assert_eq!(encode(&again, ty).as_ref(), Ok(&written), "it changed on the way");
    let stored = from_json(&to_json(&value), ty).expect("a state can hold it");
    assert!(stored == value || !value.is_wholly_known(), "it changed in the state");
}
