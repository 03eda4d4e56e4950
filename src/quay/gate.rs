//! The one gate through which all requests go while Quay limits their rate.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// The first pause after a 429. Quay's limit is five a second.
const PAUSE_MIN: Duration = Duration::from_millis(250);
const PAUSE_MAX: Duration = Duration::from_secs(8);

/// Paces the requests of the whole process. As long as Quay accepts everything it lets everything
/// pass at once.
#[derive(Debug, Default)]
pub(super) struct Gate {
    pace: Mutex<Pace>,
}

#[derive(Debug, Default)]
struct Pace {
    /// How long to wait between two requests; nothing while Quay accepts all.
    spacing: Duration,
    /// When the next request may go.
    next: Option<Instant>,
    /// When it slowed down last: requests that were under way together are refused together.
    slowed: Option<Instant>,
}

impl Gate {
    /// When the next request may go. Each call is given another time.
    pub(super) fn admission(&self) -> Option<Instant> {
        let mut pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        let next = pace.next?;
        let now = Instant::now();
        if next <= now && pace.spacing.is_zero() {
            pace.next = None;
            return None;
        }
        let admission = next.max(now);
        pace.next = Some(admission + pace.spacing);
        Some(admission)
    }

    /// Quay refused a request: slow down, for at least as long as it said.
    pub(super) fn refused(&self, retry_after: Option<Duration>) {
        let mut pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if pace.slowed.is_none_or(|slowed| now.duration_since(slowed) >= pace.spacing) {
            pace.spacing = (pace.spacing * 2).clamp(PAUSE_MIN, PAUSE_MAX);
            pace.slowed = Some(now);
        }
        let pause = retry_after.unwrap_or(pace.spacing);
        let resume = now + pause;
        pace.next = Some(pace.next.map_or(resume, |next| next.max(resume)));
    }

    /// Quay accepted a request: a little faster again.
    pub(super) fn accepted(&self) {
        let mut pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        if !pace.spacing.is_zero() {
            pace.spacing = pace.spacing.mul_f64(0.9);
            if pace.spacing < Duration::from_millis(20) {
                pace.spacing = Duration::ZERO;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn everything_passes_until_quay_refuses_and_then_one_after_another() {
        let gate = Gate::default();
        assert_eq!(gate.admission(), None);
        gate.refused(None);
        let first = gate.admission().expect("a time");
        let second = gate.admission().expect("a time");
        assert_eq!(first - Instant::now(), PAUSE_MIN);
        assert_eq!(second - first, PAUSE_MIN);
    }

    #[tokio::test(start_paused = true)]
    async fn requests_that_are_refused_together_slow_down_once() {
        let gate = Gate::default();
        (0..10).for_each(|_| gate.refused(None));
        let first = gate.admission().expect("a time");
        let second = gate.admission().expect("a time");
        assert_eq!(second - first, PAUSE_MIN);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_that_quay_asks_for_is_kept() {
        let gate = Gate::default();
        gate.refused(Some(Duration::from_secs(30)));
        let admission = gate.admission().expect("a time");
        assert_eq!(admission - Instant::now(), Duration::from_secs(30));
    }
}
