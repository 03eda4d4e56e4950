//! Panics: one in a call is an answer to that call, any other is a crash that Terraform reports.
//!
//! The payload of a panic is shown nowhere. It may quote a value, and a value may be a secret.

use super::PluginIdentity;
use crate::terraform::log;
use futures_util::FutureExt;
use std::cell::Cell;
use std::io::Write;
use std::panic::{AssertUnwindSafe, PanicHookInfo};

tokio::task_local! {
    /// Set while a call runs that turns its panic into an answer: where it panicked.
    static PLACE: Cell<Option<String>>;
}

/// A call that panicked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Panicked {
    /// The place in the source, for a bug report.
    pub place: String,
}

/// Runs one call; a panic in it reaches neither the process nor the user's terminal.
///
/// The call must not share with others what a panic can leave half done.
pub async fn contained<F: Future>(call: F) -> Result<F::Output, Panicked> {
    let call = async {
        AssertUnwindSafe(call).catch_unwind().await.map_err(|_payload| Panicked {
            place: PLACE.with(Cell::take).unwrap_or_else(|| "an unknown place".into()),
        })
    };
    PLACE.scope(Cell::new(None), call).await
}

/// Replaces Rust's own report, which prints the payload and which Terraform does not understand.
pub(super) fn install_hook(identity: PluginIdentity) {
    std::panic::set_hook(Box::new(move |panic| report(&identity, panic)));
}

fn report(identity: &PluginIdentity, panic: &PanicHookInfo<'_>) {
    let place = panic.location().map_or_else(|| "an unknown place".into(), ToString::to_string);
    let contained = PLACE.try_with(|cell| cell.set(Some(place.clone()))).is_ok();
    if contained {
        log::write_error("a call panicked", &place);
        return;
    }
    let _ = std::io::stderr().lock().write_all(crash(identity, &place).as_bytes());
}

/// Terraform shows what follows these first letters as a crash report, logs or no logs.
fn crash(identity: &PluginIdentity, place: &str) -> String {
    format!("panic: {} {} at {place}\n", identity.program(), identity.version)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACME: PluginIdentity =
        PluginIdentity { address: "example.org/it/acme", version: "1.2.3" };

    #[tokio::test]
    async fn a_panic_in_a_call_is_its_result_and_tells_the_place() {
        let usual = std::panic::take_hook();
        install_hook(ACME);
        let panicked = contained(async { assert!(std::hint::black_box(false), "a secret") }).await;
        let unharmed = contained(async { 1 }).await;
        std::panic::set_hook(usual);
        let place = panicked.expect_err("it panics").place;
        assert!(place.contains("panics.rs:") && !place.contains("secret"), "{place}");
        assert_eq!(unharmed, Ok(1));
    }

    #[test]
    fn a_panic_outside_of_calls_is_a_crash_report_of_terraform() {
        let report = crash(&ACME, "src/main.rs:1:2");
        assert_eq!(report, "panic: terraform-provider-acme 1.2.3 at src/main.rs:1:2\n");
    }
}
