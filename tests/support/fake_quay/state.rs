//! The database as the control API shows it, with what Quay itself never tells.

use super::records::Organization;
use super::world::World;
use serde_json::{Value, json};

/// Everything, secrets included.
pub fn show(world: &World) -> Value {
    let users: Vec<&String> = world.users.keys().collect();
    let deleted: Vec<&String> = world.deleted_names.iter().map(|deleted| &deleted.name).collect();
    let organizations: Vec<Value> = world.organizations.iter().map(organization).collect();
    json!({ "users": users, "organizations": organizations, "deleted_names": deleted })
}

fn organization(organization: &Organization) -> Value {
    let teams = organization.teams.iter().map(|team| {
        json!({
            "name": team.name,
            "description": team.description,
            "role": team.role.name(),
            "members": team.members,
            "invited": team.invited,
        })
    });
    let applications = organization.applications.iter().map(|application| {
        json!({
            "client_id": application.client_id,
            "client_secret": application.client_secret,
            "name": application.name,
            "description": application.description,
            "application_uri": application.application_uri,
            "redirect_uri": application.redirect_uri,
            "avatar_email": application.avatar_email,
        })
    });
    let repositories = organization.repositories.iter().map(|repository| {
        json!({
            "name": repository.name,
            "public": repository.public,
            "permissions": repository.permissions,
        })
    });
    let robots = organization.robots.iter().map(|robot| json!(robot.short_name));
    let cache = organization.proxy_cache.as_ref().map(|cache| {
        json!({
            "upstream_registry": cache.upstream_registry,
            "username": cache.username,
            "password": cache.password,
            "expiration_s": cache.expiration_s,
            "insecure": cache.insecure,
        })
    });
    json!({
        "name": organization.name,
        "email": organization.email,
        "invoice_email": organization.invoice_email,
        "invoice_email_address": organization.invoice_email_address,
        "tag_expiration_s": organization.tag_expiration_s,
        "teams": teams.collect::<Vec<_>>(),
        "applications": applications.collect::<Vec<_>>(),
        "repositories": repositories.collect::<Vec<_>>(),
        "robots": robots.collect::<Vec<_>>(),
        "proxy_cache": cache,
    })
}
