//! Reads that are wanted by many are made once.
//!
//! Every authenticated request costs a Quay about 190 ms of CPU, so a plan of a thousand
//! applications must not make a thousand requests. Answers are shared within this process: a read
//! that starts while the same read is under way, or up to a minute after it was begun, gets its
//! answer. A write through this process ends that at once for what it may have changed: a read
//! that begins after a write was acknowledged never gets an answer from before.
//!
//! A process that has written anything applies a plan, and then Terraform reads in order to see
//! what others did a moment ago. From there on only requests that are under way are shared.
//! Whatever decides about deleting, removing or adopting asks afresh, with [`super::Quay::fresh`].

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
/// What the paths of public information about applications begin with.
const INFORMATION: &str = "/api/v1/app/";

type Cell = Arc<OnceCell<Result<Arc<dyn Any + Send + Sync>>>>;

/// The answers that are shared.
#[derive(Default)]
pub(super) struct Shared {
    entries: Mutex<Entries>,
}

#[derive(Default)]
struct Entries {
    by_path: HashMap<String, Entry>,
    has_written: bool,
}

struct Entry {
    /// When it was first wanted. A rate limit may put the request off for longer than an answer
    /// may be old; then another one is made beside it, which costs little and shows nothing old.
    begun: Instant,
    cell: Cell,
}

impl Entry {
    fn is_under_way(&self) -> bool {
        !self.cell.initialized()
    }
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
        let has_written = entries.has_written;
        let is_shared = |entry: &&Entry| {
            entry.begun.elapsed() < AGE_MAX && (!has_written || entry.is_under_way())
        };
        if let Some(entry) = entries.by_path.get(path).filter(is_shared) {
            return Arc::clone(&entry.cell);
        }
        let entry = Entry { begun: Instant::now(), cell: Cell::default() };
        let cell = Arc::clone(&entry.cell);
        entries.by_path.insert(path.to_owned(), entry);
        cell
    }

    /// The answer to a read is not to be shared any more.
    pub(super) fn forget(&self, path: &str) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.by_path.remove(path);
    }

    /// A write has ended, however: nothing that it may have changed is shared any more.
    pub(super) fn written(&self, path: &str) {
        if place(path).1 == "validateproxycache" {
            return;
        }
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.has_written = true;
        entries.by_path.retain(|read, entry| entry.is_under_way() && !may_change(path, read));
    }
}

/// Whether a write may change what a read shows; both are told by their paths.
fn may_change(written: &str, read: &str) -> bool {
    match (place(written), place(read)) {
        // Which organization it is, its creation says by another path.
        _ if written == ORGANIZATIONS => place(read).0.is_empty(),
        (("", _), _) => true,
        ((_, "applications"), ("", _)) => read.starts_with(INFORMATION),
        ((_, "proxycache"), ("", _)) => false,
        (_, ("", _)) => true,
        ((of, part @ ("applications" | "proxycache")), place) => (of, part) == place,
        ((of, _), (organization, _)) => of == organization,
    }
}

/// The organization that a path belongs to, and which part of it; empty where there is none.
fn place(path: &str) -> (&str, &str) {
    let below = path.strip_prefix(ORGANIZATIONS).unwrap_or_default();
    let mut segments = below.split(['/', '?']);
    (segments.next().unwrap_or_default(), segments.next().unwrap_or_default())
}

#[cfg(test)]
mod model;

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::{join, join_all};
    use std::cell::{Cell as Counter, RefCell};
    use tokio::sync::Semaphore;

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

    /// What is asked for anew where a write ends while all of it is under way.
    async fn asked_anew(written: &str) -> Vec<&'static str> {
        const PATHS: [&str; 7] = [
            ACME,
            "/api/v1/organization/acme/applications",
            ACME_MEMBERS,
            "/api/v1/organization/acme/proxycache",
            OTHER,
            "/api/v1/user/",
            "/api/v1/app/ID",
        ];
        let (shared, asked) = (Shared::default(), RefCell::new(Vec::new()));
        let answers = Semaphore::new(0);
        let read = async |path| {
            let ask = async || {
                asked.borrow_mut().push(path);
                drop(answers.acquire().await);
                Ok(())
            };
            shared.read(path, ask).await.expect("an answer");
        };
        let later = async {
            asked.take();
            shared.written(written);
            join(join_all(PATHS.map(read)), async { answers.add_permits(1) }).await;
        };
        join(join_all(PATHS.map(read)), later).await;
        asked.take().into_iter().map(|path| path.rsplit("/v1/").next().unwrap_or(path)).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_makes_stale_what_it_may_have_changed_and_nothing_else() {
        let of_acme = [
            "organization/acme",
            "organization/acme/applications",
            "organization/acme/members",
            "organization/acme/proxycache",
            "user/",
            "app/ID",
        ];
        for (written, anew) in [
            ("organization/acme", &of_acme[..]),
            ("organization/acme/members/ann", &of_acme),
            ("organization/acme/applications", &["organization/acme/applications", "app/ID"]),
            ("organization/acme/applications/ID", &["organization/acme/applications", "app/ID"]),
            ("organization/acme/proxycache", &["organization/acme/proxycache"]),
            ("organization/acme/validateproxycache", &[]),
            ("organization/other", &["organization/other", "user/", "app/ID"]),
            ("organization/", &["user/", "app/ID"]),
        ] {
            assert_eq!(asked_anew(&format!("/api/v1/{written}")).await, anew, "{written}");
        }
        assert_eq!(asked_anew("/api/v1/app/ID").await.len(), 7, "it may be of any organization");
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_write_only_what_is_under_way_is_shared() {
        let (shared, requests) = (Shared::default(), Counter::new(0));
        assert_eq!(read(&shared, &requests, ACME).await, 1);
        shared.written("/api/v1/organization/acme/validateproxycache");
        assert_eq!(read(&shared, &requests, ACME).await, 1);
        shared.written(OTHER);
        let both = tokio::join!(read(&shared, &requests, ACME), read(&shared, &requests, ACME));
        assert_eq!(both, (2, 2));
        assert_eq!(read(&shared, &requests, ACME).await, 3);
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
        assert_eq!(read(&shared, &requests, ACME).await, 2);
    }
}
