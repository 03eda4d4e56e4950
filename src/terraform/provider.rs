//! What a provider consists of.

use super::action::AnyAction;
use super::data_source::AnyDataSource;
use super::diagnostic::{Diagnostic, Result};
use super::function::Function;
use super::list::AnyList;
use super::resource::AnyResource;
use super::schema::Schema;
use super::value::Value;
use serde_json::Value as Json;
use tokio_util::sync::CancellationToken;

/// A provider: its settings, and the lists of everything that it offers.
pub trait Provider: Send + Sync + 'static {
    /// What nouns talk to.
    type Api: Send + Sync + 'static;

    /// The provider's name, the prefix of its types.
    const NAME: &'static str;
    /// The provider's settings.
    const SCHEMA: Schema;
    /// Managed resources.
    const RESOURCES: &'static [&'static dyn AnyResource<Self::Api>] = &[];
    /// Data sources.
    const DATA_SOURCES: &'static [&'static dyn AnyDataSource<Self::Api>] = &[];
    /// Ephemeral resources.
    const EPHEMERAL_RESOURCES: &'static [&'static dyn AnyDataSource<Self::Api>] = &[];
    /// List resources.
    const LISTS: &'static [&'static dyn AnyList<Self::Api>] = &[];
    /// Actions.
    const ACTIONS: &'static [&'static dyn AnyAction<Self::Api>] = &[];
    /// Functions.
    const FUNCTIONS: &'static [Function] = &[];

    /// What two or more settings must fulfil together. Unknown values are to be skipped.
    fn validate(_config: &Value) -> Vec<Diagnostic> {
        Vec::new()
    }

    /// Makes the API from wholly known settings, without any request. Whatever it does later ends
    /// when `stop` is cancelled.
    fn configure(
        settings: Json,
        stop: CancellationToken,
    ) -> Result<(Self::Api, Vec<Diagnostic>), Vec<Diagnostic>>;
}
