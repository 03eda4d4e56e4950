//! A whole operation of Terraform's, while Quay answers anything.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| terraform_provider_quay_fuzz::conversation::run(data));
