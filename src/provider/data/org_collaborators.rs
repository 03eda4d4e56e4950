//! `quay_org_collaborators`: users with permissions in an organization who are not members.

use crate::provider::attributes::ORGNAME;
use crate::provider::errors::no_organization;
use crate::quay::Quay;
use crate::terraform::data_source::DataSource;
use crate::terraform::schema::{Attribute, Kind, Schema};
use crate::terraform::{Context, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The collaborators of an organization.
#[derive(Debug, Deserialize, Serialize)]
pub(in crate::provider) struct Collaborators {
    orgname: String,
    collaborators: Option<Vec<Listed>>,
    names: Option<BTreeSet<String>>,
}

/// One of them.
#[derive(Debug, Deserialize, Serialize)]
struct Listed {
    name: String,
    kind: String,
    repositories: BTreeSet<String>,
}

const COLLABORATOR: &[Attribute] = &[
    Attribute::string("name", "Name of the user."),
    Attribute::string("kind", "Kind of the collaborator, which is always `user`."),
    Attribute::new(
        "repositories",
        Kind::Set(&Kind::String),
        "Names of the repositories on which the user has permissions.",
    ),
];

impl DataSource<Quay> for Collaborators {
    const NAME: &'static str = "quay_org_collaborators";
    const SCHEMA: Schema = Schema::new(
        "Users who are in no team of an organization but have permissions on its repositories.\n\n\
         The token's user must administer the organization, and the token needs the scope \
         `org:admin`.",
        &[
            ORGNAME,
            Attribute::new(
                "collaborators",
                Kind::Objects(COLLABORATOR),
                "Collaborators, sorted by name.",
            ),
            Attribute::new("names", Kind::Set(&Kind::String), "Names of the collaborators."),
        ],
    );

    async fn read(self, quay: &Context<Quay>) -> Result<Self> {
        let found = quay.collaborators(&self.orgname).await?;
        let found = found.ok_or_else(|| no_organization(&self.orgname))?;
        let listed = |it: crate::quay::Member| Listed {
            name: it.name,
            kind: it.kind,
            repositories: it.repositories,
        };
        Ok(Self {
            orgname: self.orgname,
            names: Some(found.iter().map(|it| it.name.clone()).collect()),
            collaborators: Some(found.iter().cloned().map(listed).collect()),
        })
    }
}
