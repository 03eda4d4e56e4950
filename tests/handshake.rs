//! The built binary as a process: cookie, handshake, mutual TLS, signals, logs, end.
//!
//! The rows are those of the conformance checklist; `tests/README.md` says which test covers which.

/// The miniature Terraform core.
#[path = "support"]
mod support {
    pub mod core;
    pub mod plugin_process;
}

#[path = "handshake/attacks.rs"]
mod attacks;
#[path = "handshake/logs.rs"]
mod logs;
#[path = "handshake/memory.rs"]
mod memory;
#[path = "handshake/session.rs"]
mod session;
#[path = "handshake/start.rs"]
mod start;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use support::core::{ClientIdentity, Core, within};
use support::plugin_process::{Handshake, Launch, Output, PluginProcess};
use terraform_provider_quay::terraform::proto;
use tonic::{Code, Status};

/// A provider that Terraform has just started, and the client that it expects.
struct Started {
    client: ClientIdentity,
    process: PluginProcess,
    handshake: Handshake,
}

impl Started {
    async fn new() -> Self {
        Self::with(|launch| launch).await
    }

    async fn with(change: impl FnOnce(Launch) -> Launch) -> Self {
        let client = ClientIdentity::new();
        let mut process = change(Launch::by_terraform(&client)).start();
        let handshake = process.handshake().await;
        Self { client, process, handshake }
    }

    async fn connect(&self) -> Core {
        Core::connect(&self.handshake, &self.client).await
    }

    /// The one client that may come in still can, and is served.
    async fn still_serves(&self) {
        assert_serves(&mut self.connect().await).await;
    }

    /// Ends as Terraform ends it, once it is inside.
    async fn shut_down(self, mut core: Core) -> Output {
        core.shut_down().await;
        drop(core);
        let output = self.process.end().await;
        assert_eq!(output.status.code(), Some(0), "{}", output.stderr);
        output
    }
}

async fn health(core: &mut Core, service: &str) -> Result<i32, Code> {
    let request = proto::health::HealthCheckRequest { service: service.into() };
    let answer = within("the health check", core.health.check(request)).await;
    answer.map(|answer| answer.into_inner().status).map_err(|status| status.code())
}

async fn assert_serves(core: &mut Core) {
    assert_eq!(health(core, "plugin").await, Ok(1));
}

async fn validate(core: &mut Core, msgpack: Vec<u8>) -> Result<(), Status> {
    let config = Some(proto::DynamicValue { msgpack, json: Vec::new() });
    let request = proto::validate_provider_config::Request { config };
    within("a validation", core.provider.validate_provider_config(request)).await.map(|_| ())
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it exists").permissions().mode() & 0o7777
}
