//! The fake Quay against recordings of a real one, case by case; and, where `QUAY_URL` and
//! `QUAY_TOKEN` are set, a real Quay against the same recordings.

#[path = "support/fake_quay/mod.rs"]
mod fake_quay;
