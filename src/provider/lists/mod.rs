//! List resources: what `terraform query` finds.

pub(super) mod org_application;
pub(super) mod organization;
