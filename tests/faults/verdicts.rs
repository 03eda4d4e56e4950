//! What came of a broken operation, judged by what a run without faults leaves.

use super::acts::{core, run};
use super::operations::Act;
use super::world::{comparable, held, named, objects, size, world};
use super::{Core, Reference};
use crate::support::fake_quay::FakeQuay;
use crate::support::wire::Outcome;
use serde_json::Value as Json;

/// What came of a broken operation.
#[derive(Debug, PartialEq)]
pub(crate) enum Verdict {
    /// The operation itself succeeded.
    Unharmed,
    /// It failed, and a second run did what was wanted.
    Healed,
    /// It failed and named the import command of the object that it may have made; imported as it
    /// says, all is well.
    Named,
    /// The request was not made at all, so nothing was shown.
    Missed,
    Lost(String),
    Doubled(String),
    Orphaned(String),
}

impl Verdict {
    /// For counting.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Unharmed => "unharmed",
            Self::Healed => "healed",
            Self::Named => "named",
            Self::Missed => "missed",
            Self::Lost(_) => "lost",
            Self::Doubled(_) => "doubled",
            Self::Orphaned(_) => "orphaned",
        }
    }
}

/// Judges what a broken operation left, after a second run without faults.
pub(crate) async fn judge(
    reference: &Reference,
    quay: &FakeQuay,
    prior: &Outcome,
    struck: Outcome,
) -> Verdict {
    let again = core(quay, "30s").await;
    match &reference.operation.act {
        Act::Apply(_) if reference.operation.is_refused => refused(reference, quay, prior, &struck),
        Act::Apply(wanted) => applied(reference, quay, &again, wanted, struck).await,
        Act::Invoke(_) => invoked(reference, quay, &again, prior, &struck).await,
        _ => shown(reference, quay, &again, prior, &struck).await,
    }
}

/// What is refused anyway changes nothing, and takes nothing over.
fn refused(reference: &Reference, quay: &FakeQuay, prior: &Outcome, struck: &Outcome) -> Verdict {
    if struck.errors.is_empty() || world(quay) != reference.after {
        return Verdict::Lost(format!("it was done after all: {:?}", world(quay)));
    }
    let kept = [&prior.state, &Json::Null].contains(&&struck.state)
        || comparable(&struck.state) == reference.state;
    if kept { Verdict::Healed } else { Verdict::Lost(format!("the state is {:?}", struck.state)) }
}

/// What is read is either read rightly or not at all, and nothing is changed.
async fn shown(
    reference: &Reference,
    quay: &FakeQuay,
    again: &Core,
    prior: &Outcome,
    struck: &Outcome,
) -> Verdict {
    if world(quay) != reference.before {
        return Verdict::Lost(format!("reading changed Quay: {:?}", world(quay)));
    }
    if struck.errors.is_empty() {
        let is_right = comparable(&struck.state) == reference.state;
        // What is not there is an error, and nothing else.
        let is_right = is_right && !reference.operation.is_refused;
        return if is_right { Verdict::Unharmed } else { Verdict::Lost(format!("{struck:?}")) };
    }
    let read = run(&reference.operation, quay, again, prior).await;
    let is_right = comparable(&read.state) == reference.state
        && read.errors.is_empty() != reference.operation.is_refused;
    if is_right { Verdict::Healed } else { Verdict::Lost(format!("then {read:?}")) }
}

/// An action that failed is invoked again.
async fn invoked(
    reference: &Reference,
    quay: &FakeQuay,
    again: &Core,
    prior: &Outcome,
    struck: &Outcome,
) -> Verdict {
    let failed = !struck.errors.is_empty();
    if failed {
        let second = run(&reference.operation, quay, again, prior).await;
        if !second.errors.is_empty() {
            return Verdict::Lost(second.errors.join(" "));
        }
    }
    match (world(quay) == reference.after, failed) {
        (false, _) => Verdict::Lost(format!("{:?}", world(quay))),
        (true, true) => Verdict::Healed,
        (true, false) => Verdict::Unharmed,
    }
}

/// Does what Terraform does the next time, and what the error says to do before.
async fn applied(
    reference: &Reference,
    quay: &FakeQuay,
    again: &Core,
    wanted: &Json,
    struck: Outcome,
) -> Verdict {
    let operation = &reference.operation;
    let noun = operation.noun;
    let failed = !struck.errors.is_empty();
    let mut base = match struck.state {
        Json::Null => Outcome::nothing(),
        _ => again.read(noun, &struck).await.unfailing("a refresh without faults"),
    };
    // Terraform replaces what a failed creation left in the state.
    if failed && operation.before.is_null() && !base.state.is_null() {
        base = again.destroy(noun, &base).await.unfailing("the removal of what is tainted");
    }
    let ids = named(quay, noun, &struck.errors);
    let mut is_imported = false;
    if failed && base.state.is_null() && !wanted.is_null() {
        for id in &ids {
            let imported = again.import(noun, id).await;
            if imported.errors.is_empty() && !imported.state.is_null() {
                (base, is_imported) = (imported, true);
                break;
            }
        }
    }
    let healed = settle(again, noun, &base, wanted).await;
    if !healed.errors.is_empty() {
        return Verdict::Lost([struck.errors.join(" "), healed.errors.join(" ")].join(" then "));
    }
    let found = world(quay);
    if found != reference.after {
        let known = held(noun, &healed.state);
        let unnamed =
            objects(quay, noun).into_iter().filter(|it| *it != known && !ids.contains(it));
        let unnamed: Vec<_> = unnamed.collect();
        let what = format!("{unnamed:?} in {found}, after {:?}", struck.errors);
        return match (size(&found) > size(&reference.after), failed) {
            (true, true) => Verdict::Orphaned(what),
            (true, false) => Verdict::Doubled(what),
            (false, _) => Verdict::Lost(what),
        };
    }
    if comparable(&healed.state) != reference.state
        || !is_settled(again, noun, &healed, wanted).await
    {
        return Verdict::Lost(format!("the state is {:?}", healed.state));
    }
    match (is_imported, failed) {
        (true, _) => Verdict::Named,
        (false, true) => Verdict::Healed,
        (false, false) => Verdict::Unharmed,
    }
}

/// Plans and applies, by a replacement where the plan wants one.
async fn settle(core: &Core, noun: &str, base: &Outcome, wanted: &Json) -> Outcome {
    if base.state.is_null() && wanted.is_null() {
        return base.clone();
    }
    let is_change = !base.state.is_null() && !wanted.is_null();
    if is_change && core.plan(noun, &base.state, wanted, &base.private).await.replaced > 0 {
        let gone = core.destroy(noun, base).await;
        return if gone.errors.is_empty() { core.create(noun, wanted).await } else { gone };
    }
    core.apply(noun, base, wanted).await
}

/// Whether a refresh finds nothing new and a plan changes nothing.
async fn is_settled(core: &Core, noun: &str, reached: &Outcome, wanted: &Json) -> bool {
    if wanted.is_null() {
        return reached.state.is_null();
    }
    let read = core.read(noun, reached).await;
    let unchanged = settle(core, noun, &read, wanted).await;
    read.errors.is_empty() && read.state == reached.state && unchanged.state == read.state
}
