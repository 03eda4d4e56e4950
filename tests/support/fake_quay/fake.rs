//! The fake itself, as tests hold it.

use super::builder::{self, Builder};
use super::faults::Fault;
use super::plant::{self, USER_SCOPES};
use super::records::{Application, Organization, ProxyCache};
use super::requests::LoggedRequest;
use super::server::Shared;
use super::state;
use super::switches::{Profile, Switches};
use super::world::World;
use rustls::ServerConfig;
use serde_json::Value;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard};
use std::thread::JoinHandle;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// A running fake; it stops when dropped.
#[derive(Debug)]
pub struct FakeQuay {
    url: String,
    pub(super) shared: Arc<Shared>,
    pub(super) handle: Handle,
    pub(super) tls: Option<Arc<ServerConfig>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl FakeQuay {
    /// A fake as recorded, with the superuser `admin` and his token `admin`.
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// A fake with settings.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(super) fn new(
        url: String,
        shared: Arc<Shared>,
        handle: Handle,
        tls: Option<Arc<ServerConfig>>,
        stop: oneshot::Sender<()>,
    ) -> Self {
        Self { url, shared, handle, tls, stop: Some(stop), thread: None }
    }

    pub(super) fn on(mut self, thread: JoinHandle<()>) -> Self {
        self.thread = Some(thread);
        self
    }

    pub(super) fn serve(&self, listener: TcpListener, switches: Switches) -> io::Result<()> {
        builder::spawn_server(self, listener, None, switches)
    }

    /// The base URL, without a trailing slash.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The same data under another profile, on a port of its own.
    pub fn profile_url(&self, profile: Profile) -> String {
        self.switched_url(profile.switches())
    }

    /// The same data under other switches, on a port of its own.
    pub fn switched_url(&self, switches: Switches) -> String {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        self.serve_on(any, switches).expect("loopback ports are to be had")
    }

    /// The same data under other switches at an address.
    pub fn serve_on(&self, address: SocketAddr, switches: Switches) -> io::Result<String> {
        let listener = TcpListener::bind(address)?;
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}", listener.local_addr()?);
        self.serve(listener, switches)?;
        Ok(url)
    }

    /// The text of a user's token, which is his name. User and token are planted where they are
    /// missing, the token with all scopes but the superuser's.
    pub fn token(&self, user: &str) -> String {
        let mut world = self.world();
        if !world.tokens.contains_key(user) {
            if !world.users.contains_key(user) {
                world.plant_user(user);
            }
            world.plant_token(user, user, USER_SCOPES);
        }
        user.to_owned()
    }

    /// The database, to plant (`World::plant_…`), to change and to look at.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.shared.world.lock().expect("no handler panics")
    }

    /// Plants a user with the e-mail `NAME@example.com` and a token of the same name.
    pub fn plant_user(&self, name: &str) {
        self.world().plant_user(name);
        self.token(name);
    }

    /// Plants a token with these scopes, separated by spaces.
    pub fn plant_token(&self, text: &str, user: &str, scope: &str) {
        self.world().plant_token(text, user, scope);
    }

    /// Plants an organization that `owner` owns.
    pub fn plant_organization(&self, name: &str, owner: &str) {
        self.world().add_organization(name, None, owner);
    }

    /// Plants a private repository.
    pub fn plant_repository(&self, orgname: &str, name: &str) {
        self.world().plant_repository(orgname, name);
    }

    /// Plants an application and gives its client id.
    pub fn plant_application(&self, orgname: &str, name: &str) -> String {
        self.world().plant_application(orgname, name)
    }

    /// Plants what scripts plant by `POST /_fake/plant`.
    pub fn plant(&self, given: &Value) {
        plant::plant(&mut self.world(), given).expect("it can be planted");
    }

    /// Changes an organization behind the client's back.
    pub fn change(&self, orgname: &str, change: impl FnOnce(&mut Organization)) {
        change(self.world().organization_mut(orgname).expect("the organization exists"));
    }

    /// Deletes an organization behind the client's back. Its name is free at once.
    pub fn delete_organization(&self, name: &str) {
        let mut world = self.world();
        world.delete_organization(name);
        world.deleted_names.retain(|deleted| deleted.name != name);
    }

    /// Deletes an application behind the client's back.
    pub fn delete_application(&self, orgname: &str, client_id: &str) {
        self.change(orgname, |organization| {
            organization.applications.retain(|application| application.client_id != client_id);
        });
    }

    /// The organization as it is now, with what Quay never tells.
    pub fn organization(&self, name: &str) -> Option<Organization> {
        self.world().organization(name).cloned()
    }

    /// The names of all organizations, in the order of their creation.
    pub fn organizations(&self) -> Vec<String> {
        self.world().organizations.iter().map(|found| found.name.clone()).collect()
    }

    /// The applications of an organization; none if it does not exist.
    pub fn applications(&self, orgname: &str) -> Vec<Application> {
        self.organization(orgname).map_or_else(Vec::new, |found| found.applications)
    }

    /// The proxy cache of an organization, with its credentials.
    pub fn proxy_cache(&self, orgname: &str) -> Option<ProxyCache> {
        self.organization(orgname)?.proxy_cache
    }

    /// Who is in any team of an organization.
    pub fn members(&self, orgname: &str) -> Vec<String> {
        let organization = self.organization(orgname);
        let teams = organization.map_or_else(Vec::new, |organization| organization.teams);
        let mut members: Vec<String> = teams.into_iter().flat_map(|team| team.members).collect();
        members.sort();
        members.dedup();
        members
    }

    /// Everything as JSON, as `GET /_fake/state` shows it.
    pub fn state(&self) -> Value {
        state::show(&self.world())
    }

    /// Every request since the last clearing.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.shared.requests.all()
    }

    /// Empties the log.
    pub fn clear_requests(&self) {
        self.shared.requests.clear();
    }

    /// Frees the names of deleted organizations, as the garbage collector does.
    pub fn collect(&self) {
        self.world().collect();
    }

    /// Plants a fault.
    pub fn fault(&self, fault: Fault) {
        self.shared.faults.add(fault);
    }

    /// How many requests were struck by faults so far, those still waiting included.
    pub fn struck(&self) -> usize {
        self.shared.faults.struck()
    }

    /// Waits until so many requests were struck.
    pub async fn until_struck(&self, times: usize) {
        self.shared.faults.until_struck(times).await;
    }

    /// Takes all faults away.
    pub fn clear_faults(&self) {
        self.shared.faults.clear();
    }

    /// Hangs up on every connection, new or open, while `refusing`.
    pub fn refuse_connections(&self, refusing: bool) {
        self.shared.refusing.store(refusing, Ordering::Release);
    }

    /// Really refuses connections, once so many more requests were answered. Only a fake that was
    /// built `with_door` can.
    pub async fn refuse_after(&self, requests: usize) {
        self.shared.door.close_after(requests).await;
    }

    /// Whether as many requests came as `refuse_after` waits for.
    pub fn has_refused(&self) -> bool {
        self.shared.door.has_closed()
    }

    /// Takes connections again.
    pub async fn accept_again(&self) {
        self.shared.door.open().await;
    }

    /// Waits until everything that Quay does late is done.
    pub async fn no_late_act(&self) {
        self.shared.faults.no_late_act().await;
    }

    /// Lets creations of proxy caches race: as in a real Quay, which looks and writes apart, a
    /// second one is accepted, too. The first is shown, and one deletion removes all.
    pub fn race_proxy_caches(&self) {
        self.world().racing_proxy_caches = true;
    }

    /// Teaches Quay's name service a name.
    pub fn resolve(&self, name: &str, address: IpAddr) {
        self.shared.resolver.lock().expect("no handler panics").name(name, address);
    }

    /// Lets a mock registry, known by its port in the recordings, answer for a host with a
    /// certificate that Quay trusts.
    pub fn trusted_upstream(&self, host: &str, port: u16) {
        self.shared.resolver.lock().expect("no handler panics").trust(host, port);
    }

    /// Says where an upstream on that loopback port really listens.
    pub fn upstream_port(&self, port: u16, address: SocketAddr) {
        self.shared.resolver.lock().expect("no handler panics").port(port, address);
    }
}

impl Drop for FakeQuay {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
