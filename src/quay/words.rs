//! The words of others, made fit to be shown: whoever answers in place of Quay chooses them.

use serde_json::Value as Json;

/// The longest text of others that is passed on, in characters.
const TEXT_MAX: usize = 300;

/// A text that can neither fill a screen nor, by control characters, take a terminal over.
pub(super) fn plain(text: &str) -> String {
    plain_up_to(TEXT_MAX, text)
}

/// The same of so many characters.
pub(super) fn plain_up_to(most: usize, text: &str) -> String {
    let harmless = |letter: char| if letter.is_control() { ' ' } else { letter };
    text.chars().take(most).map(harmless).collect()
}

/// Quay's own words in an error's body, whichever of its shapes it has.
///
/// A schema error quotes the value that did not fit, which may be a secret, and a database error
/// quotes the statement; neither is passed on.
pub(super) fn words(json: &Json) -> String {
    let text = ["error_message", "detail", "message", "error"]
        .iter()
        .find_map(|field| json.get(field)?.as_str())
        .unwrap_or_default();
    if text.contains("Failed validating") || text.contains("is not of type") {
        return "the request does not fit Quay's schema".to_owned();
    }
    if text.contains("duplicate key value") && text.contains("email") {
        return "E-mail address already used".to_owned();
    }
    if text.contains("duplicate key value") {
        return "an object with this name already exists".to_owned();
    }
    let line = plain(text.lines().next().unwrap_or_default());
    line.trim().trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Found by the fuzz target `quay_answer`.
    #[test]
    fn what_quay_says_cannot_take_a_terminal_over() {
        let said = words(&json!({ "message": "\u{1b}[2Jno \u{7f}such\tthing.\nTraceback" }));
        assert_eq!(said, "[2Jno  such thing");
        assert_eq!(words(&json!({ "error": "x".repeat(1000) })), "x".repeat(TEXT_MAX));
    }

    /// Up to 3.17 no two organizations or users share an address, and in a race the database says so.
    #[test]
    fn a_database_error_about_an_address_is_not_one_about_a_name() {
        let of = |constraint: &str| {
            let text = format!("duplicate key value violates unique constraint \"{constraint}\"");
            words(&json!({ "message": text }))
        };
        assert_eq!(of("user_email"), "E-mail address already used");
        assert_eq!(of("user_username"), "an object with this name already exists");
    }
}
