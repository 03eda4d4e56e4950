//! The part of a page that shows a schema.

use std::fmt::Write;
use terraform_provider_quay::terraform::schema::{Attribute, Kind, Presence, Schema};

/// Where Terraform explains write-only arguments.
const WRITE_ONLY: &str =
    "https://developer.hashicorp.com/terraform/language/manage-sensitive-data/write-only";

/// An object within an object, with the names that lead to it.
struct Nested {
    path: Vec<&'static str>,
    attributes: &'static [Attribute],
}

impl Nested {
    fn anchor(&self) -> String {
        format!("nestedatt--{}", self.path.join("--"))
    }
}

/// The section on a schema, with all that is nested in it.
pub(crate) fn section(schema: &Schema) -> String {
    if schema.attributes.is_empty() {
        return "## Schema\n\nIt takes no arguments.\n".to_owned();
    }
    let mut page = String::from("## Schema\n");
    let mut nested = Vec::new();
    groups(&mut page, schema.attributes, &[], true, &mut nested);
    // What is found in a nested object comes after all that is already waiting.
    while !nested.is_empty() {
        let mut deeper = Vec::new();
        for object in nested {
            let (anchor, path) = (object.anchor(), object.path.join("."));
            let _ = write!(page, "\n<a id=\"{anchor}\"></a>\n### Nested Schema for `{path}`\n");
            groups(&mut page, object.attributes, &object.path, false, &mut deeper);
        }
        nested = deeper;
    }
    page
}

/// The attributes by who writes them.
fn groups(
    page: &mut String,
    attributes: &'static [Attribute],
    path: &[&'static str],
    top: bool,
    nested: &mut Vec<Nested>,
) {
    for title in ["Required", "Optional", "Read-Only"] {
        let members = attributes.iter().filter(|attribute| group(attribute) == title);
        let mut members = members.peekable();
        if members.peek().is_none() {
            continue;
        }
        let heading = if top { format!("### {title}") } else { format!("{title}:") };
        let _ = write!(page, "\n{heading}\n\n");
        for attribute in members {
            let mut line = line(attribute);
            if let Some(attributes) = attribute.kind.nested() {
                let path = path.iter().copied().chain([attribute.name]).collect();
                let object = Nested { path, attributes };
                let _ = write!(line, " (see [below for nested schema](#{}))", object.anchor());
                nested.push(object);
            }
            let _ = writeln!(page, "{line}");
        }
    }
}

fn group(attribute: &Attribute) -> &'static str {
    match attribute.presence {
        Presence::Required => "Required",
        Presence::Optional | Presence::OptionalComputed => "Optional",
        Presence::Computed => "Read-Only",
    }
}

fn line(attribute: &Attribute) -> String {
    let mut marks = vec![words(&attribute.kind)];
    if attribute.sensitive {
        marks.push("Sensitive".to_owned());
    }
    if attribute.write_only {
        marks.push(format!("[Write-only]({WRITE_ONLY})"));
    }
    format!("- `{}` ({}) {}", attribute.name, marks.join(", "), attribute.description)
}

/// A kind of value in the words of the registry's pages.
pub(crate) fn words(kind: &Kind) -> String {
    match kind {
        Kind::String => "String".to_owned(),
        Kind::Number => "Number".to_owned(),
        Kind::Bool => "Boolean".to_owned(),
        Kind::List(element) => format!("List of {}", words(element)),
        Kind::Set(element) => format!("Set of {}", words(element)),
        Kind::Map(element) => format!("Map of {}", words(element)),
        Kind::Object(_) => "Attributes".to_owned(),
        Kind::Objects(_) => "Attributes List".to_owned(),
    }
}
