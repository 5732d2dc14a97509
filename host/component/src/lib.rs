//! From the source of a policy to a component: cargo for `wasm32-unknown-unknown`, with a profile
//! that makes small modules, and the encoding of what it leaves.
//!
//! The shipped policies and those of users are built here, in one way. This crate never runs a
//! component and knows no policy.

mod give_back;
mod names;

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

pub const TARGET: &str = "wasm32-unknown-unknown";

/// Small, and quick enough: a policy computes for a millisecond. Panics are told by the SDK before
/// they trap, so names of functions stay out.
const PROFILE: [(&str, &str); 6] = [
    ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "s"),
    ("CARGO_PROFILE_RELEASE_LTO", "fat"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1"),
    ("CARGO_PROFILE_RELEASE_PANIC", "abort"),
    ("CARGO_PROFILE_RELEASE_STRIP", "symbols"),
    ("CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS", "true"),
];

/// The allocator's arithmetic is meant to be as fast and small as without the checks that policies have.
const UNCHECKED: &str = "profile.release.package.rlsf.overflow-checks=false";

/// What a cargo that builds for the host machine tells its children, and what must not reach one
/// that builds for another.
const NOT_FOR_GUESTS: [&str; 6] = [
    "RUSTFLAGS",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
    "CARGO_BUILD_TARGET",
    "CARGO_TARGET_DIR",
    "CLIPPY_ARGS",
];

/// What is built.
#[derive(Debug, Clone)]
pub struct Source<'s> {
    pub manifest: &'s Path,
    /// Of the workspace; none is the package of the manifest itself.
    pub package: Option<&'s str>,
    pub target_dir: &'s Path,
}

#[derive(Debug)]
pub enum Error {
    /// Cargo could not be started, or said why it failed itself.
    Cargo(String),
    /// What was built is no module of a policy.
    Encoding(String),
}

/// Builds the library of a package as a core module, into `wasm32-unknown-unknown/release` of the
/// target folder. That the library is a `cdylib` is said here: one that is an `rlib` too is not
/// optimised as a whole.
///
/// # Errors
///
/// Where cargo fails.
pub fn build(source: &Source<'_>) -> Result<PathBuf, Error> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(cargo);
    command.args(["rustc", "--release", "--lib", "--crate-type", "cdylib", "--target", TARGET]);
    command.args(["--config", UNCHECKED]);
    command.arg("--manifest-path").arg(source.manifest).arg("--target-dir").arg(source.target_dir);
    if let Some(package) = source.package {
        command.args(["--package", package]);
    }
    command.envs(PROFILE);
    NOT_FOR_GUESTS.iter().for_each(|it| {
        command.env_remove(it);
    });
    // Remapped, so that the same source gives the same bytes, wherever it lies.
    command.env("CARGO_ENCODED_RUSTFLAGS", flags(source.manifest).join("\u{1f}"));
    let status = command.status().map_err(|it| Error::Cargo(format!("cargo cannot be started: {it}")))?;
    if !status.success() {
        return Err(Error::Cargo(format!(
            "cargo failed ({status}); the {TARGET} target is needed: rustup target add {TARGET}"
        )));
    }
    Ok(source.target_dir.join(TARGET).join("release"))
}

/// # Errors
///
/// Where the module has not what the SDK puts into one.
pub fn encode(core: &[u8]) -> Result<Vec<u8>, Error> {
    let core = give_back::without(core).map_err(|it| Error::Encoding(it.to_string()))?;
    let encoded = wit_component::ComponentEncoder::default()
        .validate(true)
        .module(&core)
        .and_then(wit_component::ComponentEncoder::encode);
    let encoded = encoded.map_err(|it| Error::Encoding(format!("{it:#}")))?;
    Ok(names::without(&encoded).unwrap_or(encoded))
}

/// What the compiler is told besides the profile.
fn flags(manifest: &Path) -> Vec<String> {
    // Linked code is full of numbers of five bytes that fit in two.
    let mut flags = vec!["-Clink-arg=--compress-relocations".to_owned()];
    flags.extend(remapped(manifest));
    flags
}

fn remapped(manifest: &Path) -> Vec<String> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| env::var_os("HOME").map(|it| PathBuf::from(it).join(".cargo")));
    let folder = manifest.canonicalize().ok().and_then(|it| it.parent().map(Path::to_path_buf));
    let pairs = [(home, "/cargo"), (folder, "/policy")];
    let named = pairs.into_iter().filter_map(|(from, to)| Some((from?, to)));
    named.map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display())).collect()
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Cargo(why) => out.write_str(why),
            Error::Encoding(why) => {
                write!(
                    out,
                    "what was built is no policy: {why}; does its library say policy_sdk::export!(...)?"
                )
            }
        }
    }
}

impl std::error::Error for Error {}
