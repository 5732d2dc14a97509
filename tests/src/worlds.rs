//! Random small Kubernetes worlds for differential tests of placement: the same objects are put on paper here
//! and before the filter plugins of the real scheduler (`tests/judge`).
//!
//! A world is made from its seed alone. The vocabularies are small, so that things collide; the seed also
//! chooses the shape: some worlds are a mixture, others concentrate on one family of constraints.
//!
//! The objects are as an apiserver would hand them out: it would have admitted them, and what it fills in when
//! it stores them (requests from limits, host ports on the host's network, label keys merged into selectors)
//! is there.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// A world and the pods to judge in it, as `namespace/name`.
#[derive(Clone, Debug)]
pub struct World {
    pub id: String,
    pub objects: Vec<Value>,
    pub ask: Vec<String>,
}

impl World {
    /// The line that `tests/judge` reads.
    #[must_use]
    pub fn line(&self) -> String {
        json!({ "id": self.id, "objects": self.objects, "ask": self.ask }).to_string()
    }
}

/// The world of a seed.
#[must_use]
pub fn random(seed: u64) -> World {
    Maker::new(seed).world()
}

/// What a world can concentrate on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Family {
    Resources,
    Taints,
    Nodes,
    Ports,
    Company,
    Spread,
    Volumes,
    Attach,
}

const FAMILIES: [Family; 8] = [
    Family::Resources,
    Family::Taints,
    Family::Nodes,
    Family::Ports,
    Family::Company,
    Family::Spread,
    Family::Volumes,
    Family::Attach,
];

const HOSTNAME: &str = "kubernetes.io/hostname";
const ZONE: &str = "topology.kubernetes.io/zone";
const REGION: &str = "topology.kubernetes.io/region";
const OLD_ZONE: &str = "failure-domain.beta.kubernetes.io/zone";
const OLD_REGION: &str = "failure-domain.beta.kubernetes.io/region";
const RACK: &str = "rack";
const TOPOLOGIES: [&str; 6] = [HOSTNAME, HOSTNAME, ZONE, ZONE, ZONE, RACK];

const ZONES: [&str; 3] = ["za", "zb", "zc"];
const RACKS: [&str; 3] = ["r1", "r2", "r3"];
const DISKS: [&str; 3] = ["ssd", "hdd", "nvme"];
/// Labels that Gt and Lt look at; not all of them are numbers.
const GENERATIONS: [&str; 9] = ["1", "2", "3", "007", "12", "1.5", "four", "", "99999999999999999999"];
const APPS: [&str; 4] = ["web", "db", "cache", "queue"];
const TIERS: [&str; 2] = ["front", "back"];
const HASHES: [&str; 3] = ["5d4f", "7c9b", "6bd8"];
const TEAMS: [&str; 3] = ["red", "blue", "green"];

const GPU: &str = "example.com/gpu";
const HUGE: &str = "hugepages-2Mi";
const MI: u64 = 1 << 20;
const GI: u64 = 1 << 30;

const DRIVER: &str = "csi.example.com";
const OTHER_DRIVER: &str = "csi.other.example.com";
const BETA_CLASS: &str = "volume.beta.kubernetes.io/storage-class";

/// SplitMix64: enough for tests, and the same everywhere and always.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    /// Both ends included.
    fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or(0)
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.index(from.len())]
    }

    /// One to `most` different ones, in the order of `from`.
    fn some<T: Copy>(&mut self, from: &[T], most: usize) -> Vec<T> {
        let want = 1 + self.index(most.min(from.len()));
        let mut chosen = BTreeSet::new();
        while chosen.len() < want {
            chosen.insert(self.index(from.len()));
        }
        chosen.into_iter().map(|i| from[i]).collect()
    }

    fn shuffle<T>(&mut self, list: &mut [T]) {
        for i in (1..list.len()).rev() {
            let j = self.index(i + 1);
            list.swap(i, j);
        }
    }
}

/// What later objects want to know of a node.
struct Node {
    name: String,
    labels: Map<String, Value>,
}

/// What later objects want to know of a claim.
struct Claim {
    namespace: &'static str,
    name: String,
    /// The PersistentVolume with a CSI driver behind it.
    attached: Option<(String, &'static str)>,
}

/// One container's requests while the pod is being made.
#[derive(Default)]
struct Container {
    name: String,
    sidecar: bool,
    first: bool,
    /// Thousandths.
    cpu: Option<u64>,
    memory: Option<u64>,
    requests: Map<String, Value>,
    limits: Map<String, Value>,
    ports: Vec<Value>,
}

struct Maker {
    r: Random,
    seed: u64,
    focus: Option<Family>,
    /// Percent of nodes with zone labels: a world without zones is another world for volumes.
    zoned: u64,
    /// Few where pods look at each other.
    apps: &'static [&'static str],
    objects: Vec<Value>,
    ask: Vec<String>,
    namespaces: Vec<&'static str>,
    nodes: Vec<Node>,
    claims: Vec<Claim>,
    attachments: BTreeSet<(String, String, &'static str)>,
    volumes: u64,
    uids: u64,
}

impl Maker {
    fn new(seed: u64) -> Maker {
        let mut r = Random(seed ^ 0x5eed_0000_c0ff_ee00);
        // Neighbouring seeds must not make neighbouring worlds.
        r.0 = r.next();
        let focus = if r.chance(30) { None } else { Some(r.pick(&FAMILIES)) };
        let close = matches!(focus, Some(Family::Company | Family::Spread));
        let zoned = if close { r.pick(&[100, 100, 90]) } else { r.pick(&[100, 100, 85, 85, 85, 60, 0]) };
        Maker {
            r,
            seed,
            focus,
            zoned,
            apps: if close { &APPS[..2] } else { &APPS },
            objects: Vec::new(),
            ask: Vec::new(),
            namespaces: Vec::new(),
            nodes: Vec::new(),
            claims: Vec::new(),
            attachments: BTreeSet::new(),
            volumes: 0,
            uids: 0,
        }
    }

    fn world(mut self) -> World {
        self.make_namespaces();
        self.make_nodes();
        self.make_storage();
        // A spread shows only where there is something in every domain.
        let crowd = self.r.chance(20) || self.focused(Family::Spread);
        let (least, most) = if crowd { (18, 40) } else { (5, 18) };
        for i in 0..self.r.between(least, most) {
            self.make_pod(i);
        }
        self.make_attachments();
        // No reader may depend on the order of objects.
        self.r.shuffle(&mut self.objects);
        World { id: format!("seed-{}", self.seed), objects: self.objects, ask: self.ask }
    }

    /// Whether the thing at hand gets a constraint of this family.
    fn wants(&mut self, family: Family) -> bool {
        let percent = match self.focus {
            None => 18,
            Some(focus) if focus == family => 65,
            // The policies of a spread are about these.
            Some(Family::Spread) if matches!(family, Family::Nodes | Family::Taints) => 25,
            Some(_) => 5,
        };
        self.r.chance(percent)
    }

    fn focused(&self, family: Family) -> bool {
        self.focus == Some(family)
    }

    fn uid(&mut self) -> String {
        self.uids += 1;
        format!("{:08x}-0000-4000-8000-{:012x}", self.seed & 0xffff_ffff, self.uids)
    }

    fn metadata(&mut self, namespace: Option<&str>, name: &str, labels: Map<String, Value>) -> Value {
        let uid = self.uid();
        let minute = self.uids % 60;
        let mut metadata = json!({
            "name": name,
            "uid": uid,
            "creationTimestamp": format!("2026-01-01T00:{minute:02}:00Z"),
        });
        if let Some(namespace) = namespace {
            metadata["namespace"] = json!(namespace);
        }
        if !labels.is_empty() {
            metadata["labels"] = Value::Object(labels);
        }
        metadata
    }

    // Namespaces and nodes.

    fn make_namespaces(&mut self) {
        let most = if self.focused(Family::Spread) { 2 } else { 4 };
        self.namespaces = self.r.some(&["default", "kube-system", "lab", "shop"], most);
        for namespace in self.namespaces.clone() {
            let mut labels = Map::new();
            labels.insert("kubernetes.io/metadata.name".into(), json!(namespace));
            if self.r.chance(70) {
                labels.insert("team".into(), json!(self.r.pick(&TEAMS)));
            }
            if self.r.chance(40) {
                labels.insert("env".into(), json!(self.r.pick(&["prod", "dev"])));
            }
            let metadata = self.metadata(None, namespace, labels);
            self.objects.push(json!({
                "apiVersion": "v1", "kind": "Namespace", "metadata": metadata, "status": { "phase": "Active" },
            }));
        }
    }

    fn make_nodes(&mut self) {
        for i in 0..self.r.between(3, 8) {
            self.make_node(i);
        }
    }

    fn make_node(&mut self, i: u64) {
        let name = format!("node-{i}");
        let mut labels = Map::new();
        if !self.r.chance(4) {
            // Some clouds have host names that are not the nodes' names.
            let host = if self.r.chance(10) { format!("host-{i}") } else { name.clone() };
            labels.insert(HOSTNAME.into(), json!(host));
        }
        if self.r.chance(self.zoned) {
            let at = self.r.index(ZONES.len());
            let region = if at == 0 { "east" } else { "west" };
            // Old names, new names, or both.
            let style = self.r.below(10);
            if style > 0 {
                labels.insert(ZONE.into(), json!(ZONES[at]));
            }
            if style < 2 {
                labels.insert(OLD_ZONE.into(), json!(ZONES[at]));
            }
            if self.r.chance(90) {
                labels.insert(if style == 0 { OLD_REGION } else { REGION }.into(), json!(region));
            }
        }
        if self.r.chance(60) {
            labels.insert(RACK.into(), json!(self.r.pick(&RACKS)));
        }
        if self.r.chance(75) {
            labels.insert("disk".into(), json!(self.r.pick(&DISKS)));
        }
        if self.r.chance(75) {
            labels.insert("generation".into(), json!(self.r.pick(&GENERATIONS)));
        }

        let mut spec = Map::new();
        let mut taints = self.taints();
        let unschedulable = self.r.chance(if self.focused(Family::Taints) { 15 } else { 5 });
        if unschedulable {
            spec.insert("unschedulable".into(), json!(true));
            // The node controller writes the taint a moment later.
            if self.r.chance(60) {
                taints.push(json!({ "key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule" }));
            }
        }
        if !taints.is_empty() {
            spec.insert("taints".into(), Value::Array(taints));
        }

        let mut allocatable = Map::new();
        let cpu = self.r.pick(&[1000, 1930, 2000, 3920, 4000, 8000]);
        let memory = self.r.pick(&[2 * GI, 3 * GI + 512 * MI, 4 * GI, 8 * GI, 8_000_000_000]);
        allocatable.insert("cpu".into(), self.cpu(cpu));
        allocatable.insert("memory".into(), self.bytes(memory));
        if self.r.chance(85) {
            let storage = self.r.pick(&[5 * GI, 20 * GI, 21_474_836_481]);
            allocatable.insert("ephemeral-storage".into(), self.bytes(storage));
        }
        if self.r.chance(50) {
            allocatable.insert(GPU.into(), json!(self.r.pick(&["0", "1", "2", "4"])));
        }
        if self.r.chance(50) {
            let huge = self.r.pick(&[0, 16 * MI, 64 * MI, 128 * MI]);
            allocatable.insert(HUGE.into(), self.bytes(huge));
        }
        let pods = match self.focus {
            Some(Family::Resources) => self.r.between(3, 12),
            Some(Family::Spread) => 110,
            _ => self.r.pick(&[5, 8, 30, 110, 110]),
        };
        allocatable.insert("pods".into(), json!(pods.to_string()));

        let metadata = self.metadata(None, &name, labels.clone());
        self.objects.push(json!({
            "apiVersion": "v1", "kind": "Node", "metadata": metadata, "spec": spec,
            "status": {
                "capacity": allocatable,
                "allocatable": allocatable,
                "conditions": [{
                    "type": "Ready", "status": "True", "reason": "KubeletReady",
                    "lastTransitionTime": "2026-01-01T02:00:00Z",
                    "lastHeartbeatTime": "2026-01-01T03:00:00Z",
                }],
            },
        }));
        self.nodes.push(Node { name, labels });
    }

    fn taints(&mut self) -> Vec<Value> {
        let mut taints = Vec::new();
        let mut used = BTreeSet::new();
        let count = if self.wants(Family::Taints) { self.r.between(1, 3) } else { 0 };
        for _ in 0..count {
            let key = self.r.pick(&["dedicated", "dedicated", "spot", "node.kubernetes.io/disk-pressure"]);
            let effect = self.r.pick(&["NoSchedule", "NoSchedule", "NoExecute", "PreferNoSchedule"]);
            // Unique by key and effect.
            if !used.insert((key, effect)) {
                continue;
            }
            let mut taint = json!({ "key": key, "effect": effect });
            match self.r.below(4) {
                0 => {}
                1 => taint["value"] = json!(""),
                _ => taint["value"] = json!(self.r.pick(&["db", "web"])),
            }
            taints.push(taint);
        }
        taints
    }

    // Quantities, in the many ways in which they can be written.

    fn cpu(&mut self, milli: u64) -> Value {
        match self.r.below(3) {
            0 if milli.is_multiple_of(1000) => json!((milli / 1000).to_string()),
            1 if milli.is_multiple_of(100) => json!(format!("{}.{}", milli / 1000, milli % 1000 / 100)),
            _ => json!(format!("{milli}m")),
        }
    }

    fn bytes(&mut self, bytes: u64) -> Value {
        let text = match self.r.below(8) {
            0 => bytes.to_string(),
            1 if bytes.is_multiple_of(1_000_000) => format!("{}e6", bytes / 1_000_000),
            2 if bytes.is_multiple_of(1000) => format!("{}k", bytes / 1000),
            3 if bytes % MI == MI / 2 => format!("{}.5Mi", bytes / MI),
            4 => format!("{bytes}000m"),
            _ if bytes.is_multiple_of(GI) && bytes > 0 => format!("{}Gi", bytes / GI),
            _ if bytes.is_multiple_of(MI) => format!("{}Mi", bytes / MI),
            _ => bytes.to_string(),
        };
        json!(text)
    }

    // Pods.

    fn make_pod(&mut self, i: u64) {
        let namespace = self.r.pick(&self.namespaces);
        let name = format!("pod-{i:02}");
        let mut labels = Map::new();
        labels.insert("app".into(), json!(self.r.pick(self.apps)));
        if self.r.chance(60) {
            labels.insert("tier".into(), json!(self.r.pick(&TIERS)));
        }
        if self.r.chance(65) {
            labels.insert("pod-template-hash".into(), json!(self.r.pick(&HASHES)));
        }

        let bound = self.r.chance(85);
        let mut spec = Map::new();
        let mut status = Map::new();
        let node = self.r.index(self.nodes.len());
        if bound {
            let name = if self.r.chance(1) { "node-gone".to_owned() } else { self.nodes[node].name.clone() };
            spec.insert("nodeName".into(), json!(name));
        }
        let finished = bound && self.r.chance(6);
        let phase = if finished {
            self.r.pick(&["Succeeded", "Failed"])
        } else if bound && !self.r.chance(10) {
            "Running"
        } else {
            "Pending"
        };
        status.insert("phase".into(), json!(phase));

        let mut metadata = self.metadata(Some(namespace), &name, labels.clone());
        let leaving = bound && self.r.chance(if self.focused(Family::Spread) { 18 } else { 8 });
        if leaving {
            metadata["deletionTimestamp"] = json!("2026-01-01T04:00:00Z");
            metadata["deletionGracePeriodSeconds"] = json!(30);
        }

        let mut containers = self.containers();
        self.ports(&mut containers, &mut spec);
        self.pod_level(&containers, &mut spec);
        let larger = bound && !finished && self.resize(&containers, &spec, &mut status);
        self.tolerations(&mut spec);
        let mut affinity = Map::new();
        self.node_affinity(&mut spec, &mut affinity);
        self.company(&labels, &mut affinity);
        if !affinity.is_empty() {
            spec.insert("affinity".into(), Value::Object(affinity));
        }
        self.spread(&labels, &mut spec);
        let uid = metadata["uid"].as_str().unwrap_or_default().to_owned();
        let place = spec.get("nodeName").and_then(Value::as_str).map(str::to_owned);
        self.mounts(namespace, &name, &uid, place.as_deref().filter(|_| !finished), &mut spec);

        let mut inits = Vec::new();
        let mut mains = Vec::new();
        for container in containers {
            let mut value = json!({
                "name": container.name,
                "image": "registry.example.com/app:1",
                "imagePullPolicy": "IfNotPresent",
                "terminationMessagePolicy": "File",
                "resources": resources(container.requests, container.limits),
            });
            if !container.ports.is_empty() {
                value["ports"] = Value::Array(container.ports);
            }
            if container.sidecar {
                value["restartPolicy"] = json!("Always");
            }
            if container.first { &mut inits } else { &mut mains }.push(value);
        }
        spec.insert("containers".into(), Value::Array(mains));
        if !inits.is_empty() {
            spec.insert("initContainers".into(), Value::Array(inits));
        }
        spec.insert("restartPolicy".into(), json!("Always"));
        spec.insert("dnsPolicy".into(), json!("ClusterFirst"));
        spec.insert("schedulerName".into(), json!("default-scheduler"));
        spec.insert("terminationGracePeriodSeconds".into(), json!(30));

        self.objects.push(json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec, "status": status,
        }));
        // The scheduler judges a new pod by its spec alone. What is asked about must not depend on whether a
        // resize that takes room away has been carried out.
        if !finished && !leaving && !larger {
            self.ask.push(format!("{namespace}/{name}"));
        }
    }

    fn containers(&mut self) -> Vec<Container> {
        let heavy = self.wants(Family::Resources);
        let mut containers = Vec::new();
        let inits = if self.r.chance(if heavy { 45 } else { 15 }) { self.r.between(1, 3) } else { 0 };
        for i in 0..inits {
            let sidecar = self.r.chance(45);
            let mut container =
                Container { name: format!("init-{i}"), sidecar, first: true, ..Container::default() };
            self.requests(&mut container, heavy);
            containers.push(container);
        }
        for i in 0..self.r.pick(&[1, 1, 1, 2, 3]) {
            let mut container = Container { name: format!("main-{i}"), ..Container::default() };
            self.requests(&mut container, heavy);
            containers.push(container);
        }
        containers
    }

    fn requests(&mut self, container: &mut Container, heavy: bool) {
        if self.r.chance(75) {
            let cpu = if heavy {
                self.r.pick(&[0, 105, 250, 500, 1000, 1500])
            } else {
                self.r.pick(&[0, 20, 50, 100, 105])
            };
            container.cpu = Some(cpu);
            let value = self.cpu(cpu);
            if self.r.chance(20) {
                let limit = self.cpu(cpu + 500);
                container.limits.insert("cpu".into(), limit);
            }
            container.requests.insert("cpu".into(), value);
        }
        if self.r.chance(70) {
            let memory = if heavy {
                self.r.pick(&[0, 64 * MI + MI / 2, 129_000_000, 512 * MI, GI, 2 * GI])
            } else {
                self.r.pick(&[0, 32 * MI, 64 * MI, 64 * MI + MI / 2, 100_000_000])
            };
            container.memory = Some(memory);
            // Half a byte less: sums are rounded, not what is summed.
            let value = if memory > 0 && self.r.chance(6) {
                json!(format!("{}500m", memory - 1))
            } else {
                self.bytes(memory)
            };
            if self.r.chance(20) {
                let limit = self.bytes(memory + 64 * MI);
                container.limits.insert("memory".into(), limit);
            }
            container.requests.insert("memory".into(), value);
        }
        if self.r.chance(if heavy { 20 } else { 2 }) {
            let storage = self.r.pick(&[0, GI, 2 * GI, 5 * GI]);
            let value = self.bytes(storage);
            container.requests.insert("ephemeral-storage".into(), value);
        }
        if self.r.chance(if heavy { 10 } else { 1 }) {
            // Such resources have limits, and requests that are equal.
            let value = json!(self.r.pick(&["0", "1", "1", "2"]));
            container.requests.insert(GPU.into(), value.clone());
            container.limits.insert(GPU.into(), value);
        }
        let some = container.cpu.is_some() || container.memory.is_some();
        if some && self.r.chance(if heavy { 8 } else { 1 }) {
            let huge = self.r.pick(&[0, 2 * MI, 16 * MI, 64 * MI]);
            let value = self.bytes(huge);
            container.requests.insert(HUGE.into(), value.clone());
            container.limits.insert(HUGE.into(), value);
        }
    }

    /// Overhead and pod-level resources. The apiserver wants the latter to be no less than the containers' sum.
    fn pod_level(&mut self, containers: &[Container], spec: &mut Map<String, Value>) {
        let heavy = self.focused(Family::Resources);
        if self.r.chance(if heavy { 20 } else { 5 }) {
            let mut overhead = Map::new();
            let (cpu, memory) = (json!(self.r.pick(&["50m", "100m"])), self.bytes(48 * MI));
            overhead.insert("cpu".into(), cpu);
            if self.r.chance(70) {
                overhead.insert("memory".into(), memory);
            }
            if self.r.chance(20) {
                overhead.insert("ephemeral-storage".into(), json!("1Gi"));
            }
            spec.insert("overhead".into(), Value::Object(overhead));
            spec.insert("runtimeClassName".into(), json!("sandbox"));
        }
        // Huge pages of containers would be copied into the pod's limits.
        if containers.iter().any(|c| c.requests.contains_key(HUGE))
            || !self.r.chance(if heavy { 20 } else { 5 })
        {
            return;
        }
        let cpu = containers.iter().filter_map(|c| c.cpu).sum::<u64>() + self.r.pick(&[0, 100, 700]);
        let memory = containers.iter().filter_map(|c| c.memory).sum::<u64>() + self.r.pick(&[0, 64 * MI, GI]);
        let (cpu, memory) = (self.cpu(cpu), self.bytes(memory));
        let mut requests = Map::new();
        let mut limits = Map::new();
        match self.r.below(4) {
            0 => {
                requests.insert("cpu".into(), cpu);
            }
            1 => {
                requests.insert("memory".into(), memory);
            }
            2 => {
                requests.insert("cpu".into(), cpu);
                requests.insert("memory".into(), memory);
            }
            _ => {
                requests.insert("cpu".into(), cpu);
                requests.insert("memory".into(), memory);
                let huge = self.bytes(16 * MI);
                requests.insert(HUGE.into(), huge.clone());
                limits.insert(HUGE.into(), huge);
            }
        }
        spec.insert("resources".into(), resources(requests, limits));
    }

    /// What the kubelet tells of a resize. The answer is whether it tells of more than the spec asks for.
    fn resize(
        &mut self,
        containers: &[Container],
        spec: &Map<String, Value>,
        status: &mut Map<String, Value>,
    ) -> bool {
        if !self.r.chance(if self.focused(Family::Resources) { 70 } else { 20 }) {
            return false;
        }
        let mut larger = false;
        let mut mains = Vec::new();
        let mut inits = Vec::new();
        let more = if self.focused(Family::Resources) { 900 } else { 200 };
        for container in containers {
            let mut told = json!({
                "name": container.name, "ready": true, "restartCount": 0,
                "image": "registry.example.com/app:1", "imageID": "",
            });
            let mut now = container.requests.clone();
            if let Some(cpu) = container.cpu {
                let told = match self.r.below(4) {
                    0 => cpu / 2,
                    1 if self.r.chance(60) => cpu + more,
                    _ => cpu,
                };
                larger |= told > cpu;
                let value = self.cpu(told);
                now.insert("cpu".into(), value);
            }
            if let Some(memory) = container.memory {
                let told = match self.r.below(4) {
                    0 => memory / 2,
                    1 if self.r.chance(60) => memory + more * MI,
                    _ => memory,
                };
                larger |= told > memory;
                let value = self.bytes(told);
                now.insert("memory".into(), value);
            }
            if !now.is_empty() {
                told["allocatedResources"] = Value::Object(now.clone());
                told["resources"] = json!({ "requests": now });
            }
            if container.first { &mut inits } else { &mut mains }.push(told);
        }
        status.insert("containerStatuses".into(), Value::Array(mains));
        if !inits.is_empty() {
            status.insert("initContainerStatuses".into(), Value::Array(inits));
        }
        if let Some(requests) = spec.get("resources").and_then(|r| r.get("requests")) {
            let mut now = requests.clone();
            if now.get("cpu").is_some() && self.r.chance(50) {
                larger = true;
                now["cpu"] = json!("1900m");
            }
            status.insert("allocatedResources".into(), now.clone());
            status.insert("resources".into(), json!({ "requests": now }));
        }
        if self.r.chance(20) {
            let deferred = json!([{ "type": "PodResizePending", "status": "True", "reason": "Deferred" }]);
            status.insert("conditions".into(), deferred);
        }
        larger
    }

    fn ports(&mut self, containers: &mut [Container], spec: &mut Map<String, Value>) {
        if !self.wants(Family::Ports) {
            return;
        }
        let host_network = self.r.chance(20);
        if host_network {
            spec.insert("hostNetwork".into(), json!(true));
        }
        // Unique within the pod, as the apiserver wants it.
        let mut used = BTreeSet::new();
        for _ in 0..self.r.between(1, 2) {
            let port = self.r.pick(&[53, 8080, 9090]);
            let protocol = self.r.pick(&["TCP", "TCP", "TCP", "UDP", "SCTP"]);
            let address = self.r.pick(&["", "", "0.0.0.0", "10.0.0.1", "10.0.0.2", "127.0.0.1"]);
            let at = self.r.index(containers.len());
            if !used.insert((port, protocol)) {
                continue;
            }
            let mut value = json!({ "containerPort": port, "protocol": protocol });
            // On the host's network the apiserver fills the host port in.
            if host_network || self.r.chance(85) {
                value["hostPort"] = json!(port);
                if !address.is_empty() {
                    value["hostIP"] = json!(address);
                }
            }
            containers[at].ports.push(value);
        }
    }

    fn tolerations(&mut self, spec: &mut Map<String, Value>) {
        let mut tolerations = Vec::new();
        if self.r.chance(if self.focused(Family::Taints) { 70 } else { 30 }) {
            for _ in 0..self.r.between(1, 2) {
                let effect = self.r.pick(&["", "", "NoSchedule", "NoExecute", "PreferNoSchedule"]);
                let key =
                    self.r.pick(&["dedicated", "dedicated", "spot", "node.kubernetes.io/disk-pressure"]);
                let mut toleration = match self.r.below(8) {
                    0 => json!({ "operator": "Exists" }),
                    1..=3 => json!({ "key": key, "operator": "Exists" }),
                    4 => json!({ "key": key }),
                    5 => json!({ "key": key, "operator": "Equal" }),
                    _ => json!({ "key": key, "operator": "Equal", "value": self.r.pick(&["db", "web"]) }),
                };
                if !effect.is_empty() {
                    toleration["effect"] = json!(effect);
                }
                if effect == "NoExecute" && self.r.chance(50) {
                    toleration["tolerationSeconds"] = json!(300);
                }
                tolerations.push(toleration);
            }
        }
        if self.r.chance(8) {
            tolerations.push(json!({
                "key": "node.kubernetes.io/unschedulable", "operator": "Exists", "effect": "NoSchedule",
            }));
        }
        if !tolerations.is_empty() {
            spec.insert("tolerations".into(), Value::Array(tolerations));
        }
    }

    // Node selectors and node affinity.

    fn node_affinity(&mut self, spec: &mut Map<String, Value>, affinity: &mut Map<String, Value>) {
        if self.wants(Family::Nodes) {
            // Mostly something that one node at least has.
            let node = self.r.index(self.nodes.len());
            let labels = self.nodes[node].labels.clone();
            let mut selector = Map::new();
            for key in self.r.some(&["disk", ZONE, REGION, "generation", HOSTNAME], 2) {
                match labels.get(key) {
                    Some(value) => selector.insert(key.into(), value.clone()),
                    None => selector.insert("disk".into(), json!(self.r.pick(&DISKS))),
                };
            }
            if self.r.chance(40) {
                spec.insert("nodeSelector".into(), Value::Object(selector));
            }
        }
        let mut node = Map::new();
        if self.wants(Family::Nodes) {
            let mut terms = Vec::new();
            for _ in 0..self.r.pick(&[1, 1, 2, 3]) {
                terms.push(self.node_term());
            }
            node.insert(
                "requiredDuringSchedulingIgnoredDuringExecution".into(),
                json!({ "nodeSelectorTerms": terms }),
            );
        }
        if self.r.chance(8) {
            let preference = json!({ "matchExpressions": [self.node_expression()] });
            node.insert(
                "preferredDuringSchedulingIgnoredDuringExecution".into(),
                json!([{ "weight": 10, "preference": preference }]),
            );
        }
        if !node.is_empty() {
            affinity.insert("nodeAffinity".into(), Value::Object(node));
        }
    }

    fn node_term(&mut self) -> Value {
        if self.r.chance(8) {
            return json!({});
        }
        let mut term = Map::new();
        let fields = self.r.chance(18);
        if !fields || self.r.chance(30) {
            let mut expressions = Vec::new();
            for _ in 0..self.r.pick(&[1, 1, 1, 2]) {
                expressions.push(self.node_expression());
            }
            term.insert("matchExpressions".into(), Value::Array(expressions));
        }
        if fields {
            let node = self.r.index(self.nodes.len());
            let name = self.nodes[node].name.clone();
            let operator = self.r.pick(&["In", "NotIn"]);
            term.insert(
                "matchFields".into(),
                json!([{ "key": "metadata.name", "operator": operator, "values": [name] }]),
            );
        }
        Value::Object(term)
    }

    fn node_expression(&mut self) -> Value {
        let (key, values): (&str, &[&str]) = match self.r.below(5) {
            0 => ("disk", &DISKS),
            1 => (ZONE, &ZONES),
            2 => (RACK, &RACKS),
            3 => ("generation", &GENERATIONS),
            _ => {
                let operator = self.r.pick(&["Gt", "Lt"]);
                // The apiserver admits values here that are no numbers; they match nothing.
                let value = self.r.pick(&["0", "1", "2", "2", "3", "8", "010", "six"]);
                return json!({ "key": "generation", "operator": operator, "values": [value] });
            }
        };
        match self.r.below(6) {
            0 | 1 => json!({ "key": key, "operator": "In", "values": self.r.some(values, 3) }),
            2 | 3 => json!({ "key": key, "operator": "NotIn", "values": self.r.some(values, 2) }),
            4 => json!({ "key": key, "operator": "Exists" }),
            _ => json!({ "key": key, "operator": "DoesNotExist" }),
        }
    }

    // Pod affinity, pod anti-affinity and topology spread.

    fn company(&mut self, labels: &Map<String, Value>, affinity: &mut Map<String, Value>) {
        for (kind, share) in [("podAffinity", 45), ("podAntiAffinity", 60)] {
            let mut fields = Map::new();
            if self.wants(Family::Company) && self.r.chance(share) {
                let mut terms = Vec::new();
                for _ in 0..self.r.pick(&[1, 1, 1, 2]) {
                    terms.push(self.company_term(labels, kind == "podAffinity"));
                }
                fields.insert("requiredDuringSchedulingIgnoredDuringExecution".into(), Value::Array(terms));
            }
            if self.r.chance(4) {
                let term = self.company_term(labels, true);
                fields.insert(
                    "preferredDuringSchedulingIgnoredDuringExecution".into(),
                    json!([{ "weight": 1, "podAffinityTerm": term }]),
                );
            }
            if !fields.is_empty() {
                affinity.insert(kind.into(), Value::Object(fields));
            }
        }
    }

    fn company_term(&mut self, labels: &Map<String, Value>, broad: bool) -> Value {
        let topology = self.r.pick(&TOPOLOGIES);
        let mut term = json!({ "topologyKey": topology });
        if let Some(selector) = self.pod_selector(labels, broad) {
            let mut selector = selector;
            for (field, key, operator, share) in [
                ("matchLabelKeys", "pod-template-hash", "In", 12),
                ("mismatchLabelKeys", "tier", "NotIn", 10),
            ] {
                if !self.r.chance(share) || mentions(&selector, key) {
                    continue;
                }
                term[field] = json!([key]);
                if let Some(value) = labels.get(key) {
                    merge(&mut selector, &json!({ "key": key, "operator": operator, "values": [value] }));
                }
            }
            term["labelSelector"] = selector;
        }
        if self.r.chance(25) {
            term["namespaces"] = json!(self.r.some(&self.namespaces.clone(), 2));
        }
        match self.r.below(20) {
            0..=2 => term["namespaceSelector"] = json!({}),
            3 | 4 => term["namespaceSelector"] = json!({ "matchLabels": { "team": self.r.pick(&TEAMS) } }),
            5 => {
                term["namespaceSelector"] =
                    json!({ "matchExpressions": [{ "key": "env", "operator": "Exists" }] });
            }
            6 => {
                let expression = if self.r.chance(50) {
                    json!({ "key": "team", "operator": "NotIn", "values": [self.r.pick(&TEAMS)] })
                } else {
                    json!({ "key": "env", "operator": "DoesNotExist" })
                };
                term["namespaceSelector"] = json!({ "matchExpressions": [expression] });
            }
            _ => {}
        }
        term
    }

    fn pod_selector(&mut self, labels: &Map<String, Value>, broad: bool) -> Option<Value> {
        let selector = match self.r.below(if broad { 18 } else { 10 }) {
            0..=2 | 10..=14 => json!({ "matchLabels": { "app": labels["app"] } }),
            3 => json!({ "matchLabels": { "app": self.r.pick(self.apps), "tier": self.r.pick(&TIERS) } }),
            4 | 5 => json!({ "matchLabels": { "app": self.r.pick(self.apps) } }),
            6 => json!({ "matchExpressions": [
                { "key": "app", "operator": "In", "values": self.r.some(self.apps, 2) },
                { "key": "tier", "operator": "Exists" },
            ] }),
            7 => {
                json!({ "matchExpressions": [{ "key": "app", "operator": "NotIn", "values": self.r.some(self.apps, 3) }] })
            }
            8 => json!({ "matchExpressions": [{ "key": "tier", "operator": "DoesNotExist" }] }),
            9 if self.r.chance(50) => json!({}),
            9 => return None,
            _ => {
                json!({ "matchExpressions": [{ "key": "app", "operator": "In", "values": self.r.some(self.apps, 3) }] })
            }
        };
        Some(selector)
    }

    fn spread(&mut self, labels: &Map<String, Value>, spec: &mut Map<String, Value>) {
        if !self.wants(Family::Spread) {
            return;
        }
        let mut constraints = Vec::new();
        let mut used = BTreeSet::new();
        for _ in 0..self.r.pick(&[1, 1, 2, 3]) {
            let topology = self.r.pick(&TOPOLOGIES);
            let hard = self.r.chance(80);
            let when = if hard { "DoNotSchedule" } else { "ScheduleAnyway" };
            // Unique by key and effect.
            if !used.insert((topology, hard)) {
                continue;
            }
            let skew = self.r.pick(&[1, 1, 2, 3]);
            let mut constraint =
                json!({ "maxSkew": skew, "topologyKey": topology, "whenUnsatisfiable": when });
            if hard && self.r.chance(35) {
                constraint["minDomains"] = json!(self.r.between(1, 5));
            }
            for policy in ["nodeAffinityPolicy", "nodeTaintsPolicy"] {
                if self.r.chance(45) {
                    constraint[policy] = json!(self.r.pick(&["Honor", "Ignore"]));
                }
            }
            if let Some(selector) = self.pod_selector(labels, true) {
                let mut selector = selector;
                if self.r.chance(20) && !mentions(&selector, "pod-template-hash") {
                    constraint["matchLabelKeys"] = json!(["pod-template-hash"]);
                    // Servers before 1.34 did not merge; the scheduler minds the keys itself.
                    if let Some(value) = labels.get("pod-template-hash") {
                        merge(
                            &mut selector,
                            &json!({ "key": "pod-template-hash", "operator": "In", "values": [value] }),
                        );
                    }
                }
                constraint["labelSelector"] = selector;
            }
            constraints.push(constraint);
        }
        if self.focused(Family::Spread) && self.r.chance(35) {
            let selector =
                if self.r.chance(70) { json!({ REGION: "west" }) } else { json!({ "disk": "ssd" }) };
            spec.entry("nodeSelector").or_insert(selector);
        }
        spec.insert("topologySpreadConstraints".into(), Value::Array(constraints));
    }

    // Volumes.

    fn storage(&self) -> bool {
        matches!(self.focus, None | Some(Family::Volumes | Family::Attach))
    }

    fn make_storage(&mut self) {
        for (name, provisioner, mode) in [
            ("fast", DRIVER, "WaitForFirstConsumer"),
            ("other", OTHER_DRIVER, "WaitForFirstConsumer"),
            ("zonal", DRIVER, "WaitForFirstConsumer"),
            ("local", "kubernetes.io/no-provisioner", "WaitForFirstConsumer"),
            ("now", DRIVER, "Immediate"),
        ] {
            let metadata = self.metadata(None, name, Map::new());
            let mut class = json!({
                "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": metadata,
                "provisioner": provisioner, "reclaimPolicy": "Delete", "volumeBindingMode": mode,
            });
            if name == "zonal" {
                let mut topologies = vec![json!({
                    "matchLabelExpressions": [{ "key": ZONE, "values": self.r.some(&ZONES, 2) }],
                })];
                if self.r.chance(40) {
                    topologies.push(json!({ "matchLabelExpressions": [
                        { "key": RACK, "values": self.r.some(&RACKS, 2) },
                        { "key": "disk", "values": ["ssd", "nvme"] },
                    ] }));
                }
                class["allowedTopologies"] = Value::Array(topologies);
            }
            self.objects.push(class);
        }

        let tight = self.focused(Family::Attach);
        for i in 0..self.nodes.len() {
            if self.r.chance(12) {
                continue;
            }
            let name = self.nodes[i].name.clone();
            let mut drivers = Vec::new();
            for driver in [DRIVER, OTHER_DRIVER] {
                if !self.r.chance(85) {
                    continue;
                }
                let mut value = json!({ "name": driver, "nodeID": name, "topologyKeys": [HOSTNAME] });
                if self.r.chance(85) {
                    let count = if tight { self.r.between(1, 3) } else { self.r.pick(&[1, 3, 8, 25]) };
                    value["allocatable"] = json!({ "count": count });
                }
                drivers.push(value);
            }
            let metadata = self.metadata(None, &name, Map::new());
            self.objects.push(json!({
                "apiVersion": "storage.k8s.io/v1", "kind": "CSINode", "metadata": metadata,
                "spec": { "drivers": drivers },
            }));
        }

        // Volumes that wait for a claim. No two have one size: between equals the scheduler does not say which it takes.
        for i in 0..self.r.below(4) {
            let affinity = Some(self.volume_affinity());
            self.make_volume("local", None, affinity, "ReadWriteOnce", (2 + i) * GI + i);
        }
        let most = if self.storage() { 6 } else { 2 };
        for namespace in self.namespaces.clone() {
            for i in 0..self.r.between(1, most) {
                let name = format!("data-{i}");
                self.make_claim(namespace, &name, None);
            }
        }
    }

    /// A claim in some state, and the volume behind it. Ephemeral ones have an owner.
    fn make_claim(&mut self, namespace: &'static str, name: &str, owner: Option<(&str, &str)>) {
        let mut metadata = self.metadata(Some(namespace), name, Map::new());
        if let Some((pod, uid)) = owner {
            metadata["ownerReferences"] = json!([{
                "apiVersion": "v1", "kind": "Pod", "name": pod, "uid": uid, "controller": true,
                "blockOwnerDeletion": true,
            }]);
        }
        let tight = self.focused(Family::Attach);
        let size = self.r.between(1, 5) * GI;
        let text = self.bytes(size);
        let mut spec = json!({
            "accessModes": ["ReadWriteOnce"], "volumeMode": "Filesystem",
            "resources": { "requests": { "storage": text } },
        });
        let mut phase = "Bound";
        let mut annotations = Map::new();
        let mut attached = None;
        match self.r.below(if tight { 80 } else { 96 }) {
            0..=61 => {
                let class = self.r.pick(&["fast", "fast", "fast", "other", "zonal", "now", "local"]);
                spec["storageClassName"] = json!(class);
                let affinity = if class == "local" || self.r.chance(if tight { 10 } else { 45 }) {
                    Some(self.volume_affinity())
                } else {
                    None
                };
                let reference = json!({
                    "apiVersion": "v1", "kind": "PersistentVolumeClaim",
                    "namespace": namespace, "name": name, "uid": metadata["uid"],
                });
                let mode =
                    if owner.is_none() && self.r.chance(7) { "ReadWriteOncePod" } else { "ReadWriteOnce" };
                spec["accessModes"] = json!([mode]);
                let (volume, driver) = self.make_volume(class, Some(reference), affinity, mode, size);
                attached = driver.map(|driver| (volume.clone(), driver));
                spec["volumeName"] = json!(volume);
                if !self.r.chance(2) {
                    annotations.insert("pv.kubernetes.io/bind-completed".into(), json!("yes"));
                    annotations.insert("pv.kubernetes.io/bound-by-controller".into(), json!("yes"));
                }
                if self.r.chance(1) {
                    metadata["deletionTimestamp"] = json!("2026-01-01T04:00:00Z");
                    metadata["deletionGracePeriodSeconds"] = json!(0);
                }
            }
            62..=79 => {
                phase = "Pending";
                let class = self.r.pick(&["fast", "fast", "other", "zonal", "zonal"]);
                // The old way to name the class.
                if self.r.chance(10) {
                    annotations.insert(BETA_CLASS.into(), json!(class));
                } else {
                    spec["storageClassName"] = json!(class);
                }
                if self.r.chance(8) {
                    let node = self.r.index(self.nodes.len());
                    annotations
                        .insert("volume.kubernetes.io/selected-node".into(), json!(self.nodes[node].name));
                }
            }
            80..=92 => {
                phase = "Pending";
                spec["storageClassName"] = json!("local");
            }
            93 => {
                phase = "Pending";
                spec["storageClassName"] = json!(self.r.pick(&["now", "gone"]));
            }
            94 => {
                phase = "Lost";
                spec["storageClassName"] = json!("fast");
                spec["volumeName"] = json!("pv-gone");
                annotations.insert("pv.kubernetes.io/bind-completed".into(), json!("yes"));
            }
            _ => {
                spec["storageClassName"] = json!("fast");
                spec["volumeName"] = json!("pv-gone");
                annotations.insert("pv.kubernetes.io/bind-completed".into(), json!("yes"));
            }
        }
        if !annotations.is_empty() {
            metadata["annotations"] = Value::Object(annotations);
        }
        self.objects.push(json!({
            "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec,
            "status": { "phase": phase },
        }));
        if owner.is_none() {
            self.claims.push(Claim { namespace, name: name.to_owned(), attached });
        }
    }

    fn volume_affinity(&mut self) -> Value {
        let node = self.r.index(self.nodes.len());
        let name = self.nodes[node].name.clone();
        let expression = match self.r.below(5) {
            0 | 1 => json!({ "key": HOSTNAME, "operator": "In", "values": [name] }),
            2 | 3 => json!({ "key": ZONE, "operator": "In", "values": self.r.some(&ZONES, 2) }),
            _ => json!({ "key": "disk", "operator": "NotIn", "values": ["hdd"] }),
        };
        let mut terms = vec![json!({ "matchExpressions": [expression] })];
        if self.r.chance(20) {
            terms.push(json!({ "matchExpressions": [{ "key": RACK, "operator": "In", "values": self.r.some(&RACKS, 2) }] }));
        }
        json!({ "required": { "nodeSelectorTerms": terms } })
    }

    /// The volume's name, and its driver where it is one of CSI.
    fn make_volume(
        &mut self,
        class: &str,
        claim: Option<Value>,
        affinity: Option<Value>,
        mode: &str,
        size: u64,
    ) -> (String, Option<&'static str>) {
        self.volumes += 1;
        let name = format!("pv-{:02}", self.volumes);
        let mut labels = Map::new();
        if class != "local" && self.r.chance(if self.focused(Family::Volumes) { 50 } else { 20 }) {
            let zone = match self.r.below(8) {
                0..=3 => self.r.pick(&ZONES).to_owned(),
                4..=6 => format!("{}__{}", self.r.pick(&ZONES), self.r.pick(&ZONES)),
                // Not readable, so it says nothing.
                _ => "za____zb".to_owned(),
            };
            labels.insert(if self.r.chance(75) { ZONE } else { OLD_ZONE }.into(), json!(zone));
            if self.r.chance(30) {
                let region = self.r.pick(&["east", "west", "east__west"]);
                labels.insert(if self.r.chance(75) { REGION } else { OLD_REGION }.into(), json!(region));
            }
        }
        let metadata = self.metadata(None, &name, labels);
        let capacity = self.bytes(size);
        let mut spec = json!({
            "capacity": { "storage": capacity },
            "accessModes": [mode],
            "persistentVolumeReclaimPolicy": "Delete",
            "storageClassName": class,
            "volumeMode": "Filesystem",
        });
        let driver = match class {
            "local" => None,
            "other" => Some(OTHER_DRIVER),
            _ => Some(DRIVER),
        };
        match driver {
            Some(driver) => {
                spec["csi"] = json!({ "driver": driver, "volumeHandle": format!("handle-{name}") });
            }
            None => spec["local"] = json!({ "path": format!("/mnt/{name}") }),
        }
        let phase = if claim.is_some() { "Bound" } else { "Available" };
        if let Some(claim) = claim {
            spec["claimRef"] = claim;
        }
        if let Some(affinity) = affinity {
            spec["nodeAffinity"] = affinity;
        }
        self.objects.push(json!({
            "apiVersion": "v1", "kind": "PersistentVolume", "metadata": metadata, "spec": spec,
            "status": { "phase": phase },
        }));
        (name, driver)
    }

    /// The volumes of a pod; `place` is the node where they are attached.
    fn mounts(
        &mut self,
        namespace: &'static str,
        pod: &str,
        uid: &str,
        place: Option<&str>,
        spec: &mut Map<String, Value>,
    ) {
        let mut volumes = Vec::new();
        if self.r.chance(20) {
            volumes.push(json!({ "name": "tmp", "emptyDir": {} }));
        }
        let attach = self.wants(Family::Attach);
        if attach || self.wants(Family::Volumes) {
            let mine: Vec<usize> =
                (0..self.claims.len()).filter(|i| self.claims[*i].namespace == namespace).collect();
            let most = if self.focused(Family::Attach) { 3 } else { 2 };
            for i in self.r.some(&mine, most) {
                let claim = &self.claims[i];
                volumes.push(
                    json!({ "name": claim.name, "persistentVolumeClaim": { "claimName": claim.name } }),
                );
                if let (Some((volume, driver)), Some(node)) = (&claim.attached, place) {
                    self.attachments.insert((volume.clone(), node.to_owned(), driver));
                }
            }
            if self.r.chance(3) {
                volumes
                    .push(json!({ "name": "lost", "persistentVolumeClaim": { "claimName": "not-there" } }));
            }
            if self.r.chance(20) {
                volumes.push(json!({ "name": "scratch", "ephemeral": { "volumeClaimTemplate": { "spec": {
                    "accessModes": ["ReadWriteOnce"], "volumeMode": "Filesystem", "storageClassName": "fast",
                    "resources": { "requests": { "storage": "1Gi" } },
                } } } }));
                // The controller makes the claim a moment after the pod.
                if !self.r.chance(5) {
                    self.make_claim(namespace, &format!("{pod}-scratch"), Some((pod, uid)));
                }
            }
        }
        if !volumes.is_empty() {
            spec.insert("volumes".into(), Value::Array(volumes));
        }
    }

    fn make_attachments(&mut self) {
        let mut wanted = std::mem::take(&mut self.attachments);
        // Volumes that nobody uses where they still are.
        for i in 0..self.claims.len() {
            let node = self.r.index(self.nodes.len());
            if let (true, Some((volume, driver))) = (self.r.chance(10), &self.claims[i].attached) {
                wanted.insert((volume.clone(), self.nodes[node].name.clone(), driver));
            }
        }
        for (i, (volume, node, driver)) in wanted.into_iter().enumerate() {
            if self.r.chance(30) {
                continue;
            }
            let metadata = self.metadata(None, &format!("csi-{i}"), Map::new());
            self.objects.push(json!({
                "apiVersion": "storage.k8s.io/v1", "kind": "VolumeAttachment", "metadata": metadata,
                "spec": { "attacher": driver, "nodeName": node, "source": { "persistentVolumeName": volume } },
                "status": { "attached": self.r.chance(80) },
            }));
        }
    }
}

/// Whether a label selector names the key already: the apiserver wants label keys to be new.
fn mentions(selector: &Value, key: &str) -> bool {
    selector["matchLabels"].get(key).is_some()
        || selector["matchExpressions"].as_array().is_some_and(|list| list.iter().any(|e| e["key"] == key))
}

/// What the apiserver does with matchLabelKeys and mismatchLabelKeys.
fn merge(selector: &mut Value, expression: &Value) {
    match selector["matchExpressions"].as_array_mut() {
        Some(list) => list.push(expression.clone()),
        None => selector["matchExpressions"] = json!([expression]),
    }
}

fn resources(requests: Map<String, Value>, limits: Map<String, Value>) -> Value {
    let mut resources = Map::new();
    if !requests.is_empty() {
        resources.insert("requests".into(), Value::Object(requests));
    }
    if !limits.is_empty() {
        resources.insert("limits".into(), Value::Object(limits));
    }
    Value::Object(resources)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use serde_json::Value;

    use super::random;

    #[test]
    fn a_seed_is_a_world() {
        for seed in 0..50 {
            assert_eq!(random(seed).line(), random(seed).line());
            assert_ne!(random(seed).objects, random(seed + 1).objects);
        }
    }

    #[test]
    fn names_are_there_once_and_asked_pods_exist() {
        for seed in 0..200 {
            let world = random(seed);
            let mut names = BTreeSet::new();
            for object in &world.objects {
                let metadata = &object["metadata"];
                assert!(
                    names
                        .insert(format!("{} {}/{}", object["kind"], metadata["namespace"], metadata["name"]))
                );
            }
            for asked in &world.ask {
                let (namespace, name) = asked.split_once('/').expect("namespace/name");
                assert!(names.contains(&format!("\"Pod\" \"{namespace}\"/\"{name}\"")), "{asked}");
            }
        }
    }

    #[test]
    fn every_feature_occurs() {
        let mut seen: BTreeMap<&str, u64> = BTreeMap::new();
        let mut pods = 0;
        for seed in 0..500 {
            let world = random(seed);
            for object in &world.objects {
                pods += u64::from(object["kind"] == "Pod");
                for (feature, there) in FEATURES {
                    *seen.entry(feature).or_default() += u64::from(there(object));
                }
            }
        }
        assert!(pods > 4000, "{pods} pods");
        let rare: Vec<_> = seen.iter().filter(|(_, count)| **count < 25).collect();
        assert!(rare.is_empty(), "too rare: {rare:?}");
    }

    type Feature = (&'static str, fn(&Value) -> bool);

    const FEATURES: &[Feature] = &[
        ("cpu", |o| request(o, "cpu")),
        ("memory", |o| request(o, "memory")),
        ("ephemeral storage", |o| request(o, "ephemeral-storage")),
        ("extended resource", |o| request(o, "example.com/gpu")),
        ("huge pages", |o| request(o, "hugepages-2Mi")),
        ("request of zero", |o| text(&o["spec"]["containers"], |s| s == "0" || s == "0m")),
        ("request of no whole byte", |o| {
            any(&o["spec"]["containers"], |c| {
                c["resources"]["requests"]["memory"].as_str().is_some_and(|m| m.ends_with("500m"))
            })
        }),
        ("limits", |o| any(&o["spec"]["containers"], |c| c["resources"]["limits"].is_object())),
        ("init container", |o| any(&o["spec"]["initContainers"], |c| c["restartPolicy"].is_null())),
        ("sidecar", |o| any(&o["spec"]["initContainers"], |c| c["restartPolicy"] == "Always")),
        ("sidecar after init container", |o| {
            let order = list(&o["spec"]["initContainers"]);
            order.windows(2).any(|w| w[0]["restartPolicy"].is_null() && w[1]["restartPolicy"] == "Always")
        }),
        ("overhead", |o| o["spec"]["overhead"].is_object()),
        ("pod-level cpu", |o| o["spec"]["resources"]["requests"]["cpu"].is_string()),
        ("pod-level memory", |o| o["spec"]["resources"]["requests"]["memory"].is_string()),
        ("pod-level huge pages", |o| o["spec"]["resources"]["requests"]["hugepages-2Mi"].is_string()),
        ("resize", |o| any(&o["status"]["containerStatuses"], |c| !c["allocatedResources"].is_null())),
        ("resize of init containers", |o| {
            any(&o["status"]["initContainerStatuses"], |c| !c["allocatedResources"].is_null())
        }),
        ("resize at pod level", |o| o["status"]["allocatedResources"].is_object()),
        ("few pods allowed", |o| {
            matches!(o["status"]["allocatable"]["pods"].as_str(), Some("3" | "4" | "5"))
        }),
        ("taint NoSchedule", |o| any(&o["spec"]["taints"], |t| t["effect"] == "NoSchedule")),
        ("taint NoExecute", |o| any(&o["spec"]["taints"], |t| t["effect"] == "NoExecute")),
        ("taint PreferNoSchedule", |o| any(&o["spec"]["taints"], |t| t["effect"] == "PreferNoSchedule")),
        ("several taints", |o| list(&o["spec"]["taints"]).len() > 1),
        ("toleration Exists", |o| {
            any(&o["spec"]["tolerations"], |t| t["operator"] == "Exists" && t["key"].is_string())
        }),
        ("toleration Equal", |o| {
            any(&o["spec"]["tolerations"], |t| t["operator"] == "Equal" && t["value"].is_string())
        }),
        ("toleration without operator", |o| any(&o["spec"]["tolerations"], |t| t["operator"].is_null())),
        ("toleration without key", |o| any(&o["spec"]["tolerations"], |t| t["key"].is_null())),
        ("toleration without effect", |o| any(&o["spec"]["tolerations"], |t| t["effect"].is_null())),
        ("toleration with effect", |o| any(&o["spec"]["tolerations"], |t| t["effect"].is_string())),
        ("unschedulable", |o| o["spec"]["unschedulable"] == true),
        ("node selector", |o| o["kind"] == "Pod" && o["spec"]["nodeSelector"].is_object()),
        ("In", |o| expression(o, "In")),
        ("NotIn", |o| expression(o, "NotIn")),
        ("Exists", |o| expression(o, "Exists")),
        ("DoesNotExist", |o| expression(o, "DoesNotExist")),
        ("Gt", |o| expression(o, "Gt")),
        ("Lt", |o| expression(o, "Lt")),
        ("Gt or Lt of no number", |o| {
            any(node_terms(o), |t| any(&t["matchExpressions"], |e| e["values"][0] == "six"))
        }),
        ("label that is no number", |o| {
            matches!(o["metadata"]["labels"]["generation"].as_str(), Some("four" | "1.5" | ""))
        }),
        ("matchFields In", |o| any(node_terms(o), |t| t["matchFields"][0]["operator"] == "In")),
        ("matchFields NotIn", |o| any(node_terms(o), |t| t["matchFields"][0]["operator"] == "NotIn")),
        ("several node terms", |o| list(node_terms(o)).len() > 1),
        ("empty node term", |o| any(node_terms(o), |t| t.as_object().is_some_and(serde_json::Map::is_empty))),
        ("only empty node terms", |o| {
            let terms = list(node_terms(o));
            !terms.is_empty() && terms.iter().all(|t| t.as_object().is_some_and(serde_json::Map::is_empty))
        }),
        ("preferred node affinity", |o| {
            any(
                &o["spec"]["affinity"]["nodeAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"],
                |_| true,
            )
        }),
        ("host port", |o| port(o, |p| p["hostPort"].is_number())),
        ("host port UDP", |o| port(o, |p| p["hostPort"].is_number() && p["protocol"] == "UDP")),
        ("host port SCTP", |o| port(o, |p| p["hostPort"].is_number() && p["protocol"] == "SCTP")),
        ("host IP 0.0.0.0", |o| port(o, |p| p["hostIP"] == "0.0.0.0")),
        ("one host IP", |o| port(o, |p| p["hostIP"] == "10.0.0.1")),
        ("container port alone", |o| port(o, |p| p["hostPort"].is_null())),
        ("host network", |o| o["spec"]["hostNetwork"] == true),
        ("port of an init container", |o| {
            any(&o["spec"]["initContainers"], |c| {
                c["restartPolicy"].is_null() && c["ports"][0]["hostPort"].is_number()
            })
        }),
        ("port of a sidecar", |o| {
            any(&o["spec"]["initContainers"], |c| {
                c["restartPolicy"] == "Always" && c["ports"][0]["hostPort"].is_number()
            })
        }),
        ("affinity", |o| any(with(o), |_| true)),
        ("anti-affinity", |o| any(against(o), |_| true)),
        ("several affinity terms", |o| list(with(o)).len() > 1),
        ("several anti-affinity terms", |o| list(against(o)).len() > 1),
        ("affinity by host", |o| any(with(o), |t| t["topologyKey"] == super::HOSTNAME)),
        ("affinity by zone", |o| any(with(o), |t| t["topologyKey"] == super::ZONE)),
        ("affinity by rack", |o| any(with(o), |t| t["topologyKey"] == super::RACK)),
        ("anti-affinity by host", |o| any(against(o), |t| t["topologyKey"] == super::HOSTNAME)),
        ("anti-affinity by zone", |o| any(against(o), |t| t["topologyKey"] == super::ZONE)),
        ("anti-affinity by rack", |o| any(against(o), |t| t["topologyKey"] == super::RACK)),
        ("node without rack", |o| o["kind"] == "Node" && o["metadata"]["labels"]["rack"].is_null()),
        ("node without zone", |o| o["kind"] == "Node" && o["metadata"]["labels"][super::ZONE].is_null()),
        ("namespaces", |o| term(o, |t| t["namespaces"].is_array())),
        ("empty namespace selector", |o| {
            term(o, |t| t["namespaceSelector"].as_object().is_some_and(serde_json::Map::is_empty))
        }),
        ("namespace selector", |o| term(o, |t| t["namespaceSelector"]["matchLabels"].is_object())),
        ("namespaces and selector", |o| {
            term(o, |t| t["namespaces"].is_array() && t["namespaceSelector"].is_object())
        }),
        ("namespace selector that the empty set matches", |o| {
            term(o, |t| t["namespaceSelector"]["matchExpressions"][0]["operator"] == "NotIn")
        }),
        ("affinity to its own kind", |o| {
            any(with(o), |t| {
                let app = &t["labelSelector"]["matchLabels"]["app"];
                app.is_string() && *app == o["metadata"]["labels"]["app"] && t["namespaces"].is_null()
            })
        }),
        ("selector of everything", |o| {
            term(o, |t| t["labelSelector"].as_object().is_some_and(serde_json::Map::is_empty))
        }),
        ("no selector", |o| term(o, |t| t["labelSelector"].is_null())),
        ("matchLabelKeys", |o| term(o, |t| t["matchLabelKeys"].is_array())),
        ("mismatchLabelKeys", |o| term(o, |t| t["mismatchLabelKeys"].is_array())),
        ("preferred pod affinity", |o| {
            any(
                &o["spec"]["affinity"]["podAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"],
                |_| true,
            )
        }),
        ("hard spread", |o| spread(o, |c| c["whenUnsatisfiable"] == "DoNotSchedule")),
        ("soft spread", |o| spread(o, |c| c["whenUnsatisfiable"] == "ScheduleAnyway")),
        ("several hard spreads", |o| {
            list(&o["spec"]["topologySpreadConstraints"])
                .iter()
                .filter(|c| c["whenUnsatisfiable"] == "DoNotSchedule")
                .count()
                > 1
        }),
        ("skew above 1", |o| spread(o, |c| c["maxSkew"].as_u64() > Some(1))),
        ("minDomains", |o| spread(o, |c| c["minDomains"].is_number())),
        ("nodeAffinityPolicy Ignore", |o| spread(o, |c| c["nodeAffinityPolicy"] == "Ignore")),
        ("nodeAffinityPolicy Honor", |o| spread(o, |c| c["nodeAffinityPolicy"] == "Honor")),
        ("nodeTaintsPolicy Ignore", |o| spread(o, |c| c["nodeTaintsPolicy"] == "Ignore")),
        ("nodeTaintsPolicy Honor", |o| spread(o, |c| c["nodeTaintsPolicy"] == "Honor")),
        ("spread with matchLabelKeys", |o| spread(o, |c| c["matchLabelKeys"].is_array())),
        ("spread over what some nodes lack", |o| spread(o, |c| c["topologyKey"] == "rack")),
        ("pod being deleted", |o| o["kind"] == "Pod" && o["metadata"]["deletionTimestamp"].is_string()),
        ("finished pod", |o| {
            o["kind"] == "Pod" && matches!(o["status"]["phase"].as_str(), Some("Succeeded" | "Failed"))
        }),
        ("unbound pod", |o| o["kind"] == "Pod" && o["spec"]["nodeName"].is_null()),
        ("pod of a node that is gone", |o| o["spec"]["nodeName"] == "node-gone"),
        ("claim bound", |o| {
            claim(o) && o["metadata"]["annotations"]["pv.kubernetes.io/bind-completed"].is_string()
        }),
        ("claim unbound, class with topologies", |o| {
            claim(o) && o["spec"]["storageClassName"] == "zonal" && o["spec"]["volumeName"].is_null()
        }),
        ("claim unbound, class without provisioner", |o| {
            claim(o) && o["spec"]["storageClassName"] == "local" && o["spec"]["volumeName"].is_null()
        }),
        ("claim with the class in an annotation", |o| {
            o["metadata"]["annotations"][super::BETA_CLASS].is_string()
        }),
        ("claim of one pod", |o| claim(o) && o["spec"]["accessModes"][0] == "ReadWriteOncePod"),
        ("allowed topologies", |o| o["allowedTopologies"].is_array()),
        ("volume with node affinity", |o| o["spec"]["nodeAffinity"].is_object()),
        ("volume free to take", |o| o["kind"] == "PersistentVolume" && o["status"]["phase"] == "Available"),
        ("volume with zone", |o| {
            o["kind"] == "PersistentVolume" && o["metadata"]["labels"][super::ZONE].is_string()
        }),
        ("volume with old zone", |o| {
            o["kind"] == "PersistentVolume" && o["metadata"]["labels"][super::OLD_ZONE].is_string()
        }),
        ("volume with region", |o| {
            o["kind"] == "PersistentVolume" && o["metadata"]["labels"][super::REGION].is_string()
        }),
        ("volume with several zones", |o| {
            o["kind"] == "PersistentVolume"
                && o["metadata"]["labels"][super::ZONE].as_str().is_some_and(|z| z.contains("__"))
        }),
        ("ephemeral volume", |o| any(&o["spec"]["volumes"], |v| v["ephemeral"].is_object())),
        ("missing claim", |o| {
            any(&o["spec"]["volumes"], |v| v["persistentVolumeClaim"]["claimName"] == "not-there")
        }),
        ("attach limit", |o| any(&o["spec"]["drivers"], |d| d["allocatable"]["count"].is_number())),
        ("driver without attach limit", |o| any(&o["spec"]["drivers"], |d| d["allocatable"].is_null())),
        ("attachment", |o| o["kind"] == "VolumeAttachment"),
    ];

    #[test]
    fn pods_share_volumes() {
        let mut shared = 0;
        for seed in 0..500 {
            let mut users: BTreeMap<String, u64> = BTreeMap::new();
            for object in random(seed).objects {
                for volume in list(&object["spec"]["volumes"]) {
                    if let Some(claim) = volume["persistentVolumeClaim"]["claimName"].as_str() {
                        *users.entry(format!("{}/{claim}", object["metadata"]["namespace"])).or_default() +=
                            1;
                    }
                }
            }
            shared += users.values().filter(|count| **count > 1).count();
        }
        assert!(shared > 100, "{shared}");
    }

    fn list(value: &Value) -> &[Value] {
        value.as_array().map_or(&[], Vec::as_slice)
    }

    fn any(value: &Value, there: impl Fn(&Value) -> bool) -> bool {
        list(value).iter().any(there)
    }

    fn request(object: &Value, name: &str) -> bool {
        any(&object["spec"]["containers"], |c| c["resources"]["requests"][name].is_string())
    }

    /// Whether a request of a container reads like this.
    fn text(containers: &Value, like: impl Fn(&str) -> bool) -> bool {
        any(containers, |c| {
            c["resources"]["requests"]
                .as_object()
                .is_some_and(|r| r.values().filter_map(Value::as_str).any(&like))
        })
    }

    fn claim(object: &Value) -> bool {
        object["kind"] == "PersistentVolumeClaim"
    }

    fn node_terms(object: &Value) -> &Value {
        &object["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
    }

    fn expression(object: &Value, operator: &str) -> bool {
        any(node_terms(object), |t| any(&t["matchExpressions"], |e| e["operator"] == operator))
    }

    fn port(object: &Value, like: impl Fn(&Value) -> bool) -> bool {
        any(&object["spec"]["containers"], |c| any(&c["ports"], &like))
    }

    fn with(object: &Value) -> &Value {
        &object["spec"]["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    }

    fn against(object: &Value) -> &Value {
        &object["spec"]["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    }

    fn term(object: &Value, like: impl Fn(&Value) -> bool) -> bool {
        any(with(object), &like) || any(against(object), &like)
    }

    fn spread(object: &Value, like: impl Fn(&Value) -> bool) -> bool {
        any(&object["spec"]["topologySpreadConstraints"], like)
    }
}
