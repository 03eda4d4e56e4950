//! Organizations.

use super::call::{Call, Repetition};
use super::client::Quay;
use super::error::{Error, Result};
use super::names::{self, is_uuid};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Number, json};
use std::collections::BTreeMap;

/// What Quay shows of an organization. To others than its administrators it shows less, and says
/// so in `is_admin`.
#[derive(Clone, Debug, Deserialize)]
pub struct Organization {
    /// Its name.
    pub name: String,
    /// The contact address as Quay shows it; see [`Organization::contact`].
    #[serde(default)]
    pub email: Option<String>,
    /// Whether the caller administers it.
    pub is_admin: bool,
    /// Whether the caller is a member of it.
    pub is_member: bool,
    /// Whether invoices are mailed; administrators only.
    #[serde(default)]
    pub invoice_email: Option<bool>,
    /// Where invoices are mailed to; administrators only.
    #[serde(default)]
    pub invoice_email_address: Option<String>,
    /// How long a deleted tag stays, in seconds; administrators only.
    #[serde(default, deserialize_with = "whole_seconds")]
    pub tag_expiration_s: Option<u64>,
    /// Whether it is on the free plan; administrators only.
    #[serde(default)]
    pub is_free_account: Option<bool>,
    /// Its teams by name; members only.
    #[serde(default)]
    pub teams: Option<BTreeMap<String, Team>>,
    /// The names of its teams in Quay's order; members only.
    #[serde(default)]
    pub ordered_teams: Option<Vec<String>>,
}

/// A team as an organization's view shows it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Team {
    /// Its name.
    pub name: String,
    /// What it is for, in Markdown.
    #[serde(default)]
    pub description: String,
    /// `admin`, `creator` or `member`.
    pub role: String,
    /// How many members it has.
    #[serde(default)]
    pub member_count: u64,
    /// How many repositories it has permissions on.
    #[serde(default)]
    pub repo_count: u64,
    /// Whether its members come from an identity provider.
    #[serde(default)]
    pub is_synced: bool,
    /// Whether the caller may see its members.
    #[serde(default)]
    pub can_view: bool,
}

/// What to change of an organization; `None` leaves as it is.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Changes {
    /// The contact address; empty to clear it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether invoices are mailed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoice_email: Option<bool>,
    /// Where invoices are mailed to; `Some(None)` to clear it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoice_email_address: Option<Option<String>>,
    /// How long a deleted tag stays, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag_expiration_s: Option<u64>,
}

impl Changes {
    /// Whether there is nothing to change.
    pub fn is_empty(&self) -> bool {
        self.email.is_none()
            && self.invoice_email.is_none()
            && self.invoice_email_address.is_none()
            && self.tag_expiration_s.is_none()
    }
}

impl Organization {
    /// Whether it is shown as to somebody who has nothing to do with it.
    pub fn is_to_a_stranger(&self) -> bool {
        !self.is_admin && !self.is_member
    }

    /// The contact address. Where none is set, Quay shows nothing or, up to 3.17, a random UUID.
    pub fn contact(&self) -> Option<&str> {
        self.email.as_deref().filter(|email| !email.is_empty() && !is_uuid(email))
    }

    /// Where invoices are mailed to.
    pub fn invoice_contact(&self) -> Option<&str> {
        self.invoice_email_address.as_deref().filter(|address| !address.is_empty())
    }
}

/// Quay may answer `604800.0`.
fn whole_seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let Some(number) = Option::<Number>::deserialize(deserializer)? else { return Ok(None) };
    let text = number.to_string();
    let whole = text.strip_suffix(".0").unwrap_or(&text);
    whole.parse().map(Some).map_err(|_| serde::de::Error::custom("not a number of seconds"))
}

impl Quay {
    /// Reads an organization as the token's user sees it; `None` where there is none.
    ///
    /// Where another token may show more, what a stranger is shown is not shared with others.
    pub async fn organization(&self, name: &str) -> Result<Option<Organization>> {
        let call = Call::get(&["organization", name])?.view();
        let path = call.path.clone();
        match self.read::<Organization>(call).await {
            Ok(view) => {
                if view.is_to_a_stranger() && self.can_renew() {
                    self.shared.forget(&path);
                }
                Ok(Some(Organization::clone(&view)))
            }
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether an organization exists, whoever may see more of it.
    pub async fn organization_exists(&self, name: &str) -> Result<bool> {
        match self.send(Call::get(&["organization", name])?.public()).await {
            Ok(_) => Ok(true),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Creates an organization. Quay answers with nothing of it.
    pub async fn create_organization(&self, name: &str, email: Option<&str>) -> Result<()> {
        let mut body = json!({ "name": name });
        if let Some(email) = email {
            body["email"] = email.into();
        }
        let created = self.send(Call::post(&["organization"], body)?.with_slash()).await;
        // The path of the request does not say whose creation it is.
        self.shared.written(&Call::get(&["organization", name])?.path);
        created.map(drop).map_err(Error::of_creation)
    }

    /// Changes an organization. Quay applies one field after the other, so some may be changed
    /// where this fails.
    ///
    /// Up to 3.17 only one organization can have the empty address that means "none" to later
    /// releases. The others are given what Quay itself uses for it: a random UUID.
    pub async fn change_organization(&self, name: &str, changes: &Changes) -> Result<Organization> {
        match self.put_organization(name, changes).await {
            Err(error) if error.is_email_taken() && changes.email.as_deref() == Some("") => {
                let changes = Changes { email: Some(names::new_uuid()), ..changes.clone() };
                self.put_organization(name, &changes).await
            }
            result => result,
        }
    }

    async fn put_organization(&self, name: &str, changes: &Changes) -> Result<Organization> {
        let body = serde_json::to_value(changes).unwrap_or_default();
        self.send(Call::put(&["organization", name], body)?).await?.read()
    }

    /// Deletes an organization with everything in it. It is tried once: before another try the
    /// caller looks again at what would be lost.
    pub async fn delete_organization(&self, name: &str) -> Result<()> {
        let call = Call::delete(&["organization", name])?.repetition(Repetition::Guarded);
        self.send(call).await.map(drop)
    }

    /// What a refusal of something below an organization means: `None` where the organization is
    /// gone, else the refusal itself. Quay says "forbidden" of what is below a missing one.
    pub(super) async fn below<T>(&self, name: &str, result: Result<T>) -> Result<Option<T>> {
        match result {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) if error.is_forbidden() => {
                if self.organization_exists(name).await? {
                    Err(error)
                } else {
                    Ok(None)
                }
            }
            Err(error) => Err(error),
        }
    }

    /// Why an organization's view does not do: it is not an administrator's.
    pub fn no_administrator(&self, name: &str) -> Error {
        let mut message = format!(
            "Quay shows the organization {name}, but not as to one of its administrators. Either \
             the token is not valid (any more) or its rights do not suffice"
        );
        if let Some(reason) = self.why_no_other_token() {
            message += ", and no other could be had: ";
            message += reason.trim_end_matches('.');
        }
        Error::not_administrator(&format!("GET /api/v1/organization/{name}"), message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(more: &str) -> Organization {
        let text = format!(r#"{{"name":"acme","is_admin":true,"is_member":true,{more}}}"#);
        serde_json::from_str(&text).expect("a view")
    }

    #[test]
    fn an_unset_address_is_none_however_quay_shows_it() {
        assert_eq!(view(r#""email":"""#).contact(), None);
        assert_eq!(view(r#""email":"0a9b8c7d-1234-4abc-8def-0123456789ab""#).contact(), None);
        assert_eq!(view(r#""email":"ops@acme.example""#).contact(), Some("ops@acme.example"));
        assert_eq!(view(r#""invoice_email_address":null"#).invoice_contact(), None);
    }

    #[test]
    fn seconds_may_come_as_a_float() {
        assert_eq!(view(r#""tag_expiration_s":604800.0"#).tag_expiration_s, Some(604_800));
        assert_eq!(view(r#""tag_expiration_s":0"#).tag_expiration_s, Some(0));
    }

    #[test]
    fn only_what_changes_is_sent() {
        let changes = Changes { invoice_email_address: Some(None), ..Changes::default() };
        let json = serde_json::to_string(&changes).expect("JSON");
        assert_eq!(json, r#"{"invoice_email_address":null}"#);
    }
}
