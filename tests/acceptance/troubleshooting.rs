//! Every error that the guide "Troubleshooting" quotes is one that the provider has.
//!
//! A quotation is the code that begins a row of a table; `…` stands for what differs.

use super::guides::guide;
use super::support::files::{files, root, text};

/// The texts in double quotes in a piece of Rust, as they are when the program runs, with
/// `{placeholders}` as they stand there. Comments and the tests at the end of a file are left out.
fn literals(source: &str) -> Vec<String> {
    let source = source.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let mut found = Vec::new();
    let mut letters = source.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '/' if letters.peek() == Some(&'/') => {
                letters.by_ref().find(|it| *it == '\n');
            }
            '\'' if letters.peek() == Some(&'"') => {
                letters.next();
            }
            '"' => found.push(literal(&mut letters)),
            _ => {}
        }
    }
    found
}

/// The rest of one text, up to its closing quotation mark.
fn literal(letters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> String {
    let mut text = String::new();
    while let Some(letter) = letters.next() {
        match (letter, letter == '\\') {
            ('"', _) => break,
            (_, false) => text.push(letter),
            (_, true) => match letters.next() {
                // The text goes on where the next line begins.
                Some('\n') => while letters.next_if(|it| it.is_whitespace()).is_some() {},
                Some('n') => text.push('\n'),
                Some(escaped) => text.push(escaped),
                None => {}
            },
        }
    }
    text
}

/// The quotations of a guide.
fn quotations(guide: &str) -> Vec<&str> {
    let rows = guide.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.filter_map(|row| row.split('`').next()).collect()
}

/// Whether a text has all constant parts of a quotation, in their order.
fn quotes(text: &str, quotation: &str) -> bool {
    let mut parts = quotation.split('…').map(str::trim);
    parts.try_fold(text, |rest, part| rest.split_once(part).map(|(_, rest)| rest)).is_some()
}

#[test]
fn every_error_in_the_guide_is_one_of_the_providers() {
    let sources = files(&root().join("src"), "rs");
    let literals: Vec<String> = sources.iter().flat_map(|file| literals(&text(file))).collect();
    let guide = guide("troubleshooting");
    let quotations = quotations(&guide);
    assert!(quotations.len() > 50, "the quotations were not found");
    let is_wrong = |quotation: &&str| !literals.iter().any(|text| quotes(text, quotation));
    let wrong: Vec<&str> = quotations.into_iter().filter(is_wrong).collect();
    assert!(wrong.is_empty(), "no error has these words any more: {wrong:#?}");
}

#[test]
fn texts_are_found_as_they_are_at_run_time() {
    let source = "// \"no\"\nf(\"one \\\n   {name}\\\"two\\\"\", '\"', \"three\")\n#[cfg(test)]\nmod tests \"no\"";
    assert_eq!(literals(source), ["one {name}\"two\"", "three"]);
    assert!(quotes("The file {place} is empty", "file … is"));
    assert!(!quotes("The file {place} is empty", "is … file"));
}
