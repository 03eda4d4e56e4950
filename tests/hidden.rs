//! Rules 7: up to 3.17, Quay hides fields of applications from a superuser who is no administrator
//! of their organization. Hidden is not empty.

mod support;

use serde_json::{Value as Json, json};
use support::fake_quay::{FakeQuay, Fault, FaultKind, Profile, Release};
use support::wire::Wire;
use terraform_provider_quay::provider::QuayProvider;

const APPLICATION: &str = "quay_org_application";

type Core = Wire<QuayProvider>;

async fn core(url: &str, token: &str) -> Core {
    Wire::new(&json!({ "url": url, "token": token })).await
}

/// An organization of its own owner's, the owner, and the superuser with full access.
async fn stage() -> (FakeQuay, Core, Core) {
    let quay = FakeQuay::builder().release(Release::V3_15).start().await;
    quay.plant_organization("theirs", "owner");
    let owner = core(quay.url(), &quay.token("owner")).await;
    let superuser = core(&quay.profile_url(Profile::FullAccess), "admin").await;
    (quay, owner, superuser)
}

fn config() -> Json {
    json!({
        "orgname": "theirs", "name": "ci", "redirect_uri": "https://ci.example/back",
        "avatar_email": "ci@example.com", "store_client_secret": true,
    })
}

#[tokio::test]
async fn what_is_hidden_stays_in_the_state_and_in_quay() {
    let (quay, owner, superuser) = stage().await;
    let created = owner.create(APPLICATION, &config()).await.unfailing("the owner creates");
    let read = superuser.read(APPLICATION, &created).await.unfailing("the superuser reads");
    assert_eq!(read.state, created.state);
    let mut renamed = config();
    renamed["name"] = "cd".into();
    let changed = superuser.apply(APPLICATION, &read, &renamed).await.unfailing("a change");
    let found = &quay.applications("theirs")[0];
    assert_eq!((&*found.name, &*found.redirect_uri), ("cd", "https://ci.example/back"));
    assert_eq!(found.avatar_email.as_deref(), Some("ci@example.com"));
    for name in ["redirect_uri", "avatar_email", "client_secret", "client_id"] {
        assert_eq!(changed.state[name], created.state[name], "{name}");
    }
    let again = owner.read(APPLICATION, &changed).await.unfailing("the owner reads");
    assert_eq!(again.state, changed.state);
}

/// Rules 10: what is hidden cannot be equal, so nothing that hides it is adopted.
#[tokio::test]
async fn after_a_lost_creation_what_may_be_ours_is_named_and_not_taken() {
    let (quay, _owner, superuser) = stage().await;
    let mut config = config();
    config["store_client_secret"] = false.into();
    quay.fault(Fault::on("POST", "*/applications", FaultKind::Reset).after_acting());
    let lost = superuser.create(APPLICATION, &config).await;
    let made = quay.applications("theirs")[0].client_id.clone();
    assert!(lost.errors[0].contains(&made), "{:?}", lost.errors);
    assert_eq!(lost.state, Json::Null);
}

#[tokio::test]
async fn what_is_hidden_is_neither_imported_nor_promised() {
    let (quay, _owner, superuser) = stage().await;
    let client_id = quay.plant_application("theirs", "ci");
    let imported = superuser.import(APPLICATION, &format!("theirs/{client_id}")).await;
    assert!(imported.errors[0].contains("token of an administrator"), "{:?}", imported.errors);
    assert_eq!(imported.state, Json::Null);
    let shown = json!({ "orgname": "theirs", "client_id": client_id, "store_client_secret": true });
    let shown = superuser.look_up(APPLICATION, &shown).await.unfailing("a look-up");
    for name in ["redirect_uri", "avatar_email", "client_secret"] {
        assert_eq!(shown.state[name], Json::Null, "{name}");
    }
    assert_eq!(shown.state["name"], json!("ci"));

    let config = json!({ "orgname": "theirs", "name": "new" });
    let created = superuser.create(APPLICATION, &config).await.unfailing("a creation");
    let wanted = json!({ "orgname": "theirs", "name": "new", "store_client_secret": true });
    let without = superuser.apply(APPLICATION, &created, &wanted).await.unfailing("the switch");
    assert_eq!(without.state["client_secret"], Json::Null);
    assert!(without.warnings[0].contains("The client secret is not shown"), "{without:?}");
}
