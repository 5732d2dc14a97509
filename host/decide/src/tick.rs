//! The first step of a decision: the world on paper. Room is taken in a fixed order - pods that
//! run, pending pods that fit, pods evicted and not back yet, pods still on leaving nodes - and
//! what no room is found for may bring new machines.

use crate::add::{self, Growth};
use crate::facts::Facts;
use crate::ledger::{Ledger, Spending};
use crate::memory::Memory;
use crate::place::{Floor, Packed, SiteId, Stuck};
use crate::resources::share;
use crate::roles::{self, Role};
use crate::time::{Stamp, Time};
use crate::usage::{self, Figures, Measured};
use crate::world::{NodeId, Place, PodId, World};
use crate::{marks, settings::Source};

#[derive(Debug)]
pub struct Tick<'w> {
    pub world: &'w World,
    pub facts: &'w Facts<'w>,
    pub memory: &'w Memory,
    pub floor: Floor<'w>,
    pub ledger: Ledger<'w>,
    /// The first pending pod that is about to use each node.
    pub nominated: Vec<Option<PodId>>,
    /// Nodes that are being removed, those that left first first.
    pub leavers: Vec<Leaver>,
    pub health: Health,
    pub growth: Growth,
}

/// A node that is being removed.
#[derive(Debug)]
pub struct Leaver {
    pub node: NodeId,
    pub since: Time,
    pub draining: Stamp,
    /// Pods of its that must move still, and where they would.
    pub places: Result<Packed, Stuck>,
    /// What must move from it, in requests: CPU, memory.
    pub moves: (i128, i128),
}

/// How many nodes are well, of those that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Health {
    pub nodes: u32,
    pub unready: u32,
}

impl<'w> Tick<'w> {
    #[must_use]
    pub fn open(facts: &'w Facts<'w>, memory: &'w Memory) -> Tick<'w> {
        let world = facts.world;
        let mut floor = Floor::of(facts);
        let mut ledger = Ledger::of(world);
        let (nominated, homeless) = seat_pending(facts, &mut floor);
        seat_evicted(facts, &mut floor);
        let leavers = seat_leaving(facts, &mut floor, &mut ledger);
        let growth = add::grow(facts, &mut floor, &homeless);
        Tick { world, facts, memory, floor, ledger, nominated, leavers, health: health(facts), growth }
    }

    /// The samples of a node, over a window.
    #[must_use]
    pub fn measured(&self, node: NodeId, window_secs: u32) -> Measured<'w> {
        let series = self.memory.series.get(&self.world.node(node).name);
        usage::measured(
            series,
            self.world.now,
            window_secs,
            self.world.settings.scale_down.sample_age_secs_max,
        )
    }

    /// What is requested on a node, on paper; none where nothing can be allocated. A node that is
    /// leaving has its pods still, wherever they find room.
    #[must_use]
    pub fn requested(&self, node: NodeId) -> Option<Figures> {
        let settings = &self.world.settings.scale_down;
        let allocatable = &self.world.node(node).allocatable;
        let (cpu, memory) = if self.leavers.iter().any(|it| it.node == node) {
            self.requested_by(node, Role::USES)
        } else {
            let used = self.floor.used(SiteId::from(node));
            (used.cpu, used.memory)
        };
        let daemons = if settings.count_daemon_pods || settings.source != Source::Requests {
            (0, 0)
        } else {
            self.requested_by(node, Role::DAEMON)
        };
        let less = |whole: i64, part: i64| whole.saturating_sub(part);
        Some(Figures {
            cpu: share(less(cpu, daemons.0), less(allocatable.cpu, daemons.0))?,
            memory: share(less(memory, daemons.1), less(allocatable.memory, daemons.1))?,
        })
    }

    /// CPU and memory that pods of a role request, of those on the node that take room.
    fn requested_by(&self, node: NodeId, role: Role) -> (i64, i64) {
        let pods = self.facts.with_role(node, role).filter(|it| self.facts.role(*it).is(Role::USES));
        let requests = pods.map(|it| &self.world.shape_of(self.world.pod(it)).requests);
        requests
            .fold((0, 0), |(cpu, memory), it| (it.cpu.saturating_add(cpu), it.memory.saturating_add(memory)))
    }

    /// The figures that thresholds are compared with and scores are made of.
    #[must_use]
    pub fn figures(&self, node: NodeId, window_secs: u32) -> Option<Figures> {
        let source = self.world.settings.scale_down.source;
        let mean = || match self.measured(node, window_secs) {
            Measured::Window(window) => Some(window.mean(&self.world.node(node).allocatable)),
            Measured::Nothing | Measured::Stale { .. } | Measured::TooFew { .. } => None,
        };
        match source {
            Source::Usage => mean(),
            Source::Requests => self.requested(node),
            Source::Highest => match (mean(), self.requested(node)) {
                (Some(mean), Some(requested)) => Some(mean.higher(requested)),
                (mean, requested) => mean.or(requested),
            },
        }
    }

    /// Pods on the site on paper that need a place elsewhere before it can go: its own, and those
    /// that found room here.
    pub fn movers(&self, node: NodeId) -> impl Iterator<Item = PodId> + '_ {
        let site = SiteId::from(node);
        let own =
            self.facts.with_role(node, Role::MOVES).filter(move |it| self.floor.home(*it) == Some(site));
        own.chain(self.floor.guests(site).iter().copied())
    }

    /// Whether anybody on the node would be missed.
    #[must_use]
    pub fn has_evictions(&self, node: NodeId) -> bool {
        self.facts.with_role(node, Role::EVICTED).next().is_some()
    }

    #[must_use]
    pub fn idle_since(&self, node: NodeId) -> Stamp {
        Stamp::of(self.world.node(node).annotations.get(marks::IDLE_SINCE))
    }
}

/// Each pending pod on the fullest node that takes it now, or where the scheduler makes room for
/// it. Tells the first pod that each node gets, and the pods that fit nowhere.
fn seat_pending(facts: &Facts<'_>, floor: &mut Floor<'_>) -> (Vec<Option<PodId>>, Vec<PodId>) {
    let world = facts.world;
    let pending =
        world.pods.iter().enumerate().filter(|(_, it)| roles::is_pending(world, it, &world.settings));
    let mut pending: Vec<PodId> = pending.map(|(at, _)| PodId::new(at)).collect();
    pending.sort_by_key(|it| {
        let pod = world.pod(*it);
        (std::cmp::Reverse(pod.priority), pod.created, *it)
    });
    let mut nominated = vec![None; world.nodes.len()];
    let mut homeless = Vec::new();
    for pod in pending {
        let site = match world.pod(pod).nominated {
            Some(node) => Some(SiteId::from(node)),
            None => floor.find(pod),
        };
        match site {
            Some(site) => {
                floor.put(pod, site);
                nominated[site.at()].get_or_insert(pod);
            }
            None => homeless.push(pod),
        }
    }
    (nominated, homeless)
}

fn seat_evicted(facts: &Facts<'_>, floor: &mut Floor<'_>) {
    let world = facts.world;
    let evicted = world.pods.iter().enumerate().filter(|(_, it)| it.place == Place::Evicted);
    let mut evicted: Vec<PodId> = evicted.map(|(at, _)| PodId::new(at)).collect();
    evicted.sort_by_key(|it| (world.pod(*it).created, *it));
    for pod in evicted.into_iter().filter(|it| facts.role(*it).is(Role::MOVES)) {
        if let Some(site) = floor.find(pod) {
            floor.put(pod, site);
        }
    }
}

/// Leaving nodes spend their budgets and take room for what is still on them, in the order in
/// which they left.
fn seat_leaving(facts: &Facts<'_>, floor: &mut Floor<'_>, ledger: &mut Ledger<'_>) -> Vec<Leaver> {
    let world = facts.world;
    let mut leaving: Vec<(Time, NodeId)> =
        facts.nodes().filter_map(|it| facts.standing(it).leaving.map(|since| (since, it))).collect();
    leaving.retain(|(_, it)| !facts.standing(*it).control_plane && facts.standing(*it).group.is_some());
    leaving.sort();
    let mut leavers = Vec::with_capacity(leaving.len());
    for (since, node) in leaving {
        let under: Spending = ledger.under(facts, node);
        ledger.spend(&under);
        let site = SiteId::from(node);
        let movers: Vec<PodId> = facts.with_role(node, Role::MOVES).collect();
        movers.iter().for_each(|it| {
            floor.lift(*it);
        });
        let places = floor.pack(site, &movers);
        if places.is_err() {
            movers.iter().for_each(|it| floor.put(*it, site));
        }
        let requests = movers.iter().map(|it| &world.shape_of(world.pod(*it)).requests);
        let moves =
            requests.fold((0, 0), |sum, it| (sum.0 + i128::from(it.cpu), sum.1 + i128::from(it.memory)));
        let draining = Stamp::of(world.node(node).annotations.get(marks::DRAINING_SINCE));
        leavers.push(Leaver { node, since, draining, places, moves });
    }
    leavers
}

/// All nodes but leaving ones and those that were never Ready.
fn health(facts: &Facts<'_>) -> Health {
    let counted = facts.standing.iter().filter(|it| it.leaving.is_none() && it.ever_ready);
    counted.fold(Health::default(), |sum, it| Health {
        nodes: sum.nodes + 1,
        unready: sum.unready + u32::from(!it.ready),
    })
}
