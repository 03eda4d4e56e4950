//! Members and collaborators of an organization.

use super::call::Call;
use super::client::Quay;
use super::error::Result;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A member: a user in one of the teams, or a robot.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Member {
    /// The user's or robot's name.
    pub name: String,
    /// `user` or `robot`.
    pub kind: String,
    /// The teams it is in.
    pub teams: BTreeSet<String>,
    /// The repositories it has permissions on by itself.
    pub repositories: BTreeSet<String>,
}

/// A member, or a collaborator, as Quay shows it.
#[derive(Clone, Deserialize)]
pub(super) struct View {
    name: String,
    kind: String,
    #[serde(default)]
    teams: Vec<Team>,
    #[serde(default)]
    repositories: BTreeSet<String>,
}

#[derive(Clone, Deserialize)]
struct Team {
    name: String,
}

/// Members or collaborators of an organization, sorted by name.
#[derive(Debug, Deserialize)]
#[serde(from = "List")]
pub struct Members {
    sorted: Vec<Member>,
}

#[derive(Deserialize)]
struct List {
    #[serde(alias = "collaborators")]
    members: Vec<View>,
}

impl From<View> for Member {
    fn from(view: View) -> Self {
        let teams = view.teams.into_iter().map(|team| team.name).collect();
        Self { name: view.name, kind: view.kind, teams, repositories: view.repositories }
    }
}

impl From<List> for Members {
    fn from(List { members }: List) -> Self {
        let mut sorted: Vec<Member> = members.into_iter().map(Member::from).collect();
        sorted.sort_by(|a, b| a.name.cmp(&b.name));
        Self { sorted }
    }
}

impl std::ops::Deref for Members {
    type Target = [Member];

    fn deref(&self) -> &[Member] {
        &self.sorted
    }
}

impl Members {
    /// The member of a name.
    pub fn get(&self, name: &str) -> Option<&Member> {
        let position = self.sorted.binary_search_by(|member| member.name.as_str().cmp(name));
        position.ok().map(|position| &self.sorted[position])
    }
}

impl Quay {
    /// Lists the members of an organization, without robots; `None` where it is gone.
    pub async fn members(&self, organization: &str) -> Result<Option<Arc<Members>>> {
        let listed = self.read(Call::get(&["organization", organization, "members"])?).await;
        self.below(organization, listed).await
    }

    /// Lists the users who are in no team but have permissions on repositories; `None` where the
    /// organization is gone.
    pub async fn collaborators(&self, organization: &str) -> Result<Option<Arc<Members>>> {
        let listed = self.read(Call::get(&["organization", organization, "collaborators"])?).await;
        self.below(organization, listed).await
    }

    /// Reads a member, which may be a robot; `None` where there is none.
    ///
    /// All users of an organization are found in one list. Robots are not in it. What user is not in
    /// it is asked for alone, and afresh, before it counts as absent.
    pub async fn member(&self, organization: &str, name: &str) -> Result<Option<Member>> {
        let is_robot = name.contains('+');
        if !is_robot && !self.is_fresh() {
            let Some(listed) = self.members(organization).await? else { return Ok(None) };
            if let Some(found) = listed.get(name) {
                return Ok(Some(found.clone()));
            }
        }
        let call = Call::get(&["organization", organization, "members", name])?;
        let read = if is_robot { self.read(call).await } else { self.fresh().read(call).await };
        let found: Option<Arc<View>> = self.below(organization, read).await?;
        Ok(found.map(|found| Member::from(View::clone(&found))))
    }

    /// Removes a user from every team and repository of an organization. `false` where Quay knows
    /// no such user.
    pub async fn remove_member(&self, organization: &str, name: &str) -> Result<bool> {
        let call = Call::delete(&["organization", organization, "members", name])?;
        let removed = self.send(call).await.map(drop);
        Ok(self.below(organization, removed).await?.is_some())
    }
}
