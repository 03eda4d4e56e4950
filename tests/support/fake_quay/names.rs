//! Quay's rules for names and e-mails.

/// What is wrong with a name of an organization, a user, a team or a robot.
///
/// The expression ends in Python's `$`, which lets one trailing line break through.
pub fn namespace_complaint(name: &str) -> Option<&'static str> {
    let length = name.chars().count();
    if !(2..=255).contains(&length) {
        return Some("Namespace must be between 2 and 255 characters in length");
    }
    let parts = name.strip_suffix('\n').unwrap_or(name).split(['.', '_', '-']);
    let plain = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    if parts.into_iter().all(plain) {
        return None;
    }
    Some("Namespace must match expression ^([a-z0-9]+(?:[._-][a-z0-9]+)*)$")
}

/// Exactly one `@`, both sides non-empty, a domain of at least two non-empty labels; spaces and
/// other scripts pass.
pub fn is_email(email: &str) -> bool {
    let mut sides = email.split('@');
    let (Some(local), Some(domain), None) = (sides.next(), sides.next(), sides.next()) else {
        return false;
    };
    let dotted = domain.contains('.') && domain.split('.').all(|label| !label.is_empty());
    !local.is_empty() && dotted && email.chars().count() <= 254
}
