//! The deletion of an organization: before each try the guard looks again.

use super::support::fake_quay::{FakeQuay, Fault, FaultKind};
use super::support::wire::{Outcome, Wire};
use super::{ORGANIZATION, stage};
use serde_json::{Value as Json, json};
use terraform_provider_quay::provider::QuayProvider;

const ACME: &str = "/api/v1/organization/acme";

type Core = Wire<QuayProvider>;

/// How often the organization was tried to be deleted.
fn deletions(quay: &FakeQuay) -> usize {
    quay.requests().iter().filter(|it| it.method == "DELETE").count()
}

/// Destroys an organization into which somebody pushes an image as soon as a fault struck.
async fn destroy_while_others_push(quay: &FakeQuay, wire: &Core, prior: &Outcome) -> Outcome {
    let push = async {
        while quay.struck() == 0 {
            tokio::task::yield_now().await;
        }
        quay.plant_repository("acme", "pushed");
    };
    tokio::join!(wire.destroy(ORGANIZATION, prior), push).0
}

/// Rules 11 and 29: what limits rates lets a request wait, and the guard must not be older.
#[tokio::test]
async fn an_image_that_is_pushed_while_a_deletion_waits_is_not_lost() {
    for fault in [FaultKind::TooManyRequests(Some(1)), FaultKind::Status(502)] {
        let (quay, wire) = stage().await;
        let acme = wire.create(ORGANIZATION, &json!({ "name": "acme" })).await.unfailing("create");
        quay.fault(Fault::on("DELETE", ACME, fault));
        let refused = destroy_while_others_push(&quay, &wire, &acme).await;
        assert!(refused.errors[0].contains("still holds 1 repository"), "{:?}", refused.errors);
        assert!(quay.organization("acme").is_some(), "it was deleted with its image");
        assert_eq!((deletions(&quay), &refused.state), (1, &acme.state));
    }
}

/// A deletion whose answer was lost is tried as often as the settings allow, and one on which Quay
/// crashes is not tried again.
#[tokio::test]
async fn a_deletion_is_tried_as_often_as_any_request() {
    for (status, retries, tries) in [(502, 0, 1), (502, 2, 3), (500, 2, 1)] {
        let quay = FakeQuay::start().await;
        let settings = json!({ "url": quay.url(), "token": "admin", "max_retries": retries });
        let wire = Core::new(&settings).await;
        let acme = wire.create(ORGANIZATION, &json!({ "name": "acme" })).await.unfailing("create");
        quay.fault(Fault::on("DELETE", ACME, FaultKind::Status(status)).always());
        let kept = wire.destroy(ORGANIZATION, &acme).await;
        let words = &kept.errors[0];
        assert!(words.contains(&format!("Quay answered {status} to DELETE")), "{words}");
        assert!(words.contains("is still there"), "{words}");
        assert_eq!(words.contains("It was tried 3 times"), tries == 3, "{words}");
        assert_eq!((deletions(&quay), &kept.state), (tries, &acme.state));
        quay.clear_faults();
        let gone = wire.destroy(ORGANIZATION, &acme).await.unfailing("a deletion");
        assert_eq!(gone.state, Json::Null);
    }
}
