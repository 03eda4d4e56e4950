//! Attributes that many types have in common.

use super::checks;
use crate::terraform::schema::Attribute;

/// The organization in which something is looked up or done.
pub(super) const ORGNAME: Attribute = Attribute::string("orgname", "Name of the organization.")
    .required()
    .checked(&[checks::organization_name]);
