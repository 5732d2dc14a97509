//! All pods of one node at once: lifted together, then placed one by one.

use super::shelf::Free;
use super::{Floor, Obstacle, SiteId};
use crate::resources::Amounts;
use crate::world::{Name, PodId};
use serde::{Deserialize, Serialize};

/// Where the pods have been put, in the order in which they were.
pub type Packed = Vec<(PodId, SiteId)>;

/// The first pod that finds no place, and what stands against it on the most promising node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stuck {
    pub pod: PodId,
    /// It fits nowhere even alone; else only together with the others.
    pub alone: bool,
    /// None: there is no node at all that could take pods.
    pub nearest: Option<(Name, Obstacle)>,
}

impl Floor<'_> {
    /// Finds a place for all of the pods, which are nowhere now, or puts none of them anywhere.
    ///
    /// The largest first, by the larger of their CPU and memory share of the node `from` which
    /// they come. A pod that finds no place because of its company is tried again when others
    /// have found theirs: the pods that it wants near it may be among them.
    pub fn pack(&mut self, from: SiteId, pods: &[PodId]) -> Result<Packed, Stuck> {
        let mut waiting = pods.to_vec();
        let whole = &self.sites[from.at()].allocatable;
        let (cpu, memory) = (i128::from(whole.cpu.max(1)), i128::from(whole.memory.max(1)));
        let size = |pod: &PodId| {
            let requests = &self.world.shape_of(self.world.pod(*pod)).requests;
            (i128::from(requests.cpu) * memory).max(i128::from(requests.memory) * cpu)
        };
        waiting.sort_by_cached_key(|it| (std::cmp::Reverse(size(it)), *it));

        let mut packed: Packed = Vec::with_capacity(waiting.len());
        loop {
            let before = packed.len();
            let mut left = Vec::new();
            for pod in waiting {
                match self.find(pod) {
                    Some(site) => {
                        self.put(pod, site);
                        packed.push((pod, site));
                    }
                    None => {
                        left.push(pod);
                        if !self.is_social(pod) {
                            break; // what others do can only take more room from it
                        }
                    }
                }
            }
            let Some(first) = left.first().copied() else { return Ok(packed) };
            let hopeless = left.iter().any(|it| !self.is_social(*it));
            if hopeless || packed.len() == before {
                for (pod, _) in packed.iter().rev() {
                    self.lift(*pod);
                }
                return Err(self.stuck(pods, if hopeless { left[left.len() - 1] } else { first }));
            }
            waiting = left;
        }
    }

    /// Undoes what `pack` did.
    pub fn unpack(&mut self, packed: &Packed) {
        for (pod, _) in packed.iter().rev() {
            self.lift(*pod);
        }
    }

    fn is_social(&self, pod: PodId) -> bool {
        let shape = self.world.shape_of(self.world.pod(pod));
        !shape.near.is_empty() || !shape.spread.is_empty()
    }

    fn stuck(&mut self, pods: &[PodId], unplaced: PodId) -> Stuck {
        let mut sorted = pods.to_vec();
        sorted.sort_unstable();
        let world = self.world;
        // Pods of one shape and label set without claims have one fate.
        let mut fits = std::collections::BTreeSet::new();
        let alone = sorted.into_iter().find(|it| {
            let pod = world.pod(*it);
            let likeness = (pod.shape, pod.namespace, pod.labels);
            if fits.contains(&likeness) {
                return false;
            }
            let found = self.find(*it).is_some();
            if found && !super::has_claims(world.shape_of(pod)) {
                fits.insert(likeness);
            }
            !found
        });
        let pod = alone.unwrap_or(unplaced);
        let nearest = self.nearest(pod).map(|(site, obstacle)| (self.site_name(site), obstacle));
        Stuck { pod, alone: alone.is_some(), nearest }
    }
}

/// How close to a fit: higher is closer.
pub type Closeness = (u8, i64);

impl Obstacle {
    /// What of CPU and memory is too little, where nothing else is looked at.
    pub(super) fn short_of(requests: &Amounts, free: Free) -> Option<Obstacle> {
        let pairs = [("cpu", requests.cpu, free.cpu), ("memory", requests.memory, free.memory)];
        pairs
            .into_iter()
            .find(|(_, needs, free)| *needs > 0 && needs > free)
            .map(|(resource, needs, free)| Obstacle::Room { resource: resource.into(), needs, free })
    }

    #[must_use]
    pub fn closeness(&self) -> Closeness {
        match self {
            Obstacle::Devices => (0, 0),
            Obstacle::Taint { .. } => (1, 0),
            Obstacle::NodeAffinity => (2, 0),
            Obstacle::Volume(_) => (3, 0),
            Obstacle::Port { .. } => (4, 0),
            Obstacle::Company(_) => (5, 0),
            Obstacle::Room { needs, free, .. } => {
                let missing = i128::from(*needs) - i128::from(*free);
                let hundredths = missing * 10_000 / i128::from((*needs).max(1));
                (6, -i64::try_from(hundredths).unwrap_or(i64::MAX))
            }
            Obstacle::Slots { .. } => (7, 0),
        }
    }
}
