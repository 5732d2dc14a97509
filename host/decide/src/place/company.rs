//! Whom a pod wants near, whom apart, and how evenly it wants to be spread: inter-pod affinity,
//! anti-affinity and topology spread, with the scheduler's semantics.
//!
//! Pods of one namespace and label set are one *kind*. Each thing that some term or constraint
//! counts is one *track*: how many pods of the kinds that it selects are in each domain of a
//! topology. A pod that comes or goes changes the few tracks of its kind, so a question about a
//! node is a handful of look-ups, however many pods there are.

use super::fixed::{Ground, untolerated};
use crate::roles::tolerates_leaving;
use crate::select::{Labels, NodeSelector, Operator, Requirement, Selector};
use crate::world::{
    LabelsId, Name, NamespaceId, NodeId, Place, Pod, PodId, PodTerm, ShapeId, Spread, Toleration, World,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

/// A node without the label has no domain.
const NOWHERE: u32 = u32::MAX;

#[derive(Debug)]
pub struct Company<'w> {
    world: &'w World,
    kinds: Vec<Kind>,
    kind_of: Vec<u32>,
    /// Pods of each kind, kind after kind.
    members: Vec<PodId>,
    member_starts: Vec<u32>,
    kinds_with: HashMap<(&'w str, &'w str), Vec<u32>>,
    topologies: Vec<Topology<'w>>,
    tracks: Vec<Track>,
    known_tracks: HashMap<TrackKey<'w>, u32>,
    /// Tracks that count pods of a kind.
    of_kind: Vec<Vec<u32>>,
    /// Anti-affinity terms that pods hold against others.
    grudges: Vec<Grudge<'w>>,
    known_grudges: HashMap<(&'w Selector, Vec<NamespaceId>, u32), u32>,
    grudges_naming: HashMap<(&'w str, &'w str), Vec<u32>>,
    grudges_unanchored: Vec<u32>,
    held_by: HashMap<(ShapeId, NamespaceId), Rc<[u32]>>,
    eligible: Vec<Eligible<'w>>,
    /// Sites that carry our taint on paper.
    leaving: BTreeSet<u32>,
    known_eligible: HashMap<EligibleKey<'w>, u32>,
    needs: HashMap<(ShapeId, u32), Rc<Needs>>,
}

#[derive(Debug, Clone, Copy)]
struct Kind {
    namespace: NamespaceId,
    labels: LabelsId,
}

/// The values of one node label, numbered.
#[derive(Debug)]
struct Topology<'w> {
    key: &'w str,
    of_site: Vec<u32>,
    numbers: HashMap<Name, u32>,
}

#[derive(Debug)]
struct Track {
    topology: u32,
    /// Without zeroes.
    counts: HashMap<u32, u32>,
    /// Of a spread constraint: which nodes contribute, and how many domains hold each count.
    eligible: Option<u32>,
    levels: BTreeMap<u32, u32>,
}

type TrackKey<'w> = (Vec<&'w Selector>, Vec<Vec<NamespaceId>>, Vec<Requirement>, u32, Option<u32>);

#[derive(Debug)]
struct Grudge<'w> {
    selector: &'w Selector,
    namespaces: Vec<NamespaceId>,
    /// Counts the pods that hold it.
    track: u32,
}

/// The nodes that contribute to a spread constraint.
#[derive(Debug)]
struct Eligible<'w> {
    key: EligibleKey<'w>,
    /// Those that contribute, but for the taint with which a node leaves.
    standing: Vec<bool>,
    /// Those that contribute now.
    sites: Vec<bool>,
    minds_leaving: bool,
    /// By topology: how many contributing nodes each domain has, and how many domains have any.
    presence: HashMap<u32, Presence>,
}

#[derive(Debug, Default)]
struct Presence {
    sites: Vec<u32>,
    domains: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct EligibleKey<'w> {
    /// The nodes must carry all of these.
    topologies: Vec<u32>,
    /// Node selector and affinity, where they are honoured.
    affinity: Option<(&'w [(Name, Name)], Option<&'w NodeSelector>)>,
    /// Tolerations, where taints are honoured.
    tolerations: Option<&'w [Toleration]>,
}

/// What a pod of one shape and kind asks of the company on a node.
#[derive(Debug, Default)]
pub struct Needs {
    /// No pod of these in the domain.
    apart: Vec<u32>,
    /// Nor one that holds this against the pod.
    against: Vec<u32>,
    /// Some pod of each of these in the domain ...
    near: Vec<u32>,
    /// ... unless there is none anywhere and the pod is one that it would want near.
    near_itself: bool,
    spread: Vec<Evenly>,
    /// A selector of its own cannot be read: it fits nowhere.
    unreadable: bool,
}

#[derive(Debug)]
struct Evenly {
    track: u32,
    skew_max: i64,
    domains_min: u32,
    itself: u32,
    counts_all: bool,
}

/// Why the company on a node does not suit a pod.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Unsuited {
    Unreadable,
    /// No pod that it wants near.
    Near {
        topology: Name,
    },
    /// A pod that it wants apart, or that wants it apart.
    Apart {
        topology: Name,
        theirs: bool,
    },
    /// The node lacks the label by which it wants to be spread.
    NoDomain {
        topology: Name,
    },
    Skew {
        topology: Name,
        would_be: i64,
        max: i64,
    },
}

impl<'w> Company<'w> {
    /// None where no pod of the world has any such wish.
    pub fn of(world: &'w World) -> Option<Company<'w>> {
        let social =
            |it: &crate::world::Shape| !(it.near.is_empty() && it.apart.is_empty() && it.spread.is_empty());
        if !world.shapes.iter().any(social) {
            return None;
        }
        let mut numbers: HashMap<(NamespaceId, LabelsId), u32> = HashMap::new();
        let mut kinds = Vec::new();
        let mut number = |pod: (NamespaceId, LabelsId)| {
            *numbers.entry(pod).or_insert_with(|| {
                kinds.push(Kind { namespace: pod.0, labels: pod.1 });
                kinds.len() as u32 - 1
            })
        };
        let kind_of: Vec<u32> = world.pods.iter().map(|it| number((it.namespace, it.labels))).collect();
        let mut member_starts = vec![0u32; kinds.len() + 1];
        for kind in &kind_of {
            member_starts[*kind as usize + 1] += 1;
        }
        for at in 1..member_starts.len() {
            member_starts[at] += member_starts[at - 1];
        }
        let mut next = member_starts.clone();
        let mut members = vec![PodId(0); kind_of.len()];
        for (pod, kind) in kind_of.iter().enumerate() {
            members[next[*kind as usize] as usize] = PodId::new(pod);
            next[*kind as usize] += 1;
        }
        let mut kinds_with: HashMap<(&str, &str), Vec<u32>> = HashMap::new();
        for (at, kind) in kinds.iter().enumerate() {
            for (key, value) in &world.label_sets[kind.labels.at()].0 {
                kinds_with.entry((key, value)).or_default().push(at as u32);
            }
        }
        Some(Company {
            world,
            of_kind: vec![Vec::new(); kinds.len()],
            kinds,
            kind_of,
            members,
            member_starts,
            kinds_with,
            topologies: Vec::new(),
            tracks: Vec::new(),
            known_tracks: HashMap::new(),
            grudges: Vec::new(),
            known_grudges: HashMap::new(),
            grudges_naming: HashMap::new(),
            grudges_unanchored: Vec::new(),
            held_by: HashMap::new(),
            eligible: Vec::new(),
            leaving: BTreeSet::new(),
            known_eligible: HashMap::new(),
            needs: HashMap::new(),
        })
    }

    /// What the pod asks, with every track that it takes to answer. `home` tells where pods are
    /// now (none: nowhere), `ground` what the nodes are.
    pub fn needs<'a>(
        &mut self,
        pod: PodId,
        home: &dyn Fn(PodId) -> Option<u32>,
        sites: usize,
        ground: &dyn Fn(usize) -> Ground<'a>,
    ) -> Rc<Needs> {
        let world = self.world;
        let shape = world.pod(pod).shape;
        let kind = self.kind_of[pod.at()];
        if let Some(known) = self.needs.get(&(shape, kind)) {
            return known.clone();
        }
        let wishes = &world.shapes[shape.at()];
        let namespace = world.pod(pod).namespace;
        let mut needs = Needs {
            unreadable: wishes.near.iter().chain(&wishes.apart).any(|it| unreadable(&it.selector))
                || wishes.near.iter().chain(&wishes.apart).any(|it| unreadable(&it.namespace_selector))
                || wishes.spread.iter().any(|it| unreadable(&it.selector)),
            ..Needs::default()
        };
        if !needs.unreadable {
            for term in &wishes.apart {
                let topology = self.topology(&term.topology_key, sites, ground);
                let namespaces = vec![self.namespaces(term, namespace)];
                needs
                    .apart
                    .push(self.track((vec![&term.selector], namespaces, Vec::new(), topology, None), home));
            }
            // A pod counts for affinity only where it matches all the terms at once.
            let selectors: Vec<&Selector> = wishes.near.iter().map(|it| &it.selector).collect();
            let namespaces: Vec<_> = wishes.near.iter().map(|it| self.namespaces(it, namespace)).collect();
            needs.near_itself = self.selects(&selectors, &namespaces, &[], kind);
            for term in &wishes.near {
                let topology = self.topology(&term.topology_key, sites, ground);
                let key = (selectors.clone(), namespaces.clone(), Vec::new(), topology, None);
                needs.near.push(self.track(key, home));
            }
            self.add_spread(&mut needs, shape, kind, home, sites, ground);
        }
        needs.against = self.grudges_against(kind);
        let needs = Rc::new(needs);
        self.needs.insert((shape, kind), needs.clone());
        needs
    }

    fn add_spread<'a>(
        &mut self,
        needs: &mut Needs,
        shape: ShapeId,
        kind: u32,
        home: &dyn Fn(PodId) -> Option<u32>,
        sites: usize,
        ground: &dyn Fn(usize) -> Ground<'a>,
    ) {
        let world = self.world;
        let wishes = &world.shapes[shape.at()];
        let keys: Vec<u32> =
            wishes.spread.iter().map(|it| self.topology(&it.topology_key, sites, ground)).collect();
        for (it, topology) in wishes.spread.iter().zip(&keys) {
            let mut all = keys.clone();
            all.sort_unstable();
            all.dedup();
            let key = EligibleKey {
                topologies: all,
                affinity: it.honor_affinity.then_some((&wishes.node_selector[..], wishes.affinity.as_ref())),
                tolerations: it.honor_taints.then_some(&wishes.tolerations[..]),
            };
            let eligible = self.eligible(key, shape, sites, ground);
            self.presence(eligible, *topology);
            let labels = &world.label_sets[self.kinds[kind as usize].labels.at()];
            let extra = own_values(it, labels);
            let namespaces = vec![vec![self.kinds[kind as usize].namespace]];
            let itself = self.selects(&[&it.selector], &namespaces, &extra, kind);
            // The scheduler counts nobody for a selector that names nothing, but does count the pod itself.
            let counts_all =
                matches!(&it.selector, Selector::All(terms) if terms.is_empty()) && extra.is_empty();
            let track = self.track((vec![&it.selector], namespaces, extra, *topology, Some(eligible)), home);
            needs.spread.push(Evenly {
                track,
                skew_max: i64::from(it.max_skew),
                domains_min: u32::try_from(it.min_domains.max(1)).unwrap_or(1),
                itself: u32::from(itself),
                counts_all,
            });
        }
    }

    /// Whether a pod with these needs suits the company on a site, in the order in which people
    /// look: first who must be near, then who must be apart, then evenness.
    pub fn suits(&self, needs: &Needs, site: u32) -> Result<(), Unsuited> {
        if needs.unreadable {
            return Err(Unsuited::Unreadable);
        }
        let topology =
            |track: u32| Name::from(self.topologies[self.tracks[track as usize].topology as usize].key);
        let lonely =
            needs.near_itself && needs.near.iter().all(|it| self.tracks[*it as usize].counts.is_empty());
        for track in &needs.near {
            let domain = self.domain(*track, site);
            if domain == NOWHERE || (!lonely && self.count(*track, domain) == 0) {
                return Err(Unsuited::Near { topology: topology(*track) });
            }
        }
        for (tracks, theirs) in [(&needs.apart, false), (&needs.against, true)] {
            for track in tracks {
                let domain = self.domain(*track, site);
                if domain != NOWHERE && self.count(*track, domain) > 0 {
                    return Err(Unsuited::Apart { topology: topology(*track), theirs });
                }
            }
        }
        for it in &needs.spread {
            let domain = self.domain(it.track, site);
            if domain == NOWHERE {
                return Err(Unsuited::NoDomain { topology: topology(it.track) });
            }
            let (have, least) =
                if it.counts_all { (0, 0) } else { (self.count(it.track, domain), self.least(it)) };
            let would_be = i64::from(have) + i64::from(it.itself) - i64::from(least);
            if would_be > it.skew_max {
                return Err(Unsuited::Skew { topology: topology(it.track), would_be, max: it.skew_max });
            }
        }
        Ok(())
    }

    /// A pod has come to a site, or gone from it. `settled`: it is not being deleted there.
    pub fn changed(&mut self, pod: PodId, site: u32, came: bool, settled: bool) {
        for at in 0..self.of_kind[self.kind_of[pod.at()] as usize].len() {
            let track = self.of_kind[self.kind_of[pod.at()] as usize][at];
            if settled || self.tracks[track as usize].eligible.is_none() {
                self.adjust(track, site, came);
            }
        }
        let it = self.world.pod(pod);
        if let Some(held) = self.held_by.get(&(it.shape, it.namespace)).cloned() {
            for grudge in held.iter() {
                self.adjust(self.grudges[*grudge as usize].track, site, came);
            }
        }
    }

    /// Learns what the pods on the floor hold against others. Once, before anything is asked.
    pub fn learn_grudges<'a>(
        &mut self,
        home: &dyn Fn(PodId) -> Option<u32>,
        sites: usize,
        ground: &dyn Fn(usize) -> Ground<'a>,
    ) {
        let world = self.world;
        for (at, pod) in world.pods.iter().enumerate() {
            if !world.shapes[pod.shape.at()].apart.is_empty() {
                let held = self.grudges_of(pod, sites, ground);
                if let Some(site) = home(PodId::new(at)) {
                    for grudge in held.iter() {
                        self.adjust(self.grudges[*grudge as usize].track, site, true);
                    }
                }
            }
        }
    }

    /// The site carries our taint from now on, or no longer: constraints that honour taints stop
    /// counting it, or count it again. `there` are the pods on it, and whether each is settled.
    pub fn set_leaving(&mut self, site: u32, leaving: bool, there: &[(PodId, bool)]) {
        if leaving {
            self.leaving.insert(site);
        } else {
            self.leaving.remove(&site);
        }
        for at in 0..self.eligible.len() {
            let it = &self.eligible[at];
            let contributes = it.standing[site as usize] && !(leaving && it.minds_leaving);
            if it.sites[site as usize] == contributes {
                continue;
            }
            if !contributes {
                self.count_there(at as u32, site, there, false);
            }
            let it = &mut self.eligible[at];
            it.sites[site as usize] = contributes;
            for (topology, presence) in &mut it.presence {
                presence.change(self.topologies[*topology as usize].of_site[site as usize], contributes);
            }
            if contributes {
                self.count_there(at as u32, site, there, true);
            }
        }
    }

    fn count_there(&mut self, eligible: u32, site: u32, there: &[(PodId, bool)], came: bool) {
        for (pod, settled) in there {
            let kind = self.kind_of[pod.at()] as usize;
            for at in 0..self.of_kind[kind].len() {
                let track = self.of_kind[kind][at];
                if *settled && self.tracks[track as usize].eligible == Some(eligible) {
                    self.adjust(track, site, came);
                }
            }
        }
    }

    /// One more node, the last.
    pub fn add_site(&mut self, ground: Ground<'_>) {
        for it in &mut self.topologies {
            it.push(ground);
        }
        for it in &mut self.eligible {
            it.push(&self.topologies, ground);
        }
    }

    /// Forgets the sites from `sites` on; nobody may be on them any more.
    pub fn truncate(&mut self, sites: usize) {
        for it in &mut self.eligible {
            for site in sites..it.sites.len() {
                if it.sites[site] {
                    for (topology, presence) in &mut it.presence {
                        presence.change(self.topologies[*topology as usize].of_site[site], false);
                    }
                }
            }
            it.sites.truncate(sites);
            it.standing.truncate(sites);
        }
        self.topologies.iter_mut().for_each(|it| it.of_site.truncate(sites));
    }

    fn domain(&self, track: u32, site: u32) -> u32 {
        self.topologies[self.tracks[track as usize].topology as usize].of_site[site as usize]
    }

    fn count(&self, track: u32, domain: u32) -> u32 {
        self.tracks[track as usize].counts.get(&domain).copied().unwrap_or(0)
    }

    /// The fewest pods that any domain of a spread constraint has.
    fn least(&self, it: &Evenly) -> u32 {
        let track = &self.tracks[it.track as usize];
        let domains = track
            .eligible
            .map_or(0, |eligible| self.eligible[eligible as usize].presence[&track.topology].domains);
        let taken = track.counts.len() as u64;
        if domains < it.domains_min || taken < u64::from(domains) {
            return 0;
        }
        track.levels.keys().next().copied().unwrap_or(0)
    }

    fn adjust(&mut self, track: u32, site: u32, came: bool) {
        let it = &mut self.tracks[track as usize];
        let domain = self.topologies[it.topology as usize].of_site[site as usize];
        if domain == NOWHERE || it.eligible.is_some_and(|at| !self.eligible[at as usize].sites[site as usize])
        {
            return;
        }
        let count = it.counts.entry(domain).or_insert(0);
        let before = *count;
        *count = if came { before + 1 } else { before.checked_sub(1).expect("what went had come") };
        let after = *count;
        if after == 0 {
            it.counts.remove(&domain);
        }
        if it.eligible.is_some() {
            if before > 0 {
                let level = it.levels.get_mut(&before).expect("every count has its level");
                *level -= 1;
                if *level == 0 {
                    it.levels.remove(&before);
                }
            }
            if after > 0 {
                *it.levels.entry(after).or_insert(0) += 1;
            }
        }
    }

    fn topology<'a>(&mut self, key: &'w Name, sites: usize, ground: &dyn Fn(usize) -> Ground<'a>) -> u32 {
        if let Some(known) = self.topologies.iter().position(|it| it.key == &**key) {
            return known as u32;
        }
        let mut topology = Topology { key, of_site: Vec::with_capacity(sites), numbers: HashMap::new() };
        (0..sites).for_each(|it| topology.push(ground(it)));
        self.topologies.push(topology);
        self.topologies.len() as u32 - 1
    }

    fn eligible<'a>(
        &mut self,
        key: EligibleKey<'w>,
        shape: ShapeId,
        sites: usize,
        ground: &dyn Fn(usize) -> Ground<'a>,
    ) -> u32 {
        if let Some(known) = self.known_eligible.get(&key) {
            return *known;
        }
        let mut eligible = Eligible {
            minds_leaving: key.tolerations.is_some() && !tolerates_leaving(&self.world.shapes[shape.at()]),
            key: key.clone(),
            standing: Vec::with_capacity(sites),
            sites: Vec::with_capacity(sites),
            presence: HashMap::new(),
        };
        (0..sites).for_each(|it| eligible.push(&self.topologies, ground(it)));
        for site in self.leaving.iter().filter(|_| eligible.minds_leaving) {
            eligible.sites[*site as usize] = false;
        }
        let number = self.eligible.len() as u32;
        self.eligible.push(eligible);
        self.known_eligible.insert(key, number);
        number
    }

    fn presence(&mut self, eligible: u32, topology: u32) {
        let it = &mut self.eligible[eligible as usize];
        if it.presence.contains_key(&topology) {
            return;
        }
        let mut presence = Presence::default();
        for (site, contributes) in it.sites.iter().enumerate() {
            if *contributes {
                presence.change(self.topologies[topology as usize].of_site[site], true);
            }
        }
        it.presence.insert(topology, presence);
    }

    /// The track for a key, with everybody counted who is on the floor now.
    fn track(&mut self, key: TrackKey<'w>, home: &dyn Fn(PodId) -> Option<u32>) -> u32 {
        if let Some(known) = self.known_tracks.get(&key) {
            return *known;
        }
        let number = self.new_track(key.3, key.4);
        for kind in self.kinds_selected(&key.0, &key.1, &key.2) {
            self.of_kind[kind as usize].push(number);
            let (from, to) = (self.member_starts[kind as usize], self.member_starts[kind as usize + 1]);
            for at in from..to {
                let pod = self.members[at as usize];
                let counts = |site: &u32| key.4.is_none() || is_settled(self.world, pod, *site);
                if let Some(site) = home(pod).filter(counts) {
                    self.adjust(number, site, true);
                }
            }
        }
        self.known_tracks.insert(key, number);
        number
    }

    fn new_track(&mut self, topology: u32, eligible: Option<u32>) -> u32 {
        self.tracks.push(Track { topology, counts: HashMap::new(), eligible, levels: BTreeMap::new() });
        self.tracks.len() as u32 - 1
    }

    fn kinds_selected(
        &self,
        selectors: &[&Selector],
        namespaces: &[Vec<NamespaceId>],
        extra: &[Requirement],
    ) -> Vec<u32> {
        let anchors = selectors.iter().filter_map(|it| anchor(it)).next();
        let selected = |kind: &u32| self.selects(selectors, namespaces, extra, *kind);
        match anchors {
            Some(it) => {
                let mut found: Vec<u32> = it
                    .values
                    .iter()
                    .filter_map(|value| self.kinds_with.get(&(&*it.key, &**value)))
                    .flatten()
                    .copied()
                    .filter(selected)
                    .collect();
                found.sort_unstable();
                found.dedup();
                found
            }
            None => (0..self.kinds.len() as u32).filter(selected).collect(),
        }
    }

    /// Whether a pod of the kind is meant by all of these.
    fn selects(
        &self,
        selectors: &[&Selector],
        namespaces: &[Vec<NamespaceId>],
        extra: &[Requirement],
        kind: u32,
    ) -> bool {
        let Kind { namespace, labels } = self.kinds[kind as usize];
        let labels = &self.world.label_sets[labels.at()];
        namespaces.iter().all(|it| it.binary_search(&namespace).is_ok())
            && selectors.iter().all(|it| it.matches(labels))
            && extra.iter().all(|it| it.holds(labels))
    }

    /// The namespaces that a term speaks of: those listed and those selected; its own where it says nothing.
    fn namespaces(&self, term: &PodTerm, own: NamespaceId) -> Vec<NamespaceId> {
        if term.namespaces.is_empty() && term.namespace_selector == Selector::Nothing {
            return vec![own];
        }
        let empty = Labels::default();
        let chosen = |it: &crate::world::Namespace| {
            term.namespaces.contains(&it.name)
                || term.namespace_selector.matches(it.labels.as_ref().unwrap_or(&empty))
        };
        let all = self.world.namespaces.iter().enumerate();
        all.filter(|(_, it)| chosen(it)).map(|(at, _)| NamespaceId::new(at)).collect()
    }

    /// What a pod holds against others.
    fn grudges_of<'a>(&mut self, pod: &Pod, sites: usize, ground: &dyn Fn(usize) -> Ground<'a>) -> Rc<[u32]> {
        if let Some(known) = self.held_by.get(&(pod.shape, pod.namespace)) {
            return known.clone();
        }
        let world = self.world;
        let terms = &world.shapes[pod.shape.at()].apart;
        let readable = !terms.iter().any(|it| unreadable(&it.selector) || unreadable(&it.namespace_selector));
        let mut held = Vec::new();
        for term in terms.iter().filter(|_| readable) {
            let topology = self.topology(&term.topology_key, sites, ground);
            let namespaces = self.namespaces(term, pod.namespace);
            let key = (&term.selector, namespaces.clone(), topology);
            let grudge = match self.known_grudges.get(&key) {
                Some(known) => *known,
                None => self.new_grudge(&term.selector, namespaces, topology),
            };
            self.known_grudges.insert(key, grudge);
            held.push(grudge);
        }
        let held: Rc<[u32]> = held.into();
        self.held_by.insert((pod.shape, pod.namespace), held.clone());
        held
    }

    fn new_grudge(&mut self, selector: &'w Selector, namespaces: Vec<NamespaceId>, topology: u32) -> u32 {
        let number = self.grudges.len() as u32;
        match anchor(selector) {
            Some(it) => {
                for value in &it.values {
                    self.grudges_naming.entry((&it.key, value)).or_default().push(number);
                }
            }
            None => self.grudges_unanchored.push(number),
        }
        let track = self.new_track(topology, None);
        self.grudges.push(Grudge { selector, namespaces, track });
        number
    }

    /// Tracks of those who hold something against pods of the kind.
    fn grudges_against(&self, kind: u32) -> Vec<u32> {
        let labels = &self.world.label_sets[self.kinds[kind as usize].labels.at()];
        let named = labels.0.iter().filter_map(|(key, value)| self.grudges_naming.get(&(&**key, &**value)));
        let mut against: Vec<u32> = named
            .flatten()
            .chain(&self.grudges_unanchored)
            .map(|it| &self.grudges[*it as usize])
            .filter(|it| self.selects(&[it.selector], std::slice::from_ref(&it.namespaces), &[], kind))
            .map(|it| it.track)
            .collect();
        against.sort_unstable();
        against.dedup();
        against
    }
}

impl Topology<'_> {
    fn push(&mut self, ground: Ground<'_>) {
        let next = self.numbers.len() as u32;
        let domain = match ground.labels.get(self.key) {
            Some(value) => *self.numbers.entry(value.clone()).or_insert(next),
            None => NOWHERE,
        };
        self.of_site.push(domain);
    }
}

impl Eligible<'_> {
    fn push(&mut self, topologies: &[Topology<'_>], ground: Ground<'_>) {
        let site = self.sites.len();
        let domain = |it: u32| topologies[it as usize].of_site[site];
        let wanted = self.key.affinity.as_ref().is_none_or(|(selector, affinity)| {
            selector.iter().all(|(key, value)| ground.labels.get(key) == Some(value))
                && affinity.is_none_or(|it| it.matches(ground.name, ground.labels))
        });
        let contributes = wanted
            && self.key.topologies.iter().all(|it| domain(*it) != NOWHERE)
            && self.key.tolerations.is_none_or(|it| untolerated(it, ground.taints).is_none());
        self.standing.push(contributes);
        self.sites.push(contributes);
        if contributes {
            for (topology, presence) in &mut self.presence {
                presence.change(domain(*topology), true);
            }
        }
    }
}

impl Presence {
    fn change(&mut self, domain: u32, came: bool) {
        if domain == NOWHERE {
            return;
        }
        if self.sites.len() <= domain as usize {
            self.sites.resize(domain as usize + 1, 0);
        }
        let sites = &mut self.sites[domain as usize];
        if came {
            *sites += 1;
            self.domains += u32::from(*sites == 1);
        } else {
            *sites -= 1;
            self.domains -= u32::from(*sites == 0);
        }
    }
}

/// Whether the pod is not on its way out of the site: one that is being deleted and has a place
/// elsewhere on paper stands there for the new pod that comes after it.
pub(super) fn is_settled(world: &World, pod: PodId, site: u32) -> bool {
    let pod = world.pod(pod);
    pod.deleting.is_none() || pod.place != Place::On(NodeId(site))
}

fn unreadable(selector: &Selector) -> bool {
    matches!(selector, Selector::Unreadable(_))
}

/// A requirement that names values: only pods that carry one of them can be meant.
fn anchor(selector: &Selector) -> Option<&Requirement> {
    match selector {
        Selector::All(requirements) => requirements.iter().find(|it| it.operator == Operator::In),
        Selector::Nothing | Selector::Unreadable(_) => None,
    }
}

/// What `matchLabelKeys` adds to the selector of a constraint, from the pod's own labels.
fn own_values(it: &Spread, labels: &Labels) -> Vec<Requirement> {
    let mut extra: Vec<Requirement> = it
        .match_label_keys
        .iter()
        .filter_map(|key| {
            let value = labels.get(key)?.clone();
            Some(Requirement { key: key.clone(), operator: Operator::In, values: vec![value] })
        })
        .collect();
    extra.sort_by(|a, b| a.key.cmp(&b.key));
    extra
}
