//! States and identities of any age from JSON.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| terraform_provider_quay_fuzz::state_upgrade::run(data));
