//! Members and collaborators of an organization.

use super::client::{Answer, Call, Quay};
use super::error::Result;
use serde::Deserialize;
use std::collections::BTreeSet;

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
#[derive(Deserialize)]
struct View {
    name: String,
    kind: String,
    #[serde(default)]
    teams: Vec<Team>,
    #[serde(default)]
    repositories: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Team {
    name: String,
}

#[derive(Deserialize)]
struct Members {
    members: Vec<View>,
}

#[derive(Deserialize)]
struct Collaborators {
    collaborators: Vec<View>,
}

impl From<View> for Member {
    fn from(view: View) -> Self {
        let teams = view.teams.into_iter().map(|team| team.name).collect();
        Self { name: view.name, kind: view.kind, teams, repositories: view.repositories }
    }
}

fn sorted(views: Vec<View>) -> Vec<Member> {
    let mut members: Vec<Member> = views.into_iter().map(Member::from).collect();
    members.sort_by(|a, b| a.name.cmp(&b.name));
    members
}

impl Quay {
    /// Lists the members of an organization by name, without robots; `None` where it is gone.
    pub async fn members(&self, organization: &str) -> Result<Option<Vec<Member>>> {
        let call = Call::get(&["organization", organization, "members"])?;
        let listed = self.send(call).await.and_then(Answer::read::<Members>);
        Ok(self.below(organization, listed).await?.map(|listed| sorted(listed.members)))
    }

    /// Lists the users by name who are in no team but have permissions on repositories; `None`
    /// where the organization is gone.
    pub async fn collaborators(&self, organization: &str) -> Result<Option<Vec<Member>>> {
        let call = Call::get(&["organization", organization, "collaborators"])?;
        let listed = self.send(call).await.and_then(Answer::read::<Collaborators>);
        Ok(self.below(organization, listed).await?.map(|listed| sorted(listed.collaborators)))
    }

    /// Reads a member, which may be a robot; `None` where there is none.
    pub async fn member(&self, organization: &str, name: &str) -> Result<Option<Member>> {
        let call = Call::get(&["organization", organization, "members", name])?;
        let read = self.send(call).await.and_then(Answer::read::<View>);
        Ok(self.below(organization, read).await?.map(Member::from))
    }

    /// Removes a user from every team and repository of an organization. `false` where Quay knows
    /// no such user.
    pub async fn remove_member(&self, organization: &str, name: &str) -> Result<bool> {
        let call = Call::delete(&["organization", organization, "members", name])?;
        let removed = self.send(call).await.map(drop);
        Ok(self.below(organization, removed).await?.is_some())
    }
}
