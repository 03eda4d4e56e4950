//! What the project says about its own files.

use super::links::{NOT_OURS, prose};
use super::support::files::{root, text, walk};
use std::path::{Path, PathBuf};

#[test]
fn every_path_in_the_descriptions_of_the_project_is_there() {
    let mut there = Vec::new();
    for folder in ["benches", "fuzz/src", "scripts", "src", "tests"] {
        walk(&root().join(folder), &mut there);
    }
    for name in ["ARCHITECTURE.md", "CONTRIBUTING.md", "tests/README.md"] {
        let content = text(&root().join(name));
        let paths = paths(&content);
        assert!(paths.len() > 5, "{name}: {paths:?}");
        for path in paths {
            assert!(is_there(&there, path), "{name} names {path}, which is not there");
        }
    }
}

/// Whether a path leads to a file or a folder, from the project's folder or from one within it; what
/// only tools make need not be there.
fn is_there(files: &[PathBuf], path: &str) -> bool {
    let made = NOT_OURS.iter().any(|folder| path.trim_end_matches('/') == *folder);
    made || root().join(path).exists()
        || files.iter().flat_map(|file| file.ancestors()).any(|it| it.ends_with(path))
}

/// A newcomer who opens any file finds out from the map what kind of file it is.
#[test]
fn the_map_of_the_code_leaves_no_file_out() {
    let content = text(&root().join("ARCHITECTURE.md"));
    let map = content.split("## Code map").nth(1).and_then(|rest| rest.split("\n## ").next());
    let rows = map.expect("a map").lines().filter(|line| line.starts_with("| `"));
    let places: Vec<PathBuf> = rows.flat_map(places).collect();
    let mut files = Vec::new();
    walk(&root().join("src"), &mut files);
    for file in files {
        let file = file.strip_prefix(root()).expect("below the root");
        let named =
            places.iter().any(|place| file.starts_with(place.with_extension("")) || file == place);
        let root_of_crate = file.parent() == Some(Path::new("src"));
        assert!(
            named || root_of_crate || file.ends_with("mod.rs"),
            "the map leaves {} out",
            file.display()
        );
    }
}

/// The paths that a text names between backticks: files of Rust and Python, and folders. One with a
/// word in capitals, such as `NOUN.rs`, stands for many, and one that begins with a slash is Quay's.
fn paths(content: &str) -> Vec<&str> {
    let quoted = prose(content).flat_map(|line| line.split('`').skip(1).step_by(2));
    let is_path =
        |it: &&str| it.ends_with('/') || [".rs", ".py"].iter().any(|end| it.ends_with(end));
    let is_one =
        |it: &&str| !it.starts_with('/') && !it.contains(|it: char| it.is_uppercase() || it == ' ');
    quoted.filter(is_path).filter(is_one).collect()
}

/// The places that a row of the map names in its first column. One without a folder, and a folder
/// that is not there from the project's own, lies beside the first.
fn places(row: &str) -> Vec<PathBuf> {
    let cell = row.split('|').nth(1).unwrap_or_default();
    let names: Vec<&str> = cell.split('`').skip(1).step_by(2).collect();
    let first = Path::new(names.first().copied().unwrap_or_default());
    let beside = first.parent().unwrap_or(first);
    let place = |name: &str| {
        if root().join(name).exists() { PathBuf::from(name) } else { beside.join(name) }
    };
    names.into_iter().map(place).collect()
}
