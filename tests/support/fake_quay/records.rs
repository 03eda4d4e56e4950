//! The rows of Quay's database.

use super::avatar;
use serde_json::Number;

/// How strong a team is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Sees the organization.
    Member,
    /// May also create repositories.
    Creator,
    /// May do everything.
    Admin,
}

impl Role {
    /// The role of that name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "member" => Some(Self::Member),
            "creator" => Some(Self::Creator),
            "admin" => Some(Self::Admin),
            _ => None,
        }
    }

    /// How Quay spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Creator => "creator",
            Self::Admin => "admin",
        }
    }
}

/// Somebody who can have tokens.
#[derive(Clone, Debug)]
pub struct User {
    /// His name.
    pub name: String,
    /// His e-mail, which no organization may be created with.
    pub email: String,
    /// Whether `SUPER_USERS` names him.
    pub superuser: bool,
    /// Whether his tokens are worth nothing.
    pub disabled: bool,
}

/// What a bearer token stands for.
#[derive(Clone, Debug)]
pub struct Token {
    /// Whose it is.
    pub user: String,
    /// The scopes, separated by spaces.
    pub scope: String,
    /// Whether its time is over.
    pub expired: bool,
    /// The application that issued it, which takes it along when deleted.
    pub client_id: Option<String>,
}

/// A team; robots are in it under their full name.
#[derive(Clone, Debug)]
pub struct Team {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What its members may do.
    pub role: Role,
    /// Users and robots, in the order in which they came.
    pub members: Vec<String>,
    /// Users who were invited (`FEATURE_MAILING`) and have not answered.
    pub invited: Vec<String>,
}

/// An OAuth application.
#[derive(Clone, Debug)]
pub struct Application {
    /// Given by Quay, never changes.
    pub client_id: String,
    /// Given by Quay.
    pub client_secret: String,
    /// Not unique.
    pub name: String,
    /// May be empty.
    pub description: String,
    /// May be empty.
    pub application_uri: String,
    /// May be empty.
    pub redirect_uri: String,
    /// Null and empty are distinct.
    pub avatar_email: Option<String>,
}

/// The upstream of an organization that is a proxy cache.
#[derive(Clone, Debug)]
pub struct ProxyCache {
    /// Kept as written.
    pub upstream_registry: String,
    /// Never shown by Quay.
    pub username: Option<String>,
    /// Never shown by Quay.
    pub password: Option<String>,
    /// Null stays null.
    pub expiration_s: Option<i64>,
    /// Plain HTTP to the upstream.
    pub insecure: bool,
}

/// A robot of an organization.
#[derive(Clone, Debug)]
pub struct Robot {
    /// The part behind the plus.
    pub short_name: String,
    /// What it is for.
    pub description: String,
    /// Its password.
    pub token: String,
    /// The hidden e-mail that its avatar is made of.
    pub hidden_email: String,
}

/// A repository, with the direct permissions of users and robots.
#[derive(Clone, Debug)]
pub struct Repository {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Whether everybody may pull.
    pub public: bool,
    /// Name and role, in the order in which they were given.
    pub permissions: Vec<(String, String)>,
}

/// An organization and everything below it.
#[derive(Clone, Debug)]
pub struct Organization {
    /// Its name.
    pub name: String,
    /// As written; none is shown as `""`.
    pub email: Option<String>,
    /// The random UUID that stands in for a missing e-mail.
    pub hidden_email: String,
    /// Whether invoices are mailed.
    pub invoice_email: bool,
    /// Where to.
    pub invoice_email_address: Option<String>,
    /// Seconds a deleted tag stays in the time machine.
    pub tag_expiration_s: Number,
    /// In the order of their creation.
    pub teams: Vec<Team>,
    /// In the order of their creation.
    pub applications: Vec<Application>,
    /// The proxy cache, if the organization is one.
    pub proxy_cache: Option<ProxyCache>,
    /// In the order of their creation.
    pub robots: Vec<Robot>,
    /// In the order of their creation.
    pub repositories: Vec<Repository>,
}

impl Organization {
    /// The team of that name.
    pub fn team_mut(&mut self, name: &str) -> Option<&mut Team> {
        self.teams.iter_mut().find(|team| team.name == name)
    }

    /// The strongest role that somebody has through teams.
    pub fn role_of(&self, member: &str) -> Option<Role> {
        let with = |team: &&Team| team.members.iter().any(|name| name == member);
        self.teams.iter().filter(with).map(|team| team.role).max()
    }

    /// The robot of that full name, such as `acme+ci`.
    pub fn robot(&self, full_name: &str) -> Option<&Robot> {
        let short = full_name.strip_prefix(self.name.as_str())?.strip_prefix('+')?;
        self.robots.iter().find(|robot| robot.short_name == short)
    }

    /// What the avatar is made of: the e-mail, or the UUID that stands in for it.
    pub fn avatar_hash(&self) -> String {
        avatar::hash(self.email.as_deref().unwrap_or(&self.hidden_email))
    }
}
