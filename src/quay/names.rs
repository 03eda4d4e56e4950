//! The rules of Quay's for names and other texts, as far as they can be checked without asking it.
//!
//! Each check gives a sentence that says what is allowed. Source: recorded answers.

use super::error::Error;
use std::hash::{BuildHasher, Hasher, RandomState};

/// The longest text in most of Quay's columns, in characters.
pub const TEXT_MAX: usize = 255;
/// The longest e-mail address, in characters.
const EMAIL_MAX: usize = 254;
/// The longest upstream registry, in characters.
const UPSTREAM_MAX: usize = 2048;
/// The name that Quay keeps to itself.
const BOOTSTRAP_APPLICATION: &str = "__quay_bootstrap_app";

/// Names of organizations: `^[a-z0-9]+(?:[._-][a-z0-9]+)*$`, 2 to 255 characters.
pub fn check_organization_name(name: &str) -> Result<(), String> {
    let length = name.chars().count();
    let mut words = name.split(['.', '_', '-']);
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit())
    };
    if (2..=TEXT_MAX).contains(&length) && words.all(is_word) {
        return Ok(());
    }
    Err("A name of 2 to 255 lower-case letters and digits is needed, in which single `.`, `_` and \
         `-` may stand between others."
        .to_owned())
}

/// E-mail addresses of organizations: one `@`, a domain with a dot and no empty label, at most 254
/// characters.
pub fn check_email(email: &str) -> Result<(), String> {
    let valid = email.chars().count() <= EMAIL_MAX
        && !email.contains('\0')
        && email.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty()
                && !domain.contains('@')
                && domain.contains('.')
                && domain.split('.').all(|label| !label.is_empty())
        });
    if valid {
        return Ok(());
    }
    Err("An e-mail address such as `ops@example.com` is needed, of at most 254 characters. Leave \
         the attribute out where there is none."
        .to_owned())
}

/// Names that stand in a path, whoever has them.
pub fn check_segment(text: &str) -> Result<(), String> {
    if text.is_empty() || text.contains(['/', '\0']) || [".", ".."].contains(&text) {
        return Err("A name is needed, which has no `/` in it.".to_owned());
    }
    Ok(())
}

/// Texts that Quay stores in a column of 255 characters. It crashes on longer ones.
pub fn check_text(text: &str) -> Result<(), String> {
    if text.chars().count() > TEXT_MAX {
        return Err("At most 255 characters are allowed.".to_owned());
    }
    check_characters(text)
}

/// Texts of any length. Quay crashes on NUL.
pub fn check_characters(text: &str) -> Result<(), String> {
    if text.contains('\0') {
        return Err("The character NUL is not allowed.".to_owned());
    }
    Ok(())
}

/// Names of applications: 1 to 255 characters, and not the one that Quay keeps to itself.
pub fn check_application_name(name: &str) -> Result<(), String> {
    if name.is_empty() {
        return Err("A name of 1 to 255 characters is needed.".to_owned());
    }
    if name == BOOTSTRAP_APPLICATION {
        return Err(format!("Quay keeps the name `{BOOTSTRAP_APPLICATION}` to itself."));
    }
    check_text(name)
}

/// Upstream registries of proxy caches: `host[:port][/namespace]`.
pub fn check_upstream_registry(registry: &str) -> Result<(), String> {
    let host = registry.split('/').next().unwrap_or_default();
    let (name, port) = host.split_once(':').unwrap_or((host, "443"));
    let is_port = port.parse::<u16>().is_ok_and(|port| port > 0);
    let odd = |character: char| {
        character.is_whitespace() || character.is_control() || "@?#\\".contains(character)
    };
    let fits = registry.chars().count() <= UPSTREAM_MAX;
    if fits && !name.is_empty() && is_port && !registry.contains("://") && !registry.contains(odd) {
        return Ok(());
    }
    Err("A registry is needed as `host[:port][/namespace]`, such as `docker.io/library`, without \
         `https://` and without a user name or password."
        .to_owned())
}

/// Whether a text is what Quay up to 3.17 shows as e-mail where none is set: a random UUID.
pub fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    lengths == [8, 4, 4, 4, 12]
        && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// A random UUID, unlike all others but no secret.
pub(super) fn new_uuid() -> String {
    let random = || RandomState::new().build_hasher().finish();
    let (high, low) = (random(), random());
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xfff,
        low >> 48 & 0xfff,
        low & 0xffff_ffff_ffff
    )
}

/// The path of an operation, with each name percent-encoded.
///
/// Quay's web server undoes `%2F` before it looks at a path and answers with a redirect, and `.`
/// and `..` are taken for steps between folders, so such names can belong to nothing.
pub(super) fn path(segments: &[&str]) -> Result<String, Error> {
    let mut path = String::from("/api/v1");
    for segment in segments {
        if check_segment(segment).is_err() {
            return Err(Error::impossible_name(segment));
        }
        path.push('/');
        path.extend(segment.bytes().map(|byte| encode_byte(byte, b"+")));
    }
    Ok(path)
}

/// A value in a query or a form.
pub(super) fn query_value(text: &str) -> String {
    text.bytes().map(|byte| encode_byte(byte, b"")).collect()
}

fn encode_byte(byte: u8, also_plain: &[u8]) -> String {
    if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || also_plain.contains(&byte) {
        return char::from(byte).to_string();
    }
    format!("%{byte:02X}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rule: fn(&str) -> Result<(), String>, allowed: &[&str], refused: &[&str]) {
        for text in allowed {
            assert_eq!(rule(text), Ok(()), "{text:?}");
        }
        for text in refused {
            assert!(rule(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn organization_names_follow_quays_expression() {
        let (longest, too_long) = ("a".repeat(255), "a".repeat(256));
        check(
            check_organization_name,
            &["ab", "a1", "42", "a-b.c_d", "library", &longest],
            &["", "a", "Acme", "a--b", "-ab", "ab-", "a b", "ac\u{e9}", "newline\n", &too_long],
        );
    }

    #[test]
    fn email_addresses_follow_quays_rule() {
        check(
            check_email,
            &["ops@example.com", " a@b.c ", "\u{e9}@b.c"],
            &["", "nope", "a@b", "@b.c", "a@", "a@b@c.d", "a@b..c", "a@b.c.", "a@.c", "a\0@b.c"],
        );
    }

    #[test]
    fn upstream_registries_have_neither_scheme_nor_password() {
        let (longest, too_long) = ("a".repeat(2048), "a".repeat(2049));
        check(
            check_upstream_registry,
            &["docker.io", "docker.io/library", "localhost:5000/a/b", "127.0.0.1:5001", &longest],
            &[
                &too_long,
                "",
                "https://docker.io",
                "user:pw@docker.io",
                "docker.io:notaport",
                ":5000",
                "a b",
                "docker.io:0",
            ],
        );
    }

    #[test]
    fn application_names_are_of_1_to_255_characters() {
        let (longest, too_long) = ("\u{e9}".repeat(255), "x".repeat(256));
        check(
            check_application_name,
            &["ci", " padded ", &longest],
            &["", "__quay_bootstrap_app", "nul\0", &too_long],
        );
    }

    #[test]
    fn a_random_uuid_is_told_from_an_address() {
        assert!(is_uuid(&new_uuid()) && new_uuid() != new_uuid());
        assert!(is_uuid("0a9b8c7d-1234-4abc-8def-0123456789ab"));
        for text in ["", "ops@example.com", "0a9b8c7d-1234-4abc-8def-0123456789ag", "0a9b8c7d"] {
            assert!(!is_uuid(text), "{text}");
        }
    }

    #[test]
    fn names_in_paths_are_encoded_and_cannot_leave_their_place() {
        let encoded = path(&["organization", "a b?#%", "members", "acme+bot"]).expect("a path");
        assert_eq!(encoded, "/api/v1/organization/a%20b%3F%23%25/members/acme+bot");
        for name in ["a/b", "..", ".", "a\0", ""] {
            assert!(path(&["organization", name]).is_err(), "{name:?}");
        }
    }
}
