//! Repositories of organizations, and who may use them directly.

use super::call::{Call, Caller, text};
use super::records::{Organization, Repository, Role};
use super::reply::{Answer, Reply};
use super::schema;
use super::user;
use super::world::World;
use serde_json::{Map, Value, json};

/// `GET /api/v1/repository?namespace=`: pages of 100. Strangers, nobody and missing
/// organizations get 200 with an empty list; `public=true` adds the public ones.
pub fn list(world: &World, call: &Call) -> Answer {
    let Some(namespace) = call.query("namespace") else {
        let complaint = "namespace, starred, or public are required for this API call";
        return Err(call.invalid(complaint));
    };
    let public = call.query("public") == Some("true");
    let organization = world.organization(namespace);
    let visible: Vec<Value> = organization.map_or_else(Vec::new, |organization| {
        let sees = |repository: &&Repository| {
            (public && repository.public) || may_read(call, organization, repository)
        };
        organization.repositories.iter().filter(sees).map(|one| summary(namespace, one)).collect()
    });
    let start = call.query("next_page").and_then(|page| page.strip_prefix("page-"));
    let start = start.and_then(|start| start.parse().ok()).unwrap_or(0usize).min(visible.len());
    let end = visible.len().min(start + 100);
    let mut body = json!({ "repositories": visible[start..end] });
    if end < visible.len() {
        body["next_page"] = json!(format!("page-{end}"));
    }
    Ok(Reply::ok(&body))
}

/// `POST /api/v1/repository`: its creator gets a direct permission to administer it.
pub fn create(world: &mut World, call: &Call) -> Answer {
    let caller = call.caller.clone().ok_or_else(|| call.unauthorized())?;
    let body = call.json(&schema::NEW_REPOSITORY)?;
    let namespace = text(&body, "namespace").unwrap_or(&caller.user);
    let name = text(&body, "repository").unwrap_or("");
    let organization = world.organization_mut(namespace).ok_or_else(|| call.unauthorized())?;
    let creates = organization.role_of(&caller.user) >= Some(Role::Creator);
    if !(creates && caller.may("repo:create") || call.has_full_access()) {
        return Err(call.unauthorized());
    }
    if organization.repositories.iter().any(|repository| repository.name == name) {
        return Err(call.invalid("Repository already exists"));
    }
    organization.repositories.push(Repository {
        name: name.into(),
        description: text(&body, "description").unwrap_or("").into(),
        public: text(&body, "visibility") == Some("public"),
        permissions: vec![(caller.user.clone(), "admin".into())],
    });
    let view = json!({ "namespace": namespace, "name": name, "kind": "image" });
    Ok(Reply::json(201, &view))
}

/// GET of a repository: in a foreign or missing organization 403, in the own one 404.
pub fn get(world: &World, call: &Call, namespace: &str, name: &str) -> Answer {
    let repository = find(world, call, namespace, name)?;
    let mut view = summary(namespace, repository);
    view["can_write"] = json!(true);
    view["can_admin"] = json!(true);
    Ok(Reply::ok(&view))
}

/// DELETE of a repository.
pub fn delete(world: &mut World, call: &Call, namespace: &str, name: &str) -> Answer {
    find(world, call, namespace, name)?;
    if let Some(organization) = world.organization_mut(namespace) {
        organization.repositories.retain(|repository| repository.name != name);
    }
    Ok(Reply::no_content())
}

/// The users and robots with direct permissions on a repository.
pub fn permissions(world: &World, call: &Call, namespace: &str, name: &str) -> Answer {
    let repository = find(world, call, namespace, name)?;
    let views: Map<String, Value> = repository
        .permissions
        .iter()
        .map(|(holder, role)| (holder.clone(), permission(world, namespace, holder, role)))
        .collect();
    Ok(Reply::ok(&json!({ "permissions": views })))
}

/// PUT of a direct permission creates or changes it, 200 either way.
pub fn set_permission(
    world: &mut World,
    call: &Call,
    namespace: &str,
    name: &str,
    holder: &str,
) -> Answer {
    let body = call.json(&schema::PERMISSION)?;
    find(world, call, namespace, name)?;
    let role = text(&body, "role").unwrap_or("read").to_owned();
    let organization = world.organization(namespace).ok_or_else(|| call.unauthorized())?;
    if !world.users.contains_key(holder) && organization.robot(holder).is_none() {
        return Err(Reply::message(400, &format!("Invalid username: {holder}")));
    }
    if let Some(repository) = find_mut(world, namespace, name) {
        repository.permissions.retain(|(have, _)| have != holder);
        repository.permissions.push((holder.into(), role.clone()));
    }
    Ok(Reply::ok(&permission(world, namespace, holder, &role)))
}

/// DELETE of a direct permission: 204, again 400.
pub fn remove_permission(
    world: &mut World,
    call: &Call,
    namespace: &str,
    name: &str,
    holder: &str,
) -> Answer {
    let had =
        find(world, call, namespace, name)?.permissions.iter().any(|(have, _)| have == holder);
    if !had {
        return Err(Reply::message(400, "User does not have permission for repo."));
    }
    if let Some(repository) = find_mut(world, namespace, name) {
        repository.permissions.retain(|(have, _)| have != holder);
    }
    Ok(Reply::no_content())
}

/// Whoever is shown as administrator sees all, whatever the token's scopes; others what they have
/// a direct permission on.
fn may_read(call: &Call, organization: &Organization, repository: &Repository) -> bool {
    let Some(Caller { user, .. }) = &call.caller else { return false };
    organization.role_of(user) == Some(Role::Admin)
        || call.has_full_access()
        || repository.permissions.iter().any(|(holder, _)| holder == user)
}

fn find<'a>(
    world: &'a World,
    call: &Call,
    namespace: &str,
    name: &str,
) -> Result<&'a Repository, Reply> {
    let organization = world.organization(namespace).ok_or_else(|| call.unauthorized())?;
    let found = organization.repositories.iter().find(|repository| repository.name == name);
    match found {
        Some(repository) if may_read(call, organization, repository) => Ok(repository),
        None if call.is_admin(world, namespace) || call.has_full_access() => Err(call.not_found()),
        _ => Err(call.unauthorized()),
    }
}

fn find_mut<'a>(world: &'a mut World, namespace: &str, name: &str) -> Option<&'a mut Repository> {
    let repositories = &mut world.organization_mut(namespace)?.repositories;
    repositories.iter_mut().find(|repository| repository.name == name)
}

fn summary(namespace: &str, repository: &Repository) -> Value {
    json!({
        "namespace": namespace,
        "name": repository.name,
        "description": repository.description,
        "is_public": repository.public,
        "kind": "image",
        "state": "NORMAL",
        "is_starred": false,
    })
}

fn permission(world: &World, namespace: &str, holder: &str, role: &str) -> Value {
    let organization = world.organization(namespace);
    let robot = organization.is_some_and(|organization| organization.robot(holder).is_some());
    let in_team = organization.is_some_and(|organization| organization.role_of(holder).is_some());
    json!({
        "role": role,
        "name": holder,
        "is_robot": robot,
        "avatar": user::avatar_of(world, organization, holder),
        "is_org_member": robot || in_team,
    })
}
