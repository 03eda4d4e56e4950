//! A port that really refuses connections for a while, and is nobody else's meanwhile.

use std::io;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::{mpsc, oneshot};

/// What a door never counts to.
const NEVER: usize = usize::MAX;

/// To close or to open, and whom to tell that it is done.
pub type Order = (bool, oneshot::Sender<()>);

/// Whether new connections are taken at a port.
#[derive(Debug)]
pub struct Door {
    /// How many requests still pass before it closes.
    left: AtomicUsize,
    orders: Mutex<Option<mpsc::UnboundedSender<Order>>>,
}

impl Default for Door {
    fn default() -> Self {
        Self { left: AtomicUsize::new(NEVER), orders: Mutex::default() }
    }
}

impl Door {
    /// Takes a port, to listen at it or not.
    pub fn at(&self, address: SocketAddr) -> io::Result<(TcpListener, Frame)> {
        let holder = socket_at(address)?;
        let address = holder.local_addr()?;
        let (sender, orders) = mpsc::unbounded_channel();
        *self.orders.lock().expect("nobody panics") = Some(sender);
        Ok((socket_at(address)?.listen(1024)?, Frame { address, orders, _holder: holder }))
    }

    /// Closes the door when so many more requests were answered, or at once. The last of them ends
    /// its connection, so that the next request needs a new one.
    pub async fn close_after(&self, requests: usize) {
        if requests == 0 {
            self.order(false).await;
        } else {
            self.left.store(requests, Ordering::Release);
        }
    }

    /// Opens the door again, and closes it no more.
    pub async fn open(&self) {
        self.left.store(NEVER, Ordering::Release);
        self.order(true).await;
    }

    /// Counts a request that is about to be answered; whether it is the last.
    pub async fn is_last(&self) -> bool {
        let count = |left| (left != NEVER && left > 0).then(|| left - 1);
        let before = self.left.fetch_update(Ordering::AcqRel, Ordering::Acquire, count);
        let is_last = before == Ok(1);
        if is_last {
            self.order(false).await;
        }
        is_last
    }

    /// Whether it was closed when it was to be.
    pub fn has_closed(&self) -> bool {
        matches!(self.left.load(Ordering::Acquire), 0 | NEVER)
    }

    async fn order(&self, open: bool) {
        let (done, is_done) = oneshot::channel();
        let orders = self.orders.lock().expect("nobody panics").clone();
        orders.expect("the fake was built with a door").send((open, done)).expect("it runs");
        is_done.await.expect("it runs");
    }
}

/// What is left of a door when it is closed: the port is held by a socket that does not listen.
#[derive(Debug)]
pub struct Frame {
    address: SocketAddr,
    orders: mpsc::UnboundedReceiver<Order>,
    _holder: TcpSocket,
}

impl Frame {
    /// Waits for the next order.
    pub async fn next_order(&mut self) -> Order {
        match self.orders.recv().await {
            Some(order) => order,
            None => std::future::pending().await,
        }
    }

    /// Carries an order out.
    pub fn obey(&self, (open, done): Order, listener: &mut Option<TcpListener>) {
        if !open {
            *listener = None;
        } else if listener.is_none() {
            *listener = socket_at(self.address).and_then(|socket| socket.listen(1024)).ok();
        }
        let _ = done.send(());
    }
}

/// A socket that shares its port with the others made here.
fn socket_at(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseport(true)?;
    socket.bind(address)?;
    Ok(socket)
}
