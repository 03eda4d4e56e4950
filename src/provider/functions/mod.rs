//! Functions: pure, and without a Quay.

mod duration_seconds;
mod proxied_image;

pub(super) use duration_seconds::DURATION_SECONDS;
pub(super) use proxied_image::PROXIED_IMAGE;
