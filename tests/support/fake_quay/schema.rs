//! The JSON schemas of Quay's request bodies, and the errors of Python's `jsonschema`.

use super::python::{pretty, repr};
use serde_json::{Map, Value, json};

/// One property: its name, its type or types, its description.
type Property = (&'static str, &'static [&'static str], &'static str);

/// The schema of a request body.
#[derive(Debug)]
pub struct Schema {
    description: &'static str,
    required: &'static [&'static str],
    properties: &'static [Property],
}

const STRING: &[&str] = &["string"];

/// Body of createOrganization.
pub const NEW_ORGANIZATION: Schema = Schema {
    description: "Description of a new organization.",
    required: &["name"],
    properties: &[
        ("name", STRING, "Organization username"),
        ("email", STRING, "Organization contact email"),
        (
            "contact_email",
            STRING,
            "Optional contact email for organization recovery and notifications",
        ),
        (
            "recaptcha_response",
            STRING,
            "The (may be disabled) recaptcha response code for verification",
        ),
    ],
};

/// The same up to v3.17, which knows no `contact_email`.
pub const NEW_ORGANIZATION_BEFORE_3_18: Schema = Schema {
    description: "Description of a new organization.",
    required: &["name"],
    properties: &[
        ("name", STRING, "Organization username"),
        ("email", STRING, "Organization contact email"),
    ],
};

/// Body of changeOrganizationDetails.
pub const UPDATE_ORGANIZATION: Schema = Schema {
    description: "Description of updates for an existing organization",
    required: &[],
    properties: &[
        ("email", STRING, "Organization contact email"),
        ("contact_email", &["string", "null"], "Organization contact email"),
        (
            "invoice_email",
            &["boolean"],
            "Whether the organization desires to receive emails for invoices",
        ),
        (
            "invoice_email_address",
            &["string", "null"],
            "The email address at which to receive invoices",
        ),
        ("tag_expiration_s", &["integer"], "The number of seconds for tag expiration"),
    ],
};

/// The same up to v3.17, which knows no `contact_email`.
pub const UPDATE_ORGANIZATION_BEFORE_3_18: Schema = Schema {
    description: "Description of updates for an existing organization",
    required: &[],
    properties: &[
        ("email", STRING, "Organization contact email"),
        ("invoice_email", &["boolean"], "Whether the organization desires to receive emails"),
        ("invoice_email_address", &["string", "null"], "The email address for invoices"),
        ("tag_expiration_s", &["integer"], "The number of seconds for tag expiration"),
    ],
};

const APPLICATION: &[Property] = &[
    ("name", STRING, "The name of the application"),
    ("redirect_uri", STRING, "The URI for the application's OAuth redirect"),
    ("application_uri", STRING, "The URI for the application's homepage"),
    ("description", STRING, "The human-readable description for the application"),
    ("avatar_email", STRING, "The e-mail address of the avatar to use for the application"),
];

/// Body of createOrganizationApplication.
pub const NEW_APPLICATION: Schema = Schema {
    description: "Description of a new organization application.",
    required: &["name"],
    properties: APPLICATION,
};

/// Body of updateOrganizationApplication.
pub const UPDATE_APPLICATION: Schema = Schema {
    description: "Description of an updated application.",
    required: &["name", "redirect_uri", "application_uri"],
    properties: APPLICATION,
};

/// Body of createProxyCacheConfig and validateProxyCacheConfig; the other fields go unchecked.
pub const PROXY_CACHE: Schema = Schema {
    description: "Proxy cache configuration for an organization",
    required: &["upstream_registry"],
    properties: &[(
        "upstream_registry",
        STRING,
        "Name of the upstream registry that is to be cached",
    )],
};

/// Body of a team.
pub const TEAM: Schema = Schema {
    description: "Description of a team",
    required: &["role"],
    properties: &[
        ("role", STRING, "Org wide permissions that should apply to the team"),
        ("description", STRING, "Markdown description for the team"),
    ],
};

/// Body of a new repository.
pub const NEW_REPOSITORY: Schema = Schema {
    description: "Description of a new repository",
    required: &["repository", "visibility", "description"],
    properties: &[
        ("repository", STRING, "Repository name"),
        ("visibility", STRING, "Visibility which the repository will start with"),
        ("namespace", STRING, "Namespace in which the repository should be created"),
        ("description", STRING, "Markdown encoded description for the repository"),
    ],
};

/// Body of a permission of a user.
pub const PERMISSION: Schema = Schema {
    description: "Description of a user permission.",
    required: &["role"],
    properties: &[("role", STRING, "Role to use for the user")],
};

/// A body whose fields nobody checks.
pub const ANYTHING: Schema = Schema { description: "", required: &[], properties: &[] };

impl Schema {
    /// The complaint about a body that does not fit: first the whole, then what is missing, then
    /// each property.
    pub fn check(&self, body: &Value) -> Result<(), String> {
        let Value::Object(fields) = body else {
            let claim = format!("{} is not of type 'object'", repr(body));
            return Err(complaint(&claim, "type", None, &self.to_json(), body));
        };
        if let Some(missing) = self.required.iter().find(|name| !fields.contains_key(**name)) {
            let claim = format!("'{missing}' is a required property");
            return Err(complaint(&claim, "required", None, &self.to_json(), body));
        }
        self.properties.iter().try_for_each(|property| check_property(property, fields))
    }

    fn to_json(&self) -> Value {
        let properties: Map<String, Value> = self
            .properties
            .iter()
            .map(|property| (property.0.to_owned(), property_json(property)))
            .collect();
        let mut schema = json!({
            "type": "object",
            "description": self.description,
            "properties": properties,
        });
        if !self.required.is_empty() {
            schema["required"] = json!(self.required);
        }
        schema
    }
}

fn property_json((name, types, description): &Property) -> Value {
    let kind = if let [only] = types { json!(only) } else { json!(types) };
    let mut schema = json!({ "type": kind, "description": description });
    if *name == "tag_expiration_s" {
        schema["minimum"] = json!(0);
    }
    schema
}

fn check_property(property: &Property, fields: &Map<String, Value>) -> Result<(), String> {
    let (name, types, _) = property;
    let Some(value) = fields.get(*name) else { return Ok(()) };
    if !types.iter().any(|kind| is_of(value, kind)) {
        let names: Vec<String> = types.iter().map(|kind| format!("'{kind}'")).collect();
        let claim = format!("{} is not of type {}", repr(value), names.join(", "));
        return Err(complaint(&claim, "type", Some(name), &property_json(property), value));
    }
    if *name == "tag_expiration_s" && value.as_f64().is_some_and(|number| number < 0.0) {
        let claim = format!("{} is less than the minimum of 0", repr(value));
        return Err(complaint(&claim, "minimum", Some(name), &property_json(property), value));
    }
    Ok(())
}

/// Python's view: true is no integer, 604800.0 is one.
fn is_of(value: &Value, kind: &str) -> bool {
    match (kind, value) {
        ("integer", Value::Number(number)) => {
            number.as_f64().is_some_and(|number| number.fract() == 0.0)
        }
        ("string", Value::String(_)) | ("boolean", Value::Bool(_)) | ("null", Value::Null) => true,
        _ => false,
    }
}

fn complaint(
    claim: &str,
    rule: &str,
    property: Option<&str>,
    schema: &Value,
    value: &Value,
) -> String {
    let (in_schema, in_body) = property.map_or_else(Default::default, |name| {
        (format!("['properties']['{name}']"), format!("['{name}']"))
    });
    let (schema, value) = (pretty(schema), pretty(value));
    let failed = format!("Failed validating '{rule}' in schema{in_schema}:\n{schema}");
    format!("{claim}\n\n{failed}\n\nOn instance{in_body}:\n{value}")
}
