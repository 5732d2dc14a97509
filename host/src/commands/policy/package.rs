//! `policy package`: the ConfigMap that brings a policy into a cluster.

use super::build::{self, FILE};
use super::what::{self, What};
use crate::args::PolicyPackageArgs;
use crate::commands::Failure;
use crate::show;
use anyhow::{Context, anyhow};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use policy::Set;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// What the API server takes of one object, less room for what it writes itself.
const BYTES_MAX: usize = 1_000_000;

pub fn run(typed: &PolicyPackageArgs) -> Result<(), Failure> {
    let files = match What::of(&typed.path)? {
        What::Directory(directory) => whole(&directory)?,
        What::Project(project) => whole(&build::build(&project)?.directory)?,
        What::Module(module) => {
            what::specimen(&module, None)?;
            let name = module.file_name().and_then(|it| it.to_str()).unwrap_or("policy.wasm").to_string();
            BTreeMap::from([(name, read(&module)?)])
        }
    };
    let size: usize =
        files.iter().map(|(name, it)| if name == FILE { it.len() } else { it.len().div_ceil(3) * 4 }).sum();
    if size > BYTES_MAX {
        return Err(Failure::Unusable(anyhow!(
            "{size} bytes, and a ConfigMap holds {BYTES_MAX}; policies of one directory change together, so they are \
             not split: leave some out, or make them smaller"
        )));
    }
    show::print(&manifest(&typed.name, &typed.namespace, &files)?).context("cannot write")?;
    Ok(())
}

/// All of a policy directory, which the controller would take as it is.
fn whole(directory: &Path) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
    Set::load(directory).with_context(|| format!("{} cannot be used", directory.display()))?;
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(directory).with_context(|| format!("{} cannot be read", directory.display()))? {
        let path = entry.with_context(|| format!("{} cannot be read", directory.display()))?.path();
        let name = path.file_name().and_then(|it| it.to_str()).unwrap_or_default().to_string();
        if name == FILE || name.ends_with(".wasm") {
            files.insert(name, read(&path)?);
        }
    }
    Ok(files)
}

fn manifest(name: &str, namespace: &str, files: &BTreeMap<String, Vec<u8>>) -> anyhow::Result<String> {
    let mut text = format!(
        "# Apply with: kubectl apply --server-side -f -\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n  \
         namespace: {namespace}\n"
    );
    if let Some(yaml) = files.get(FILE) {
        let yaml = std::str::from_utf8(yaml).with_context(|| format!("{FILE} is not UTF-8"))?;
        // The first line may be indented: so the text says by how much it is.
        text += &format!("data:\n  {FILE}: |2\n");
        yaml.lines()
            .for_each(|it| text += &if it.is_empty() { "\n".to_string() } else { format!("    {it}\n") });
    }
    let mut modules = files.iter().filter(|it| it.0 != FILE).peekable();
    if modules.peek().is_some() {
        text += "binaryData:\n";
    }
    for (name, bytes) in modules {
        text += &format!("  {name}: {}\n", BASE64_STANDARD.encode(bytes));
    }
    Ok(text)
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("{} cannot be read", path.display()))
}
