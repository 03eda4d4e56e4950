//! Connections that can be cut off: plain or TLS.

use super::door::{Frame, Order};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Cuts one connection off: nothing is written to it any more.
#[derive(Clone, Debug, Default)]
pub struct Cut(Arc<AtomicBool>);

impl Cut {
    /// Cuts the connection.
    pub fn cut(&self) {
        self.0.store(true, Ordering::Release);
    }

    fn check(&self) -> io::Result<()> {
        if self.0.load(Ordering::Acquire) {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(())
    }
}

/// One connection.
#[derive(Debug)]
pub struct Connection {
    stream: Stream,
    /// How to cut it.
    pub cut: Cut,
}

#[derive(Debug)]
enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// Accepts connections; TLS handshakes happen beside, so that a slow one blocks nobody.
#[derive(Debug)]
pub struct Listener {
    address: SocketAddr,
    ready: mpsc::Receiver<(Connection, SocketAddr)>,
}

impl Listener {
    /// Starts to accept. Connections are hung up on while `refusing` is set, and refused while the
    /// door is closed, where there is one.
    pub fn start(
        listener: TcpListener,
        mut door: Option<Frame>,
        tls: Option<TlsAcceptor>,
        refusing: Arc<AtomicBool>,
    ) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (sender, ready) = mpsc::channel(16);
        tokio::spawn(async move {
            let mut listener = Some(listener);
            loop {
                let accepted = tokio::select! {
                    biased;
                    order = next_order(&mut door) => {
                        if let Some(door) = &door {
                            door.obey(order, &mut listener);
                        }
                        continue;
                    }
                    accepted = accept(listener.as_ref()) => accepted,
                };
                let Ok((stream, peer)) = accepted else { return };
                let (tls, sender) = (tls.clone(), sender.clone());
                if refusing.load(Ordering::Acquire) {
                    continue;
                }
                let _ = stream.set_nodelay(true);
                let Some(tls) = tls else {
                    let stream = Stream::Plain(stream);
                    if sender
                        .send((Connection { stream, cut: Cut::default() }, peer))
                        .await
                        .is_err()
                    {
                        return;
                    }
                    continue;
                };
                tokio::spawn(async move {
                    if let Ok(stream) = tls.accept(stream).await {
                        let stream = Stream::Tls(Box::new(stream));
                        let _ =
                            sender.send((Connection { stream, cut: Cut::default() }, peer)).await;
                    }
                });
            }
        });
        Ok(Self { address, ready })
    }
}

async fn next_order(door: &mut Option<Frame>) -> Order {
    match door {
        Some(door) => door.next_order().await,
        None => std::future::pending().await,
    }
}

async fn accept(listener: Option<&TcpListener>) -> io::Result<(TcpStream, SocketAddr)> {
    match listener {
        Some(listener) => listener.accept().await,
        None => std::future::pending().await,
    }
}

impl axum::serve::Listener for Listener {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        match self.ready.recv().await {
            Some(connection) => connection,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.cut.check()?;
        match &mut this.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Stream::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.cut.check()?;
        match &mut this.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Stream::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.cut.check()?;
        match &mut this.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(context),
            Stream::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().stream {
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Stream::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
