//! The last step: each candidate is judged once, in the order of removal, on the world on paper as
//! it is at its turn. What an accepted removal moves, spends and closes counts for the next.
//!
//! A vetoer whose answer rested on paper is asked again about a node that is about to be accepted,
//! where what it was told then is no longer so. The question goes out by `next_question`, the
//! answer comes in by `answer`; in between the paper stands still.

mod turn;

pub use turn::Turn;

use crate::ask::{Answers, Fault, PaperAsk, Remainder, VetoAnswer};
use crate::facts::{Standing, is_ours};
use crate::keep;
use crate::ledger::Spending;
use crate::place::{Packed, SiteId, Stuck};
use crate::plan::{Cooling, Entry, How, Limit, Move, Outlook, Plan, Reason, Spent, Verdict, Veto};
use crate::question::Question;
use crate::rank::{self, Ranked};
use crate::removal;
use crate::roles::Role;
use crate::shortlist::{Shortlist, Standpoint};
use crate::time::{Stamp, Time};
use crate::usage::{Figures, Measured};
use crate::world::{GroupId, Name, NodeId, Place, PodId, ScaleDownPolicy, World};
use crate::{marks, pace};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use turn::Watch;

#[derive(Debug)]
pub struct Settle<'w> {
    question: Question<'w>,
    answers: Answers,
    order: Vec<Ranked>,
    /// How many of `order` have had their turn.
    turns: usize,
    trial: Option<Trial>,
    verdicts: Vec<Option<Verdict>>,
    score_fault: Option<(Name, Fault)>,
    vetoed: BTreeMap<NodeId, Reason>,
    veto_fault: Option<(Name, Fault)>,
    removals: Vec<NodeId>,
    counts: Counts,
    gone: BTreeSet<NodeId>,
    /// Nodes that are to take pods of an accepted removal: the first such pod, and whose it is.
    takers: Takers,
    scores: BTreeMap<NodeId, i64>,
    /// Of every node, before any removal.
    figures: Vec<Option<Figures>>,
    left_out: Vec<NodeId>,
    watch: Watch,
}

/// By node: the first pod that it takes, and the node that the pod comes from.
type Takers = BTreeMap<NodeId, (PodId, NodeId)>;

/// What the accepted removals and those under way have used up.
#[derive(Debug)]
struct Counts {
    at_once: u32,
    going: u32,
    going_of: Vec<u32>,
    ready_of: Vec<u32>,
    drains: u32,
    drains_max: u32,
    cpu: i64,
    memory: i64,
    last_removal: Option<Time>,
}

/// A node that passes everything, its pods placed on paper, until the vetoers have spoken again.
#[derive(Debug)]
struct Trial {
    ranked: Ranked,
    packed: Packed,
    under: Spending,
    drains: bool,
    /// What is left of the vetoers that must be asked again, by position.
    waiting: Vec<usize>,
    /// The paper as the vetoers see it, before this node's pods were moved.
    remainder: Remainder,
}

/// One vetoer about one node, on the paper of now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Again {
    pub policy: Name,
    pub node: NodeId,
    pub remainder: Remainder,
}

impl<'w> Shortlist<'w> {
    /// `time_box`: how many (pod, node) checks may be spent on finding out which candidates can be
    /// judged; none: as many as it takes.
    #[must_use]
    pub fn settle(self, answers: Answers, time_box: Option<u64>) -> Settle<'w> {
        let Shortlist { mut question, standpoints } = self;
        // What vetoers were told stands still, also when the answers come from a recording.
        if answers.vetoes.iter().any(|it| !it.rested_on.is_empty()) {
            let _ = question.remainders();
        }
        let figures = figures(&question);
        let order = rank::order(&question, &answers.scores);
        let counts = Counts::of(&question);
        question.tick.floor.set_turns(order.iter().map(|it| it.node.into()));
        let mut settle = Settle {
            veto_fault: fault_of(answers.vetoes.iter().map(|it| (&it.policy, it.answer.as_ref().err()))),
            score_fault: fault_of(answers.scores.iter().map(|it| (&it.policy, it.answer.as_ref().err()))),
            vetoed: BTreeMap::new(),
            verdicts: vec![None; question.tick.world.nodes.len()],
            turns: 0,
            trial: None,
            removals: Vec::new(),
            gone: BTreeSet::new(),
            takers: Takers::new(),
            scores: order.iter().map(|it| (it.node, it.score)).collect(),
            figures,
            left_out: Vec::new(),
            watch: Watch::default(),
            order: Vec::new(),
            counts,
            answers,
            question,
        };
        settle.vetoed = settle.first_vetoes();
        for (at, standpoint) in standpoints.into_iter().enumerate() {
            settle.verdicts[at] = match standpoint {
                Standpoint::Kept(reason) => Some(Verdict::Keep(reason)),
                Standpoint::Leaving(against) => Some(settle.leaving(NodeId::new(at), against)),
                Standpoint::Candidate => None,
            };
        }
        settle.order = settle.within(time_box, order);
        settle
    }
}

impl<'w> Settle<'w> {
    /// The next question that must be answered before the plan can go on; none: all is settled.
    pub fn next_question(&mut self) -> Option<Again> {
        loop {
            if let Some(trial) = self.trial.take() {
                match trial.waiting.first() {
                    Some(policy) => {
                        let again = Again {
                            policy: self.answers.vetoes[*policy].policy.clone(),
                            node: trial.ranked.node,
                            remainder: trial.remainder,
                        };
                        self.trial = Some(trial);
                        return Some(again);
                    }
                    None => self.accept(trial),
                }
                continue;
            }
            let ranked = self.order.get(self.turns)?.clone();
            self.turns += 1;
            let node = ranked.node;
            self.look(node);
            match self.judge(ranked) {
                Ok(trial) => self.trial = Some(trial),
                Err(reason) => self.keep(node, reason),
            }
        }
    }

    /// The answer to the question that was told last: nothing against it, a veto, or a fault.
    pub fn answer(&mut self, answer: Result<Option<VetoAnswer>, Fault>) {
        let mut trial = self.trial.take().expect("an answer follows a question");
        let policy = self.answers.vetoes[trial.waiting.remove(0)].policy.clone();
        let reason = match answer {
            Ok(None) => {
                self.trial = Some(trial);
                return;
            }
            Ok(Some(veto)) => self.veto(&policy, &veto),
            Err(text) => Reason::PolicyFault { policy, text },
        };
        let node = trial.ranked.node;
        self.take_back(node, &trial.packed);
        self.keep(node, reason);
    }

    /// What the paper says now about the node of the question that was told last.
    #[must_use]
    pub fn paper(&self, ask: &PaperAsk) -> u32 {
        let trial = self.trial.as_ref().expect("paper is read while a question is open");
        self.paper_now(ask, trial.ranked.node, &trial.remainder)
    }

    /// What the vetoers' question was about, for who must put a second one.
    #[must_use]
    pub fn question(&self) -> &Question<'w> {
        &self.question
    }

    /// All verdicts are in.
    #[must_use]
    pub fn finish(self) -> Plan {
        assert!(
            self.trial.is_none() && self.turns == self.order.len(),
            "a plan is finished when all is settled"
        );
        let tick = &self.question.tick;
        let world = tick.world;
        let mut nodes = Vec::with_capacity(world.nodes.len());
        for (at, verdict) in self.verdicts.into_iter().enumerate() {
            let node = NodeId::new(at);
            let verdict = verdict.expect("every node has its verdict");
            let group = tick.facts.standing(node).group;
            let figures = self.figures[at];
            let stays = tick.facts.with_role(node, Role::STAYS).map(|it| world.name_of(it)).collect();
            nodes.push(Entry {
                name: world.node(node).name.clone(),
                group: group.map(|it| world.groups[it.at()].name.clone()),
                cpu: figures.map(|it| it.cpu),
                memory: figures.map(|it| it.memory),
                idle_secs: idle_secs(&self.question, node, group),
                score: self
                    .scores
                    .get(&node)
                    .copied()
                    .filter(|_| !matches!(verdict, Verdict::Leaving { .. })),
                stays,
                verdict,
            });
        }
        assert_eq!(nodes.len(), world.nodes.len());
        let checks = tick.floor.checks();
        let groups = outlooks(&self.question);
        let growth = self.question.tick.growth;
        Plan {
            now: world.now,
            nodes,
            removals: self.removals.iter().map(|it| world.node(*it).name.clone()).collect(),
            additions: growth.additions,
            creation: growth.creation,
            pending: growth.pending,
            groups,
            cursor: self.left_out.iter().map(|it| world.node(*it).name.clone()).collect(),
            checks,
        }
    }

    /// Everything that can keep a candidate at its turn, in the order of the rules.
    fn judge(&mut self, ranked: Ranked) -> Result<Trial, Reason> {
        let node = ranked.node;
        let tick = &mut self.question.tick;
        if let Some(reason) = keep::blocked(tick.facts, &tick.ledger, node) {
            return Err(reason);
        }
        let remainder = tick.remainder(node, self.removals.len() as u32);
        let packed = self.try_out(node).map_err(|stuck| stuck.reason(self.question.tick.world))?;
        let drains = self.question.tick.has_evictions(node);
        if let Some(reason) = self.held_back(node, drains) {
            self.take_back(node, &packed);
            return Err(reason);
        }
        let under = self.question.tick.ledger.under(self.question.tick.facts, node);
        let waiting = self.asked_again(node, &remainder);
        Ok(Trial { ranked, packed, under, drains, waiting, remainder })
    }

    /// What is left of the list once the pods have found their places.
    fn held_back(&self, node: NodeId, drains: bool) -> Option<Reason> {
        let tick = &self.question.tick;
        let group = tick.facts.standing(node).group.expect("a candidate has a group");
        let pace = &self.question.paces[group.at()];
        if let Some(it) = &pace.closed {
            return Some(Reason::OutsideWindow {
                policy: it.policy.clone(),
                why: it.why.clone(),
                until: it.until,
            });
        }
        if let Some(veto) = self.vetoed.get(&node) {
            return Some(veto.clone());
        }
        let fault = pace.fault.as_ref().or(self.veto_fault.as_ref()).or(self.score_fault.as_ref());
        if let Some((policy, text)) = fault {
            return Some(Reason::PolicyFault { policy: policy.clone(), text: text.clone() });
        }
        self.cooling(node, group)
            .map(Reason::Cooldown)
            .or_else(|| self.at_minimum(node, group))
            .or_else(|| self.spent(node, group, drains).map(Reason::BudgetSpent))
    }

    fn cooling(&self, node: NodeId, group: GroupId) -> Option<Cooling> {
        let tick = &self.question.tick;
        if let Some(cooling) = group_cooling(&self.question, group) {
            return Some(cooling);
        }
        let world = tick.world;
        let secs = world.settings.global.removal_cooldown_secs;
        if let Some(cooling) = self.removal_cooling(secs) {
            return Some(cooling);
        }
        let not_before = Stamp::of(world.node(node).annotations.get(marks::NOT_BEFORE));
        let over = match &not_before {
            Stamp::Absent => true,
            Stamp::At(at) => world.now >= *at,
            Stamp::Unreadable(_) => false,
        };
        (!over).then_some(Cooling::TakenBack { not_before })
    }

    /// The least time between two removals anywhere.
    fn removal_cooling(&self, secs: u32) -> Option<Cooling> {
        if secs == 0 {
            return None;
        }
        let world = self.question.tick.world;
        if let Some(at) = self.counts.last_removal.filter(|it| world.now.since(*it) < i64::from(secs)) {
            return Some(Cooling::Removal { at, secs });
        }
        let first = self.removals.first()?;
        Some(Cooling::ThisPlan { node: world.node(*first).name.clone(), secs })
    }

    fn at_minimum(&self, node: NodeId, group: GroupId) -> Option<Reason> {
        let tick = &self.question.tick;
        if !tick.facts.standing(node).ready {
            return None; // an unready node is no part of the size
        }
        let world = tick.world;
        let (it, ready) = (&world.groups[group.at()], self.counts.ready_of[group.at()]);
        if ready <= it.min {
            return Some(Reason::MinSize { group: it.name.clone(), ready, min: it.min });
        }
        let allocatable = &world.node(node).allocatable;
        let settings = &world.settings.scale_down;
        let floors = [
            ("cpu", self.counts.cpu - allocatable.cpu, settings.cores_min.saturating_mul(1000)),
            ("memory", self.counts.memory - allocatable.memory, settings.memory_bytes_min),
        ];
        let below = |would_be: i64, min: u64| i128::from(would_be) < i128::from(min);
        floors.into_iter().find(|(_, would_be, min)| below(*would_be, *min)).map(
            |(resource, would_be, min)| Reason::ClusterMinimum { resource: resource.into(), would_be, min },
        )
    }

    fn spent(&self, node: NodeId, group: GroupId, drains: bool) -> Option<Spent> {
        let world = self.question.tick.world;
        let at_once = self.question.paces[group.at()].at_once.value;
        if self.counts.going >= self.counts.at_once {
            return Some(Spent::Cluster { at_once: self.counts.at_once });
        }
        if self.counts.going_of[group.at()] >= at_once {
            return Some(Spent::Group { group: world.groups[group.at()].name.clone(), at_once });
        }
        if drains && self.counts.drains >= self.counts.drains_max {
            return Some(Spent::Drains { most: self.counts.drains_max });
        }
        self.takers
            .get(&node)
            .map(|(pod, of)| Spent::TakesPods { of: world.node(*of).name.clone(), pod: world.name_of(*pod) })
    }

    /// Lifts all that must move from the node and places it, with the node out of the way.
    fn try_out(&mut self, node: NodeId) -> Result<Packed, Stuck> {
        let site = SiteId::from(node);
        let tick = &mut self.question.tick;
        let movers: Vec<PodId> = tick.movers(node).collect();
        tick.floor.set_leaving(site, true);
        for pod in &movers {
            tick.floor.lift(*pod);
        }
        let packed = tick.floor.pack(site, &movers);
        if packed.is_err() {
            movers.iter().for_each(|it| tick.floor.put(*it, site));
            tick.floor.set_leaving(site, false);
        }
        packed
    }

    /// Undoes `try_out`.
    fn take_back(&mut self, node: NodeId, packed: &Packed) {
        let site = SiteId::from(node);
        let floor = &mut self.question.tick.floor;
        floor.unpack(packed);
        let mut movers: Vec<PodId> = packed.iter().map(|it| it.0).collect();
        movers.sort_unstable();
        movers.iter().for_each(|it| floor.put(*it, site));
        floor.set_leaving(site, false);
    }

    fn keep(&mut self, node: NodeId, reason: Reason) {
        self.question.tick.floor.end_turn(node.into());
        self.verdicts[node.at()] = Some(Verdict::Keep(reason));
    }

    fn accept(&mut self, trial: Trial) {
        let node = trial.ranked.node;
        let tick = &mut self.question.tick;
        let world = tick.world;
        tick.ledger.spend(&trial.under);
        self.counts.go(world, tick.facts.standing(node), node, trial.drains);
        let mut moves: Vec<(PodId, SiteId)> = trial.packed;
        moves.sort_unstable();
        for (pod, site) in &moves {
            self.takers.entry(NodeId(site.0)).or_insert((*pod, node));
        }
        let own = moves.iter().filter(|(pod, _)| world.pod(*pod).place == Place::On(node));
        let moves = own
            .map(|(pod, site)| Move { pod: world.name_of(*pod), to: tick.floor.site_name(*site) })
            .collect();
        let how = if trial.drains { How::Drain } else { How::Empty };
        self.verdicts[node.at()] = Some(Verdict::Remove { how, moves });
        self.removals.push(node);
        self.gone.insert(node);
    }

    /// The candidates that the time box lets be judged, in the order of removal. First in line are
    /// those that the last one left out; the others are first next time.
    fn within(&mut self, time_box: Option<u64>, order: Vec<Ranked>) -> Vec<Ranked> {
        let Some(limit) = time_box else { return order };
        let world = self.question.tick.world;
        let start = self.question.tick.floor.checks();
        let cursor = self.question.tick.memory.cursor.iter().enumerate();
        let waits: BTreeMap<&Name, usize> = cursor.map(|(place, name)| (name, place)).collect();
        let mut line: Vec<NodeId> = order.iter().map(|it| it.node).collect();
        line.sort_by_key(|it| waits.get(&world.node(*it).name).copied().unwrap_or(usize::MAX));
        let mut judged = BTreeSet::new();
        for node in line {
            // The first one always has its turn, so that a small box gets on too.
            if !judged.is_empty() && self.question.tick.floor.checks() - start >= limit {
                self.verdicts[node.at()] = Some(Verdict::Keep(Reason::NotEvaluated));
                self.left_out.push(node);
                continue;
            }
            judged.insert(node);
            if let Ok(packed) = self.try_out(node) {
                self.take_back(node, &packed);
            }
        }
        order.into_iter().filter(|it| judged.contains(&it.node)).collect()
    }

    fn leaving(&self, node: NodeId, against: Option<Reason>) -> Verdict {
        let tick = &self.question.tick;
        let leaver = tick.leavers.iter().find(|it| it.node == node).expect("a leaving node is a leaver");
        let group = tick.facts.standing(node).group.expect("a leaving node has a group");
        let fault = || {
            let fault = self.question.paces[group.at()].fault.as_ref().or(self.veto_fault.as_ref());
            fault.map(|it| Reason::PolicyFault { policy: it.0.clone(), text: it.1.clone() })
        };
        let against = against.or_else(|| self.vetoed.get(&node).cloned()).or_else(fault);
        let (step, why) = removal::step(tick.facts, leaver, against);
        let delayed_by = marks::delays(&tick.world.node(node).annotations).next().cloned();
        Verdict::Leaving { step, why, left: removal::left(tick.facts, leaver.node), delayed_by }
    }

    /// The first veto against each node, in the order of the policies.
    fn first_vetoes(&self) -> BTreeMap<NodeId, Reason> {
        let mut vetoed = BTreeMap::new();
        for policy in &self.answers.vetoes {
            for veto in policy.answer.iter().flatten() {
                vetoed.entry(veto.node).or_insert_with(|| self.veto(&policy.policy, veto));
            }
        }
        vetoed
    }

    fn veto(&self, policy: &Name, it: &VetoAnswer) -> Reason {
        Reason::Vetoed(Box::new(Veto {
            policy: policy.clone(),
            code: it.code.clone(),
            text: it.text.clone(),
            flips: it.flips.clone(),
            pod: it.pod.map(|it| self.question.tick.world.name_of(it)),
            until: it.until,
        }))
    }

    /// Vetoers whose answer about the node rested on something that is no longer so.
    fn asked_again(&self, node: NodeId, remainder: &Remainder) -> Vec<usize> {
        if self.removals.is_empty() {
            return Vec::new();
        }
        let changed = |ask: &PaperAsk| match ask {
            PaperAsk::Remains { node: read } => *read == node,
            PaperAsk::RoomShort { .. } | PaperAsk::UseAbove { .. } | PaperAsk::FewerThan { .. } => {
                self.question.first_answer(ask, node) != self.paper_now(ask, node, remainder)
            }
        };
        let vetoes = self.answers.vetoes.iter().enumerate();
        vetoes
            .filter(|(_, it)| it.answer.is_ok() && it.rested_on.iter().any(changed))
            .map(|(at, _)| at)
            .collect()
    }

    fn paper_now(&self, ask: &PaperAsk, node: NodeId, remainder: &Remainder) -> u32 {
        match ask {
            PaperAsk::RoomShort { hundredths } => remainder.room_short(*hundredths),
            PaperAsk::UseAbove { hundredths } => remainder.use_above(*hundredths),
            PaperAsk::FewerThan { label, least } => {
                self.question.fewer_than(node, label, *least, |it| self.gone.contains(&it))
            }
            PaperAsk::Remains { .. } => 0,
        }
    }
}

impl Counts {
    fn of(question: &Question<'_>) -> Counts {
        let tick = &question.tick;
        let world = tick.world;
        let at_once = pace::cluster_at_once(world, &question.paces);
        let mut counts = Counts {
            at_once,
            going: 0,
            going_of: vec![0; world.groups.len()],
            ready_of: vec![0; world.groups.len()],
            drains: 0,
            drains_max: world.settings.scale_down.drains_max.unwrap_or(at_once),
            cpu: 0,
            memory: 0,
            last_removal: world.groups.iter().filter_map(|it| it.last_down).max(),
        };
        for leaver in &tick.leavers {
            counts.going += 1;
            if let Some(group) = tick.facts.standing(leaver.node).group {
                counts.going_of[group.at()] += 1;
            }
            counts.drains += u32::from(tick.has_evictions(leaver.node));
            counts.last_removal = counts.last_removal.max(Some(leaver.since));
        }
        for node in tick.facts.nodes() {
            let standing = tick.facts.standing(node);
            if !standing.ready || standing.leaving.is_some() {
                continue;
            }
            if let Some(group) = standing.group {
                counts.ready_of[group.at()] += 1;
            }
            if !standing.control_plane {
                let allocatable = &world.node(node).allocatable;
                counts.cpu = counts.cpu.saturating_add(allocatable.cpu);
                counts.memory = counts.memory.saturating_add(allocatable.memory);
            }
        }
        counts
    }

    fn go(&mut self, world: &World, standing: &Standing, node: NodeId, drains: bool) {
        let group = standing.group.expect("a node that goes has a group");
        self.going += 1;
        self.going_of[group.at()] += 1;
        self.drains += u32::from(drains);
        if standing.ready {
            self.ready_of[group.at()] -= 1;
            let allocatable = &world.node(node).allocatable;
            self.cpu = self.cpu.saturating_sub(allocatable.cpu);
            self.memory = self.memory.saturating_sub(allocatable.memory);
        }
    }
}

impl Stuck {
    #[must_use]
    pub fn reason(&self, world: &World) -> Reason {
        Reason::NoPlaceToMovePods {
            pod: world.name_of(self.pod),
            alone: self.alone,
            nearest: self.nearest.clone(),
        }
    }
}

fn fault_of<'a>(mut outcomes: impl Iterator<Item = (&'a Name, Option<&'a Fault>)>) -> Option<(Name, Fault)> {
    outcomes.find_map(|(policy, fault)| Some((policy.clone(), fault?.clone())))
}

/// The group changed its size a short while ago, or does so in this plan.
fn group_cooling(question: &Question<'_>, group: GroupId) -> Option<Cooling> {
    let tick = &question.tick;
    let it = &tick.world.groups[group.at()];
    let secs = it.scale_down.cooldown_secs;
    if secs == 0 {
        return None;
    }
    if tick.growth.grown[group.at()] {
        return Some(Cooling::Grows { group: it.name.clone(), secs });
    }
    let changed = it.last_up.max(it.last_down)?;
    let cools = tick.world.now.since(changed) < i64::from(secs);
    cools.then(|| Cooling::Group { group: it.name.clone(), changed, secs })
}

/// The figures of every node; one of no group is measured as a group's default would.
fn figures(question: &Question<'_>) -> Vec<Option<Figures>> {
    let tick = &question.tick;
    let default = ScaleDownPolicy::default().window_secs;
    let window =
        |node| tick.facts.standing(node).group.map_or(default, |it| question.paces[it.at()].window.value);
    tick.facts.nodes().map(|node| tick.figures(node, window(node))).collect()
}

/// For how long the node has been idle, where that is known.
fn idle_secs(question: &Question<'_>, node: NodeId, group: Option<GroupId>) -> Option<i64> {
    let tick = &question.tick;
    let pace = &question.paces[group?.at()];
    if !tick.world.settings.scale_down.source.measures() {
        return tick.idle_since(node).at().map(|it| tick.world.now.since(it)).filter(|it| *it >= 0);
    }
    match tick.measured(node, pace.window.value) {
        Measured::Window(window) => {
            let allocatable = &tick.world.node(node).allocatable;
            Some(window.idle_secs(allocatable, pace.cpu.value, pace.memory.value, tick.world.now))
        }
        Measured::Nothing | Measured::Stale { .. } | Measured::TooFew { .. } => None,
    }
}

/// What each group of ours could give up now, before this plan takes anything.
fn outlooks(question: &Question<'_>) -> Vec<Outlook> {
    let world = question.tick.world;
    let counts = Counts::of(question);
    let ours = world.groups.iter().enumerate().filter(|(at, _)| is_ours(world, GroupId::new(*at)));
    ours.map(|(at, group)| {
        let pace = &question.paces[at];
        let (ready, leaving) = (counts.ready_of[at], counts.going_of[at]);
        let above_min = ready.saturating_sub(group.min);
        let budget = pace.at_once.value.saturating_sub(leaving);
        let cluster = counts.at_once.saturating_sub(counts.going);
        let (may_remove, why) = if let Some(disabled) = pace.disabled(world, GroupId::new(at)) {
            (0, Limit::Disabled(disabled))
        } else if let Some(it) = &pace.closed {
            (0, Limit::Closed { policy: it.policy.clone(), why: it.why.clone(), until: it.until })
        } else if let Some(cooling) = group_cooling(question, GroupId::new(at)) {
            (0, Limit::Cooling(cooling))
        } else if above_min <= budget.min(cluster) {
            (above_min, Limit::Minimum { ready, min: group.min })
        } else if budget <= cluster {
            (budget, Limit::AtOnce { at_once: pace.at_once.value, leaving })
        } else {
            (cluster, Limit::AtOnce { at_once: counts.at_once, leaving: counts.going })
        };
        Outlook {
            name: group.name.clone(),
            namespace: group.namespace.clone(),
            ready,
            leaving,
            min: group.min,
            max: group.max,
            may_remove,
            why,
        }
    })
    .collect()
}
