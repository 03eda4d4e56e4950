//! The provider with everything that it offers, and a Quay that refuses every connection or is the
//! target's own.

use std::cell::RefCell;
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;
use terraform_provider_quay::provider::QuayProvider;
use terraform_provider_quay::quay::{Credentials, Options, Quay, Secret, Tls};
use terraform_provider_quay::terraform::action::AnyAction;
use terraform_provider_quay::terraform::data_source::AnyDataSource;
use terraform_provider_quay::terraform::diagnostic::{Diagnostic, Result};
use terraform_provider_quay::terraform::function::Function;
use terraform_provider_quay::terraform::list::AnyList;
use terraform_provider_quay::terraform::proto::configure_provider;
use terraform_provider_quay::terraform::proto::provider_server::Provider as Service;
use terraform_provider_quay::terraform::provider::Provider;
use terraform_provider_quay::terraform::resource::AnyResource;
use terraform_provider_quay::terraform::schema::Schema;
use terraform_provider_quay::terraform::server::Server;
use terraform_provider_quay::terraform::value::Value;
use tokio::net::TcpSocket;
use tokio::runtime::{Builder, Runtime};
use tokio_util::sync::CancellationToken;
use tonic::Request;
use url::Url;

/// A Quay remembers what it was asked, so that after so many runs there is a new one.
const RUNS_PER_QUAY: u32 = 1000;

/// What lives as long as the thread: making it anew for each run would cost most of the time.
struct World {
    runtime: Rc<Runtime>,
    quay: Quay,
    runs: u32,
    address: SocketAddr,
    /// Bound and never listening, so that the address is nobody else's and refuses at once.
    _socket: TcpSocket,
}

thread_local! {
    static WORLD: RefCell<World> = RefCell::new(World::new());
}

impl World {
    fn new() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let entered = runtime.enter();
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).expect("a free port");
        let address = socket.local_addr().expect("an address");
        let quay = quay(address, "token");
        drop(entered);
        Self { runtime: Rc::new(runtime), quay, runs: 0, address, _socket: socket }
    }
}

/// A Quay that gives up soon and tries nothing again.
pub fn quay(address: SocketAddr, token: &str) -> Quay {
    let options = Options {
        url: Url::parse(&format!("http://{address}")).expect("a URL"),
        credentials: Credentials::Token(Secret::new(token)),
        tls: Tls::default(),
        headers: http::HeaderMap::new(),
        request_timeout: Duration::from_millis(100),
        max_retries: 0,
        stop: CancellationToken::new(),
    };
    Quay::new(options).expect("a client")
}

/// Runs something to its end on this thread.
pub fn block_on<F: Future>(task: F) -> F::Output {
    let runtime = WORLD.with_borrow_mut(|world| {
        world.runs += 1;
        if world.runs % RUNS_PER_QUAY == 0 {
            world.quay = quay(world.address, "token");
        }
        Rc::clone(&world.runtime)
    });
    runtime.block_on(task)
}

/// The provider, configured with this Quay.
pub async fn asking(quay: Quay) -> Server<Offline> {
    let before = WORLD.with_borrow_mut(|world| std::mem::replace(&mut world.quay, quay));
    let server = Server::<Offline>::new(CancellationToken::new());
    let request = configure_provider::Request::default();
    let configured = server.configure_provider(Request::new(request)).await;
    assert!(configured.expect("an answer").into_inner().diagnostics.is_empty());
    WORLD.with_borrow_mut(|world| world.quay = before);
    server
}

/// The provider, out of reach of every network and file.
pub struct Offline;

impl Provider for Offline {
    type Api = Quay;

    const NAME: &'static str = QuayProvider::NAME;
    const SCHEMA: Schema = QuayProvider::SCHEMA;
    const RESOURCES: &'static [&'static dyn AnyResource<Quay>] = QuayProvider::RESOURCES;
    const DATA_SOURCES: &'static [&'static dyn AnyDataSource<Quay>] = QuayProvider::DATA_SOURCES;
    const EPHEMERAL_RESOURCES: &'static [&'static dyn AnyDataSource<Quay>] =
        QuayProvider::EPHEMERAL_RESOURCES;
    const LISTS: &'static [&'static dyn AnyList<Quay>] = QuayProvider::LISTS;
    const ACTIONS: &'static [&'static dyn AnyAction<Quay>] = QuayProvider::ACTIONS;
    const FUNCTIONS: &'static [Function] = QuayProvider::FUNCTIONS;

    fn validate(config: &Value) -> Vec<Diagnostic> {
        QuayProvider::validate(config)
    }

    /// Settings make a client as always, which is then not used.
    fn configure(
        mut settings: serde_json::Value,
        stop: CancellationToken,
    ) -> Result<(Quay, Vec<Diagnostic>), Vec<Diagnostic>> {
        let mut warnings = Vec::new();
        if let Some(settings) = settings.as_object_mut() {
            for file in ["ca_cert_file", "token_file"] {
                settings.remove(file);
            }
            // Reading the machine's authorities, which only `https` needs, takes milliseconds.
            let url = settings.get("url").and_then(|url| url.as_str()?.strip_prefix("https:"));
            if let Some(rest) = url {
                let url = format!("http:{rest}");
                settings.insert("url".to_owned(), url.into());
            }
            warnings = QuayProvider::configure(settings.clone().into(), stop)?.1;
        }
        Ok((WORLD.with_borrow(|world| world.quay.clone()), warnings))
    }
}
