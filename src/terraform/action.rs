//! An action: something that is done once, and leaves nothing in the state.

use super::context::Context;
use super::diagnostic::{Diagnostic, Result};
use super::schema::Schema;
use super::typed::from_attributes;
use super::value::Value;
use futures_util::future::BoxFuture;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use std::marker::PhantomData;
use tokio::sync::mpsc::UnboundedSender;

/// Where an action says how it gets on.
#[derive(Clone, Debug)]
pub struct Progress(UnboundedSender<String>);

impl Progress {
    /// Messages that go to whoever reads the other end.
    pub fn new(messages: UnboundedSender<String>) -> Self {
        Self(messages)
    }

    /// Shows the user a line while the action runs.
    pub fn say(&self, message: impl Into<String>) {
        // Nobody listens any more where Terraform has gone.
        let _ = self.0.send(message.into());
    }
}

/// An action. `Self` holds its arguments.
pub trait Action<Api: Send + Sync + 'static>: DeserializeOwned + Send + 'static {
    /// As users write it, with the provider's prefix.
    const NAME: &'static str;
    /// Its arguments.
    const SCHEMA: Schema;

    /// What two or more arguments must fulfil together. Unknown values are to be skipped.
    fn validate(_config: &Value) -> Vec<Diagnostic> {
        Vec::new()
    }

    /// Does it. An error fails the run.
    fn invoke(
        self,
        api: &Context<Api>,
        progress: &Progress,
    ) -> impl Future<Output = Result<()>> + Send;
}

/// An action of any type, with its arguments as JSON.
pub trait AnyAction<Api>: Send + Sync {
    /// See [`Action::NAME`].
    fn name(&self) -> &'static str;
    /// See [`Action::SCHEMA`].
    fn schema(&self) -> &'static Schema;
    /// See [`Action::validate`].
    fn validate(&self, config: &Value) -> Vec<Diagnostic>;
    /// See [`Action::invoke`].
    fn invoke<'a>(
        &'a self,
        config: Json,
        api: &'a Context<Api>,
        progress: &'a Progress,
    ) -> BoxFuture<'a, Result<()>>;
}

/// The action of a type, for the provider's list.
pub const fn action<Api, A>() -> &'static dyn AnyAction<Api>
where
    Api: Send + Sync + 'static,
    A: Action<Api>,
{
    &Typed::<A>(PhantomData)
}

struct Typed<A>(PhantomData<fn() -> A>);

impl<Api: Send + Sync + 'static, A: Action<Api>> AnyAction<Api> for Typed<A> {
    fn name(&self) -> &'static str {
        A::NAME
    }

    fn schema(&self) -> &'static Schema {
        const { &A::SCHEMA }
    }

    fn validate(&self, config: &Value) -> Vec<Diagnostic> {
        A::validate(config)
    }

    fn invoke<'a>(
        &'a self,
        config: Json,
        api: &'a Context<Api>,
        progress: &'a Progress,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { from_attributes::<A>(config)?.invoke(api, progress).await })
    }
}
