//! What came of a creation whose answer was lost, and how a user gets hold of it.

use crate::quay::{self, Quay};
use crate::terraform::Error;
use std::time::Duration;

/// The pauses between looks for what Quay may make only later.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(3)];

/// Looks for what a request may have made whose answer was lost; `None` where it is not there. Where
/// Quay may still be at it, it is looked for a few times, unless the provider is asked to stop.
pub(super) async fn look_for<Found, Look: Future<Output = quay::Result<Option<Found>>>>(
    quay: &Quay,
    lost: &quay::Error,
    look: impl Fn() -> Look,
) -> quay::Result<Option<Found>> {
    let mut found = look().await?;
    for pause in PAUSES {
        let is_done = found.is_some() || !lost.may_act_later();
        if is_done || quay.pause(pause, "the wait for a late creation").await.is_err() {
            break;
        }
        found = look().await?;
    }
    Ok(found)
}

/// A creation whose answer was lost, and of which nothing was found afterwards. `id` is what it
/// would be imported by.
pub(super) fn not_found(lost: &quay::Error, id: &str) -> Error {
    let happening = lost.happening();
    if !lost.may_act_later() {
        return Error::new(format!("{happening} A look afterwards did not find it. Apply again."));
    }
    Error::new(format!(
        "{happening} A look afterwards did not find it, but Quay may still make it. {} Apply again \
         only where that finds nothing.",
        import_first(id)
    ))
}

/// A creation whose answer was lost, and what came of it could not be seen either.
pub(super) fn unresolved(lost: &quay::Error, what: &str, again: &quay::Error, id: &str) -> Error {
    Error::new(format!(
        "{} Whether {what} was created could not be found out: {again} {} Apply again only where \
         that finds nothing.",
        lost.happening(),
        import_first(id)
    ))
}

fn import_first(id: &str) -> String {
    format!("Try to import it first: {}.", import_command(id))
}

/// The command that imports an object, made to be copied into a shell: what means something there is
/// quoted.
pub(super) fn import_command(id: &str) -> String {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "/._-+".contains(it);
    if id.chars().all(is_plain) {
        return format!("`terraform import ADDRESS {id}`");
    }
    if id.chars().any(char::is_control) {
        return format!("`terraform import ADDRESS ID`, where ID stands for {id:?}");
    }
    format!("`terraform import ADDRESS '{}'`", id.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_command_does_nothing_else_in_a_shell() {
        assert_eq!(import_command("acme/ci"), "`terraform import ADDRESS acme/ci`");
        assert_eq!(import_command("acme/my app"), "`terraform import ADDRESS 'acme/my app'`");
        let quoted = r"`terraform import ADDRESS 'acme/a'\''; rm -r $HOME'`";
        assert_eq!(import_command("acme/a'; rm -r $HOME"), quoted);
        let controlling = import_command("acme/a\nrm");
        assert_eq!(
            controlling,
            r#"`terraform import ADDRESS ID`, where ID stands for "acme/a\nrm""#
        );
    }
}
