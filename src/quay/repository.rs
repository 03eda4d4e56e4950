//! Repositories, as far as they tell whether an organization is empty.

use super::call::Call;
use super::client::Quay;
use super::error::Result;
use serde::Deserialize;

/// How many pages are read at the most; a page has a hundred repositories.
const PAGES_MAX: usize = 10;

#[derive(Deserialize)]
pub(super) struct Page {
    repositories: Vec<Repository>,
    #[serde(default)]
    next_page: Option<String>,
}

#[derive(Deserialize)]
struct Repository {
    name: String,
}

/// The repositories of an organization that the caller may see.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Repositories {
    /// Their names, in Quay's order.
    pub names: Vec<String>,
    /// Whether there are still more.
    pub more: bool,
}

impl Quay {
    /// Lists the repositories of an organization. An empty list proves emptiness only to an
    /// administrator of it; everybody else sees an empty list too.
    pub async fn repositories(&self, organization: &str) -> Result<Repositories> {
        let first = Call::get(&["repository"])?.query("namespace", organization);
        let mut next_page: Option<String> = None;
        let mut names = Vec::new();
        for _ in 0..PAGES_MAX {
            let call = match &next_page {
                None => first.clone(),
                Some(token) => first.clone().query("next_page", token),
            };
            let page: Page = self.send(call).await?.read()?;
            names.extend(page.repositories.into_iter().map(|repository| repository.name));
            next_page = page.next_page.filter(|token| !token.is_empty());
            if next_page.is_none() {
                break;
            }
        }
        Ok(Repositories { names, more: next_page.is_some() })
    }
}
