//! The table of tests in `tests/README.md`: which test covers which row of the protocol's checklist.
//!
//! A test names its rows in its doc comment. `UPDATE=1` writes the table.

#[path = "support/files.rs"]
#[allow(dead_code, unreachable_pub, reason = "each test file uses a part of it")]
mod files;

use files::{files, root, text};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The last row of the checklist.
const ROWS: u32 = 71;
/// What stands before the table.
const HEAD_END: &str = "| row | tests |\n|---|---|\n";

/// The rows that the first sentence of a doc comment names, such as `Rows 6, 7 and 9 to 11`.
fn rows(comment: &str) -> Vec<u32> {
    let Some(rest) = comment.strip_prefix("Row") else { return Vec::new() };
    let named = rest.trim_start_matches('s').split([':', '.', ';']).next().unwrap_or_default();
    let words = named.split([' ', ',']).filter(|word| !word.is_empty());
    let mut rows: Vec<u32> = Vec::new();
    let mut through = false;
    for word in words {
        match word.parse::<u32>() {
            Ok(row) if through => {
                let after = rows.last().map_or(row, |last| last + 1);
                rows.extend(after..=row);
                through = false;
            }
            Ok(row) => rows.push(row),
            Err(_) if word == "to" => through = true,
            Err(_) if word == "and" => {}
            Err(_) => break,
        }
    }
    rows
}

/// For each row the tests that name it.
fn table() -> BTreeMap<u32, Vec<String>> {
    let sources = ["src", "tests"].map(|folder| files(&root().join(folder), "rs")).concat();
    let mut table: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for file in sources {
        let text = text(&file);
        let place = file.strip_prefix(root()).expect("below the root").display().to_string();
        let mut named = Vec::new();
        for line in text.lines().map(str::trim) {
            if let Some(comment) = line.strip_prefix("/// ") {
                named.extend(rows(comment));
            } else if let Some((_, rest)) = line.split_once("fn ").filter(|_| !named.is_empty()) {
                let name = rest.split('(').next().unwrap_or_default();
                for row in named.drain(..) {
                    table.entry(row).or_default().push(format!("`{place}`: `{name}`"));
                }
            }
        }
    }
    table
}

#[test]
fn the_table_names_a_test_for_every_row() {
    let table = table();
    let missing: Vec<_> = (1..=ROWS).filter(|row| !table.contains_key(row)).collect();
    assert!(missing.is_empty(), "no test names the rows {missing:?}");
    assert!(table.keys().all(|row| (1..=ROWS).contains(row)), "a row that does not exist");
}

#[test]
#[allow(clippy::disallowed_methods, reason = "the switch for writing is an environment variable")]
fn the_readme_shows_the_table() {
    let path = root().join("tests/README.md");
    let readme = text(&path);
    let (head, _) = readme.split_once(HEAD_END).expect("the head of the table");
    let mut expected = format!("{head}{HEAD_END}");
    for (row, tests) in table() {
        writeln!(expected, "| {row} | {} |", tests.join("<br>")).expect("memory");
    }
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, expected).expect("it can be written");
    } else {
        assert!(readme == expected, "UPDATE=1 cargo test --test rows writes tests/README.md anew");
    }
}

#[test]
fn rows_are_read_from_what_people_write() {
    assert_eq!(rows("Row 16: the broker hangs up."), [16]);
    assert_eq!(rows("Rows 39, 40, 48 to 50 and 55, for every noun."), [39, 40, 48, 49, 50, 55]);
    assert_eq!(rows("Rows are many."), []);
}
