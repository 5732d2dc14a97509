//! `policy build`: a project into a component.

use super::what::{self, What};
use crate::args::PolicyBuildArgs;
use crate::commands::Failure;
use crate::show;
use anyhow::{Context, anyhow};
use component::{Error, Source};
use serde_json::Value;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The file of a project and of a policy directory that says how policies are used.
pub const FILE: &str = "policies.yaml";

pub struct Built {
    /// A policy directory that holds the module, and the project's `policies.yaml` where it has one.
    pub directory: PathBuf,
    pub module: PathBuf,
    pub bytes: usize,
}

pub fn run(typed: &PolicyBuildArgs) -> Result<(), Failure> {
    let What::Project(folder) = What::of(&typed.path)? else {
        return Err(Failure::Usage(format!(
            "{}: has no Cargo.toml; `policy new NAME` makes a project",
            typed.path.display()
        )));
    };
    let built = build(&folder)?;
    let about = what::specimen(&built.module, None)?.about();
    let note = if about.large { ", which leaves little room for others in one ConfigMap" } else { "" };
    let text = format!(
        "{}: {} {}, {}, {}{note}\n{}\n",
        built.module.display(),
        about.name,
        about.version,
        about.hooks.join(" + "),
        Kilobytes(built.bytes),
        about.digest
    );
    show::print(&text).context("cannot write")?;
    Ok(())
}

/// Builds the project and leaves what a cluster needs of it in `target/policy/NAME`.
///
/// # Errors
///
/// Where it does not build, or what it builds is no policy.
pub fn build(folder: &Path) -> Result<Built, Failure> {
    let manifest = folder.join("Cargo.toml");
    let (name, target) = metadata(&manifest)?;
    let source = Source { manifest: &manifest, package: None, target_dir: &target.join("guest") };
    let core = component::build(&source).map_err(|it| match it {
        Error::Cargo(why) if why.starts_with("cargo cannot") => Failure::Environment(anyhow!(why)),
        it => Failure::Unusable(anyhow!("{name}: {it}")),
    })?;
    let core = core.join(format!("{}.wasm", name.replace('-', "_")));
    let core = fs::read(&core).with_context(|| format!("{} cannot be read", core.display()))?;
    let bytes = component::encode(&core).map_err(|it| anyhow!("{name}: {it}"))?;
    let directory = target.join("policy").join(&name);
    let module = directory.join(format!("{name}.wasm"));
    what::load(&module, &bytes, None)?;
    fill(&directory, &folder.join(FILE), (&module, &bytes))
        .with_context(|| format!("{} cannot be written", directory.display()))?;
    Ok(Built { directory, module, bytes: bytes.len() })
}

/// Anew, so that nothing is left of an earlier build.
fn fill(directory: &Path, entries: &Path, (module, bytes): (&Path, &[u8])) -> io::Result<()> {
    if directory.exists() {
        fs::remove_dir_all(directory)?;
    }
    fs::create_dir_all(directory)?;
    if entries.is_file() {
        fs::copy(entries, directory.join(FILE))?;
    }
    fs::write(module, bytes)
}

/// The name of the package and its target folder.
fn metadata(manifest: &Path) -> Result<(String, PathBuf), Failure> {
    let mut cargo = Command::new("cargo");
    cargo.args(["metadata", "--no-deps", "--format-version", "1", "--manifest-path"]).arg(manifest);
    let output = cargo.output().map_err(|it| {
        Failure::Environment(anyhow!("cargo cannot be started: {it}; `policy doctor` tells what is missing"))
    })?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr).trim().to_string();
        return Err(Failure::Unusable(anyhow!("{}: {why}", manifest.display())));
    }
    let read: Value =
        serde_json::from_slice(&output.stdout).context("cargo metadata says something else than JSON")?;
    let path = manifest.canonicalize().unwrap_or_else(|_| manifest.to_path_buf());
    let packages = read["packages"].as_array().into_iter().flatten();
    let package = packages
        .filter(|it| it["manifest_path"].as_str().is_some_and(|it| Path::new(it) == path))
        .find_map(|it| it["name"].as_str());
    let target = read["target_directory"].as_str().map(PathBuf::from);
    match (package, target) {
        (Some(name), Some(target)) => Ok((name.to_string(), target)),
        _ => Err(Failure::Unusable(anyhow!("{}: is not the manifest of a package", manifest.display()))),
    }
}

/// A size as people say it.
pub struct Kilobytes(pub usize);

impl std::fmt::Display for Kilobytes {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}.{} KB", self.0 / 1000, self.0 % 1000 / 100)
    }
}
