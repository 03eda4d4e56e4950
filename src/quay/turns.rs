//! Turns: what must not be done twice at the same time is done one after the other.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OwnedMutexGuard;

/// One queue for each key that somebody waits for or holds, and none for any other.
#[derive(Debug)]
pub(super) struct Turns<Key: Eq + Hash> {
    queues: Mutex<HashMap<Key, Queue>>,
}

/// Who waits for a key, and who holds it.
#[derive(Debug, Default)]
struct Queue {
    /// How many wait or hold. The queue goes with the last of them.
    people: usize,
    lock: Arc<tokio::sync::Mutex<()>>,
}

/// A turn, or the wait for one; it ends when it is dropped.
#[derive(Debug)]
pub struct Turn<'a, Key: Clone + Eq + Hash> {
    turns: &'a Turns<Key>,
    key: Key,
    held: Option<OwnedMutexGuard<()>>,
}

impl<Key: Eq + Hash> Default for Turns<Key> {
    fn default() -> Self {
        Self { queues: Mutex::default() }
    }
}

impl<Key: Clone + Eq + Hash> Turns<Key> {
    /// Waits until nobody else holds the key.
    pub(super) async fn take(&self, key: Key) -> Turn<'_, Key> {
        let lock = {
            let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
            let queue = queues.entry(key.clone()).or_default();
            queue.people += 1;
            Arc::clone(&queue.lock)
        };
        // Made before the wait: who gives up waiting leaves the queue, too.
        let mut turn = Turn { turns: self, key, held: None };
        turn.held = Some(lock.lock_owned().await);
        turn
    }
}

impl<Key: Clone + Eq + Hash> Drop for Turn<'_, Key> {
    fn drop(&mut self) {
        let mut queues = self.turns.queues.lock().unwrap_or_else(PoisonError::into_inner);
        self.held = None;
        if let Some(queue) = queues.get_mut(&self.key) {
            queue.people -= 1;
            if queue.people == 0 {
                queues.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    fn queues(turns: &Turns<&str>) -> usize {
        turns.queues.lock().expect("nobody panicked").len()
    }

    #[tokio::test]
    async fn one_after_the_other_has_a_turn_and_no_queue_is_left() {
        let turns = Turns::default();
        let first = turns.take("ci").await;
        let other = turns.take("cd").await;
        let mut second = Box::pin(turns.take("ci"));
        assert!(second.as_mut().now_or_never().is_none(), "the first is not done");
        assert_eq!(queues(&turns), 2);
        drop((first, other));
        let second = second.now_or_never().expect("the first is done");
        assert_eq!(queues(&turns), 1);
        drop(second);
        assert_eq!(queues(&turns), 0);
    }

    #[tokio::test]
    async fn who_gives_up_waiting_leaves_no_queue_behind() {
        let turns = Turns::default();
        let first = turns.take("ci").await;
        let mut second = Box::pin(turns.take("ci"));
        assert!(second.as_mut().now_or_never().is_none());
        drop(first);
        drop(second);
        assert_eq!(queues(&turns), 0);
    }
}
