//! The schemas, by the rules of Terraform's and by ours.

use super::support::catalog::Kind;
use super::support::wire::Wire;
use std::collections::{BTreeMap, BTreeSet};
use terraform_provider_quay::provider::QuayProvider;
use terraform_provider_quay::terraform::proto::{
    self, ServerCapabilities, get_provider_schema, get_resource_identity_schemas,
};

/// A schema and whose it is.
type Named<'a> = (&'a str, &'a proto::Schema);

/// Rows 28, 29, 31 and 32.
#[tokio::test]
async fn the_schemas_are_valid_and_always_the_same_bytes() {
    use prost::Message;
    let wire = Wire::<QuayProvider>::unconfigured().await;
    let mut client = wire.client.clone();
    let mut bytes = BTreeSet::new();
    for _ in 0..3 {
        let request = get_provider_schema::Request {};
        let answer = client.get_provider_schema(request).await.expect("an answer").into_inner();
        assert!(answer.provider.is_some() && answer.diagnostics.is_empty());
        let announced = ServerCapabilities {
            plan_destroy: true,
            get_provider_schema_optional: true,
            move_resource_state: true,
            generate_resource_config: true,
        };
        assert_eq!(answer.server_capabilities, Some(announced));
        for (kind, schemas) in by_kind(&answer) {
            let names: Vec<&str> = schemas.iter().map(|(name, _)| *name).collect();
            assert_eq!(names, kind.names(), "{kind:?}: everything that is offered has a schema");
            for (name, schema) in schemas {
                lint_block(name, schema);
            }
        }
        lint_block("provider", answer.provider.as_ref().expect("settings"));
        bytes.insert(answer.encode_to_vec());
    }
    assert_eq!(bytes.len(), 1);
    assert!(bytes.first().is_some_and(|it| it.len() < 1 << 20));
    let request = get_resource_identity_schemas::Request {};
    let identities = client.get_resource_identity_schemas(request).await.expect("an answer");
    assert_eq!(identities.into_inner().identity_schemas.len(), 4);
}

/// The schemas of everything but functions, sorted by name.
fn by_kind(answer: &get_provider_schema::Response) -> [(Kind, Vec<Named<'_>>); 5] {
    let actions = answer.action_schemas.iter().map(|(name, action)| {
        (name.as_str(), action.schema.as_ref().expect("an action has a schema"))
    });
    [
        (Kind::Resource, plain(&answer.resource_schemas)),
        (Kind::DataSource, plain(&answer.data_source_schemas)),
        (Kind::Ephemeral, plain(&answer.ephemeral_resource_schemas)),
        (Kind::List, plain(&answer.list_resource_schemas)),
        (Kind::Action, actions.collect()),
    ]
}

fn plain(schemas: &BTreeMap<String, proto::Schema>) -> Vec<Named<'_>> {
    schemas.iter().map(|(name, schema)| (name.as_str(), schema)).collect()
}

/// A schema without blocks in it: what is nested here is an attribute.
fn lint_block(name: &str, schema: &proto::Schema) {
    let block = schema.block.as_ref().expect("a block");
    assert!(block.description.ends_with('.'), "{name}: {}", block.description);
    assert!(block.block_types.is_empty(), "{name} has blocks");
    block.attributes.iter().for_each(lint);
}

/// The rules by which Terraform refuses a schema, and those of ours: sentences, and no open secret.
fn lint(attribute: &proto::schema::Attribute) {
    const RESERVED: [&str; 8] = [
        "count",
        "for_each",
        "depends_on",
        "provider",
        "lifecycle",
        "connection",
        "alias",
        "version",
    ];
    const SECRETS: [&str; 3] = ["client_key_pem", "client_secret", "token"];
    let name = &attribute.name;
    assert!(
        name.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_'),
        "{name}"
    );
    assert!(!RESERVED.contains(&name.as_str()), "{name}");
    assert!(attribute.required || attribute.optional || attribute.computed, "{name}");
    assert!(!(attribute.required && (attribute.optional || attribute.computed)), "{name}");
    assert_eq!(attribute.r#type.is_empty(), attribute.nested_type.is_some(), "{name}");
    assert!(!(attribute.write_only && attribute.computed), "{name}");
    assert!(attribute.description.ends_with('.'), "{name}: {}", attribute.description);
    let secret = name.ends_with("_password") || name.ends_with("_wo");
    let secret = secret || SECRETS.contains(&name.as_str());
    assert!(!secret || attribute.sensitive, "{name} is a secret");
    for nested in attribute.nested_type.iter().flat_map(|nested| &nested.attributes) {
        lint(nested);
    }
}
