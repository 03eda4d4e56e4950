//! The plugin that Terraform starts.

use std::process::ExitCode;
use terraform_provider_quay::IDENTITY;
use terraform_provider_quay::provider::QuayProvider;
use terraform_provider_quay::terraform::serve;
use terraform_provider_quay::terraform::server::Server;

fn main() -> ExitCode {
    serve::run(IDENTITY, Server::<QuayProvider>::new)
}
