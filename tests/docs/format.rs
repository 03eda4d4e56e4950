//! What the Registry wants of a page, and `tfplugindocs validate` looks at.

use super::links::prose;
use super::page::title;
use super::support::catalog::Kind;
use super::support::files::{text, walk};
use super::{WRITTEN, docs};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

/// The Registry shows no page that is larger, in bytes.
const LARGEST: usize = 500_000;
/// What may stand in front of a page. The older `layout` and `sidebar_current` may not.
const KEYS: [&str; 3] = ["page_title", "subcategory", "description"];

/// What is wrong with a page, by its place below `docs/`; nothing where it is as it should be.
pub(crate) fn problems(place: &Path, page: &str) -> Vec<String> {
    let mut found = Vec::new();
    if place.extension().is_none_or(|it| it != "md") {
        found.push("its name does not end with .md".to_owned());
    }
    if page.len() >= LARGEST {
        found.push("it is too large".to_owned());
    }
    let parts = page.strip_prefix("---\n").and_then(|it| it.split_once("\n---\n"));
    let Some((front, body)) = parts else {
        found.push("it has no front matter".to_owned());
        return found;
    };
    found.extend(problems_in_front(place, &keys(front)));
    let titles: Vec<&str> = prose(body).filter(|line| line.starts_with("# ")).collect();
    if titles.len() != 1 {
        found.push(format!("it needs one title and has {titles:?}"));
    }
    let missing = headings(place).into_iter().filter(|it| !prose(body).any(|line| line == it));
    found.extend(missing.map(|heading| format!("it has no {heading:?}")));
    found
}

fn problems_in_front(place: &Path, keys: &BTreeMap<&str, String>) -> Vec<String> {
    let mut found = Vec::new();
    for key in ["page_title", "description"] {
        if keys.get(key).is_none_or(String::is_empty) {
            found.push(format!("it has no {key}"));
        }
    }
    let index = place == Path::new("index.md");
    if keys.contains_key("subcategory") == index {
        found.push("all but the index have a subcategory, which may be empty".to_owned());
    }
    let unknown = keys.keys().filter(|key| !KEYS.contains(key));
    found.extend(unknown.map(|key| format!("{key} does not belong into the front matter")));
    found
}

/// The keys of a front matter, with what stands behind them and on the lines below.
fn keys(front: &str) -> BTreeMap<&str, String> {
    let mut found: BTreeMap<&str, String> = BTreeMap::new();
    let mut last = "";
    for line in front.lines().filter(|line| !line.starts_with('#')) {
        let (key, value) = match line.split_once(':') {
            Some((key, value)) if !line.starts_with(' ') => (key, value),
            _ => (last, line),
        };
        last = key;
        found.entry(key).or_default().push_str(value.trim_matches(['"', ' ', '|', '-']));
    }
    found
}

/// The headings that the Registry, or a reader of it, looks for.
fn headings(place: &Path) -> Vec<String> {
    let name = place.file_stem().map(|name| name.to_string_lossy()).unwrap_or_default();
    let folder = place.parent().unwrap_or(Path::new(""));
    let kind = Kind::ALL.into_iter().find(|kind| folder == Path::new(kind.folder()));
    let first = match kind {
        Some(Kind::Function) => format!("# function: {name}"),
        Some(kind) => format!("# quay_{name} ({})", title(kind)),
        None if name == "index" => "# quay Provider".to_owned(),
        None => return Vec::new(),
    };
    let others: &[&str] = match kind {
        Some(Kind::Function) => &["## Example Usage", "## Signature", "## Arguments"],
        Some(Kind::Resource) => &["## Example Usage", "## Schema", "## Import"],
        _ => &["## Example Usage", "## Schema"],
    };
    std::iter::once(first).chain(others.iter().map(|&it| it.to_owned())).collect()
}

/// Row 71.
#[test]
fn every_page_is_one_that_the_registry_shows() {
    LazyLock::force(&WRITTEN);
    let folders = Kind::ALL.map(Kind::folder).into_iter().chain(["guides"]);
    let mut files = vec![docs().join("index.md")];
    for folder in folders {
        walk(&docs().join(folder), &mut files);
    }
    assert!(files.len() > 20, "the pages were not found");
    for file in files {
        let place = file.strip_prefix(docs()).expect("it is below docs");
        let problems = problems(place, &text(&file));
        assert!(problems.is_empty(), "{}: {problems:#?}", file.display());
    }
}

#[test]
fn what_the_registry_would_not_show_is_found() {
    let front = "page_title: \"A\"\nsubcategory: \"\"\ndescription: |-\n  A.";
    let rest =
        "# quay_a (Resource)\n## Example Usage\n```sh\n# no title\n```\n## Schema\n## Import\n";
    let written = |place: &str, front: &str, rest: &str| {
        problems(Path::new(place), &format!("---\n{front}\n---\n{rest}"))
    };
    assert_eq!(written("resources/a.md", front, rest), [""; 0]);
    let large = "a".repeat(500_000);
    for (place, front, rest, problem) in [
        ("resources/a.html", front, rest, "end with .md"),
        ("resources/b.md", front, rest, "no \"# quay_b (Resource)\""),
        ("data-sources/a.md", front, rest, "no \"# quay_a (Data Source)\""),
        ("resources/a.md", front, &rest.replace("## Import", ""), "no \"## Import\""),
        ("guides/a.md", front, "", "needs one title"),
        ("guides/a.md", front, "# A\n# B\n", "needs one title"),
        ("guides/a.md", front, &large, "too large"),
        ("guides/a.md", &front.replace("  A.", ""), "# A\n", "no description"),
        ("guides/a.md", &front.replace("\"A\"", "\"\""), "# A\n", "no page_title"),
        ("guides/a.md", &format!("layout: a\n{front}"), "# A\n", "layout does not belong"),
        ("guides/a.md", "page_title: A\ndescription: A.", "# A\n", "have a subcategory"),
        ("index.md", front, "# quay Provider\n", "all but the index have a subcategory"),
    ] {
        let found = written(place, front, rest);
        assert!(found.iter().any(|it| it.contains(problem)), "{place}: {problem:?}: {found:?}");
    }
    assert_eq!(problems(Path::new("guides/a.md"), "# A\n"), ["it has no front matter"]);
}
