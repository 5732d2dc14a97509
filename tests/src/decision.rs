//! One decision, step by step, with somebody's answers in the place of policies, and all that the
//! checker wants to know of it.

use crate::checker::{Asked, Case, Seats};
use crate::clusters::EVICTED;
use decide::ask::{Answers, Fault, Paces, VetoAnswer};
use decide::facts::Facts;
use decide::memory::Memory;
use decide::place::{Floor, SiteId};
use decide::plan::Plan;
use decide::question::Question;
use decide::settle::{Again, Settle};
use decide::tick::Tick;
use decide::time::Time;
use decide::world::{Place, PodId, World};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use vpsie_autoscaler::objects::{self, Input, ReadError};
pub use vpsie_autoscaler::voices::Voices;

/// What one decision heard and said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub plan: Plan,
    pub paces: Vec<Paces>,
    pub answers: Answers,
    pub agains: Vec<(Again, Result<Option<VetoAnswer>, Fault>)>,
    pub seats: Seats,
    pub boxed: bool,
}

/// A recording in the place of those who gave the answers.
impl Voices for Record {
    fn paces(&self, _: &Tick<'_>) -> Vec<Paces> {
        self.paces.clone()
    }

    fn answers(&self, _: &Question<'_>) -> Answers {
        self.answers.clone()
    }

    fn again(&self, _: &Settle<'_>, again: &Again) -> Result<Option<VetoAnswer>, Fault> {
        let held = self.agains.iter().find(|it| it.0.policy == again.policy && it.0.node == again.node);
        held.map_or_else(|| Err("was never asked".into()), |it| it.1.clone())
    }
}

impl Record {
    #[must_use]
    pub fn asked(&self, world: &World) -> Vec<Asked> {
        let asked = self.agains.iter().map(|(again, answer)| Asked {
            policy: again.policy.to_string(),
            node: world.node(again.node).name.to_string(),
            answer: answer.as_ref().map(Option::is_some).map_err(|_| ()),
        });
        asked.collect()
    }

    #[must_use]
    pub fn case<'a>(&'a self, objects: &'a [Value], now: i64, asked: &'a [Asked]) -> Case<'a> {
        let Record { plan, paces, answers, seats, boxed, .. } = self;
        Case { objects, now, paces, answers, asked, seats, sums: None, boxed: *boxed, plan }
    }
}

pub fn read(objects: &[Value], now: i64) -> Result<World, ReadError> {
    let bytes = json!({ "apiVersion": "v1", "kind": "List", "items": objects }).to_string().into_bytes();
    let mut world = objects::read(&[Input { name: "cluster".into(), bytes }], Time(now))?.world;
    for at in 0..world.pods.len() {
        if world.annotations_of(&world.pods[at]).get(EVICTED).is_some() {
            world.pods[at].place = Place::Evicted;
        }
    }
    Ok(world)
}

#[must_use]
pub fn memory(world: &World) -> Memory {
    let mut memory = Memory::default();
    memory.absorb(world);
    memory
}

#[must_use]
pub fn decide(world: &World, memory: &Memory, voices: &impl Voices, time_box: Option<u64>) -> Record {
    let facts = Facts::of(world);
    let tick = Tick::open(&facts, memory);
    let paces = voices.paces(&tick);
    let before = homes(world, &tick.floor);
    let shortlist = tick.shortlist(&paces);
    let answers = voices.answers(&shortlist.question);
    let mut settle = shortlist.settle(answers.clone(), time_box);
    let mut agains = Vec::new();
    while let Some(again) = settle.next_question() {
        let answer = voices.again(&settle, &again);
        agains.push((again, answer.clone()));
        settle.answer(answer);
    }
    let after = homes(world, &settle.question().tick.floor);
    let plan = settle.finish();
    Record { plan, paces, answers, agains, seats: Seats { before, after }, boxed: time_box.is_some() }
}

/// Where pods have their room on paper.
#[must_use]
pub fn homes(world: &World, floor: &Floor<'_>) -> BTreeMap<String, String> {
    let home = |at: usize| {
        let pod = PodId::new(at);
        let site: SiteId = floor.home(pod)?;
        let node = world.nodes.get(site.at())?;
        Some((world.name_of(pod).to_string(), node.name.to_string()))
    };
    (0..world.pods.len()).filter_map(home).collect()
}
