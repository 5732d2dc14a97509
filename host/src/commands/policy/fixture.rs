//! A fixture: a cluster, settings, and what the policy should say about it.

use super::run;
use super::what;
use crate::objects::{self, Input};
use anyhow::{Context, bail};
use decide::time::Time;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const ENDING: &str = ".fixture.yaml";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Fixture {
    name: Option<String>,
    now: String,
    #[serde(default)]
    settings: Value,
    /// A file beside this one.
    objects: PathBuf,
    expect: Expect,
}

/// What is not named is not looked at; what is named is all there may be of vetoes.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Expect {
    scores: Option<BTreeMap<String, i64>>,
    vetoes: Option<BTreeMap<String, String>>,
    paces: Option<BTreeMap<String, BTreeMap<String, Value>>>,
}

/// The fixtures of a folder, by name.
pub fn all(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))? {
        let path = entry.with_context(|| format!("{} cannot be read", folder.display()))?.path();
        if path.file_name().and_then(|it| it.to_str()).is_some_and(|it| it.ends_with(ENDING)) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Its name, and what is not as it should be.
pub fn check(path: &Path, module: &Path, bytes: &[u8]) -> anyhow::Result<(String, Vec<String>)> {
    let text = fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let it: Fixture =
        serde_yaml_ng::from_str(&text).with_context(|| format!("{} is no fixture", path.display()))?;
    let name = it.name.unwrap_or_else(|| path.display().to_string());
    let Some(now) = Time::parse(&it.now) else {
        bail!(
            "{}: now: expected an RFC 3339 time such as 2026-11-20T10:00:00Z, found {:?}",
            path.display(),
            it.now
        );
    };
    let file = path.parent().unwrap_or(Path::new(".")).join(&it.objects);
    let objects = fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
    let read = objects::read(&[Input { name: file.display().to_string(), bytes: objects }], now)?;
    let settings = serde_json::to_string(&it.settings).expect("it was read from text");
    let specimen = what::load(module, bytes, Some(&settings))?;
    let said = run::document(&read.world, &specimen.ask(&read.world));
    Ok((name, differences(&it.expect, &said)))
}

fn differences(expect: &Expect, said: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let fault = said
        .as_object()
        .into_iter()
        .flatten()
        .find_map(|(hook, it)| Some((hook, it.get("fault")?.as_str()?)));
    if let Some((hook, fault)) = fault {
        wrong.push(format!("{hook} failed: {fault}"));
        return wrong;
    }
    for (node, score) in expect.scores.iter().flatten() {
        let found = said["scorer"][node]["score"].as_i64().unwrap_or(0);
        if found != *score {
            wrong.push(format!("node {node} scores {found}, expected {score}"));
        }
    }
    if let Some(vetoes) = &expect.vetoes {
        let found = said["vetoer"].as_object().into_iter().flatten();
        let found: BTreeMap<String, String> =
            found.map(|it| (it.0.clone(), it.1["code"].as_str().unwrap_or_default().to_string())).collect();
        for (node, code) in vetoes {
            match found.get(node) {
                None => wrong.push(format!("node {node} is not vetoed, expected {code}")),
                Some(other) if other != code => {
                    wrong.push(format!("node {node} is vetoed with {other}, expected {code}"));
                }
                Some(_) => {}
            }
        }
        for (node, code) in found.iter().filter(|it| !vetoes.contains_key(it.0)) {
            wrong.push(format!("node {node} is vetoed with {code}, expected no veto"));
        }
    }
    for (group, fields) in expect.paces.iter().flatten() {
        for (field, value) in fields {
            let found = &said["windows"][group][field];
            if found != value {
                wrong.push(format!("group {group} has {field} {found}, expected {value}"));
            }
        }
    }
    wrong
}
