//! A list resource: finds the objects of a managed resource, for `terraform query`.

use super::context::Context;
use super::diagnostic::{Diagnostic, Result};
use super::resource::Resource;
use super::schema::Schema;
use super::typed::{from_attributes, to_attributes};
use futures_util::future::BoxFuture;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use std::marker::PhantomData;
use std::ops::ControlFlow;
use tokio::sync::mpsc::Sender;

/// One object that was found.
#[derive(Clone)]
pub struct Found {
    /// Its identity.
    pub key: Json,
    /// What a person calls it.
    pub display_name: String,
    /// Its attributes, if they were asked for and may be seen.
    pub object: Option<Json>,
    /// What the user should know about it.
    pub warning: Option<Diagnostic>,
}

/// Where found objects go.
pub struct Finds {
    sender: Sender<Result<Found>>,
    left: i64,
    /// Whether each object's attributes are wanted too.
    pub include_object: bool,
}

impl Finds {
    /// At most `limit` objects.
    pub fn new(sender: Sender<Result<Found>>, limit: i64, include_object: bool) -> Self {
        Self { sender, left: limit, include_object }
    }

    /// Reports an object. `Break` means that no more are wanted.
    pub async fn add<Api: Send + Sync + 'static, R: Resource<Api>>(
        &mut self,
        key: &R::Key,
        display_name: impl Into<String>,
        object: Option<&R>,
        warning: Option<Diagnostic>,
    ) -> Result<ControlFlow<()>> {
        let found = Found {
            key: to_attributes(key)?,
            display_name: display_name.into(),
            object: object.map(to_attributes).transpose()?,
            warning,
        };
        self.left -= 1;
        let gone = self.sender.send(Ok(found)).await.is_err();
        Ok(if gone || self.left <= 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }
}

/// A list resource. `Self` holds its arguments.
pub trait List<Api: Send + Sync + 'static>: DeserializeOwned + Send + 'static {
    /// The managed resource whose objects it finds; it lends its name.
    type Resource: Resource<Api>;
    /// Its arguments.
    const SCHEMA: Schema;

    /// Finds objects until all are found or no more are wanted.
    fn list(self, api: &Context<Api>, finds: &mut Finds)
    -> impl Future<Output = Result<()>> + Send;
}

/// A list resource of any type, with its arguments as JSON.
pub trait AnyList<Api>: Send + Sync {
    /// The name of [`List::Resource`].
    fn name(&self) -> &'static str;
    /// See [`List::SCHEMA`].
    fn schema(&self) -> &'static Schema;
    /// See [`List::list`].
    fn list<'a>(
        &'a self,
        config: Json,
        api: &'a Context<Api>,
        finds: &'a mut Finds,
    ) -> BoxFuture<'a, Result<()>>;
}

/// The list resource of a type, for the provider's list.
pub const fn list<Api, L>() -> &'static dyn AnyList<Api>
where
    Api: Send + Sync + 'static,
    L: List<Api>,
{
    &Typed::<L>(PhantomData)
}

struct Typed<L>(PhantomData<fn() -> L>);

impl<Api: Send + Sync + 'static, L: List<Api>> AnyList<Api> for Typed<L> {
    fn name(&self) -> &'static str {
        L::Resource::NAME
    }

    fn schema(&self) -> &'static Schema {
        const { &L::SCHEMA }
    }

    fn list<'a>(
        &'a self,
        config: Json,
        api: &'a Context<Api>,
        finds: &'a mut Finds,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { from_attributes::<L>(config)?.list(api, finds).await })
    }
}
