//! The objects of a case through the same code that `plan` runs, in this process.

use super::cluster::Input;
use super::expect::as_list;
use decide::memory::Memory;
use decide::time::Time;
use policy::Set;
use serde_json::Value;
use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};
use vpsie_autoscaler::show::{self, Document};
use vpsie_autoscaler::{objects, tick};

/// What `plan` says.
#[derive(Debug)]
pub struct Outcome {
    /// What it prints with `-o json`, or the message with which it refuses.
    pub plan: Result<Value, String>,
    /// What stands on standard error beside a plan, a line each.
    pub warnings: String,
}

pub fn run(input: &Input) -> Outcome {
    let mut warnings = String::new();
    let plan = plan(input, &mut warnings);
    Outcome { plan, warnings }
}

fn plan(input: &Input, warnings: &mut String) -> Result<Value, String> {
    let policies = policies(input.policies.as_ref())?;
    let now = Time::parse(&input.now.to_string()).expect("jiff writes RFC 3339");
    let file = objects::Input { name: "objects.json".into(), bytes: as_list(input).to_string().into() };
    let read = objects::read(&[file], now).map_err(|it| it.to_string())?;
    *warnings = read.warnings.join("\n");
    let mut memory = Memory::default();
    memory.absorb(&read.world);
    let decision = tick::decide(&read.world, &memory, &policies, None);
    let lines = policies.lines();
    let text = show::json(&Document::of(&decision.plan, &lines, None, None));
    Ok(serde_json::from_str(&text).expect("the plan is JSON"))
}

/// The shipped policies, or those of a directory that is written for the case.
fn policies(settings: Option<&Value>) -> Result<Set, String> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let Some(settings) = settings else { return Ok(Set::shipped()) };
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("cases-{}-{number}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder for policies");
    fs::write(folder.join("policies.yaml"), settings.to_string()).expect("JSON is YAML");
    let set = Set::load(&folder).map_err(|it| it.to_string());
    fs::remove_dir_all(&folder).expect("the folder was made above");
    set
}
