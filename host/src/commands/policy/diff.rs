//! `policy diff`: what differs between two modules.

use super::what::{self, What};
use crate::args::PolicyDiffArgs;
use crate::commands::Failure;
use crate::show;
use anyhow::Context;
use policy::{About, Asked, Said, Specimen};
use std::collections::BTreeMap;

/// Of the made-up cluster on which both are asked.
const NODES: usize = 200;
const PODS_PER_NODE: usize = 10;

pub fn run(typed: &PolicyDiffArgs) -> Result<(), Failure> {
    let settings = typed.settings.as_deref();
    let load = |path| -> Result<Specimen, Failure> { what::specimen(&What::of(path)?.module()?, settings) };
    let (one, other) = (load(&typed.one)?, load(&typed.other)?);
    let mut lines = Vec::new();
    let (before, after) = (facts(&one.about()), facts(&other.about()));
    let keys: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for key in keys {
        let value = |it: &BTreeMap<String, String>| it.get(key).cloned().unwrap_or_else(|| "-".to_string());
        let (before, after) = (value(&before), value(&after));
        if before != after {
            lines.push(format!("{key}: {before} -> {after}"));
        }
    }
    let world = policy::example_world(NODES, PODS_PER_NODE);
    let (before, after) = (one.ask(&world), other.ask(&world));
    for (before, after) in
        before.iter().filter_map(|it| Some((it, after.iter().find(|on| on.hook == it.hook)?)))
    {
        if before.said != after.said {
            lines.push(format!(
                "{} on {NODES} made-up nodes: {} -> {}",
                before.hook,
                told(before),
                told(after)
            ));
        }
        if before.spent.fuel != after.spent.fuel {
            lines.push(format!("{} fuel: {} -> {}", before.hook, before.spent.fuel, after.spent.fuel));
        }
    }
    let text = if lines.is_empty() { "no difference\n".to_string() } else { lines.join("\n") + "\n" };
    show::print(&text).context("cannot write")?;
    Ok(())
}

fn facts(about: &About) -> BTreeMap<String, String> {
    let own = [
        ("name", about.name.clone()),
        ("version", about.version.clone()),
        ("hooks", about.hooks.join(", ")),
        ("bytes", about.bytes.to_string()),
        ("digest", about.digest.clone()),
        ("imports", about.imports.join(", ")),
        ("exports", about.exports.join(", ")),
    ];
    let own = own.into_iter().map(|(key, value)| (key.to_string(), value));
    let lengthy = |it: &str| it.split_whitespace().collect::<Vec<_>>().join(" ");
    let more = about.properties.iter().map(|it| (it.0.clone(), lengthy(&it.1)));
    own.chain(more).collect()
}

fn told(asked: &Asked) -> String {
    match &asked.said {
        Err(fault) => format!("fault ({fault})"),
        Ok(Said::Paces(it)) => format!("{} paces", it.len()),
        Ok(Said::Vetoes(it)) => format!("{} vetoes", it.len()),
        Ok(Said::Scores(it)) => {
            format!("{} scores, {} in sum", it.len(), it.iter().map(|it| i64::from(it.score)).sum::<i64>())
        }
    }
}
