//! Users: the caller himself, and others by name.

use super::avatar;
use super::call::Call;
use super::records::{Organization, Role};
use super::reply::{Answer, Reply};
use super::world::World;
use serde_json::{Value, json};

/// The avatar of a user or robot.
pub fn avatar_of(world: &World, organization: Option<&Organization>, name: &str) -> Value {
    if let Some(robot) = organization.and_then(|organization| organization.robot(name)) {
        return avatar::view(name, &avatar::hash(&robot.hidden_email), "robot");
    }
    let email = world.users.get(name).map_or(name, |user| user.email.as_str());
    avatar::view(name, &avatar::hash(email), "user")
}

/// A user or robot as teams show members.
pub fn member_view(world: &World, organization: &Organization, name: &str) -> Value {
    json!({
        "name": name,
        "kind": "user",
        "is_robot": organization.robot(name).is_some(),
        "avatar": avatar_of(world, Some(organization), name),
    })
}

/// `GET /api/v1/user/`: scope `user:read`; without it 401 of its own shape. What is private shows
/// with `user:admin` only.
pub fn whoami(world: &World, call: &Call) -> Answer {
    let caller = call.caller.as_ref().filter(|caller| caller.may("user:read"));
    let caller = caller.ok_or_else(|| Reply::session_error(&call.base_url))?;
    let user = world.users.get(&caller.user).ok_or_else(|| call.unauthorized())?;
    let admin = caller.may("user:admin");
    let organizations: Vec<Value> = world
        .organizations
        .iter()
        .filter_map(|organization| Some((organization, organization.role_of(&user.name)?)))
        .map(|(organization, role)| {
            let hash = organization.avatar_hash();
            let mut view = json!({
                "name": organization.name,
                "avatar": avatar::view(&organization.name, &hash, "org"),
                "can_create_repo": role >= Role::Creator && caller.may("repo:create"),
                "public": false,
            });
            if admin {
                view["is_org_admin"] = json!(role == Role::Admin && caller.may("org:admin"));
                view["preferred_namespace"] = json!(false);
            }
            view
        })
        .collect();
    let mut view = json!({
        "anonymous": false,
        "username": user.name,
        "avatar": avatar_of(world, None, &user.name),
        "organizations": organizations,
    });
    if admin {
        let private = json!({
            "can_create_repo": true,
            "is_me": true,
            "verified": true,
            "email": user.email,
            "logins": [],
            "invoice_email": false,
            "invoice_email_address": null,
            "preferred_namespace": false,
            "tag_expiration_s": 1_209_600,
            "prompts": [],
            "company": null,
            "family_name": null,
            "given_name": null,
            "location": null,
            "is_free_account": true,
            "has_password_set": true,
        });
        if let (Value::Object(view), Value::Object(private)) = (&mut view, private) {
            view.extend(private);
        }
    }
    if caller.superuser {
        view["super_user"] = json!(true);
    }
    Ok(Reply::ok(&view))
}

/// `GET /api/v1/users/{name}`: users only; the 404 is Flask's.
pub fn look_up(world: &World, name: &str) -> Answer {
    let Some(user) = world.users.get(name) else {
        let complaint = "The requested URL was not found on the server. If you entered the URL \
                         manually please check your spelling and try again.";
        return Err(Reply::message(404, complaint));
    };
    Ok(Reply::ok(&json!({
        "anonymous": false,
        "username": user.name,
        "avatar": avatar_of(world, None, &user.name),
        "super_user": user.superuser,
    })))
}

/// `POST /api/v1/user/initialize`: only an empty database takes it.
pub fn initialize() -> Answer {
    Err(Reply::message(400, "Cannot initialize user in a non-empty database"))
}
