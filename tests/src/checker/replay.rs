//! The decision once more, pod by pod: every placement that was made is looked at when it was
//! made, on the world as it was then.

use super::fit::Paper;
use super::keep::{Opening, blocks};
use super::ledger::Left;
use super::objects::{Cluster, Pod};
use super::pace::{self, Pace};
use super::pods::is_evicted;
use super::{Asked, Case, Findings, name_of, said};
use decide::ask::PaperAsk;
use decide::plan::{How, Reason, Step, Verdict};
use std::collections::BTreeSet;

/// A search that takes longer than this has failed.
const STEPS_MAX: usize = 20_000;

#[derive(Debug)]
pub struct Replay<'a, 'c> {
    case: &'a Case<'a>,
    cluster: &'c Cluster,
    paper: Paper<'c>,
    /// The paper before anything was accepted.
    start: Paper<'c>,
    paces: Vec<Pace>,
    left: Left,
    nominated: Vec<bool>,
    /// Candidates in the order of removal.
    line: Vec<usize>,
    /// Those of them that have had their turn.
    judged: BTreeSet<usize>,
    removed: Vec<usize>,
    /// Nodes that are to take pods of nodes that go.
    takers: BTreeSet<usize>,
    counts: Counts,
}

#[derive(Debug, Default)]
struct Counts {
    going: i64,
    going_of: Vec<i64>,
    ready_of: Vec<i64>,
    drains: i64,
    cpu: i128,
    memory: i128,
}

impl<'a, 'c> Replay<'a, 'c> {
    pub fn of(case: &'a Case<'a>, cluster: &'c Cluster) -> Replay<'a, 'c> {
        Replay {
            case,
            cluster,
            paper: Paper::of(cluster),
            start: Paper::of(cluster),
            paces: pace::paces(cluster, case.paces),
            left: cluster.budgets_left(),
            nominated: vec![false; cluster.nodes.len()],
            line: Vec::new(),
            judged: BTreeSet::new(),
            removed: Vec::new(),
            takers: BTreeSet::new(),
            counts: Counts::default(),
        }
    }

    pub fn run(&mut self, findings: &mut Findings) {
        self.seat_pending(findings);
        self.seat_evicted(findings);
        self.seat_leaving(findings);
        self.start = self.paper.clone();
        self.count();
        self.shortlist(findings);
        self.line_up();
        for at in 0..self.line.len() {
            self.turn(self.line[at], findings);
        }
        let removed: Vec<&str> = self.removed.iter().map(|it| self.name(*it)).collect();
        let listed: Vec<&str> = self.case.plan.removals.iter().map(|it| &**it).collect();
        if removed != listed {
            findings.add("order", format!("removals are {listed:?}; in the order of removal {removed:?}"));
        }
    }

    fn name(&self, node: usize) -> &'c str {
        &self.cluster.nodes[node].name
    }

    fn verdict(&self, node: usize) -> Option<&'a Verdict> {
        let name = self.name(node);
        self.case.plan.nodes.iter().find(|it| &*it.name == name).map(|it| &it.verdict)
    }

    /// Pending pods, the more important and older first, each on the fullest node that takes it.
    fn seat_pending(&mut self, findings: &mut Findings) {
        let mut pending: Vec<usize> = (0..self.cluster.pods.len())
            .filter(|it| self.cluster.is_pending(&self.cluster.pods[*it]))
            .collect();
        pending.sort_by_key(|it| {
            let pod = &self.cluster.pods[*it];
            (-pod.priority, pod.created, pod.full_name())
        });
        for pod in pending {
            let it = &self.cluster.pods[pod];
            let nominated = it.nominated_to.as_ref().and_then(|it| self.cluster.node_at(it));
            let seat = nominated.or_else(|| self.first_place(pod, None));
            self.seat(pod, seat, findings);
            if let Some(node) = seat {
                self.nominated[node] = true;
            }
        }
    }

    /// Pods that were evicted and are not back keep a room that they would find now.
    fn seat_evicted(&mut self, findings: &mut Findings) {
        let is_out = |it: &usize| {
            is_evicted(&self.cluster.pods[*it]) && self.cluster.must_move(&self.cluster.pods[*it])
        };
        let mut evicted: Vec<usize> = (0..self.cluster.pods.len()).filter(is_out).collect();
        evicted.sort_by_key(|it| (self.cluster.pods[*it].created, self.cluster.pods[*it].full_name()));
        for pod in evicted {
            let seat = self.first_place(pod, None);
            self.seat(pod, seat, findings);
        }
    }

    fn seat(&mut self, pod: usize, seat: Option<usize>, findings: &mut Findings) {
        let it = &self.cluster.pods[pod];
        let claimed = self.case.seats.before.get(&it.path()).and_then(|it| self.cluster.node_at(it));
        if seat != claimed {
            let (seat, claimed) = (seat.map(|it| self.name(it)), claimed.map(|it| self.name(it)));
            findings.add("seats", format!("{} belongs on {seat:?}, is on {claimed:?}", it.path()));
        }
        self.paper.at[pod] = seat;
    }

    /// Pods of leaving nodes: where they were put must be possible, and where they were not, no
    /// place must be.
    fn seat_leaving(&mut self, findings: &mut Findings) {
        for node in self.cluster.leavers() {
            self.cluster.spend(node, &mut self.left);
            let movers: Vec<usize> = self.paper.pods_on(node).filter(|it| self.is_mover(*it, node)).collect();
            movers.iter().for_each(|it| self.paper.at[*it] = None);
            let claimed: Vec<Option<usize>> = movers
                .iter()
                .map(|it| {
                    let seat = self.case.seats.before.get(&self.cluster.pods[*it].path());
                    seat.and_then(|it| self.cluster.node_at(it)).filter(|it| *it != node)
                })
                .collect();
            if claimed.iter().all(Option::is_some) {
                let moves: Vec<(usize, usize)> =
                    movers.iter().copied().zip(claimed.into_iter().flatten()).collect();
                if !moves.is_empty() {
                    self.verify_moves(node, &moves, findings);
                }
                continue;
            }
            if claimed.iter().any(Option::is_some) {
                findings.add(
                    "seats",
                    format!("some pods of leaving {} have a place, others none", self.name(node)),
                );
            } else if self.pack(node, &movers).is_some() {
                findings
                    .add("packing", format!("the pods of leaving {} would fit elsewhere", self.name(node)));
            }
            movers.iter().for_each(|it| self.paper.at[*it] = Some(node));
        }
    }

    fn is_mover(&self, pod: usize, node: usize) -> bool {
        let it = &self.cluster.pods[pod];
        self.cluster.must_move(it) && it.bound_to.as_deref() == Some(self.name(node))
    }

    fn count(&mut self) {
        let groups = self.cluster.groups.len();
        self.counts = Counts { going_of: vec![0; groups], ready_of: vec![0; groups], ..Counts::default() };
        for node in self.cluster.leavers() {
            self.counts.going += 1;
            self.counts.drains += i64::from(self.is_drained(node));
            if let Some(group) = self.cluster.group_of(&self.cluster.nodes[node]) {
                self.counts.going_of[group] += 1;
            }
        }
        for it in &self.cluster.nodes {
            if !it.is_ready() || it.leaving_since(self.cluster.now).is_some() {
                continue;
            }
            if let Some(group) = self.cluster.group_of(it) {
                self.counts.ready_of[group] += 1;
            }
            if !it.is_control_plane() {
                self.counts.cpu += it.gives("cpu");
                self.counts.memory += it.gives("memory");
            }
        }
    }

    /// Whether there is anybody on the node to evict.
    fn is_drained(&self, node: usize) -> bool {
        self.cluster.pods_bound_to(node).any(|it| self.cluster.is_missed(it))
    }

    /// The first reason of every node, and who is a candidate.
    fn shortlist(&mut self, findings: &mut Findings) {
        let leavers = self.cluster.leavers();
        for node in 0..self.cluster.nodes.len() {
            let opening = Opening {
                cluster: self.cluster,
                paper: &self.paper,
                paces: &self.paces,
                left: &self.left,
                nominated: &self.nominated,
            };
            let Some(verdict) = self.verdict(node) else { continue };
            let entry = &self.case.plan.nodes[node];
            let shown =
                entry.cpu.zip(entry.memory).map(|(cpu, memory)| [i128::from(cpu), i128::from(memory)]);
            if shown != opening.figures(node) {
                let name = self.name(node);
                findings.add("figures", format!("{name} shows {shown:?}, is {:?}", opening.figures(node)));
            }
            if leavers.contains(&node) {
                self.leaver(node, verdict, &opening, findings);
                continue;
            }
            let reason = opening.reason(node);
            let says = said(verdict);
            match reason {
                Some(reason) if says != reason => {
                    findings.add(
                        "reasons",
                        format!("{} is {says}, the first reason is {reason}", self.name(node)),
                    );
                }
                None if !is_later(verdict) => {
                    findings.add(
                        "reasons",
                        format!("{} is {says}, but nothing keeps it at first", self.name(node)),
                    );
                }
                _ => {}
            }
            if reason.is_none() {
                self.line.push(node);
            }
        }
    }

    fn leaver(&self, node: usize, verdict: &Verdict, opening: &Opening<'_, '_>, findings: &mut Findings) {
        let Verdict::Leaving { step, why, left, .. } = verdict else {
            findings.add(
                "leaving",
                format!("{} is leaving, and has the verdict {}", self.name(node), said(verdict)),
            );
            return;
        };
        let it = &self.cluster.nodes[node];
        let group = self.cluster.group_of(it).expect("a leaver has its group");
        let against = if self.cluster.frozen {
            Some("InventoryFrozen")
        } else if opening.is_cluster_unhealthy() {
            Some("ClusterUnhealthy")
        } else if it.is_protected() {
            Some("Protected")
        } else if opening.is_disabled(group) {
            Some("ScaleDownDisabled")
        } else if self.nominated[node] {
            Some("Nominated")
        } else if opening.block(node, |it| it != "pdb-exhausted").is_some() {
            Some("PodBlocks")
        } else if self.paper.pods_on(node).any(|it| self.is_mover(it, node)) {
            Some("NoPlaceToMovePods")
        } else if self.first_veto(node) {
            Some("Vetoed")
        } else if self.veto_fault() || self.paces[group].fault {
            Some("PolicyFault")
        } else {
            None
        };
        let draining = it.instant("autoscaler.vpsie.com/draining-since");
        let limit = self.cluster.number("/scaleDown/drainTimeoutSeconds", 300);
        let overdue = matches!(draining, Some(Ok(since)) if self.cluster.now - since >= limit);
        let mut machines = self.cluster.machines.iter();
        let asked_for = machines.any(|machine| machine.node == it.name && machine.condemned);
        let expected = if overdue && !asked_for {
            (Some(Step::TakeBack), Some("Cooldown"))
        } else {
            match (against, draining.is_some()) {
                (Some(reason), false) => (Some(Step::TakeBack), Some(reason)),
                (Some(reason), true) => (Some(Step::Held), Some(reason)),
                (None, _) => (None, None),
            }
        };
        let stopped = matches!(step, Step::TakeBack | Step::Held);
        let step_fits = expected.0.map_or(!stopped, |it| it == *step);
        if !step_fits || expected.1 != why.as_ref().map(name_of) {
            findings.add(
                "leaving",
                format!("{} is at {step:?} by {why:?}; expected {expected:?}", self.name(node)),
            );
        }
        let waited_for = |it: &&Pod| self.cluster.is_missed(it) || self.cluster.is_ending(it);
        let missed = self.cluster.pods_bound_to(node).filter(waited_for).count();
        if *left as usize != missed {
            findings
                .add("leaving", format!("{left} pods left on {}, but there are {missed}", self.name(node)));
        }
    }

    /// Candidates in the order of removal.
    fn line_up(&mut self) {
        let key = |node: &usize| {
            let mut reluctance: i64 = 0;
            for pod in self.cluster.pods_bound_to(*node).filter(|it| self.cluster.must_move(it)) {
                let cost = pod
                    .says("controller.kubernetes.io/pod-deletion-cost")
                    .and_then(|it| it.parse::<i64>().ok());
                let prefers = pod.says("descheduler.alpha.kubernetes.io/prefer-no-eviction") == Some("true");
                reluctance += cost.unwrap_or(0) + i64::from(prefers) * 1_000_000;
            }
            let slow = self.cluster.goes_one_by_one(*node, &self.left);
            (slow, -i128::from(self.score(*node)), reluctance, *node)
        };
        let mut line = self.line.clone();
        line.sort_by_key(key);
        self.line = line;
    }

    fn score(&self, node: usize) -> i64 {
        let mut sum: i64 = 0;
        for policy in &self.case.answers.scores {
            for it in policy.answer.iter().flatten().filter(|it| it.node.at() == node) {
                sum = sum.saturating_add(i64::from(it.score).saturating_mul(policy.weight));
            }
        }
        sum
    }

    fn first_veto(&self, node: usize) -> bool {
        let answers = self.case.answers.vetoes.iter().filter_map(|it| it.answer.as_ref().ok());
        answers.flatten().any(|it| it.node.at() == node)
    }

    fn veto_fault(&self) -> bool {
        self.case.answers.vetoes.iter().any(|it| it.answer.is_err())
    }

    /// A candidate's turn: what was decided about it, on the world as it now is.
    fn turn(&mut self, node: usize, findings: &mut Findings) {
        let Some(verdict) = self.verdict(node) else { return };
        let says = said(verdict);
        if says == "NotEvaluated" {
            if !self.case.boxed {
                findings.add("reasons", format!("{} is NotEvaluated without a time box", self.name(node)));
            }
            return;
        }
        let name = self.name(node);
        if !blocks(self.cluster, node, &self.left).is_empty() {
            if says != "PodBlocks" {
                findings.add("ledger", format!("{name} is {says}, but a pod of it blocks at its turn"));
            }
        } else if says == "PodBlocks" {
            findings.add("reasons", format!("{name} is PodBlocks, but nothing of it blocks at its turn"));
        }
        let movers: Vec<usize> = self.paper.pods_on(node).filter(|it| self.is_to_move(*it, node)).collect();
        if says == "NoPlaceToMovePods" {
            self.check_stuck(node, &movers, findings);
        } else if says != "PodBlocks" {
            let expected = self.held_back(node).or_else(|| self.second_answer(node, &movers, findings));
            if expected.unwrap_or("Remove") != says {
                findings
                    .add("limits", format!("{name} is {says}, expected {}", expected.unwrap_or("Remove")));
            }
        }
        self.judged.insert(node);
        if let Verdict::Remove { how, moves } = verdict {
            self.check_how(node, *how, findings);
            self.check_sums(node, &movers, findings);
            self.remove(node, &movers, moves, findings);
        }
    }

    /// Pods that need a place before the node can go: its own, and those that were put on it.
    fn is_to_move(&self, pod: usize, node: usize) -> bool {
        self.is_mover(pod, node) || self.cluster.pods[pod].bound_to.as_deref() != Some(self.name(node))
    }

    fn check_how(&self, node: usize, how: How, findings: &mut Findings) {
        let expected = if self.is_drained(node) { How::Drain } else { How::Empty };
        if how != expected {
            findings.add("how", format!("{} is {how:?}, expected {expected:?}", self.name(node)));
        }
    }

    /// What keeps a candidate once its pods have found their places.
    fn held_back(&self, node: usize) -> Option<&'static str> {
        let it = &self.cluster.nodes[node];
        let group = self.cluster.group_of(it).expect("a candidate has its group");
        let score_fault = self.case.answers.scores.iter().any(|it| it.answer.is_err());
        if self.paces[group].closed {
            return Some("OutsideWindow");
        }
        if self.first_veto(node) {
            return Some("Vetoed");
        }
        if self.paces[group].fault || self.veto_fault() || score_fault {
            return Some("PolicyFault");
        }
        if self.is_cooling(node, group) {
            return Some("Cooldown");
        }
        if it.is_ready() {
            if self.counts.ready_of[group] - 1 < self.cluster.groups[group].number("/minNodes", 0) {
                return Some("MinSize");
            }
            let cores = self.cluster.number("/scaleDown/minCores", 0);
            let memory = self.cluster.number("/scaleDown/minMemoryBytes", 0);
            let too_small = self.counts.cpu - it.gives("cpu") < 1000 * i128::from(cores)
                || self.counts.memory - it.gives("memory") < i128::from(memory);
            if too_small {
                return Some("ClusterMinimum");
            }
        }
        let at_once = pace::cluster_at_once(self.cluster, &self.paces);
        let drains = self.cluster.number("/scaleDown/maxDrains", at_once);
        let spent = self.counts.going >= at_once
            || self.counts.going_of[group] >= self.paces[group].at_once
            || (self.is_drained(node) && self.counts.drains >= drains)
            || self.takers.contains(&node);
        if spent {
            return Some("BudgetSpent");
        }
        None
    }

    /// Vetoers are asked again where what their answer rested on is no longer so, in their order,
    /// until one speaks against the node.
    fn second_answer(&self, node: usize, movers: &[usize], findings: &mut Findings) -> Option<&'static str> {
        let name = self.name(node);
        let asked: Vec<&Asked> = self.case.asked.iter().filter(|it| it.node == name).collect();
        let policies = self.case.answers.vetoes.iter().filter(|it| it.answer.is_ok());
        let changed = policies.filter(|it| it.rested_on.iter().any(|it| self.has_changed(it, node, movers)));
        let mut expected: Vec<&str> =
            if self.removed.is_empty() { Vec::new() } else { changed.map(|it| &*it.policy).collect() };
        let against = asked.iter().position(|it| it.answer != Ok(false));
        if let Some(against) = against {
            expected.truncate(against + 1);
        }
        let heard: Vec<&str> = asked.iter().map(|it| it.policy.as_str()).collect();
        if heard != expected {
            findings.add("asked", format!("{name}: {heard:?} were asked again, expected {expected:?}"));
        }
        match asked[against?].answer {
            Ok(_) => Some("Vetoed"),
            Err(()) => Some("PolicyFault"),
        }
    }

    fn has_changed(&self, ask: &PaperAsk, node: usize, movers: &[usize]) -> bool {
        let first: Vec<usize> = self.start.pods_on(node).filter(|it| self.is_to_move(*it, node)).collect();
        let (was, is) = (self.start.remains(node, &first), self.paper.remains(node, movers));
        match ask {
            PaperAsk::Remains { node: read } => read.at() == node,
            PaperAsk::RoomShort { hundredths } => {
                was.map(|it| it.is_short(*hundredths)) != is.map(|it| it.is_short(*hundredths))
            }
            PaperAsk::UseAbove { hundredths } => {
                was.map(|it| it.is_used_above(*hundredths)) != is.map(|it| it.is_used_above(*hundredths))
            }
            PaperAsk::FewerThan { label, least } => {
                let Some(value) = self.cluster.nodes[node].labels.get(&**label) else { return false };
                let left = |paper: &Paper<'_>| {
                    let stays = |at: &usize| {
                        let it = &self.cluster.nodes[*at];
                        let well = it.is_ready() && it.leaving_since(self.cluster.now).is_none();
                        *at != node && !paper.gone[*at] && well && it.labels.get(&**label) == Some(value)
                    };
                    (0..self.cluster.nodes.len()).filter(stays).count() < *least as usize
                };
                left(&self.start) != left(&self.paper)
            }
        }
    }

    /// What a policy stands up for holds for every node that goes, on the paper at its turn.
    fn check_sums(&self, node: usize, movers: &[usize], findings: &mut Findings) {
        let Some((headroom, most)) = self.case.sums else { return };
        for it in self.paper.remains(node, movers) {
            let short = headroom > 0 && it.is_short(headroom * 100);
            let full = most > 0 && it.is_used_above(most * 100);
            if short || full {
                findings.add("sums", format!("{} goes, and leaves {it:?}", self.name(node)));
            }
        }
    }

    fn is_cooling(&self, node: usize, group: usize) -> bool {
        let now = self.cluster.now;
        let it = &self.cluster.groups[group];
        let rests = |changed: Option<i64>, seconds: i64| changed.is_some_and(|it| now - it < seconds);
        let seconds = it.number("/scaleDownPolicy/cooldownSeconds", 600);
        let grows = self.case.plan.additions.iter().any(|addition| *addition.group == *it.name);
        if seconds > 0 && (grows || rests(it.last_up.max(it.last_down), seconds)) {
            return true;
        }
        let seconds = self.cluster.number("/globalSettings/scaleDownCooldownSeconds", 0);
        if seconds > 0 {
            let leavers = self.cluster.leavers();
            let left = leavers.iter().filter_map(|it| self.cluster.nodes[*it].leaving_since(now));
            let last = left.chain(self.cluster.groups.iter().filter_map(|it| it.last_down)).max();
            if !self.removed.is_empty() || rests(last, seconds) {
                return true;
            }
        }
        match self.cluster.nodes[node].instant("autoscaler.vpsie.com/not-before") {
            None => false,
            Some(Ok(at)) => now < at,
            Some(Err(())) => true,
        }
    }

    fn check_stuck(&mut self, node: usize, movers: &[usize], findings: &mut Findings) {
        movers.iter().for_each(|it| self.paper.at[*it] = None);
        self.paper.gone[node] = true;
        if let Some(places) = self.pack(node, movers) {
            let places: Vec<String> = places
                .iter()
                .map(|(pod, to)| format!("{} -> {}", self.cluster.pods[*pod].path(), self.name(*to)))
                .collect();
            findings.add("packing", format!("{}: there is a place for all: {places:?}", self.name(node)));
        }
        self.paper.gone[node] = false;
        movers.iter().for_each(|it| self.paper.at[*it] = Some(node));
    }

    /// Carries out a removal as the plan has it.
    fn remove(
        &mut self,
        node: usize,
        movers: &[usize],
        said: &[decide::plan::Move],
        findings: &mut Findings,
    ) {
        let name = self.name(node);
        let mut own: Vec<String> = movers
            .iter()
            .filter(|it| self.is_mover(**it, node))
            .map(|it| self.cluster.pods[*it].path())
            .collect();
        own.sort();
        let mut listed: Vec<String> = said.iter().map(|it| it.pod.to_string()).collect();
        listed.sort();
        if own != listed {
            findings.add("moves", format!("{name} moves {listed:?}, must move {own:?}"));
        }
        self.paper.gone[node] = true;
        movers.iter().for_each(|it| self.paper.at[*it] = None);
        let mut moves = Vec::new();
        for pod in movers {
            let path = self.cluster.pods[*pod].path();
            let named = said.iter().find(|it| it.pod.to_string() == path).map(|it| &*it.to);
            let to = named.or_else(|| self.case.seats.after.get(&path).map(String::as_str));
            match to.and_then(|it| self.cluster.node_at(it)) {
                Some(to) => moves.push((*pod, to)),
                None => findings.add("moves", format!("{path} of {name} has no place that exists: {to:?}")),
            }
        }
        self.verify_moves(node, &moves, findings);
        self.cluster.spend(node, &mut self.left);
        if self.left.iter().any(|it| *it < 0) {
            findings.add("ledger", format!("{name} spends more than its budgets have"));
        }
        self.takers.extend(moves.iter().map(|it| it.1));
        self.removed.push(node);
        self.counts.going += 1;
        self.counts.drains += i64::from(self.is_drained(node));
        let it = &self.cluster.nodes[node];
        let Some(group) = self.cluster.group_of(it) else { return };
        self.counts.going_of[group] += 1;
        if it.is_ready() {
            self.counts.ready_of[group] -= 1;
            self.counts.cpu -= it.gives("cpu");
            self.counts.memory -= it.gives("memory");
        }
    }

    /// All pods of these moves are nowhere. There must be an order in which each fits where it
    /// goes; after that they are there, possible or not.
    fn verify_moves(&mut self, from: usize, moves: &[(usize, usize)], findings: &mut Findings) {
        for (pod, to) in moves {
            if *to == from
                || self.paper.gone[*to]
                || !self.cluster.can_be_destination(&self.cluster.nodes[*to])
            {
                let path = self.cluster.pods[*pod].path();
                findings.add(
                    "destinations",
                    format!("{path} is to go to {}, which takes no pods", self.name(*to)),
                );
            }
        }
        let mut steps = 0;
        if !self.place_in_some_order(moves, &mut Vec::new(), &mut BTreeSet::new(), &mut steps) {
            let first = moves.iter().find_map(|(pod, to)| {
                let why = self.paper.fits(*pod, *to).err()?;
                Some(format!("{} on {}: {why}", self.cluster.pods[*pod].path(), self.name(*to)))
            });
            let first = first.unwrap_or_else(|| "each alone fits".into());
            findings.add("fits", format!("pods of {} cannot be moved as planned: {first}", self.name(from)));
            moves.iter().for_each(|(pod, to)| self.paper.at[*pod] = Some(*to));
        }
    }

    fn place_in_some_order(
        &mut self,
        moves: &[(usize, usize)],
        placed: &mut Vec<usize>,
        tried: &mut BTreeSet<Vec<usize>>,
        steps: &mut usize,
    ) -> bool {
        if placed.len() == moves.len() {
            return true;
        }
        let mut state = placed.clone();
        state.sort_unstable();
        if !tried.insert(state) || *steps > STEPS_MAX {
            return false;
        }
        for (at, (pod, to)) in moves.iter().enumerate() {
            *steps += 1;
            if placed.contains(&at) || self.paper.fits(*pod, *to).is_err() {
                continue;
            }
            placed.push(at);
            self.paper.at[*pod] = Some(*to);
            if self.place_in_some_order(moves, placed, tried, steps) {
                return true;
            }
            placed.pop();
            self.paper.at[*pod] = None;
        }
        false
    }

    /// The rule's own way of placing: the largest first, each on the first node in order that takes
    /// it. The paper is left as it was found.
    fn pack(&mut self, from: usize, pods: &[usize]) -> Option<Vec<(usize, usize)>> {
        let (cpu, memory) =
            (self.paper.nodes[from].gives("cpu").max(1), self.paper.nodes[from].gives("memory").max(1));
        let size = |pod: &usize| {
            let pod = &self.cluster.pods[*pod];
            (pod.asks("cpu") * memory).max(pod.asks("memory") * cpu)
        };
        let mut waiting = pods.to_vec();
        waiting.sort_by_key(|it| (-size(it), self.cluster.pods[*it].full_name()));
        let mut places = Vec::new();
        for pod in &waiting {
            let Some(to) = self.first_place(*pod, Some(from)) else { break };
            self.paper.at[*pod] = Some(to);
            places.push((*pod, to));
        }
        places.iter().for_each(|(pod, _)| self.paper.at[*pod] = None);
        (places.len() == waiting.len()).then_some(places)
    }

    /// Nodes that stay first, the fullest of them first; then candidates, the last in line first.
    fn first_place(&self, pod: usize, from: Option<usize>) -> Option<usize> {
        let open = |it: &usize| {
            Some(*it) != from
                && !self.paper.gone[*it]
                && self.cluster.can_be_destination(&self.cluster.nodes[*it])
        };
        let mut nodes: Vec<usize> = (0..self.cluster.nodes.len()).filter(open).collect();
        let turn =
            |it: &usize| self.line.iter().position(|at| at == it).filter(|_| !self.judged.contains(it));
        nodes.sort_by(|a, b| match (turn(a), turn(b)) {
            (None, None) => self.fuller(*a, *b),
            (Some(a), Some(b)) => b.cmp(&a),
            (a, b) => a.is_some().cmp(&b.is_some()),
        });
        nodes.into_iter().find(|it| self.paper.fits(pod, *it).is_ok())
    }

    /// Which of two has the larger share of its CPU requested; of equals the first by name.
    fn fuller(&self, a: usize, b: usize) -> std::cmp::Ordering {
        let used = |it: usize| self.paper.used(it, "cpu");
        let whole = |it: usize| self.paper.nodes[it].gives("cpu");
        (used(b) * whole(a)).cmp(&(used(a) * whole(b))).then(a.cmp(&b))
    }

    /// The world on paper before anything was accepted; pods of leaving nodes have their places.
    #[must_use]
    pub fn opened(mut self) -> Paper<'c> {
        let mut ignored = Findings::default();
        self.seat_pending(&mut ignored);
        self.seat_evicted(&mut ignored);
        self.seat_leaving(&mut ignored);
        self.paper
    }
}

/// Reasons that come after the shortlist, and `PodBlocks`, which comes twice.
fn is_later(verdict: &Verdict) -> bool {
    match verdict {
        Verdict::Remove { .. } => true,
        Verdict::Leaving { .. } => false,
        Verdict::Keep(reason) => matches!(
            reason,
            Reason::PodBlocks { .. }
                | Reason::NoPlaceToMovePods { .. }
                | Reason::OutsideWindow { .. }
                | Reason::Vetoed(_)
                | Reason::PolicyFault { .. }
                | Reason::Cooldown(_)
                | Reason::MinSize { .. }
                | Reason::ClusterMinimum { .. }
                | Reason::BudgetSpent(_)
                | Reason::NotEvaluated
        ),
    }
}
