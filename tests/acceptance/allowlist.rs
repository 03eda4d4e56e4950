//! `quay_org_member_allowlist`: strangers are drift, and only those that a plan showed are removed.

use super::{Stage, VERSIONS, json};
use crate::support::fake_quay::Role;

const IT: &str = "quay_org_member_allowlist.it";

fn list(names: &[&str]) -> String {
    format!(
        "resource \"quay_org_member_allowlist\" \"it\" {{\n  orgname         = \"acme\"\n  \
         allowed_members = {names:?}\n}}\n"
    )
}

/// An organization of `admin`'s with a team, in which are these.
async fn stage(version: &'static str, members: &[&str], hcl: &str) -> Stage {
    let stage = Stage::new(version, hcl).await;
    stage.quay.plant_organization("acme", "admin");
    let mut world = stage.quay.world();
    for name in ["ann", "bob", "eve", "mallory"] {
        world.plant_user(name);
    }
    world.plant_robot("acme", "builder");
    let robot = "acme+builder";
    let members: Vec<&str> = members.iter().copied().chain([robot]).collect();
    world.plant_team("acme", "readers", Role::Member, &members);
    drop(world);
    stage
}

fn members(stage: &Stage) -> Vec<String> {
    let mut names = stage.quay.members("acme");
    names.retain(|name| !name.contains('+'));
    names.sort();
    names
}

#[tokio::test]
async fn a_stranger_is_drift_by_name_and_removed_by_the_next_apply() {
    for version in VERSIONS {
        let stage = stage(version, &["ann"], &list(&["admin", "ann", "bob"])).await;
        stage.workspace.apply();
        stage.workspace.plan_is_empty();
        assert_eq!(stage.workspace.state(IT)["unexpected_members"], json!([]));
        stage.quay.world().plant_member("acme", "readers", "eve");
        stage.workspace.plan_shows("eve").says("0 to add, 1 to change, 0 to destroy");
        stage.workspace.apply().says("1 changed");
        stage.workspace.plan_is_empty();
        assert_eq!(members(&stage), ["admin", "ann"]);
        // Whoever is taken out of the list goes, too, and destroying the list removes nobody.
        stage.workspace.write(&list(&["admin"]));
        stage.workspace.apply().says("1 changed");
        assert_eq!(members(&stage), ["admin"]);
        stage.quay.world().plant_member("acme", "readers", "bob");
        stage.workspace.destroy();
        assert_eq!(members(&stage), ["admin", "bob"]);
    }
}

#[tokio::test]
async fn nobody_is_removed_whom_no_plan_showed() {
    for version in VERSIONS {
        let stage = stage(version, &["ann", "eve"], &list(&["admin", "ann"])).await;
        // Creating the list removes nobody; importing it shows whom the next apply removes.
        stage.workspace.apply_fails().says("members who are not allowed: eve").says("ADDRESS acme");
        assert_eq!(members(&stage), ["admin", "ann", "eve"]);
        stage.workspace.import(IT, "acme");
        stage.workspace.plan_shows("eve");
        stage.workspace.run(&["plan", "-out=plan", "-no-color"]);
        stage.quay.world().plant_member("acme", "readers", "mallory");
        let late = stage.workspace.run(&["apply", "-no-color", "plan"]);
        assert_eq!(late.says("others became members").says("mallory").code, 1);
        assert_eq!(members(&stage), ["admin", "ann", "eve", "mallory"]);
        stage.workspace.plan_shows("mallory");
        stage.workspace.apply();
        stage.workspace.plan_is_empty();
        assert_eq!(members(&stage), ["admin", "ann"]);
    }
}

#[tokio::test]
async fn the_caller_and_the_last_owner_are_never_removed() {
    for version in VERSIONS {
        let everybody = ["admin", "ann", "bob"];
        let stage = stage(version, &["bob"], &list(&everybody)).await;
        stage.quay.world().plant_member("acme", "owners", "ann");
        stage.workspace.apply();
        stage.workspace.write(&list(&["ann", "bob"]));
        stage.workspace.apply_fails().says("admin is the token's own user");
        assert_eq!(members(&stage), everybody, "nobody was touched");
        // `bob` works with a token that administers through a team of his own.
        stage.quay.world().plant_team("acme", "admins", Role::Admin, &["bob"]);
        let workspace = stage.workspace.env("QUAY_TOKEN", &stage.quay.token("bob"));
        workspace.write(&list(&["bob"]));
        workspace.apply();
        let stage = Stage { workspace, ..stage };
        assert_eq!(members(&stage), ["bob"]);
    }
}

#[tokio::test]
async fn an_owner_has_to_remain() {
    for version in VERSIONS {
        let stage = stage(version, &["bob"], &list(&["admin", "ann", "bob"])).await;
        stage.quay.world().plant_member("acme", "owners", "ann");
        stage.workspace.apply();
        // A superuser with full access may do everything and is no member himself.
        stage.quay.world().remove_member("acme", "admin");
        let url = stage.quay.profile_url(crate::support::fake_quay::Profile::FullAccess);
        let workspace = stage.workspace.env("QUAY_URL", &url);
        workspace.write(&list(&["bob"]));
        workspace.apply_fails().says("No owner of the organization acme would be left: ann");
    }
}

/// Rules 6.
#[tokio::test]
async fn the_scope_that_is_missing_is_named() {
    for version in VERSIONS {
        let stage = stage(version, &["eve"], &list(&["admin", "eve"])).await;
        stage.quay.plant_token("narrow", "admin", "org:admin");
        stage.workspace.apply();
        let workspace = stage.workspace.env("QUAY_TOKEN", "narrow");
        workspace.plan_is_empty();
        workspace.write(&list(&["admin"]));
        workspace.apply_fails().says("scope `user:read`");
        assert_eq!(workspace.state(IT)["allowed_members"], json!(["admin", "eve"]));
    }
}
