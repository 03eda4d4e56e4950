//! The two calls that answer with a stream: list resources and actions.

use super::convert::{printable, read_value, write_diagnostic, write_diagnostics, write_value};
use super::states::{Managed, write_identity};
use super::{Inner, find, panic_report};
use crate::terraform::action::Progress;
use crate::terraform::diagnostic::{Diagnostic, Result};
use crate::terraform::json::to_json;
use crate::terraform::list::{Finds, Found};
use crate::terraform::proto::invoke_action::event::{Completed, Progress as Said, Type};
use crate::terraform::proto::{invoke_action, list_resource};
use crate::terraform::provider::Provider;
use crate::terraform::serve::contained;
use crate::terraform::validate::validate;
use futures_util::{Stream, stream};
use std::pin::Pin;
use std::sync::Arc;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tonic::Status;
use tracing::Instrument;

/// A stream of answers.
pub(super) type Events<T> = dyn Stream<Item = Result<T, Status>> + Send;

fn stream_of<T: Send + 'static>(mut events: Receiver<T>) -> Pin<Box<Events<T>>> {
    Box::pin(stream::poll_fn(move |cx| events.poll_recv(cx).map(|event| event.map(Ok))))
}

/// Starts to find objects. A client that reads no further ends the search.
pub(super) fn list<P: Provider>(
    inner: Arc<Inner<P>>,
    request: list_resource::Request,
) -> Pin<Box<Events<list_resource::Event>>> {
    let (events, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        let span = inner.span("ListResource", &request.type_name);
        let search = contained(search(&inner, request, &events).instrument(span));
        let result = tokio::select! {
            result = search => result,
            () = events.closed() => return,
        };
        let failure = match result {
            Ok(Ok(())) => return,
            Ok(Err(diagnostic)) => diagnostic,
            Err(panicked) => panic_report("ListResource", &panicked.place),
        };
        // Nobody is left to tell where the client has gone meanwhile.
        let _ = events.send(list_event([failure])).await;
    });
    stream_of(receiver)
}

fn list_event(diagnostics: impl IntoIterator<Item = Diagnostic>) -> list_resource::Event {
    let diagnostic = write_diagnostics(diagnostics);
    list_resource::Event { diagnostic, ..list_resource::Event::default() }
}

async fn search<P: Provider>(
    inner: &Inner<P>,
    request: list_resource::Request,
    events: &Sender<list_resource::Event>,
) -> Result<(), Diagnostic> {
    let list = find!(P::LISTS, request.type_name)?;
    let managed = Managed::<P>::find(&request.type_name)?;
    let summary = format!("Cannot list {}", request.type_name);
    let fail = |error: crate::terraform::Error| error.into_diagnostic(summary.clone());
    let config = read_value(request.config.as_ref(), &list.schema().ty()).map_err(fail)?;
    // An absent block of arguments is an object without any.
    let config = if config.is_null() { list.schema().empty() } else { config };
    let context = inner.context().map_err(fail)?;
    let limit = if request.limit > 0 { request.limit } else { i64::MAX };
    let (sender, found) = mpsc::channel(1);
    let mut finds = Finds::new(sender, limit, request.include_resource_object);
    let searching = async {
        let result = list.list(to_json(&config), &context, &mut finds).await;
        // The other end sees by this that no more will come.
        drop(finds);
        result
    };
    let passing_on = async {
        // Taken in here, so that a failure closes it and the search does not wait for ever.
        let mut found = found;
        while let Some(found) = found.recv().await {
            let event = found.and_then(|found| write_found(&managed, found))?;
            if events.send(event).await.is_err() {
                break;
            }
        }
        Ok(())
    };
    let (searched, passed_on) = tokio::join!(searching, passing_on);
    searched.and(passed_on).map_err(fail)?;
    let warnings = context.take_warnings();
    if !warnings.is_empty() {
        let _ = events.send(list_event(warnings)).await;
    }
    Ok(())
}

fn write_found<P: Provider>(managed: &Managed<P>, found: Found) -> Result<list_resource::Event> {
    let object = found.object.map(|object| managed.state(&object)).transpose()?;
    let resource_object =
        object.map(|object| write_value(&object, &managed.ty)).transpose()?.flatten();
    Ok(list_resource::Event {
        identity: write_identity(&found.key, managed.resource.identity())?,
        display_name: printable(found.display_name),
        resource_object,
        diagnostic: found.warning.into_iter().map(write_diagnostic).collect(),
    })
}

/// Starts an action. It goes on where the client reads no further: half an action is worse.
pub(super) fn invoke<P: Provider>(
    inner: Arc<Inner<P>>,
    request: invoke_action::Request,
) -> Pin<Box<Events<invoke_action::Event>>> {
    let (events, receiver) = mpsc::channel(16);
    tokio::spawn(async move {
        let span = inner.span("InvokeAction", &request.action_type);
        let diagnostics = match contained(act(&inner, request, &events).instrument(span)).await {
            Ok(Ok(diagnostics)) => diagnostics,
            Ok(Err(diagnostic)) => vec![diagnostic],
            Err(panicked) => vec![panic_report("InvokeAction", &panicked.place)],
        };
        let completed = Completed { diagnostics: write_diagnostics(diagnostics) };
        let event = invoke_action::Event { r#type: Some(Type::Completed(completed)) };
        // Nobody is left to tell where the client has gone meanwhile.
        let _ = events.send(event).await;
    });
    stream_of(receiver)
}

async fn act<P: Provider>(
    inner: &Inner<P>,
    request: invoke_action::Request,
    events: &Sender<invoke_action::Event>,
) -> Result<Vec<Diagnostic>, Diagnostic> {
    let action = find!(P::ACTIONS, request.action_type)?;
    let summary = format!("Action {} failed", request.action_type);
    let fail = |error: crate::terraform::Error| error.into_diagnostic(summary.clone());
    let config = read_value(request.config.as_ref(), &action.schema().ty()).map_err(fail)?;
    // Terraform validates arguments while it knows no variables, and not again afterwards.
    let mut diagnostics = validate(action.schema(), &config, false);
    diagnostics.extend(action.validate(&config));
    if diagnostics.iter().any(Diagnostic::is_error) {
        return Ok(diagnostics);
    }
    let context = inner.context().map_err(fail)?;
    let (said, mut messages) = mpsc::unbounded_channel();
    let acting = async {
        let progress = Progress::new(said);
        action.invoke(to_json(&config), &context, &progress).await
    };
    let passing_on = async {
        while let Some(message) = messages.recv().await {
            let said = Said { message: printable(message) };
            let event = invoke_action::Event { r#type: Some(Type::Progress(said)) };
            // The action goes on where nobody listens.
            let _ = events.send(event).await;
        }
    };
    let (acted, ()) = tokio::join!(acting, passing_on);
    diagnostics.extend(context.take_warnings());
    diagnostics.extend(acted.map_err(fail).err());
    Ok(diagnostics)
}
