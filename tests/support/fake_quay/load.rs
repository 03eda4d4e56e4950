//! How fast Quay is: its workers, and the rate limit of the nginx before it.

use std::sync::Mutex;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// Workers that are busy for a while with every request that carries a token: Quay compares it by
/// bcrypt, which takes about 190 ms of one worker.
#[derive(Debug)]
pub struct Workers {
    seats: Semaphore,
    service_time: Duration,
}

impl Workers {
    /// So many workers.
    pub fn new(count: usize, service_time: Duration) -> Self {
        Self { seats: Semaphore::new(count), service_time }
    }

    /// Waits for a free worker and for its work.
    pub async fn work(&self) {
        if self.service_time.is_zero() {
            return;
        }
        let _seat = self.seats.acquire().await;
        tokio::time::sleep(self.service_time).await;
    }
}

/// nginx's leaky bucket: five a second, and 25 that may come too early.
#[derive(Debug)]
pub struct RateLimit {
    per_second: f64,
    state: Mutex<(f64, Instant)>,
}

impl RateLimit {
    /// `time_scale`: how long one second of Quay's takes here.
    pub fn new(time_scale: f64) -> Self {
        Self { per_second: 5.0 / time_scale, state: Mutex::new((0.0, Instant::now())) }
    }

    /// Whether one more request may pass now.
    pub fn admits(&self) -> bool {
        const BURST: f64 = 25.0;
        let mut state = self.state.lock().expect("no handler panics");
        let (excess, last) = *state;
        let leaked = last.elapsed().as_secs_f64() * self.per_second;
        let excess = (excess - leaked).max(0.0);
        let admitted = excess <= BURST;
        *state = (if admitted { excess + 1.0 } else { excess }, Instant::now());
        admitted
    }
}
