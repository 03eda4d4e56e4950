//! Every call of Terraform's, with any request.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| terraform_provider_quay_fuzz::rpc::run(data));
