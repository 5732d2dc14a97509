//! The turn of one node, watched: what stood against what when it came. For explanations alone;
//! no decision asks here.

use super::{Settle, group_cooling};
use crate::explain::Line;
use crate::plan::{Cooling, Reason, Spent};
use crate::say::{amount, count, when};
use crate::time::{Stamp, Time, said};
use crate::world::{GroupId, NodeId};
use crate::{keep, marks};

/// Whose turn is watched, and what was seen.
#[derive(Debug, Default)]
pub(super) struct Watch {
    node: Option<NodeId>,
    turn: Option<Turn>,
}

/// What a node had before it at its turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// From 1, in the order of removal.
    pub place: usize,
    pub of: usize,
    /// Its pods, on the world on paper.
    pub paper: [Line; 2],
    /// Times, sizes and budgets.
    pub numbers: Vec<Line>,
}

impl Settle<'_> {
    /// From now on the turn of this node is watched.
    pub fn watch(&mut self, node: NodeId) {
        self.watch.node = Some(node);
    }

    /// What was seen, if its turn has come.
    #[must_use]
    pub fn watched(&self) -> Option<&Turn> {
        self.watch.turn.as_ref()
    }

    pub(super) fn look(&mut self, node: NodeId) {
        if self.watch.node != Some(node) {
            return;
        }
        let group = self.question.tick.facts.standing(node).group.expect("a candidate has a group");
        let mut numbers = self.coolings(node, group);
        numbers.extend(self.minimums(node, group));
        numbers.extend(self.budgets(node, group));
        let paper = [self.blocks(node), self.moves(node)];
        self.watch.turn = Some(Turn { place: self.turns, of: self.order.len(), paper, numbers });
    }

    fn blocks(&self, node: NodeId) -> Line {
        let tick = &self.question.tick;
        let block = keep::blocked(tick.facts, &tick.ledger, node);
        let value = match &block {
            Some(Reason::PodBlocks { pod, block }) => format!("{pod}: {}", block.code()),
            _ => "none".into(),
        };
        let limit = "no pod that must not be moved, at its turn";
        Line::new("PodBlocks", block.is_none(), value, limit, "budgets, less what goes before it")
    }

    /// Whether they find a place is known only once they have been tried.
    fn moves(&self, node: NodeId) -> Line {
        let pods = count(self.question.tick.movers(node).count() as u64, "pod");
        let (value, limit) = (format!("{pods} to move"), "a place elsewhere for each");
        Line::new("NoPlaceToMovePods", true, value, limit, "the world on paper at its turn")
    }

    fn coolings(&self, node: NodeId, group: GroupId) -> Vec<Line> {
        let world = self.question.tick.world;
        let off = |secs: u32| if secs == 0 { "off".to_string() } else { said(i64::from(secs)) };
        let ago = |at: Option<Time>| at.map_or_else(|| "never".to_string(), |it| when(it, world.now));
        let line = |passes, value: String, limit, source| Line::new("Cooldown", passes, value, limit, source);

        let it = &world.groups[group.at()];
        let of_group = group_cooling(&self.question, group);
        let changed = match &of_group {
            Some(Cooling::Grows { .. }) => "now, in this plan".to_string(),
            _ => ago(it.last_up.max(it.last_down)),
        };
        let secs = world.settings.global.removal_cooldown_secs;
        let of_removal = self.removal_cooling(secs);
        let removed = match &of_removal {
            Some(Cooling::ThisPlan { node, .. }) => format!("{node}, in this plan"),
            _ => ago(self.counts.last_removal),
        };
        let not_before = Stamp::of(world.node(node).annotations.get(marks::NOT_BEFORE));
        let (back, over) = match &not_before {
            Stamp::Absent => ("never".to_string(), true),
            Stamp::At(at) => (format!("not before {}", when(*at, world.now)), world.now >= *at),
            Stamp::Unreadable(_) => ("a mark that cannot be read".to_string(), false),
        };
        vec![
            line(
                of_group.is_none(),
                format!("group changed: {changed}"),
                off(it.scale_down.cooldown_secs),
                "scaleDownPolicy.cooldownSeconds",
            ),
            line(
                of_removal.is_none(),
                format!("last removal: {removed}"),
                off(secs),
                "globalSettings.scaleDownCooldownSeconds",
            ),
            line(over, format!("taken back: {back}"), "past".to_string(), marks::NOT_BEFORE),
        ]
    }

    fn minimums(&self, node: NodeId, group: GroupId) -> [Line; 3] {
        let tick = &self.question.tick;
        let hit = self.at_minimum(node, group);
        let ready = count(self.counts.ready_of[group.at()].into(), "Ready node");
        let counted = if tick.facts.standing(node).ready { "with it" } else { "it is none of them" };
        let floor = |resource: &str, left: i64, min: u64, source: &str| {
            let below =
                matches!(&hit, Some(Reason::ClusterMinimum { resource: it, .. }) if **it == *resource);
            let min = i64::try_from(min).unwrap_or(i64::MAX);
            let limit = if min == 0 { "none".into() } else { format!("at least {}", amount(resource, min)) };
            let value = format!("{} without it", amount(resource, left));
            Line::new("ClusterMinimum", !below, value, limit, source)
        };
        let (allocatable, settings) = (&tick.world.node(node).allocatable, &tick.world.settings.scale_down);
        let cpu = self.counts.cpu.saturating_sub(allocatable.cpu);
        let memory = self.counts.memory.saturating_sub(allocatable.memory);
        [
            Line::new(
                "MinSize",
                !matches!(hit, Some(Reason::MinSize { .. })),
                format!("{ready} to stay, {counted}"),
                format!("more than {}", tick.world.groups[group.at()].min),
                "NodeGroup minNodes",
            ),
            floor("cpu", cpu, settings.cores_min.saturating_mul(1000), "scaleDown.minCores"),
            floor("memory", memory, settings.memory_bytes_min, "scaleDown.minMemoryBytes"),
        ]
    }

    fn budgets(&self, node: NodeId, group: GroupId) -> [Line; 4] {
        let (tick, counts) = (&self.question.tick, &self.counts);
        let drains = tick.has_evictions(node);
        let hit = self.spent(node, group, drains);
        let line =
            |hit: bool, value, limit, source: &str| Line::new("BudgetSpent", !hit, value, limit, source);
        let going = |going: u32| format!("{} going before it", count(going.into(), "node"));

        let cluster = "globalSettings.maxConcurrentScaleDowns";
        let pace = &self.question.paces[group.at()].at_once;
        let own = tick.world.settings.global.removals_at_once;
        let changed = pace.policy.as_ref().filter(|_| pace.value != own);
        let of_group = changed.map(|(policy, mode)| format!("policy {policy}, {mode}"));
        let taken = self
            .takers
            .get(&node)
            .map(|(pod, of)| format!("{} of {}", tick.world.name_of(*pod), tick.world.node(*of).name));
        [
            line(
                matches!(hit, Some(Spent::Cluster { .. })),
                going(counts.going),
                format!("{} at once in the cluster", counts.at_once),
                cluster,
            ),
            line(
                matches!(hit, Some(Spent::Group { .. })),
                going(counts.going_of[group.at()]),
                format!("{} at once in the group", pace.value),
                of_group.as_deref().unwrap_or(cluster),
            ),
            line(
                matches!(hit, Some(Spent::Drains { .. })),
                if drains { going(counts.drains) } else { "nothing to evict".into() },
                format!("{} at once with pods to evict", counts.drains_max),
                "scaleDown.maxDrains",
            ),
            line(
                matches!(hit, Some(Spent::TakesPods { .. })),
                taken.unwrap_or_else(|| "takes no pods".into()),
                "no pods of a node that goes".into(),
                "this plan",
            ),
        ]
    }
}
