//! `quay_org_member`: a member of an organization, be it a user or a robot.

use crate::provider::attributes::ORGNAME;
use crate::provider::checks;
use crate::quay::Quay;
use crate::terraform::data_source::DataSource;
use crate::terraform::schema::{Attribute, Kind, Schema};
use crate::terraform::{Context, Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A member that was looked up.
#[derive(Debug, Deserialize, Serialize)]
pub(in crate::provider) struct Member {
    orgname: String,
    name: String,
    kind: Option<String>,
    teams: Option<BTreeSet<String>>,
    repositories: Option<BTreeSet<String>>,
}

impl DataSource<Quay> for Member {
    const NAME: &'static str = "quay_org_member";
    const SCHEMA: Schema = Schema::new(
        "A member of an organization: a user who is in one of its teams, or one of its robots.\n\n\
         The token's user must administer the organization, and the token needs the scope \
         `org:admin`.",
        &[
            ORGNAME,
            Attribute::string(
                "name",
                "Name of the user, or full name of the robot, such as `acme+ci`.",
            )
            .required()
            .checked(&[checks::segment]),
            Attribute::string("kind", "Kind of the member: `user` or `robot`."),
            Attribute::new(
                "teams",
                Kind::Set(&Kind::String),
                "Names of the teams that the member is in.",
            ),
            Attribute::new(
                "repositories",
                Kind::Set(&Kind::String),
                "Names of the repositories on which the member has permissions of its own, not by \
                 a team.",
            ),
        ],
    );

    async fn read(self, quay: &Context<Quay>) -> Result<Self> {
        let Some(member) = quay.member(&self.orgname, &self.name).await? else {
            return Err(Error::new(format!(
                "The organization {} has no member named {:?}, or does not exist. Users who are in \
                 no team are not members, whatever their permissions are.",
                self.orgname, self.name
            ))
            .at("name"));
        };
        Ok(Self {
            orgname: self.orgname,
            name: self.name,
            kind: Some(member.kind),
            teams: Some(member.teams),
            repositories: Some(member.repositories),
        })
    }
}
