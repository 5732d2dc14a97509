//! Where the volumes of a pod can be reached: zone and node affinity of the volume it is bound to,
//! the topologies that its storage class allows, and how many volumes a node can attach.

use super::fixed::Ground;
use crate::select::{Labels, NodeSelector, NodeTerm};
use crate::world::{Claim, Name, Pod, PodId, PodVolumeKind, Volume, World};
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

/// The claims that a pod names, with the name of each.
pub fn claims_of<'w>(
    world: &'w World,
    pod: &'w Pod,
) -> impl Iterator<Item = (Name, Option<&'w Claim>)> + use<'w> {
    let namespace = &world.namespace_of(pod).name;
    world.shape_of(pod).volumes.iter().filter_map(move |it| {
        let name: Name = match &it.kind {
            PodVolumeKind::Claim(name) => name.clone(),
            PodVolumeKind::EphemeralClaim => format!("{}-{}", pod.name, it.name).into(),
            _ => return None,
        };
        let claim = world.find_claim(namespace, &name);
        Some((name, claim))
    })
}

fn reach<'w>(world: &'w World, pod: &'w Pod) -> Reach<'w> {
    let mut reach = Reach::default();
    let namespace = &world.namespace_of(pod).name;
    let mut nowhere = |what: String| {
        reach.nowhere.get_or_insert_with(|| what.into());
    };
    let mut attached = Vec::new();
    let mut bound: Vec<&Volume> = Vec::new();
    for (name, claim) in claims_of(world, pod) {
        let Some(claim) = claim else {
            nowhere(format!("claim {name} does not exist"));
            continue;
        };
        if claim.volume.is_empty() {
            match world.find_class(&claim.class) {
                Some(class) if class.waits_for_consumer => {
                    reach.allowed.push(&class.allowed);
                    attached.push((&*class.provisioner, format!("{namespace}/{name}").into()));
                }
                Some(class) => nowhere(format!("claim {name} waits to be bound by class {}", class.name)),
                None => nowhere(format!("claim {name} is not bound")),
            }
            continue;
        }
        match world.find_volume(&claim.volume) {
            Some(volume) => bound.push(volume),
            None => nowhere(format!("volume {} does not exist", claim.volume)),
        }
    }
    for volume in bound {
        reach.affinities.extend(&volume.affinity);
        reach.zones.extend(zones(&volume.labels));
        if !volume.csi_driver.is_empty() {
            attached.push((&*volume.csi_driver, volume.csi_handle.clone()));
        }
    }
    reach.attached = attached;
    reach
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
