//! The guide about errors: what it quotes is what the provider says.

use super::guides::guide;
use super::support::files::{files, root, text};

/// The pieces of errors that the guide quotes: the first cell of each row that begins with code.
fn quoted(guide: &str) -> Vec<&str> {
    let cells = guide.lines().filter_map(|line| line.strip_prefix("| `"));
    cells.map(|rest| rest.split_once('`').expect("the code ends").0).collect()
}

/// The constant pieces of all literals in a source: lines that go on are joined, and what is filled
/// in splits a literal. Tests at the end of a file say nothing to users.
fn constants(source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let code = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code = code.collect::<Vec<_>>().join("\n").replace("'\"'", "").replace("\\\\", "\u{2}");
    let code = code.replace("\\\"", "\u{1}");
    let literals = code.split('"').skip(1).step_by(2);
    literals.flat_map(|literal| literal.split(['{', '}']).step_by(2).map(joined)).collect()
}

/// A literal without the line breaks that Rust leaves out.
fn joined(literal: &str) -> String {
    let mut parts = literal.split("\\\n");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |joined, part| joined + part.trim_start())
}

#[test]
fn every_error_that_the_guide_quotes_is_one_of_the_providers() {
    let sources = files(&root().join("src"), "rs");
    let said: Vec<String> = sources.iter().flat_map(|file| constants(&text(file))).collect();
    let guide = guide("troubleshooting");
    let quoted = quoted(&guide);
    assert!(quoted.len() > 80, "the rows were not found");
    let is_said = |fragment: &&str| said.iter().any(|constant| constant.contains(*fragment));
    let unknown: Vec<&str> = quoted.into_iter().filter(|fragment| !is_said(fragment)).collect();
    assert_eq!(unknown, [""; 0], "no error says so");
}

#[test]
fn literals_are_read_as_rust_reads_them() {
    let source = "f(\"One {two} \\\n         three\"); // \"\n// \"no\ng('\"', \"a \\\"b\");";
    let expected = ["One ", " three", "a \u{1}b"];
    assert_eq!(constants(&source.replace(" // \"\n", "\n")), expected);
}
