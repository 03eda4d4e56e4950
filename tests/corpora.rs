//! The seeds of the fuzz targets, and what the targets once found, through the same functions
//! without the fuzzer.

#[path = "../fuzz/src/lib.rs"]
mod fuzz;

use std::fs;
use std::panic;
use std::path::Path;
use std::sync::Mutex;
use terraform_provider_quay::terraform::serve::contained;

/// The places of all panics in this process, be they caught or not.
static PANICS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// From now on every panic is written down.
fn watch() {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        PANICS.lock().expect("nobody panics here").push(place);
    }));
}

fn panics() -> Vec<String> {
    std::mem::take(&mut *PANICS.lock().expect("nobody panics here"))
}

/// Runs a target on its corpus and names the inputs that it panics on.
fn replay(target: &str, run: fn(&[u8])) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut inputs: Vec<_> =
        fs::read_dir(&folder).expect("a corpus").map(|it| it.expect("a file").path()).collect();
    inputs.sort();
    assert!(inputs.len() >= 10, "{target} has a corpus of {} files", inputs.len());
    let mut failures = Vec::new();
    for input in inputs {
        let bytes = fs::read(&input).expect("a readable file");
        let run = panic::catch_unwind(|| run(&bytes));
        let panics = panics();
        if run.is_err() || !panics.is_empty() {
            let name = input.file_name().unwrap_or_default().to_string_lossy().into_owned();
            failures.push(format!("{target}/{name}: {}", panics.join(", ")));
        }
    }
    failures
}

/// One test, because a panic hook belongs to the whole process.
#[test]
fn no_input_of_the_corpora_makes_anything_panic() {
    watch();
    let mut failures = replay("msgpack", fuzz::msgpack::run);
    failures.extend(replay("state_upgrade", fuzz::state_upgrade::run));
    failures.extend(replay("rpc", fuzz::rpc::run));
    failures.extend(replay("quay_answer", fuzz::quay_answer::run));
    failures.extend(replay("conversation", fuzz::conversation::run));
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let noticed = runtime.block_on(contained(async { assert!(std::hint::black_box(false)) }));
    let (noticed, panics) = (noticed.is_err(), panics());
    let _ = panic::take_hook();
    assert_eq!(failures, Vec::<String>::new());
    assert!(noticed && panics.len() == 1, "a contained panic went unnoticed: {panics:?}");
}
