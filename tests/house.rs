//! The rules of this house that a compiler does not know.

#[path = "support/files.rs"]
#[allow(dead_code, unreachable_pub, reason = "each test file uses a part of it")]
mod files;

use files::{files, root, text};
use std::path::PathBuf;

/// All Rust files below a folder.
fn sources(folder: &str) -> Vec<PathBuf> {
    files(&root().join(folder), "rs")
}

/// `quay` says what Quay is and `terraform` what Terraform wants; only `provider` knows both.
#[test]
fn the_layers_do_not_know_each_other() {
    for (layer, others) in [
        ("quay", ["crate::terraform", "crate::provider"]),
        ("terraform", ["crate::quay", "crate::provider"]),
    ] {
        for path in sources(&format!("src/{layer}")) {
            let text = text(&path);
            for other in others {
                assert!(!text.contains(other), "{} names {other}", path.display());
            }
        }
    }
}

/// An address that is written twice is changed once.
#[test]
fn the_source_address_is_written_once() {
    let holds = |path: &PathBuf| text(path).contains("quay-rs/quay");
    let found: Vec<PathBuf> = sources("src").into_iter().filter(holds).collect();
    assert_eq!(found, [root().join("src/lib.rs")]);
}

/// The compiler refuses it, as long as nobody asks it to do otherwise.
#[test]
fn no_code_is_unsafe() {
    assert!(text(&root().join("Cargo.toml")).contains("\nunsafe_code = \"forbid\"\n"));
    // In two parts, or this very line would be found.
    let word = ["un", "safe "].concat();
    for path in sources("src") {
        let code = text(&path);
        let mut lines = code.lines().map(str::trim).filter(|line| !line.starts_with("//"));
        assert!(!lines.any(|line| line.contains(&format!("{word}{{"))), "{}", path.display());
    }
}

/// Whether there is a test of this name that is run.
fn is_test(sources: &str, name: &str) -> bool {
    let ends = [format!("fn {name}("), format!("fn {name}<")];
    ends.iter().any(|declaration| {
        sources.match_indices(declaration).any(|(place, _)| {
            // What stands between it and the end of what comes before.
            let before = &sources[..place];
            let start = before.rfind(['}', ';']).map_or(0, |end| end + 1);
            let attributes = &before[start..];
            let is_test = attributes.contains("#[test]") || attributes.contains("#[tokio::test");
            is_test && !attributes.contains("#[ignore")
        })
    })
}

#[test]
fn what_is_no_test_proves_nothing() {
    let sources = "}\n#[test]\nfn a() {}\nfn b() {}\n#[test]\n#[ignore]\nfn c() {}\n/// D.\n\
                   #[tokio::test(start_paused = true)]\nasync fn d() {}\n";
    let found = ["a", "b", "c", "d", "e"].map(|name| is_test(sources, name));
    assert_eq!(found, [true, false, false, true, false]);
}

/// A claim about security is worth as much as its test.
#[test]
fn every_claim_of_the_security_page_names_a_test_that_exists() {
    let tests = [sources("src"), sources("tests")].concat();
    let tests: String = tests.iter().map(|path| text(path)).collect();
    let page = text(&root().join("SECURITY.md"));
    let rows = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| claim"));
    let mut claims = 0;
    for row in rows {
        let (claim, proof) = row.trim_matches('|').rsplit_once('|').expect("two columns");
        let names: Vec<&str> = proof.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "no test shows that{claim}");
        for name in names {
            assert!(is_test(&tests, name), "there is no test {name}");
        }
        claims += 1;
    }
    assert!(claims > 15, "the tables were not found");
}
