//! How a fake is set up before it starts.

use super::FakeQuay;
use super::door::{Door, Frame};
use super::faults::Faults;
use super::fixtures;
use super::load::Workers;
use super::mock_registries;
use super::requests::RequestLog;
use super::server::{self, Shared};
use super::switches::{Profile, Release, Switches};
use super::upstream::Resolver;
use super::world::World;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

/// Settings of a fake; what is not set is as in the recordings.
#[derive(Debug)]
pub struct Builder {
    listen: SocketAddr,
    release: Release,
    switches: Switches,
    recording_fixtures: bool,
    fixed_ports: bool,
    time_scale: f64,
    collect_after: Option<Duration>,
    collect_after_attempts: Option<u32>,
    workers: (usize, Duration),
    anonymous_time: Duration,
    tls: Option<Arc<ServerConfig>>,
    with_door: bool,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            release: Release::Main,
            switches: Switches::default(),
            recording_fixtures: false,
            fixed_ports: false,
            time_scale: 1.0,
            collect_after: None,
            collect_after_attempts: None,
            workers: (2, Duration::ZERO),
            anonymous_time: Duration::ZERO,
            tls: None,
            with_door: false,
        }
    }
}

impl Builder {
    /// Where to listen; port 0 picks one.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Which release answers.
    pub fn release(mut self, release: Release) -> Self {
        self.release = release;
        self
    }

    /// The switches of a profile.
    pub fn profile(self, profile: Profile) -> Self {
        self.switches(profile.switches())
    }

    /// Switches one by one.
    pub fn switches(mut self, switches: Switches) -> Self {
        self.switches = switches;
        self
    }

    /// Plants the users and tokens of the recordings' header.
    pub fn recording_fixtures(mut self) -> Self {
        self.recording_fixtures = true;
        self
    }

    /// Lets the mock registries try the ports that the recordings name.
    pub fn fixed_registry_ports(mut self) -> Self {
        self.fixed_ports = true;
        self
    }

    /// How long one second of Quay's takes here: 0.01 makes all waits a hundredth.
    pub fn time_scale(mut self, scale: f64) -> Self {
        self.time_scale = scale;
        self
    }

    /// Deleted names are free after so many seconds of Quay's.
    pub fn collect_after(mut self, age: Duration) -> Self {
        self.collect_after = Some(age);
        self
    }

    /// A deleted name is free after so many refused attempts to create it.
    pub fn collect_after_attempts(mut self, attempts: u32) -> Self {
        self.collect_after_attempts = Some(attempts);
        self
    }

    /// Every request with a valid token keeps one of `workers` busy for that long; the others
    /// take 3 ms.
    pub fn service_time(mut self, time: Duration, workers: usize) -> Self {
        self.workers = (workers, time);
        self.anonymous_time = Duration::from_millis(3);
        self
    }

    /// Lets the fake refuse connections.
    pub fn with_door(mut self) -> Self {
        self.with_door = true;
        self
    }

    /// Serves HTTPS with this certificate chain and key.
    pub fn tls(self, certificate_pem: &str, key_pem: &str) -> Self {
        self.tls_acceptor(certificate_pem, key_pem, None)
    }

    /// Serves HTTPS and demands client certificates of this authority.
    pub fn tls_with_client_ca(self, certificate_pem: &str, key_pem: &str, ca_pem: &str) -> Self {
        self.tls_acceptor(certificate_pem, key_pem, Some(ca_pem))
    }

    fn tls_acceptor(mut self, certificate: &str, key: &str, ca: Option<&str>) -> Self {
        let chain = certificates(certificate);
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("a private key in PEM");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .expect("the provider knows TLS 1.2 and 1.3");
        let config = match ca {
            None => config.with_no_client_auth(),
            Some(ca) => {
                let mut roots = RootCertStore::empty();
                for root in certificates(ca) {
                    roots.add(root).expect("a root certificate");
                }
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                        .build()
                        .expect("a root certificate");
                config.with_client_cert_verifier(verifier)
            }
        };
        let config = config.with_single_cert(chain, key).expect("a certificate and its key");
        self.tls = Some(Arc::new(config));
        self
    }

    /// Starts the fake on a thread of its own.
    #[allow(clippy::unused_async, reason = "starting a server reads as something to await")]
    pub async fn start(self) -> FakeQuay {
        self.start_blocking().expect("loopback ports are to be had")
    }

    /// The same outside of async code.
    pub fn start_blocking(self) -> io::Result<FakeQuay> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let shared = self.shared(runtime.handle())?;
        let (listener, door) = if self.with_door {
            let _entered = runtime.enter();
            let (listener, frame) = shared.door.at(self.listen)?;
            (listener.into_std()?, Some(frame))
        } else {
            (TcpListener::bind(self.listen)?, None)
        };
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}", listener.local_addr()?);
        let (handle, tls) = (runtime.handle().clone(), self.tls.clone());
        let (stop, stopped) = oneshot::channel::<()>();
        let fake = FakeQuay::new(url, shared, handle, tls, stop);
        spawn_server(&fake, listener, door, self.switches)?;
        Ok(fake.on(std::thread::spawn(move || {
            let _ = runtime.block_on(stopped);
        })))
    }

    fn shared(&self, runtime: &Handle) -> io::Result<Arc<Shared>> {
        let seconds = |seconds: f64| Duration::from_secs_f64(seconds * self.time_scale);
        let mut world = World::new(self.release);
        fixtures::plant_admin(&mut world);
        if self.recording_fixtures {
            fixtures::plant_recorded(&mut world);
        }
        world.collect_after = self.collect_after.map(|age| age.mul_f64(self.time_scale));
        world.collect_after_attempts = self.collect_after_attempts;
        // v3.15 has no time-out of its own: it waits for a hanging upstream as long as it takes.
        let patience = if self.release < Release::V3_18 { 3600.0 } else { 30.0 };
        let mut resolver = Resolver::new(seconds(patience));
        let started = mock_registries::start(runtime, self.fixed_ports, seconds(45.0))?;
        for (port, address) in started {
            resolver.port(port, address);
        }
        let shared = Shared {
            world: Mutex::new(world),
            requests: RequestLog::default(),
            faults: Faults::default(),
            workers: Workers::new(self.workers.0, self.workers.1.mul_f64(self.time_scale)),
            anonymous_time: self.anonymous_time.mul_f64(self.time_scale),
            resolver: Mutex::new(resolver),
            time_scale: self.time_scale,
            refusing: Arc::new(AtomicBool::new(false)),
            door: Door::default(),
        };
        Ok(Arc::new(shared))
    }
}

fn certificates(pem: &str) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<_, _>>()
        .expect("certificates in PEM")
}

/// Serves a listener on a fake's runtime.
pub(super) fn spawn_server(
    fake: &FakeQuay,
    listener: TcpListener,
    door: Option<Frame>,
    switches: Switches,
) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let (shared, tls) = (fake.shared.clone(), fake.tls.clone().map(TlsAcceptor::from));
    fake.handle.spawn(async move {
        if let Ok(listener) = tokio::net::TcpListener::from_std(listener) {
            let _ = server::serve(listener, door, tls, shared, switches).await;
        }
    });
    Ok(())
}
