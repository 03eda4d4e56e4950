//! Turns `proto/` into Rust. protox is a compiler for it in Rust, so no `protoc` is needed.

use std::error::Error;

/// The packages, one file each.
const FILES: [&str; 3] = ["proto/tfplugin6.proto", "proto/goplugin.proto", "proto/health.proto"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=proto");
    let mut compiler = protox::Compiler::new(["."])?;
    compiler.include_source_info(true).include_imports(true).open_files(FILES)?;
    tonic_prost_build::configure()
        // The connection is always ours: tonic's own cannot check the client's certificate.
        .build_transport(false)
        // Sorted, so that a schema is the same bytes every time.
        .btree_map(".")
        .skip_debug(payloads(&compiler))
        .compile_fds(compiler.file_descriptor_set())?;
    Ok(())
}

/// The messages that carry bytes which may hold secrets: everything but types.
///
/// They get no derived `Debug`. `src/terraform/proto.rs` writes one for each that shows only
/// lengths; a message that is missing there does not compile.
fn payloads(compiler: &protox::Compiler) -> Vec<String> {
    use protox::prost_reflect::Kind;
    let holds_payload = |field: protox::prost_reflect::FieldDescriptor| {
        field.kind() == Kind::Bytes && field.name() != "type"
    };
    compiler
        .descriptor_pool()
        .all_messages()
        .filter(|message| message.fields().any(holds_payload))
        .map(|message| format!(".{}", message.full_name()))
        .collect()
}
