//! Any answer in place of Quay's.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| terraform_provider_quay_fuzz::quay_answer::run(data));
