//! The engine by itself: a provider of one made-up noun, through the miniature Terraform core.

mod support;

use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use support::core::within;
use support::wire::{Outcome, Wire, dynamic};
use terraform_provider_quay::terraform::diagnostic::Diagnostic;
use terraform_provider_quay::terraform::list::{AnyList, Finds, List, list};
use terraform_provider_quay::terraform::proto::list_resource;
use terraform_provider_quay::terraform::provider::Provider;
use terraform_provider_quay::terraform::resource::{AnyResource, Resource, resource};
use terraform_provider_quay::terraform::schema::{Attribute, Kind, Schema};
use terraform_provider_quay::terraform::{Context, Error, Result};
use tokio_util::sync::CancellationToken;

/// A provider whose API is a map in memory.
struct Toy;

type Rack = Mutex<BTreeMap<String, Thing>>;

impl Provider for Toy {
    type Api = Rack;

    const NAME: &'static str = "toy";
    const SCHEMA: Schema = Schema::new("Nothing to set.", &[]);
    const RESOURCES: &'static [&'static dyn AnyResource<Rack>] =
        &[resource::<Rack, Thing>(), resource::<Rack, Misfit>()];
    const LISTS: &'static [&'static dyn AnyList<Rack>] = &[list::<Rack, Misfits>()];

    fn configure(
        _settings: Json,
        _stop: CancellationToken,
    ) -> Result<(Rack, Vec<Diagnostic>), Vec<Diagnostic>> {
        Ok((Rack::default(), Vec::new()))
    }
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct Thing {
    name: String,
    text: Option<String>,
    list: Option<Vec<String>>,
    set: Option<BTreeSet<String>>,
    map: Option<BTreeMap<String, String>>,
    computed: Option<String>,
}

#[derive(Deserialize, Serialize)]
struct Key {
    name: String,
}

impl Resource<Rack> for Thing {
    const NAME: &'static str = "toy_thing";
    const IDENTITY: &'static [&'static str] = &["name"];
    const SCHEMA: Schema = Schema::new(
        "A thing.",
        &[
            Attribute::string("name", "What it is called.").required().replaces(),
            Attribute::string("text", "Any text.").optional(),
            Attribute::new("list", Kind::List(&Kind::String), "In order.").optional(),
            Attribute::new("set", Kind::Set(&Kind::String), "Without order.").optional(),
            Attribute::new("map", Kind::Map(&Kind::String), "By name.").optional(),
            Attribute::string("computed", "What the rack adds."),
        ],
    );
    type Key = Key;

    async fn read(key: &Key, rack: &Context<Rack>) -> Result<Option<Self>> {
        Ok(things(rack).get(&key.name).cloned())
    }

    async fn create(self, rack: &Context<Rack>) -> Result<Self> {
        assert_ne!(self.name, "bug", "a value that nobody may see");
        if self.name == "half" {
            return Err(Error::new("It broke in the middle.").keeping(&self));
        }
        // Some racks know better.
        let text = if self.name == "stubborn" { Some("its own".to_owned()) } else { self.text };
        let kept = Self { text, ..self };
        things(rack).insert(kept.name.clone(), kept.clone());
        Ok(kept)
    }

    async fn update(self, _prior: Self, rack: &Context<Rack>) -> Result<Self> {
        self.create(rack).await
    }

    async fn delete(self, rack: &Context<Rack>) -> Result<()> {
        things(rack).remove(&self.name);
        Ok(())
    }
}

/// A noun with a bug: its schema promises numbers.
#[derive(Deserialize, Serialize)]
struct Misfit {
    name: String,
    size: String,
}

impl Resource<Rack> for Misfit {
    const NAME: &'static str = "toy_misfit";
    const IDENTITY: &'static [&'static str] = &["name"];
    const SCHEMA: Schema = Schema::new(
        "A thing that does not fit.",
        &[
            Attribute::string("name", "What it is called.").required().replaces(),
            Attribute::number("size", "How large it is."),
        ],
    );
    type Key = Key;

    async fn read(_: &Key, _: &Context<Rack>) -> Result<Option<Self>> {
        Ok(None)
    }

    async fn create(self, _: &Context<Rack>) -> Result<Self> {
        Ok(self)
    }

    async fn update(self, _: Self, _: &Context<Rack>) -> Result<Self> {
        Ok(self)
    }

    async fn delete(self, _: &Context<Rack>) -> Result<()> {
        Ok(())
    }
}

#[derive(Deserialize)]
struct Misfits {}

impl List<Rack> for Misfits {
    type Resource = Misfit;
    const SCHEMA: Schema = Schema::new("Things that do not fit.", &[]);

    async fn list(self, _: &Context<Rack>, finds: &mut Finds) -> Result<()> {
        for name in ["one", "two", "three", "four"] {
            let (key, name) = (Key { name: name.to_owned() }, name.to_owned());
            let misfit = Misfit { name: name.clone(), size: "large".to_owned() };
            if finds.add::<Rack, Misfit>(&key, name, Some(&misfit), None).await?.is_break() {
                break;
            }
        }
        Ok(())
    }
}

fn things(rack: &Rack) -> std::sync::MutexGuard<'_, BTreeMap<String, Thing>> {
    rack.lock().unwrap_or_else(PoisonError::into_inner)
}

const THING: &str = "toy_thing";

async fn toy() -> Wire<Toy> {
    Wire::new(&json!({})).await
}

/// Applies a configuration, refreshes, and shows that a plan then changes nothing.
async fn settles(toy: &Wire<Toy>, config: &Json) -> Outcome {
    let created = toy.create(THING, config).await.unfailing("creation");
    let read = toy.read(THING, &created).await.unfailing("refresh");
    assert_eq!(read.state, created.state, "a refresh finds nothing new");
    let again = toy.apply(THING, &read, config).await.unfailing("second apply");
    assert_eq!(again.state, read.state, "a second apply changes nothing");
    created
}

/// Row 21: 5 MiB there and back.
#[tokio::test]
async fn a_large_value_passes_both_ways() {
    let config = json!({ "name": "large", "text": "x".repeat(5 << 20) });
    let created = settles(&toy().await, &config).await;
    assert_eq!(created.state["text"], config["text"]);
}

/// Row 27: over the wire, whatever the noun does.
#[tokio::test]
async fn a_panic_is_an_error_of_its_call_and_others_go_on() {
    let toy = toy().await;
    let (broken, fine) = (json!({ "name": "bug" }), json!({ "name": "fine" }));
    let (panicked, created) = tokio::join!(toy.create(THING, &broken), toy.create(THING, &fine));
    assert!(panicked.errors[0].contains("The provider has a bug"), "{:?}", panicked.errors);
    assert!(!panicked.errors[0].contains("nobody may see"), "{:?}", panicked.errors);
    assert_eq!(panicked.state, Json::Null);
    created.unfailing("the call beside it");
    toy.create(THING, &json!({ "name": "later" })).await.unfailing("a call after it");
}

/// Row 45: empty is not null, in either direction.
#[tokio::test]
async fn what_is_empty_stays_empty_and_what_is_null_stays_null() {
    let toy = toy().await;
    let empty = json!({ "name": "empty", "text": "", "list": [], "set": [], "map": {} });
    let created = settles(&toy, &empty).await;
    for name in ["text", "list", "set", "map"] {
        assert_eq!(created.state[name], empty[name], "{name}");
    }
    let null = json!({ "name": "null" });
    let created = settles(&toy, &null).await;
    for name in ["text", "list", "set", "map"] {
        assert_eq!(created.state[name], Json::Null, "{name}");
    }
    let emptied = json!({ "name": "null", "text": "", "list": [] });
    let changed = toy.apply(THING, &created, &emptied).await.unfailing("null becomes empty");
    assert_eq!((&changed.state["text"], &changed.state["list"]), (&json!(""), &json!([])));
}

/// Row 46: an API has an order of its own for what has none.
#[tokio::test]
async fn the_order_of_a_set_is_no_difference_and_that_of_a_list_is_one() {
    let toy = toy().await;
    let config = json!({ "name": "order", "set": ["b", "a", "c"], "list": ["b", "a"] });
    let created = settles(&toy, &config).await;
    assert_eq!(created.state["list"], json!(["b", "a"]));
    let shuffled = json!({ "name": "order", "set": ["c", "b", "a"], "list": ["b", "a"] });
    let plan = toy.plan(THING, &created.state, &shuffled, &[]).await;
    let same = toy.plan(THING, &created.state, &config, &[]).await;
    assert_eq!(plan.planned, same.planned);
    let turned = json!({ "name": "order", "set": ["a", "b", "c"], "list": ["a", "b"] });
    let plan = toy.plan(THING, &created.state, &turned, &[]).await;
    assert_ne!(plan.planned, same.planned);
}

/// Row 53: what the noun left open is null, after a success and after a failure.
#[tokio::test]
async fn no_state_holds_an_unknown_value() {
    let toy = toy().await;
    let plan = toy.plan(THING, &Json::Null, &json!({ "name": "open" }), &[]).await;
    assert!(plan.planned.get("computed").is_unknown());
    let created = toy.create(THING, &json!({ "name": "open" })).await.unfailing("creation");
    assert_eq!(created.state["computed"], Json::Null);
    let half = toy.create(THING, &json!({ "name": "half" })).await;
    assert!(half.errors[0].contains("in the middle"), "{:?}", half.errors);
    assert_eq!((&half.state["name"], &half.state["computed"]), (&json!("half"), &Json::Null));
}

/// Terraform marks what a failed creation leaves as tainted, and would replace it.
#[tokio::test]
async fn whoever_gets_something_else_is_told_how_to_keep_it() {
    let toy = toy().await;
    let created = toy.create(THING, &json!({ "name": "stubborn", "text": "ours" })).await;
    assert_eq!(created.state["text"], json!("its own"));
    assert!(created.errors[0].contains("terraform untaint ADDRESS"), "{:?}", created.errors);
    let config = json!({ "name": "stubborn", "text": "theirs" });
    let changed = toy.apply(THING, &created, &config).await;
    assert!(!changed.errors[0].contains("untaint"), "{:?}", changed.errors);
}

/// A list ends, whatever is wrong with what it finds.
#[tokio::test]
async fn a_found_object_that_does_not_fit_ends_the_list_with_an_error() {
    let toy = toy().await;
    let request = list_resource::Request {
        type_name: "toy_misfit".to_owned(),
        config: dynamic(&json!({}), &Misfits::SCHEMA.ty()),
        include_resource_object: true,
        ..list_resource::Request::default()
    };
    let events = toy.client.clone().list_resource(request).await.expect("a stream").into_inner();
    let events: Vec<_> = within("the end of the list", events.collect()).await;
    let last = events.last().expect("an event").as_ref().expect("no status");
    assert!(last.diagnostic[0].summary.contains("Cannot list toy_misfit"), "{last:?}");
}
