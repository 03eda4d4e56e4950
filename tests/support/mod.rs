//! What the tests have in common.

#![allow(dead_code, unreachable_pub, reason = "each test uses only a part")]

pub mod by_hand;
pub mod catalog;
pub mod core;
pub mod fake_quay;
pub mod files;
pub mod plugin_process;
pub mod proposal;
pub mod terraform_cli;
pub mod wire;
