//! The script and the jobs that find drift in CI, with real Terraform.

use super::guides::{blocks, copy, guide};
use super::suite::{Stage, json};
use super::support::fake_quay::Role;
use super::support::files::{root, text};
use super::support::terraform_cli::{VERSIONS, Workspace};

/// How the guide runs the script.
const COMMAND: &str = "./detect-drift.py";

/// What the script left.
struct Detection {
    code: String,
    stdout: String,
    stderr: String,
    /// What it wrote into the file that `GITHUB_STEP_SUMMARY` names.
    page: String,
}

/// Runs a command of the guide or of a job, with an empty page for the summary.
fn detect(workspace: &Workspace, command: &str) -> Detection {
    workspace.write_file("page", "");
    let script = format!(
        "GITHUB_STEP_SUMMARY=page; export GITHUB_STEP_SUMMARY; code=0\n\
         {command} > stdout 2> stderr || code=$?\necho \"$code\" > code"
    );
    workspace.script(&script);
    let read = |name: &str| text(&workspace.path().join(name));
    Detection {
        code: read("code").trim().to_owned(),
        stdout: read("stdout"),
        stderr: read("stderr"),
        page: read("page"),
    }
}

impl Detection {
    /// Asserts the exit code, and what the summary has to say in one place and the other.
    fn is(self, code: &str, summary: &[&str]) -> Self {
        let Self { stdout, stderr, page, .. } = &self;
        assert_eq!(self.code, code, "{stdout}\n{stderr}");
        let said = if code == "1" { stderr } else { stdout };
        assert_eq!(said, page, "the page of the run shows what is printed");
        let flat = said.split_whitespace().collect::<Vec<_>>().join(" ");
        for words in summary {
            assert!(flat.contains(words), "{words:?} is not in:\n{said}");
        }
        self
    }
}

/// The example of the guide, applied.
async fn stage(version: &'static str, more: &str) -> Stage {
    let stage = Stage::new(version, "").await;
    copy(&stage.workspace, "drift-detection", "");
    stage.workspace.write_file("more.tf", more);
    // Trouble that passes is waited for; here none passes.
    let hasty = "provider \"quay\" {\n  max_retries = 0\n}\n";
    stage.workspace.write_file("override.tf", hasty);
    stage.workspace.apply();
    stage
}

/// What the guide's summary is about: three objects that somebody touched.
fn touch(stage: &Stage) {
    let organization = "organization/example-platform";
    let email = json!({ "email": "somebody@else.example" });
    stage.by_hand("PUT", organization, Some(&email));
    let client_id = stage.workspace.state("quay_org_application.ci")["client_id"].clone();
    let client_id = client_id.as_str().expect("an id");
    stage.by_hand("DELETE", &format!("{organization}/applications/{client_id}"), None);
    stage.quay.plant_user("mallory");
    stage.quay.world().plant_team("example-platform", "readers", Role::Member, &["mallory"]);
}

#[tokio::test]
async fn drift_is_found_and_shown_as_the_guide_says() {
    assert_eq!(blocks(&guide("drift-detection"), "shell")[0].trim(), COMMAND);
    for version in VERSIONS {
        let stage = stage(version, "").await;
        let detect = || detect(&stage.workspace, COMMAND);
        detect().is("0", &["**No drift:** Quay is as the configuration says."]);
        touch(&stage);
        stage.quay.clear_requests();
        let found = detect().is("2", &[]);
        assert_eq!(found.stdout, blocks(&guide("drift-detection"), "text")[0], "{version}");
        assert!(stage.quay.requests().iter().all(|it| it.method == "GET"), "nothing is changed");
        assert!(!stage.workspace.path().join("plan").exists());
        stage.workspace.apply();
        detect().is("0", &[]);
    }
}

#[tokio::test]
async fn deleted_organizations_and_what_was_never_applied_are_told_apart() {
    for version in VERSIONS {
        let stage = stage(version, "").await;
        stage.quay.delete_organization("example-platform");
        let application = "resource \"quay_org_application\" \"new\" {\n  orgname = \
                           quay_organization.platform.name\n  name    = \"new\"\n}\n";
        stage.workspace.write_file("more.tf", application);
        detect(&stage.workspace, COMMAND).is(
            "2",
            &[
                "`quay_organization.platform` was deleted in Quay; an apply would create it",
                "`quay_org_application.ci` was deleted in Quay; an apply would create it",
                "`quay_org_application.new` is not as configured; an apply would create it",
            ],
        );
        // Arguments go to the plan: without the variable's member even the owner is a stranger.
        stage.workspace.apply();
        let arguments = format!("{COMMAND} -var 'members=[\"bob\"]'");
        detect(&stage.workspace, &arguments).is(
            "2",
            &[
                "`quay_org_member_allowlist.platform` is not as configured; an apply would update it",
                "allowed_members: `[\"admin\"]` → `[\"bob\"]`",
            ],
        );
    }
}

/// Nobody touched Quay, and yet something is to be done: each object is named.
#[tokio::test]
async fn what_an_apply_would_import_or_move_is_named() {
    for version in VERSIONS {
        let stage = stage(version, "").await;
        stage.quay.plant_organization("found", "admin");
        let more = "resource \"quay_organization\" \"found\" {\n  name = \"found\"\n}\n\nimport {\n  \
                    to = quay_organization.found\n  id = \"found\"\n}\n";
        stage.workspace.write_file("more.tf", more);
        let said = "`quay_organization.found` is not as configured; an apply would import it";
        detect(&stage.workspace, COMMAND).is("2", &[said]);
        stage.workspace.apply();
        let more = "resource \"quay_organization\" \"kept\" {\n  name = \"found\"\n}\n\nmoved {\n  \
                    from = quay_organization.found\n  to   = quay_organization.kept\n}\n";
        stage.workspace.write_file("more.tf", more);
        let said = "`quay_organization.kept` is not as configured; an apply would move it from \
                    `quay_organization.found`";
        detect(&stage.workspace, COMMAND).is("2", &[said]);
    }
}

#[tokio::test]
async fn trouble_is_never_mistaken_for_drift() {
    for version in VERSIONS {
        let stage = stage(version, "").await;
        // There is drift, and it cannot be found out.
        touch(&stage);
        let quay = &stage.quay;
        quay.world().tokens.get_mut("admin").expect("it is planted").expired = true;
        let failed = "Drift could not be detected";
        detect(&stage.workspace, COMMAND).is("1", &[failed, "the token is not valid (any more)"]);
        quay.world().tokens.remove("admin");
        detect(&stage.workspace, COMMAND).is("1", &[failed, "the token is not valid (any more)"]);
        quay.token("admin");
        quay.refuse_connections(true);
        let down = detect(&stage.workspace, COMMAND).is("1", &[failed, "Error: Cannot read"]);
        assert_eq!(down.stdout, "");
        quay.refuse_connections(false);
        detect(&stage.workspace, COMMAND).is("2", &[]);
        // The script's own trouble.
        let path = |folder: &str| format!("PATH={folder}:/usr/bin:/bin {COMMAND}");
        detect(&stage.workspace, &path("nowhere")).is("1", &[failed, "'terraform'"]);
        std::fs::create_dir(stage.workspace.path().join("broken")).expect("a folder");
        stage.workspace.write_file("broken/terraform", "#!/bin/sh\necho nonsense\nexit 2\n");
        stage.workspace.script("chmod +x broken/terraform");
        detect(&stage.workspace, &path("broken")).is("1", &[failed, "nonsense"]);
        // Drift is the one thing that `python3 SCRIPT` would say of a script that is not there.
        assert_eq!(detect(&stage.workspace, "./no-such-script.py").code, "127");
    }
}

#[tokio::test]
async fn secrets_that_drift_are_not_shown() {
    let more = r#"
variable "contact" {
  type      = string
  sensitive = true
}

resource "quay_organization" "secret" {
  name  = "example-secret"
  email = var.contact
}

resource "quay_org_application" "stored" {
  orgname             = quay_organization.secret.name
  name                = "stored"
  store_client_secret = true
}
"#;
    for version in VERSIONS {
        let stage = Stage::new(version, "").await;
        let workspace = stage.workspace.env("TF_VAR_contact", "planted-secret@example.com");
        copy(&workspace, "drift-detection", "");
        workspace.write_file("more.tf", more);
        workspace.apply();
        let stage = Stage { workspace, ..stage };
        let old = stage.quay.applications("example-secret")[0].client_secret.clone();
        let new = "NEWSECRET0NEWSECRET0NEWSECRET0NEWSECRET0";
        stage.quay.change("example-secret", |organization| {
            new.clone_into(&mut organization.applications[0].client_secret);
            organization.email = Some("intruder-secret@else.example".to_owned());
        });
        assert!(text(&stage.workspace.path().join("terraform.tfstate")).contains(&old));
        let found = detect(&stage.workspace, COMMAND).is(
            "2",
            &[
                "`quay_org_application.stored` was changed in Quay; an apply would leave it so - \
                 client_secret: (sensitive) → (sensitive)",
                "`quay_organization.secret` was changed in Quay; an apply would update it - email: \
                 (sensitive) → (sensitive)",
            ],
        );
        let secrets = [&old, new, "planted-secret@example.com", "intruder-secret@else.example"];
        for secret in secrets {
            for place in [&found.stdout, &found.stderr, &found.page] {
                assert!(!place.contains(secret), "Terraform {version}: {secret} in:\n{place}");
            }
        }
    }
}

/// The two jobs, each with how a line begins that runs something.
fn jobs() -> [(String, &'static str); 2] {
    let folder = root().join("examples/drift-detection");
    [("github-actions.yml", "      - run: "), ("gitlab-ci.yml", "    - ")]
        .map(|(name, begin)| (text(&folder.join(name)), begin))
}

#[test]
fn the_guide_shows_the_jobs_as_they_are() {
    let shown = blocks(&guide("drift-detection"), "yaml");
    assert_eq!(shown, jobs().map(|(job, _)| job));
}

/// What is wrong with the indentation of a text in YAML: it grows below a line that opens
/// something, by one step, and is of spaces.
fn crooked(yaml: &str) -> Vec<&str> {
    let is_content = |line: &&str| !line.trim().is_empty() && !line.trim().starts_with('#');
    let mut deepest = 0;
    let mut found = Vec::new();
    for line in yaml.lines().filter(is_content) {
        let content = line.trim_start_matches(' ');
        let depth = line.len() - content.len();
        let is_entry =
            content.starts_with("- ") || content.contains(": ") || content.ends_with(':');
        if depth > deepest || depth % 2 == 1 || content.starts_with('\t') || !is_entry {
            found.push(line);
        }
        let opens = content.ends_with(':') || content.starts_with("- ");
        deepest = if opens { depth + 2 } else { depth };
    }
    found
}

#[test]
fn crooked_lines_are_found() {
    assert_eq!(crooked("a:\n  b: 1\n  c:\n    - d: 2\n      e: 3\n# f\n"), [""; 0]);
    assert_eq!(crooked("a: 1\n  b: 2\n"), ["  b: 2"]);
    assert_eq!(crooked("a:\n   b: 2\n\tc: 3\n"), ["   b: 2", "\tc: 3"]);
    assert_eq!(crooked("a:\n  lost words\n"), ["  lost words"]);
}

#[tokio::test]
async fn the_jobs_run_the_script_that_is_there() {
    let stage = stage(VERSIONS[1], "").await;
    touch(&stage);
    for (job, begin) in jobs() {
        assert_eq!(crooked(&job), [""; 0]);
        let steps: Vec<&str> = job.lines().filter_map(|line| line.strip_prefix(begin)).collect();
        assert!(steps.contains(&"terraform init -input=false"), "{steps:?}");
        let last = steps.last().expect("a step");
        detect(&stage.workspace, last).is("2", &["mallory"]);
        assert!(job.contains(VERSIONS[1]), "the job runs a Terraform that is tested");
    }
    assert!(jobs()[1].0.contains("  allow_failure:\n    exit_codes: [2]\n"));
    assert!(jobs()[0].0.contains("          terraform_wrapper: false\n"));
}
