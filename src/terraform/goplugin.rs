//! The services that go-plugin expects beside the provider: they end the process, stay silent, or
//! say that all is well.

use super::proto::goplugin::grpc_broker_server::GrpcBroker;
use super::proto::goplugin::grpc_controller_server::GrpcController;
use super::proto::goplugin::grpc_stdio_server::GrpcStdio;
use super::proto::goplugin::{ConnInfo, Empty, StdioData};
use super::proto::health::health_check_response::ServingStatus;
use super::proto::health::health_server::Health;
use super::proto::health::{HealthCheckRequest, HealthCheckResponse};
use futures_util::stream::{self, BoxStream, StreamExt};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};

/// The name under which go-plugin asks for the health of its plugins.
const PLUGIN: &str = "plugin";

/// A stream of messages to the client.
type Messages<T> = BoxStream<'static, Result<T, Status>>;

/// All of go-plugin's services; what they share is the end of the process.
#[derive(Clone)]
pub(super) struct GoPlugin {
    ending: CancellationToken,
}

impl GoPlugin {
    /// Its `Shutdown` cancels `ending`, and its streams end with it.
    pub(super) fn new(ending: CancellationToken) -> Self {
        Self { ending }
    }

    /// A stream that stays open and says nothing. A client that finds it closed complains.
    fn silence<T: Send + 'static>(&self) -> Messages<T> {
        stream::pending().take_until(self.ending.clone().cancelled_owned()).boxed()
    }
}

#[tonic::async_trait]
impl GrpcController for GoPlugin {
    async fn shutdown(&self, _: Request<Empty>) -> Result<Response<Empty>, Status> {
        tracing::debug!("Terraform asks for the end");
        self.ending.cancel();
        Ok(Response::new(Empty {}))
    }
}

#[tonic::async_trait]
impl GrpcBroker for GoPlugin {
    type StartStreamStream = Messages<ConnInfo>;

    async fn start_stream(
        &self,
        request: Request<Streaming<ConnInfo>>,
    ) -> Result<Response<Self::StartStreamStream>, Status> {
        let mut offers = request.into_inner();
        // We take up none of the connections that are offered, but closing is mutual.
        let hung_up = async move { while let Ok(Some(_)) = offers.message().await {} };
        Ok(Response::new(self.silence().take_until(hung_up).boxed()))
    }
}

#[tonic::async_trait]
impl GrpcStdio for GoPlugin {
    type StreamStdioStream = Messages<StdioData>;

    async fn stream_stdio(
        &self,
        _: Request<()>,
    ) -> Result<Response<Self::StreamStdioStream>, Status> {
        Ok(Response::new(self.silence()))
    }
}

#[tonic::async_trait]
impl Health for GoPlugin {
    type WatchStream = Messages<HealthCheckResponse>;

    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        match status(&request.into_inner().service) {
            ServingStatus::Serving => Ok(Response::new(answer(ServingStatus::Serving))),
            _ => Err(Status::not_found("no such service")),
        }
    }

    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let now = answer(status(&request.into_inner().service));
        let never_changes = self.silence();
        Ok(Response::new(stream::iter([Ok(now)]).chain(never_changes).boxed()))
    }
}

/// The empty name stands for the whole server.
fn status(service: &str) -> ServingStatus {
    if service.is_empty() || service == PLUGIN {
        ServingStatus::Serving
    } else {
        ServingStatus::ServiceUnknown
    }
}

fn answer(status: ServingStatus) -> HealthCheckResponse {
    HealthCheckResponse { status: status.into() }
}
