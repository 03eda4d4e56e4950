//! The provider's settings: what each one does, seen from the other end of the connection.

#[path = "settings/authority.rs"]
mod authority;
#[path = "settings/certificates.rs"]
mod certificates;
#[path = "settings/environment.rs"]
mod environment;
#[path = "settings/forms.rs"]
mod forms;
#[path = "settings/http2.rs"]
mod http2;
#[path = "settings/listener.rs"]
mod listener;
#[path = "settings/proxies.rs"]
mod proxies;
#[path = "settings/redirects.rs"]
mod redirects;
mod support;

use serde_json::{Value as Json, json};
use support::wire::{Wire, dynamic};
use terraform_provider_quay::provider::QuayProvider;
use terraform_provider_quay::terraform::proto::{
    Diagnostic, attribute_path, configure_provider, diagnostic, validate_provider_config,
};
use terraform_provider_quay::terraform::provider::Provider;

/// What a user is told: `error` or `warning`, the attribute, and the text.
#[derive(Debug)]
struct Told {
    kind: &'static str,
    at: String,
    text: String,
}

impl Told {
    fn new(diagnostic: &Diagnostic) -> Self {
        let is_error = diagnostic.severity == i32::from(diagnostic::Severity::Error);
        let steps = diagnostic.attribute.iter().flat_map(|path| &path.steps);
        let names = steps.filter_map(|step| match step.selector.as_ref()? {
            attribute_path::step::Selector::AttributeName(name)
            | attribute_path::step::Selector::ElementKeyString(name) => Some(name.clone()),
            attribute_path::step::Selector::ElementKeyInt(_) => None,
        });
        Self {
            kind: if is_error { "error" } else { "warning" },
            at: names.collect::<Vec<_>>().join("."),
            text: format!("{}: {}", diagnostic.summary, diagnostic.detail),
        }
    }
}

/// Settings with what every test needs; one request each, unless said otherwise.
fn settings(url: &str, more: &Json) -> Json {
    let mut all = json!({ "url": url, "token": "admin", "max_retries": 0 });
    let more = more.as_object().expect("an object").clone();
    all.as_object_mut().expect("an object").extend(more);
    all
}

/// Everything that Terraform would show when it validates and configures.
async fn told(settings: &Json) -> Vec<Told> {
    let mut client = Wire::<QuayProvider>::unconfigured().await.client;
    let config = dynamic(settings, &QuayProvider::SCHEMA.ty());
    let request = validate_provider_config::Request { config: config.clone() };
    let validated = client.validate_provider_config(request).await.expect("an answer");
    let mut found = validated.into_inner().diagnostics;
    if found.is_empty() {
        let request = configure_provider::Request { config, ..Default::default() };
        let configured = client.configure_provider(request).await.expect("an answer");
        found = configured.into_inner().diagnostics;
    }
    found.iter().map(Told::new).collect()
}

/// Asserts that settings give exactly one message, of a kind, at an attribute.
async fn tells(settings: &Json, kind: &str, at: &str, text: &str) {
    let told = told(settings).await;
    assert_eq!(told.len(), 1, "{at}: {told:?}");
    assert_eq!((told[0].kind, told[0].at.as_str()), (kind, at), "{told:?}");
    assert!(told[0].text.contains(text), "{text:?} is not in {told:?}");
}

/// Reads the organization `acme` with these settings, and gives the errors.
async fn read(settings: &Json) -> Vec<String> {
    Wire::<QuayProvider>::new(settings).await.import("quay_organization", "acme").await.errors
}

/// Reads the organization `acme`, which must fail with one error.
async fn read_fails(settings: &Json) -> String {
    let mut errors = read(settings).await;
    assert_eq!(errors.len(), 1, "{errors:?}");
    errors.remove(0)
}
