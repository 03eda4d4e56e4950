//! OAuth applications of an organization.

use super::call::Call;
use super::client::Quay;
use super::error::Result;
use super::secret::Secret;
use super::turns::{Turn, Turns};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;

/// An application as its organization's administrators see it. Up to 3.17, a superuser who is none
/// of them is shown some fields as null.
#[derive(Clone, Debug, Deserialize)]
pub struct Application {
    /// Given by Quay; never changes.
    pub client_id: String,
    /// Not unique.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// Its home page.
    #[serde(default)]
    pub application_uri: Option<String>,
    /// Where logins are sent back to.
    #[serde(default)]
    pub redirect_uri: Option<String>,
    /// Whose avatar stands for it.
    #[serde(default)]
    pub avatar_email: Option<String>,
    /// Its secret.
    #[serde(default)]
    pub client_secret: Option<Secret>,
}

impl Application {
    /// Whether Quay hides some of its fields from the caller. A visible URI may be empty.
    pub fn hides_fields(&self) -> bool {
        self.redirect_uri.is_none()
    }
}

/// What can be set of an application. Quay resets what is left out, so everything is sent; only
/// an address cannot be sent as none.
#[derive(Clone, Debug, Eq, Hash, PartialEq, Serialize)]
pub struct Fields {
    /// Not unique.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Its home page.
    pub application_uri: String,
    /// Where logins are sent back to.
    pub redirect_uri: String,
    /// Whose avatar stands for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar_email: Option<String>,
}

/// What everybody may know of an application.
#[derive(Clone, Debug, Deserialize)]
pub struct Information {
    /// Its name.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// Its home page.
    #[serde(default)]
    pub uri: Option<String>,
    /// Whose it is.
    pub organization: Owner,
}

/// Whose an application is.
#[derive(Clone, Debug, Deserialize)]
pub struct Owner {
    /// The organization's name.
    pub name: String,
}

#[derive(Deserialize)]
struct List {
    applications: Vec<Application>,
}

/// The applications of an organization, sorted by name and id.
#[derive(Debug, Deserialize)]
#[serde(from = "List")]
pub struct Applications {
    sorted: Vec<Application>,
    by_id: HashMap<String, usize>,
}

impl From<List> for Applications {
    fn from(List { applications: mut sorted }: List) -> Self {
        sorted.sort_by(|a, b| (&a.name, &a.client_id).cmp(&(&b.name, &b.client_id)));
        let ids = sorted.iter().map(|application| application.client_id.clone());
        let by_id = ids.zip(0..).collect();
        Self { sorted, by_id }
    }
}

impl Applications {
    /// The application of an id.
    pub fn get(&self, client_id: &str) -> Option<&Application> {
        self.by_id.get(client_id).map(|position| &self.sorted[*position])
    }
}

impl std::ops::Deref for Applications {
    type Target = [Application];

    fn deref(&self) -> &[Application] {
        &self.sorted
    }
}

/// The applications of an organization that are somebody's: those that were there before this
/// process created any, and those whose creation was acknowledged.
#[derive(Debug, Default)]
pub struct Known {
    claimed: Mutex<HashSet<String>>,
    /// One queue for each set of fields that is being created.
    turns: Turns<Fields>,
}

impl Known {
    /// Notes an application as somebody's; `false` where it was so already.
    pub fn claim(&self, client_id: &str) -> bool {
        self.claimed.lock().unwrap_or_else(PoisonError::into_inner).insert(client_id.to_owned())
    }

    /// Whether an application is somebody's.
    pub fn is_claimed(&self, client_id: &str) -> bool {
        self.claimed.lock().unwrap_or_else(PoisonError::into_inner).contains(client_id)
    }

    /// Waits until no other call is creating an application that looks just the same: else one
    /// could take the other's for its own after a lost answer.
    pub async fn turn(&self, fields: &Fields) -> Turn<'_, Fields> {
        self.turns.take(fields.clone()).await
    }
}

/// What is known of the applications of each organization.
pub(super) type Registry = Mutex<HashMap<String, Arc<OnceCell<Arc<Known>>>>>;

impl Quay {
    /// The applications of an organization that are somebody's, listed once per process; `None`
    /// where the organization is gone. An application whose creation's answer was lost is told by
    /// them from those of others.
    pub async fn known_applications(&self, organization: &str) -> Result<Option<Arc<Known>>> {
        let cell = {
            let mut registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(registry.entry(organization.to_owned()).or_default())
        };
        let list = async || match self.fresh().applications(organization).await {
            Ok(Some(applications)) => {
                let known = Known::default();
                for application in applications.iter() {
                    known.claim(&application.client_id);
                }
                Ok(Arc::new(known))
            }
            Ok(None) => Err(None),
            Err(error) => Err(Some(error)),
        };
        match cell.get_or_try_init(list).await {
            Ok(known) => Ok(Some(Arc::clone(known))),
            Err(None) => Ok(None),
            Err(Some(error)) => Err(error),
        }
    }

    /// Lists the applications of an organization; `None` where the organization is gone.
    pub async fn applications(&self, organization: &str) -> Result<Option<Arc<Applications>>> {
        let listed = self.read(Call::get(&["organization", organization, "applications"])?).await;
        self.below(organization, listed).await
    }

    /// Reads an application; `None` where it or its organization is gone.
    ///
    /// All applications of an organization are found in one list. What is not in it is asked for
    /// by itself before it counts as gone, for the list may be up to a minute old; where the whole
    /// organization is gone, a look at that without a token does for each.
    pub async fn application(
        &self,
        organization: &str,
        client_id: &str,
    ) -> Result<Option<Application>> {
        if !self.is_fresh() {
            let call = Call::get(&["organization", organization, "applications"])?;
            match self.read::<Applications>(call).await {
                Ok(listed) => {
                    if let Some(found) = listed.get(client_id) {
                        return Ok(Some(found.clone()));
                    }
                }
                Err(error) if error.is_forbidden() || error.is_not_found() => {
                    if !self.organization_exists(organization).await? {
                        return Ok(None);
                    }
                    if error.is_forbidden() {
                        return Err(error);
                    }
                }
                Err(error) => return Err(error),
            }
        }
        let call = Call::get(&["organization", organization, "applications", client_id])?;
        let read = self.fresh().read(call).await;
        let found: Option<Arc<Application>> = self.below(organization, read).await?;
        Ok(found.map(|found| Application::clone(&found)))
    }

    /// Creates an application and gives it back with its id and secret.
    pub async fn create_application(
        &self,
        organization: &str,
        fields: &Fields,
    ) -> Result<Application> {
        let body = serde_json::to_value(fields).unwrap_or_default();
        let call = Call::post(&["organization", organization, "applications"], body)?;
        self.send(call).await?.read()
    }

    /// Changes an application: every field becomes what is sent.
    pub async fn change_application(
        &self,
        organization: &str,
        client_id: &str,
        fields: &Fields,
    ) -> Result<Application> {
        let body = serde_json::to_value(fields).unwrap_or_default();
        let call = Call::put(&["organization", organization, "applications", client_id], body)?;
        self.send(call).await?.read()
    }

    /// Deletes an application. What is gone already is a success.
    pub async fn delete_application(&self, organization: &str, client_id: &str) -> Result<()> {
        let call = Call::delete(&["organization", organization, "applications", client_id])?;
        let deleted = self.send(call).await.map(drop);
        self.below(organization, deleted).await.map(drop)
    }

    /// What everybody may know of an application; `None` where there is none.
    pub async fn application_information(&self, client_id: &str) -> Result<Option<Information>> {
        match self.read(Call::get(&["app", client_id])?.public()).await {
            Ok(found) => Ok(Some(Information::clone(&found))),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }
}
