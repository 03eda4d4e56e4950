//! The promises of shared reads, through the whole client and against the fake Quay: no read gets
//! an answer from before the last write that this process saw the end of, none gets one that is
//! older than a minute, and a fresh read gets no older one at all.
//!
//! `src/quay/shared/model.rs` holds the same against every order of events; here the order is what
//! happens on the sockets. Answers are late, and answers to writes are lost.

mod support;
#[path = "shared_reads/things.rs"]
mod things;

use proptest::prelude::*;
use std::time::Duration;
use support::fake_quay::{FakeQuay, Fault, FaultKind};
use terraform_provider_quay::quay::{Credentials, Options, Quay, Secret, Tls};
use things::{THINGS, Thing, What, lock};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// What one of many concurrent calls does.
#[derive(Clone, Copy, Debug)]
enum Act {
    Read,
    /// Without sharing.
    ReadFresh,
    /// The whole list, where there is one.
    List,
    Write(End),
    /// Behind the client's back.
    WriteByOthers,
}

/// How a write ends.
#[derive(Clone, Copy, Debug)]
enum End {
    Answered,
    /// Quay says no.
    Refused,
    /// The answer is lost, and a later look tells what became of it.
    Lost {
        acts: bool,
    },
    /// The same, and Quay carries it out only after the answer was lost.
    Late,
}

/// One call: of what, after how many other answers of Quay's (so many, too, before Quay carries out
/// late what it was asked for), and how long Quay's next answer to a read of the same takes, in
/// milliseconds.
type Step = (Act, usize, usize, Option<u8>);

struct Stage {
    fake: FakeQuay,
    quay: Quay,
    things: Vec<Thing>,
}

impl Stage {
    /// A Quay in which only some things are touched.
    async fn new<const COUNT: usize>(whats: [What; COUNT]) -> Self {
        let fake = FakeQuay::builder().time_scale(0.001).start().await;
        things::plant(&fake);
        let things = whats.map(Thing::new).into();
        let options = Options {
            url: fake.url().parse().expect("a URL"),
            credentials: Credentials::Token(Secret::new("admin")),
            tls: Tls::default(),
            headers: http::HeaderMap::new(),
            // The clock jumps, and no request is to fail by it.
            request_timeout: Duration::from_hours(1000),
            max_retries: 0,
            stop: CancellationToken::new(),
        };
        Self { fake, quay: Quay::new(options).expect("a client"), things }
    }

    async fn act(&self, (act, thing, others, delay): Step) {
        let thing = &self.things[thing];
        self.wait(others).await;
        if let Some(milliseconds) = delay {
            let delay = FaultKind::Delay(f64::from(milliseconds));
            self.fake.fault(Fault::on("GET", &thing.path(), delay));
        }
        match act {
            Act::Write(end) => self.write(thing, end, others).await,
            Act::WriteByOthers => {
                let _turn = thing.turn.lock().await;
                let number = thing.begin(&self.fake);
                thing.write_by_others(&self.fake, number);
                thing.end(&self.fake, number);
            }
            Act::Read | Act::ReadFresh | Act::List => self.read(act, thing).await,
        }
    }

    /// Waits for so many answers of Quay's to something else.
    async fn wait(&self, others: usize) {
        for _ in 0..others {
            let probed = self.quay.fresh().organization_exists("nowhere").await;
            assert_eq!(probed, Ok(false));
        }
    }

    async fn write(&self, thing: &Thing, end: End, others: usize) {
        let _turn = thing.turn.lock().await;
        let number = thing.begin(&self.fake);
        let (method, path) = thing.route(number);
        let fault = |status| Fault::on(method, &path, FaultKind::Status(status));
        match end {
            End::Answered => {}
            End::Refused => self.fake.fault(fault(400)),
            End::Lost { acts: true } => self.fake.fault(fault(504).after_acting()),
            End::Lost { acts: false } | End::Late => self.fake.fault(fault(504)),
        }
        let written = thing.write(&self.quay, &self.fake, number).await;
        assert_eq!(written.is_ok(), matches!(end, End::Answered), "{written:?}");
        if matches!(end, End::Late) {
            self.wait(others).await;
            thing.write_by_others(&self.fake, number);
        }
        let known = match end {
            End::Answered => number,
            End::Refused => 0,
            // Whoever loses an answer looks.
            End::Lost { .. } | End::Late => {
                let least = thing.in_quay(&self.fake);
                let shown = thing.read(&self.quay.finishing(), &self.fake, true, number).await;
                assert!(shown >= least, "{:?}: the look does not see {least}", thing.what);
                shown
            }
        };
        let mut acknowledged = lock(&thing.acknowledged);
        *acknowledged = known.max(*acknowledged);
        thing.end(&self.fake, number);
    }

    async fn read(&self, act: Act, thing: &Thing) {
        let acknowledged = *lock(&thing.acknowledged);
        let old = thing.old(Instant::now());
        let (quay, least) = match act {
            Act::ReadFresh => (self.quay.fresh(), thing.in_quay(&self.fake)),
            _ => (self.quay.clone(), acknowledged.max(old)),
        };
        let shown = thing.read(&quay, &self.fake, matches!(act, Act::List), least).await;
        let what = thing.what;
        assert!(shown >= least, "{act:?} of {what:?}: {shown}, but {least} was before");
    }
}

/// Calls that begin together, and how long nothing happens after them.
type Round = (Vec<Step>, u64);

fn step() -> impl Strategy<Value = Step> {
    let end = prop_oneof![
        4 => Just(End::Answered),
        1 => Just(End::Refused),
        1 => any::<bool>().prop_map(|acts| End::Lost { acts }),
        1 => Just(End::Late),
    ];
    let act = prop_oneof![
        4 => Just(Act::Read),
        1 => Just(Act::ReadFresh),
        2 => Just(Act::List),
        3 => end.prop_map(Act::Write),
        1 => Just(Act::WriteByOthers),
    ];
    let others = prop_oneof![1 => Just(0_usize), 1 => 0_usize..6];
    (act, 0..2_usize, others, prop::option::weighted(0.4, 0_u8..8))
}

fn round() -> impl Strategy<Value = Round> {
    let calls = prop::collection::vec(step(), 1..12);
    (calls, prop_oneof![2 => Just(0_u64), 1 => 28_u64..62])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..Default::default() })]

    #[test]
    fn no_read_through_the_client_is_too_old(
        (first, distance) in (0..THINGS.len(), 1..THINGS.len()),
        rounds in prop::collection::vec(round(), 1..8),
    ) {
        block_on(async {
            // Where few things are touched, they are touched at the same time.
            let second = (first + distance) % THINGS.len();
            let stage = Stage::new([THINGS[first], THINGS[second]]).await;
            for (steps, seconds) in &rounds {
                futures_util::future::join_all(steps.iter().map(|step| stage.act(*step))).await;
                stage.fake.clear_faults();
                tokio::time::pause();
                tokio::time::advance(Duration::from_secs(*seconds)).await;
                tokio::time::resume();
            }
        });
    }
}

fn block_on(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(test);
}

/// A list that was begun while nobody knew what became of a creation says nothing about it.
#[test]
fn what_was_found_to_be_created_is_in_no_older_list() {
    block_on(async {
        let stage = Stage::new([What::FleetingApplication]).await;
        let thing = &stage.things[0];
        let number = thing.begin(&stage.fake);
        let (method, path) = thing.route(number);
        stage.fake.fault(Fault::on(method, &path, FaultKind::Status(504)));
        thing.write(&stage.quay, &stage.fake, number).await.expect_err("its answer is lost");
        // A list that Quay makes now, and whose answer comes after everything else.
        stage.fake.fault(Fault::on("GET", &thing.path(), FaultKind::Delay(300.0)));
        let struck = stage.fake.struck();
        let mut early = Box::pin(stage.quay.applications(things::ACME));
        let served = async {
            while stage.fake.struck() == struck {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            _ = &mut early => panic!("the list is held back"),
            () = served => {}
        }
        thing.write_by_others(&stage.fake, number);
        let later = async {
            let looked = thing.read(&stage.quay.finishing(), &stage.fake, true, number).await;
            assert_eq!(looked, number, "the look is a request of its own");
            let late = thing.read(&stage.quay, &stage.fake, true, number).await;
            assert_eq!(late, number, "the list was begun before");
        };
        let _ = tokio::join!(early, later);
    });
}
