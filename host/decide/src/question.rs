//! What vetoers and scorers are asked about, and the figures that the asker may want. The world on
//! paper stands still while they answer.

use crate::ask::{PaperAsk, Remainder};
use crate::pace::Pace;
use crate::place::SiteId;
use crate::roles::Role;
use crate::tick::{Leaver, Tick};
use crate::usage::Figures;
use crate::world::{Name, NodeId};
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;

#[derive(Debug)]
pub struct Question<'w> {
    pub tick: Tick<'w>,
    pub paces: Vec<Pace>,
    /// By name. Scorers are asked about them.
    pub candidates: Vec<NodeId>,
    /// Candidates and nodes that are leaving, by name. Vetoers are asked about all of them.
    pub nodes: Vec<NodeId>,
    /// Of `nodes`, before any removal; worked out when first wanted.
    remainders: OnceCell<Vec<Remainder>>,
    starts: OnceCell<Vec<Start>>,
    tallies: RefCell<BTreeMap<Name, Tally>>,
}

/// How a node stood before any removal: policies are told of a world that stands still, also when
/// they are asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Start {
    pub cpu_requested: i64,
    pub memory_requested: i64,
    /// How many pods would have to move.
    pub movers: u32,
    pub figures: Option<Figures>,
}

/// How many ready nodes carry each value of a label.
type Tally = BTreeMap<Name, u32>;

impl<'w> Question<'w> {
    #[must_use]
    pub fn new(
        tick: Tick<'w>,
        paces: Vec<Pace>,
        candidates: Vec<NodeId>,
        leaving: &[NodeId],
    ) -> Question<'w> {
        let mut nodes = candidates.clone();
        nodes.extend(leaving);
        nodes.sort_unstable();
        Question {
            tick,
            paces,
            candidates,
            nodes,
            remainders: OnceCell::new(),
            starts: OnceCell::new(),
            tallies: RefCell::default(),
        }
    }

    /// What the vetoers' paper says about each of `nodes` now, before any removal.
    #[must_use]
    pub fn paper(&self, ask: &PaperAsk) -> Vec<u32> {
        (0..self.nodes.len()).map(|at| self.paper_of(ask, at)).collect()
    }

    fn paper_of(&self, ask: &PaperAsk, at: usize) -> u32 {
        match ask {
            PaperAsk::RoomShort { hundredths } => self.remainders()[at].room_short(*hundredths),
            PaperAsk::UseAbove { hundredths } => self.remainders()[at].use_above(*hundredths),
            PaperAsk::FewerThan { label, least } => self.fewer_than(self.nodes[at], label, *least, |_| false),
            PaperAsk::Remains { .. } => 0,
        }
    }

    /// The answer about one of the nodes before any removal.
    #[must_use]
    pub fn first_answer(&self, ask: &PaperAsk, node: NodeId) -> u32 {
        let at = self.nodes.binary_search(&node).expect("only nodes of the question are asked about");
        self.paper_of(ask, at)
    }

    /// The numbers behind, of each of `nodes`.
    #[must_use]
    pub fn remainders(&self) -> &[Remainder] {
        self.remainders.get_or_init(|| self.nodes.iter().map(|it| self.tick.remainder(*it, 0)).collect())
    }

    /// How each of `nodes` stood; to be asked for before anything is settled.
    #[must_use]
    pub fn starts(&self) -> &[Start] {
        self.starts.get_or_init(|| self.nodes.iter().map(|it| self.start(*it)).collect())
    }

    fn start(&self, node: NodeId) -> Start {
        let used = self.tick.floor.used(node.into());
        let group = self.tick.facts.standing(node).group;
        let window_secs = group.map_or(0, |it| self.paces[it.at()].window.value);
        let movers = if self.tick.leavers.iter().any(|it| it.node == node) {
            self.tick.facts.with_role(node, Role::MOVES).count()
        } else {
            self.tick.movers(node).count()
        };
        Start {
            cpu_requested: used.cpu,
            memory_requested: used.memory,
            movers: u32::try_from(movers).unwrap_or(u32::MAX),
            figures: self.tick.figures(node, window_secs),
        }
    }

    /// 1 where, the node and those that are `gone` away, fewer ready nodes than `least` carry its
    /// value of the label; 0 too where it has none.
    #[must_use]
    pub fn fewer_than(&self, node: NodeId, label: &Name, least: u32, gone: impl Fn(NodeId) -> bool) -> u32 {
        let world = self.tick.world;
        let Some(value) = world.node(node).labels.get(label) else { return 0 };
        let counts =
            |it: NodeId| self.tick.facts.standing(it).ready && self.tick.facts.standing(it).leaving.is_none();
        let mut tallies = self.tallies.borrow_mut();
        let tally = tallies.entry(label.clone()).or_insert_with(|| {
            let mut tally = Tally::new();
            for it in self.tick.facts.nodes().filter(|it| counts(*it)) {
                if let Some(value) = world.node(it).labels.get(label) {
                    *tally.entry(value.clone()).or_insert(0) += 1;
                }
            }
            tally
        });
        let all = tally.get(value).copied().unwrap_or(0);
        let same = |it: &NodeId| counts(*it) && world.node(*it).labels.get(label) == Some(value);
        let away = self.candidates.iter().filter(|it| **it != node && gone(**it) && same(it)).count() as u32;
        let left = all.saturating_sub(away).saturating_sub(u32::from(counts(node)));
        u32::from(left < least)
    }
}

impl Tick<'_> {
    /// What would be left for everybody, were the node gone: the nodes that can be destinations,
    /// what is requested there, and what must move from it. `removed`: accepted so far.
    #[must_use]
    pub fn remainder(&self, node: NodeId, removed: u32) -> Remainder {
        let totals = *self.floor.totals();
        let mut it = Remainder {
            cpu_allocatable: totals.cpu.allocatable,
            memory_allocatable: totals.memory.allocatable,
            cpu_requested: totals.cpu.requested,
            memory_requested: totals.memory.requested,
            cpu_free: totals.cpu.free,
            memory_free: totals.memory.free,
            destinations: totals.nodes,
            removed,
            ..Remainder::default()
        };
        if let Some(leaver) = self.leavers.iter().find(|it| it.node == node) {
            self.without_its_moves(&mut it, leaver);
            return it;
        }
        for pod in self.movers(node) {
            let requests = &self.world.shape_of(self.world.pod(pod)).requests;
            it.cpu_moves += i128::from(requests.cpu);
            it.memory_moves += i128::from(requests.memory);
        }
        let site = SiteId::from(node);
        if self.floor.is_counted(site) {
            let (allocatable, used) = (&self.world.node(node).allocatable, self.floor.used(site));
            let free = |whole: i64, used: i64| i128::from(whole.saturating_sub(used).max(0));
            it.cpu_allocatable -= i128::from(allocatable.cpu);
            it.memory_allocatable -= i128::from(allocatable.memory);
            it.cpu_requested -= i128::from(used.cpu);
            it.memory_requested -= i128::from(used.memory);
            it.cpu_free -= free(allocatable.cpu, used.cpu);
            it.memory_free -= free(allocatable.memory, used.memory);
            it.destinations -= 1;
        }
        it
    }

    /// The pods of a leaving node have their room on others already; they are asked about as if
    /// they had not.
    fn without_its_moves(&self, it: &mut Remainder, leaver: &Leaver) {
        (it.cpu_moves, it.memory_moves) = leaver.moves;
        for (pod, site) in leaver.places.iter().flatten() {
            if self.floor.is_counted(*site) {
                let requests = &self.world.shape_of(self.world.pod(*pod)).requests;
                it.cpu_requested -= i128::from(requests.cpu);
                it.memory_requested -= i128::from(requests.memory);
                it.cpu_free += i128::from(requests.cpu);
                it.memory_free += i128::from(requests.memory);
            }
        }
    }
}
