//! A managed resource: a plain struct that knows how to be created, read, updated and deleted.
//!
//! The engine owns everything that Terraform wants and Quay does not know: unknown values, plans,
//! write-only attributes, identities, what "gone" means to a state. A noun sees known values only.

use super::context::Context;
use super::diagnostic::{Diagnostic, Error, Result};
use super::plan::Planning;
use super::schema::Schema;
use super::typed::{from_attributes, to_attributes};
use super::value::Value;
use futures_util::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};
use std::marker::PhantomData;

/// A managed resource. `Self` is its state: one field for each attribute, `None` for null.
pub trait Resource<Api: Send + Sync + 'static>:
    Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// As users write it, with the provider's prefix.
    const NAME: &'static str;
    /// Its attributes.
    const SCHEMA: Schema;
    /// The attributes that name the object for ever, in the order of the import id, in which they
    /// are separated by `/`. All are strings of the schema.
    const IDENTITY: &'static [&'static str];
    /// Other forms that an import id may have, as messages show them.
    const ALSO_IMPORTED_BY: &'static [&'static str] = &[];
    /// The providers and types whose state `moved` blocks may bring here, besides our own:
    /// `namespace/name` and the type.
    const MOVES_FROM: &'static [(&'static str, &'static str)] = &[];
    /// A struct of the identity's attributes.
    type Key: Serialize + DeserializeOwned + Send + Sync;

    /// What two or more attributes must fulfil together. Unknown values are to be skipped.
    fn validate(_config: &Value) -> Vec<Diagnostic> {
        Vec::new()
    }

    /// Planned values that the schema's flags cannot say. Pure.
    fn plan(_planning: &mut Planning<'_>) {}

    /// Brings the attributes of an older state, or of another provider's, into today's meaning.
    /// Unknown attributes are dropped and missing ones are null afterwards anyway.
    fn upgrade(_attributes: &mut Map<String, Json>) {}

    /// Turns what the user named at import into the key, for nouns that have more than one name.
    fn resolve(
        key: Self::Key,
        _api: &Context<Api>,
    ) -> impl Future<Output = Result<Self::Key>> + Send {
        async { Ok(key) }
    }

    /// The object as it is; `None` where it is surely gone.
    fn read(
        key: &Self::Key,
        api: &Context<Api>,
    ) -> impl Future<Output = Result<Option<Self>>> + Send;

    /// Takes over from the prior state what Quay never tells. `None` after an import.
    fn carry(&mut self, _prior: Option<Self>) -> Result<()> {
        Ok(())
    }

    /// Creates the object as planned; `None` is the noun's to fill.
    fn create(self, api: &Context<Api>) -> impl Future<Output = Result<Self>> + Send;

    /// Changes the object from `prior` to the plan.
    fn update(self, prior: Self, api: &Context<Api>) -> impl Future<Output = Result<Self>> + Send;

    /// Deletes the object. What is gone already is a success.
    fn delete(self, api: &Context<Api>) -> impl Future<Output = Result<()>> + Send;
}

/// A resource of any type, with its attributes as JSON.
pub trait AnyResource<Api>: Send + Sync {
    /// See [`Resource::NAME`].
    fn name(&self) -> &'static str;
    /// See [`Resource::SCHEMA`].
    fn schema(&self) -> &'static Schema;
    /// See [`Resource::IDENTITY`].
    fn identity(&self) -> &'static [&'static str];
    /// See [`Resource::ALSO_IMPORTED_BY`].
    fn also_imported_by(&self) -> &'static [&'static str];
    /// See [`Resource::MOVES_FROM`].
    fn moves_from(&self) -> &'static [(&'static str, &'static str)];
    /// See [`Resource::validate`].
    fn validate(&self, config: &Value) -> Vec<Diagnostic>;
    /// See [`Resource::plan`].
    fn plan(&self, planning: &mut Planning<'_>);
    /// See [`Resource::upgrade`].
    fn upgrade(&self, attributes: &mut Map<String, Json>);
    /// See [`Resource::resolve`].
    fn resolve<'a>(&'a self, key: Json, api: &'a Context<Api>) -> BoxFuture<'a, Result<Json>>;
    /// See [`Resource::read`] and [`Resource::carry`].
    fn read<'a>(
        &'a self,
        key: Json,
        prior: Option<Json>,
        api: &'a Context<Api>,
    ) -> BoxFuture<'a, Result<Option<Json>>>;
    /// See [`Resource::create`].
    fn create<'a>(&'a self, planned: Json, api: &'a Context<Api>) -> BoxFuture<'a, Result<Json>>;
    /// See [`Resource::update`].
    fn update<'a>(
        &'a self,
        planned: Json,
        prior: Json,
        api: &'a Context<Api>,
    ) -> BoxFuture<'a, Result<Json>>;
    /// See [`Resource::delete`].
    fn delete<'a>(&'a self, prior: Json, api: &'a Context<Api>) -> BoxFuture<'a, Result<()>>;
    /// Whether a struct of the type can hold these attributes and gives them back; for tests.
    fn round_trip(&self, attributes: Json) -> Result<Json>;
}

/// The resource of a type, for the provider's list.
pub const fn resource<Api, R>() -> &'static dyn AnyResource<Api>
where
    Api: Send + Sync + 'static,
    R: Resource<Api>,
{
    &Typed::<R>(PhantomData)
}

struct Typed<R>(PhantomData<fn() -> R>);

impl<Api: Send + Sync + 'static, R: Resource<Api>> AnyResource<Api> for Typed<R> {
    fn name(&self) -> &'static str {
        R::NAME
    }

    fn schema(&self) -> &'static Schema {
        const { &R::SCHEMA }
    }

    fn identity(&self) -> &'static [&'static str] {
        R::IDENTITY
    }

    fn also_imported_by(&self) -> &'static [&'static str] {
        R::ALSO_IMPORTED_BY
    }

    fn moves_from(&self) -> &'static [(&'static str, &'static str)] {
        R::MOVES_FROM
    }

    fn validate(&self, config: &Value) -> Vec<Diagnostic> {
        R::validate(config)
    }

    fn plan(&self, planning: &mut Planning<'_>) {
        R::plan(planning);
    }

    fn upgrade(&self, attributes: &mut Map<String, Json>) {
        R::upgrade(attributes);
    }

    fn resolve<'a>(&'a self, key: Json, api: &'a Context<Api>) -> BoxFuture<'a, Result<Json>> {
        Box::pin(async move { to_attributes(&R::resolve(from_attributes(key)?, api).await?) })
    }

    fn read<'a>(
        &'a self,
        key: Json,
        prior: Option<Json>,
        api: &'a Context<Api>,
    ) -> BoxFuture<'a, Result<Option<Json>>> {
        Box::pin(async move {
            let prior = prior.map(from_attributes::<R>).transpose()?;
            let Some(mut found) = R::read(&from_attributes(key)?, api).await? else {
                return Ok(None);
            };
            found.carry(prior)?;
            to_attributes(&found).map(Some)
        })
    }

    fn create<'a>(&'a self, planned: Json, api: &'a Context<Api>) -> BoxFuture<'a, Result<Json>> {
        Box::pin(async move {
            let planned: R = from_attributes(planned)?;
            to_attributes(&planned.create(api).await?)
        })
    }

    fn update<'a>(
        &'a self,
        planned: Json,
        prior: Json,
        api: &'a Context<Api>,
    ) -> BoxFuture<'a, Result<Json>> {
        Box::pin(async move {
            let (planned, prior): (R, R) = (from_attributes(planned)?, from_attributes(prior)?);
            to_attributes(&planned.update(prior, api).await?)
        })
    }

    fn delete<'a>(&'a self, prior: Json, api: &'a Context<Api>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { from_attributes::<R>(prior)?.delete(api).await })
    }

    fn round_trip(&self, attributes: Json) -> Result<Json> {
        to_attributes(&from_attributes::<R>(attributes)?)
    }
}

/// Reads an import id: the identity's attributes in order, separated by `/`. The last one takes
/// the rest.
pub fn parse_import_id(identity: &[&str], also: &[&str], id: &str) -> Result<Map<String, Json>> {
    let parts: Vec<&str> = id.splitn(identity.len(), '/').collect();
    if parts.len() != identity.len() || parts.iter().any(|part| part.is_empty()) {
        let shape = identity.iter().map(|name| name.to_uppercase()).collect::<Vec<_>>().join("/");
        let shapes = std::iter::once(shape).chain(also.iter().map(|it| (*it).to_owned()));
        let shapes = shapes.collect::<Vec<_>>().join("` or `");
        return Err(Error::new(format!("The import id {id:?} is not of the form `{shapes}`.")));
    }
    let named = identity.iter().zip(parts);
    Ok(named.map(|(name, part)| ((*name).to_owned(), Json::from(part))).collect())
}
