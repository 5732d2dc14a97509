//! `policy run`: what one policy says about a cluster.

use super::what::{self, What};
use crate::args::PolicyRunArgs;
use crate::clock;
use crate::commands::Failure;
use crate::objects;
use crate::show;
use anyhow::{Context, anyhow};
use decide::world::World;
use policy::{Asked, Said};
use serde_json::{Value, json};

pub fn run(typed: &PolicyRunArgs) -> Result<(), Failure> {
    let module = What::of(&typed.what.path)?.module()?;
    let specimen = what::specimen(&module, typed.what.settings.as_deref())?;
    let inputs = objects::gather(&typed.files).map_err(anyhow::Error::from)?;
    let read = objects::read(&inputs, typed.now.unwrap_or_else(clock::now)).map_err(anyhow::Error::from)?;
    read.warnings.iter().for_each(|it| show::complain("warning", it));
    let asked = specimen.ask(&read.world);
    for (level, line) in asked.iter().flat_map(|it| &it.log) {
        show::complain(["error", "warning", "note"].get(*level as usize).unwrap_or(&"note"), line);
    }
    let document = document(&read.world, &asked);
    let text =
        if typed.json { show::json(&document) } else { show::yaml(&document).trim_end().to_string() + "\n" };
    show::print(&text).context("cannot write")?;
    match asked.iter().find_map(|it| it.said.as_ref().err().map(|fault| (it.hook, fault))) {
        None => Ok(()),
        Some((hook, fault)) => Err(Failure::Unusable(anyhow!("{}: {hook}: {fault}", module.display()))),
    }
}

/// By hook, then by the name of what was answered about.
pub fn document(world: &World, asked: &[Asked]) -> Value {
    let mut document = json!({});
    for it in asked {
        document[it.hook] = match &it.said {
            Err(fault) => json!({ "fault": fault }),
            Ok(Said::Paces(paces)) => paces
                .iter()
                .map(|it| {
                    let pace = json!({
                        "mode": it.mode, "disabled": it.disabled, "atOnce": it.at_once,
                        "cpuThreshold": it.cpu_threshold, "memoryThreshold": it.memory_threshold,
                        "windowSeconds": it.window_secs, "why": it.why, "until": it.until.map(|it| it.to_string()),
                    });
                    (world.groups[it.group.at()].name.to_string(), given(pace))
                })
                .collect(),
            Ok(Said::Vetoes(vetoes)) => vetoes
                .iter()
                .map(|it| {
                    let veto = json!({
                        "code": it.code, "text": it.text, "flips": it.flips,
                        "pod": it.pod.map(|it| world.name_of(it).to_string()), "until": it.until.map(|it| it.to_string()),
                    });
                    (world.node(it.node).name.to_string(), given(veto))
                })
                .collect(),
            Ok(Said::Scores(scores)) => scores
                .iter()
                .map(|it| {
                    let score = json!({ "score": it.score, "why": it.why });
                    (world.node(it.node).name.to_string(), given(score))
                })
                .collect(),
        };
    }
    document
}

fn given(mut value: Value) -> Value {
    if let Some(members) = value.as_object_mut() {
        members.retain(|_, it| !it.is_null());
    }
    value
}
