//! The guides, and the examples that belong to them: what they say is what happens.

use super::suite::features::{accept_the_other_provider, state_of_the_other_provider};
use super::suite::{Stage, json};
use super::support::files::{files, root, text, walk};
use super::support::terraform_cli::{VERSIONS, Workspace};

/// The blocks of code in a language that a text shows.
pub(super) fn blocks(text: &str, language: &str) -> Vec<String> {
    let opening = format!("```{language}\n");
    let blocks = text.split(&opening).skip(1);
    blocks.map(|rest| rest.split("```").next().unwrap_or_default().to_owned()).collect()
}

pub(super) fn guide(name: &str) -> String {
    text(&root().join("docs/guides").join(format!("{name}.md")))
}

/// Copies an example, with everything below it, into a folder of a workspace.
pub(super) fn copy(workspace: &Workspace, example: &str, folder: &str) {
    let example = root().join("examples").join(example);
    let mut found = Vec::new();
    walk(&example, &mut found);
    for file in found {
        let place = workspace.path().join(folder).join(file.strip_prefix(&example).expect("below"));
        std::fs::create_dir_all(place.parent().expect("a folder")).expect("it can be made");
        std::fs::copy(&file, place).expect("it can be copied");
    }
}

#[test]
fn every_configuration_in_the_guides_is_valid_and_formatted() {
    for version in VERSIONS {
        let mut checked = 0;
        for file in files(&root().join("docs/guides"), "md") {
            let guide = text(&file);
            for block in blocks(&guide, "terraform") {
                let workspace = Workspace::new(version);
                workspace.write_file("main.tf", &block);
                for arguments in [["validate", "-no-color"], ["fmt", "-check"]] {
                    let run = workspace.run(&arguments);
                    assert_eq!(run.code, 0, "{version}, {}:\n{}", file.display(), run.text);
                }
                checked += 1;
            }
        }
        assert!(checked >= 3, "the blocks were not found");
    }
}

/// The organization of the guide, in Quay and in a state of the other provider.
fn take_over(stage: &Stage) {
    let email = "ops@acme.example";
    stage.by_hand("POST", "organization/", Some(&json!({ "name": "acme", "email": email })));
    stage.workspace.write_file("terraform.tfstate", &state_of_the_other_provider(email));
}

#[tokio::test]
async fn a_whole_state_is_taken_over_as_the_guide_says() {
    for version in VERSIONS {
        let stage = Stage::new(version, "").await;
        let guide = guide("moving-from-enthought");
        stage.workspace.write_file("main.tf", &blocks(&guide, "terraform")[0]);
        take_over(&stage);
        stage.quay.clear_requests();
        let command = &blocks(&guide, "shell")[0];
        stage.workspace.script(&command.replace("provider ", "provider -auto-approve "));
        stage.workspace.plan_is_empty();
        assert!(stage.quay.requests().iter().all(|it| it.method == "GET"), "nothing is changed");
        // Another name means another organization, and the guard is before it.
        stage.with_repository("acme", "precious");
        let renamed = blocks(&guide, "terraform")[0].replace("\"acme\"\n", "\"other\"\n");
        stage.workspace.write_file("main.tf", &renamed);
        stage.workspace.plan_shows("must be replaced");
        stage.workspace.apply_fails().says("precious").says("force_destroy");
        assert!(stage.is_there("acme"));
        stage.workspace.write_file("main.tf", &blocks(&guide, "terraform")[1]);
        let destroy = ["destroy", "-auto-approve", "-no-color"];
        assert_eq!(stage.workspace.run(&destroy).says("prevent_destroy").code, 1);
    }
}

#[tokio::test]
async fn single_organizations_are_moved_as_the_guide_says() {
    for version in VERSIONS {
        let stage = Stage::new(version, "").await;
        accept_the_other_provider(&stage.workspace);
        take_over(&stage);
        let block = &blocks(&guide("moving-from-enthought"), "hcl")[0];
        // The team is the old provider's, which is not here.
        let (ours, _) = block.split_once("resource \"quay_organization_team\"").expect("a team");
        stage.workspace.write_file("main.tf", ours);
        stage.workspace.apply().says("0 added, 0 changed, 0 destroyed");
        stage.workspace.plan_is_empty();
        let email = stage.workspace.state("quay_organization.acme_org")["email"].clone();
        assert_eq!(email, json!("ops@acme.example"));
    }
}
