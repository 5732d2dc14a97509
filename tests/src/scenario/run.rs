//! The objects of a case through the same code that `plan` runs, in this process.

use super::cluster::Input;
use super::expect::as_list;
use decide::idle::Change;
use decide::memory::Memory;
use decide::plan::{Creation, Plan};
use decide::provision::Machine;
use decide::steps::{self, Doing, Steps};
use decide::time::Time;
use decide::world::World;
use policy::Set;
use serde_json::Value;
use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};
use vpsie_autoscaler::kinds::{self, VpsieNode};
use vpsie_autoscaler::show::{self, Document};
use vpsie_autoscaler::{objects, tick};

/// What `plan` says.
#[derive(Debug)]
pub struct Outcome {
    /// What it prints with `-o json`, or the message with which it refuses.
    pub plan: Result<Value, String>,
    /// What stands on standard error beside a plan, a line each.
    pub warnings: String,
    /// What the controller carries out of it now, in the words of a case.
    pub doings: Vec<String>,
    /// What it asks of machines that are not to stay as they are, by name.
    pub wishes: Vec<String>,
}

pub fn run(input: &Input) -> Outcome {
    let mut outcome =
        Outcome { plan: Ok(Value::Null), warnings: String::new(), doings: Vec::new(), wishes: Vec::new() };
    outcome.plan = plan(input, &mut outcome);
    outcome
}

fn plan(input: &Input, outcome: &mut Outcome) -> Result<Value, String> {
    let policies = policies(input.policies.as_ref())?;
    let now = Time::parse(&input.now.to_string()).expect("jiff writes RFC 3339");
    let file = objects::Input { name: "objects.json".into(), bytes: as_list(input).to_string().into() };
    let mut read = objects::read(&[file], now).map_err(|it| it.to_string())?;
    read.world.offers.clone_from(&input.offers);
    outcome.warnings = read.warnings.join("\n");
    let mut memory = Memory::default();
    memory.absorb(&read.world);
    let decision = tick::decide(&read.world, &memory, &policies, None);
    steps_of(input, &read.world, &decision.plan, outcome);
    let lines = policies.lines();
    let text = show::json(&Document::of(&decision.plan, &lines, None, None));
    Ok(serde_json::from_str(&text).expect("the plan is JSON"))
}

fn steps_of(input: &Input, world: &World, plan: &Plan, outcome: &mut Outcome) {
    let machines: Vec<Machine> = input
        .objects
        .iter()
        .filter(|it| it["kind"] == "VPSieNode")
        .filter_map(|it| kinds::machine(&serde_json::from_value::<VpsieNode>(it.clone()).ok()?).ok())
        .collect();
    let Steps { doings, wishes } = steps::steps(world, plan, &machines);
    outcome.doings = doings
        .iter()
        .map(|it| match it {
            Doing::Idle { node, change: Change::Begin } => format!("idle {node}"),
            Doing::Idle { node, change: Change::End } => format!("not-idle {node}"),
            Doing::TakeBack { node, cause } => format!("take-back {node} {cause}"),
            Doing::Label { node, group } => format!("label {node} {group}"),
            Doing::Mark { node } => format!("mark {node}"),
            Doing::Adopt { node, group } => format!("adopt {node} {group}"),
            Doing::Create(it) => created(it),
            Doing::Add { group, count } => format!("add {group} {count}"),
            Doing::Hold { group } => format!("hold {group}"),
            Doing::Release { group } => format!("release {group}"),
        })
        .collect();
    let wished = machines.iter().filter_map(|it| Some(format!("{} {:?}", it.name, wishes.get(&it.uid)?)));
    outcome.wishes = wished.collect();
}

fn created(it: &Creation) -> String {
    let pods: Vec<String> = it.pods.iter().map(ToString::to_string).collect();
    let mut text = format!("create {} for {}", it.group, pods.join(","));
    it.labels.0.iter().for_each(|(key, value)| text.push_str(&format!(" {key}:{value}")));
    it.taints.iter().for_each(|it| text.push_str(&format!(" {}:{}:{:?}", it.key, it.value, it.effect)));
    text
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
