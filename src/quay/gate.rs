//! The one gate through which all requests go while Quay limits their rate.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// The first pause after a 429. Quay's limit is five a second.
const PAUSE_MIN: Duration = Duration::from_millis(250);
const PAUSE_MAX: Duration = Duration::from_secs(8);
/// The longest pause that a clock is asked to hold. Nobody waits for its end.
const RETRY_AFTER_MAX: Duration = Duration::from_hours(24);

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
    /// Lets one request pass, or tells when to ask again. Whoever waits holds no place: a pause that
    /// Quay asks for meanwhile is for all.
    pub(super) fn pass(&self) -> Result<(), Instant> {
        let mut pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(next) = pace.next else { return Ok(()) };
        let now = Instant::now();
        if now < next {
            return Err(next);
        }
        pace.next = (!pace.spacing.is_zero()).then(|| now + pace.spacing);
        Ok(())
    }

    /// Quay refused a request: slow down, for at least as long as it said.
    pub(super) fn refused(&self, retry_after: Option<Duration>) {
        let mut pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if pace.slowed.is_none_or(|slowed| now.duration_since(slowed) >= pace.spacing) {
            pace.spacing = (pace.spacing * 2).clamp(PAUSE_MIN, PAUSE_MAX);
            pace.slowed = Some(now);
        }
        let resume = now + retry_after.unwrap_or(pace.spacing).min(RETRY_AFTER_MAX);
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
    use tokio::time::advance;

    /// How long to wait before asking again.
    fn wait(gate: &Gate) -> Duration {
        gate.pass().expect_err("it is closed") - Instant::now()
    }

    #[tokio::test(start_paused = true)]
    async fn everything_passes_until_quay_refuses_and_then_one_after_another() {
        let gate = Gate::default();
        for _ in 0..100 {
            assert_eq!(gate.pass(), Ok(()));
        }
        gate.refused(None);
        for _ in 0..3 {
            assert_eq!(wait(&gate), PAUSE_MIN);
            advance(PAUSE_MIN).await;
            assert_eq!(gate.pass(), Ok(()));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn requests_that_are_refused_together_slow_down_once() {
        let gate = Gate::default();
        (0..10).for_each(|_| gate.refused(None));
        assert_eq!(wait(&gate), PAUSE_MIN);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_that_quay_asks_for_is_for_all_even_for_those_who_wait_already() {
        let gate = Gate::default();
        gate.refused(None);
        assert_eq!(wait(&gate), PAUSE_MIN);
        gate.refused(Some(Duration::from_secs(30)));
        advance(PAUSE_MIN).await;
        assert_eq!(wait(&gate) + PAUSE_MIN, Duration::from_secs(30));
        gate.refused(Some(Duration::MAX));
        assert_eq!(wait(&gate), RETRY_AFTER_MAX);
    }

    #[tokio::test(start_paused = true)]
    async fn a_quay_that_accepts_again_is_soon_asked_without_pauses() {
        let gate = Gate::default();
        gate.refused(None);
        advance(PAUSE_MIN).await;
        assert_eq!(gate.pass(), Ok(()));
        (0..30).for_each(|_| gate.accepted());
        advance(PAUSE_MIN).await;
        for _ in 0..10 {
            assert_eq!(gate.pass(), Ok(()));
        }
    }
}
