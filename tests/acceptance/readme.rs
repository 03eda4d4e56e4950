//! The README's first screen: what it shows works, and what it lists is all that there is.

use super::guides::blocks;
use super::support::catalog::Kind;
use super::support::fake_quay::FakeQuay;
use super::support::files::{root, text};
use super::support::terraform_cli::{VERSIONS, Workspace};

fn readme() -> String {
    text(&root().join("README.md"))
}

#[tokio::test]
async fn twelve_lines_are_a_whole_configuration() {
    let block = blocks(&readme(), "terraform")[0].clone();
    assert_eq!(block.lines().count(), 12);
    for version in VERSIONS {
        let quay = FakeQuay::start().await;
        let workspace =
            Workspace::new(version).env("QUAY_URL", quay.url()).env("QUAY_TOKEN", "admin");
        workspace.write_file("main.tf", &block);
        let checked = workspace.run(&["fmt", "-check", "-diff"]);
        assert_eq!(checked.code, 0, "{}", checked.text);
        workspace.apply().says("2 added");
        workspace.plan_is_empty();
        workspace.destroy();
    }
}

#[test]
fn every_type_is_listed() {
    let readme = readme();
    for kind in Kind::ALL {
        let row = format!("| {} | ", kind.folder().replace('-', " "));
        let row = readme.lines().find_map(|line| line.strip_prefix(&row));
        let names = row.expect("a row for each kind").split('`').skip(1).step_by(2);
        let mut names: Vec<&str> = names.collect();
        names.sort_unstable();
        assert_eq!(names, kind.names(), "{kind:?}");
    }
}
