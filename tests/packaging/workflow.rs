//! The workflow that publishes a release, held against the scripts that it calls.

use super::{fail, script, succeed};
use crate::support::files::{root, text};
use std::collections::BTreeSet;

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn workflow() -> String {
    text(&root().join(".github/workflows/release.yml"))
}

/// What stands between two marks, wherever the first one is.
fn between<'a>(text: &'a str, begin: &str, end: &str) -> BTreeSet<&'a str> {
    text.split(begin).skip(1).filter_map(|rest| Some(rest.split_once(end)?.0)).collect()
}

#[test]
fn the_workflow_packs_all_platforms_that_releases_are_made_for() {
    let portable = text(&root().join("scripts/portable.py"));
    let systems = portable.split("SYSTEMS = {\n").nth(1).and_then(|it| it.split('}').next());
    let systems = between(systems.expect("a table"), "    \"", "\": ");
    let workflow = workflow();
    assert_eq!(between(&workflow, "{ target: ", ","), systems);
    let counted = format!("wc -l)\" -eq {}\n", systems.len());
    assert!(workflow.contains(&counted), "the workflow does not wait for {} zips", systems.len());
}

/// A command that the script does not know would show at the first release only.
#[test]
fn the_workflow_calls_the_script_as_it_wants_to_be_called() {
    let help = succeed(&mut script("release.py", root(), &["--help"]));
    let workflow = workflow();
    let commands = workflow.split("scripts/release.py ").skip(1);
    let commands: BTreeSet<&str> =
        commands.filter_map(|rest| rest.split([' ', ')', '\n']).next()).collect();
    assert_eq!(commands.into_iter().collect::<Vec<_>>(), ["notes", "package", "seal", "version"]);
    for command in ["notes", "package", "seal", "version"] {
        assert!(help.contains(command), "{command} is not in {help}");
    }
    assert!(workflow.contains("--notes-file notes.md"), "people read the changelog's words");
}

#[test]
fn the_notes_of_a_release_are_the_changelogs_section_of_its_version() {
    let folder = tempfile::tempdir().expect("a folder");
    let changelog = folder.path().join("CHANGELOG.md");
    let notes = |text: &str| {
        std::fs::write(&changelog, text).expect("it can be written");
        let file = changelog.to_str().expect("a path in Unicode");
        script("release.py", folder.path(), &["notes", "--changelog", file])
    };
    let older = "## 0.0.9\n\n* Old\n";
    let dated = format!("# Changelog\n\n## {VERSION} (1 May 2030)\n\n* New\n* Newer\n\n{older}");
    assert_eq!(succeed(&mut notes(&dated)), "* New\n* Newer\n");
    let open = dated.replace("1 May 2030", "unreleased");
    assert!(fail(&mut notes(&open)).contains(&format!("calls {VERSION} unreleased")));
    let longer = dated.replace(VERSION, &format!("{VERSION}0"));
    assert!(fail(&mut notes(&longer)).contains(&format!("no section of {VERSION}")));
}
