//! Pending pods that no node takes, and the machines that they bring: scale-up on paper.
//!
//! What is on its way already counts first, then what minimums ask for. The rest is packed on new
//! nodes, first-fit-decreasing, in the group that costs least in all; what a bound cuts off there
//! goes to the next.

mod bounds;
mod create;
mod template;

use crate::facts::Facts;
use crate::place::{Floor, Obstacle, SiteId};
use crate::plan::{Addition, Creation, Pending, PendingReason};
use crate::resources::Amounts;
use crate::world::{GroupId, LabelsId, Name, NamespaceId, Place, PodId, ShapeId, World};
use bounds::Bounds;
use std::collections::{BTreeMap, HashMap};
use template::Template;

/// What grows in this plan.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Growth {
    pub additions: Vec<Addition>,
    pub creation: Option<Creation>,
    pub pending: Vec<Pending>,
    /// By group.
    pub grown: Vec<bool>,
}

/// Of each group: nodes and machines that are on their way.
#[must_use]
pub fn on_the_way(facts: &Facts<'_>) -> Vec<u32> {
    Bounds::of(facts).coming
}

/// `homeless`: pending pods that fit no node now. The floor is left as it was found.
#[must_use]
pub fn grow<'w>(facts: &Facts<'w>, floor: &mut Floor<'w>, homeless: &[PodId]) -> Growth {
    let world = facts.world;
    let mut pending: BTreeMap<PodId, Pending> = BTreeMap::new();
    for (pod, node) in seated(facts, floor) {
        note(world, &mut pending, pod, PendingReason::NotOurs { node });
    }
    let (young, waiting): (Vec<PodId>, Vec<PodId>) = homeless.iter().partition(|it| too_young(world, **it));
    for pod in young {
        let reason = PendingReason::TooYoung {
            age_secs: world.now.since(world.pod(pod).created),
            grace_secs: world.settings.global.pending_grace_secs,
        };
        note(world, &mut pending, pod, reason);
    }

    let first_new = floor.site_count();
    let mut yard = Yard::new(facts, floor);
    let waiting = yard.use_coming(facts, waiting, &mut pending);
    yard.open_minimums(facts);
    let lost = yard.open_for(waiting, &mut pending);
    let creation = yard.create(facts, &lost);

    let Yard { floor, opened, bounds, .. } = yard;
    let mut additions: BTreeMap<GroupId, Addition> = BTreeMap::new();
    for it in &opened {
        let name = || world.groups[it.group.at()].name.clone();
        let addition = additions.entry(it.group).or_insert_with(|| Addition {
            group: name(),
            count: 0,
            pods: Vec::new(),
        });
        addition.count += 1;
        addition.pods.extend(floor.guests(it.site).iter().map(|it| world.name_of(*it)));
    }
    while floor.site_count() > first_new {
        close_last(floor);
    }
    let mut additions: Vec<Addition> = additions.into_values().collect();
    additions.iter_mut().for_each(|it| it.pods.sort());
    Growth { additions, creation, pending: pending.into_values().collect(), grown: bounds.grown() }
}

/// Nodes to come, and the pods that they are for.
struct Yard<'f, 'w> {
    floor: &'f mut Floor<'w>,
    world: &'w World,
    templates: Vec<Option<Template>>,
    bounds: Bounds,
    opened: Vec<Opened>,
}

#[derive(Debug, Clone, Copy)]
struct Opened {
    site: SiteId,
    group: GroupId,
}

/// The whole of which a pod's share is taken.
#[derive(Clone, Copy)]
struct Scale {
    cpu: i128,
    memory: i128,
}

/// Pods that the same groups would take.
struct Class {
    groups: Vec<GroupId>,
    pods: Vec<PodId>,
}

/// What placement looks at, of a pod without volumes.
type Likeness = (ShapeId, NamespaceId, LabelsId);

/// The groups that would take each pod.
struct Takers<'w> {
    world: &'w World,
    by_likeness: HashMap<Likeness, Vec<GroupId>>,
    with_volumes: HashMap<PodId, Vec<GroupId>>,
}

impl Takers<'_> {
    fn of(&self, pod: PodId) -> &[GroupId] {
        let groups = if self.has_volumes(pod) {
            self.with_volumes.get(&pod)
        } else {
            self.by_likeness.get(&self.likeness(pod))
        };
        groups.map_or(&[], |it| it)
    }

    fn has_volumes(&self, pod: PodId) -> bool {
        !self.world.shape_of(self.world.pod(pod)).volumes.is_empty()
    }

    fn likeness(&self, pod: PodId) -> Likeness {
        let it = self.world.pod(pod);
        (it.shape, it.namespace, it.labels)
    }
}

impl<'f, 'w> Yard<'f, 'w> {
    fn new(facts: &Facts<'w>, floor: &'f mut Floor<'w>) -> Yard<'f, 'w> {
        let world = facts.world;
        let templates = (0..world.groups.len()).map(|it| Template::of(facts, GroupId::new(it))).collect();
        Yard { floor, world, templates, bounds: Bounds::of(facts), opened: Vec::new() }
    }

    /// Puts pods on machines that are on their way. Tells those that are left.
    fn use_coming(
        &mut self,
        facts: &Facts<'_>,
        waiting: Vec<PodId>,
        pending: &mut BTreeMap<PodId, Pending>,
    ) -> Vec<PodId> {
        if waiting.is_empty() {
            return waiting;
        }
        let coming = template::seat_coming(facts, &self.templates, self.floor);
        let mut left = Vec::new();
        for pod in self.largest_first(waiting, self.scale()) {
            match coming.iter().find(|it| self.floor.admits(pod, it.0)) {
                Some((site, group)) => {
                    self.floor.put(pod, *site);
                    let group = self.world.groups[group.at()].name.clone();
                    note(self.world, pending, pod, PendingReason::OnItsWay { group });
                }
                None => left.push(pod),
            }
        }
        left
    }

    /// Groups below their minimum are brought up to it, within their bounds.
    fn open_minimums(&mut self, facts: &Facts<'_>) {
        for at in 0..self.world.groups.len() {
            let group = GroupId::new(at);
            for _ in 0..self.bounds.missing(facts, group) {
                if self.bounds.block(self.world, group).is_some() {
                    break;
                }
                self.open(group);
            }
        }
    }

    /// Tells the pods that no group would take.
    fn open_for(&mut self, waiting: Vec<PodId>, pending: &mut BTreeMap<PodId, Pending>) -> Vec<PodId> {
        let (classes, lost) = self.classes(waiting);
        let fit_none = lost.iter().map(|it| it.0).collect();
        for (pod, nearest) in lost {
            note(self.world, pending, pod, PendingReason::NoGroupFits { nearest });
        }
        let mut unplaced = Vec::new();
        for class in classes {
            let mut rest = self.ride_along(class.pods);
            let mut groups = class.groups.clone();
            while !rest.is_empty() {
                groups.retain(|it| self.bounds.block(self.world, *it).is_none());
                let Some(best) = self.cheapest(&groups, &rest) else { break };
                rest = self.pack_into(best, rest, true).1;
                groups.retain(|it| *it != best);
            }
            unplaced.extend(rest);
        }
        for it in &self.opened {
            let group = &self.world.groups[it.group.at()].name;
            for pod in self.floor.guests(it.site) {
                let entry =
                    Pending { pod: self.world.name_of(*pod), placed: Some(group.clone()), reason: None };
                pending.insert(*pod, entry);
            }
        }
        // Who found a place may stand in the way of who did not, wherever it would grow.
        let takers = self.takers(&unplaced);
        for pod in unplaced {
            let reason = match takers.of(pod) {
                [] => PendingReason::NoGroupFits { nearest: self.nearest(pod) },
                groups => self.block_of(groups).unwrap_or(PendingReason::NoGroupFits { nearest: None }),
            };
            note(self.world, pending, pod, reason);
        }
        fit_none
    }

    /// Which groups would take each of these pods, if they could grow.
    fn takers(&mut self, pods: &[PodId]) -> Takers<'w> {
        let mut takers =
            Takers { world: self.world, by_likeness: HashMap::new(), with_volumes: HashMap::new() };
        for at in 0..self.world.groups.len() {
            let group = GroupId::new(at);
            let Some(node) = self.templates[at].as_ref().map(|it| it.node(0)) else { continue };
            let probe = self.floor.add(node);
            let mut known: HashMap<Likeness, bool> = HashMap::new();
            for pod in pods {
                if takers.has_volumes(*pod) {
                    if self.floor.admits(*pod, probe) {
                        takers.with_volumes.entry(*pod).or_default().push(group);
                    }
                    continue;
                }
                let likeness = takers.likeness(*pod);
                known.entry(likeness).or_insert_with(|| {
                    let admits = self.floor.admits(*pod, probe);
                    if admits {
                        takers.by_likeness.entry(likeness).or_default().push(group);
                    }
                    admits
                });
            }
            self.floor.remove_last();
        }
        takers
    }

    /// Pods by the groups that would take them, in the order in which they are served, and those
    /// that no group would take, with what stands against them.
    fn classes(&mut self, waiting: Vec<PodId>) -> (Vec<Class>, Vec<(PodId, Option<(Name, Obstacle)>)>) {
        let takers = self.takers(&waiting);
        let mut classes: BTreeMap<Vec<GroupId>, Vec<PodId>> = BTreeMap::new();
        let mut lost = Vec::new();
        for pod in self.largest_first(waiting, self.scale()) {
            match takers.of(pod) {
                [] => lost.push((pod, self.nearest(pod))),
                groups => classes.entry(groups.to_vec()).or_default().push(pod),
            }
        }
        let mut classes: Vec<Class> =
            classes.into_iter().map(|(groups, pods)| Class { groups, pods }).collect();
        let scale = self.scale();
        classes.sort_by_cached_key(|it| {
            (it.groups.len(), std::cmp::Reverse(self.size(it.pods[0], scale)), it.pods[0])
        });
        (classes, lost)
    }

    /// Uses what is left on nodes already opened. Tells those that found nothing.
    fn ride_along(&mut self, pods: Vec<PodId>) -> Vec<PodId> {
        let mut rest = Vec::new();
        for pod in pods {
            match self.opened.iter().map(|it| it.site).find(|it| self.floor.admits(pod, *it)) {
                Some(site) => self.floor.put(pod, site),
                None => rest.push(pod),
            }
        }
        rest
    }

    /// The group in which all of these cost least; where none takes all, one that takes most.
    fn cheapest(&mut self, groups: &[GroupId], pods: &[PodId]) -> Option<GroupId> {
        if let [only] = groups {
            return Some(*only);
        }
        let mut best = None;
        for group in groups {
            let sites = self.floor.site_count();
            let (nodes, rest) = self.pack_into(*group, pods.to_vec(), false);
            while self.floor.site_count() > sites {
                close_last(self.floor);
            }
            let it = &self.world.groups[group.at()];
            let total = it.price_per_hour.map(|price| i128::from(price) * i128::from(nodes));
            let key = (rest.len(), total.is_none(), total, nodes, it.name.clone(), *group);
            if best.as_ref().is_none_or(|held| key < *held) {
                best = Some(key);
            }
        }
        best.map(|it| it.5)
    }

    /// Packs pods on new nodes of one group, largest first, each on the first that takes it. For
    /// good, or only to see how many nodes it takes when nothing bounds it. Tells how many nodes
    /// were opened and what found no place.
    fn pack_into(&mut self, group: GroupId, pods: Vec<PodId>, for_good: bool) -> (u32, Vec<PodId>) {
        let mut mine: Vec<SiteId> = Vec::new();
        let mut rest = Vec::new();
        for pod in self.largest_first(pods, self.scale_of(group)) {
            if let Some(site) = mine.iter().find(|it| self.floor.admits(pod, **it)) {
                self.floor.put(pod, *site);
                continue;
            }
            if for_good && self.bounds.block(self.world, group).is_some() {
                rest.push(pod);
                continue;
            }
            let template =
                self.templates[group.at()].as_ref().expect("a group that would take pods has a template");
            let site = self.floor.add(template.node(self.floor.site_count()));
            if !self.floor.admits(pod, site) {
                self.floor.remove_last();
                rest.push(pod);
                continue;
            }
            self.floor.put(pod, site);
            mine.push(site);
            if for_good {
                self.opened.push(Opened { site, group });
                self.bounds.opened(group);
            }
        }
        (mine.len() as u32, rest)
    }

    fn open(&mut self, group: GroupId) {
        self.bounds.opened(group);
        let number = self.floor.site_count();
        let node = match &self.templates[group.at()] {
            Some(template) => template.node(number),
            None => Template::unknown().node(number), // it counts, though nobody knows what fits
        };
        self.opened.push(Opened { site: self.floor.add(node), group });
    }

    /// What holds the cheapest of these groups back.
    fn block_of(&self, groups: &[GroupId]) -> Option<PendingReason> {
        let price = |it: &GroupId| self.world.groups[it.at()].price_per_hour;
        let cheapest = groups.iter().min_by_key(|it| (price(it).is_none(), price(it), **it))?;
        self.bounds.block(self.world, *cheapest)
    }

    fn nearest(&mut self, pod: PodId) -> Option<(Name, Obstacle)> {
        let mut best: Option<((u8, i64), Name, Obstacle)> = None;
        for at in 0..self.world.groups.len() {
            let Some(node) = self.templates[at].as_ref().map(|it| it.node(0)) else { continue };
            let probe = self.floor.add(node);
            if let Err(obstacle) = self.floor.fits(pod, probe) {
                let far = obstacle.closeness();
                if best.as_ref().is_none_or(|it| far > it.0) {
                    best = Some((far, self.world.groups[at].name.clone(), obstacle));
                }
            }
            self.floor.remove_last();
        }
        best.map(|it| (it.1, it.2))
    }

    fn largest_first(&self, mut pods: Vec<PodId>, scale: Scale) -> Vec<PodId> {
        pods.sort_by_cached_key(|it| (std::cmp::Reverse(self.size(*it, scale)), *it));
        pods
    }

    /// What all groups' nodes have, one of each: what is large where no group is chosen yet.
    fn scale(&self) -> Scale {
        let rooms = self.templates.iter().flatten().map(|it| &it.room);
        let sum =
            |it: fn(&Amounts) -> i64| rooms.clone().map(|room| i128::from(it(room).max(0))).sum::<i128>();
        Scale { cpu: sum(|it| it.cpu).max(1), memory: sum(|it| it.memory).max(1) }
    }

    /// What a node of the group has: what is large on it.
    fn scale_of(&self, group: GroupId) -> Scale {
        let room = self.templates[group.at()].as_ref().map(|it| (it.room.cpu, it.room.memory));
        let (cpu, memory) = room.unwrap_or((1, 1));
        Scale { cpu: i128::from(cpu.max(1)), memory: i128::from(memory.max(1)) }
    }

    /// The larger of its CPU and memory share.
    fn size(&self, pod: PodId, Scale { cpu, memory }: Scale) -> i128 {
        let requests = &self.world.shape_of(self.world.pod(pod)).requests;
        (i128::from(requests.cpu) * memory).max(i128::from(requests.memory) * cpu)
    }
}

/// Empties the last node to come and forgets it.
fn close_last(floor: &mut Floor<'_>) {
    let last = SiteId(floor.site_count() as u32 - 1);
    for pod in floor.guests(last).to_vec() {
        floor.lift(pod);
    }
    floor.remove_last();
}

fn note(world: &World, pending: &mut BTreeMap<PodId, Pending>, pod: PodId, reason: PendingReason) {
    pending.insert(pod, Pending { pod: world.name_of(pod), placed: None, reason: Some(reason) });
}

/// Pending pods that have their room on a node that is there.
fn seated<'a>(facts: &'a Facts<'_>, floor: &'a Floor<'_>) -> impl Iterator<Item = (PodId, Name)> + 'a {
    facts.nodes().flat_map(move |node| {
        let guests = floor.guests(node.into()).iter().copied();
        let pending = guests.filter(|it| facts.world.pod(*it).place == Place::Unbound);
        pending.map(move |it| (it, facts.world.node(node).name.clone()))
    })
}

/// Nobody has looked at it yet, and it has not waited long.
fn too_young(world: &World, pod: PodId) -> bool {
    let pod = world.pod(pod);
    !pod.unschedulable && world.now.since(pod.created) < i64::from(world.settings.global.pending_grace_secs)
}
