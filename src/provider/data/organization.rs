//! `quay_organization`: what the token's user is shown of an organization.

use crate::provider::checks;
use crate::quay::Quay;
use crate::quay::organization::Team;
use crate::terraform::data_source::DataSource;
use crate::terraform::schema::{Attribute, Kind, Schema};
use crate::terraform::{Context, Error, Result};
use serde::{Deserialize, Serialize};

/// An organization as it is shown.
#[derive(Debug, Deserialize, Serialize)]
pub(in crate::provider) struct Organization {
    name: String,
    email: Option<String>,
    tag_expiration_s: Option<u64>,
    invoice_email: Option<bool>,
    invoice_email_address: Option<String>,
    is_admin: Option<bool>,
    is_member: Option<bool>,
    is_free_account: Option<bool>,
    teams: Option<Vec<Team>>,
}

const TEAM: &[Attribute] = &[
    Attribute::string("name", "Name of the team."),
    Attribute::string("description", "What the team is for, in Markdown."),
    Attribute::string("role", "Role of the team: `admin`, `creator` or `member`."),
    Attribute::number("member_count", "How many members the team has."),
    Attribute::number("repo_count", "How many repositories the team has permissions on."),
    Attribute::bool("is_synced", "Whether the members come from an identity provider."),
    Attribute::bool("can_view", "Whether the token's user may see the members."),
];

impl DataSource<Quay> for Organization {
    const NAME: &'static str = "quay_organization";
    const SCHEMA: Schema = Schema::new(
        "An organization as the token's user sees it. What is not shown to that user is null.\n\n\
         A token that is not valid any more sees what a stranger sees, so a warning says when the \
         user is not even a member.",
        &[
            Attribute::string("name", "Name of the organization.")
                .required()
                .checked(&[checks::organization_name]),
            Attribute::string(
                "email",
                "Contact e-mail address; null where none is set. Shown to administrators.",
            ),
            Attribute::number(
                "tag_expiration_s",
                "How many seconds a deleted tag stays in the time machine. Shown to \
                 administrators.",
            ),
            Attribute::bool(
                "invoice_email",
                "Whether invoices are mailed. Shown to administrators.",
            ),
            Attribute::string(
                "invoice_email_address",
                "Where invoices are mailed to; null where no address is set. Shown to \
                 administrators.",
            ),
            Attribute::bool("is_admin", "Whether the token's user administers the organization."),
            Attribute::bool(
                "is_member",
                "Whether the token's user is a member of the organization.",
            ),
            Attribute::bool(
                "is_free_account",
                "Whether the organization is on the free plan. Shown to administrators.",
            ),
            Attribute::new(
                "teams",
                Kind::Objects(TEAM),
                "Teams of the organization, in Quay's order. Shown to members.",
            ),
        ],
    );

    async fn read(self, quay: &Context<Quay>) -> Result<Self> {
        let Some(view) = quay.organization(&self.name).await? else {
            let detail = format!("There is no organization named {}.", self.name);
            return Err(Error::new(detail).at("name"));
        };
        if view.is_to_a_stranger() {
            quay.warn(
                "Little is shown of the organization",
                format!(
                    "Quay shows the organization {} as to a stranger. Either the token's user is no \
                     member of it, or the token is not valid (any more).",
                    self.name
                ),
            );
        }
        let teams = view.teams.as_ref().map(|teams| {
            let order =
                view.ordered_teams.clone().unwrap_or_else(|| teams.keys().cloned().collect());
            order.iter().filter_map(|name| teams.get(name)).cloned().collect()
        });
        Ok(Self {
            email: view.contact().map(str::to_owned),
            tag_expiration_s: view.tag_expiration_s,
            invoice_email: view.invoice_email,
            invoice_email_address: view.invoice_contact().map(str::to_owned),
            is_admin: Some(view.is_admin),
            is_member: Some(view.is_member),
            is_free_account: view.is_free_account,
            teams,
            name: self.name,
        })
    }
}
