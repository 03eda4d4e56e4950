//! Robots of an organization.

use super::call::Call;
use super::names;
use super::records::{Organization, Robot};
use super::reply::{Answer, Reply};
use super::schema;
use super::world::World;
use serde_json::{Value, json};

/// PUT of a robot: 201 with its token; again 400, since there is no update.
pub fn create(world: &mut World, call: &Call, orgname: &str, short_name: &str) -> Answer {
    let body = if call.body.is_empty() {
        serde_json::Map::default()
    } else {
        call.json(&schema::ANYTHING)?
    };
    call.require_admin(world, orgname)?;
    if let Some(complaint) = names::namespace_complaint(short_name) {
        let complaint = format!("The name for the robot '{short_name}' is invalid: {complaint}");
        return Err(call.invalid(&complaint));
    }
    let (token, hidden_email) = (world.random.text(64), world.random.uuid());
    let organization = world.organization_mut(orgname).ok_or_else(|| call.not_found())?;
    let full_name = format!("{orgname}+{short_name}");
    if organization.robot(&full_name).is_some() {
        return Err(Reply::message(400, &format!("Existing robot with name: {full_name}")));
    }
    let description = body.get("description").and_then(Value::as_str).unwrap_or("").into();
    let robot = Robot { short_name: short_name.into(), description, token, hidden_email };
    let mut shown = view(organization, &robot);
    // The answer to PUT has null here, later reads have an empty object.
    shown["unstructured_metadata"] = Value::Null;
    organization.robots.push(robot);
    Ok(Reply::json(201, &shown))
}

/// GET of a robot: its token every time; an unknown one is 400.
pub fn get(world: &World, call: &Call, orgname: &str, short_name: &str) -> Answer {
    call.require_admin(world, orgname)?;
    let organization = world.organization(orgname).ok_or_else(|| call.not_found())?;
    let robot = organization.robot(&format!("{orgname}+{short_name}"));
    let robot = robot.ok_or_else(|| unknown(orgname, short_name))?;
    Ok(Reply::ok(&view(organization, robot)))
}

/// GET of all robots.
pub fn list(world: &World, call: &Call, orgname: &str) -> Answer {
    call.require_admin(world, orgname)?;
    let organization = world.organization(orgname).ok_or_else(|| call.not_found())?;
    let views: Vec<Value> =
        organization.robots.iter().map(|robot| view(organization, robot)).collect();
    Ok(Reply::ok(&json!({ "robots": views })))
}

/// DELETE of a robot: 204, again 400.
pub fn delete(world: &mut World, call: &Call, orgname: &str, short_name: &str) -> Answer {
    call.require_admin(world, orgname)?;
    let organization = world.organization_mut(orgname).ok_or_else(|| call.not_found())?;
    let full_name = format!("{orgname}+{short_name}");
    if organization.robot(&full_name).is_none() {
        return Err(unknown(orgname, short_name));
    }
    organization.robots.retain(|robot| robot.short_name != short_name);
    for team in &mut organization.teams {
        team.members.retain(|member| *member != full_name);
    }
    for repository in &mut organization.repositories {
        repository.permissions.retain(|(holder, _)| *holder != full_name);
    }
    Ok(Reply::no_content())
}

fn unknown(orgname: &str, short_name: &str) -> Reply {
    let complaint = format!("Could not find robot with specified username: {orgname}+{short_name}");
    Reply::message(400, &complaint)
}

fn view(organization: &Organization, robot: &Robot) -> Value {
    json!({
        "name": format!("{}+{}", organization.name, robot.short_name),
        "created": "Fri, 21 Aug 2026 12:00:00 -0000",
        "last_accessed": null,
        "description": robot.description,
        "token": robot.token,
        "unstructured_metadata": {},
    })
}
