//! Validation: everything wrong is named, nothing right is, and no value is too odd.

use super::configurations::configured;
use super::proposal::propose;
use super::values::{Also, typed, value};
use proptest::prelude::*;
use terraform_provider_quay::provider::QuayProvider;
use terraform_provider_quay::terraform::plan::Planning;
use terraform_provider_quay::terraform::provider::Provider;
use terraform_provider_quay::terraform::schema::Presence;
use terraform_provider_quay::terraform::validate::validate;
use terraform_provider_quay::terraform::value::Value;

const UNKNOWN: Also = Also { unknown: true };

/// A resource of ours by its position, and any two values of its type.
fn noun() -> impl Strategy<Value = (usize, Value, Value)> {
    (0..QuayProvider::RESOURCES.len()).prop_flat_map(|at| {
        let ty = QuayProvider::RESOURCES[at].schema().ty();
        (Just(at), value(&ty, UNKNOWN), value(&ty, UNKNOWN))
    })
}

proptest! {
    #[test]
    fn what_terraform_accepts_is_accepted((schema, config) in configured(UNKNOWN)) {
        prop_assert_eq!(validate(schema, &config, true), []);
    }

    #[test]
    fn each_missing_attribute_is_named_and_no_other(
        (schema, mut config) in configured(UNKNOWN),
        removed in proptest::collection::vec(any::<bool>(), 6),
    ) {
        let mut expected = Vec::new();
        for (attribute, removed) in schema.attributes.iter().zip(removed) {
            if removed {
                config.set_attribute(attribute.name, Value::Null);
                if attribute.presence == Presence::Required {
                    expected.push(attribute.name.to_owned());
                }
            }
        }
        let found = validate(schema, &config, true);
        let named: Vec<String> = found.iter().map(|error| error.path.to_string()).collect();
        prop_assert_eq!(named, expected);
    }

    #[test]
    fn a_value_of_another_type_does_no_harm(
        (schema, _) in configured(UNKNOWN),
        (_, odd) in typed(UNKNOWN),
        position in 0..6_usize,
    ) {
        validate(schema, &odd, false);
        let mut config = schema.empty();
        if let Some(attribute) = schema.attributes.get(position) {
            config.set_attribute(attribute.name, odd);
        }
        validate(schema, &config, false);
    }

    /// What is unknown may turn out to be null.
    #[test]
    fn no_own_rule_refuses_what_is_unknown((at, config, _) in noun(), hidden in any::<u16>()) {
        let resource = QuayProvider::RESOURCES[at];
        let mut config = config;
        for (position, attribute) in resource.schema().attributes.iter().enumerate() {
            if hidden >> position & 1 == 1 {
                config.set_attribute(attribute.name, Value::unknown());
            }
        }
        let refused = resource.validate(&config).into_iter().map(|error| error.path.to_string());
        for path in refused {
            prop_assert!(config.get(&path).is_surely_set(), "{path} is unknown");
        }
        let mut unknown = resource.schema().empty();
        for attribute in resource.schema().attributes {
            unknown.set_attribute(attribute.name, Value::unknown());
        }
        prop_assert_eq!(resource.validate(&unknown), []);
    }

    #[test]
    fn the_rules_of_every_noun_have_an_answer_to_everything((at, prior, config) in noun()) {
        let resource = QuayProvider::RESOURCES[at];
        let schema = resource.schema();
        validate(schema, &config, true);
        resource.validate(&config);
        let proposed = propose(schema.attributes, &prior, &config);
        let mut planning = Planning::new(schema, &prior, &config, &proposed);
        resource.plan(&mut planning);
        planning.replaced();
    }
}
