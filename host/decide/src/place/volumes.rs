//! Where the volumes of a pod can be reached: zone and node affinity of the volume it is bound to,
//! the topologies that its storage class allows, and how many volumes a node can attach.

use super::fixed::Ground;
use crate::select::{Labels, NodeSelector, NodeTerm};
use crate::world::{Claim, Name, Phase, Place, Pod, PodId, PodVolumeKind, Volume, World};
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

const ZONE_LABELS: [&str; 4] = [
    "failure-domain.beta.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region",
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
];

/// What the volumes of one pod ask of a node.
#[derive(Debug, Default)]
pub struct Reach<'w> {
    /// It can be placed nowhere: this claim or volume is missing, or waits for something else.
    pub nowhere: Option<Name>,
    affinities: Vec<&'w NodeSelector>,
    zones: Vec<(&'static str, Vec<&'w str>)>,
    allowed: Vec<&'w [Vec<(Name, Vec<Name>)>]>,
    attached: Vec<Attached<'w>>,
}

/// A driver and the identity of a volume under it.
type Attached<'w> = (&'w str, Name);

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum OutOfReach {
    /// A claim or volume that is not there or not bound.
    Nowhere { what: Name },
    /// The volume is tied to other nodes.
    Tied,
    /// It lives in another zone or region.
    Zone { label: Name },
    /// The storage class does not allow the node's topology.
    Class,
    /// The driver cannot attach more volumes to the node.
    Attachments { driver: Name, most: u32 },
}

#[derive(Debug)]
pub struct Reaches<'w> {
    world: &'w World,
    /// Worked out when first asked for.
    known: RefCell<HashMap<PodId, Rc<Reach<'w>>>>,
}

impl<'w> Reaches<'w> {
    pub fn new(world: &'w World) -> Reaches<'w> {
        Reaches { world, known: RefCell::default() }
    }

    pub fn of(&self, pod: PodId) -> Rc<Reach<'w>> {
        let world = self.world;
        self.known.borrow_mut().entry(pod).or_insert_with(|| Rc::new(reach(world, world.pod(pod)))).clone()
    }
}

/// A claim that a pod names.
#[derive(Debug, Clone)]
pub struct Named<'w> {
    pub name: Name,
    /// None: there is no such claim.
    pub claim: Option<&'w Claim>,
    /// Made for the pod, and made anew for the next one.
    pub ephemeral: bool,
}

/// The claims that a pod names.
pub fn claims_of<'w>(world: &'w World, pod: &'w Pod) -> impl Iterator<Item = Named<'w>> + use<'w> {
    let namespace = &world.namespace_of(pod).name;
    world.shape_of(pod).volumes.iter().filter_map(move |it| {
        let (name, ephemeral): (Name, bool) = match &it.kind {
            PodVolumeKind::Claim(name) => (name.clone(), false),
            PodVolumeKind::EphemeralClaim => (format!("{}-{}", pod.name, it.name).into(), true),
            _ => return None,
        };
        let claim = world.find_claim(namespace, &name);
        Some(Named { name, claim, ephemeral })
    })
}

fn reach<'w>(world: &'w World, pod: &'w Pod) -> Reach<'w> {
    let mut reach = Reach::default();
    let namespace = &world.namespace_of(pod).name;
    let mut nowhere = |what: String| {
        reach.nowhere.get_or_insert_with(|| what.into());
    };
    let mut attached = Vec::new();
    let mut bound: Vec<(&Volume, bool)> = Vec::new();
    for Named { name, claim, ephemeral } in claims_of(world, pod) {
        let Some(claim) = claim else {
            nowhere(format!("claim {name} does not exist"));
            continue;
        };
        if claim.deleting {
            nowhere(format!("claim {name} is being deleted"));
        }
        if claim.one_pod && !ephemeral && used_by_another(world, pod, &name) {
            nowhere(format!("claim {name} is for one pod, and another has it"));
        }
        if let Some(volume) = world.find_volume(&claim.volume) {
            bound.push((volume, ephemeral));
            continue;
        }
        // Whatever becomes of it, it will be one more volume of its class's driver.
        let class = world.find_class(&claim.class);
        if let Some(class) = class {
            attached.push((&*class.provisioner, format!("{namespace}/{name}").into()));
        }
        match class {
            _ if !claim.volume.is_empty() => nowhere(format!("volume {} does not exist", claim.volume)),
            Some(class) if class.waits_for_consumer => reach.allowed.push(&class.allowed),
            Some(class) => nowhere(format!("claim {name} waits to be bound by class {}", class.name)),
            None => nowhere(format!("claim {name} is not bound")),
        }
    }
    for (volume, ephemeral) in bound {
        reach.affinities.extend(&volume.affinity);
        if !ephemeral {
            reach.zones.extend(zones(&volume.labels));
        }
        if !volume.csi_driver.is_empty() {
            attached.push((&*volume.csi_driver, volume.csi_handle.clone()));
        }
    }
    reach.attached = attached;
    reach
}

/// Whether another pod that runs anywhere names the claim too.
fn used_by_another(world: &World, pod: &Pod, claim: &Name) -> bool {
    let runs =
        |it: &&Pod| matches!(it.place, Place::On(_)) && !matches!(it.phase, Phase::Succeeded | Phase::Failed);
    let from = world.pods.partition_point(|it| it.namespace < pod.namespace);
    let neighbours = world.pods[from..].iter().take_while(|it| it.namespace == pod.namespace);
    let names = |it: &&Pod| claims_of(world, it).any(|it| it.name == *claim && !it.ephemeral);
    neighbours.filter(runs).filter(|it| it.name != pod.name).any(|it| names(&it))
}

fn zones(labels: &Labels) -> impl Iterator<Item = (&'static str, Vec<&str>)> {
    ZONE_LABELS.iter().filter_map(|key| {
        let values: Vec<&str> = labels.get(key)?.split("__").collect();
        // A value with an empty part cannot be read, and is passed over as the scheduler does.
        (!values.contains(&"")).then_some((*key, values))
    })
}

impl Reach<'_> {
    pub fn reaches(&self, ground: Ground<'_>) -> Result<(), OutOfReach> {
        if let Some(what) = &self.nowhere {
            return Err(OutOfReach::Nowhere { what: what.clone() });
        }
        let holds = |it: &NodeTerm| {
            let says = !it.labels.is_empty() || !it.names.is_empty();
            says && !it.unreadable && it.labels.iter().all(|it| it.holds(ground.labels))
        };
        if !self.affinities.iter().all(|it| it.0.iter().any(holds)) {
            return Err(OutOfReach::Tied);
        }
        let zoned = ZONE_LABELS.iter().any(|it| ground.labels.get(it).is_some());
        for (label, values) in self.zones.iter().filter(|_| zoned) {
            let newer = label.replace("failure-domain.beta.", "topology.");
            let value = ground.labels.get(label).or_else(|| ground.labels.get(&newer));
            if !value.is_some_and(|it| values.contains(&&**it)) {
                return Err(OutOfReach::Zone { label: (*label).into() });
            }
        }
        let allows = |term: &Vec<(Name, Vec<Name>)>| {
            let holds = |(key, values): &(Name, Vec<Name>)| {
                ground.labels.get(key).is_some_and(|it| values.contains(it))
            };
            !term.is_empty() && term.iter().all(holds)
        };
        if !self.allowed.iter().all(|it| it.is_empty() || it.iter().any(allows)) {
            return Err(OutOfReach::Class);
        }
        Ok(())
    }

    #[must_use]
    pub fn attaches(&self) -> bool {
        !self.attached.is_empty()
    }

    /// Whether the node can attach what it does not have attached yet. `others`: of the pods there.
    pub fn attachable<'r>(
        &self,
        world: &World,
        node: &str,
        others: impl Iterator<Item = &'r Reach<'r>>,
    ) -> Result<(), OutOfReach> {
        let Ok(at) = world.csi_nodes.binary_search_by(|it| (*it.name).cmp(node)) else { return Ok(()) };
        let limits = &world.csi_nodes[at].limits;
        if limits.is_empty() {
            return Ok(());
        }
        let mut there: BTreeSet<(&str, Name)> = BTreeSet::new();
        for it in others {
            there.extend(it.attached.iter().map(|(driver, id)| (*driver, id.clone())));
        }
        let fresh: BTreeSet<(&str, Name)> = self
            .attached
            .iter()
            .map(|(driver, id)| (*driver, id.clone()))
            .filter(|it| !there.contains(it))
            .collect();
        let from = world.attachments.partition_point(|it| &*it.node < node);
        for it in world.attachments[from..].iter().take_while(|it| &*it.node == node) {
            if let Some(volume) = world.find_volume(&it.volume).filter(|it| !it.csi_driver.is_empty()) {
                there.insert((&it.driver, volume.csi_handle.clone()));
            }
        }
        for (driver, most) in limits {
            let of = |set: &BTreeSet<(&str, Name)>| set.iter().filter(|it| it.0 == &**driver).count();
            let new = of(&fresh);
            if new > 0 && of(&there) + new > *most as usize {
                return Err(OutOfReach::Attachments { driver: driver.clone(), most: *most });
            }
        }
        Ok(())
    }
}
