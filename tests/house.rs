//! The rules of this house that a compiler does not know.

use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = path.as_ref();
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All Rust files below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let nested = |path: PathBuf| if path.is_dir() { sources(&path) } else { vec![path] };
    let mut found: Vec<PathBuf> = paths.flat_map(nested).collect();
    found.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    found.sort();
    found
}

/// `quay` says what Quay is and `terraform` what Terraform wants; only `provider` knows both.
#[test]
fn the_layers_do_not_know_each_other() {
    for (layer, others) in [
        ("quay", ["crate::terraform", "crate::provider"]),
        ("terraform", ["crate::quay", "crate::provider"]),
    ] {
        for path in sources(&root().join("src").join(layer)) {
            let text = read(&path);
            for other in others {
                assert!(!text.contains(other), "{} names {other}", path.display());
            }
        }
    }
}

/// An address that is written twice is changed once.
#[test]
fn the_source_address_is_written_once() {
    let holds = |path: &PathBuf| read(path).contains("quay-rs/quay");
    let found: Vec<PathBuf> = sources(&root().join("src")).into_iter().filter(holds).collect();
    assert_eq!(found, [root().join("src/lib.rs")]);
}

/// A claim about security is worth as much as its test.
#[test]
fn every_claim_of_the_security_page_names_a_test_that_exists() {
    let tests = [sources(&root().join("src")), sources(&root().join("tests"))].concat();
    let tests: String = tests.iter().map(read).collect();
    let page = read(root().join("SECURITY.md"));
    let rows = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| claim"));
    let mut claims = 0;
    for row in rows {
        let (claim, proof) = row.trim_matches('|').rsplit_once('|').expect("two columns");
        let names: Vec<&str> = proof.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "no test shows that{claim}");
        for name in names {
            assert!(tests.contains(&format!("fn {name}(")), "there is no test {name}");
        }
        claims += 1;
    }
    assert!(claims > 15, "the tables were not found");
}
