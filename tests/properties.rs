//! What must hold for every value, every schema and every configuration, tried on random ones.
//!
//! proptest writes what failed beside the property, into a file whose name ends in
//! `.proptest-regressions`; commit it with the repair.

#[path = "properties/codecs.rs"]
mod codecs;
#[path = "properties/configurations.rs"]
mod configurations;
#[path = "properties/plans.rs"]
mod plans;
#[path = "support/proposal.rs"]
mod proposal;
#[path = "properties/schemas.rs"]
mod schemas;
#[path = "properties/validation.rs"]
mod validation;
#[path = "properties/values.rs"]
mod values;
