//! The gRPC services of the plugin socket, told apart by the first part of the path.

use crate::terraform::goplugin::GoPlugin;
use crate::terraform::proto::goplugin::grpc_broker_server::{self, GrpcBrokerServer};
use crate::terraform::proto::goplugin::grpc_controller_server::{self, GrpcControllerServer};
use crate::terraform::proto::goplugin::grpc_stdio_server::{self, GrpcStdioServer};
use crate::terraform::proto::health::health_server::{self, HealthServer};
use crate::terraform::proto::provider_server::{self, Provider, ProviderServer};
use std::convert::Infallible;
use std::future::ready;
use std::task::{Context, Poll};
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::{BoxFuture, Service, http};

/// How large a message may be, either way; the same as in providers written in Go.
pub const MESSAGE_LIMIT: usize = 256 << 20;

/// Every service that Terraform calls.
///
/// tonic's own router would bring in a web framework to tell five names apart.
pub struct Services<S> {
    provider: ProviderServer<S>,
    controller: GrpcControllerServer<GoPlugin>,
    broker: GrpcBrokerServer<GoPlugin>,
    stdio: GrpcStdioServer<GoPlugin>,
    health: HealthServer<GoPlugin>,
}

impl<S: Provider> Services<S> {
    /// The provider, and go-plugin's services. A call of `Shutdown` cancels `ending`.
    pub fn new(provider: S, ending: CancellationToken) -> Self {
        let goplugin = GoPlugin::new(ending);
        Self {
            provider: ProviderServer::new(provider)
                .max_decoding_message_size(MESSAGE_LIMIT)
                .max_encoding_message_size(MESSAGE_LIMIT),
            controller: GrpcControllerServer::new(goplugin.clone()),
            broker: GrpcBrokerServer::new(goplugin.clone()),
            stdio: GrpcStdioServer::new(goplugin.clone()),
            health: HealthServer::new(goplugin),
        }
    }
}

// Not derived: that would ask for a provider that can be cloned.
impl<S> Clone for Services<S> {
    fn clone(&self) -> Self {
        Self {
            provider: self.provider.clone(),
            controller: self.controller.clone(),
            broker: self.broker.clone(),
            stdio: self.stdio.clone(),
            health: self.health.clone(),
        }
    }
}

impl<S: Provider> Service<http::Request<Body>> for Services<S> {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        match request.uri().path().split('/').nth(1) {
            Some(provider_server::SERVICE_NAME) => self.provider.call(request),
            Some(grpc_controller_server::SERVICE_NAME) => self.controller.call(request),
            Some(grpc_broker_server::SERVICE_NAME) => self.broker.call(request),
            Some(grpc_stdio_server::SERVICE_NAME) => self.stdio.call(request),
            Some(health_server::SERVICE_NAME) => self.health.call(request),
            _ => Box::pin(ready(Ok(Status::unimplemented("no such service").into_http()))),
        }
    }
}
