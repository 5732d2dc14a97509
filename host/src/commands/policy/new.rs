//! `policy new`: a project that builds, passes its tests and loads.

use super::sdk;
use crate::args::{Hook, PolicyNewArgs};
use crate::commands::Failure;
use crate::show;
use anyhow::Context;
use std::fs;
use std::path::Path;

pub fn run(typed: &PolicyNewArgs) -> Result<(), Failure> {
    let name = typed.path.file_name().and_then(|it| it.to_str()).unwrap_or_default();
    check(name).map_err(Failure::Usage)?;
    let folder = &typed.path;
    if folder.exists() {
        return Err(Failure::Usage(format!("{} is there already; nothing was written", folder.display())));
    }
    let (hook, source, fixture) = match typed.hook {
        Hook::Scorer => {
            ("scorer", include_str!("template/scorer.rs.txt"), include_str!("template/scorer.fixture.txt"))
        }
        Hook::Vetoer => {
            ("vetoer", include_str!("template/vetoer.rs.txt"), include_str!("template/vetoer.fixture.txt"))
        }
        Hook::Windows => (
            "windows policy",
            include_str!("template/windows.rs.txt"),
            include_str!("template/windows.fixture.txt"),
        ),
    };
    let carried = "sdk/policy-sdk".to_string();
    let path = match &typed.sdk {
        None => carried,
        Some(path) => {
            let path = path.canonicalize().ok().filter(|it| it.join("Cargo.toml").is_file());
            let path = path.ok_or_else(|| {
                Failure::Usage("--sdk: expected the folder policy-sdk of the autoscaler".into())
            })?;
            path.display().to_string()
        }
    };
    let files = [
        ("Cargo.toml", include_str!("template/Cargo.toml.txt")),
        ("README.md", include_str!("template/README.md.txt")),
        (".gitignore", "/target\n"),
        ("policies.yaml", include_str!("template/policies.yaml.txt")),
        ("src/lib.rs", source),
        ("fixtures/cluster.yaml", include_str!("template/cluster.yaml.txt")),
        ("fixtures/first.fixture.yaml", fixture),
    ];
    for (file, text) in files {
        let text = text.replace("{name}", name).replace("{type}", &type_name(name));
        let text = text.replace("{sdk}", &path).replace("{hook}", hook);
        write(&folder.join(file), &text)?;
    }
    if typed.sdk.is_none() {
        let folder = folder.join("sdk");
        sdk::write(&folder).with_context(|| format!("{} cannot be written", folder.display()))?;
    }
    let shown = folder.display();
    let text = format!(
        "{shown}: a {hook}. Its logic is in {shown}/src/lib.rs; then:\n\n  \
         vpsie-autoscaler policy test {shown}\n  vpsie-autoscaler policy check {shown}\n"
    );
    show::print(&text).context("cannot write")?;
    Ok(())
}

/// A package, a policy and a key of a ConfigMap are called so.
fn check(name: &str) -> Result<(), String> {
    let letter = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-';
    let begins = name.starts_with(|it: char| it.is_ascii_lowercase());
    if begins && !name.ends_with('-') && name.len() <= 50 && name.chars().all(letter) {
        return Ok(());
    }
    Err(format!(
        "{name:?}: a policy is called like night-shift: small letters, digits and hyphens, at most 50"
    ))
}

fn type_name(name: &str) -> String {
    let word = |it: &str| {
        let mut letters = it.chars();
        letters
            .next()
            .map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
            .unwrap_or_default()
    };
    name.split('-').map(word).collect()
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    }
    fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))
}
