//! Who is there before the first request.

use super::plant::{ALL_SCOPES, USER_SCOPES};
use super::world::World;

/// The superuser `admin` with the token `admin`.
pub fn plant_admin(world: &mut World) {
    world.plant_user("admin");
    if let Some(admin) = world.users.get_mut("admin") {
        admin.superuser = true;
    }
    world.plant_token("admin", "admin", ALL_SCOPES);
}

/// The users and tokens in the recordings' header; a token's text is its placeholder's name.
pub fn plant_recorded(world: &mut World) {
    for name in ["member", "owner2", "outsider", "stranger", "disabled1"] {
        world.plant_user(name);
    }
    if let Some(user) = world.users.get_mut("disabled1") {
        user.disabled = true;
    }
    let without = |scope: &str| {
        let kept = ALL_SCOPES.split(' ').filter(|have| *have != scope);
        kept.collect::<Vec<_>>().join(" ")
    };
    world.plant_token("readonly-scope", "admin", "repo:read user:read");
    for scope in ["org:admin", "user:admin", "super:user"] {
        world.plant_token(&format!("no-{scope}-scope"), "admin", &without(scope));
    }
    world.plant_token("expired", "admin", ALL_SCOPES);
    if let Some(token) = world.tokens.get_mut("expired") {
        token.expired = true;
    }
    for name in ["member", "owner2", "stranger"] {
        world.plant_token(name, name, USER_SCOPES);
    }
    world.plant_token("disabled", "disabled1", "org:admin user:admin user:read");
}
