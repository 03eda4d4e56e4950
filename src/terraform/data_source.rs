//! A data source: a plain struct of arguments that fills in its own results.

use super::context::Context;
use super::diagnostic::{Diagnostic, Result};
use super::schema::Schema;
use super::typed::{from_attributes, to_attributes};
use super::value::Value;
use futures_util::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use std::marker::PhantomData;

/// Something that is read and not managed: a data source, or an ephemeral resource, whose result
/// Terraform never stores. `Self` holds the arguments first and the results afterwards.
pub trait DataSource<Api: Send + Sync + 'static>:
    Serialize + DeserializeOwned + Send + 'static
{
    /// As users write it, with the provider's prefix.
    const NAME: &'static str;
    /// Its attributes.
    const SCHEMA: Schema;

    /// What two or more arguments must fulfil together. Unknown values are to be skipped.
    fn validate(_config: &Value) -> Vec<Diagnostic> {
        Vec::new()
    }

    /// Fills in the results. A single thing that does not exist is an error.
    fn read(self, api: &Context<Api>) -> impl Future<Output = Result<Self>> + Send;
}

/// A data source of any type, with its attributes as JSON.
pub trait AnyDataSource<Api>: Send + Sync {
    /// See [`DataSource::NAME`].
    fn name(&self) -> &'static str;
    /// See [`DataSource::SCHEMA`].
    fn schema(&self) -> &'static Schema;
    /// See [`DataSource::validate`].
    fn validate(&self, config: &Value) -> Vec<Diagnostic>;
    /// See [`DataSource::read`].
    fn read<'a>(&'a self, config: Json, api: &'a Context<Api>) -> BoxFuture<'a, Result<Json>>;
    /// Whether a struct of the type can hold these attributes and gives them back; for tests.
    fn round_trip(&self, attributes: Json) -> Result<Json>;
}

/// The data source of a type, for the provider's list.
pub const fn data_source<Api, D>() -> &'static dyn AnyDataSource<Api>
where
    Api: Send + Sync + 'static,
    D: DataSource<Api>,
{
    &Typed::<D>(PhantomData)
}

struct Typed<D>(PhantomData<fn() -> D>);

impl<Api: Send + Sync + 'static, D: DataSource<Api>> AnyDataSource<Api> for Typed<D> {
    fn name(&self) -> &'static str {
        D::NAME
    }

    fn schema(&self) -> &'static Schema {
        const { &D::SCHEMA }
    }

    fn validate(&self, config: &Value) -> Vec<Diagnostic> {
        D::validate(config)
    }

    fn read<'a>(&'a self, config: Json, api: &'a Context<Api>) -> BoxFuture<'a, Result<Json>> {
        Box::pin(async move {
            let arguments: D = from_attributes(config)?;
            to_attributes(&arguments.read(api).await?)
        })
    }

    fn round_trip(&self, attributes: Json) -> Result<Json> {
        to_attributes(&from_attributes::<D>(attributes)?)
    }
}
