//! Facts in, in any order; one `World` out.
//!
//! Everything that repeats is held once: texts, label sets and pod shapes. `finish` sorts and
//! numbers anew, so that the order in which objects came leaves no trace.

use crate::select::Labels;
use crate::settings::Settings;
use crate::time::Time;
use crate::world::{
    Attachment, Budget, Claim, CsiNode, Daemon, Group, LabelsId, Machine, Name, Namespace, NamespaceId, Node,
    NodeId, Owner, Place, Pod, ResourceId, Sample, Shape, ShapeId, StorageClass, Volume, World,
};
use std::collections::HashMap;
use std::hash::Hash;

#[derive(Debug)]
pub struct Builder {
    world: World,
    bindings: Vec<Binding>,
    names: HashMap<Name, ()>,
    namespaces: HashMap<Name, NamespaceId>,
    label_sets: HashMap<Labels, LabelsId>,
    shapes: HashMap<Shape, ShapeId>,
    resources: HashMap<Name, ResourceId>,
}

/// The nodes that a pod names; they may come later, or not at all.
#[derive(Debug, Clone, Default)]
pub struct Binding {
    pub node: Option<Name>,
    pub nominated: Option<Name>,
}

impl Builder {
    #[must_use]
    pub fn new(now: Time, settings: Settings) -> Builder {
        let world = World {
            now,
            settings,
            nodes: Vec::new(),
            pods: Vec::new(),
            groups: Vec::new(),
            machines: Vec::new(),
            budgets: Vec::new(),
            owners: Vec::new(),
            daemons: Vec::new(),
            claims: Vec::new(),
            volumes: Vec::new(),
            classes: Vec::new(),
            csi_nodes: Vec::new(),
            attachments: Vec::new(),
            samples: Vec::new(),
            offers: Vec::new(),
            inventory_frozen: None,
            gaps: Vec::new(),
            namespaces: Vec::new(),
            shapes: Vec::new(),
            label_sets: Vec::new(),
            resources: Vec::new(),
        };
        let mut builder = Builder {
            world,
            bindings: Vec::new(),
            names: HashMap::new(),
            namespaces: HashMap::new(),
            label_sets: HashMap::new(),
            shapes: HashMap::new(),
            resources: HashMap::new(),
        };
        builder.labels(Labels::default());
        builder
    }

    /// Settings may be known only after objects that came before them.
    pub fn settings(&mut self, settings: Settings) {
        self.world.settings = settings;
    }

    pub fn name(&mut self, text: &str) -> Name {
        if let Some((held, ())) = self.names.get_key_value(text) {
            return held.clone();
        }
        let name: Name = text.into();
        self.names.insert(name.clone(), ());
        name
    }

    pub fn namespace(&mut self, name: &str) -> NamespaceId {
        if let Some(id) = self.namespaces.get(name) {
            return *id;
        }
        let id = NamespaceId::new(self.world.namespaces.len());
        let name = self.name(name);
        self.world.namespaces.push(Namespace { name: name.clone(), labels: None });
        self.namespaces.insert(name, id);
        id
    }

    /// A Namespace object.
    pub fn namespace_labels(&mut self, name: &str, labels: Labels) {
        let id = self.namespace(name);
        self.world.namespaces[id.at()].labels = Some(labels);
    }

    pub fn labels(&mut self, labels: Labels) -> LabelsId {
        intern(&mut self.label_sets, &mut self.world.label_sets, labels, LabelsId::new)
    }

    pub fn shape(&mut self, shape: Shape) -> ShapeId {
        intern(&mut self.shapes, &mut self.world.shapes, shape, ShapeId::new)
    }

    pub fn resource(&mut self, name: &str) -> ResourceId {
        let name = self.name(name);
        intern(&mut self.resources, &mut self.world.resources, name, ResourceId::new)
    }

    pub fn node(&mut self, node: Node) {
        self.world.nodes.push(node);
    }

    /// `place` and `nominated` of the pod are filled in by `finish`; an evicted one keeps its place.
    pub fn pod(&mut self, pod: Pod, binding: Binding) {
        self.world.pods.push(pod);
        self.bindings.push(binding);
    }

    pub fn group(&mut self, group: Group) {
        self.world.groups.push(group);
    }

    pub fn machine(&mut self, machine: Machine) {
        self.world.machines.push(machine);
    }

    pub fn budget(&mut self, budget: Budget) {
        self.world.budgets.push(budget);
    }

    pub fn owner(&mut self, owner: Owner) {
        self.world.owners.push(owner);
    }

    pub fn daemon(&mut self, daemon: Daemon) {
        self.world.daemons.push(daemon);
    }

    pub fn claim(&mut self, claim: Claim) {
        self.world.claims.push(claim);
    }

    pub fn volume(&mut self, volume: Volume) {
        self.world.volumes.push(volume);
    }

    pub fn class(&mut self, class: StorageClass) {
        self.world.classes.push(class);
    }

    pub fn csi_node(&mut self, node: CsiNode) {
        self.world.csi_nodes.push(node);
    }

    pub fn attachment(&mut self, attachment: Attachment) {
        self.world.attachments.push(attachment);
    }

    pub fn sample(&mut self, sample: Sample) {
        self.world.samples.push(sample);
    }

    pub fn inventory_frozen(&mut self, why: Name) {
        self.world.inventory_frozen = Some(why);
    }

    pub fn gap(&mut self, what: Name) {
        self.world.gaps.push(what);
    }

    #[must_use]
    pub fn finish(self) -> World {
        let mut world = self.world;
        world.nodes.sort_by(|a, b| a.name.cmp(&b.name));
        let by_name: HashMap<Name, NodeId> =
            world.nodes.iter().enumerate().map(|(at, it)| (it.name.clone(), NodeId::new(at))).collect();
        for (pod, binding) in world.pods.iter_mut().zip(&self.bindings) {
            if pod.place != Place::Evicted {
                pod.place = match &binding.node {
                    None => Place::Unbound,
                    Some(name) => by_name.get(name).map_or(Place::Elsewhere, |it| Place::On(*it)),
                };
            }
            pod.nominated = binding.nominated.as_ref().and_then(|it| by_name.get(it)).copied();
        }

        let order = sorted(&world.resources, Name::cmp);
        let resources = renumber(&order);
        world.resources = permuted(world.resources, &order);
        let amounts = |it: &mut crate::resources::Amounts| {
            for (resource, _) in &mut it.other {
                *resource = ResourceId::new(resources[resource.at()]);
            }
            it.other.sort_by_key(|it| it.0);
            it.other.retain(|it| it.1 != 0);
        };
        world.nodes.iter_mut().for_each(|it| amounts(&mut it.allocatable));
        world.shapes.iter_mut().for_each(|it| amounts(&mut it.requests));
        world.groups.iter_mut().filter_map(|it| it.offer.as_mut()).for_each(amounts);

        let order = sorted(&world.namespaces, |a, b| a.name.cmp(&b.name));
        let namespaces = renumber(&order);
        world.namespaces = permuted(world.namespaces, &order);
        let namespace = |it: &mut NamespaceId| *it = NamespaceId::new(namespaces[it.at()]);
        world.pods.iter_mut().for_each(|it| namespace(&mut it.namespace));
        world.daemons.iter_mut().for_each(|it| namespace(&mut it.namespace));
        world.budgets.iter_mut().for_each(|it| namespace(&mut it.namespace));

        world.pods.sort_by(|a, b| (a.namespace, &a.name, &a.uid).cmp(&(b.namespace, &b.name, &b.uid)));
        world.daemons.sort_by(|a, b| (a.namespace, &a.name).cmp(&(b.namespace, &b.name)));
        world.budgets.sort_by(|a, b| (a.namespace, &a.name).cmp(&(b.namespace, &b.name)));
        world.groups.sort_by(|a, b| (&a.name, &a.namespace).cmp(&(&b.name, &b.namespace)));
        world.volumes.sort_by(|a, b| a.name.cmp(&b.name));
        world.classes.sort_by(|a, b| a.name.cmp(&b.name));
        world.csi_nodes.sort_by(|a, b| a.name.cmp(&b.name));
        world.machines.sort();
        world.owners.sort();
        world.claims.sort();
        world.attachments.sort();
        world.samples.sort();
        world.gaps.sort();

        // Tables are numbered by first use, which the sorting above has settled.
        let mut labels = FirstUse::new(world.label_sets.len());
        labels.of(0); // the empty set is number 0
        let mut shapes = FirstUse::new(world.shapes.len());
        for pod in &mut world.pods {
            pod.labels = LabelsId::new(labels.of(pod.labels.at()));
            pod.annotations = LabelsId::new(labels.of(pod.annotations.at()));
            pod.shape = ShapeId::new(shapes.of(pod.shape.at()));
        }
        for daemon in &mut world.daemons {
            daemon.labels = LabelsId::new(labels.of(daemon.labels.at()));
            daemon.shape = ShapeId::new(shapes.of(daemon.shape.at()));
        }
        world.label_sets = permuted(world.label_sets, &labels.order);
        world.shapes = permuted(world.shapes, &shapes.order);
        world
    }
}

fn intern<T: Clone + Eq + Hash, I: Copy>(
    known: &mut HashMap<T, I>,
    table: &mut Vec<T>,
    value: T,
    id: impl Fn(usize) -> I,
) -> I {
    if let Some(held) = known.get(&value) {
        return *held;
    }
    let new = id(table.len());
    table.push(value.clone());
    known.insert(value, new);
    new
}

/// Old positions in their new order.
fn sorted<T>(items: &[T], by: impl Fn(&T, &T) -> std::cmp::Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..items.len()).collect();
    order.sort_by(|a, b| by(&items[*a], &items[*b]));
    order
}

/// New position of each old one.
fn renumber(order: &[usize]) -> Vec<usize> {
    let mut new = vec![0; order.len()];
    for (position, old) in order.iter().enumerate() {
        new[*old] = position;
    }
    new
}

/// The items in the new order; those that the order leaves out are dropped.
fn permuted<T>(items: Vec<T>, order: &[usize]) -> Vec<T> {
    let mut slots: Vec<Option<T>> = items.into_iter().map(Some).collect();
    order.iter().filter_map(|it| slots[*it].take()).collect()
}

/// Numbers things anew in the order in which they are first asked for.
struct FirstUse {
    new: Vec<Option<usize>>,
    order: Vec<usize>,
}

impl FirstUse {
    fn new(count: usize) -> FirstUse {
        FirstUse { new: vec![None; count], order: Vec::new() }
    }

    fn of(&mut self, old: usize) -> usize {
        *self.new[old].get_or_insert_with(|| {
            self.order.push(old);
            self.order.len() - 1
        })
    }
}
