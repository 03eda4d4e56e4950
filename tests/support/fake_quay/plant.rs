//! Changes behind the client's back, in domain words; `FakeQuay` and the control API use them.

use super::records::{
    Application, Organization, ProxyCache, Repository, Robot, Role, Team, Token, User,
};
use super::world::World;
use serde_json::{Number, Value};

/// All scopes of Quay that the fake knows.
pub const ALL_SCOPES: &str =
    "org:admin repo:admin repo:create repo:read repo:write super:user user:admin user:read";

/// Everything but the superuser's scope.
pub const USER_SCOPES: &str =
    "org:admin repo:admin repo:create repo:read repo:write user:admin user:read";

impl World {
    /// A user with the e-mail `NAME@example.com`.
    pub fn plant_user(&mut self, name: &str) {
        let email = format!("{name}@example.com");
        let user = User { name: name.into(), email, superuser: false, disabled: false };
        self.users.insert(name.into(), user);
    }

    /// A token of a user.
    pub fn plant_token(&mut self, text: &str, user: &str, scope: &str) {
        let token =
            Token { user: user.into(), scope: scope.into(), expired: false, client_id: None };
        self.tokens.insert(text.into(), token);
    }

    /// A team; its members are users or robots under their full names.
    pub fn plant_team(&mut self, orgname: &str, name: &str, role: Role, members: &[&str]) {
        let members = members.iter().map(|member| (*member).into()).collect();
        self.expect(orgname).teams.push(Team {
            name: name.into(),
            description: String::new(),
            role,
            members,
            invited: Vec::new(),
        });
    }

    /// Somebody more in a team.
    pub fn plant_member(&mut self, orgname: &str, team: &str, member: &str) {
        if let Some(team) = self.expect(orgname).team_mut(team) {
            team.members.push(member.into());
        }
    }

    /// Nobody's member any more, without Quay's checks.
    pub fn remove_member(&mut self, orgname: &str, member: &str) {
        for team in &mut self.expect(orgname).teams {
            team.members.retain(|have| have != member);
        }
    }

    /// A private repository without direct permissions.
    pub fn plant_repository(&mut self, orgname: &str, name: &str) {
        self.expect(orgname).repositories.push(Repository {
            name: name.into(),
            description: String::new(),
            public: false,
            permissions: Vec::new(),
        });
    }

    /// A direct permission on a repository.
    pub fn plant_permission(&mut self, orgname: &str, repository: &str, holder: &str, role: &str) {
        let repositories = &mut self.expect(orgname).repositories;
        if let Some(found) = repositories.iter_mut().find(|found| found.name == repository) {
            found.permissions.push((holder.into(), role.into()));
        }
    }

    /// A robot.
    pub fn plant_robot(&mut self, orgname: &str, short_name: &str) {
        let (token, hidden_email) = (self.random.text(64), self.random.uuid());
        self.expect(orgname).robots.push(Robot {
            short_name: short_name.into(),
            description: String::new(),
            token,
            hidden_email,
        });
    }

    /// An application with nothing but a name; gives its client id.
    pub fn plant_application(&mut self, orgname: &str, name: &str) -> String {
        let client_id = self.random.text(20);
        let client_secret = self.random.text(40);
        self.expect(orgname).applications.push(Application {
            client_id: client_id.clone(),
            client_secret,
            name: name.into(),
            description: String::new(),
            application_uri: String::new(),
            redirect_uri: String::new(),
            avatar_email: None,
        });
        client_id
    }

    /// A proxy cache without credentials.
    pub fn plant_proxy_cache(&mut self, orgname: &str, upstream_registry: &str) {
        self.expect(orgname).proxy_cache = Some(ProxyCache {
            upstream_registry: upstream_registry.into(),
            username: None,
            password: None,
            expiration_s: Some(86_400),
            insecure: false,
        });
    }

    fn expect(&mut self, orgname: &str) -> &mut Organization {
        self.organization_mut(orgname).expect("the organization that is planted in exists")
    }
}

/// What `POST /_fake/plant` takes: `kind` and the fields of that kind, such as
/// `{"kind": "repository", "organization": "acme", "name": "app"}`. Kinds: user, token,
/// organization, team, member, repository, permission, robot, application, `proxy_cache`, and
/// `fields`, which sets fields of an organization.
pub fn plant(world: &mut World, given: &Value) -> Result<(), String> {
    let text = |name: &str| given.get(name).and_then(Value::as_str);
    let need = |name: &str| text(name).ok_or_else(|| format!("'{name}' is missing"));
    let kind = need("kind")?;
    let orgname = text("organization").unwrap_or("");
    if !matches!(kind, "user" | "token" | "organization") && world.organization(orgname).is_none() {
        return Err(format!("there is no organization '{orgname}'"));
    }
    match kind {
        "user" => world.plant_user(need("name")?),
        "token" => {
            let scope = text("scope").unwrap_or(USER_SCOPES);
            world.plant_token(need("text")?, need("user")?, scope);
        }
        "organization" => {
            let email = text("email").map(String::from);
            world.add_organization(need("name")?, email, text("owner").unwrap_or("admin"));
        }
        "team" => {
            let role = text("role").and_then(Role::named).unwrap_or(Role::Member);
            world.plant_team(orgname, need("name")?, role, &[]);
        }
        "member" => {
            let (team, name) = (text("team").unwrap_or("owners"), need("name")?);
            if !name.contains('+') && !world.users.contains_key(name) {
                world.plant_user(name);
            }
            world.plant_member(orgname, team, name);
        }
        "repository" => world.plant_repository(orgname, need("name")?),
        "permission" => {
            let role = text("role").unwrap_or("read");
            world.plant_permission(orgname, need("repository")?, need("name")?, role);
        }
        "robot" => world.plant_robot(orgname, need("name")?),
        "application" => drop(world.plant_application(orgname, need("name")?)),
        "proxy_cache" => world.plant_proxy_cache(orgname, need("upstream_registry")?),
        "fields" => set_fields(world.expect(orgname), given),
        other => return Err(format!("unknown kind '{other}'")),
    }
    Ok(())
}

fn set_fields(organization: &mut Organization, given: &Value) {
    let text = |name: &str| given.get(name).map(|value| value.as_str().map(String::from));
    if let Some(email) = text("email") {
        organization.email = email.filter(|email| !email.is_empty());
    }
    if let Some(address) = text("invoice_email_address") {
        organization.invoice_email_address = address.filter(|address| !address.is_empty());
    }
    if let Some(wanted) = given.get("invoice_email").and_then(Value::as_bool) {
        organization.invoice_email = wanted;
    }
    if let Some(seconds) = given.get("tag_expiration_s").and_then(Value::as_i64) {
        organization.tag_expiration_s = Number::from(seconds);
    }
}
