//! What Quay's database holds.

use super::random::Random;
use super::records::{Organization, Role, Team, Token, User};
use super::switches::Release;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// The name of a deleted organization that was not collected yet.
#[derive(Clone, Debug)]
pub struct DeletedName {
    /// The name.
    pub name: String,
    /// When it was deleted.
    pub since: Instant,
    /// How often somebody tried to create it since.
    pub attempts: u32,
}

/// Everything that Quay knows.
#[derive(Debug)]
pub struct World {
    /// The release that is imitated.
    pub release: Release,
    /// By name.
    pub users: BTreeMap<String, User>,
    /// By their text.
    pub tokens: BTreeMap<String, Token>,
    /// In the order of their creation.
    pub organizations: Vec<Organization>,
    /// Names that are not free yet (`Release::Main`).
    pub deleted_names: Vec<DeletedName>,
    /// After how long a deleted name is free by itself.
    pub collect_after: Option<Duration>,
    /// After how many refused creations a deleted name is free.
    pub collect_after_attempts: Option<u32>,
    /// Whether a proxy cache can be created beside another one, which is the one that is shown.
    pub racing_proxy_caches: bool,
    /// Ids, secrets and hidden e-mails.
    pub random: Random,
}

impl World {
    /// An empty database.
    pub fn new(release: Release) -> Self {
        Self {
            release,
            users: BTreeMap::new(),
            tokens: BTreeMap::new(),
            organizations: Vec::new(),
            deleted_names: Vec::new(),
            collect_after: None,
            collect_after_attempts: None,
            racing_proxy_caches: false,
            random: Random::default(),
        }
    }

    /// The organization of that name.
    pub fn organization(&self, name: &str) -> Option<&Organization> {
        self.organizations.iter().find(|organization| organization.name == name)
    }

    /// The organization of that name, to be changed.
    pub fn organization_mut(&mut self, name: &str) -> Option<&mut Organization> {
        self.organizations.iter_mut().find(|organization| organization.name == name)
    }

    /// Adds an organization with one team, `owners`, and its creator in it.
    pub fn add_organization(&mut self, name: &str, email: Option<String>, owner: &str) {
        let owners = Team {
            name: "owners".into(),
            description: String::new(),
            role: Role::Admin,
            members: vec![owner.into()],
            invited: Vec::new(),
        };
        self.organizations.push(Organization {
            name: name.into(),
            email,
            hidden_email: self.random.uuid(),
            invoice_email: false,
            invoice_email_address: None,
            tag_expiration_s: 1_209_600.into(),
            teams: vec![owners],
            applications: Vec::new(),
            proxy_cache: None,
            robots: Vec::new(),
            repositories: Vec::new(),
        });
    }

    /// Deletes an organization with everything below it. Its name stays taken on `Release::Main`.
    pub fn delete_organization(&mut self, name: &str) -> bool {
        let before = self.organizations.len();
        self.organizations.retain(|organization| organization.name != name);
        let deleted = self.organizations.len() < before;
        if deleted && self.release == Release::Main {
            let since = Instant::now();
            self.deleted_names.push(DeletedName { name: name.into(), since, attempts: 0 });
        }
        deleted
    }

    /// Whether a deleted organization still holds this name; asked by every attempt to create it.
    pub fn name_is_held(&mut self, name: &str) -> bool {
        let (age, attempts) = (self.collect_after, self.collect_after_attempts);
        self.deleted_names.retain(|deleted| {
            let aged = age.is_some_and(|age| deleted.since.elapsed() >= age);
            let tried = attempts.is_some_and(|limit| deleted.attempts >= limit);
            !(aged || (tried && deleted.name == name))
        });
        match self.deleted_names.iter_mut().find(|deleted| deleted.name == name) {
            Some(deleted) => {
                deleted.attempts += 1;
                true
            }
            None => false,
        }
    }

    /// What the garbage collector does: frees the names of deleted organizations.
    pub fn collect(&mut self) {
        self.deleted_names.clear();
    }
}
