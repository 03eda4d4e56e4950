//! `quay_organization`: an organization, the namespace of repositories and everything else.
//!
//! Quay creates it from a name and an e-mail address alone and answers with nothing, so the rest
//! takes a second request. A deleted organization may hold its name for a minute or more.

use super::checks;
use super::settings::parse_duration;
use crate::quay::organization::Changes;
use crate::quay::{self, Quay};
use crate::terraform::resource::Resource;
use crate::terraform::schema::{Attribute, Kind, Literal, Schema};
use crate::terraform::{Context, Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use std::time::Duration;
use tokio::time::Instant;

/// How long a name that a deleted organization still holds is waited for.
const CREATE_TIMEOUT_DEFAULT: Duration = Duration::from_mins(5);
/// The first pause between two tries for such a name, and the longest.
const NAME_PAUSE_MIN: Duration = Duration::from_secs(1);
const NAME_PAUSE_MAX: Duration = Duration::from_secs(10);
/// How many repositories a refused deletion names.
const NAMED_REPOSITORIES_MAX: usize = 10;
/// How often a deletion whose answer was lost is tried again, each time after a fresh look.
const DELETE_TRIES_MAX: usize = 3;

/// The state of an organization.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Organization {
    name: String,
    email: Option<String>,
    tag_expiration_s: Option<u64>,
    invoice_email: Option<bool>,
    invoice_email_address: Option<String>,
    force_destroy: Option<bool>,
    timeouts: Option<Timeouts>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Timeouts {
    create: Option<String>,
}

/// What names an organization for ever.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Key {
    name: String,
}

impl Resource<Quay> for Organization {
    const NAME: &'static str = "quay_organization";
    const IDENTITY: &'static [&'static str] = &["name"];
    const MOVES_FROM: &'static [(&'static str, &'static str)] =
        &[("enthought/quay", "quay_organization")];
    const SCHEMA: Schema = Schema::new(
        "An organization: a namespace for repositories, with its own teams, robots and OAuth \
         applications.\n\n\
         The token's user must administer the organization. Creating one takes the scope \
         `user:admin`, everything else takes `org:admin`. Creating takes nothing over: an \
         organization that exists already is an error, and the message says how to import it.\n\n\
         Destroying an organization deletes everything in it, images included. While it holds \
         repositories, that is refused unless `force_destroy` is true in the state.",
        &[
            Attribute::string(
                "name",
                "Name of the organization: 2 to 255 lower-case letters and digits, in which \
                 single `.`, `_` and `-` may stand between others. Changing this creates a new \
                 organization and destroys the old one.",
            )
            .required()
            .replaces()
            .checked(&[checks::organization_name]),
            Attribute::string(
                "email",
                "Contact e-mail address, of at most 254 characters. Leave it out where there is \
                 none; then it is null.",
            )
            .optional()
            .checked(&[checks::email]),
            Attribute::number(
                "tag_expiration_s",
                "How many seconds a deleted tag stays in the time machine, from which it can be \
                 brought back: 0 to 2147483647. Quay accepts only the values that its \
                 administrator allows. Left out, it stays as it is in Quay. The function \
                 `duration_seconds` makes such a number of `2w`.",
            )
            .optional_computed()
            .checked(&[checks::seconds]),
            Attribute::bool(
                "invoice_email",
                "Whether invoices are mailed. Left out, it stays as it is in Quay.",
            )
            .optional_computed(),
            Attribute::string(
                "invoice_email_address",
                "Where invoices are mailed to, of at most 255 characters. Leave it out where \
                 there is no such address; then it is null.",
            )
            .optional()
            .checked(&[checks::not_empty, checks::short_text]),
            Attribute::bool(
                "force_destroy",
                "Whether the organization may be destroyed while it holds repositories. Their \
                 images are lost then. If it is false, destroying is refused, and the error names \
                 the repositories; those that a proxy cache made by itself count, too. Terraform \
                 destroys by what the state says, so apply a change of this before you destroy. \
                 Default `false`.",
            )
            .defaults_to(Literal::Bool(false)),
            Attribute::new(
                "timeouts",
                Kind::Object(&[Attribute::string(
                    "create",
                    "How long to wait for a name that a deleted organization still holds, as a \
                     duration such as `10m`. Default `5m`.",
                )
                .optional()
                .checked(&[checks::duration])]),
                "How long operations may wait for Quay.",
            )
            .optional(),
        ],
    );
    type Key = Key;

    /// Older releases of Quay, and the other provider, show a random UUID where no address is set.
    fn upgrade(attributes: &mut Map<String, Json>) {
        for name in ["email", "invoice_email_address"] {
            let unset = attributes.get(name).and_then(Json::as_str);
            if unset.is_some_and(|text| text.is_empty() || quay::names::is_uuid(text)) {
                attributes.insert(name.to_owned(), Json::Null);
            }
        }
    }

    async fn read(key: &Key, quay: &Context<Quay>) -> Result<Option<Self>> {
        let Some(view) = quay.organization(&key.name).await? else { return Ok(None) };
        if !view.is_admin {
            return Err(Quay::no_administrator(&key.name).into());
        }
        Ok(Some(Self::of(&view)))
    }

    fn carry(&mut self, prior: Option<Self>) -> Result<()> {
        if let Some(prior) = prior {
            self.force_destroy = prior.force_destroy;
            self.timeouts = prior.timeouts;
        }
        Ok(())
    }

    async fn create(self, quay: &Context<Quay>) -> Result<Self> {
        let quay = &quay.fresh();
        // Creating never adopts: whoever has the name keeps it.
        if quay.organization_exists(&self.name).await? {
            return Err(self.taken());
        }
        self.claim_name(quay).await?;
        let missing = Self { email: self.email.clone(), ..Self::named(&self.name) };
        let changes = self.changes_from(&missing);
        let view = if changes.is_empty() {
            let view = quay.changed_organization(&self.name).await;
            view.map_err(|error| Error::from(error).keeping(&self))?
        } else {
            let view = quay.change_organization(&self.name, &changes).await;
            Some(view.map_err(|error| Error::from(error).keeping(&self))?)
        };
        let view = view.filter(|view| view.is_admin);
        let view =
            view.ok_or_else(|| Error::from(Quay::no_administrator(&self.name)).keeping(&self))?;
        self.applied(&view)
    }

    async fn update(self, prior: Self, quay: &Context<Quay>) -> Result<Self> {
        let changes = self.changes_from(&prior);
        if changes.is_empty() {
            return Ok(self);
        }
        match quay.change_organization(&self.name, &changes).await {
            Ok(view) if view.is_admin => self.applied(&view),
            Ok(_) => Err(Error::from(Quay::no_administrator(&self.name)).keeping(&self)),
            Err(error) => {
                // Fields are applied one after the other, so some may have changed.
                let view = quay.changed_organization(&self.name).await.ok().flatten();
                let error = Self::point_at_cause(error);
                Err(match view.filter(|view| view.is_admin) {
                    Some(view) => error.keeping(&Self::of(&view).carrying(&prior)),
                    None => error,
                })
            }
        }
    }

    async fn delete(self, quay: &Context<Quay>) -> Result<()> {
        let quay = &quay.fresh();
        for _ in 0..DELETE_TRIES_MAX {
            if !self.may_be_deleted(quay).await? {
                return Ok(());
            }
            match quay.delete_organization(&self.name).await {
                Ok(()) => return Ok(()),
                Err(error) if error.is_not_found() => return Ok(()),
                Err(error) if error.is_forbidden() => {
                    let exists = quay.organization_exists(&self.name).await?;
                    return if exists { Err(error.into()) } else { Ok(()) };
                }
                Err(error) if error.may_have_acted() => {
                    if !quay.organization_exists(&self.name).await? {
                        return Ok(());
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::new(format!(
            "The organization {} is still there after {DELETE_TRIES_MAX} tries whose answers were \
             lost. Apply again when Quay answers reliably.",
            self.name
        )))
    }
}

impl Key {
    pub(super) fn of(name: &str) -> Self {
        Self { name: name.to_owned() }
    }
}

impl Organization {
    fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            email: None,
            tag_expiration_s: None,
            invoice_email: None,
            invoice_email_address: None,
            force_destroy: None,
            timeouts: None,
        }
    }

    pub(super) fn of(view: &quay::Organization) -> Self {
        Self {
            email: view.contact().map(str::to_owned),
            tag_expiration_s: view.tag_expiration_s,
            invoice_email: view.invoice_email,
            invoice_email_address: view.invoice_contact().map(str::to_owned),
            ..Self::named(&view.name)
        }
    }

    fn carrying(self, other: &Self) -> Self {
        Self { force_destroy: other.force_destroy, timeouts: other.timeouts.clone(), ..self }
    }

    /// What to tell Quay so that `prior` becomes `self`.
    fn changes_from(&self, prior: &Self) -> Changes {
        let changed = |new: &Option<String>, old: &Option<String>| new != old;
        let email = changed(&self.email, &prior.email);
        let address = changed(&self.invoice_email_address, &prior.invoice_email_address);
        Changes {
            email: email.then(|| self.email.clone().unwrap_or_default()),
            invoice_email: self.invoice_email.filter(|_| self.invoice_email != prior.invoice_email),
            invoice_email_address: address.then(|| self.invoice_email_address.clone()),
            tag_expiration_s: self
                .tag_expiration_s
                .filter(|_| self.tag_expiration_s != prior.tag_expiration_s),
        }
    }

    /// The state after Quay's answer to a change. Quay ignores in silence what is switched off.
    fn applied(&self, view: &quay::Organization) -> Result<Self> {
        let found = Self::of(view).carrying(self);
        let wanted = self.tag_expiration_s;
        if wanted.is_some() && wanted != found.tag_expiration_s {
            let seconds =
                found.tag_expiration_s.map_or("another value".to_owned(), |it| it.to_string());
            return Err(Error::new(format!(
                "Quay kept {seconds} and ignored the new value without a word: \
                 `FEATURE_CHANGE_TAG_EXPIRATION` is off. Remove the attribute, or have the feature \
                 switched on."
            ))
            .at("tag_expiration_s")
            .keeping(&found));
        }
        Ok(found)
    }

    /// Creates the organization, once the name is free.
    async fn claim_name(&self, quay: &Quay) -> Result<()> {
        let timeout = self.timeouts.as_ref().and_then(|timeouts| timeouts.create.as_deref());
        let timeout = timeout.map_or(Ok(CREATE_TIMEOUT_DEFAULT), parse_duration);
        let timeout = timeout.map_err(|detail| Error::new(detail).at("timeouts"))?;
        let deadline = Instant::now() + timeout;
        let mut pause = NAME_PAUSE_MIN;
        loop {
            let error = match quay.create_organization(&self.name, self.email.as_deref()).await {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            if error.is_name_held() {
                if Instant::now() + pause >= deadline {
                    return Err(self.still_held(timeout));
                }
                tracing::info!(
                    name = self.name,
                    "a deleted organization still holds the name; waiting"
                );
                quay.pause(pause).await?;
                pause = (pause * 2).min(NAME_PAUSE_MAX);
            } else if error.is_taken() {
                return Err(self.taken());
            } else if error.may_have_acted() {
                return self.resolve_lost_create(quay, error).await;
            } else {
                return Err(Self::point_at_cause(error));
            }
        }
    }

    /// The name was free before, so an organization that is ours now was made by the request.
    async fn resolve_lost_create(&self, quay: &Quay, error: quay::Error) -> Result<()> {
        match quay.changed_organization(&self.name).await {
            Ok(Some(view)) if view.is_admin => Ok(()),
            Ok(Some(_)) => Err(self.taken()),
            Ok(None) => Err(error.into()),
            Err(again) => Err(Error::new(format!(
                "{error} Whether the organization {} was created could not be found out: {again} \
                 If it exists and is yours, import it: `{}`.",
                self.name,
                self.import_command()
            ))),
        }
    }

    fn point_at_cause(error: quay::Error) -> Error {
        let words = error.message().to_lowercase();
        if error.is_invalid() && words.contains("captcha") {
            return Error::new(format!(
                "{error} This Quay, like quay.io, wants proof that a person creates the \
                 organization, which a program cannot give. Create it in the browser and import \
                 it."
            ));
        }
        let at_email = error.is_invalid() && (words.contains("email") || words.contains("e-mail"));
        let error = Error::from(error);
        if at_email { error.at("email") } else { error }
    }

    fn import_command(&self) -> String {
        format!("terraform import ADDRESS {}", self.name)
    }

    fn taken(&self) -> Error {
        Error::new(format!(
            "An organization or user named {} exists already, and is not taken over. To manage \
             this organization, import it: `{}`. Else choose another name.",
            self.name,
            self.import_command()
        ))
        .at("name")
    }

    fn still_held(&self, timeout: Duration) -> Error {
        Error::new(format!(
            "Quay answered \"Username is not available\": a deleted organization still holds the \
             name {}, and Quay did not clear it away within {} s. Apply again later, or raise \
             `timeouts.create`.",
            self.name,
            timeout.as_secs()
        ))
        .at("name")
    }

    /// Whether the organization is there to be deleted. Refuses where images would be lost.
    async fn may_be_deleted(&self, quay: &Quay) -> Result<bool> {
        // Whatever it holds may go, and Quay itself says whether it is there.
        if self.force_destroy == Some(true) {
            return Ok(true);
        }
        let Some(view) = quay.organization(&self.name).await? else { return Ok(false) };
        // To others than administrators every organization looks empty.
        if !view.is_admin {
            return Err(Quay::no_administrator(&self.name).into());
        }
        let repositories = quay.repositories(&self.name).await?;
        if repositories.names.is_empty() {
            return Ok(true);
        }
        let more = if repositories.more { "more than " } else { "" };
        let mut names = repositories.names.clone();
        names.truncate(NAMED_REPOSITORIES_MAX);
        let dots = if repositories.names.len() > names.len() { ", ..." } else { "" };
        Err(Error::new(format!(
            "The organization {} still holds {more}{} repositories, whose images would be lost: \
             {}{dots}. Delete them first, or set `force_destroy = true` and apply, and destroy \
             then.",
            self.name,
            repositories.names.len(),
            names.join(", ")
        ))
        .at("force_destroy"))
    }
}
