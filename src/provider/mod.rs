//! Which of Quay's objects Terraform sees, and how.
//!
//! [`QuayProvider`] lists everything that the provider offers; each noun has a file.

mod actions;
mod application;
mod application_secret;
mod attributes;
mod checks;
mod data;
mod errors;
mod functions;
mod lists;
mod lost;
mod member_allowlist;
mod organization;
mod proxy_cache;
mod settings;

use crate::quay::Quay;
use crate::terraform::action::{AnyAction, action};
use crate::terraform::data_source::{AnyDataSource, data_source};
use crate::terraform::diagnostic::{Diagnostic, Result};
use crate::terraform::function::Function;
use crate::terraform::list::{AnyList, list};
use crate::terraform::provider::Provider;
use crate::terraform::resource::{AnyResource, resource};
use crate::terraform::schema::Schema;
use crate::terraform::value::Value;
use serde_json::Value as Json;
use tokio_util::sync::CancellationToken;

/// The provider, with everything that it offers.
#[derive(Debug)]
pub struct QuayProvider;

impl Provider for QuayProvider {
    type Api = Quay;

    const NAME: &'static str = "quay";
    const SCHEMA: Schema = settings::SCHEMA;
    const RESOURCES: &'static [&'static dyn AnyResource<Quay>] = &[
        resource::<Quay, organization::Organization>(),
        resource::<Quay, application::Application>(),
        resource::<Quay, proxy_cache::ProxyCache>(),
        resource::<Quay, member_allowlist::MemberAllowlist>(),
    ];
    const DATA_SOURCES: &'static [&'static dyn AnyDataSource<Quay>] = &[
        data_source::<Quay, data::organization::Organization>(),
        data_source::<Quay, data::org_application::Application>(),
        data_source::<Quay, data::org_applications::Applications>(),
        data_source::<Quay, data::application::Application>(),
        data_source::<Quay, data::org_member::Member>(),
        data_source::<Quay, data::org_members::Members>(),
        data_source::<Quay, data::org_collaborators::Collaborators>(),
        data_source::<Quay, data::proxy_cache::ProxyCache>(),
    ];
    const EPHEMERAL_RESOURCES: &'static [&'static dyn AnyDataSource<Quay>] =
        &[data_source::<Quay, application_secret::ApplicationSecret>()];
    const LISTS: &'static [&'static dyn AnyList<Quay>] = &[
        list::<Quay, lists::organization::Organizations>(),
        list::<Quay, lists::org_application::Applications>(),
    ];
    const ACTIONS: &'static [&'static dyn AnyAction<Quay>] = &[
        action::<Quay, actions::remove_org_member::RemoveOrgMember>(),
        action::<Quay, actions::validate_proxy_cache::ValidateProxyCache>(),
    ];
    const FUNCTIONS: &'static [Function] = &[functions::DURATION_SECONDS, functions::PROXIED_IMAGE];

    fn validate(config: &Value) -> Vec<Diagnostic> {
        settings::validate(config)
    }

    fn configure(
        settings: Json,
        stop: CancellationToken,
    ) -> Result<(Quay, Vec<Diagnostic>), Vec<Diagnostic>> {
        settings::configure(&settings, stop)
    }
}
