//! Quay's errors as Terraform's.

use crate::{quay, terraform};

impl From<quay::Error> for terraform::Error {
    fn from(error: quay::Error) -> Self {
        Self::new(error.to_string())
    }
}
