//! What a person may name where a policy is wanted: a module, the project that makes one, or a policy
//! directory.

use super::build;
use crate::commands::Failure;
use anyhow::{Context, anyhow};
use policy::{Specimen, Unusable};
use std::fs;
use std::path::{Path, PathBuf};

#[derive(Debug)]
pub enum What {
    Module(PathBuf),
    Project(PathBuf),
    Directory(PathBuf),
}

impl What {
    /// # Errors
    ///
    /// Where there is nothing of that name.
    pub fn of(path: &Path) -> Result<What, Failure> {
        if path.is_file() {
            return Ok(What::Module(path.to_path_buf()));
        }
        if path.join("Cargo.toml").is_file() {
            return Ok(What::Project(path.to_path_buf()));
        }
        if path.is_dir() {
            return directory(path);
        }
        Err(Failure::Usage(format!(
            "{}: no such file or folder; expected a module (.wasm), the project of a policy, or a policy directory",
            path.display()
        )))
    }

    /// The module; a project is built first, and of a directory there is not one.
    ///
    /// # Errors
    ///
    /// Where there is none, or it cannot be built.
    pub fn module(&self) -> Result<PathBuf, Failure> {
        match self {
            What::Module(path) => Ok(path.clone()),
            What::Project(path) => Ok(build::build(path)?.module),
            What::Directory(path) => Err(Failure::Usage(format!(
                "{}: is a policy directory; name one of its modules, or the project of a policy",
                path.display()
            ))),
        }
    }
}

/// A folder in which nothing is ours is another than was meant: the built-in policies alone need no look.
fn directory(path: &Path) -> Result<What, Failure> {
    let entries = fs::read_dir(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let names = entries.filter_map(|it| Some(it.ok()?.file_name().to_string_lossy().into_owned()));
    if names.into_iter().any(|it| it == build::FILE || it.ends_with(".wasm")) {
        return Ok(What::Directory(path.to_path_buf()));
    }
    Err(Failure::Usage(format!(
        "{}: holds no Cargo.toml, as the project of a policy does (`policy new NAME` makes one), and neither \
         {} nor modules, as a policy directory does",
        path.display(),
        build::FILE
    )))
}

/// A module with settings.
///
/// # Errors
///
/// Where it cannot be read, or is no policy.
pub fn specimen(module: &Path, settings: Option<&Path>) -> Result<Specimen, Failure> {
    let bytes = fs::read(module).with_context(|| format!("{} cannot be read", module.display()))?;
    let settings = settings
        .map(|it| fs::read_to_string(it).with_context(|| format!("{} cannot be read", it.display())))
        .transpose()?;
    Ok(load(module, &bytes, settings.as_deref())?)
}

pub fn load(module: &Path, bytes: &[u8], settings: Option<&str>) -> anyhow::Result<Specimen> {
    Specimen::load(bytes, settings).map_err(|it| match it {
        Unusable::Refused(refusal) => anyhow!("{}: {refusal}", module.display()),
        Unusable::Settings(found) => anyhow!("settings of {}:\n{}", module.display(), found.join("\n")),
    })
}
