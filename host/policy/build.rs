//! Builds the shipped policies as components, which become part of the program.

use component::Source;
use std::path::PathBuf;

const SHIPPED: [&str; 3] = ["schedule", "safety", "priority"];

fn main() {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    for input in ["Cargo.toml", "Cargo.lock", "policy-sdk", "policies", "rust-toolchain.toml"] {
        println!("cargo::rerun-if-changed={}", root.join(input).display());
    }
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo says where"));
    let (manifest, target_dir) = (root.join("Cargo.toml"), out.join("policies"));
    for name in SHIPPED {
        let source = Source { manifest: &manifest, package: Some(name), target_dir: &target_dir };
        let built = component::build(&source).unwrap_or_else(|it| panic!("{name} cannot be built: {it}"));
        let core = built.join(format!("{name}.wasm"));
        let core = std::fs::read(&core).unwrap_or_else(|it| panic!("{}: {it}", core.display()));
        let encoded = component::encode(&core).unwrap_or_else(|it| panic!("{name}: {it}"));
        std::fs::write(out.join(format!("{name}.wasm")), encoded).expect("the output folder takes files");
    }
}
