//! The life of the process once it is clear that it shall serve.

use super::connections::{self, Census, Connection, Patience};
use super::environment::Environment;
use super::services::Services;
use super::socket::Socket;
use super::{PluginIdentity, Refusal, cannot, handshake};
use crate::terraform::proto::provider_server::Provider;
use crate::terraform::tls;
use futures_util::stream;
use std::io::{self, Write};
use std::time::Duration;
use tokio::net::UnixListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Terraform waits a minute for our line, so it connects within that or never. A second connection
/// follows a lost one at once or never.
const PATIENCE: Patience =
    Patience { first: Duration::from_mins(1), next: Duration::from_millis(250) };

/// How long what is under way may take when Terraform wants the end, or is gone. It wants nothing
/// more from us then, and kills after 2 seconds.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// How long calls may take when somebody else wants the end. A system that goes down signals
/// Terraform as well, which then waits for their results.
const LAST_CALLS: Duration = Duration::from_secs(4);

/// Who is to connect.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum Mode {
    /// The Terraform that started us.
    Plugin,
    /// Any Terraform that a developer points at us.
    Debug,
}

/// Opens the socket, says where it is, and serves.
pub(super) fn serve_until_the_end<S: Provider>(
    identity: PluginIdentity,
    mode: Mode,
    environment: &Environment,
    service: impl FnOnce(CancellationToken) -> S,
) -> Result<(), Refusal> {
    // One thread: it starts fastest, and waiting for the network is all that calls do.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(cannot("start"))?;
    let result = runtime.block_on(async {
        // First, so that no signal can leave a socket behind.
        let signals = Signals::catch(mode)?;
        let ear = Ear::open(identity, mode, environment)?;
        ear.announce()?;
        let ending = CancellationToken::new();
        // Only now, while Terraform connects.
        let services = Services::new(service(ending.clone()), ending.clone());
        ear.serve(services, ending, signals).await
    });
    // A look-up of a host name may still run in its thread; nobody waits for it any more.
    runtime.shutdown_background();
    result
}

/// The signals that matter.
struct Signals {
    terminate: Signal,
    /// ^C, and the end of a terminal, reach the whole process group. Terraform handles them and calls
    /// `StopProvider`, or is gone itself, so they are caught and left alone; only those of a
    /// developer are meant for us.
    interrupt: Signal,
    hangup: Signal,
    mode: Mode,
}

impl Signals {
    fn catch(mode: Mode) -> Result<Self, Refusal> {
        let catch = |kind| signal(kind).map_err(cannot("catch signals"));
        Ok(Self {
            terminate: catch(SignalKind::terminate())?,
            interrupt: catch(SignalKind::interrupt())?,
            hangup: catch(SignalKind::hangup())?,
            mode,
        })
    }

    /// Ends with the first signal that tells us to.
    async fn end(mut self) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => if self.mode == Mode::Debug { return },
                _ = self.hangup.recv() => if self.mode == Mode::Debug { return },
            }
        }
    }
}

/// A socket that listens, and what its clients are told of it.
struct Ear {
    socket: Socket,
    listener: UnixListener,
    tls: Option<tls::ServerTls>,
    mode: Mode,
    identity: PluginIdentity,
    multiplexing: bool,
}

impl Ear {
    fn open(
        identity: PluginIdentity,
        mode: Mode,
        environment: &Environment,
    ) -> Result<Self, Refusal> {
        // No certificate means that the user switched TLS off; the folder still keeps others out.
        let tls = match (&environment.client_certificate, mode) {
            (Some(pem), Mode::Plugin) => {
                let client = tls::announced_certificate(pem)
                    .map_err(cannot("read Terraform's certificate in PLUGIN_CLIENT_CERT"))?;
                Some(tls::server_tls(client).map_err(cannot("set up TLS"))?)
            }
            _ => None,
        };
        if !environment.knows_version_6 {
            // Terraform says it better when it sees our version.
            tracing::warn!("this Terraform does not know version 6 of the plugin protocol");
        }
        let (socket, listener) = Socket::bind(
            environment.socket_folder.as_deref(),
            environment.temporary_folder.as_deref(),
            environment.socket_group.as_deref(),
        )
        .map_err(cannot("listen on a socket"))?;
        let multiplexing = environment.asks_for_multiplexing;
        Ok(Self { socket, listener, tls, mode, identity, multiplexing })
    }

    /// Says where we are, when somebody could already connect.
    fn announce(&self) -> Result<(), Refusal> {
        let path = self.socket.path();
        let line = match self.mode {
            Mode::Plugin => {
                let certificate = self.tls.as_ref().map(|tls| tls.certificate.as_ref());
                handshake::line(path, certificate, self.multiplexing)
            }
            Mode::Debug => {
                let hint = "Set this in the shell where you run Terraform; ^C ends the provider.\n";
                let _ = io::stderr().write_all(hint.as_bytes());
                handshake::reattach_line(&self.identity, path)
            }
        };
        handshake::announce(&line).map_err(cannot("print the address of the socket"))
    }

    /// Serves until somebody or something wants the end, and then a moment more.
    async fn serve<S: Provider>(
        self,
        services: Services<S>,
        ending: CancellationToken,
        signals: Signals,
    ) -> Result<(), Refusal> {
        let census = Census::new();
        let (sender, mut receiver) = mpsc::unbounded_channel::<io::Result<Connection>>();
        let tls = self.tls.map(|tls| tls.config);
        let accepting = connections::accept(self.listener, tls, sender, census.clone());
        let serving = tonic::transport::Server::builder().serve_with_incoming_shutdown(
            services,
            stream::poll_fn(move |cx| receiver.poll_recv(cx)),
            ending.clone().cancelled_owned(),
        );
        tokio::pin!(serving);
        let limit = tokio::select! {
            result = &mut serving => return result.map_err(cannot("serve")),
            () = accepting => LAST_WORDS,
            () = ending.cancelled() => LAST_WORDS,
            () = census.abandoned(PATIENCE), if self.mode == Mode::Plugin => LAST_WORDS,
            () = signals.end() => LAST_CALLS,
        };
        ending.cancel();
        // Streams end now, and with them their connections; a call that does not is cut off.
        let _ = tokio::time::timeout(limit, serving).await;
        Ok(())
    }
}
