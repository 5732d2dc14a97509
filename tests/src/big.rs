//! Large clusters as Kubernetes objects, for benchmarks: text as `kubectl get -o json` prints it.

use std::fmt::Write;

pub const NOW: &str = "2026-11-20T10:00:00Z";

/// The scenario of Cluster Autoscaler's `BenchmarkRunOnceScaleDown`: one group of equal nodes, on
/// each `pods` pods that ask for a hundredth of it. With 40 pods a node three fifths can go.
#[must_use]
pub fn packing(nodes: usize, pods: usize) -> String {
    let mut list = List::default();
    list.config(&format!(
        r#""scaleDown":{{"utilizationSource":"Requests"}},"globalSettings":{{"maxConcurrentScaleDowns":{nodes}}}"#
    ));
    list.group("workers", "", 0, 20_000, r#""stabilizationWindowSeconds":0,"cooldownSeconds":0"#);
    list.replica_set("app", nodes * pods);
    for node in 0..nodes {
        let name = format!("node-{node:05}");
        list.node(&name, "workers", "z1", 10_000, 64_000);
        for pod in 0..pods {
            list.pod(&format!("app-{node:05}-{pod:02}"), "app", Some(&name), 100, 640, "");
        }
    }
    list.finish()
}

/// Every pod wants to be apart from its own app on each host and evenly spread over three zones.
/// `pending`: nobody runs yet and all of them wait.
#[must_use]
pub fn affinity(nodes: usize, pods: usize, pending: bool) -> String {
    const APP_SIZE: usize = 50;
    let mut list = List::default();
    list.config(&format!(
        r#""scaleDown":{{"utilizationSource":"Requests"}},"globalSettings":{{"maxConcurrentScaleDowns":{nodes}}}"#
    ));
    list.group("workers", "", 0, 20_000, r#""stabilizationWindowSeconds":0,"cooldownSeconds":0"#);
    for node in 0..nodes {
        list.node(&format!("node-{node:05}"), "workers", ["z1", "z2", "z3"][node % 3], 32_000, 128_000);
    }
    for app in 0..pods.div_ceil(APP_SIZE) {
        let name = format!("app-{app:04}");
        list.replica_set(&name, APP_SIZE);
        let select = format!(r#""labelSelector":{{"matchLabels":{{"app":"{name}"}}}}"#);
        let wishes = format!(
            r#""affinity":{{"podAntiAffinity":{{"requiredDuringSchedulingIgnoredDuringExecution":[{{{select},"topologyKey":"kubernetes.io/hostname"}}]}}}},"topologySpreadConstraints":[{{"maxSkew":1,"topologyKey":"topology.kubernetes.io/zone","whenUnsatisfiable":"DoNotSchedule",{select}}}],"#
        );
        for pod in 0..APP_SIZE.min(pods - app * APP_SIZE) {
            // Neighbours in number are in different zones, so the spread holds from the start.
            let node = format!("node-{:05}", (app * APP_SIZE + pod) % nodes);
            list.pod(&format!("{name}-{pod:02}"), &name, (!pending).then_some(&node), 1000, 1024, &wishes);
        }
    }
    list.finish()
}

/// A cluster in which nothing is to be done: all nodes are busy but a few that a pod keeps.
#[must_use]
pub fn quiet(nodes: usize, pods: usize) -> String {
    let mut list = List::default();
    list.config(r#""scaleDown":{"utilizationSource":"Requests"}"#);
    list.group("workers", "", 0, 20_000, r#""cooldownSeconds":0"#);
    list.replica_set("app", nodes * pods);
    for node in 0..nodes {
        let name = format!("node-{node:05}");
        list.node(&name, "workers", "z1", 10_000, 64_000);
        let used = if node % 100 == 0 { 2_000 } else { 8_000 };
        for pod in 0..pods {
            list.pod(&format!("app-{node:05}-{pod:02}"), "app", Some(&name), used / pods, 640, "");
        }
        if node % 100 == 0 {
            list.protect_last_pod();
        }
    }
    list.finish()
}

/// Pods of many sizes and wishes that fit no node there is, and groups of many sizes and prices.
#[must_use]
pub fn surge(pods: usize, groups: usize) -> String {
    let mut random = Random(7);
    let mut list = List::default();
    list.config(
        r#""scaleDown":{"utilizationSource":"Requests"},"globalSettings":{"maxConcurrentScaleUps":10000}"#,
    );
    for group in 0..groups {
        let cores = [4, 8, 16, 32][group % 4];
        let annotations = format!(
            r#""annotations":{{"autoscaler.vpsie.com/cpu":"{cores}","autoscaler.vpsie.com/memory":"{}Gi","autoscaler.vpsie.com/hourly-price":"0.{:03}"}},"#,
            cores * 4,
            cores * 10 + group
        );
        list.group(&format!("pool-{group:02}"), &annotations, 0, 10_000, "");
        list.labels_of_last_group(&format!(r#"{{"pool":"pool-{group:02}","class":"c{}"}}"#, group % 5));
    }
    for pod in 0..pods {
        let app = format!("app-{:03}", random.below(400));
        let wish = match random.below(4) {
            0 => format!(r#""nodeSelector":{{"class":"c{}"}},"#, random.below(5)),
            1 => format!(r#""nodeSelector":{{"pool":"pool-{:02}"}},"#, random.below(groups)),
            _ => String::new(),
        };
        let (cpu, memory) = (100 * (1 + random.below(30)), 128 * (1 + random.below(60)));
        list.pod(&format!("{app}-{pod:05}"), &app, None, cpu, memory, &wish);
    }
    list.finish()
}

/// The efficiency case of Cluster Autoscaler: two small nodes, three moderate ones and a big one,
/// each with a single pod of one core. Which goes first decides where it ends.
#[must_use]
pub fn efficiency() -> String {
    let mut list = List::default();
    list.config(r#""scaleDown":{"utilizationSource":"Requests"}"#);
    let pace = r#""cpuThreshold":75,"memoryThreshold":75,"stabilizationWindowSeconds":0,"cooldownSeconds":0"#;
    for (group, count, cores) in [("small", 2, 1), ("moderate", 3, 4), ("big", 1, 9)] {
        list.group(group, "", 0, 100, pace);
        list.replica_set(group, count);
        for number in 0..count {
            let name = format!("{group}-{number}");
            list.node(&name, group, "z1", cores * 1000, 1_000_000);
            list.pod(&format!("{name}-pod"), group, Some(&name), 1000, 1, "");
        }
    }
    list.finish()
}

/// A mixed cluster of a few groups and sizes with pods at random, for comparing orders of removal.
#[must_use]
pub fn mixed(seed: u64) -> String {
    let mut random = Random(seed);
    let mut list = List::default();
    list.config(r#""scaleDown":{"utilizationSource":"Requests"}"#);
    let pace = r#""cpuThreshold":75,"memoryThreshold":75,"stabilizationWindowSeconds":0,"cooldownSeconds":0"#;
    for group in 0..3 {
        let (name, cores) = (format!("g{group}"), [2, 4, 8, 16][random.below(4)]);
        list.group(&name, "", 0, 100, pace);
        list.replica_set(&name, 2);
        for number in 0..3 + random.below(6) {
            let node = format!("{name}-{number}");
            list.node(&node, &name, "z1", cores * 1000, cores * 4096);
            let mut left = cores * 1000 * random.below(100) / 100;
            for pod in 0.. {
                let cpu = 250 * (1 + random.below(8));
                if cpu > left {
                    break;
                }
                left -= cpu;
                list.pod(&format!("{node}-{pod}"), &name, Some(&node), cpu, 256, "");
            }
        }
    }
    list.finish()
}

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % limit
    }
}

#[derive(Default)]
struct List {
    items: String,
}

impl List {
    fn push(&mut self, item: std::fmt::Arguments<'_>) {
        if !self.items.is_empty() {
            self.items.push(',');
        }
        self.items.write_fmt(item).expect("a string takes all that is written");
    }

    fn config(&mut self, spec: &str) {
        self.push(format_args!(
            r#"{{"apiVersion":"autoscaler.vpsie.com/v1alpha1","kind":"AutoscalerConfig","metadata":{{"name":"default"}},"spec":{{{spec}}}}}"#
        ));
    }

    fn group(&mut self, name: &str, meta: &str, min: usize, max: usize, scale_down: &str) {
        self.push(format_args!(
            r#"{{"apiVersion":"autoscaler.vpsie.com/v1alpha1","kind":"NodeGroup","metadata":{{"name":"{name}","namespace":"kube-system",{meta}"labels":{{"autoscaler.vpsie.com/managed":"true"}}}},"spec":{{"minNodes":{min},"maxNodes":{max},"datacenterID":"dc","resourceIdentifier":"cluster","project":"","offeringIDs":["offer"],"kubernetesVersion":"v1.34.1","scaleDownPolicy":{{{scale_down}}}}}}}"#
        ));
    }

    fn labels_of_last_group(&mut self, labels: &str) {
        self.items.truncate(self.items.len() - 2);
        write!(self.items, r#","labels":{labels}}}}}"#).expect("a string takes all that is written");
    }

    /// The last pod must not be evicted.
    fn protect_last_pod(&mut self) {
        let at = self.items.rfind(r#""labels":"#).expect("a pod has labels");
        self.items
            .insert_str(at, r#""annotations":{"cluster-autoscaler.kubernetes.io/safe-to-evict":"false"},"#);
    }

    fn replica_set(&mut self, name: &str, replicas: usize) {
        self.push(format_args!(
            r#"{{"apiVersion":"apps/v1","kind":"ReplicaSet","metadata":{{"name":"{name}","namespace":"default","uid":"rs-{name}"}},"spec":{{"replicas":{replicas},"selector":{{"matchLabels":{{"app":"{name}"}}}}}}}}"#
        ));
    }

    fn node(&mut self, name: &str, group: &str, zone: &str, cpu: usize, memory: usize) {
        self.push(format_args!(
            r#"{{"apiVersion":"v1","kind":"Node","metadata":{{"name":"{name}","uid":"node-{name}","creationTimestamp":"2026-11-19T10:00:00Z","labels":{{"kubernetes.io/hostname":"{name}","kubernetes.io/os":"linux","topology.kubernetes.io/zone":"{zone}","autoscaler.vpsie.com/nodegroup":"{group}","autoscaler.vpsie.com/managed":"true"}},"annotations":{{"autoscaler.vpsie.com/idle-since":"2026-11-20T09:00:00Z"}}}},"spec":{{"providerID":"vpsie://{name}"}},"status":{{"capacity":{{"cpu":"{cpu}m","memory":"{memory}Mi","pods":"110"}},"allocatable":{{"cpu":"{cpu}m","memory":"{memory}Mi","pods":"110","ephemeral-storage":"100Gi"}},"conditions":[{{"type":"MemoryPressure","status":"False","lastTransitionTime":"2026-11-19T10:01:00Z"}},{{"type":"Ready","status":"True","reason":"KubeletReady","lastTransitionTime":"2026-11-19T10:01:00Z"}}],"nodeInfo":{{"kubeletVersion":"v1.34.1"}}}}}}"#
        ));
    }

    fn pod(&mut self, name: &str, app: &str, node: Option<&str>, cpu: usize, memory: usize, spec: &str) {
        let (binding, status) = match node {
            Some(node) => (
                format!(r#""nodeName":"{node}","#),
                r#""phase":"Running","startTime":"2026-11-20T08:00:00Z","conditions":[{"type":"Initialized","status":"True","lastTransitionTime":"2026-11-20T08:00:00Z"},{"type":"Ready","status":"True","lastTransitionTime":"2026-11-20T08:00:05Z"},{"type":"PodScheduled","status":"True","lastTransitionTime":"2026-11-20T08:00:00Z"}],"podIP":"10.0.0.1","hostIP":"192.168.0.1","qosClass":"Burstable","containerStatuses":[{"name":"main","ready":true,"started":true,"restartCount":0,"image":"registry.example/app:1","imageID":"registry.example/app@sha256:0123456789abcdef","containerID":"containerd://0123456789abcdef","state":{"running":{"startedAt":"2026-11-20T08:00:03Z"}}}]"#,
            ),
            None => (
                String::new(),
                r#""phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable","message":"0/1 nodes are available","lastTransitionTime":"2026-11-20T09:58:00Z"}]"#,
            ),
        };
        self.push(format_args!(
            r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"{name}","generateName":"{app}-","namespace":"default","uid":"pod-{name}","resourceVersion":"12345","creationTimestamp":"2026-11-20T08:00:00Z","labels":{{"app":"{app}","pod-template-hash":"5d4f8c7b9"}},"ownerReferences":[{{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"{app}","uid":"rs-{app}","controller":true,"blockOwnerDeletion":true}}]}},"spec":{{{binding}{spec}"containers":[{{"name":"main","image":"registry.example/app:1","resources":{{"requests":{{"cpu":"{cpu}m","memory":"{memory}Mi"}}}},"terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File","imagePullPolicy":"IfNotPresent"}}],"restartPolicy":"Always","terminationGracePeriodSeconds":30,"dnsPolicy":"ClusterFirst","serviceAccountName":"default","securityContext":{{}},"schedulerName":"default-scheduler","priority":0,"enableServiceLinks":true,"preemptionPolicy":"PreemptLowerPriority","tolerations":[{{"key":"node.kubernetes.io/not-ready","operator":"Exists","effect":"NoExecute","tolerationSeconds":300}},{{"key":"node.kubernetes.io/unreachable","operator":"Exists","effect":"NoExecute","tolerationSeconds":300}}]}},"status":{{{status}}}}}"#
        ));
    }

    fn finish(self) -> String {
        format!(r#"{{"apiVersion":"v1","kind":"List","items":[{}]}}"#, self.items)
    }
}
