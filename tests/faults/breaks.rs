//! In which ways a request is broken, and how often.

use crate::support::fake_quay::FaultKind;

/// One second of Quay's, here.
pub(crate) const TIME_SCALE: f64 = 0.04;
/// What a broken operation waits for one answer: fifteen of Quay's seconds.
pub(crate) const PATIENCE: &str = "600ms";

/// How an answer, or the lack of one, is broken.
pub(crate) struct Break {
    /// For the table.
    pub name: &'static str,
    /// What the fake does; none where it refuses the connection.
    pub kind: Option<FaultKind>,
    /// Whether Quay acts first, so that only the answer is lost.
    pub acts: bool,
}

/// How often a request is broken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Often {
    /// Once, so that a repetition succeeds.
    Once,
    /// Each time. Where Quay limits the rate, until Terraform asks the provider to stop.
    Always,
    /// Once, and from then on no request of any kind is answered: no look is possible.
    Blind,
}

impl Often {
    /// All, in the order of the table.
    pub(crate) const ALL: [Self; 3] = [Self::Once, Self::Always, Self::Blind];
}

/// All ways.
pub(crate) fn breaks() -> Vec<Break> {
    let refused = Break { name: "refused", kind: None, acts: false };
    let before = |name, kind| Break { name, kind: Some(kind), acts: false };
    let after = |name, kind| Break { name, kind: Some(kind), acts: true };
    vec![
        refused,
        before("reset before", FaultKind::Reset),
        after("reset after", FaultKind::Reset),
        before("500 HTML before", FaultKind::Status(500)),
        after("500 HTML after", FaultKind::Status(500)),
        after("502 after", FaultKind::Status(502)),
        before("503 before", FaultKind::Status(503)),
        after("504 after", FaultKind::Status(504)),
        before("429", FaultKind::TooManyRequests(None)),
        after("truncated JSON", FaultKind::Truncated),
        after("wrong types", FaultKind::WrongTypes),
        after("10 MB", FaultKind::Huge),
        before("30 s silence before", FaultKind::Silence(30.0)),
        after("30 s silence after", FaultKind::Silence(30.0)),
        after("35 s silence, then acts", FaultKind::Late(35.0, None)),
    ]
}

impl Break {
    /// Whether Quay limits the rate.
    pub(crate) fn is_rate_limit(&self) -> bool {
        matches!(self.kind, Some(FaultKind::TooManyRequests(_)))
    }

    /// Whether the provider gives up waiting for the answer, or for its end.
    pub(crate) fn is_given_up(&self) -> bool {
        use FaultKind::{Huge, Late, Silence};
        matches!(self.kind, Some(Huge | Late(..) | Silence(_)))
    }

    /// Whether a request is not broken in this way so often, because it would show nothing new.
    pub(crate) fn is_left_out(&self, is_write: bool, often: Often) -> bool {
        match often {
            // Nobody sees the first knock at a closed door, after which it would have to open.
            // The unit tests of `sending.rs` open it on a clock of their own.
            Often::Once => self.kind.is_none(),
            // To a read, which changes nothing, before and after are the same.
            Often::Always => !is_write && self.acts,
            // What was surely not done needs no look.
            Often::Blind => !is_write || self.kind.is_none() || self.is_rate_limit(),
        }
    }
}
