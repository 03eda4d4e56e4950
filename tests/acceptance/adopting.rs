//! The guides about what is there already, and about what is stored nowhere.

use super::guides::{blocks, guide};
use super::suite::secrets::{holds, unzipped};
use super::support::fake_quay::FakeQuay;
use super::support::files::text;
use super::support::terraform_cli::{VERSIONS, Workspace};

/// An organization with everything in it, made by others.
async fn grown() -> FakeQuay {
    let quay = FakeQuay::start().await;
    quay.plant_organization("acme", "admin");
    quay.change("acme", |acme| acme.email = Some("ops@acme.example".to_owned()));
    quay.plant_application("acme", "ci");
    for user in ["alice", "mallory"] {
        quay.plant_user(user);
    }
    let mut world = quay.world();
    world.plant_proxy_cache("acme", "docker.io");
    world.plant_member("acme", "owners", "alice");
    drop(world);
    quay
}

#[tokio::test]
async fn what_is_there_is_imported_by_id_as_the_guide_says() {
    for version in VERSIONS {
        let quay = grown().await;
        let hcl = blocks(&guide("adopting"), "terraform")[0].clone();
        let workspace =
            Workspace::new(version).env("QUAY_URL", quay.url()).env("QUAY_TOKEN", "admin");
        workspace.write_file("main.tf", &hcl);
        quay.clear_requests();
        workspace.apply().says("4 imported, 0 added, 0 changed, 0 destroyed");
        assert!(quay.requests().iter().all(|it| it.method == "GET"), "nothing is changed");
        workspace.plan_is_empty();
        // Whom the configuration does not name, the plan shows.
        quay.world().plant_member("acme", "owners", "mallory");
        let plan = workspace.run(&["plan", "-no-color", "-detailed-exitcode"]);
        assert_eq!(plan.says("mallory").code, 2);
    }
}

#[tokio::test]
async fn what_is_there_is_found_and_written_as_the_guide_says() {
    let quay = grown().await;
    let guide = guide("adopting");
    let workspace =
        Workspace::new(VERSIONS[1]).env("QUAY_URL", quay.url()).env("QUAY_TOKEN", "admin");
    workspace.write("provider \"quay\" {}\n");
    workspace.write_file("all.tfquery.hcl", &blocks(&guide, "hcl")[0]);
    let commands = blocks(&guide, "shell")[0].clone();
    let (query, apply) = commands.split_once('\n').expect("two commands");
    assert_eq!(apply.trim(), "terraform apply");
    let arguments: Vec<&str> = query.split_whitespace().skip(1).chain(["-no-color"]).collect();
    let written = workspace.run(&arguments);
    assert_eq!(written.code, 0, "{}", written.text);
    workspace.apply().says("2 imported, 0 added, 0 changed, 0 destroyed");
    workspace.plan_is_empty();
}

#[tokio::test]
async fn an_import_by_identity_looks_as_the_guide_says() {
    let quay = grown().await;
    let client_id = quay.applications("acme")[0].client_id.clone();
    let block = blocks(&guide("adopting"), "hcl")[1].replace("EXAMPLE0CLIENT0ID001", &client_id);
    let workspace =
        Workspace::new(VERSIONS[1]).env("QUAY_URL", quay.url()).env("QUAY_TOKEN", "admin");
    let rest = "provider \"quay\" {}\n\nresource \"quay_org_application\" \"ci\" {\n  orgname = \
                \"acme\"\n  name    = \"ci\"\n}\n";
    workspace.write(&format!("{block}\n{rest}"));
    workspace.apply().says("1 imported, 0 added, 0 changed, 0 destroyed");
}

#[tokio::test]
async fn no_secret_of_the_guide_is_in_a_plan_or_a_state() {
    for version in VERSIONS {
        let quay = FakeQuay::start().await;
        quay.trusted_upstream("registry.example.com", 5003);
        let workspace = Workspace::new(version)
            .env("QUAY_URL", quay.url())
            .env("QUAY_TOKEN", "admin")
            .env("TF_VAR_vendor_password", "right-password");
        workspace.write_file("main.tf", &blocks(&guide("secrets"), "terraform")[0]);
        let planned = workspace.run(&["plan", "-no-color", "-out=plan"]);
        assert_eq!(planned.code, 0, "{}", planned.text);
        let plan = workspace.path().join("plan");
        let applied = workspace.run(&["apply", "-no-color", "plan"]);
        // A plan does not hold what is ephemeral: the apply is given it again.
        assert_eq!(applied.code, 0, "{}", applied.text);
        let cache = quay.proxy_cache("vendor").expect("it is there");
        assert_eq!(cache.password.as_deref(), Some("right-password"), "it reached Quay");
        let secret = quay.applications("vendor")[0].client_secret.clone();
        assert_eq!(text(&workspace.path().join("ci-secret")), secret, "it was handed over");
        let state = text(&workspace.path().join("terraform.tfstate"));
        assert!(holds(state.as_bytes(), "puller"), "the search finds what is there");
        let places =
            [state.into_bytes(), unzipped(&plan), planned.text.into(), applied.text.into()];
        for (number, place) in places.iter().enumerate() {
            for secret in [secret.as_str(), "right-password"] {
                assert!(!holds(place, secret), "Terraform {version}: {secret} in place {number}");
            }
        }
        workspace.plan_is_empty();
    }
}
