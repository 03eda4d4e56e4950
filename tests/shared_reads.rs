//! The promises of shared reads, through the whole client and against the fake Quay: no read gets
//! an answer from before the last write that this process saw the end of, none gets one that is
//! older than a minute, and a fresh read gets no older one at all.
//!
//! `src/quay/shared/model.rs` holds the same against every order of events; here the order is what
//! happens on the sockets.

mod support;

use proptest::prelude::*;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use support::fake_quay::FakeQuay;
use terraform_provider_quay::quay::application::Fields;
use terraform_provider_quay::quay::organization::Changes;
use terraform_provider_quay::quay::{Credentials, Options, Quay, Secret, Tls};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

const ORGANIZATIONS: [&str; 2] = ["acme", "other"];
const MINUTE: Duration = Duration::from_mins(1);

/// What one of many concurrent calls does.
#[derive(Clone, Copy, Debug)]
enum Act {
    Read,
    /// Without sharing.
    ReadFresh,
    /// The whole list, where there is one.
    List,
    Write,
    /// Behind the client's back.
    WriteByOthers,
}

/// What can be changed, and its changes. Each change writes its number into a field.
struct Thing {
    orgname: &'static str,
    /// An application's, else the thing is the organization itself.
    client_id: Option<String>,
    /// When each change was made; the first is number 1.
    made: Mutex<Vec<Instant>>,
    /// The last change whose end the client saw.
    acknowledged: Mutex<usize>,
    /// One change at a time, so that their numbers grow in Quay too.
    turn: tokio::sync::Mutex<()>,
}

struct Stage {
    fake: FakeQuay,
    quay: Quay,
    things: Vec<Thing>,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn number(text: Option<&str>) -> usize {
    text.and_then(|text| text.parse().ok()).unwrap_or(0)
}

impl Stage {
    async fn new() -> Self {
        let fake = FakeQuay::start().await;
        let mut things = Vec::new();
        for orgname in ORGANIZATIONS {
            fake.plant_organization(orgname, "admin");
            for client_id in [None, Some(fake.plant_application(orgname, "ci"))] {
                things.push(Thing {
                    orgname,
                    client_id,
                    made: Mutex::default(),
                    acknowledged: Mutex::default(),
                    turn: tokio::sync::Mutex::default(),
                });
            }
        }
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

    async fn act(&self, act: Act, thing: &Thing) {
        match act {
            Act::Write => {
                let _turn = thing.turn.lock().await;
                let number = thing.next();
                thing.write(&self.quay, number).await;
                *lock(&thing.acknowledged) = number;
            }
            Act::WriteByOthers => {
                let _turn = thing.turn.lock().await;
                thing.write_by_others(&self.fake, thing.next());
            }
            Act::Read | Act::ReadFresh | Act::List => self.read(act, thing).await,
        }
    }

    async fn read(&self, act: Act, thing: &Thing) {
        let begun = Instant::now();
        let acknowledged = *lock(&thing.acknowledged);
        let is_old = |made: &&Instant| begun.duration_since(**made) >= MINUTE;
        let old = lock(&thing.made).iter().filter(is_old).count();
        let shown = match act {
            Act::ReadFresh => thing.read(&self.quay.fresh(), false).await,
            _ => thing.read(&self.quay, matches!(act, Act::List)).await,
        };
        assert!(shown >= acknowledged, "{act:?}: {shown} is from before {acknowledged}");
        assert!(shown >= old, "{act:?}: {shown}, but {old} is a minute old");
    }
}

impl Thing {
    fn next(&self) -> usize {
        let mut made = lock(&self.made);
        made.push(Instant::now());
        made.len()
    }

    async fn write(&self, quay: &Quay, number: usize) {
        let text = number.to_string();
        match &self.client_id {
            None => {
                let changes =
                    Changes { invoice_email_address: Some(Some(text)), ..Changes::default() };
                quay.change_organization(self.orgname, &changes).await.expect("it is changed");
            }
            Some(client_id) => {
                let fields = Fields {
                    name: "ci".to_owned(),
                    description: text,
                    application_uri: String::new(),
                    redirect_uri: String::new(),
                    avatar_email: None,
                };
                let changed = quay.change_application(self.orgname, client_id, &fields).await;
                changed.expect("it is changed");
            }
        }
    }

    fn write_by_others(&self, fake: &FakeQuay, number: usize) {
        fake.change(self.orgname, |organization| match &self.client_id {
            None => organization.invoice_email_address = Some(number.to_string()),
            Some(_) => organization.applications[0].description = number.to_string(),
        });
    }

    async fn read(&self, quay: &Quay, list: bool) -> usize {
        let Some(client_id) = &self.client_id else {
            let view = quay.organization(self.orgname).await.expect("an answer");
            return number(view.expect("it is there").invoice_contact());
        };
        if list {
            let all = quay.applications(self.orgname).await.expect("an answer");
            return number(all.expect("it is there")[0].description.as_deref());
        }
        let found = quay.application(self.orgname, client_id).await.expect("an answer");
        number(found.expect("it is there").description.as_deref())
    }
}

/// Calls that begin together, and how long nothing happens after them.
type Round = (Vec<(Act, usize)>, u64);

fn round() -> impl Strategy<Value = Round> {
    let act = prop_oneof![
        4 => Just(Act::Read),
        1 => Just(Act::ReadFresh),
        2 => Just(Act::List),
        2 => Just(Act::Write),
        1 => Just(Act::WriteByOthers),
    ];
    let calls = prop::collection::vec((act, 0..2 * ORGANIZATIONS.len()), 1..12);
    (calls, prop_oneof![2 => Just(0_u64), 1 => 28_u64..62])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..Default::default() })]

    #[test]
    fn no_read_through_the_client_is_too_old(rounds in prop::collection::vec(round(), 1..8)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let stage = Stage::new().await;
            for (calls, seconds) in &rounds {
                let calls = calls.iter().map(|(act, thing)| stage.act(*act, &stage.things[*thing]));
                futures_util::future::join_all(calls).await;
                tokio::time::pause();
                tokio::time::advance(Duration::from_secs(*seconds)).await;
                tokio::time::resume();
            }
        });
    }
}
