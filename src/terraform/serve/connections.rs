//! Who is let in, and how many are inside.

use rustls::ServerConfig;
use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{mpsc, watch};
use tokio::task::AbortHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::either::Either;
use tonic::transport::server::Connected;

/// How long a client may take to prove who it is.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(5);

/// How many clients may be about to prove who they are. The one that waits longest makes room,
/// so that silent connections, however many, keep neither Terraform out nor file handles open.
const MOST_WAITING: usize = 64;

/// How long to wait when the system has no file handle left.
const PAUSE: Duration = Duration::from_millis(10);

/// How long the process waits for clients.
#[derive(Clone, Copy)]
pub(super) struct Patience {
    /// For the first one.
    pub(super) first: Duration,
    /// For another one after the last has gone.
    pub(super) next: Duration,
}

/// Accepts connections for ever and hands on those that are let in: all, when there is no TLS.
pub(super) async fn accept(
    listener: UnixListener,
    tls: Option<Arc<ServerConfig>>,
    inside: mpsc::UnboundedSender<io::Result<Connection>>,
    census: Census,
) {
    let mut waiting = Waiting::default();
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                waiting.drop_longest();
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let Some(config) = &tls else {
            let _ = inside.send(Ok(census.enter(Either::Right(stream))));
            continue;
        };
        let handshake = prove(TlsAcceptor::from(Arc::clone(config)), stream);
        let (inside, census) = (inside.clone(), census.clone());
        // Each in a task of its own: a slow handshake must not keep others waiting.
        let task = tokio::spawn(async move {
            if let Some(stream) = handshake.await {
                let _ = inside.send(Ok(census.enter(Either::Left(stream))));
            }
        });
        waiting.push(task.abort_handle());
    }
}

/// The TLS handshake. It ends well only for the client whose certificate we expect.
async fn prove(acceptor: TlsAcceptor, stream: UnixStream) -> Option<TlsStream<UnixStream>> {
    match tokio::time::timeout(HANDSHAKE_LIMIT, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => Some(stream),
        Ok(Err(error)) => {
            tracing::warn!(%error, "refused a connection");
            None
        }
        Err(_) => {
            tracing::warn!("refused a connection that stayed silent");
            None
        }
    }
}

/// The handshakes under way, longest first.
#[derive(Default)]
struct Waiting(VecDeque<AbortHandle>);

impl Waiting {
    fn push(&mut self, task: AbortHandle) {
        self.0.retain(|task| !task.is_finished());
        if self.0.len() >= MOST_WAITING {
            self.drop_longest();
        }
        self.0.push_back(task);
    }

    fn drop_longest(&mut self) {
        if let Some(task) = self.0.pop_front() {
            task.abort();
        }
    }
}

/// How many clients are inside; `None` before the first.
#[derive(Clone)]
pub(super) struct Census(watch::Sender<Option<usize>>);

impl Census {
    /// Nobody has come yet.
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(None))
    }

    fn enter(&self, stream: Either<TlsStream<UnixStream>, UnixStream>) -> Connection {
        self.0.send_modify(|count| *count = Some(count.unwrap_or(0) + 1));
        Connection { stream, _counted: Counted(self.0.clone()) }
    }

    /// Ends when nobody comes, or when all have gone and nobody comes back.
    ///
    /// A Terraform that is killed says no farewell: its closed connection is all that we see.
    pub(super) async fn abandoned(&self, patience: Patience) {
        let mut count = self.0.subscribe();
        if tokio::time::timeout(patience.first, count.wait_for(Option::is_some)).await.is_err() {
            return;
        }
        loop {
            let _ = count.wait_for(|count| *count == Some(0)).await;
            let back = count.wait_for(|count| *count != Some(0));
            if tokio::time::timeout(patience.next, back).await.is_err() {
                return;
            }
        }
    }
}

/// One client less when it is dropped.
struct Counted(watch::Sender<Option<usize>>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count = count.map(|count| count.saturating_sub(1)));
    }
}

/// A connection that was let in.
pub(super) struct Connection {
    stream: Either<TlsStream<UnixStream>, UnixStream>,
    _counted: Counted,
}

impl Connected for Connection {
    type ConnectInfo = ();

    fn connect_info(&self) {}
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(20);
    const LONG: Duration = Duration::from_hours(1);

    fn somebody(census: &Census) -> Connection {
        let (stream, _) = UnixStream::pair().expect("a pair of sockets");
        census.enter(Either::Right(stream))
    }

    async fn ends_soon(waiting: impl Future<Output = ()>) -> bool {
        tokio::time::timeout(10 * SHORT, waiting).await.is_ok()
    }

    #[tokio::test]
    async fn a_process_that_nobody_connects_to_ends() {
        let census = Census::new();
        assert!(ends_soon(census.abandoned(Patience { first: SHORT, next: LONG })).await);
    }

    #[tokio::test]
    async fn a_process_ends_only_when_the_last_client_has_gone() {
        let (census, patience) = (Census::new(), Patience { first: LONG, next: SHORT });
        let (first, second) = (somebody(&census), somebody(&census));
        drop(first);
        assert!(!ends_soon(census.abandoned(patience)).await);
        drop(second);
        assert!(ends_soon(census.abandoned(patience)).await);
    }

    #[tokio::test]
    async fn a_client_that_comes_back_is_waited_for() {
        let census = Census::new();
        drop(somebody(&census));
        let waiting = census.abandoned(Patience { first: LONG, next: LONG });
        tokio::pin!(waiting);
        assert!(!ends_soon(&mut waiting).await);
        let back = somebody(&census);
        assert!(!ends_soon(&mut waiting).await);
        drop(back);
    }
}
