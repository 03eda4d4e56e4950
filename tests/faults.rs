//! Each request of each operation is broken in each way, and then a clean second run must leave
//! exactly what a run without faults leaves: nothing lost, nothing doubled, nothing orphaned.
//!
//! Which requests an operation makes is seen in a run without faults, so that none is forgotten.

#[path = "faults/acts.rs"]
mod acts;
#[path = "faults/breaks.rs"]
mod breaks;
#[path = "faults/operations.rs"]
mod operations;
#[path = "faults/rights.rs"]
mod rights;
mod support;
#[path = "faults/verdicts.rs"]
mod verdicts;
#[path = "faults/world.rs"]
mod world;

use acts::{core, run, stage};
use breaks::{Break, Often, PATIENCE, breaks};
use futures_util::stream::{self, StreamExt};
use operations::{Operation, operations};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Arc;
use support::core::within;
use support::fake_quay::{FakeQuay, Fault, FaultKind};
use support::wire::{Outcome, Wire};
use terraform_provider_quay::provider::QuayProvider;
use terraform_provider_quay::terraform::proto::stop_provider;
use verdicts::{Verdict, judge};
use world::{comparable, without_ids, world};

type Core = Wire<QuayProvider>;

/// How many cells are tried at the same time: most of them wait.
const TOGETHER: usize = 40;

/// What an operation is without faults.
pub(crate) struct Reference {
    operation: Operation,
    /// Method and path of each request, in their order; `*` stands for ids and queries.
    requests: Vec<(String, String)>,
    /// What Quay holds before and afterwards.
    before: Json,
    after: Json,
    /// The state afterwards, or what was read.
    state: Json,
}

/// A Quay and a state as they are before an operation.
async fn prepared(operation: &Operation) -> (FakeQuay, Outcome) {
    let quay = stage().await;
    let prior = match &operation.before {
        Json::Null => Outcome::nothing(),
        config => {
            let core = core(&quay, "30s").await;
            core.create(operation.noun, config).await.unfailing("the object before")
        }
    };
    (operation.meanwhile)(&quay);
    quay.clear_requests();
    (quay, prior)
}

/// Does an operation without faults.
async fn reference(operation: Operation) -> Reference {
    let (quay, prior) = prepared(&operation).await;
    let before = world(&quay);
    let outcome = run(&operation, &quay, &core(&quay, "30s").await, &prior).await;
    let (name, errors) = (operation.name, &outcome.errors);
    assert_eq!(!errors.is_empty(), operation.is_refused, "{name}: {errors:?}");
    let requests = quay.requests();
    let requests = requests.iter().map(|request| {
        let place = request.path.split_once('?').map(|(place, _)| format!("{place}*"));
        let place = place.unwrap_or_else(|| request.path.clone());
        (request.method.clone(), without_ids(&place))
    });
    let requests: Vec<_> = requests.collect();
    assert!(!requests.is_empty(), "{name} asks Quay for nothing");
    let (after, state) = (world(&quay), comparable(&outcome.state));
    Reference { operation, requests, before, after, state }
}

/// One request of an operation, broken in one way.
struct Cell {
    reference: Arc<Reference>,
    /// Which request, from 0.
    number: usize,
    way: Arc<Break>,
    often: Often,
}

impl Cell {
    /// For the table.
    fn name(&self) -> String {
        let (method, path) = &self.reference.requests[self.number];
        let often = match self.often {
            Often::Once => "once",
            Often::Always => "always",
            Often::Blind => "and blind",
        };
        let place = path.trim_start_matches("/api/v1/");
        let request = format!("{} {method} {place}", self.number + 1);
        let name = self.reference.operation.name;
        format!("{name:34} {request:52} {:23} {often:9}", self.way.name)
    }

    /// Breaks the request in a Quay where the operation is about to be done.
    async fn sabotage(&self, quay: &FakeQuay) {
        let requests = &self.reference.requests;
        let (method, path) = &requests[self.number];
        let Some(kind) = self.way.kind.clone() else {
            return quay.refuse_after(self.number).await;
        };
        let earlier = requests[..self.number].iter().filter(|it| *it == &requests[self.number]);
        let fault = Fault::on(method, path, kind).after_requests(earlier.count());
        let fault = if self.way.acts { fault.after_acting() } else { fault };
        quay.fault(if self.often == Often::Always { fault.always() } else { fault });
        if self.often == Often::Blind {
            let blind = Fault::on("*", "*", FaultKind::Reset).after_requests(self.number);
            quay.fault(blind.always());
        }
    }

    /// Breaks the request, and finds out what came of it.
    async fn strike(&self) -> Verdict {
        let Reference { operation, .. } = &*self.reference;
        let (quay, prior) = prepared(operation).await;
        self.sabotage(&quay).await;
        let core = core(&quay, PATIENCE).await;
        let operated = run(operation, &quay, &core, &prior);
        let struck = if self.way.is_rate_limit() && self.often == Often::Always {
            // It is waited for minutes otherwise, which the unit tests do on a clock of their own.
            tokio::join!(operated, stop_after(&quay, &core, 2)).0
        } else {
            within(&self.name(), operated).await
        };
        let was_struck = match self.way.kind {
            None => quay.has_refused(),
            Some(_) => quay.struck() > 0,
        };
        quay.clear_faults();
        if self.way.kind.is_none() {
            quay.accept_again().await;
        }
        within("what Quay does late", quay.no_late_act()).await;
        if was_struck {
            judge(&self.reference, &quay, &prior, struck).await
        } else {
            Verdict::Missed
        }
    }
}

/// Stops the provider when so many requests were struck.
async fn stop_after(quay: &FakeQuay, core: &Core, strikes: usize) {
    within("the repetition", quay.until_struck(strikes)).await;
    let request = stop_provider::Request {};
    core.client.clone().stop_provider(request).await.expect("an answer");
}

/// All cells of the table.
fn cells(references: Vec<Reference>, ways: Vec<Break>) -> Vec<Cell> {
    let references: Vec<_> = references.into_iter().map(Arc::new).collect();
    let ways: Vec<_> = ways.into_iter().map(Arc::new).collect();
    let mut cells = Vec::new();
    for reference in &references {
        for (number, (method, _)) in reference.requests.iter().enumerate() {
            for way in &ways {
                for often in Often::ALL {
                    if !way.is_left_out(method != "GET", often) {
                        let (reference, way) = (Arc::clone(reference), Arc::clone(way));
                        cells.push(Cell { reference, number, way, often });
                    }
                }
            }
        }
    }
    cells
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_doubled_or_orphaned_whatever_breaks() {
    let references = stream::iter(operations()).map(reference).buffered(TOGETHER);
    let cells = cells(references.collect().await, breaks());
    let cells = cells.iter().enumerate();
    let verdicts =
        stream::iter(cells).map(|(row, cell)| async move { (row, (cell, cell.strike().await)) });
    // Nobody waits for the slow ones, but the table has its order.
    let verdicts: BTreeMap<usize, _> = verdicts.buffer_unordered(TOGETHER).collect().await;
    let verdicts: Vec<_> = verdicts.into_values().collect();

    let mut table = String::new();
    for (cell, verdict) in &verdicts {
        writeln!(table, "{} {verdict:?}", cell.name()).expect("memory");
    }
    let (mut operations, mut ways) = (BTreeSet::new(), BTreeSet::new());
    let mut counts = BTreeMap::new();
    for (cell, verdict) in &verdicts {
        operations.insert(cell.reference.operation.name);
        ways.insert(cell.way.name);
        *counts.entry(verdict.name()).or_insert(0) += 1;
    }
    let count = |name: &str| counts.get(name).copied().unwrap_or(0);
    let (lost, doubled, orphaned) = (count("lost"), count("doubled"), count("orphaned"));
    writeln!(
        table,
        "{} requests broken: {} unharmed, {} healed, {} named\nfaults: {} operations x {} faults, \
         lost {lost}, doubled {doubled}, orphaned {orphaned}",
        verdicts.len(),
        count("unharmed"),
        count("healed"),
        count("named"),
        operations.len(),
        ways.len(),
    )
    .expect("memory");
    // Written past the capture of the test's output: the matrix is worth reading in every log.
    std::io::stderr().write_all(table.as_bytes()).expect("stderr");
    // Where there was an answer, or an end, a look tells what was made. Only who cannot look, or gave
    // up waiting, has to ask the user.
    for (cell, verdict) in &verdicts {
        let may_ask = cell.often == Often::Blind || cell.way.is_given_up();
        assert!(may_ask || *verdict != Verdict::Named, "{}: {verdict:?}", cell.name());
    }
    let faulty = (count("missed"), lost, doubled, orphaned);
    assert_eq!(faulty, (0, 0, 0, 0), "see the table above");
}
