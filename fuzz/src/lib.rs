//! What each fuzz target does with its bytes, without the fuzzer: `cargo test` replays the corpora
//! through the same functions, from `tests/corpora.rs`.
//!
//! A target fails by panicking. A panic that the server turns into a diagnostic counts as well: the
//! fuzzer ends at every panic before it can be caught, and the replay counts them.

#![allow(unreachable_pub, reason = "the replay is a module of a test, where nothing is reachable")]

pub mod conversation;
pub mod msgpack;
mod offline;
#[path = "../../tests/support/proposal.rs"]
mod proposal;
pub mod quay_answer;
pub mod rpc;
pub mod state_upgrade;
