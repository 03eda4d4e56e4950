//! Reads that are wanted by many are made once.
//!
//! Every authenticated request costs a Quay about 190 ms of CPU, so a plan of a thousand
//! applications must not make a thousand requests. Answers are shared within this process: a read
//! that starts while the same read is under way, or up to a minute after it was begun, gets its
//! answer. A write through this process ends that at once for the organization it touches: a read
//! that begins after a write was acknowledged never gets an answer from before. Whatever decides
//! about deleting, removing or adopting asks afresh, with [`super::Quay::fresh`].

use super::error::Result;
use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::OnceCell;
use tokio::time::Instant;

/// How old an answer may be, from the beginning of its request.
const AGE_MAX: Duration = Duration::from_mins(1);
/// What all paths of an organization begin with.
const ORGANIZATIONS: &str = "/api/v1/organization/";

type Cell = Arc<OnceCell<Result<Arc<dyn Any + Send + Sync>>>>;

/// The answers that are shared.
#[derive(Default)]
pub(super) struct Shared {
    entries: Mutex<Entries>,
}

#[derive(Default)]
struct Entries {
    /// By organization, then by path. What belongs to no organization has the empty name.
    scopes: HashMap<String, HashMap<String, Entry>>,
}

struct Entry {
    begun: Instant,
    cell: Cell,
}

impl Shared {
    /// The answer to a read, which `ask` makes unless it is there or under way already. Failures
    /// are shared too: what one read could not do, the next thousand need not try.
    pub(super) async fn read<T: Send + Sync + 'static>(
        &self,
        path: &str,
        ask: impl AsyncFnOnce() -> Result<T>,
    ) -> Result<Arc<T>> {
        let cell = self.cell(path);
        let answer = cell
            .get_or_init(async || {
                let answer: Arc<dyn Any + Send + Sync> = Arc::new(ask().await?);
                Ok(answer)
            })
            .await;
        let answer = Arc::clone(answer.as_ref().map_err(Clone::clone)?);
        // A path is always read as one type.
        Ok(answer.downcast().unwrap_or_else(|_| unreachable!("one type for each path")))
    }

    fn cell(&self, path: &str) -> Cell {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let scope = entries.scopes.entry(scope(path).to_owned()).or_default();
        if let Some(entry) = scope.get(path).filter(|entry| entry.begun.elapsed() < AGE_MAX) {
            return Arc::clone(&entry.cell);
        }
        let entry = Entry { begun: Instant::now(), cell: Cell::default() };
        let cell = Arc::clone(&entry.cell);
        scope.insert(path.to_owned(), entry);
        cell
    }

    /// The answer to a read is not to be shared any more.
    pub(super) fn forget(&self, path: &str) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(scope) = entries.scopes.get_mut(scope(path)) {
            scope.remove(path);
        }
    }

    /// A write has ended, however: nothing that it may have changed is shared any more.
    pub(super) fn written(&self, path: &str) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        match scope(path) {
            "" => entries.scopes.clear(),
            organization => {
                entries.scopes.remove(organization);
                entries.scopes.remove("");
            }
        }
    }
}

/// The organization that a path belongs to.
fn scope(path: &str) -> &str {
    let below = path.strip_prefix(ORGANIZATIONS).unwrap_or_default();
    below.split(['/', '?']).next().unwrap_or_default()
}

#[cfg(test)]
mod model;

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell as Counter;

    const ACME: &str = "/api/v1/organization/acme";
    const ACME_MEMBERS: &str = "/api/v1/organization/acme/members";
    const OTHER: &str = "/api/v1/organization/other";

    /// Reads a path; the answer is the number of the request that it took.
    async fn read(shared: &Shared, requests: &Counter<u32>, path: &str) -> u32 {
        let answer = shared.read(path, async || {
            requests.set(requests.get() + 1);
            tokio::task::yield_now().await;
            Ok(requests.get())
        });
        *answer.await.expect("an answer")
    }

    #[tokio::test(start_paused = true)]
    async fn reads_of_the_same_thing_share_one_request_for_a_minute() {
        let (shared, requests) = (Shared::default(), Counter::new(0));
        let both = tokio::join!(read(&shared, &requests, ACME), read(&shared, &requests, ACME));
        assert_eq!(both, (1, 1));
        tokio::time::advance(Duration::from_secs(59)).await;
        assert_eq!(read(&shared, &requests, ACME).await, 1);
        assert_eq!(read(&shared, &requests, OTHER).await, 2);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(read(&shared, &requests, ACME).await, 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_makes_its_organization_stale_and_no_other() {
        let (shared, requests) = (Shared::default(), Counter::new(0));
        for path in [ACME, ACME_MEMBERS, OTHER, "/api/v1/user/"] {
            read(&shared, &requests, path).await;
        }
        shared.written("/api/v1/organization/acme/applications/ID");
        assert_eq!(read(&shared, &requests, OTHER).await, 3);
        assert_eq!(read(&shared, &requests, ACME).await, 5);
        assert_eq!(read(&shared, &requests, ACME_MEMBERS).await, 6);
        assert_eq!(read(&shared, &requests, "/api/v1/user/").await, 7);
        shared.written("/api/v1/organization/");
        assert_eq!(read(&shared, &requests, OTHER).await, 8);
    }

    #[tokio::test(start_paused = true)]
    async fn a_read_that_begins_after_a_write_does_not_join_one_from_before() {
        let (shared, requests) = (Shared::default(), Counter::new(0));
        let before = shared.read(ACME, async || {
            shared.written(ACME);
            assert_eq!(read(&shared, &requests, ACME).await, 1);
            Ok(0_u32)
        });
        assert_eq!(*before.await.expect("an answer"), 0);
        assert_eq!(read(&shared, &requests, ACME).await, 1);
    }
}
