//! `quay_org_member_allowlist`: who may be a member of an organization.
//!
//! Members come from teams and cannot be added here; what can be done is remove. Creating and
//! destroying the list removes nobody, and an update removes only those whom the plan showed.

use super::checks;
use super::errors::{caller, no_organization};
use super::lost::import_command;
use crate::quay::member::Members;
use crate::quay::{self, Member, Quay};
use crate::terraform::plan::Planning;
use crate::terraform::resource::Resource;
use crate::terraform::schema::{Attribute, Kind, Schema};
use crate::terraform::value::Value;
use crate::terraform::{Context, Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The role of teams whose members own the organization.
const OWNERS_ROLE: &str = "admin";

/// The state of an allowlist.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct MemberAllowlist {
    orgname: String,
    allowed_members: BTreeSet<String>,
    unexpected_members: Option<BTreeSet<String>>,
}

/// What names an allowlist for ever.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Key {
    orgname: String,
}

impl Resource<Quay> for MemberAllowlist {
    const NAME: &'static str = "quay_org_member_allowlist";
    const IDENTITY: &'static [&'static str] = &["orgname"];
    const SCHEMA: Schema = Schema::new(
        "Keeps strangers out of an organization. Members are the users in any of its teams; robots \
         are none.\n\n\
         Members come from teams and cannot be added here. A refresh that finds members who are \
         not allowed shows them in `unexpected_members`, and the next apply removes exactly those \
         whom its plan showed, there or by their leaving `allowed_members`. They are removed from \
         every team, and lose their direct permissions on repositories. If somebody else turned up \
         in the meantime, that is an error before anybody is removed. The token's own user and the \
         last owner are never removed.\n\n\
         Creating the list removes nobody: members who are not allowed are an error then. Import \
         the list instead, and the next plan shows them. Destroying it removes nobody either.\n\n\
         The token needs the scope `org:admin`, and `user:read` to remove somebody.",
        &[
            Attribute::string(
                "orgname",
                "Name of the organization. Changing this creates a new list, and removes nobody.",
            )
            .required()
            .replaces()
            .checked(&[checks::organization_name]),
            Attribute::new(
                "allowed_members",
                Kind::Set(&Kind::String),
                "Names of the users who may be members. It adds nobody: that is what teams are \
                 for.",
            )
            .required(),
            Attribute::new(
                "unexpected_members",
                Kind::Set(&Kind::String),
                "Names of the members who are not allowed, as the last refresh found them; empty \
                 after an apply.",
            ),
        ],
    );
    type Key = Key;

    /// After an apply nobody unexpected is left.
    fn plan(planning: &mut Planning<'_>) {
        planning.set("unexpected_members", Value::set(Vec::new()));
    }

    async fn read(key: &Key, quay: &Context<Quay>) -> Result<Option<Self>> {
        let members = quay.members(&key.orgname).await?;
        Ok(members.map(|members| Self {
            orgname: key.orgname.clone(),
            allowed_members: members.iter().map(|member| member.name.clone()).collect(),
            unexpected_members: Some(BTreeSet::new()),
        }))
    }

    /// Just after an import everybody is allowed, so that the next plan shows by name whom the
    /// configuration does not allow.
    fn carry(&mut self, prior: Option<Self>) -> Result<()> {
        if let Some(prior) = prior {
            let members = std::mem::replace(&mut self.allowed_members, prior.allowed_members);
            self.unexpected_members =
                Some(members.difference(&self.allowed_members).cloned().collect());
        }
        Ok(())
    }

    async fn create(self, quay: &Context<Quay>) -> Result<Self> {
        let members = self.members(&quay.fresh()).await?;
        let strangers = self.strangers(&members);
        if strangers.is_empty() {
            return Ok(self.settled());
        }
        let strangers: Vec<&str> = strangers.iter().map(String::as_str).collect();
        Err(Error::new(format!(
            "The organization {} has members who are not allowed: {}. Creating the list removes \
             nobody. Add them to `allowed_members`, or import the list with {}: the next plan then \
             shows their removal.",
            self.orgname,
            strangers.join(", "),
            import_command(&self.orgname)
        ))
        .at("allowed_members"))
    }

    async fn update(self, prior: Self, quay: &Context<Quay>) -> Result<Self> {
        let quay = &quay.fresh();
        let mut shown = prior.unexpected_members.clone().unwrap_or_default();
        shown.extend(prior.allowed_members.difference(&self.allowed_members).cloned());
        if shown.is_empty() {
            return Ok(self.settled());
        }
        let members = self.members(quay).await?;
        let strangers = self.strangers(&members);
        let unseen: Vec<&str> = strangers.difference(&shown).map(String::as_str).collect();
        if !unseen.is_empty() {
            return Err(Error::new(format!(
                "Since the plan was made, others became members who are not allowed: {}. Nobody \
                 was removed. Plan again to see them.",
                unseen.join(", ")
            )));
        }
        self.check_removal(&strangers, &members, quay).await?;
        for name in &strangers {
            tracing::info!(name, orgname = self.orgname, "removing a member");
            if let Err(error) = quay.remove_member(&self.orgname, name).await {
                return Err(self.half_done(quay, &strangers, &error).await);
            }
        }
        Ok(self.settled())
    }

    async fn delete(self, _quay: &Context<Quay>) -> Result<()> {
        Ok(())
    }
}

impl MemberAllowlist {
    fn settled(self) -> Self {
        Self { unexpected_members: Some(BTreeSet::new()), ..self }
    }

    /// Those of the members who are not allowed.
    fn strangers(&self, members: &Members) -> BTreeSet<String> {
        let names = members.iter().map(|member| &member.name);
        names.filter(|name| !self.allowed_members.contains(*name)).cloned().collect()
    }

    /// The members, read afresh.
    async fn members(&self, quay: &Quay) -> Result<Arc<Members>> {
        let members = quay.members(&self.orgname).await?;
        members.ok_or_else(|| no_organization(&self.orgname))
    }

    /// Refuses, before anybody is touched, what would lock the organization's owners out.
    async fn check_removal(
        &self,
        strangers: &BTreeSet<String>,
        members: &Members,
        quay: &Quay,
    ) -> Result<()> {
        if strangers.is_empty() {
            return Ok(());
        }
        let purpose = "to make sure that its own user is not removed";
        let caller = caller(quay, purpose).await?;
        if strangers.contains(&caller.username) {
            return Err(Error::new(format!(
                "{} is the token's own user and is not removed; nobody was. Add the name to \
                 `allowed_members`.",
                caller.username
            ))
            .at("allowed_members"));
        }
        let owners = self.owners(members, quay).await?;
        if !owners.is_empty() && owners.is_subset(strangers) {
            let names: Vec<&str> = owners.iter().map(String::as_str).collect();
            return Err(Error::new(format!(
                "No owner of the organization {} would be left: {}. Nobody was removed. Add at \
                 least one of them to `allowed_members`.",
                self.orgname,
                names.join(", ")
            ))
            .at("allowed_members"));
        }
        Ok(())
    }

    /// Those of the members who are in a team with the role of an administrator.
    async fn owners(&self, members: &Members, quay: &Quay) -> Result<BTreeSet<String>> {
        let view = quay.organization(&self.orgname).await?;
        let teams = view.and_then(|view| view.teams);
        let teams = teams.ok_or_else(|| Error::from(quay.no_administrator(&self.orgname)))?;
        let owning: BTreeSet<&String> = teams
            .iter()
            .filter(|(_, team)| team.role == OWNERS_ROLE)
            .map(|(name, _)| name)
            .collect();
        let owns = |member: &&Member| member.teams.iter().any(|team| owning.contains(team));
        Ok(members.iter().filter(owns).map(|member| member.name.clone()).collect())
    }

    /// The state after some were to be removed and one could not be.
    async fn half_done(
        self,
        quay: &Quay,
        strangers: &BTreeSet<String>,
        error: &quay::Error,
    ) -> Error {
        let Ok(members) = self.members(&quay.finishing()).await else {
            return Error::new(format!(
                "{error} Who was removed before could not be found out: the next plan shows it."
            ));
        };
        let left = self.strangers(&members);
        let names = |names: Vec<&String>| match names.len() {
            0 => "nobody".to_owned(),
            _ => names.into_iter().map(String::as_str).collect::<Vec<_>>().join(", "),
        };
        let removed = names(strangers.difference(&left).collect());
        let kept = names(left.iter().collect());
        let detail = format!("{error} Removed: {removed}. Still members: {kept}.");
        Error::new(detail).keeping(&Self { unexpected_members: Some(left), ..self })
    }
}
