//! The pages below `docs/` are what the provider declares, and lead nowhere wrong.
//!
//! `make generate` writes them.

#[path = "docs/format.rs"]
mod format;
#[path = "docs/links.rs"]
mod links;
#[path = "docs/map.rs"]
mod map;
#[path = "docs/page.rs"]
mod page;
#[path = "docs/schema.rs"]
mod schema;
mod support;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use support::catalog::{Kind, entries};
use support::files::{root, walk};
use terraform_provider_quay::provider::QuayProvider;
use terraform_provider_quay::terraform::provider::Provider;
use terraform_provider_quay::terraform::schema::{Attribute, Literal};

/// What is below `docs/` and not made of schemas and examples.
const BY_HAND: [&str; 5] = ["guides", "demo.svg", "benchmarks.md", "benchmarks.svg", "stress.md"];

/// Writes the pages if that is wanted, once and before any test looks at them.
static WRITTEN: LazyLock<()> = LazyLock::new(|| {
    if wants_update() {
        write();
    }
});

#[allow(clippy::disallowed_methods, reason = "the only way to tell a test something")]
fn wants_update() -> bool {
    std::env::var_os("UPDATE").is_some_and(|it| it == "1")
}

/// Writes all pages, and removes those of what there is no more. Whatever goes wrong with the pages
/// goes wrong before anything is removed.
fn write() {
    let pages = page::all();
    for kind in Kind::ALL {
        let folder = docs().join(kind.folder());
        if folder.exists() {
            std::fs::remove_dir_all(&folder).expect("it can be removed");
        }
        std::fs::create_dir_all(&folder).expect("it can be made");
    }
    for (place, page) in pages {
        std::fs::write(docs().join(place), page).expect("it can be written");
    }
}

fn docs() -> PathBuf {
    root().join("docs")
}

#[test]
fn every_page_is_what_the_provider_and_the_examples_say() {
    LazyLock::force(&WRITTEN);
    for (place, page) in page::all() {
        let found = std::fs::read_to_string(docs().join(&place)).unwrap_or_default();
        assert!(found == page, "docs/{} is not up to date: run `make generate`", place.display());
    }
}

/// Row 71.
#[test]
fn every_type_has_a_page_and_every_page_a_type() {
    LazyLock::force(&WRITTEN);
    let mut found = Vec::new();
    walk(&docs(), &mut found);
    let places = found.iter().map(|file| file.strip_prefix(docs()).expect("it is below docs"));
    let places = places.filter(|place| !BY_HAND.iter().any(|folder| place.starts_with(folder)));
    let places: BTreeSet<PathBuf> = places.map(Path::to_owned).collect();
    let expected: BTreeSet<PathBuf> = page::all().into_keys().collect();
    assert_eq!(places, expected, "run `make generate`");
}

#[test]
fn every_type_has_an_example_and_every_example_a_type() {
    for kind in Kind::ALL {
        let found = entries(&root().join("examples").join(kind.folder()));
        assert_eq!(found, kind.names(), "examples/{}", kind.folder());
        for name in kind.names() {
            let files = entries(&kind.example(name));
            let mut expected = vec![kind.example_file()];
            if kind == Kind::Resource {
                let imports = ["import-by-identity.tf", "import-by-string-id.tf", "import.sh"];
                expected.splice(0..0, imports);
            }
            assert_eq!(files, expected, "{}", kind.example(name).display());
        }
    }
}

#[test]
fn every_link_leads_somewhere() {
    LazyLock::force(&WRITTEN);
    for file in links::texts() {
        let broken = links::broken(&file);
        assert!(broken.is_empty(), "{} has broken links: {broken:?}", file.display());
    }
}

/// Texts are read where they are written, whichever folder that is.
#[test]
fn the_texts_of_every_folder_are_looked_at() {
    let texts = links::texts();
    for name in ["README.md", "docs/index.md", "fuzz/README.md", "tests/README.md"] {
        assert!(texts.contains(&root().join(name)), "{name}");
    }
    let foreign = ["target", ".tools"].map(|folder| root().join(folder));
    assert!(!texts.iter().any(|text| foreign.iter().any(|folder| text.starts_with(folder))));
}

#[test]
fn links_and_anchors_are_found_where_markdown_sees_them() {
    let text = "# A: big `Heading`\n[a](b.md#c) `[no](code)` [`c`](d)\n\n```\n[no](fence)\n```\n\
                ## Same\n## Same\n[r]: e.md\n<a id=\"here\"></a>\n";
    assert_eq!(links::targets(text), ["b.md#c", "d", "e.md"]);
    let anchors: Vec<String> = links::anchors(text).into_iter().collect();
    assert_eq!(anchors, ["a-big-heading", "here", "same", "same-1"]);
}

/// A reader of a description learns what the schema's flags do.
#[test]
fn descriptions_say_what_the_flags_do() {
    let types = Kind::ALL.into_iter().flat_map(|kind| {
        kind.names().into_iter().filter_map(move |name| Some((name, kind.schema(name)?)))
    });
    let settings = ("provider", const { &QuayProvider::SCHEMA });
    for (name, schema) in types.chain([settings]) {
        assert!(is_prose(schema.description), "{name}: {:?}", schema.description);
        check_all(name, schema.attributes);
    }
    for function in QuayProvider::FUNCTIONS {
        assert!(is_prose(function.description), "{}", function.name);
        for parameter in function.parameters {
            assert!(is_prose(parameter.description), "{}: {}", function.name, parameter.name);
        }
    }
}

/// Sentences, and nothing that a page would show oddly.
fn is_prose(text: &str) -> bool {
    text.ends_with('.') && !text.contains("  ") && text.starts_with(|it: char| it.is_uppercase())
}

fn check_all(place: &str, attributes: &'static [Attribute]) {
    for attribute in attributes {
        let (place, text) = (format!("{place}.{}", attribute.name), attribute.description);
        assert!(is_prose(text), "{place}: {text:?}");
        let needs = |words: &str| assert!(text.contains(words), "{place} does not say {words:?}");
        if attribute.replaces {
            needs("Changing this ");
        }
        if let Some(default) = attribute.default {
            needs(&match default {
                Literal::Bool(it) => format!("Default `{it}`"),
                Literal::Integer(it) => format!("Default `{it}`"),
                Literal::String(it) => format!("Default `\"{it}\"`"),
            });
        }
        check_all(&place, attribute.kind.nested().unwrap_or_default());
    }
}
