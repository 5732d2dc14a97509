//! `policy package`: the ConfigMap that brings a policy into a cluster.

use super::what::What;
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

const FILE: &str = "policies.yaml";

pub fn run(typed: &PolicyPackageArgs) -> Result<(), Failure> {
    let what = What::of(&typed.path)?;
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    match &what {
        What::Directory(dir) => {
            Set::load(dir).with_context(|| format!("{} cannot be used", dir.display()))?;
            for entry in fs::read_dir(dir).with_context(|| format!("{} cannot be read", dir.display()))? {
                let path = entry.with_context(|| format!("{} cannot be read", dir.display()))?.path();
                let name = path.file_name().and_then(|it| it.to_str()).unwrap_or_default().to_string();
                if name == FILE || name.ends_with(".wasm") {
                    files.insert(name, read(&path)?);
                }
            }
        }
        What::Project(_) | What::Module(_) => {
            let module = what.module()?;
            let name = module.file_name().and_then(|it| it.to_str()).unwrap_or("policy.wasm").to_string();
            files.insert(name, read(&module)?);
            if let What::Project(folder) = &what
                && folder.join(FILE).is_file()
            {
                files.insert(FILE.to_string(), read(&folder.join(FILE))?);
            }
        }
    }
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

fn manifest(name: &str, namespace: &str, files: &BTreeMap<String, Vec<u8>>) -> anyhow::Result<String> {
    let mut text = format!(
        "# Apply with: kubectl apply --server-side -f -\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n  \
         namespace: {namespace}\n"
    );
    if let Some(yaml) = files.get(FILE) {
        let yaml = std::str::from_utf8(yaml).with_context(|| format!("{FILE} is not UTF-8"))?;
        text += &format!("data:\n  {FILE}: |\n");
        yaml.lines()
            .for_each(|it| text += &if it.is_empty() { "\n".to_string() } else { format!("    {it}\n") });
    }
    text += "binaryData:\n";
    for (name, bytes) in files.iter().filter(|it| it.0 != FILE) {
        text += &format!("  {name}: {}\n", BASE64_STANDARD.encode(bytes));
    }
    Ok(text)
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("{} cannot be read", path.display()))
}
