//! Replaying recorded cases against a server and comparing the answers.

#![allow(unreachable_pub, reason = "a module of one test")]

mod client;
mod compare;
mod replay;
mod table;

pub use client::{Response, send};
pub use replay::{Replay, Server};
pub use table::Table;
