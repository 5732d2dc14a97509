//! A description of a cluster, written out as the objects that an apiserver would hand out.

use super::{
    APPS, Belongs, Budget, Cluster, DISKS, EVICTED, GROUPS, Group, HOSTNAME, Kind, Life, Machine, Mark,
    NAMESPACES, NOW, Node, Pod, RACK, RACKS, SIZES, Select, Setting, Standing, Volume, Wish, Workload, ZONE,
    ZONES,
};
use decide::time::Time;
use serde_json::{Map, Value, json};

const GROUP: &str = "autoscaler.vpsie.com/nodegroup";
const MANAGED: &str = "autoscaler.vpsie.com/managed";
const LEAVING: &str = "autoscaler.vpsie.com/leaving";
const LEAVING_SINCE: &str = "autoscaler.vpsie.com/leaving-since";
const DRIVER: &str = "csi.example.com";

/// The instant so many seconds from now, as Kubernetes writes it.
#[must_use]
pub fn instant(seconds: i64) -> String {
    Time(NOW + seconds).to_string()
}

#[must_use]
pub fn node_name(index: usize) -> String {
    format!("n{index:02}")
}

impl Cluster {
    #[must_use]
    pub fn objects(&self) -> Vec<Value> {
        let mut objects = Vec::new();
        if !self.settings.is_empty() || self.frozen {
            objects.push(self.config());
        }
        objects.extend(self.groups.iter().enumerate().map(|(at, it)| group(at, it)));
        for (at, it) in self.nodes.iter().enumerate() {
            self.node(&mut objects, at, it);
        }
        for (at, it) in self.workloads.iter().enumerate() {
            self.workload(&mut objects, at, it);
        }
        objects.extend(self.budgets.iter().enumerate().map(|(at, it)| budget(at, it)));
        objects.extend(self.machines.iter().enumerate().map(|(at, it)| self.machine(at, it)));
        for (at, name) in NAMESPACES.iter().enumerate().skip(1) {
            let labels = if at == 1 { json!({ "team": "data" }) } else { json!({}) };
            objects.push(json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name, "labels": labels } }));
        }
        objects.push(
            json!({ "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": { "name": "cheap" }, "value": -100 }),
        );
        for class in ["anywhere", "somewhere", "now"] {
            objects.push(storage_class(class));
        }
        objects
    }

    fn config(&self) -> Value {
        let mut config = json!({
            "apiVersion": "autoscaler.vpsie.com/v1alpha1",
            "kind": "AutoscalerConfig",
            "metadata": { "name": "default" },
            "spec": nested(&self.settings),
        });
        if self.frozen {
            config["status"] = json!({
                "conditions": [{ "type": "InventoryFrozen", "status": "True", "message": "3 servers are missing" }],
            });
        }
        config
    }

    fn group_of(&self, index: usize) -> &'static str {
        GROUPS[index % self.groups.len()]
    }

    fn node(&self, objects: &mut Vec<Value>, index: usize, node: &Node) {
        let name = node_name(index);
        let (cpu, memory) = SIZES[node.size];
        let mut labels = json!({
            HOSTNAME: name,
            ZONE: ZONES[node.zone],
            "disk": DISKS[node.disk],
            "generation": node.size.to_string(),
        });
        if let Some(rack) = node.rack {
            labels[RACK] = json!(RACKS[rack]);
        }
        let mut taints = Vec::new();
        match node.belongs {
            Belongs::To(group) => {
                labels[GROUP] = json!(self.group_of(group));
                labels[MANAGED] = json!("true");
            }
            Belongs::NotManaged(group) => labels[GROUP] = json!(self.group_of(group)),
            Belongs::Lost => {
                labels[GROUP] = json!("omega");
                labels[MANAGED] = json!("true");
            }
            Belongs::ControlPlane { tainted } => {
                labels["node-role.kubernetes.io/control-plane"] = json!("");
                labels[GROUP] = json!(self.group_of(0));
                labels[MANAGED] = json!("true");
                if tainted {
                    taints.push(taint("node-role.kubernetes.io/control-plane", "", "NoSchedule"));
                }
            }
            Belongs::Stranger => {}
        }
        if node.tainted {
            taints.push(taint("dedicated", "batch", "NoSchedule"));
        }
        let mut annotations = json!({});
        for (key, value) in &node.marks {
            match key.strip_prefix("label:") {
                Some(key) => labels[key] = json!(value),
                None => annotations[*key] = json!(value),
            }
        }
        if let Some(idle) = node.idle {
            annotations["autoscaler.vpsie.com/idle-since"] = json!(instant(-idle));
        }
        if let Some(not_before) = node.not_before {
            annotations["autoscaler.vpsie.com/not-before"] = json!(instant(not_before));
        }
        let stands = stands(node.standing, &mut annotations, &mut taints);
        let mut made = json!({
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {
                "name": name, "uid": format!("uid-{name}"), "labels": labels, "annotations": annotations,
                "creationTimestamp": instant(stands.created),
            },
            "spec": { "providerID": format!("vpsie://{name}"), "taints": taints },
            "status": {
                "allocatable": { "cpu": format!("{cpu}m"), "memory": format!("{memory}Mi"), "pods": node.slots.to_string(),
                    "example.com/gpu": if node.disk == 0 { "1" } else { "0" } },
                "conditions": stands.ready.map_or_else(Vec::new, |(status, since)| {
                    vec![json!({ "type": "Ready", "status": status, "lastTransitionTime": instant(since) })]
                }),
            },
        });
        if stands.unschedulable {
            made["spec"]["unschedulable"] = json!(true);
        }
        objects.push(made);
        if node.slots < 110 {
            let driver = json!({ "name": DRIVER, "allocatable": { "count": node.slots / 2 } });
            objects.push(json!({
                "apiVersion": "storage.k8s.io/v1", "kind": "CSINode", "metadata": { "name": name },
                "spec": { "drivers": [driver] },
            }));
        }
        for at in 0..node.samples.count {
            let high = node.samples.peak > 0 && at % node.samples.peak == 0;
            let percent = |low: u32| if high { 95 } else { low };
            objects.push(json!({
                "apiVersion": "metrics.k8s.io/v1beta1", "kind": "NodeMetrics", "metadata": { "name": name },
                "timestamp": instant(-node.samples.newest - 60 * at as i64), "window": "30s",
                "usage": {
                    "cpu": format!("{}m", cpu * percent(node.samples.cpu) / 100),
                    "memory": format!("{}Mi", memory * percent(node.samples.memory) / 100),
                },
            }));
        }
    }

    fn workload(&self, objects: &mut Vec<Value>, index: usize, it: &Workload) {
        let namespace = NAMESPACES[it.namespace];
        let name = format!("{}-{index}", APPS[it.app]);
        let template = json!({ "metadata": { "labels": { "app": APPS[it.app] } }, "spec": self.spec(it) });
        let (api, kind) = match it.kind {
            Kind::ReplicaSet | Kind::Missing | Kind::DaemonByMark => ("apps/v1", "ReplicaSet"),
            Kind::StatefulSet => ("apps/v1", "StatefulSet"),
            Kind::DaemonSet => ("apps/v1", "DaemonSet"),
            Kind::Job => ("batch/v1", "Job"),
            Kind::ReplicationController => ("v1", "ReplicationController"),
            Kind::Mirror => ("v1", "Node"),
            Kind::Custom => ("example.com/v1", "Fleet"),
            Kind::Bare => ("", ""),
        };
        let exists = !matches!(it.kind, Kind::Missing | Kind::Mirror | Kind::Custom | Kind::Bare);
        if exists {
            let mut owner = json!({
                "apiVersion": api, "kind": kind,
                "metadata": { "name": name, "namespace": namespace, "uid": format!("uid-{name}") },
                "spec": { "replicas": it.pods.len(), "template": template },
            });
            if it.kind == Kind::DaemonSet {
                owner["spec"] = json!({ "template": template });
            }
            objects.push(owner);
        }
        for (at, pod) in it.pods.iter().enumerate() {
            let owner = match it.kind {
                Kind::Bare => None,
                Kind::Mirror => {
                    let node = node_name(pod.node % self.nodes.len());
                    Some(
                        json!({ "apiVersion": api, "kind": kind, "name": node, "uid": format!("uid-{node}"), "controller": true }),
                    )
                }
                _ => Some(
                    json!({ "apiVersion": api, "kind": kind, "name": name, "uid": format!("uid-{name}"), "controller": true }),
                ),
            };
            let pod_name = format!("{name}-{at}");
            let mut spec = template["spec"].clone();
            self.storage(objects, it, pod, &pod_name, &name, &mut spec);
            objects.push(self.pod(it, pod, &pod_name, owner, spec));
        }
    }

    fn pod(&self, of: &Workload, pod: &Pod, name: &str, owner: Option<Value>, mut spec: Value) -> Value {
        let node = node_name(pod.node % self.nodes.len());
        let mut annotations = json!({});
        of.marks.iter().chain(&pod.marks).for_each(|(key, value)| annotations[*key] = json!(value));
        match of.kind {
            Kind::Mirror => annotations["kubernetes.io/config.mirror"] = json!("0123"),
            Kind::DaemonByMark => {
                annotations["cluster-autoscaler.kubernetes.io/daemonset-pod"] = json!("true");
            }
            _ => {}
        }
        let mut metadata = json!({
            "name": name, "namespace": NAMESPACES[of.namespace], "uid": format!("uid-{name}"),
            "labels": { "app": APPS[of.app] }, "annotations": annotations, "creationTimestamp": instant(-86_400),
        });
        if let Some(owner) = owner {
            metadata["ownerReferences"] = json!([owner]);
        }
        let ready = |is: bool| json!([{ "type": "Ready", "status": if is { "True" } else { "False" } }]);
        let started = instant(-80_000);
        let running =
            |phase: &str, is: bool| json!({ "phase": phase, "startTime": started, "conditions": ready(is) });
        let mut status = match pod.life {
            Life::Running | Life::Deleting(_) | Life::Elsewhere => running("Running", true),
            Life::NotReady => running("Running", false),
            Life::Starting => json!({ "phase": "Pending", "conditions": ready(false) }),
            Life::Succeeded => running("Succeeded", false),
            Life::Failed => running("Failed", false),
            Life::Pending { .. } | Life::Evicted => json!({ "phase": "Pending" }),
        };
        match pod.life {
            Life::Deleting(seconds) => {
                metadata["deletionTimestamp"] = json!(instant(seconds));
                spec["nodeName"] = json!(node);
            }
            Life::Elsewhere => spec["nodeName"] = json!("gone"),
            Life::Evicted => metadata["annotations"][EVICTED] = json!("true"),
            Life::Pending { age, unschedulable, nominated, gated } => {
                metadata["creationTimestamp"] = json!(instant(-age));
                if unschedulable {
                    status["conditions"] =
                        json!([{ "type": "PodScheduled", "status": "False", "reason": "Unschedulable" }]);
                }
                if nominated {
                    status["nominatedNodeName"] = json!(node);
                }
                if gated {
                    spec["schedulingGates"] = json!([{ "name": "example.com/quota" }]);
                }
            }
            _ => spec["nodeName"] = json!(node),
        }
        if of.wishes.iter().any(|it| matches!(it, Wish::Resized(_)))
            && !matches!(pod.life, Life::Pending { .. })
        {
            let more =
                of.wishes.iter().find_map(|it| if let Wish::Resized(more) = it { Some(*more) } else { None });
            let given = json!({ "cpu": format!("{}m", of.cpu + more.unwrap_or(0)) });
            status["containerStatuses"] =
                json!([{ "name": "main", "allocatedResources": given, "resources": { "requests": given } }]);
        }
        json!({ "apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec, "status": status })
    }

    /// What all pods of the workload have in common.
    fn spec(&self, it: &Workload) -> Value {
        let mut main = json!({
            "name": "main",
            "resources": { "requests": { "cpu": format!("{}m", it.cpu), "memory": format!("{}Mi", it.memory) } },
        });
        let mut spec = json!({});
        let mut init = Vec::new();
        let mut tolerations = Vec::new();
        let mut spread = Vec::new();
        let (mut apart, mut near) = (Vec::new(), Vec::new());
        let mut affinity = json!({});
        let own = |app: Option<usize>| json!({ "matchLabels": { "app": APPS[app.unwrap_or(it.app)] } });
        let container = |name: &str, cpu: u32| json!({ "name": name, "resources": { "requests": { "cpu": format!("{cpu}m") } } });
        for wish in &it.wishes {
            match *wish {
                Wish::TolerateAll => tolerations.push(json!({ "operator": "Exists" })),
                Wish::TolerateLeaving => tolerations.push(json!({ "key": LEAVING, "operator": "Exists" })),
                Wish::TolerateDedicated => {
                    tolerations.push(json!({ "key": "dedicated", "value": "batch", "effect": "NoSchedule" }));
                }
                Wish::Zone(zone) => spec["nodeSelector"][ZONE] = json!(ZONES[zone]),
                Wish::Disk(disk) => spec["nodeSelector"]["disk"] = json!(DISKS[disk]),
                Wish::Group(group) => spec["nodeSelector"][GROUP] = json!(self.group_of(group)),
                Wish::NodeIn(how) => {
                    affinity["nodeAffinity"] = json!({ "requiredDuringSchedulingIgnoredDuringExecution": { "nodeSelectorTerms": terms(how) } });
                }
                Wish::Apart { key, app, everywhere } => {
                    let mut term = json!({ "labelSelector": own(app), "topologyKey": key });
                    if everywhere {
                        term["namespaceSelector"] = json!({});
                    }
                    apart.push(term);
                }
                Wish::Near { key, app } => {
                    near.push(json!({ "labelSelector": own(app), "topologyKey": key }));
                }
                Wish::Spread { key, skew, domains, affinity, taints, empty } => {
                    let mut constraint = json!({
                        "maxSkew": skew, "topologyKey": key, "whenUnsatisfiable": "DoNotSchedule",
                        "labelSelector": if empty { json!({}) } else { own(None) },
                        "nodeAffinityPolicy": if affinity { "Honor" } else { "Ignore" },
                        "nodeTaintsPolicy": if taints { "Honor" } else { "Ignore" },
                    });
                    if let Some(domains) = domains {
                        constraint["minDomains"] = json!(domains);
                    }
                    spread.push(constraint);
                }
                Wish::Port(port) => main["ports"] = json!([{ "containerPort": port, "hostPort": port }]),
                Wish::Gpu => main["resources"]["requests"]["example.com/gpu"] = json!("1"),
                Wish::Init(cpu) => init.push(container("init", cpu)),
                Wish::Sidecar(cpu) => {
                    let mut sidecar = container("sidecar", cpu);
                    sidecar["restartPolicy"] = json!("Always");
                    init.push(sidecar);
                }
                Wish::Overhead(cpu) => spec["overhead"] = json!({ "cpu": format!("{cpu}m") }),
                Wish::Whole(memory) => {
                    spec["resources"] = json!({ "requests": { "memory": format!("{memory}Mi") } });
                }
                Wish::Resized(_) => {}
                Wish::Device => {
                    spec["resourceClaims"] = json!([{ "name": "gpu", "resourceClaimName": "one" }]);
                }
            }
        }
        spec["containers"] = json!([main]);
        let mut put = |key: &str, list: Vec<Value>| {
            if !list.is_empty() {
                spec[key] = Value::Array(list);
            }
        };
        put("initContainers", init);
        put("tolerations", tolerations);
        put("topologySpreadConstraints", spread);
        for (key, list) in [("podAntiAffinity", apart), ("podAffinity", near)] {
            if !list.is_empty() {
                affinity[key] = json!({ "requiredDuringSchedulingIgnoredDuringExecution": list });
            }
        }
        if affinity != json!({}) {
            spec["affinity"] = affinity;
        }
        match it.priority {
            Some(-100) => spec["priorityClassName"] = json!("cheap"),
            Some(priority) => spec["priority"] = json!(priority),
            None => {}
        }
        spec
    }

    /// The volumes of one pod, and the objects behind them.
    fn storage(
        &self,
        objects: &mut Vec<Value>,
        of: &Workload,
        pod: &Pod,
        pod_name: &str,
        owner: &str,
        spec: &mut Value,
    ) {
        let namespace = NAMESPACES[of.namespace];
        let bound = !matches!(pod.life, Life::Pending { .. } | Life::Elsewhere | Life::Evicted);
        let node = &self.nodes[pod.node % self.nodes.len()];
        let host = node_name(pod.node % self.nodes.len());
        let mut list = Vec::new();
        for (at, volume) in of.volumes.iter().enumerate() {
            let own = format!("{pod_name}-v{at}");
            let shared = format!("{owner}-v{at}");
            let mut source = Map::new();
            let mut claim = |name: &str| {
                source.insert("persistentVolumeClaim".into(), json!({ "claimName": name }));
            };
            let zone_of = |zone: usize| ZONES[if bound { node.zone } else { zone }];
            match *volume {
                Volume::Scratch => {
                    source.insert("emptyDir".into(), json!({}));
                }
                Volume::InMemory => {
                    source.insert("emptyDir".into(), json!({ "medium": "Memory" }));
                }
                Volume::HostPath => {
                    source.insert("hostPath".into(), json!({ "path": "/var/data" }));
                }
                Volume::Zonal(zone) => {
                    claim(&own);
                    bound_claim(objects, namespace, &own, disk(&own, zone_of(zone)));
                    if bound && of.kind != Kind::Mirror {
                        objects.push(attachment(&own, &host));
                    }
                }
                Volume::Shared(zone) => {
                    claim(&shared);
                    let first = &of.pods[0];
                    let zone = if matches!(first.life, Life::Pending { .. } | Life::Elsewhere | Life::Evicted)
                    {
                        zone
                    } else {
                        self.nodes[first.node % self.nodes.len()].zone
                    };
                    bound_claim(objects, namespace, &shared, disk(&shared, ZONES[zone]));
                }
                Volume::Local => {
                    claim(&own);
                    let at = json!({ "local": { "path": "/mnt/disk" } });
                    bound_claim(objects, namespace, &own, volume_at(&own, &at, Some((HOSTNAME, &host))));
                }
                Volume::HostPathClaim => {
                    claim(&own);
                    let at = json!({ "hostPath": { "path": "/mnt/disk" } });
                    bound_claim(objects, namespace, &own, volume_at(&own, &at, None));
                }
                Volume::NoClaim => claim(&own),
                Volume::NoVolume => {
                    claim(&own);
                    objects.push(claim_object(
                        namespace,
                        &own,
                        &json!({ "volumeName": format!("pv-{own}") }),
                        true,
                    ));
                }
                Volume::Waiting { everywhere } => {
                    claim(&own);
                    let class = if everywhere { "anywhere" } else { "somewhere" };
                    objects.push(claim_object(namespace, &own, &json!({ "storageClassName": class }), false));
                }
                Volume::Immediate => {
                    claim(&own);
                    objects.push(claim_object(namespace, &own, &json!({ "storageClassName": "now" }), false));
                }
                Volume::Ephemeral => {
                    source.insert("ephemeral".into(), json!({ "volumeClaimTemplate": { "spec": {} } }));
                    let mut made = disk(&own, zone_of(0));
                    made["metadata"]["labels"] = json!({});
                    bound_claim(objects, namespace, &own, made);
                    let claim = objects.iter_mut().rev().find(|it| it["kind"] == "PersistentVolumeClaim");
                    claim.expect("just made")["metadata"]["ownerReferences"] = json!([
                        { "apiVersion": "v1", "kind": "Pod", "name": pod_name, "uid": format!("uid-{pod_name}"), "controller": true }
                    ]);
                }
            }
            source.insert("name".into(), json!(volume_name(*volume, at)));
            list.push(Value::Object(source));
        }
        if !list.is_empty() {
            spec["volumes"] = Value::Array(list);
        }
    }

    fn machine(&self, at: usize, it: &Machine) -> Value {
        let mut status = json!({ "phase": it.phase });
        if let Some(node) = it.node {
            status["nodeName"] = json!(node_name(node).to_uppercase());
        }
        if let Some(condemned) = it.condemned {
            let since = condemned.then_some("2026-11-20T09:00:00Z");
            status["record"] = json!({ "format": 1, "condemned": since });
        }
        json!({
            "apiVersion": "autoscaler.vpsie.com/v1alpha1", "kind": "VPSieNode",
            "metadata": { "name": format!("m{at}"), "namespace": "kube-system" },
            "spec": { "nodeGroupName": self.group_of(it.group) }, "status": status,
        })
    }
}

struct Stands {
    created: i64,
    ready: Option<(&'static str, i64)>,
    unschedulable: bool,
}

/// What the standing of a node writes on it.
fn stands(standing: Standing, annotations: &mut Value, taints: &mut Vec<Value>) -> Stands {
    const DAY: i64 = -86_400;
    let well = Stands { created: DAY, ready: Some(("True", DAY + 30)), unschedulable: false };
    let mut marked = |since: i64, draining: Option<i64>, taints: &mut Vec<Value>| {
        annotations[LEAVING_SINCE] = json!(instant(-since));
        if let Some(draining) = draining {
            annotations["autoscaler.vpsie.com/draining-since"] = json!(instant(-draining));
        }
        taints.push(taint(LEAVING, "", "NoSchedule"));
        taints.push(taint("node.kubernetes.io/unschedulable", "", "NoSchedule"));
    };
    let unready = |taints: &mut Vec<Value>| {
        taints.push(taint("node.kubernetes.io/not-ready", "", "NoSchedule"));
        taints.push(taint("node.kubernetes.io/not-ready", "", "NoExecute"));
    };
    match standing {
        Standing::Well => well,
        Standing::Cordoned => {
            taints.push(taint("node.kubernetes.io/unschedulable", "", "NoSchedule"));
            Stands { unschedulable: true, ..well }
        }
        Standing::Unready(seconds) => {
            unready(taints);
            Stands { ready: Some(("Unknown", -seconds)), ..well }
        }
        Standing::NeverReady(age) => {
            unready(taints);
            Stands { created: -age, ready: Some(("False", 5 - age)), ..well }
        }
        Standing::NoCondition(age) => Stands { created: -age, ready: None, ..well },
        Standing::Starting => {
            taints.push(taint("autoscaler.vpsie.com/starting", "", "NoSchedule"));
            well
        }
        Standing::Young(age) => Stands { created: -age, ready: Some(("True", 0)), ..well },
        Standing::Leaving(since, draining) => {
            marked(since, draining, taints);
            Stands { unschedulable: true, ..well }
        }
        Standing::LeavingUnready(since) => {
            marked(since, Some(since), taints);
            unready(taints);
            Stands { unschedulable: true, ready: Some(("Unknown", -60)), ..well }
        }
        Standing::TaintAlone => {
            taints.push(taint(LEAVING, "", "NoSchedule"));
            well
        }
        Standing::MarkAlone => {
            annotations[LEAVING_SINCE] = json!(instant(-60));
            well
        }
        Standing::TakenByOther => {
            taints.push(taint("ToBeDeletedByClusterAutoscaler", "1795168000", "NoSchedule"));
            well
        }
    }
}

fn group(at: usize, it: &Group) -> Value {
    let mut annotations = json!({});
    if let Some((cores, memory, price)) = it.offer {
        annotations["autoscaler.vpsie.com/cpu"] = json!(cores.to_string());
        annotations["autoscaler.vpsie.com/memory"] = json!(format!("{memory}Gi"));
        if price > 0 {
            annotations["autoscaler.vpsie.com/hourly-price"] = json!(format!("0.0{price}"));
        }
    }
    let mut spec = json!({
        "minNodes": it.min, "maxNodes": it.min + it.spare,
        "scaleUpPolicy": { "enabled": it.scale_up },
        "scaleDownPolicy": nested(&it.policy),
    });
    if it.labelled {
        spec["labels"] = json!({ ZONE: ZONES[at], "disk": DISKS[at % 2] });
    }
    if it.tainted {
        spec["taints"] = json!([taint("dedicated", "batch", "NoSchedule")]);
    }
    let mut status = json!({});
    let times = [
        ("lastScaleUpTime", it.last_up),
        ("lastScaleDownTime", it.last_down),
        ("backOffUntil", it.back_off.map(|it| -it)),
    ];
    for (key, ago) in times {
        if let Some(ago) = ago {
            status[key] = json!(instant(-ago));
        }
    }
    let labels = if it.managed { json!({ MANAGED: "true" }) } else { json!({}) };
    json!({
        "apiVersion": "autoscaler.vpsie.com/v1alpha1", "kind": "NodeGroup",
        "metadata": { "name": GROUPS[at], "namespace": "kube-system", "labels": labels, "annotations": annotations },
        "spec": spec, "status": status,
    })
}

fn budget(at: usize, it: &Budget) -> Value {
    let expression = |operator: &str, app: usize| json!({ "matchExpressions": [{ "key": "app", "operator": operator, "values": [APPS[app]] }] });
    let selector = match it.select {
        Select::App(app) => json!({ "matchLabels": { "app": APPS[app] } }),
        Select::NotApp(app) => expression("NotIn", app),
        Select::All => json!({}),
        Select::Nothing => Value::Null,
        Select::Unreadable => expression("Near", 0),
    };
    json!({
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
        "metadata": { "name": format!("pdb-{at}"), "namespace": NAMESPACES[it.namespace], "generation": 2 },
        "spec": {
            "selector": selector, "maxUnavailable": 1,
            "unhealthyPodEvictionPolicy": if it.always { "AlwaysAllow" } else { "IfHealthyBudget" },
        },
        "status": {
            "disruptionsAllowed": it.allowed, "currentHealthy": it.healthy.0, "desiredHealthy": it.healthy.1,
            "observedGeneration": if it.stale { 1 } else { 2 },
        },
    })
}

/// Values that stand below one parent, by path; of two at one place the last counts.
fn nested(settings: &[Setting]) -> Value {
    let mut root = json!({});
    for (path, value) in settings {
        let mut at = &mut root;
        for part in path.split('/') {
            at = &mut at[part];
        }
        *at = value.clone();
    }
    root
}

/// Terms of required node affinity, of several kinds.
fn terms(how: &str) -> Value {
    let term = |key: &str, operator: &str, values: Value| json!({ "matchExpressions": [{ "key": key, "operator": operator, "values": values }] });
    match how {
        "In" => json!([term(ZONE, "In", json!(["z1", "z2"]))]),
        "NotIn" => json!([term("disk", "NotIn", json!(["hdd"]))]),
        "Exists" => json!([{ "matchExpressions": [{ "key": RACK, "operator": "Exists" }] }]),
        "Gt" => json!([term("generation", "Gt", json!(["1"]))]),
        "Fields" => {
            json!([{ "matchFields": [{ "key": "metadata.name", "operator": "NotIn", "values": [node_name(0)] }] }])
        }
        "Terms" => json!([{}, term("disk", "In", json!(["ssd"])), term(RACK, "In", json!(["r1"]))]),
        _ => json!([{}]),
    }
}

fn taint(key: &str, value: &str, effect: &str) -> Value {
    json!({ "key": key, "value": value, "effect": effect })
}

fn volume_name(volume: Volume, at: usize) -> String {
    if matches!(volume, Volume::Scratch) && at == 0 { "scratch".into() } else { format!("v{at}") }
}

fn storage_class(name: &str) -> Value {
    let mode = if name == "now" { "Immediate" } else { "WaitForFirstConsumer" };
    let mut class = json!({
        "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": { "name": name },
        "provisioner": DRIVER, "volumeBindingMode": mode,
    });
    if name == "somewhere" {
        class["allowedTopologies"] =
            json!([{ "matchLabelExpressions": [{ "key": ZONE, "values": ["z1"] }] }]);
    }
    class
}

/// A volume of the CSI driver that can be reached in one zone.
fn disk(claim: &str, zone: &str) -> Value {
    let source = json!({ "csi": { "driver": DRIVER, "volumeHandle": format!("handle-{claim}") } });
    let mut volume = volume_at(claim, &source, Some((ZONE, zone)));
    volume["metadata"]["labels"] = json!({ ZONE: zone });
    volume
}

fn volume_at(claim: &str, source: &Value, only: Option<(&str, &str)>) -> Value {
    let mut volume = json!({
        "apiVersion": "v1", "kind": "PersistentVolume", "metadata": { "name": format!("pv-{claim}") }, "spec": source,
    });
    if let Some((key, value)) = only {
        let term = json!({ "matchExpressions": [{ "key": key, "operator": "In", "values": [value] }] });
        volume["spec"]["nodeAffinity"] = json!({ "required": { "nodeSelectorTerms": [term] } });
    }
    volume
}

fn claim_object(namespace: &str, name: &str, spec: &Value, bound: bool) -> Value {
    let annotations = if bound { json!({ "pv.kubernetes.io/bind-completed": "yes" }) } else { json!({}) };
    json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": { "name": name, "namespace": namespace, "annotations": annotations },
        "spec": spec, "status": { "phase": if bound { "Bound" } else { "Pending" } },
    })
}

/// A claim and the volume that it is bound to; the same claim twice is one.
fn bound_claim(objects: &mut Vec<Value>, namespace: &str, name: &str, volume: Value) {
    let spec = json!({ "volumeName": volume["metadata"]["name"], "storageClassName": "anywhere" });
    let claim = claim_object(namespace, name, &spec, true);
    if !objects.contains(&claim) {
        objects.push(volume);
        objects.push(claim);
    }
}

fn attachment(claim: &str, node: &str) -> Value {
    json!({
        "apiVersion": "storage.k8s.io/v1", "kind": "VolumeAttachment", "metadata": { "name": format!("at-{claim}-{node}") },
        "spec": { "attacher": DRIVER, "nodeName": node, "source": { "persistentVolumeName": format!("pv-{claim}") } },
    })
}

/// A mark on an object, wherever it stands.
pub fn mark(object: &mut Value, (key, value): Mark) {
    let (place, key) = key.strip_prefix("label:").map_or(("annotations", key), |key| ("labels", key));
    object["metadata"][place][key] = json!(value);
}
