//! Actions: what is done once and leaves nothing in the state.

pub(super) mod remove_org_member;
pub(super) mod validate_proxy_cache;
