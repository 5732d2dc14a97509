//! One module by itself, for those who write it: what it is, what it answers, what that costs.

use crate::answers;
use crate::directory;
use crate::frame::Frame;
use crate::log::Log;
use crate::member::{self, Member, Outcome};
use crate::paper::Sheet;
use crate::set::Set;
use crate::wasm::{Guest, Limits, Module, Refusal, Spent, Unfit};
use crate::zones::Zones;
use decide::ask::{PaceAnswer, ScoreAnswer, VetoAnswer};
use decide::facts::Facts;
use decide::memory::Memory;
use decide::question::Question;
use decide::tick::Tick;
use decide::world::{NodeId, World};
use policy_sdk::records::{Fault, Property};
use std::cell::Cell;
use std::sync::Arc;

#[derive(Debug)]
pub struct Specimen {
    guest: Guest,
}

/// What a module says of itself, and what can be seen of it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct About {
    pub name: String,
    pub version: String,
    pub hooks: Vec<&'static str>,
    pub bytes: usize,
    /// More than leaves room for a second one in its ConfigMap.
    pub large: bool,
    pub digest: String,
    pub imports: Vec<String>,
    pub exports: Vec<String>,
    /// `settings-schema`, `license` and the like, as the policy gives them.
    pub properties: Vec<(String, String)>,
}

/// Why a module cannot be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unusable {
    Refused(Refusal),
    /// All that is wrong with the settings, a line each.
    Settings(Vec<String>),
}

/// One call of one hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub hook: &'static str,
    pub said: Result<Said, String>,
    pub spent: Spent,
    pub fuel_max: u64,
    /// Lines that it wrote: level and text.
    pub log: Vec<(u32, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    Paces(Vec<PaceAnswer>),
    Vetoes(Vec<VetoAnswer>),
    Scores(Vec<ScoreAnswer>),
}

impl Specimen {
    /// `settings`: YAML, as it would stand in `policies.yaml`.
    ///
    /// # Errors
    ///
    /// Where the module is no policy, or does not take the settings.
    pub fn load(bytes: &[u8], settings: Option<&str>) -> Result<Specimen, Unusable> {
        let module = Module::of(bytes).map_err(Unusable::Refused)?;
        let settings =
            directory::settings(settings.unwrap_or_default()).map_err(|it| Unusable::Settings(vec![it]))?;
        let guest = Guest::start(Arc::new(module), &settings, Limits::default(), &Zones, &Log::default());
        match guest {
            Ok(guest) => Ok(Specimen { guest }),
            Err(Unfit::Refused(refusal)) => Err(Unusable::Refused(refusal)),
            Err(Unfit::Settings(found)) => {
                Err(Unusable::Settings(found.iter().map(directory::place).collect()))
            }
        }
    }

    #[must_use]
    pub fn about(&self) -> About {
        let (module, metadata) = (&self.guest.module, &self.guest.metadata);
        let property = |it: &Property| (it.key.clone(), it.value.clone());
        About {
            name: metadata.name.clone(),
            version: metadata.version.clone(),
            hooks: module.hooks(),
            bytes: module.bytes,
            large: module.is_large(),
            digest: module.digest.clone(),
            imports: module.surface.imports.clone(),
            exports: module.surface.exports.clone(),
            properties: metadata.more.iter().map(property).collect(),
        }
    }

    /// A set in which it is the only one.
    #[must_use]
    pub fn alone(self) -> Set {
        Set::of(vec![Member::alone(self.guest)])
    }

    /// Every hook that it has, about a whole world with nothing decided yet.
    #[must_use]
    pub fn ask(&self, world: &World) -> Vec<Asked> {
        self.with_question(world, |question| {
            let ask = |hook: &'static str| match hook {
                "windows" => self.paces_of(&Frame::of_groups(&question.tick)),
                "vetoer" => self.vetoes(question, &question.nodes),
                _ => self.scores_of(&Frame::of(question, &question.candidates)),
            };
            self.guest.module.hooks().into_iter().map(ask).collect()
        })
    }

    /// One hook of those that [`ask`](Self::ask) asks, by its place among them, inside `around`: to
    /// measure it without the questions that are prepared for it.
    pub fn ask_timed(
        &self,
        world: &World,
        hook: usize,
        around: impl FnOnce(&mut dyn FnMut()),
    ) -> Option<Asked> {
        self.with_question(world, |question| {
            let name = *self.guest.module.hooks().get(hook)?;
            let frame = match name {
                "windows" => Frame::of_groups(&question.tick),
                "vetoer" => Frame::of(question, &question.nodes),
                _ => Frame::of(question, &question.candidates),
            };
            let mut asked = None;
            around(&mut || {
                asked = Some(match name {
                    "windows" => self.paces_of(&frame),
                    "vetoer" => self.vetoes_of(&frame, question),
                    _ => self.scores_of(&frame),
                });
            });
            asked
        })
    }

    /// Whether it judges each node by itself: asked about the nodes in reverse, and about some alone,
    /// it must say the same as asked about all. Tells the first node of which it does not.
    #[must_use]
    pub fn judges_one_by_one(&self, world: &World) -> Option<String> {
        const ALONE: usize = 16;
        self.guest.module.exports.veto.as_ref()?;
        self.with_question(world, |question| {
            let whole = only_vetoes(self.vetoes(question, &question.nodes))?;
            let backwards: Vec<NodeId> = question.nodes.iter().rev().copied().collect();
            let mut turned = only_vetoes(self.vetoes(question, &backwards))?;
            turned.sort_by_key(|it| it.node);
            let mut ordered = whole.clone();
            ordered.sort_by_key(|it| it.node);
            let differs = ordered.iter().zip(&turned).find(|it| it.0 != it.1).map(|it| it.0.node);
            let differs = differs.or_else(|| {
                let longer = if ordered.len() > turned.len() { &ordered } else { &turned };
                longer.get(ordered.len().min(turned.len())).map(|it| it.node)
            });
            let name = |it: NodeId| world.node(it).name.to_string();
            if let Some(node) = differs {
                return Some(format!(
                    "asked about the nodes in another order, it answers otherwise about {}",
                    name(node)
                ));
            }
            let step = question.nodes.len().div_ceil(ALONE).max(1);
            for node in question.nodes.iter().step_by(step) {
                let alone = only_vetoes(self.vetoes(question, std::slice::from_ref(node)))?;
                if alone.first() != whole.iter().find(|it| it.node == *node) {
                    return Some(format!(
                        "asked about {} alone, it answers otherwise than among all",
                        name(*node)
                    ));
                }
            }
            None
        })
    }

    fn with_question<T>(&self, world: &World, look: impl FnOnce(&Question<'_>) -> T) -> T {
        let mut memory = Memory::default();
        memory.absorb(world);
        let facts = Facts::of(world);
        let tick = Tick::open(&facts, &memory);
        look(&tick.shortlist(&[]).question)
    }

    fn vetoes(&self, question: &Question<'_>, nodes: &[NodeId]) -> Asked {
        self.vetoes_of(&Frame::of(question, nodes), question)
    }

    fn paces_of(&self, frame: &Frame<'_, '_>) -> Asked {
        let spent = Cell::default();
        let batch = &frame.batch;
        let outcome = member::ask(
            frame,
            Sheet::Withheld,
            |host| {
                noting(&spent, self.guest.paces_spending((&batch.tick, &batch.symbols, &batch.groups), host))
            },
            answers::paces,
        );
        self.asked("windows", frame, outcome, Said::Paces, spent.get())
    }

    fn vetoes_of(&self, frame: &Frame<'_, '_>, question: &Question<'_>) -> Asked {
        let spent = Cell::default();
        let outcome = member::ask(
            frame,
            Sheet::First(question),
            |host| noting(&spent, self.guest.vetoes_spending(&frame.batch, host)),
            answers::vetoes,
        );
        self.asked("vetoer", frame, outcome, Said::Vetoes, spent.get())
    }

    fn scores_of(&self, frame: &Frame<'_, '_>) -> Asked {
        let spent = Cell::default();
        let outcome = member::ask(
            frame,
            Sheet::Withheld,
            |host| noting(&spent, self.guest.scores_spending(&frame.batch, host)),
            answers::scores,
        );
        self.asked("scorer", frame, outcome, Said::Scores, spent.get())
    }

    fn asked<T>(
        &self,
        hook: &'static str,
        frame: &Frame<'_, '_>,
        outcome: Outcome<T>,
        said: fn(Vec<T>) -> Said,
        spent: Spent,
    ) -> Asked {
        let fuel_max = match hook {
            "windows" => self.guest.limits.fuel(frame.batch.groups.len(), 0),
            _ => self.guest.fuel(&frame.batch),
        };
        Asked { hook, said: outcome.answer.map(said), spent, fuel_max, log: outcome.said }
    }
}

fn noting<T>(note: &Cell<Spent>, (answer, spent): (Result<T, Fault>, Spent)) -> Result<T, Fault> {
    note.set(spent);
    answer
}

fn only_vetoes(asked: Asked) -> Option<Vec<VetoAnswer>> {
    match asked.said {
        Ok(Said::Vetoes(vetoes)) => Some(vetoes),
        _ => None,
    }
}
