//! `quay_org_members`: all users who are members of an organization.

use crate::provider::attributes::ORGNAME;
use crate::provider::errors::no_organization;
use crate::quay::{self, Quay};
use crate::terraform::data_source::DataSource;
use crate::terraform::schema::{Attribute, Kind, Schema};
use crate::terraform::{Context, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The members of an organization.
#[derive(Debug, Deserialize, Serialize)]
pub(in crate::provider) struct Members {
    orgname: String,
    members: Option<Vec<Listed>>,
    names: Option<BTreeSet<String>>,
}

/// One of them.
#[derive(Debug, Deserialize, Serialize)]
struct Listed {
    name: String,
    kind: String,
    teams: BTreeSet<String>,
    repositories: BTreeSet<String>,
}

const MEMBER: &[Attribute] = &[
    Attribute::string("name", "Name of the user."),
    Attribute::string("kind", "Kind of the member, which is always `user`."),
    Attribute::new("teams", Kind::Set(&Kind::String), "Names of the teams that the user is in."),
    Attribute::new(
        "repositories",
        Kind::Set(&Kind::String),
        "Names of the repositories on which the user has permissions of their own, not by a team.",
    ),
];

impl DataSource<Quay> for Members {
    const NAME: &'static str = "quay_org_members";
    const SCHEMA: Schema = Schema::new(
        "All users who are members of an organization, that is, in one of its teams. Robots are \
         not listed.\n\n\
         The token's user must administer the organization, and the token needs the scope \
         `org:admin`.",
        &[
            ORGNAME,
            Attribute::new("members", Kind::Objects(MEMBER), "Members, sorted by name."),
            Attribute::new("names", Kind::Set(&Kind::String), "Names of the members."),
        ],
    );

    async fn read(self, quay: &Context<Quay>) -> Result<Self> {
        let members = quay.members(&self.orgname).await?;
        let members = members.ok_or_else(|| no_organization(&self.orgname))?;
        Ok(Self {
            orgname: self.orgname,
            names: Some(members.iter().map(|member| member.name.clone()).collect()),
            members: Some(members.iter().cloned().map(Listed::from).collect()),
        })
    }
}

impl From<quay::Member> for Listed {
    fn from(member: quay::Member) -> Self {
        Self {
            name: member.name,
            kind: member.kind,
            teams: member.teams,
            repositories: member.repositories,
        }
    }
}
