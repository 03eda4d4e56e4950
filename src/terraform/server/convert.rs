//! The protocol's messages to our own words, and back.

use crate::terraform::diagnostic::{Diagnostic, Result, Severity};
use crate::terraform::json::from_json;
use crate::terraform::msgpack;
use crate::terraform::path::{Path, Step};
use crate::terraform::proto::{self, AttributePath, DynamicValue, attribute_path};
use crate::terraform::schema::{Attribute, Kind, Schema};
use crate::terraform::types::Type;
use crate::terraform::value::Value;
use crate::terraform::{Error, function};

/// Reads a value. An absent message is null.
pub(super) fn read_value(value: Option<&DynamicValue>, ty: &Type) -> Result<Value> {
    let Some(value) = value else { return Ok(Value::Null) };
    if value.msgpack.is_empty() && !value.json.is_empty() {
        let json = serde_json::from_slice(&value.json)
            .map_err(|_| Error::new("Terraform sent a value that is no JSON."))?;
        return Ok(from_json(&json, ty)?);
    }
    Ok(msgpack::decode(&value.msgpack, ty)?)
}

/// Writes a value.
pub(super) fn write_value(value: &Value, ty: &Type) -> Result<Option<DynamicValue>> {
    let msgpack = msgpack::encode(value, ty)?;
    Ok(Some(DynamicValue { msgpack, json: Vec::new() }))
}

pub(super) fn write_path(path: &Path) -> AttributePath {
    let step = |step: &Step| {
        let selector = match step.clone() {
            Step::Attribute(name) => attribute_path::step::Selector::AttributeName(name),
            Step::Key(key) => attribute_path::step::Selector::ElementKeyString(key),
            Step::Index(index) => attribute_path::step::Selector::ElementKeyInt(index),
        };
        attribute_path::Step { selector: Some(selector) }
    };
    AttributePath { steps: path.steps().iter().map(step).collect() }
}

/// The longest text that is shown, in characters. What stands in the middle of a longer one is left
/// out: what happened is told at the beginning, and what to do at the end.
const TEXT_MAX: usize = 20_000;

/// Text that a user is shown, as one line. Names that others chose may hold control characters,
/// with which a terminal could be taken over, line breaks, behind which anything could be pretended,
/// and characters that turn the direction of what follows.
pub(super) fn printable(text: String) -> String {
    let turns = |letter: char| {
        matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}')
            || ('\u{202a}'..='\u{202e}').contains(&letter)
            || ('\u{2066}'..='\u{2069}').contains(&letter)
    };
    let is_harmful = |letter: char| letter.is_control() || turns(letter);
    let text = if text.contains(is_harmful) { text.replace(is_harmful, " ") } else { text };
    let count = text.chars().count();
    if count <= TEXT_MAX {
        return text;
    }
    let half = TEXT_MAX / 2;
    let beginning: String = text.chars().take(half).collect();
    let end: String = text.chars().skip(count - half).collect();
    format!("{beginning} \u{2026} {end}")
}

pub(super) fn write_diagnostic(diagnostic: Diagnostic) -> proto::Diagnostic {
    let severity = match diagnostic.severity {
        Severity::Error => proto::diagnostic::Severity::Error,
        Severity::Warning => proto::diagnostic::Severity::Warning,
    };
    proto::Diagnostic {
        severity: severity.into(),
        summary: printable(diagnostic.summary),
        detail: printable(diagnostic.detail),
        attribute: (!diagnostic.path.is_root()).then(|| write_path(&diagnostic.path)),
    }
}

pub(super) fn write_diagnostics(
    diagnostics: impl IntoIterator<Item = Diagnostic>,
) -> Vec<proto::Diagnostic> {
    diagnostics.into_iter().map(write_diagnostic).collect()
}

fn type_bytes(kind: Kind) -> Vec<u8> {
    kind.ty().to_json().to_string().into_bytes()
}

pub(super) fn write_schema(schema: &Schema) -> proto::Schema {
    let block = proto::schema::Block {
        version: schema.version,
        attributes: schema.attributes.iter().map(write_attribute).collect(),
        description: schema.description.to_owned(),
        description_kind: proto::StringKind::Markdown.into(),
        ..proto::schema::Block::default()
    };
    proto::Schema { version: schema.version, block: Some(block) }
}

fn write_attribute(attribute: &Attribute) -> proto::schema::Attribute {
    use crate::terraform::schema::Presence;
    let nesting = match attribute.kind {
        Kind::Object(_) => Some(proto::schema::object::NestingMode::Single),
        Kind::Objects(_) => Some(proto::schema::object::NestingMode::List),
        _ => None,
    };
    let nested_type = nesting.map(|nesting| proto::schema::Object {
        attributes: attribute
            .kind
            .nested()
            .unwrap_or_default()
            .iter()
            .map(write_attribute)
            .collect(),
        nesting: nesting.into(),
    });
    let optional = matches!(attribute.presence, Presence::Optional | Presence::OptionalComputed);
    proto::schema::Attribute {
        name: attribute.name.to_owned(),
        r#type: if nested_type.is_some() { Vec::new() } else { type_bytes(attribute.kind) },
        nested_type,
        description: attribute.description.to_owned(),
        description_kind: proto::StringKind::Markdown.into(),
        required: attribute.presence == Presence::Required,
        optional,
        computed: attribute.is_computed(),
        sensitive: attribute.sensitive,
        write_only: attribute.write_only,
        ..proto::schema::Attribute::default()
    }
}

pub(super) fn write_identity_schema(
    schema: &Schema,
    identity: &[&str],
) -> proto::ResourceIdentitySchema {
    let attribute = |name: &&str| proto::resource_identity_schema::IdentityAttribute {
        name: (*name).to_owned(),
        r#type: type_bytes(Kind::String),
        required_for_import: true,
        optional_for_import: false,
        description: schema.attribute(name).map(|it| it.description.to_owned()).unwrap_or_default(),
    };
    proto::ResourceIdentitySchema {
        version: 0,
        identity_attributes: identity.iter().map(attribute).collect(),
    }
}

pub(super) fn write_function(function: &function::Function) -> proto::Function {
    let parameter = |parameter: &function::Parameter| proto::function::Parameter {
        name: parameter.name.to_owned(),
        r#type: type_bytes(parameter.kind),
        description: parameter.description.to_owned(),
        description_kind: proto::StringKind::Markdown.into(),
        ..proto::function::Parameter::default()
    };
    proto::Function {
        parameters: function.parameters.iter().map(parameter).collect(),
        r#return: Some(proto::function::Return { r#type: type_bytes(function.returns) }),
        summary: function.summary.to_owned(),
        description: function.description.to_owned(),
        description_kind: proto::StringKind::Markdown.into(),
        ..proto::Function::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diagnostic_cannot_take_a_terminal_over() {
        let written =
            write_diagnostic(Diagnostic::error("Not\u{1b}[2J there", "One\nTwo\r\u{9b}1m\u{202e}"));
        assert_eq!(
            (written.summary.as_str(), written.detail.as_str()),
            ("Not [2J there", "One Two  1m ")
        );
    }

    #[test]
    fn a_text_without_end_is_shown_with_its_beginning_and_its_end() {
        let long = format!("It happened: {}. Do this.", "x, ".repeat(100_000));
        let shown = printable(long);
        assert!(shown.starts_with("It happened: x") && shown.ends_with("x, . Do this."));
        assert_eq!(shown.chars().count(), TEXT_MAX + 3);
        let fits = "\u{fc}".repeat(TEXT_MAX);
        assert_eq!(printable(fits.clone()), fits);
    }
}
