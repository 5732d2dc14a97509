//! `plan`: what would be done now, and why. Changes nothing.

use super::Failure;
use crate::args::PlanArgs;
use crate::clock::Stopwatch;
use crate::nearest;
use crate::objects::{self, Read};
use crate::observe;
use crate::settings::PlanSettings;
use crate::show::{self, Document, Timings};
use crate::tick;
use anyhow::Context;
use decide::memory::Memory;
use decide::world::Name;
use policy::Set;
use std::path::Path;

/// # Errors
///
/// Where no plan can be made or printed.
pub fn run(typed: PlanArgs) -> Result<(), Failure> {
    let settings = PlanSettings::of(typed).map_err(Failure::Usage)?;
    let [mut reading, mut building, mut deciding] = [Stopwatch::default(); 3];

    let policies = policies(settings.policies.as_deref())?;
    let read = read(&settings, &mut reading, &mut building)?;
    read.warnings.iter().for_each(|it| show::complain("warning", it));
    let world = read.world;
    let memory = building.time(|| {
        let mut memory = Memory::default();
        memory.absorb(&world);
        memory
    });
    let explain = settings.explain.as_deref().map(|it| nearest::node(&world, it)).transpose();
    let explain = explain.map_err(Failure::Usage)?;

    let decision = deciding.time(|| tick::decide(&world, &memory, &policies, explain));
    let lines = policies.lines();
    let timings = settings.timings.then(|| Timings {
        read: reading.total.into(),
        world: building.total.into(),
        policies: decision.asking.into(),
        decide: deciding.total.into(),
    });
    let document = Document::of(&decision.plan, &lines, decision.explanation.as_ref(), timings);
    let text = show::formed(&document, settings.output, |it| show::table(it, settings.look));
    show::print(&text).context("cannot write the plan")?;
    Ok(())
}

fn policies(dir: Option<&Path>) -> anyhow::Result<Set> {
    let mut policies = match dir {
        None => Set::shipped(),
        Some(dir) => {
            Set::load(dir).with_context(|| format!("policies of {} cannot be used", dir.display()))?
        }
    };
    policies.listen(|it| show::complain("note", &it.to_string()));
    Ok(policies)
}

fn read(settings: &PlanSettings, reading: &mut Stopwatch, building: &mut Stopwatch) -> anyhow::Result<Read> {
    if settings.paths.is_empty() {
        let seen = observe::look()?;
        let parsed = reading.time(|| objects::parse(&seen.inputs, settings.now))?;
        let mut read = building.time(|| parsed.build());
        read.warnings.splice(0..0, seen.warnings);
        read.warnings.extend(observe::too_short(&read.world));
        read.world.gaps.extend(seen.gaps.iter().map(|it| Name::from(&**it)));
        return Ok(read);
    }
    let parsed = reading.time(|| {
        let inputs = objects::gather(&settings.paths)?;
        anyhow::Ok(objects::parse(&inputs, settings.now)?)
    })?;
    Ok(building.time(|| parsed.build()))
}
