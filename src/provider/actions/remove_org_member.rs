//! `quay_remove_org_member`: removes a user from every team and repository of an organization.

use crate::provider::attributes::ORGNAME;
use crate::provider::checks;
use crate::provider::errors::no_organization;
use crate::quay::Quay;
use crate::terraform::action::{Action, Progress};
use crate::terraform::schema::{Attribute, Schema};
use crate::terraform::{Context, Error, Result};
use serde::Deserialize;

/// Whom to remove from where.
#[derive(Debug, Deserialize)]
pub(in crate::provider) struct RemoveOrgMember {
    orgname: String,
    name: String,
}

impl Action<Quay> for RemoveOrgMember {
    const NAME: &'static str = "quay_remove_org_member";
    const SCHEMA: Schema = Schema::new(
        "Removes a user from an organization: from every team, and with all direct permissions on \
         repositories. Where the user is no member, that is a success, too.\n\n\
         The only owner of an organization is not removed. The token's user must administer the \
         organization, and the token needs the scope `org:admin`.",
        &[
            ORGNAME,
            Attribute::string("name", "Name of the user. Robots are not removed.")
                .required()
                .checked(&[checks::segment]),
        ],
    );

    async fn invoke(self, quay: &Context<Quay>, progress: &Progress) -> Result<()> {
        let quay = quay.fresh();
        let Self { orgname, name } = &self;
        progress.say(format!("Looking for {name} in {orgname}"));
        if let Some(member) = quay.member(orgname, name).await? {
            let teams: Vec<&str> = member.teams.iter().map(String::as_str).collect();
            progress.say(format!("Removing {name} from {orgname} (teams: {})", teams.join(", ")));
        } else {
            // Whoever is in no team may have permissions on repositories all the same.
            let collaborators = quay.collaborators(orgname).await?;
            let collaborators = collaborators.ok_or_else(|| no_organization(orgname))?;
            let Some(collaborator) = collaborators.get(name) else {
                progress.say(format!("{name} is no member of {orgname}; nothing to do"));
                return Ok(());
            };
            let repositories = collaborator.repositories.iter().map(String::as_str);
            let repositories = repositories.collect::<Vec<_>>().join(", ");
            progress.say(format!("Removing {name} from repositories of {orgname}: {repositories}"));
        }
        match quay.remove_member(orgname, name).await {
            // A robot, or the answer to a first try was lost.
            Ok(false) if quay.member(orgname, name).await?.is_some() => Err(Error::new(format!(
                "Quay removes users only, and {name} is a robot of the organization {orgname}. \
                 Take the robot out of its teams, or delete it."
            ))
            .at("name")),
            Ok(_) => {
                progress.say(format!("{name} is no member of {orgname} any more"));
                Ok(())
            }
            Err(error)
                if error.is_invalid() && error.message().contains("only organization admin") =>
            {
                Err(Error::new(format!(
                    "{name} is the only owner of the organization {orgname} and was not removed: \
                     an organization needs one. Make somebody else an owner first."
                ))
                .at("name"))
            }
            Err(error) => Err(error.into()),
        }
    }
}
