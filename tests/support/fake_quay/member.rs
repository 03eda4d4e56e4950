//! Members and collaborators of an organization.

use super::call::Call;
use super::records::{Organization, Role};
use super::reply::{Answer, Reply};
use super::team::team_avatar;
use super::user;
use super::world::World;
use serde_json::{Value, json};

/// getOrganizationMembers: the users in teams; no robots, no pagination.
pub fn list(world: &World, call: &Call, orgname: &str) -> Answer {
    call.require_admin(world, orgname)?;
    let organization = world.organization(orgname).ok_or_else(|| call.not_found())?;
    let mut names: Vec<&String> = Vec::new();
    for name in organization.teams.iter().flat_map(|team| &team.members) {
        if organization.robot(name).is_none() && !names.contains(&name) {
            names.push(name);
        }
    }
    let members: Vec<Value> =
        names.into_iter().map(|name| view(world, organization, name)).collect();
    Ok(Reply::ok(&json!({ "members": members })))
}

/// getOrganizationMember: a user in a team, or any robot of the organization.
pub fn get(world: &World, call: &Call, orgname: &str, name: &str) -> Answer {
    call.require_admin(world, orgname)?;
    let organization = world.organization(orgname).ok_or_else(|| call.not_found())?;
    if organization.robot(name).is_none() && organization.role_of(name).is_none() {
        return Err(call.not_found());
    }
    Ok(Reply::ok(&view(world, organization, name)))
}

/// removeOrganizationMember: from all teams and all direct permissions. 204 for anybody who
/// exists, member or not; the only administrator stays.
pub fn remove(world: &mut World, call: &Call, orgname: &str, name: &str) -> Answer {
    call.require_admin(world, orgname)?;
    let known = world.users.contains_key(name);
    let organization = world.organization_mut(orgname).ok_or_else(|| call.not_found())?;
    if !known {
        return Err(call.not_found());
    }
    let admins = organization.teams.iter().filter(|team| team.role == Role::Admin);
    let others = admins.flat_map(|team| &team.members).any(|member| member != name);
    if organization.role_of(name) == Some(Role::Admin) && !others {
        let complaint = "Cannot remove user as they are the only organization admin";
        return Err(Reply::message(400, complaint));
    }
    for team in &mut organization.teams {
        team.members.retain(|member| member != name);
    }
    for repository in &mut organization.repositories {
        repository.permissions.retain(|(holder, _)| holder != name);
    }
    Ok(Reply::no_content())
}

/// getOrganizationCollaborators: users with direct permissions who are in no team; robots do not
/// show up.
pub fn collaborators(world: &World, call: &Call, orgname: &str) -> Answer {
    call.require_admin(world, orgname)?;
    let organization = world.organization(orgname).ok_or_else(|| call.not_found())?;
    let mut names: Vec<&String> = Vec::new();
    let holders = organization.repositories.iter().flat_map(|repository| &repository.permissions);
    for (name, _) in holders {
        let outsider = world.users.contains_key(name) && organization.role_of(name).is_none();
        if outsider && !names.contains(&name) {
            names.push(name);
        }
    }
    let views: Vec<Value> = names
        .into_iter()
        .map(|name| {
            json!({
                "kind": "user",
                "name": name,
                "avatar": user::avatar_of(world, Some(organization), name),
                "repositories": repositories_of(organization, name),
            })
        })
        .collect();
    Ok(Reply::ok(&json!({ "collaborators": views })))
}

fn view(world: &World, organization: &Organization, name: &str) -> Value {
    let teams: Vec<Value> = organization
        .teams
        .iter()
        .filter(|team| team.members.iter().any(|member| member == name))
        .map(|team| json!({ "name": team.name, "avatar": team_avatar(&team.name) }))
        .collect();
    json!({
        "name": name,
        "kind": if organization.robot(name).is_some() { "robot" } else { "user" },
        "avatar": user::avatar_of(world, Some(organization), name),
        "teams": teams,
        "repositories": member_repositories(organization, name),
    })
}

/// Robots' repositories are not shown.
fn member_repositories<'a>(organization: &'a Organization, name: &str) -> Vec<&'a str> {
    if organization.robot(name).is_some() {
        return Vec::new();
    }
    repositories_of(organization, name)
}

/// The repositories that somebody has a direct permission on.
fn repositories_of<'a>(organization: &'a Organization, name: &str) -> Vec<&'a str> {
    let held = organization
        .repositories
        .iter()
        .filter(|repository| repository.permissions.iter().any(|(holder, _)| holder == name));
    held.map(|repository| repository.name.as_str()).collect()
}
