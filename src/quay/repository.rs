//! Repositories, as far as they tell whether an organization is empty.

use super::call::Call;
use super::client::Quay;
use super::error::Result;
use serde::{Deserialize, Deserializer};

/// How many pages are read at the most; a page has a hundred repositories.
const PAGES_MAX: usize = 10;
/// The longest token of a page that is sent back, in bytes. Quay's have a few hundred.
const PAGE_TOKEN_MAX: usize = 4096;

#[derive(Deserialize)]
pub(super) struct Page {
    repositories: Vec<Repository>,
    #[serde(default, deserialize_with = "page_token")]
    next_page: Option<String>,
}

#[derive(Deserialize)]
struct Repository {
    name: String,
}

/// The token of the next page, which goes into the next request's path.
fn page_token<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let token = Option::<String>::deserialize(deserializer)?.filter(|token| !token.is_empty());
    match token {
        Some(token) if token.len() > PAGE_TOKEN_MAX => {
            Err(serde::de::Error::custom("longer than any page's token"))
        }
        token => Ok(token),
    }
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
            next_page = page.next_page;
            if next_page.is_none() {
                break;
            }
        }
        Ok(Repositories { names, more: next_page.is_some() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_page_that_is_named_too_long_is_none_of_quays() {
        let read = |token: &str| {
            let page = json!({ "repositories": [], "next_page": token });
            serde_json::from_value::<Page>(page).map(|page| page.next_page).map_err(drop)
        };
        assert_eq!(read(""), Ok(None));
        assert_eq!(read("gAAA"), Ok(Some("gAAA".to_owned())));
        assert_eq!(read(&"x".repeat(4097)), Err(()));
    }
}
