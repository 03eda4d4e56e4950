//! What can be changed in a Quay, by the client and behind its back, so that what is shown tells
//! which change was the last.

#[path = "changes.rs"]
mod changes;

use crate::support::fake_quay::{FakeQuay, Organization, Role};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use terraform_provider_quay::quay::Quay;
use tokio::time::Instant;

pub(super) const ACME: &str = "acme";
const OTHER: &str = "other";
const FLEETING: &str = "fleeting";
/// As many changes as one run can make.
const MEMBERS: usize = 100;
const MINUTE: Duration = Duration::from_mins(1);

/// What is changed, and how its changes are numbered from 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum What {
    /// The number is written into a field of the organization.
    Organization(&'static str),
    /// The number is written into a field of the application `ci`.
    Application(&'static str),
    /// Each change removes the member of its number.
    Members,
    /// Odd changes create one with the number in a field, even ones delete it.
    ProxyCache,
    /// Odd changes create one with the number in a field, even ones delete it.
    FleetingApplication,
    /// Odd changes create one with the number in a field, even ones delete it.
    FleetingOrganization,
}

/// All that is changed and read.
pub(super) const THINGS: [What; 8] = [
    What::Organization(ACME),
    What::Organization(OTHER),
    What::Application(ACME),
    What::Application(OTHER),
    What::Members,
    What::ProxyCache,
    What::FleetingApplication,
    What::FleetingOrganization,
];

/// One thing and what is known of its changes.
pub(super) struct Thing {
    pub(super) what: What,
    /// When each change was made at the latest; the first is number 1.
    made: Mutex<Vec<Instant>>,
    /// The last change that was tried.
    tried: Mutex<usize>,
    /// The last change that the client knows of.
    pub(super) acknowledged: Mutex<usize>,
    /// The last id of an application that comes and goes.
    client_id: Mutex<String>,
    /// One change at a time, so that their numbers grow in Quay too.
    pub(super) turn: tokio::sync::Mutex<()>,
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn number(text: Option<&str>) -> Option<usize> {
    text?.split('@').next()?.parse().ok()
}

fn member(number: usize) -> String {
    format!("user{number}")
}

/// Puts everything into a Quay that has no change yet.
pub(super) fn plant(fake: &FakeQuay) {
    for orgname in [ACME, OTHER] {
        fake.plant_organization(orgname, "admin");
        fake.plant_application(orgname, "ci");
    }
    let names: Vec<String> = (1..=MEMBERS).map(member).collect();
    let mut world = fake.world();
    for name in &names {
        world.plant_user(name);
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    world.plant_team(OTHER, "all", Role::Member, &names);
}

impl Thing {
    pub(super) fn new(what: What) -> Self {
        Self {
            what,
            made: Mutex::default(),
            tried: Mutex::default(),
            acknowledged: Mutex::default(),
            client_id: Mutex::new("none".to_owned()),
            turn: tokio::sync::Mutex::default(),
        }
    }

    fn orgname(&self) -> &'static str {
        match self.what {
            What::Organization(orgname) | What::Application(orgname) => orgname,
            What::Members => OTHER,
            What::ProxyCache | What::FleetingApplication => ACME,
            What::FleetingOrganization => FLEETING,
        }
    }

    /// The path that is read.
    pub(super) fn path(&self) -> String {
        let below = match self.what {
            What::Organization(_) | What::FleetingOrganization => "",
            What::Application(_) | What::FleetingApplication => "/applications",
            What::Members => "/members",
            What::ProxyCache => "/proxycache",
        };
        format!("/api/v1/organization/{}{below}", self.orgname())
    }

    /// The method and path of a change.
    pub(super) fn route(&self, number: usize) -> (&'static str, String) {
        let creates = number % 2 == 1;
        match self.what {
            What::Organization(_) => ("PUT", self.path()),
            What::Application(_) => ("PUT", self.path() + "/*"),
            What::Members => ("DELETE", format!("{}/{}", self.path(), member(number))),
            What::FleetingOrganization if creates => ("POST", "/api/v1/organization/".to_owned()),
            What::FleetingApplication if !creates => ("DELETE", self.path() + "/*"),
            _ => (if creates { "POST" } else { "DELETE" }, self.path()),
        }
    }

    /// What of a thing that comes and goes is there; what stays always is.
    fn look(&self, fake: &FakeQuay) -> Option<usize> {
        let organization = fake.organization(self.orgname())?;
        match self.what {
            What::Organization(_) => {
                Some(number(organization.invoice_email_address.as_deref()).unwrap_or(0))
            }
            What::FleetingOrganization => number(organization.email.as_deref()),
            What::Members => {
                let all = organization.teams.iter().find(|team| team.name == "all");
                Some(MEMBERS - all.map_or(0, |team| team.members.len()))
            }
            What::ProxyCache => {
                let seconds = organization.proxy_cache?.expiration_s?;
                Some(usize::try_from(seconds).expect("a number of ours"))
            }
            What::Application(_) => {
                Some(number(Some(&application(&organization, "ci")?.1)).unwrap_or(0))
            }
            What::FleetingApplication => number(Some(&application(&organization, FLEETING)?.1)),
        }
    }

    /// The last change that Quay has.
    pub(super) fn in_quay(&self, fake: &FakeQuay) -> usize {
        // What is not there was deleted by the last change of an even number.
        self.look(fake).unwrap_or_else(|| *lock(&self.tried) & !1)
    }

    /// How many of the changes are a minute old.
    pub(super) fn old(&self, now: Instant) -> usize {
        let made = lock(&self.made);
        made.iter().filter(|made| now.duration_since(**made) >= MINUTE).count()
    }

    /// Begins a change and gives its number.
    pub(super) fn begin(&self, fake: &FakeQuay) -> usize {
        let number = self.in_quay(fake) + 1;
        *lock(&self.tried) = number;
        number
    }

    /// A change has come to its end, however.
    pub(super) fn end(&self, fake: &FakeQuay, number: usize) {
        if self.in_quay(fake) == number {
            lock(&self.made).push(Instant::now());
        } else {
            *lock(&self.tried) = number - 1;
        }
        assert_eq!(lock(&self.made).len(), self.in_quay(fake), "{:?}", self.what);
    }

    fn client_id(&self, fake: &FakeQuay) -> String {
        let organization = fake.organization(self.orgname());
        let name = if self.what == What::FleetingApplication { FLEETING } else { "ci" };
        let found = organization.and_then(|organization| application(&organization, name));
        let mut last = lock(&self.client_id);
        if let Some((client_id, _)) = found {
            *last = client_id;
        }
        last.clone()
    }

    /// The last change that a read shows, of which `least` is expected at the least; one by one
    /// where that is possible, else in a list.
    pub(super) async fn read(
        &self,
        quay: &Quay,
        fake: &FakeQuay,
        list: bool,
        least: usize,
    ) -> usize {
        // What is not there was deleted by a change of an even number.
        self.shown(quay, fake, list, least).await.unwrap_or_else(|| self.in_quay(fake) & !1)
    }

    async fn shown(&self, quay: &Quay, fake: &FakeQuay, list: bool, least: usize) -> Option<usize> {
        let orgname = self.orgname();
        match self.what {
            What::Organization(_) => {
                let view = quay.organization(orgname).await.expect("an answer");
                Some(number(view.expect("it is there").invoice_contact()).unwrap_or(0))
            }
            What::FleetingOrganization => {
                number(quay.organization(orgname).await.expect("an answer")?.contact())
            }
            What::Members if list || least == 0 => {
                let members = quay.members(orgname).await.expect("an answer");
                let members = members.expect("the organization is there");
                Some(MEMBERS - members.iter().filter(|it| it.name.starts_with("user")).count())
            }
            What::Members => {
                let found = quay.member(orgname, &member(least)).await.expect("an answer");
                Some(if found.is_none() { least } else { 0 })
            }
            What::ProxyCache => {
                let found = quay.proxy_cache(orgname).await.expect("an answer")?;
                Some(usize::try_from(found.expiration_s?).expect("a number of ours"))
            }
            What::Application(_) | What::FleetingApplication => {
                let name = if self.what == What::FleetingApplication { FLEETING } else { "ci" };
                let found = if list {
                    let all = quay.applications(orgname).await.expect("an answer");
                    let all = all.expect("the organization is there");
                    all.iter().find(|it| it.name == name).cloned()
                } else {
                    let client_id = self.client_id(fake);
                    quay.application(orgname, &client_id).await.expect("an answer")
                };
                Some(number(found?.description.as_deref()).unwrap_or(0))
            }
        }
    }
}

/// The id and the description of the application of a name.
fn application(organization: &Organization, name: &str) -> Option<(String, String)> {
    let found = organization.applications.iter().find(|it| it.name == name)?;
    Some((found.client_id.clone(), found.description.clone()))
}
