//! What Terraform holds every plan against, for random schemas, states and configurations.

use super::configurations::{apply, config, configured, resolve, state};
use super::proposal::{element, propose};
use super::values::Also;
use proptest::prelude::*;
use terraform_provider_quay::terraform::plan::Planning;
use terraform_provider_quay::terraform::schema::{Attribute, Kind, Schema};
use terraform_provider_quay::terraform::value::Value;

const UNKNOWN: Also = Also { unknown: true };

/// The plan, and the attributes that force a new object.
fn plan(schema: &Schema, prior: &Value, config: &Value) -> (Value, Vec<String>) {
    let proposed = propose(schema.attributes, prior, config);
    let planning = Planning::new(schema, prior, config, &proposed);
    let replaced = planning.replaced().iter().map(ToString::to_string).collect();
    (planning.planned, replaced)
}

/// A schema, a state that may be of any past, and a configuration.
fn situation(also: Also) -> impl Strategy<Value = (&'static Schema, Value, Value)> {
    configured(also).prop_flat_map(|(schema, config)| (Just(schema), state(schema), Just(config)))
}

/// A schema, and two configurations for it.
fn change() -> impl Strategy<Value = (&'static Schema, Value, Value)> {
    configured(Also::default()).prop_flat_map(|(schema, before)| {
        let kept = proptest::collection::vec(any::<bool>(), schema.attributes.len());
        let after = (config(schema, Also::default()), kept, Just(before.clone()));
        let after = after.prop_map(|(mut after, kept, before)| {
            let kept = schema.attributes.iter().zip(kept).filter(|(_, kept)| *kept);
            for (attribute, _) in kept {
                after.set_attribute(attribute.name, before.get(attribute.name).clone());
            }
            after
        });
        (Just(schema), Just(before), after)
    })
}

/// Holds a planned object against the state and the configuration, attribute by attribute.
fn check_object(
    attributes: &[Attribute],
    prior: &Value,
    config: &Value,
    planned: &Value,
) -> Result<(), TestCaseError> {
    let names: Vec<&str> = planned.as_map().into_iter().flatten().map(|it| it.0.as_str()).collect();
    prop_assert_eq!(names.len(), attributes.len(), "other attributes than the schema's");
    for attribute in attributes {
        check_attribute(attribute, prior, config.get(attribute.name), planned.get(attribute.name))?;
    }
    Ok(())
}

fn check_attribute(
    attribute: &Attribute,
    holder: &Value,
    config: &Value,
    planned: &Value,
) -> Result<(), TestCaseError> {
    let (name, prior) = (attribute.name, holder.get(attribute.name));
    if attribute.write_only {
        prop_assert!(planned.is_null(), "{name} is write-only and planned");
    } else if config.is_null() && !attribute.is_computed() {
        prop_assert!(planned.is_null(), "{name} is neither configured nor computed, but planned");
    } else if let (Value::Null, Some(default)) = (config, attribute.default) {
        prop_assert!(*planned == default.into(), "{name} is not its default");
    } else if config.is_null() {
        let kept = planned.is_unknown() || planned == prior;
        prop_assert!(kept, "{name} is computed, and planned as something new that is known");
        prop_assert!(planned.is_unknown() || !holder.is_null(), "{name} is not left to the apply");
    } else {
        check_configured(attribute, prior, config, planned)?;
    }
    Ok(())
}

fn check_configured(
    attribute: &Attribute,
    prior: &Value,
    config: &Value,
    planned: &Value,
) -> Result<(), TestCaseError> {
    match (attribute.kind, config) {
        (Kind::Object(nested), Value::Map(_)) => check_object(nested, prior, config, planned),
        (Kind::Objects(nested), Value::List(configs)) => {
            let Value::List(planned) = planned else {
                return Err(TestCaseError::fail("a configured list is not planned as one"));
            };
            prop_assert_eq!(planned.len(), configs.len());
            for (at, (config, planned)) in configs.iter().zip(planned).enumerate() {
                check_object(nested, element(prior, at), config, planned)?;
            }
            Ok(())
        }
        _ => {
            prop_assert!(planned == config, "{} is not planned as configured", attribute.name);
            Ok(())
        }
    }
}

/// Whether everything known in one plan is the same in a later one.
fn keeps_promises(first: &Value, second: &Value) -> bool {
    match (first, second) {
        (Value::Unknown(_), _) => true,
        (Value::Map(first), Value::Map(second)) => first
            .iter()
            .all(|(name, value)| second.get(name).is_some_and(|it| keeps_promises(value, it))),
        (Value::List(first), Value::List(second)) if first.len() == second.len() => {
            first.iter().zip(second).all(|(first, second)| keeps_promises(first, second))
        }
        // Which element of a set came of which cannot be told where some are unknown.
        (Value::Set(first), Value::Set(second)) => {
            let mut known = first.iter().filter(|value| value.is_wholly_known());
            known.all(|value| second.contains(value))
        }
        _ => first == second,
    }
}

proptest! {
    #[test]
    fn a_plan_says_what_the_configuration_says((schema, prior, config) in situation(UNKNOWN)) {
        let (planned, _) = plan(schema, &prior, &config);
        check_object(schema.attributes, &prior, &config, &planned)?;
    }

    #[test]
    fn the_plan_of_what_was_applied_is_empty(
        (schema, prior, config) in situation(Also::default()),
        finds_nothing in any::<bool>(),
    ) {
        let (planned, _) = plan(schema, &prior, &config);
        let applied = apply(&planned, schema, finds_nothing);
        let (again, replaced) = plan(schema, &applied, &config);
        prop_assert!(again == applied, "{applied:?} is planned as {again:?}");
        prop_assert_eq!(replaced, Vec::<String>::new());
    }

    #[test]
    fn only_a_changed_attribute_that_replaces_forces_a_new_object((schema, before, after) in change()) {
        let (planned, replaced) = plan(schema, &Value::Null, &before);
        prop_assert_eq!(replaced, Vec::<String>::new(), "what is not there is replaced");
        let applied = resolve(&planned, &schema.ty());
        let (_, replaced) = plan(schema, &applied, &after);
        for attribute in schema.attributes {
            let (before, after) = (before.get(attribute.name), after.get(attribute.name));
            let is_replaced = replaced.iter().any(|name| name == attribute.name);
            prop_assert!(!is_replaced || (attribute.replaces && before != after));
            let must = attribute.replaces && !attribute.write_only && before != after;
            if must && !before.is_null() && !after.is_null() && attribute.kind.nested().is_none() {
                prop_assert!(is_replaced, "{} changed and forces nothing", attribute.name);
            }
        }
    }

    #[test]
    fn a_plan_keeps_its_promises_once_everything_is_known((schema, prior, config) in situation(UNKNOWN)) {
        let (first, _) = plan(schema, &prior, &config);
        let config = resolve(&config, &schema.ty());
        let (second, _) = plan(schema, &prior, &config);
        prop_assert!(keeps_promises(&first, &second), "{first:?} became {second:?}");
    }
}
