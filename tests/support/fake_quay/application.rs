//! OAuth applications of an organization.

use super::avatar;
use super::call::{Call, column, storable, text};
use super::organization::{self, Teams};
use super::records::Application;
use super::reply::{Answer, Reply};
use super::schema;
use super::switches::Release;
use super::world::World;
use serde_json::{Map, Value, json};

/// getOrganizationApplications: all of them, no pagination; `limit` is ignored.
pub fn list(world: &World, call: &Call, orgname: &str) -> Answer {
    call.require_admin(world, orgname)?;
    let organization = world.organization(orgname).ok_or_else(|| call.not_found())?;
    let views: Vec<Value> =
        organization.applications.iter().map(|one| view(world, call, orgname, one)).collect();
    Ok(Reply::ok(&json!({ "applications": views })))
}

/// createOrganizationApplication: 200 with the object. Names are not unique, nothing is checked
/// but the reserved name; more than 255 characters is a 500.
pub fn create(world: &mut World, call: &Call, orgname: &str) -> Answer {
    let body = call.json(&schema::NEW_APPLICATION)?;
    call.require_admin(world, orgname)?;
    world.organization(orgname).ok_or_else(|| call.not_found())?;
    refuse_reserved(world, call, &body)?;
    let application = Application {
        client_id: world.random.text(20),
        client_secret: world.random.text(40),
        name: column(text(&body, "name").unwrap_or(""))?.into(),
        description: storable(text(&body, "description").unwrap_or(""))?.into(),
        application_uri: column(text(&body, "application_uri").unwrap_or(""))?.into(),
        redirect_uri: column(text(&body, "redirect_uri").unwrap_or(""))?.into(),
        avatar_email: avatar_email(&body)?,
    };
    let shown = view(world, call, orgname, &application);
    if let Some(organization) = world.organization_mut(orgname) {
        organization.applications.push(application);
    }
    Ok(Reply::ok(&shown))
}

/// getOrganizationApplication: the secret comes every time; another organization's id is 404.
pub fn get(world: &World, call: &Call, orgname: &str, client_id: &str) -> Answer {
    call.require_admin(world, orgname)?;
    let application = find(world, orgname, client_id).ok_or_else(|| call.not_found())?;
    Ok(Reply::ok(&view(world, call, orgname, application)))
}

/// updateOrganizationApplication: a full replace. What is left out is reset: the description to
/// `""`, the avatar's e-mail to null.
pub fn update(world: &mut World, call: &Call, orgname: &str, client_id: &str) -> Answer {
    let body = call.json(&schema::UPDATE_APPLICATION)?;
    call.require_admin(world, orgname)?;
    find(world, orgname, client_id).ok_or_else(|| call.not_found())?;
    refuse_reserved(world, call, &body)?;
    let (name, description) = (
        column(text(&body, "name").unwrap_or(""))?,
        storable(text(&body, "description").unwrap_or(""))?,
    );
    let application_uri = column(text(&body, "application_uri").unwrap_or(""))?;
    let redirect_uri = column(text(&body, "redirect_uri").unwrap_or(""))?;
    let avatar_email = avatar_email(&body)?;
    if let Some(application) = find_mut(world, orgname, client_id) {
        application.name = name.into();
        application.description = description.into();
        application.application_uri = application_uri.into();
        application.redirect_uri = redirect_uri.into();
        application.avatar_email = avatar_email;
    }
    get(world, call, orgname, client_id)
}

/// deleteOrganizationApplication: 204, again 404. The one that issued the caller's own token
/// takes the token along and answers 500, although it is gone.
pub fn delete(world: &mut World, call: &Call, orgname: &str, client_id: &str) -> Answer {
    call.require_admin(world, orgname)?;
    find(world, orgname, client_id).ok_or_else(|| call.not_found())?;
    if let Some(organization) = world.organization_mut(orgname) {
        organization.applications.retain(|application| application.client_id != client_id);
    }
    let own = Call::bearer(&call.headers).and_then(|token| world.tokens.get(token));
    let own = own.is_some_and(|token| token.client_id.as_deref() == Some(client_id));
    world.tokens.retain(|_, token| token.client_id.as_deref() != Some(client_id));
    if own { Err(Reply::server_error()) } else { Ok(Reply::no_content()) }
}

/// `resetclientsecret`, which the discovery document does not name: a new secret.
pub fn reset_secret(world: &mut World, call: &Call, orgname: &str, client_id: &str) -> Answer {
    call.require_admin(world, orgname)?;
    let secret = world.random.text(40);
    let application = find_mut(world, orgname, client_id).ok_or_else(|| call.not_found())?;
    application.client_secret = secret;
    get(world, call, orgname, client_id)
}

/// getApplicationInformation: public. The organization is shown as the caller may see it, its
/// teams always empty.
pub fn information(world: &World, call: &Call, client_id: &str) -> Answer {
    let mut all = world.organizations.iter().flat_map(|organization| {
        organization.applications.iter().map(move |application| (organization, application))
    });
    let (organization, application) = all
        .find(|(_, application)| application.client_id == client_id)
        .ok_or_else(|| call.not_found())?;
    let hash = match application.avatar_email.as_deref().filter(|email| !email.is_empty()) {
        Some(email) => avatar::hash(email),
        None => organization.avatar_hash(),
    };
    Ok(Reply::ok(&json!({
        "name": application.name,
        "description": application.description,
        "uri": application.application_uri,
        "avatar": avatar::view(&application.name, &hash, "app"),
        "organization": organization::view(world, call, organization, Some(Teams::Empty)),
    })))
}

/// Up to v3.17 a full-access superuser sees the secret, the redirect and the avatar as null.
fn view(world: &World, call: &Call, orgname: &str, application: &Application) -> Value {
    let hidden = world.release < Release::V3_18 && !call.is_admin(world, orgname);
    let mut view = json!({
        "name": application.name,
        "description": application.description,
        "application_uri": application.application_uri,
        "client_id": application.client_id,
        "client_secret": application.client_secret,
        "redirect_uri": application.redirect_uri,
        "avatar_email": application.avatar_email,
    });
    if hidden {
        for name in ["client_secret", "redirect_uri", "avatar_email"] {
            view[name] = Value::Null;
        }
    }
    view
}

fn refuse_reserved(world: &World, call: &Call, body: &Map<String, Value>) -> Result<(), Reply> {
    if world.release >= Release::V3_18 && text(body, "name").unwrap_or("") == "__quay_bootstrap_app"
    {
        let complaint = "Application name is reserved for bootstrap token provisioning";
        return Err(call.invalid(complaint));
    }
    Ok(())
}

fn avatar_email(body: &Map<String, Value>) -> Result<Option<String>, Reply> {
    let given = body.get("avatar_email").and_then(Value::as_str);
    given.map(|email| column(email).map(String::from)).transpose()
}

fn find<'a>(world: &'a World, orgname: &str, client_id: &str) -> Option<&'a Application> {
    let applications = &world.organization(orgname)?.applications;
    applications.iter().find(|application| application.client_id == client_id)
}

fn find_mut<'a>(
    world: &'a mut World,
    orgname: &str,
    client_id: &str,
) -> Option<&'a mut Application> {
    let applications = &mut world.organization_mut(orgname)?.applications;
    applications.iter_mut().find(|application| application.client_id == client_id)
}
