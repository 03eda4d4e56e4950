//! What superusers may do to any organization, even without `FEATURE_SUPERUSERS_FULL_ACCESS`.

use super::avatar;
use super::call::Call;
use super::reply::{Answer, Reply};
use super::schema;
use super::world::World;
use serde_json::{Value, json};

/// All organizations; an organization without e-mail shows the hidden UUID here.
pub fn list(world: &World, call: &Call) -> Answer {
    require_superuser(call)?;
    let views: Vec<Value> = world
        .organizations
        .iter()
        .map(|organization| {
            let hash = organization.avatar_hash();
            json!({
                "name": organization.name,
                "email": organization.email.as_ref().unwrap_or(&organization.hidden_email),
                "avatar": avatar::view(&organization.name, &hash, "org"),
            })
        })
        .collect();
    Ok(Reply::ok(&json!({ "organizations": views })))
}

/// Renames an organization: a taken name, or an organization that is missing, is a 500.
pub fn rename(world: &mut World, call: &Call, orgname: &str) -> Answer {
    let body = call.json(&schema::ANYTHING)?;
    require_superuser(call)?;
    let name = body.get("name").and_then(Value::as_str).unwrap_or(orgname).to_owned();
    let taken = world.organization(&name).is_some() || world.users.contains_key(&name);
    if name != orgname && taken {
        return Err(Reply::server_error());
    }
    let organization = world.organization_mut(orgname).ok_or_else(Reply::server_error)?;
    organization.name.clone_from(&name);
    Ok(Reply::ok(&json!({ "name": name })))
}

/// Deletes an organization.
pub fn delete(world: &mut World, call: &Call, orgname: &str) -> Answer {
    require_superuser(call)?;
    if world.delete_organization(orgname) {
        return Ok(Reply::no_content());
    }
    Err(call.not_found())
}

fn require_superuser(call: &Call) -> Result<(), Reply> {
    if call.caller.as_ref().is_some_and(|caller| caller.superuser) {
        return Ok(());
    }
    Err(call.unauthorized())
}
