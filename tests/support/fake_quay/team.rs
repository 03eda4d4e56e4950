//! Teams and who is in them.

use super::avatar;
use super::call::Call;
use super::names;
use super::records::{Organization, Role, Team};
use super::reply::{Answer, Reply};
use super::schema;
use super::switches::Release;
use super::user;
use super::world::World;
use serde_json::{Value, json};

/// A team inside the view of its organization.
pub fn view_in_organization(team: &Team, can_view: bool) -> Value {
    json!({
        "name": team.name,
        "description": team.description,
        "role": team.role.name(),
        "avatar": team_avatar(&team.name),
        "can_view": can_view,
        "repo_count": 0,
        "member_count": team.members.len(),
        "is_synced": false,
    })
}

/// A team's avatar is made of its name.
pub fn team_avatar(name: &str) -> Value {
    avatar::view(name, &avatar::hash(name), "team")
}

/// Who is in a team sees it; owners see all of them, whatever their token's scopes (from v3.18 on).
pub fn can_view(world: &World, call: &Call, organization: &Organization, team: &Team) -> bool {
    if call.is_admin(world, &organization.name) || call.has_full_access() {
        return true;
    }
    call.caller.as_ref().is_some_and(|caller| {
        let owner = organization.role_of(&caller.user) == Some(Role::Admin);
        team.members.contains(&caller.user) || (owner && world.release >= Release::V3_18)
    })
}

/// PUT of a team creates or updates, 200 either way; a description that is left out is kept.
pub fn put(world: &mut World, call: &Call, orgname: &str, name: &str) -> Answer {
    let body = call.json(&schema::TEAM)?;
    call.require_admin(world, orgname)?;
    let Some(organization) = world.organization_mut(orgname) else {
        return Err(Reply::message(400, &format!("Organization does not exist: {orgname}")));
    };
    let role = body.get("role").and_then(Value::as_str).and_then(Role::named);
    let role = role.ok_or_else(|| Reply::message(400, "Invalid team role"))?;
    let description = body.get("description").and_then(Value::as_str);
    let new_team = organization.team_mut(name).is_none();
    if new_team {
        if let Some(complaint) = names::namespace_complaint(name) {
            return Err(Reply::message(400, &format!("Invalid team name {name}: {complaint}")));
        }
        organization.teams.push(Team {
            name: name.into(),
            description: String::new(),
            role,
            members: Vec::new(),
            invited: Vec::new(),
        });
    }
    let mut shown = String::new();
    if let Some(team) = organization.team_mut(name) {
        team.role = role;
        team.description = description.map_or(team.description.clone(), String::from);
        shown.clone_from(&team.description);
    }
    Ok(Reply::ok(&json!({
        "name": name,
        "description": shown,
        "can_view": true,
        "role": role.name(),
        "avatar": team_avatar(name),
        "new_team": new_team,
    })))
}

/// DELETE of a team: 204, again 400.
pub fn delete(world: &mut World, call: &Call, orgname: &str, name: &str) -> Answer {
    call.require_admin(world, orgname)?;
    let organization = world.organization_mut(orgname).ok_or_else(|| call.not_found())?;
    let Some(at) = organization.teams.iter().position(|team| team.name == name) else {
        let complaint = format!("Team '{name}' is not a team in organization '{orgname}'");
        return Err(Reply::message(400, &complaint));
    };
    organization.teams.remove(at);
    Ok(Reply::no_content())
}

/// The members of a team; the invited ones only with `includePending=true`.
pub fn members(world: &World, call: &Call, orgname: &str, name: &str) -> Answer {
    let organization = world.organization(orgname).ok_or_else(|| call.unauthorized())?;
    let team = organization.teams.iter().find(|team| team.name == name);
    let can_edit = call.is_admin(world, orgname) || call.has_full_access();
    let may_see = can_edit
        || team.is_some_and(|team| {
            call.is_member(world, orgname) && can_view(world, call, organization, team)
        });
    if !may_see {
        return Err(call.unauthorized());
    }
    let team = team.ok_or_else(|| call.not_found())?;
    let view = |member: &String, invited| {
        let mut view = user::member_view(world, organization, member);
        view["invited"] = json!(invited);
        view
    };
    let mut members: Vec<Value> = team.members.iter().map(|name| view(name, false)).collect();
    if call.query("includePending") == Some("true") {
        members.extend(team.invited.iter().map(|name| view(name, true)));
    }
    Ok(Reply::ok(&json!({ "name": name, "members": members, "can_edit": can_edit })))
}

/// PUT of a member: 200; again 400. With `FEATURE_MAILING` users are invited, robots added.
pub fn add_member(
    world: &mut World,
    call: &Call,
    orgname: &str,
    name: &str,
    member: &str,
) -> Answer {
    call.require_admin(world, orgname)?;
    let known_user = world.users.contains_key(member);
    let organization = world.organization_mut(orgname).ok_or_else(|| call.not_found())?;
    let is_robot = organization.robot(member).is_some();
    let team = organization.team_mut(name).ok_or_else(|| call.not_found())?;
    if !known_user && !is_robot {
        return Err(call.invalid("Unknown user"));
    }
    if team.members.iter().any(|have| have == member) {
        let complaint = format!("User '{member}' is already a member of team '{name}'");
        return Err(Reply::message(400, &complaint));
    }
    let invited = call.switches.mailing && !is_robot;
    let list = if invited { &mut team.invited } else { &mut team.members };
    if !list.iter().any(|have| have == member) {
        list.push(member.into());
    }
    let organization = world.organization(orgname).ok_or_else(|| call.not_found())?;
    let mut view = user::member_view(world, organization, member);
    view["invited"] = json!(invited);
    Ok(Reply::ok(&view))
}

/// DELETE of a member or of an invitation: 204; of a stranger 400.
pub fn remove_member(
    world: &mut World,
    call: &Call,
    orgname: &str,
    name: &str,
    member: &str,
) -> Answer {
    call.require_admin(world, orgname)?;
    let organization = world.organization_mut(orgname).ok_or_else(|| call.not_found())?;
    let admins: usize = organization
        .teams
        .iter()
        .filter(|team| team.role == Role::Admin)
        .map(|team| team.members.len())
        .sum();
    let team = organization.team_mut(name).ok_or_else(|| call.not_found())?;
    let listed = team.members.iter().chain(&team.invited).any(|have| have == member);
    if !listed {
        let complaint = format!("User {member} does not belong to team {name}");
        return Err(Reply::message(400, &complaint));
    }
    if team.role == Role::Admin && admins <= 1 {
        let complaint = "Cannot remove user as they are the only organization admin";
        return Err(Reply::message(400, complaint));
    }
    team.members.retain(|have| have != member);
    team.invited.retain(|have| have != member);
    Ok(Reply::no_content())
}
