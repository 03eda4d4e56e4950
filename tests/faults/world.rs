//! What is in Quay, what is in a state, and whether one is what it would be without faults.

use crate::support::fake_quay::FakeQuay;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// Everything in Quay's database that an operation could change. What Quay makes up by itself is
/// left out, and so is the order of things.
pub(crate) fn world(quay: &FakeQuay) -> Json {
    let organizations = quay.state()["organizations"].clone();
    comparable(&organizations)
}

/// The same without what Quay makes up: client ids and secrets. Lists are sorted.
pub(crate) fn comparable(json: &Json) -> Json {
    match json {
        Json::Array(items) => {
            let mut items: Vec<Json> = items.iter().map(comparable).collect();
            items.sort_by_key(Json::to_string);
            Json::Array(items)
        }
        Json::Object(fields) => {
            let is_made_up = |name: &str| ["client_id", "client_secret"].contains(&name);
            let fields = fields.iter().map(|(name, value)| {
                let made_up = is_made_up(name) && !value.is_null();
                (name.clone(), if made_up { json!("made up") } else { comparable(value) })
            });
            Json::Object(fields.collect())
        }
        Json::String(text) => without_ids(text).into(),
        other => other.clone(),
    }
}

/// A text without the client ids in it.
pub(crate) fn without_ids(text: &str) -> String {
    let is_id_letter = |it: char| it.is_ascii_uppercase() || it.is_ascii_digit();
    let words = text.split_inclusive(|it| !is_id_letter(it)).map(|word| {
        let letters = word.trim_end_matches(|it| !is_id_letter(it));
        if letters.len() == 20 { word.replacen(letters, "*", 1) } else { word.to_owned() }
    });
    words.collect()
}

/// How many objects there are, of whatever kind.
pub(crate) fn size(world: &Json) -> usize {
    let organizations = world.as_array().map_or(&[][..], Vec::as_slice);
    let count = |it: &Json| {
        let lists = ["applications", "teams", "repositories", "robots"];
        let lists: usize = lists.iter().map(|name| it[name].as_array().map_or(0, Vec::len)).sum();
        let members = it["teams"].as_array().map_or(&[][..], Vec::as_slice).iter();
        let members: usize = members.map(|it| it["members"].as_array().map_or(0, Vec::len)).sum();
        1 + lists + members + usize::from(!it["proxy_cache"].is_null())
    };
    organizations.iter().map(count).sum()
}

/// The objects of a managed type, by import id.
pub(crate) fn objects(quay: &FakeQuay, noun: &str) -> BTreeSet<String> {
    let names = quay.organizations();
    match noun {
        "quay_organization" => names.into_iter().collect(),
        "quay_org_application" => names
            .iter()
            .flat_map(|name| quay.applications(name).into_iter().map(move |it| (name, it)))
            .map(|(name, it)| format!("{name}/{}", it.client_id))
            .collect(),
        "quay_proxy_cache" => {
            names.into_iter().filter(|name| quay.proxy_cache(name).is_some()).collect()
        }
        _ => BTreeSet::new(),
    }
}

/// The import id of what a state holds.
pub(crate) fn held(noun: &str, state: &Json) -> String {
    let text = |name: &str| state.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
    match noun {
        "quay_organization" => text("name"),
        "quay_org_application" => format!("{}/{}", text("orgname"), text("client_id")),
        _ => text("orgname"),
    }
}

/// The ids in the import commands of errors, with the client id where an application is named by
/// its name, as the provider finds it.
pub(crate) fn named(quay: &FakeQuay, noun: &str, errors: &[String]) -> Vec<String> {
    let said = errors.join(" ");
    let commands = said.split("`terraform import ADDRESS ").skip(1);
    let ids = commands.filter_map(|rest| rest.split('`').next()).map(|id| id.trim_matches('\''));
    let with_client_id = |id: &str| {
        let (orgname, name) = id.split_once('/')?;
        let applications = quay.applications(orgname);
        let mut same = applications.iter().filter(|it| it.name == name);
        match (same.next(), same.next()) {
            (Some(one), None) => Some(format!("{orgname}/{}", one.client_id)),
            _ => None,
        }
    };
    let is_application = noun == "quay_org_application";
    let found = |id: &str| is_application.then(|| with_client_id(id)).flatten();
    ids.map(|id| found(id).unwrap_or_else(|| id.to_owned())).collect()
}
