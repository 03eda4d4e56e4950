//! Organizations: create, get, change, delete.

use super::avatar;
use super::call::{Call, column, storable, text};
use super::names;
use super::records::Organization;
use super::reply::{Answer, Reply};
use super::schema;
use super::switches::Release;
use super::team;
use super::world::World;
use serde_json::{Map, Number, Value, json};

/// createOrganization: 201 with the bare string `"Created"`; conflicts are 400 and told apart by
/// their text alone. Scope `user:admin` is needed, `org:admin` is not.
pub fn create(world: &mut World, call: &Call) -> Answer {
    let caller = call.caller.clone().filter(|caller| caller.may("user:admin"));
    let caller = caller.ok_or_else(|| call.unauthorized())?;
    let old = world.release < Release::V3_18;
    let known = if old { &schema::NEW_ORGANIZATION_BEFORE_3_18 } else { &schema::NEW_ORGANIZATION };
    let body = call.json(known)?;
    if call.switches.superusers_org_creation_only && !caller.superuser {
        return Err(call.unauthorized());
    }
    let name = storable(text(&body, "name").unwrap_or(""))?;
    let taken = world.organization(name).is_some() || world.users.contains_key(name);
    if taken {
        return Err(call.invalid("A user or organization with this name already exists"));
    }
    let email = new_email(world, call, &body)?;
    if let Some(complaint) = names::namespace_complaint(name) {
        return Err(call.invalid(&format!("Invalid namespace {name}: {complaint}")));
    }
    if world.name_is_held(name) {
        return Err(call.invalid("Username is not available"));
    }
    world.add_organization(name, email, &caller.user);
    Ok(Reply::json(201, &json!("Created")))
}

/// The e-mail of a new organization: `contact_email` wins, `""` counts as none, that of a user is
/// refused (up to v3.17 that of another organization, too).
fn new_email(
    world: &World,
    call: &Call,
    body: &Map<String, Value>,
) -> Result<Option<String>, Reply> {
    let old = world.release < Release::V3_18;
    let contact = if old { None } else { text(body, "contact_email") };
    let email = contact.or_else(|| text(body, "email")).filter(|email| !email.is_empty());
    if old && call.switches.mailing {
        let email = email.ok_or_else(|| call.invalid("Email address is required"))?;
        if !names::is_email(email) {
            return Err(call.invalid(&format!("Invalid email address: {email}")));
        }
    }
    let Some(email) = email else { return Ok(None) };
    if !old && !names::is_email(email) {
        return Err(call.invalid("Invalid email address"));
    }
    let of_a_user = world.users.values().any(|user| user.email == email);
    if of_a_user || (old && email_of_another(world, "", email)) {
        return Err(call.invalid(&format!("Email has already been used: {email}")));
    }
    Ok(Some(column(email)?.to_owned()))
}

/// getOrganization: 404 for unknown names, users and robots; whoever may not see gets 200 with a
/// reduced view, a wrong token included.
pub fn get(world: &World, call: &Call, orgname: &str) -> Answer {
    let organization = world.organization(orgname).ok_or_else(|| call.not_found())?;
    let sees_teams = call.is_member(world, orgname) || call.has_full_access();
    Ok(Reply::ok(&view(world, call, organization, sees_teams.then_some(Teams::Listed))))
}

/// changeOrganizationDetails: not atomic. Each field is saved at once, in this order: invoice
/// e-mail, its address, e-mail, tag expiration; what fails later leaves the earlier ones changed.
pub fn change(world: &mut World, call: &Call, orgname: &str) -> Answer {
    let old = world.release < Release::V3_18;
    let known =
        if old { &schema::UPDATE_ORGANIZATION_BEFORE_3_18 } else { &schema::UPDATE_ORGANIZATION };
    let body = call.json(known)?;
    call.require_admin(world, orgname)?;
    let Some(organization) = world.organization_mut(orgname) else {
        return Err(call.not_found());
    };
    if let Some(Value::Bool(wanted)) = body.get("invoice_email") {
        organization.invoice_email = *wanted;
    }
    if let Some(address) = body.get("invoice_email_address") {
        let address = address.as_str().filter(|address| !address.is_empty());
        organization.invoice_email_address =
            address.map(|address| column(address).map(String::from)).transpose()?;
    }
    change_email(world, call, orgname, &body)?;
    let mut shown = None;
    if let Some(Value::Number(seconds)) = body.get("tag_expiration_s") {
        shown = change_tag_expiration(world, call, orgname, seconds)?;
    }
    let organization = world.organization(orgname).ok_or_else(|| call.not_found())?;
    let mut view = view(world, call, organization, Some(Teams::Listed));
    if let (Some(seconds), Some(_)) = (shown, view.get("tag_expiration_s")) {
        view["tag_expiration_s"] = Value::Number(seconds);
    }
    Ok(Reply::ok(&view))
}

/// `""` clears, and only then a new hidden UUID (and with it a new avatar) is made.
fn change_email(
    world: &mut World,
    call: &Call,
    orgname: &str,
    body: &Map<String, Value>,
) -> Result<(), Reply> {
    let old = world.release < Release::V3_18;
    let given = if old { None } else { body.get("contact_email") };
    let Some(given) = given.or_else(|| body.get("email")) else { return Ok(()) };
    let email = given.as_str().unwrap_or("");
    let hidden = world.random.uuid();
    let used = email_of_another(world, orgname, email)
        || world.users.values().any(|user| user.email == email);
    let Some(organization) = world.organization_mut(orgname) else { return Ok(()) };
    let unset = if old { organization.hidden_email.as_str() } else { "" };
    if email == organization.email.as_deref().unwrap_or(unset) {
        return Ok(());
    }
    if old {
        if used {
            return Err(call.invalid("E-mail address already used"));
        }
        // Up to v3.17 an empty e-mail is stored as such: no UUID takes its place.
        organization.email = Some(column(email)?.to_owned());
        return Ok(());
    }
    if email.is_empty() {
        organization.email = None;
        organization.hidden_email = hidden;
    } else if names::is_email(email) {
        organization.email = Some(column(email)?.to_owned());
    } else {
        return Err(call.invalid("Invalid email address"));
    }
    Ok(())
}

/// Only the administrator's options are taken; 604800.0 is one of them and is echoed as written.
/// With `FEATURE_CHANGE_TAG_EXPIRATION` off the field is silently ignored.
fn change_tag_expiration(
    world: &mut World,
    call: &Call,
    orgname: &str,
    seconds: &Number,
) -> Result<Option<Number>, Reply> {
    if !call.switches.change_tag_expiration {
        return Ok(None);
    }
    let option = seconds.as_f64().and_then(|wanted| {
        let options = &call.switches.tag_expirations;
        #[allow(clippy::cast_precision_loss, reason = "the options are small numbers")]
        options.iter().copied().find(|option| (*option as f64 - wanted).abs() < f64::EPSILON)
    });
    let option = option.ok_or_else(|| Reply::message(400, "Invalid tag expiration option"))?;
    if let Some(organization) = world.organization_mut(orgname) {
        organization.tag_expiration_s = option.into();
    }
    Ok(Some(seconds.clone()))
}

/// deleteAdminedOrganization: 204 whatever the organization holds; a second time it is 403.
pub fn delete(world: &mut World, call: &Call, orgname: &str) -> Answer {
    call.require_admin(world, orgname)?;
    if world.delete_organization(orgname) {
        return Ok(Reply::no_content());
    }
    Err(call.not_found())
}

/// How an organization's view shows its teams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Teams {
    /// All of them.
    Listed,
    /// The fields are there, but empty: inside an application's public information.
    Empty,
}

/// The view of an organization, as much of it as the caller may see.
pub fn view(
    world: &World,
    call: &Call,
    organization: &Organization,
    teams: Option<Teams>,
) -> Value {
    let modern_superuser = call.has_full_access() && world.release >= Release::V3_18;
    let is_admin = call.is_admin(world, &organization.name) || modern_superuser;
    let is_member = call.is_member(world, &organization.name) || modern_superuser;
    let name = &organization.name;
    let hidden =
        if world.release < Release::V3_18 { organization.hidden_email.as_str() } else { "" };
    let email = organization.email.as_deref().unwrap_or(hidden);
    let mut view = json!({
        "name": name,
        "email": if is_admin { email } else { "" },
        "avatar": avatar::view(name, &organization.avatar_hash(), "user"),
        "is_admin": is_admin,
        "is_member": is_member,
    });
    if let Some(teams) = teams {
        let listed: &[_] = if teams == Teams::Listed { &organization.teams } else { &[] };
        let views: Map<String, Value> = listed
            .iter()
            .map(|team| {
                let can_view = team::can_view(world, call, organization, team);
                (team.name.clone(), team::view_in_organization(team, can_view))
            })
            .collect();
        view["ordered_teams"] = listed.iter().map(|team| team.name.clone()).collect();
        view["teams"] = Value::Object(views);
    }
    if is_admin {
        view["invoice_email"] = json!(organization.invoice_email);
        view["invoice_email_address"] = json!(organization.invoice_email_address);
        view["tag_expiration_s"] = Value::Number(organization.tag_expiration_s.clone());
        view["is_free_account"] = json!(true);
    }
    view
}

fn email_of_another(world: &World, orgname: &str, email: &str) -> bool {
    let mut others = world.organizations.iter().filter(|other| other.name != orgname);
    others.any(|other| other.email.as_deref() == Some(email))
}
