//! Data sources: what can be looked up.

pub(super) mod organization;
