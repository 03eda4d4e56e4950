//! The promises of shared reads, held against every interleaving that can be thought up.
//!
//! The Quay here counts its changes, and an answer is the number of the last change that it shows.
//! Time is tokio's own and stands still while anybody has something to do, so each case runs the
//! same way every time.

use super::*;
use proptest::prelude::*;
use std::cell::{Cell as Number, RefCell};
use tokio::time::sleep;

const READS: [&str; 7] = [
    "/api/v1/organization/acme",
    "/api/v1/organization/acme/applications",
    "/api/v1/organization/acme/members",
    "/api/v1/organization/acme/proxycache",
    "/api/v1/organization/other",
    "/api/v1/user/",
    "/api/v1/app/ID",
];

/// Each write, and which of the reads it changes.
const WRITES: [(&str, &[usize]); 7] = [
    ("/api/v1/organization/acme", &[0, 1, 2, 3, 5, 6]),
    ("/api/v1/organization/acme/members/ann", &[0, 1, 2, 3, 5, 6]),
    ("/api/v1/organization/acme/applications/ID", &[1, 6]),
    ("/api/v1/organization/acme/proxycache", &[3]),
    ("/api/v1/organization/other", &[4, 5, 6]),
    ("/api/v1/organization/", &[5, 6]),
    ("/api/v1/app/ID", &[0, 1, 2, 3, 4, 5, 6]),
];

/// What one call does. Each has its way to Quay and its way back.
#[derive(Clone, Copy, Debug)]
enum Act {
    Read,
    Write,
    /// Somebody else changes something, and nobody here is told.
    Foreign,
}

/// One call: what, which of the reads or writes, after which pause, and how long the two ways are.
type Step = (Act, usize, [Duration; 3]);

/// A Quay, and what is known of its changes.
#[derive(Default)]
struct World {
    shared: Shared,
    changes: Number<u64>,
    /// Each change: its number, when it was made, and by which of the writes.
    history: RefCell<Vec<(u64, Instant, usize)>>,
    /// The numbers of the changes whose end the caller has seen.
    acknowledged: RefCell<Vec<u64>>,
}

impl World {
    async fn run(&self, steps: &[Step]) {
        for (act, place, [pause, there, back]) in steps {
            sleep(*pause).await;
            match act {
                Act::Read => self.read(*place, *there, *back).await,
                Act::Write => {
                    sleep(*there).await;
                    let number = self.change(*place);
                    sleep(*back).await;
                    self.shared.written(WRITES[*place].0);
                    self.acknowledged.borrow_mut().push(number);
                }
                Act::Foreign => drop(self.change(*place)),
            }
        }
    }

    fn change(&self, write: usize) -> u64 {
        self.changes.set(self.changes.get() + 1);
        self.history.borrow_mut().push((self.changes.get(), Instant::now(), write));
        self.changes.get()
    }

    /// The last change that a read shows.
    fn shown(&self, read: usize, counts: impl Fn(u64, Instant) -> bool) -> u64 {
        let history = self.history.borrow();
        let shown = history
            .iter()
            .filter(|(number, at, write)| WRITES[*write].1.contains(&read) && counts(*number, *at));
        shown.map(|(number, ..)| *number).max().unwrap_or(0)
    }

    async fn read(&self, read: usize, there: Duration, back: Duration) {
        let begun = Instant::now();
        let acknowledged = self.acknowledged.borrow().clone();
        let written = self.shown(read, |number, _| acknowledged.contains(&number));
        let old = self.shown(read, |_, at| begun.duration_since(at) >= AGE_MAX);
        let ask = async || {
            sleep(there).await;
            let shown = self.shown(read, |_, _| true);
            sleep(back).await;
            Ok((shown, Instant::now()))
        };
        let (answer, ended) = *self.shared.read(READS[read], ask).await.expect("an answer");
        assert!(answer >= written, "{}: {answer} is from before {written}", READS[read]);
        assert!(answer >= old, "{}: {answer}, but {old} is a minute old", READS[read]);
        let is_applying = !acknowledged.is_empty();
        assert!(!is_applying || ended >= begun, "{}: it was not under way", READS[read]);
    }
}

fn step() -> impl Strategy<Value = Step> {
    let act = prop_oneof![4 => Just(Act::Read), 2 => Just(Act::Write), 1 => Just(Act::Foreign)];
    let time = || {
        let short = (0_u64..5).prop_map(Duration::from_millis);
        prop_oneof![4 => short, 1 => (28_u64..62).prop_map(Duration::from_secs)]
    };
    (act, 0..READS.len(), [time(), time(), time()])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn no_answer_is_from_before_an_acknowledged_write_or_older_than_a_minute(
        callers in prop::collection::vec(prop::collection::vec(step(), 1..12), 1..5)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let world = World::default();
            futures_util::future::join_all(callers.iter().map(|steps| world.run(steps))).await;
        });
    }
}
