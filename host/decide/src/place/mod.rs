//! Would these pods fit elsewhere? The floor is the world on paper: who is where now, counting
//! what this plan has already moved. A pod comes and goes by `put` and `lift`, which undo each
//! other exactly, so a trial leaves no trace.
//!
//! Sites are the nodes of the world, in their order, and after them nodes that are still to come.

pub mod company;
pub mod fixed;
mod pack;
mod ports;
mod shelf;
pub mod volumes;

pub use pack::{Closeness, Packed, Stuck};

use crate::facts::Facts;
use crate::resources::Amounts;
use crate::roles::Role;
use crate::select::Labels;
use crate::world::{Effect, HostPort, Name, NodeId, Place, PodId, Shape, Taint, World};
use company::{Company, Unsuited};
use fixed::{Fixed, FixedTable, Ground};
use serde::{Deserialize, Serialize};
use shelf::{Free, Key, Shelf};
use std::borrow::Cow;
use volumes::{OutOfReach, Reach, Reaches};

/// A pod that is nowhere.
const NOWHERE: u32 = u32::MAX;

/// A position among the sites.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SiteId(pub u32);

impl SiteId {
    #[must_use]
    pub fn at(self) -> usize {
        self.0 as usize
    }
}

impl From<NodeId> for SiteId {
    fn from(node: NodeId) -> SiteId {
        SiteId(node.0)
    }
}

/// Why a pod cannot be on a node: the first thing that stands against it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Obstacle {
    /// It asks for devices by claim, which we do not plan for.
    Devices,
    Taint {
        key: Name,
        value: Name,
    },
    NodeAffinity,
    Volume(OutOfReach),
    Port {
        port: i32,
        protocol: Name,
    },
    Company(Unsuited),
    /// Too little is left of a resource; amounts in its own unit.
    Room {
        resource: Name,
        needs: i64,
        free: i64,
    },
    /// As many pods as the node takes are there.
    Slots {
        most: i64,
    },
}

#[derive(Debug)]
pub struct Floor<'w> {
    facts: &'w Facts<'w>,
    world: &'w World,
    sites: Vec<Site<'w>>,
    grounds: Grounds<'w>,
    home: Vec<u32>,
    fixed: FixedTable<'w>,
    company: Option<Company<'w>>,
    reaches: Reaches<'w>,
    /// Made when first somebody looks for a place.
    shelf: Option<Shelf>,
    totals: Totals,
    /// (pod, node) checks made so far: the measure of the time box.
    checks: u64,
}

#[derive(Debug)]
struct Site<'w> {
    allocatable: Cow<'w, Amounts>,
    used: Amounts,
    /// By what the node is; one that leaves on paper takes none all the same.
    can_take: bool,
    leaving: bool,
    /// Part of the sums that `Totals` holds while it takes pods.
    counts: bool,
    /// Its turn in the order of removal, while it is a candidate that is not judged yet.
    turn: Option<u32>,
    /// Pods that are here on paper only.
    guests: Vec<PodId>,
}

/// What the sites are, apart from who is on them.
#[derive(Debug)]
struct Grounds<'w> {
    world: &'w World,
    extra: Vec<NewNode>,
}

/// A node that is still to come.
#[derive(Debug, Clone)]
pub struct NewNode {
    pub name: Name,
    pub labels: Labels,
    pub taints: Vec<Taint>,
    /// What is left for pods.
    pub room: Amounts,
}

impl Grounds<'_> {
    fn at(&self, site: usize) -> Ground<'_> {
        match self.world.nodes.get(site) {
            Some(it) => Ground { name: &it.name, labels: &it.labels, taints: &it.taints },
            None => {
                let it = &self.extra[site - self.world.nodes.len()];
                Ground { name: &it.name, labels: &it.labels, taints: &it.taints }
            }
        }
    }
}

/// Sums over the nodes that can be destinations, control-plane nodes with a taint left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    pub nodes: u32,
    pub cpu: Sum,
    pub memory: Sum,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sum {
    pub allocatable: i128,
    pub requested: i128,
    /// What is left on each, in sum; a node that has too much on it has nothing left.
    pub free: i128,
}

impl Sum {
    fn change(&mut self, allocatable: i64, requested: i64, sign: i128) {
        self.allocatable += sign * i128::from(allocatable);
        self.requested += sign * i128::from(requested);
        self.free += sign * i128::from(allocatable.saturating_sub(requested).max(0));
    }
}

impl Totals {
    fn change(&mut self, site: &Site<'_>, came: bool) {
        if !(site.counts && site.takes_pods()) {
            return;
        }
        let sign = if came { 1 } else { -1 };
        self.nodes = if came { self.nodes + 1 } else { self.nodes - 1 };
        self.cpu.change(site.allocatable.cpu, site.used.cpu, sign);
        self.memory.change(site.allocatable.memory, site.used.memory, sign);
    }
}

impl<'w> Floor<'w> {
    /// The world as it is: running pods on their nodes, nobody moved yet.
    #[must_use]
    pub fn of(facts: &'w Facts<'w>) -> Floor<'w> {
        let world = facts.world;
        let mut home = vec![NOWHERE; world.pods.len()];
        let mut sites: Vec<Site<'w>> = Vec::with_capacity(world.nodes.len() + 64);
        for id in facts.nodes() {
            let node = world.node(id);
            let standing = facts.standing(id);
            let tainted = |it: &Taint| it.effect == Effect::NoSchedule;
            let mut site = Site {
                allocatable: Cow::Borrowed(&node.allocatable),
                used: Amounts::default(),
                can_take: standing.takes_pods(),
                leaving: false,
                counts: !(standing.control_plane && node.taints.iter().any(tainted)),
                turn: None,
                guests: Vec::new(),
            };
            for pod in facts.with_role(id, Role::USES) {
                home[pod.at()] = id.0;
                site.come(world, pod);
            }
            sites.push(site);
        }
        let mut totals = Totals::default();
        sites.iter().for_each(|it| totals.change(it, true));
        let mut floor = Floor {
            facts,
            world,
            sites,
            grounds: Grounds { world, extra: Vec::new() },
            home,
            fixed: FixedTable::new(world),
            company: Company::of(world),
            reaches: Reaches::new(world),
            shelf: None,
            totals,
            checks: 0,
        };
        let Floor { company, home, grounds, sites, .. } = &mut floor;
        if let Some(company) = company {
            company.learn_grudges(&|pod| home_of(home, pod), sites.len(), &|at| grounds.at(at));
        }
        floor
    }

    /// Where the pod is on paper.
    #[must_use]
    pub fn home(&self, pod: PodId) -> Option<SiteId> {
        home_of(&self.home, pod).map(SiteId)
    }

    /// Pods that are on the site on paper only, in the order in which they came.
    #[must_use]
    pub fn guests(&self, site: SiteId) -> &[PodId] {
        &self.sites[site.at()].guests
    }

    /// Requests of everybody on the site.
    #[must_use]
    pub fn used(&self, site: SiteId) -> &Amounts {
        &self.sites[site.at()].used
    }

    #[must_use]
    pub fn totals(&self) -> &Totals {
        &self.totals
    }

    /// Whether the site's figures are part of the totals.
    #[must_use]
    pub fn is_counted(&self, site: SiteId) -> bool {
        let it = &self.sites[site.at()];
        it.counts && it.takes_pods()
    }

    #[must_use]
    pub fn checks(&self) -> u64 {
        self.checks
    }

    #[must_use]
    pub fn site_count(&self) -> usize {
        self.sites.len()
    }

    #[must_use]
    pub fn site_name(&self, site: SiteId) -> Name {
        self.grounds.at(site.at()).name.clone()
    }

    pub fn put(&mut self, pod: PodId, site: SiteId) {
        assert_eq!(self.home[pod.at()], NOWHERE, "a pod is in one place");
        self.home[pod.at()] = site.0;
        let guest = !self.is_resident(pod, site);
        let it = &mut self.sites[site.at()];
        if guest {
            it.guests.push(pod);
        }
        self.totals.change(it, false);
        it.come(self.world, pod);
        self.totals.change(it, true);
        self.shelve(site);
        let settled = company::is_settled(self.world, pod, site.0);
        if let Some(company) = &mut self.company {
            company.changed(pod, site.0, true, settled);
        }
    }

    /// Takes the pod from wherever it is, which is told.
    pub fn lift(&mut self, pod: PodId) -> SiteId {
        let site = self.home(pod).expect("a pod that is lifted was somewhere");
        self.home[pod.at()] = NOWHERE;
        let guest = !self.is_resident(pod, site);
        let it = &mut self.sites[site.at()];
        if guest {
            let at = it.guests.iter().rposition(|it| *it == pod).expect("a guest is listed");
            it.guests.remove(at);
        }
        self.totals.change(it, false);
        it.go(self.world, pod);
        self.totals.change(it, true);
        self.shelve(site);
        let settled = company::is_settled(self.world, pod, site.0);
        if let Some(company) = &mut self.company {
            company.changed(pod, site.0, false, settled);
        }
        site
    }

    /// From now on the site takes no pods and counts as one with our taint; or it does again.
    pub fn set_leaving(&mut self, site: SiteId, leaving: bool) {
        let it = &mut self.sites[site.at()];
        assert_ne!(it.leaving, leaving, "a site leaves once");
        self.totals.change(it, false);
        it.leaving = leaving;
        self.totals.change(it, true);
        if let Some(shelf) = &mut self.shelf {
            if leaving {
                shelf.remove(site.0);
            } else if it.takes_pods() {
                shelf.insert(it.key(site.0), it.free());
            }
        }
        if self.company.is_some() {
            let there: Vec<(PodId, bool)> =
                self.everybody(site).map(|it| (it, company::is_settled(self.world, it, site.0))).collect();
            if let Some(company) = &mut self.company {
                company.set_leaving(site.0, leaving, &there);
            }
        }
    }

    /// Gives the candidates their turns: from now on they are tried after all that stay, those
    /// whose turn comes last first.
    pub fn set_turns(&mut self, in_order: impl Iterator<Item = SiteId>) {
        for (turn, site) in in_order.enumerate() {
            self.sites[site.at()].turn = Some(turn as u32);
            self.shelve(site);
        }
    }

    /// The candidate is judged: it is among those that stay, unless it has been made to leave.
    pub fn end_turn(&mut self, site: SiteId) {
        self.sites[site.at()].turn = None;
        self.shelve(site);
    }

    /// The first site in order that takes the pod.
    pub fn find(&mut self, pod: PodId) -> Option<SiteId> {
        let shape = self.world.shape_of(self.world.pod(pod));
        if shape.claims_devices {
            return None;
        }
        let question = self.fixed.question(self.world.pod(pod).shape);
        let count = self.sites.len();
        self.fixed.prepare(question, count, |at| self.grounds.at(at));
        let needs = self.needs(pod);
        let reach = if has_claims(shape) { Some(self.reaches.of(pod)) } else { None };
        self.stock();
        let mut checks = 0;
        let shelf = self.shelf.as_ref().expect("stocked");
        let found = shelf.first(shape.requests.cpu, shape.requests.memory, |at| {
            checks += 1;
            let site = &self.sites[at as usize];
            self.fixed.answer(question, at as usize) == Fixed::Fits
                && site.other_short(&shape.requests).is_none()
                && self.taken_port(shape, SiteId(at)).is_none()
                && reach.as_ref().is_none_or(|it| self.reached(it, SiteId(at)).is_ok())
                && match (&self.company, &needs) {
                    (Some(company), Some(needs)) => company.suits(needs, at).is_ok(),
                    _ => true,
                }
        });
        self.checks += checks;
        found.map(SiteId)
    }

    /// Whether the pod could be on the site, whatever the site itself says about taking pods; if
    /// not, what stands against it. What nobody can change comes first, room last.
    pub fn fits(&mut self, pod: PodId, site: SiteId) -> Result<(), Obstacle> {
        let world = self.world;
        let shape = world.shape_of(world.pod(pod));
        self.checks += 1;
        if shape.claims_devices {
            return Err(Obstacle::Devices);
        }
        let ground = self.grounds.at(site.at());
        match fixed::judge(shape, ground) {
            Fixed::Fits => {}
            Fixed::Taint(at) => {
                let taint = &ground.taints[usize::from(at)];
                return Err(Obstacle::Taint { key: taint.key.clone(), value: taint.value.clone() });
            }
            Fixed::NodeAffinity => return Err(Obstacle::NodeAffinity),
        }
        if has_claims(shape) {
            self.reached(&self.reaches.of(pod), site).map_err(Obstacle::Volume)?;
        }
        if let Some(taken) = self.taken_port(shape, site) {
            return Err(Obstacle::Port { port: taken.port, protocol: taken.protocol.clone() });
        }
        let needs = self.needs(pod);
        if let (Some(company), Some(needs)) = (&self.company, &needs) {
            company.suits(needs, site.0).map_err(Obstacle::Company)?;
        }
        self.sites[site.at()].short(world, &shape.requests).map_or(Ok(()), Err)
    }

    /// The same, told quickly and without the reason.
    pub fn admits(&mut self, pod: PodId, site: SiteId) -> bool {
        let requests = &self.world.shape_of(self.world.pod(pod)).requests;
        self.sites[site.at()].free().holds(requests.cpu, requests.memory) && self.fits(pod, site).is_ok()
    }

    /// The site on which the pod comes furthest, and what stops it there; of equals the first in
    /// the order in which they are tried. None where no site takes pods.
    pub fn nearest(&mut self, pod: PodId) -> Option<(SiteId, Obstacle)> {
        let requests = &self.world.shape_of(self.world.pod(pod)).requests;
        self.stock();
        let shelf = self.shelf.take().expect("stocked");
        let mut best: Option<(Closeness, SiteId, Obstacle)> = None;
        for block in shelf.blocks() {
            // Where even the most that any of them has left is too little, none comes closer than that.
            let bound = Obstacle::short_of(requests, block.most()).map(|it| it.closeness());
            if let (Some(bound), Some(best)) = (bound, &best)
                && bound <= best.0
            {
                continue;
            }
            for site in block.sites().map(SiteId) {
                if let Err(obstacle) = self.fits(pod, site)
                    && best.as_ref().is_none_or(|it| obstacle.closeness() > it.0)
                {
                    best = Some((obstacle.closeness(), site, obstacle));
                }
            }
        }
        self.shelf = Some(shelf);
        best.map(|(_, site, obstacle)| (site, obstacle))
    }

    /// Adds a node that is still to come, the last in order of all.
    pub fn add(&mut self, node: NewNode) -> SiteId {
        let site = SiteId(self.sites.len() as u32);
        self.sites.push(Site {
            allocatable: Cow::Owned(node.room.clone()),
            used: Amounts::default(),
            can_take: false,
            leaving: false,
            counts: false,
            turn: None,
            guests: Vec::new(),
        });
        self.grounds.extra.push(node);
        if let Some(company) = &mut self.company {
            company.add_site(self.grounds.at(site.at()));
        }
        site
    }

    /// Forgets the last node to come; nobody may be on it any more.
    pub fn remove_last(&mut self) {
        let last = self.sites.pop().expect("there is one to remove");
        assert!(
            last.guests.is_empty() && self.sites.len() >= self.world.nodes.len(),
            "only empty nodes to come go"
        );
        self.grounds.extra.pop();
        self.fixed.truncate(self.sites.len());
        if let Some(company) = &mut self.company {
            company.truncate(self.sites.len());
        }
    }

    fn needs(&mut self, pod: PodId) -> Option<std::rc::Rc<company::Needs>> {
        let Floor { company, home, grounds, sites, .. } = self;
        let company = company.as_mut()?;
        Some(company.needs(pod, &|it| home_of(home, it), sites.len(), &|at| grounds.at(at)))
    }

    /// It runs there, and was not put there by us.
    fn is_resident(&self, pod: PodId, site: SiteId) -> bool {
        self.world.pod(pod).place == Place::On(NodeId(site.0))
    }

    fn everybody(&self, site: SiteId) -> impl Iterator<Item = PodId> + '_ {
        let real = site.at() < self.world.nodes.len();
        let residents = if real { self.facts.residents(NodeId(site.0)) } else { &[] };
        let residents = residents.iter().copied();
        let there = residents.filter(move |it| self.home[it.at()] == site.0);
        there.chain(self.guests(site).iter().copied())
    }

    fn stock(&mut self) {
        if self.shelf.is_none() {
            let entries = self.sites.iter().enumerate().filter(|(_, it)| it.takes_pods());
            let entries = entries.map(|(at, it)| (it.key(at as u32), it.free())).collect();
            self.shelf = Some(Shelf::of(entries, self.sites.len()));
        }
    }

    /// A port of the host that the shape wants and somebody on the site has.
    fn taken_port(&self, shape: &'w Shape, site: SiteId) -> Option<&'w HostPort> {
        if shape.ports.is_empty() {
            return None;
        }
        let taken = self.everybody(site).flat_map(|it| &self.world.shape_of(self.world.pod(it)).ports);
        ports::conflict(&shape.ports, taken)
    }

    /// Whether the volumes can be reached from the site, and attached beside those that are.
    fn reached(&self, reach: &Reach<'w>, site: SiteId) -> Result<(), OutOfReach> {
        let ground = self.grounds.at(site.at());
        reach.reaches(ground)?;
        if !reach.attaches() {
            return Ok(());
        }
        let others = self.everybody(site).filter(|it| has_claims(self.world.shape_of(self.world.pod(*it))));
        let others: Vec<_> = others.map(|it| self.reaches.of(it)).collect();
        reach.attachable(self.world, ground.name, others.iter().map(|it| &**it))
    }

    fn shelve(&mut self, site: SiteId) {
        let it = &self.sites[site.at()];
        if let Some(shelf) = self.shelf.as_mut().filter(|_| it.takes_pods()) {
            shelf.update(it.key(site.0), it.free());
        }
    }
}

fn home_of(home: &[u32], pod: PodId) -> Option<u32> {
    Some(home[pod.at()]).filter(|it| *it != NOWHERE)
}

fn has_claims(shape: &Shape) -> bool {
    use crate::world::PodVolumeKind;
    shape.volumes.iter().any(|it| matches!(it.kind, PodVolumeKind::Claim(_) | PodVolumeKind::EphemeralClaim))
}

impl Site<'_> {
    fn takes_pods(&self) -> bool {
        self.can_take && !self.leaving
    }

    fn come(&mut self, world: &World, pod: PodId) {
        let shape = world.shape_of(world.pod(pod));
        self.used.add(&shape.requests);
        self.used.pods += 1;
    }

    fn go(&mut self, world: &World, pod: PodId) {
        let shape = world.shape_of(world.pod(pod));
        self.used.take(&shape.requests);
        self.used.pods -= 1;
    }

    fn free(&self) -> Free {
        Free {
            cpu: self.allocatable.cpu.saturating_sub(self.used.cpu),
            memory: self.allocatable.memory.saturating_sub(self.used.memory),
            pods: self.allocatable.pods.saturating_sub(self.used.pods),
        }
    }

    fn key(&self, site: u32) -> Key {
        match self.turn {
            Some(turn) => Key { tier: 1, order: u64::from(u32::MAX - turn), site },
            None => Key { tier: 0, order: u64::MAX - self.fullness(), site },
        }
    }

    /// The share of its CPU that is requested, fine enough to tell any two real shares apart.
    fn fullness(&self) -> u64 {
        let (used, whole) = (self.used.cpu.max(0) as u128, self.allocatable.cpu.max(0) as u128);
        (used << 56).checked_div(whole).map_or(0, |it| u64::try_from(it).unwrap_or(u64::MAX))
    }

    /// The first of the lesser resources of which too little is left.
    fn other_short(&self, requests: &Amounts) -> Option<(Option<crate::world::ResourceId>, i64, i64)> {
        let free = self.allocatable.ephemeral.saturating_sub(self.used.ephemeral);
        if requests.ephemeral > 0 && requests.ephemeral > free {
            return Some((None, requests.ephemeral, free));
        }
        requests.other.iter().find_map(|(resource, needs)| {
            let free = self.allocatable.of(*resource).saturating_sub(self.used.of(*resource));
            (*needs > 0 && *needs > free).then_some((Some(*resource), *needs, free))
        })
    }

    fn short(&self, world: &World, requests: &Amounts) -> Option<Obstacle> {
        let free = self.free();
        let other = || {
            self.other_short(requests).map(|(resource, needs, free)| {
                let ephemeral = || Name::from("ephemeral-storage");
                let resource = resource.map_or_else(ephemeral, |it| world.resources[it.at()].clone());
                Obstacle::Room { resource, needs, free }
            })
        };
        let slots = || (free.pods < 1).then_some(Obstacle::Slots { most: self.allocatable.pods });
        Obstacle::short_of(requests, free).or_else(other).or_else(slots)
    }
}
