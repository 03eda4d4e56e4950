//! What Quay may do after nobody waits for it any more.

use super::error::Error;

/// What `sending.rs` says of a request that nobody waited for to its end.
const GIVEN_UP: [&str; 2] = ["nothing came for ", "the provider was asked to stop"];

impl Error {
    /// Whether Quay may still be at what it was asked for: the wait for its answer was given up,
    /// here or by a proxy before it. A look that finds nothing then proves little.
    pub fn may_act_later(&self) -> bool {
        match self.status() {
            Some(status) => matches!(status, 502 | 504),
            None => {
                self.may_have_acted() && GIVEN_UP.iter().any(|it| self.message().starts_with(it))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_given_up_may_be_done_later() {
        let answered = |status| Error::of_answer("POST /x", status, false, b"<html>");
        assert!(answered(502).may_act_later() && answered(504).may_act_later());
        assert!(!answered(500).may_act_later() && !answered(503).may_act_later());
        assert!(Error::lost("POST /x", "nothing came for 30 s").may_act_later());
        assert!(!Error::lost("POST /x", "connection reset by peer").may_act_later());
        assert!(!Error::stopped("POST /x").may_act_later());
    }
}
