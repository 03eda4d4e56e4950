//! How often something is tried, and how long is waited in between.

use super::error::Error;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;
use tokio::time::Instant;

/// How long requests may be put off altogether because Quay limits their rate.
const RATE_LIMIT_PATIENCE: Duration = Duration::from_mins(5);
/// The first pause before a repetition; each further one is twice as long.
const BACKOFF_MIN: Duration = Duration::from_millis(200);
const BACKOFF_MAX: Duration = Duration::from_secs(10);

/// The tries of one thing.
pub struct Tries {
    /// Which try this is, from 1.
    pub(super) number: u32,
    failures: u32,
    max_retries: u32,
    begun: Instant,
}

impl Tries {
    /// The first try, after which `max_retries` more may fail.
    pub(super) fn new(max_retries: u32) -> Self {
        Self { number: 1, failures: 0, max_retries, begun: Instant::now() }
    }

    /// How long ago the first one began.
    pub(super) fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Until when a limited rate is waited for.
    pub(super) fn patient_until(&self) -> Instant {
        self.begun + RATE_LIMIT_PATIENCE
    }

    /// Begins another try after this error, and tells how long to wait for it; nothing where there
    /// is to be none. What limits the rate of requests never saw this one, so that it counts for
    /// nothing: the gate says when the next may go.
    pub(super) fn another(&mut self, error: &Error, is_write: bool) -> Option<Duration> {
        let pause = if error.is_rate_limited() {
            (self.elapsed() < RATE_LIMIT_PATIENCE).then_some(Duration::ZERO)?
        } else {
            let may_pass = error.is_passing(is_write) && self.failures < self.max_retries;
            let pause = may_pass.then(|| backoff(self.failures, chance()))?;
            self.failures += 1;
            pause
        };
        self.number += 1;
        Some(pause)
    }
}

/// The pause after so many failures before this one: exponential, and up to a quarter shorter or
/// longer, so that those who failed together do not come back together.
fn backoff(failures: u32, chance: f64) -> Duration {
    let doubled = BACKOFF_MIN.saturating_mul(2_u32.saturating_pow(failures));
    doubled.min(BACKOFF_MAX).mul_f64(0.75 + chance / 2.0)
}

/// A number from 0 up to 1, by chance. Each `RandomState` has other keys.
fn chance() -> f64 {
    let hash = RandomState::new().build_hasher().finish();
    f64::from(u32::try_from(hash % 1000).unwrap_or(0)) / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quay::redaction::Redaction;

    #[test]
    fn pauses_double_up_to_ten_seconds_and_differ_by_a_quarter() {
        let pauses = |chance| [0, 1, 2, 5, 6, 99].map(|failures| backoff(failures, chance));
        let seconds = |all: [f64; 6]| all.map(Duration::from_secs_f64);
        assert_eq!(pauses(0.0), seconds([0.15, 0.3, 0.6, 4.8, 7.5, 7.5]));
        assert_eq!(pauses(0.5), seconds([0.2, 0.4, 0.8, 6.4, 10.0, 10.0]));
        assert_eq!(pauses(1.0), seconds([0.25, 0.5, 1.0, 8.0, 12.5, 12.5]));
        let chances: Vec<f64> = (0..100).map(|_| chance()).collect();
        assert!(chances.iter().all(|chance| (0.0..1.0).contains(chance)), "{chances:?}");
        assert!(chances.iter().any(|chance| *chance < 0.5), "{chances:?}");
        assert!(chances.iter().any(|chance| *chance >= 0.5), "{chances:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn refusals_count_for_nothing_and_are_put_up_with_for_five_minutes() {
        let limited = Error::of_answer("PUT /x", 429, false, b"", &Redaction::nothing());
        let down = Error::of_answer("PUT /x", 503, false, b"", &Redaction::nothing());
        let mut tries = Tries::new(1);
        for _ in 0..10 {
            assert_eq!(tries.another(&limited, true), Some(Duration::ZERO));
        }
        assert!(tries.another(&down, true).is_some());
        assert_eq!(tries.another(&down, true), None);
        assert_eq!(tries.number, 12);
        tokio::time::advance(RATE_LIMIT_PATIENCE).await;
        assert_eq!(tries.another(&limited, true), None);
    }
}
