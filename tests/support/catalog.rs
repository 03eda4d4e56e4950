//! Everything that the provider offers, by kind, and where its examples and its pages are.

use super::files::root;
use std::path::{Path, PathBuf};
use terraform_provider_quay::provider::QuayProvider;
use terraform_provider_quay::terraform::provider::Provider;
use terraform_provider_quay::terraform::schema::Schema;

/// A kind of thing that a provider offers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// Managed resources.
    Resource,
    /// Data sources.
    DataSource,
    /// Ephemeral resources.
    Ephemeral,
    /// List resources.
    List,
    /// Actions.
    Action,
    /// Functions.
    Function,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Resource,
        Self::DataSource,
        Self::Ephemeral,
        Self::List,
        Self::Action,
        Self::Function,
    ];

    /// The folder of this kind, below `examples/` and below `docs/`.
    pub fn folder(self) -> &'static str {
        match self {
            Self::Resource => "resources",
            Self::DataSource => "data-sources",
            Self::Ephemeral => "ephemeral-resources",
            Self::List => "list-resources",
            Self::Action => "actions",
            Self::Function => "functions",
        }
    }

    /// The file of an example that every example of this kind has.
    pub fn example_file(self) -> &'static str {
        match self {
            Self::Resource => "resource.tf",
            Self::DataSource => "data-source.tf",
            Self::Ephemeral => "ephemeral-resource.tf",
            Self::List => "list-resource.tfquery.hcl",
            Self::Action => "action.tf",
            Self::Function => "function.tf",
        }
    }

    /// The names of everything of this kind, sorted.
    pub fn names(self) -> Vec<&'static str> {
        type It = QuayProvider;
        let mut names: Vec<&str> = match self {
            Self::Resource => It::RESOURCES.iter().map(|it| it.name()).collect(),
            Self::DataSource => It::DATA_SOURCES.iter().map(|it| it.name()).collect(),
            Self::Ephemeral => It::EPHEMERAL_RESOURCES.iter().map(|it| it.name()).collect(),
            Self::List => It::LISTS.iter().map(|it| it.name()).collect(),
            Self::Action => It::ACTIONS.iter().map(|it| it.name()).collect(),
            Self::Function => It::FUNCTIONS.iter().map(|it| it.name).collect(),
        };
        names.sort_unstable();
        names
    }

    /// The schema of something of this kind; functions have none.
    pub fn schema(self, name: &str) -> Option<&'static Schema> {
        type It = QuayProvider;
        let named = |found: &str| found == name;
        match self {
            Self::Resource => {
                It::RESOURCES.iter().find(|it| named(it.name())).map(|it| it.schema())
            }
            Self::DataSource => {
                It::DATA_SOURCES.iter().find(|it| named(it.name())).map(|it| it.schema())
            }
            Self::Ephemeral => {
                It::EPHEMERAL_RESOURCES.iter().find(|it| named(it.name())).map(|it| it.schema())
            }
            Self::List => It::LISTS.iter().find(|it| named(it.name())).map(|it| it.schema()),
            Self::Action => It::ACTIONS.iter().find(|it| named(it.name())).map(|it| it.schema()),
            Self::Function => None,
        }
    }

    /// The folder of an example.
    pub fn example(self, name: &str) -> PathBuf {
        root().join("examples").join(self.folder()).join(name)
    }
}

/// The names in a folder, sorted.
pub fn entries(folder: &Path) -> Vec<String> {
    let read = std::fs::read_dir(folder);
    let read = read.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut names: Vec<String> = read
        .map(|entry| entry.expect("it can be read").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}
