//! A Quay that fits into a test: stateful, on loopback, true to recordings of a real one.
//!
//! `tests/contract.rs` holds it against `tests/data`, case by case. It answers by the rules that
//! the recordings show, so that it also answers what was never recorded.
//!
//! Not modelled:
//! - users' own namespaces, images, tags, pushes and pulls;
//! - mirrors, quotas, notifications, autoprune, prototypes, tokens of applications, logs;
//! - two requests that race: the database is locked for the whole of each;
//! - team permissions on repositories, team synchronisation, invitations being accepted;
//! - sessions, log-ins, e-mails being sent;
//! - TLS to upstream registries: none on loopback has a certificate that Quay would trust;
//! - repositories of a deleted organization are 403 as on main; v3.18 and older answer 404;
//! - headers beyond `content-type`, `allow`, `location`, `vary`, `cache-control`, `retry-after`.

#![allow(dead_code, unreachable_pub, reason = "each test file uses a part of it")]

mod application;
mod avatar;
mod builder;
mod call;
mod control;
mod door;
mod fake;
mod faults;
mod fixtures;
mod listener;
mod load;
mod member;
mod mock_registries;
mod names;
mod organization;
mod pages;
mod plant;
mod proxy_cache;
mod python;
mod random;
mod records;
mod reply;
mod repository;
mod requests;
mod robot;
mod route;
mod schema;
mod server;
mod state;
mod superuser;
mod switches;
mod team;
mod upstream;
mod user;
mod world;

#[allow(unused_imports, reason = "each test file uses a part of it")]
pub use self::{
    builder::Builder,
    fake::FakeQuay,
    faults::{Fault, FaultKind},
    plant::{ALL_SCOPES, USER_SCOPES},
    records::{Application, Organization, ProxyCache, Role},
    requests::LoggedRequest,
    switches::{Profile, Release, Switches},
    world::World,
};
