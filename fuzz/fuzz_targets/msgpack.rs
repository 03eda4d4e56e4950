//! Values of any type from bytes.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| terraform_provider_quay_fuzz::msgpack::run(data));
