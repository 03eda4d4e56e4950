//! `quay_organization`: an organization, the namespace of repositories and everything else.
//!
//! Quay creates it from a name and an e-mail address alone and answers with nothing, so the rest
//! takes a second request. A deleted organization may hold its name for a minute or more.

mod creation;
mod deletion;

use super::checks;
use crate::quay::organization::Changes;
use crate::quay::{self, Quay};
use crate::terraform::resource::Resource;
use crate::terraform::schema::{Attribute, Kind, Literal, Schema};
use crate::terraform::{Context, Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

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
         Creating takes a second request where more than `name` and `email` is set. If that fails, \
         Terraform marks the new organization as tainted and replaces it at the next apply; \
         `terraform untaint` keeps it. On the newest Quay an organization that replaces one of the \
         same name waits until that is cleared away, about a minute.\n\n\
         Destroying an organization deletes everything in it, images included. While it holds \
         repositories, that is refused unless `force_destroy` is true in the state. By then Terraform \
         has destroyed what depends on the organization: its applications are created anew at the \
         next apply, with other client ids.",
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
                 none; then it is null. Quay up to 3.17 allows each address only once, among users \
                 and organizations alike.",
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
            .defaults_to(Literal::Bool(false))
            .own(),
            Attribute::new(
                "timeouts",
                Kind::Object(&[Attribute::string(
                    "create",
                    "How long to wait for a name that a deleted organization still holds, as a \
                     duration such as `10m`, of at most `24h`. Default `5m`.",
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
            return Err(quay.no_administrator(&key.name).into());
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
        self.claim_name(quay).await?;
        let created = Self { email: self.email.clone(), ..Self::named(&self.name) };
        let created = created.carrying(&self);
        self.bring_about(&created, &quay.finishing()).await
    }

    async fn update(self, prior: Self, quay: &Context<Quay>) -> Result<Self> {
        if self.changes_from(&prior).is_empty() {
            return Ok(self);
        }
        self.bring_about(&prior, quay).await
    }

    async fn delete(self, quay: &Context<Quay>) -> Result<()> {
        self.delete_guarded(&quay.fresh()).await
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

    /// Changes the organization from what it is known to be. The state is what Quay then shows.
    async fn bring_about(self, known: &Self, quay: &Quay) -> Result<Self> {
        let changes = self.changes_from(known);
        let answer = if changes.is_empty() {
            quay.organization(&self.name).await
        } else {
            quay.change_organization(&self.name, &changes).await.map(Some)
        };
        match answer {
            Ok(Some(view)) if view.is_admin => self.applied(&view, &changes),
            Ok(Some(_)) => Err(Error::from(quay.no_administrator(&self.name)).keeping(&self)),
            // The next refresh takes it out of the state, if it is not only late.
            Ok(None) => Err(self.gone().keeping(known)),
            // Nothing was asked for, or nothing was sent.
            Err(error) if changes.is_empty() || error.is_stopped() => {
                Err(Error::from(error).keeping(known))
            }
            Err(error) => Err(known.half_changed(error, quay).await),
        }
    }

    /// The error of a failed change with the state that it reached: Quay applies one field after
    /// the other.
    async fn half_changed(&self, error: quay::Error, quay: &Quay) -> Error {
        match quay.finishing().organization(&self.name).await {
            Ok(None) => self.gone(),
            Ok(Some(view)) if view.is_admin => {
                explained(error).keeping(&Self::of(&view).carrying(self))
            }
            _ => explained(error).keeping(self),
        }
    }

    fn gone(&self) -> Error {
        Error::new(format!(
            "There is no organization named {} any more: somebody deleted it meanwhile. Plan again: \
             what is gone is planned anew.",
            self.name
        ))
    }

    /// The state after Quay's answer to a change. Quay ignores in silence what is switched off.
    fn applied(&self, view: &quay::Organization, changes: &Changes) -> Result<Self> {
        let found = Self::of(view).carrying(self);
        let wanted = changes.tag_expiration_s;
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
}

/// An error of Quay's, at the attribute that its words are about.
fn explained(error: quay::Error) -> Error {
    let words = error.message().to_lowercase();
    if !error.is_invalid() {
        return error.into();
    }
    if words.contains("captcha") {
        return Error::new(format!(
            "{} This Quay, like quay.io, wants proof that a person creates the organization, which a \
             program cannot give. Create it in the browser and import it.",
            error.happening()
        ));
    }
    if words.contains("tag expiration") {
        return Error::new(format!(
            "{} Quay accepts only the values that its administrator lists in \
             `TAG_EXPIRATION_OPTIONS`: choose one of them.",
            error.happening()
        ))
        .at("tag_expiration_s");
    }
    let about_email = words.contains("email") || words.contains("e-mail");
    let error = Error::from(error);
    if about_email { error.at("email") } else { error }
}
