//! Schemas as constant data: what a user may write, and what the provider fills in.
//!
//! Everything reads the same declaration: the protocol's schema, the plan, the validation, the
//! documentation and the tests.

use super::types::Type;
use super::value::Value;
use std::collections::BTreeMap;

/// The schema of a resource, a data source, the provider's settings or anything else with
/// attributes.
#[derive(Clone, Copy, Debug)]
pub struct Schema {
    /// Raised whenever older states need more than dropped and added attributes.
    pub version: i64,
    /// What it is, in Markdown; the first sentence stands for itself.
    pub description: &'static str,
    /// In the order in which people read them.
    pub attributes: &'static [Attribute],
}

/// Whether a user writes an attribute, the provider fills it, or either.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Presence {
    /// The user must write it.
    Required,
    /// The user may write it; null otherwise.
    Optional,
    /// The provider fills it.
    Computed,
    /// The user may write it, else the provider fills it.
    OptionalComputed,
}

/// The kind of an attribute's value.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Text.
    String,
    /// A number of any size.
    Number,
    /// `true` or `false`.
    Bool,
    /// Elements of one kind, in order.
    List(&'static Kind),
    /// Elements of one kind, without order or repetition.
    Set(&'static Kind),
    /// Elements of one kind, by name.
    Map(&'static Kind),
    /// One object.
    Object(&'static [Attribute]),
    /// Objects, in order.
    Objects(&'static [Attribute]),
}

/// A value that an attribute has when it is not written.
#[derive(Clone, Copy, Debug)]
pub enum Literal {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// Text.
    String(&'static str),
}

/// A rule for a known value, checked at plan time. The error is a sentence that says what is
/// allowed; it may show the value only where the attribute is not sensitive.
pub type Check = fn(&Value) -> Result<(), String>;

/// One attribute.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "they are flags of the protocol's and ours")]
pub struct Attribute {
    /// As users write it.
    pub name: &'static str,
    /// What it means, in Markdown.
    pub description: &'static str,
    /// What its value looks like.
    pub kind: Kind,
    /// Who writes it.
    pub presence: Presence,
    /// Hidden in Terraform's output.
    pub sensitive: bool,
    /// Taken from the configuration only, and never stored.
    pub write_only: bool,
    /// A switch of the provider's own, of which the API knows nothing.
    pub own: bool,
    /// A change needs a new object.
    pub replaces: bool,
    /// What it is when it is not written.
    pub default: Option<Literal>,
    /// The rules for its value.
    pub checks: &'static [Check],
}

impl Attribute {
    /// An attribute that the provider fills; the methods below say otherwise.
    pub const fn new(name: &'static str, kind: Kind, description: &'static str) -> Self {
        Self {
            name,
            description,
            kind,
            presence: Presence::Computed,
            sensitive: false,
            write_only: false,
            own: false,
            replaces: false,
            default: None,
            checks: &[],
        }
    }

    /// Text.
    pub const fn string(name: &'static str, description: &'static str) -> Self {
        Self::new(name, Kind::String, description)
    }

    /// A number.
    pub const fn number(name: &'static str, description: &'static str) -> Self {
        Self::new(name, Kind::Number, description)
    }

    /// A boolean.
    pub const fn bool(name: &'static str, description: &'static str) -> Self {
        Self::new(name, Kind::Bool, description)
    }

    /// The user must write it.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.presence = Presence::Required;
        self
    }

    /// The user may write it.
    #[must_use]
    pub const fn optional(mut self) -> Self {
        self.presence = Presence::Optional;
        self
    }

    /// The user may write it, else the provider fills it.
    #[must_use]
    pub const fn optional_computed(mut self) -> Self {
        self.presence = Presence::OptionalComputed;
        self
    }

    /// The user may write it, else it is this.
    #[must_use]
    pub const fn defaults_to(mut self, default: Literal) -> Self {
        self.presence = Presence::OptionalComputed;
        self.default = Some(default);
        self
    }

    /// Hidden in Terraform's output.
    #[must_use]
    pub const fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// Taken from the configuration only, and never stored.
    #[must_use]
    pub const fn write_only(mut self) -> Self {
        self.write_only = true;
        self
    }

    /// A switch of the provider's own, of which the API knows nothing.
    #[must_use]
    pub const fn own(mut self) -> Self {
        self.own = true;
        self
    }

    /// A change needs a new object.
    #[must_use]
    pub const fn replaces(mut self) -> Self {
        self.replaces = true;
        self
    }

    /// Rules for its value.
    #[must_use]
    pub const fn checked(mut self, checks: &'static [Check]) -> Self {
        self.checks = checks;
        self
    }

    /// Whether a user may write it.
    pub fn is_configurable(&self) -> bool {
        self.presence != Presence::Computed
    }

    /// Whether the provider fills it where the user does not.
    pub fn is_computed(&self) -> bool {
        matches!(self.presence, Presence::Computed | Presence::OptionalComputed)
    }

    /// Its type.
    pub fn ty(&self) -> Type {
        self.kind.ty()
    }
}

impl Kind {
    /// The type of its values.
    pub fn ty(&self) -> Type {
        match self {
            Self::String => Type::String,
            Self::Number => Type::Number,
            Self::Bool => Type::Bool,
            Self::List(element) => Type::List(Box::new(element.ty())),
            Self::Set(element) => Type::Set(Box::new(element.ty())),
            Self::Map(element) => Type::Map(Box::new(element.ty())),
            Self::Object(attributes) => object_type(attributes),
            Self::Objects(attributes) => Type::List(Box::new(object_type(attributes))),
        }
    }

    /// The attributes of the objects in it.
    pub fn nested(&self) -> Option<&'static [Attribute]> {
        match self {
            Self::Object(attributes) | Self::Objects(attributes) => Some(attributes),
            _ => None,
        }
    }
}

impl From<Literal> for Value {
    fn from(literal: Literal) -> Self {
        match literal {
            Literal::Bool(truth) => truth.into(),
            Literal::Integer(integer) => integer.into(),
            Literal::String(text) => text.into(),
        }
    }
}

fn object_type(attributes: &[Attribute]) -> Type {
    let types = attributes.iter().map(|attribute| (attribute.name.to_owned(), attribute.ty()));
    Type::Object(types.collect())
}

impl Schema {
    /// The first version of a schema.
    pub const fn new(description: &'static str, attributes: &'static [Attribute]) -> Self {
        Self { version: 0, description, attributes }
    }

    /// The type of the whole object.
    pub fn ty(&self) -> Type {
        object_type(self.attributes)
    }

    /// The attribute of a name.
    pub fn attribute(&self, name: &str) -> Option<&'static Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// An object with every attribute null.
    pub fn empty(&self) -> Value {
        let nulls =
            self.attributes.iter().map(|attribute| (attribute.name.to_owned(), Value::Null));
        Value::Map(nulls.collect::<BTreeMap<_, _>>())
    }

    /// Fills the provider's own switches with their defaults, so that an imported or upgraded state
    /// needs no change.
    pub fn fill_switches(&self, state: &mut Value) {
        for attribute in self.attributes.iter().filter(|attribute| attribute.own) {
            if let (Some(default), Value::Null) = (attribute.default, state.get(attribute.name)) {
                state.set_attribute(attribute.name, default.into());
            }
        }
    }
}
