//! Data sources: what can be looked up.

pub(super) mod application;
pub(super) mod org_application;
pub(super) mod org_applications;
pub(super) mod org_collaborators;
pub(super) mod org_member;
pub(super) mod org_members;
pub(super) mod organization;
pub(super) mod proxy_cache;
