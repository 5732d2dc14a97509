//! The objects as plain records, read field by field: only what the generator writes, and none of
//! the program's own reading.

use serde_json::Value;
use std::collections::BTreeMap;

pub type Texts = BTreeMap<String, String>;
/// CPU in thousandths, all else in its own unit.
pub type Amounts = BTreeMap<String, i128>;

#[derive(Debug, Clone, Default)]
pub struct Cluster {
    pub now: i64,
    pub config: Value,
    pub frozen: bool,
    /// By name.
    pub nodes: Vec<Node>,
    /// By namespace and name.
    pub pods: Vec<Pod>,
    /// By name and namespace.
    pub groups: Vec<Group>,
    pub budgets: Vec<Budget>,
    pub machines: Vec<Machine>,
    pub namespaces: BTreeMap<String, Texts>,
    pub daemons: Vec<Pod>,
    pub claims: BTreeMap<(String, String), Claim>,
    pub volumes: BTreeMap<String, Value>,
    pub classes: BTreeMap<String, Value>,
    /// Node and driver: how many volumes can be attached.
    pub limits: BTreeMap<(String, String), i128>,
    /// Node and PersistentVolume.
    pub attachments: Vec<(String, String)>,
    /// Of each node: by time, CPU and memory.
    pub samples: BTreeMap<String, BTreeMap<i64, (i128, i128)>>,
}

#[derive(Debug, Clone, Default)]
pub struct Node {
    pub name: String,
    pub labels: Texts,
    pub annotations: Texts,
    /// Key, value and effect.
    pub taints: Vec<(String, String, String)>,
    pub unschedulable: bool,
    /// Whether it is Ready, and since when.
    pub ready: Option<(bool, i64)>,
    pub created: i64,
    pub allocatable: Amounts,
}

#[derive(Debug, Clone, Default)]
pub struct Pod {
    pub namespace: String,
    pub name: String,
    pub labels: Texts,
    pub annotations: Texts,
    pub bound_to: Option<String>,
    pub nominated_to: Option<String>,
    pub created: i64,
    pub started: Option<i64>,
    pub deleting: Option<i64>,
    pub phase: String,
    pub ready: bool,
    pub unschedulable: bool,
    pub gated: bool,
    pub priority: i64,
    /// API group, kind and name of the controller.
    pub owner: Option<(String, String, String)>,
    pub requests: Amounts,
    pub spec: Value,
}

#[derive(Debug, Clone, Default)]
pub struct Group {
    pub name: String,
    pub namespace: String,
    pub managed: bool,
    pub spec: Value,
    pub annotations: Texts,
    pub last_up: Option<i64>,
    pub last_down: Option<i64>,
    pub back_off: Option<i64>,
}

#[derive(Debug, Clone, Default)]
pub struct Budget {
    pub namespace: String,
    pub selector: Value,
    pub allowed: i64,
    pub healthy: i64,
    pub desired: i64,
    pub always: bool,
    pub stale: bool,
}

#[derive(Debug, Clone, Default)]
pub struct Machine {
    pub group: String,
    pub phase: String,
    /// In lower case.
    pub node: String,
    pub condemned: bool,
}

#[derive(Debug, Clone, Default)]
pub struct Claim {
    pub volume: String,
    pub class: String,
}

impl Cluster {
    #[must_use]
    pub fn of(objects: &[Value], now: i64) -> Cluster {
        let mut cluster = Cluster { now, ..Cluster::default() };
        let mut priorities = BTreeMap::new();
        for it in objects.iter().filter(|it| it["kind"] == "PriorityClass") {
            priorities.insert(text(it, "/metadata/name"), it["value"].as_i64().unwrap_or(0));
        }
        for it in objects {
            let name = text(it, "/metadata/name");
            match text(it, "/kind").as_str() {
                "AutoscalerConfig" => {
                    cluster.config = it["spec"].clone();
                    cluster.frozen = list(it, "/status/conditions")
                        .iter()
                        .any(|it| it["type"] == "InventoryFrozen" && it["status"] == "True");
                }
                "Node" => cluster.nodes.push(node(it)),
                "Pod" => cluster.pods.push(pod(it, &priorities)),
                "NodeGroup" => cluster.groups.push(group(it)),
                "PodDisruptionBudget" => cluster.budgets.push(budget(it)),
                "VPSieNode" => cluster.machines.push(machine(it)),
                "Namespace" => {
                    cluster.namespaces.insert(name, texts(it, "/metadata/labels"));
                }
                "DaemonSet" => cluster.daemons.push(daemon(it, &priorities)),
                "PersistentVolumeClaim" => {
                    let claim = Claim {
                        volume: text(it, "/spec/volumeName"),
                        class: text(it, "/spec/storageClassName"),
                    };
                    cluster.claims.insert((text(it, "/metadata/namespace"), name), claim);
                }
                "PersistentVolume" => {
                    cluster.volumes.insert(name, it.clone());
                }
                "StorageClass" => {
                    cluster.classes.insert(name, it.clone());
                }
                "CSINode" => {
                    for driver in list(it, "/spec/drivers") {
                        if let Some(count) = driver.pointer("/allocatable/count").and_then(Value::as_i64) {
                            cluster.limits.insert((name.clone(), text(driver, "/name")), i128::from(count));
                        }
                    }
                }
                "VolumeAttachment" => {
                    let volume = text(it, "/spec/source/persistentVolumeName");
                    cluster.attachments.push((text(it, "/spec/nodeName"), volume));
                }
                "NodeMetrics" => {
                    let at = time(it, "/timestamp").expect("a sample has its time");
                    let new = (millis(&it["usage"]["cpu"]), units(&it["usage"]["memory"]));
                    let held = cluster.samples.entry(name).or_default().entry(at).or_insert(new);
                    *held = (held.0.max(new.0), held.1.max(new.1));
                }
                _ => {}
            }
        }
        cluster.nodes.sort_by(|a, b| a.name.cmp(&b.name));
        cluster.pods.sort_by_key(Pod::full_name);
        cluster.groups.sort_by(|a, b| (&a.name, &a.namespace).cmp(&(&b.name, &b.namespace)));
        cluster
    }

    /// A number of the AutoscalerConfig, by its path below `spec`.
    #[must_use]
    pub fn number(&self, path: &str, default: i64) -> i64 {
        self.config.pointer(path).and_then(Value::as_i64).unwrap_or(default)
    }

    #[must_use]
    pub fn flag(&self, path: &str, default: bool) -> bool {
        self.config.pointer(path).and_then(Value::as_bool).unwrap_or(default)
    }

    #[must_use]
    pub fn node_at(&self, name: &str) -> Option<usize> {
        self.nodes.iter().position(|it| it.name == name)
    }

    /// Claims that a pod names, by name, and the claims where they are there.
    #[must_use]
    pub fn claims_of(&self, pod: &Pod) -> Vec<(String, Option<&Claim>)> {
        let names = list(&pod.spec, "/volumes").iter().filter_map(|it| {
            if it.get("ephemeral").is_some() {
                return Some(format!("{}-{}", pod.name, text(it, "/name")));
            }
            it.pointer("/persistentVolumeClaim/claimName").and_then(Value::as_str).map(str::to_string)
        });
        names.map(|it| (it.clone(), self.claims.get(&(pod.namespace.clone(), it)))).collect()
    }
}

impl Node {
    #[must_use]
    pub fn has(&self, key: &str, value: &str) -> bool {
        self.annotations.get(key).is_some_and(|it| it == value)
    }

    #[must_use]
    pub fn gives(&self, resource: &str) -> i128 {
        self.allocatable.get(resource).copied().unwrap_or(0)
    }
}

impl Pod {
    #[must_use]
    pub fn full_name(&self) -> (String, String) {
        (self.namespace.clone(), self.name.clone())
    }

    #[must_use]
    pub fn path(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }

    #[must_use]
    pub fn asks(&self, resource: &str) -> i128 {
        self.requests.get(resource).copied().unwrap_or(0)
    }

    #[must_use]
    pub fn says(&self, key: &str) -> Option<&str> {
        self.annotations.get(key).map(String::as_str)
    }
}

fn node(it: &Value) -> Node {
    let ready = list(it, "/status/conditions").iter().find(|it| it["type"] == "Ready").map(|it| {
        (it["status"] == "True", time(it, "/lastTransitionTime").expect("a condition has its time"))
    });
    Node {
        name: text(it, "/metadata/name"),
        labels: texts(it, "/metadata/labels"),
        annotations: texts(it, "/metadata/annotations"),
        taints: taints(it, "/spec/taints"),
        unschedulable: it["spec"]["unschedulable"] == true,
        ready,
        created: time(it, "/metadata/creationTimestamp").expect("a node has its time"),
        allocatable: amounts(&it["status"]["allocatable"]),
    }
}

#[must_use]
pub fn taints(it: &Value, path: &str) -> Vec<(String, String, String)> {
    list(it, path).iter().map(|it| (text(it, "/key"), text(it, "/value"), text(it, "/effect"))).collect()
}

fn pod(it: &Value, priorities: &BTreeMap<String, i64>) -> Pod {
    let condition = |name: &str, status: &str| {
        list(it, "/status/conditions").iter().any(|it| it["type"] == name && it["status"] == status)
    };
    let owner = list(it, "/metadata/ownerReferences").iter().find(|it| it["controller"] == true);
    let some = |path: &str| Some(text(it, path)).filter(|it| !it.is_empty());
    Pod {
        namespace: text(it, "/metadata/namespace"),
        name: text(it, "/metadata/name"),
        labels: texts(it, "/metadata/labels"),
        annotations: texts(it, "/metadata/annotations"),
        bound_to: some("/spec/nodeName"),
        nominated_to: some("/status/nominatedNodeName"),
        created: time(it, "/metadata/creationTimestamp").expect("a pod has its time"),
        started: time(it, "/status/startTime"),
        deleting: time(it, "/metadata/deletionTimestamp"),
        phase: text(it, "/status/phase"),
        ready: condition("Ready", "True"),
        unschedulable: condition("PodScheduled", "False"),
        gated: !list(it, "/spec/schedulingGates").is_empty(),
        priority: priority(&it["spec"], priorities),
        owner: owner.map(|it| {
            let api = text(it, "/apiVersion");
            let group = api.split_once('/').map_or("", |it| it.0).to_string();
            (group, text(it, "/kind"), text(it, "/name"))
        }),
        requests: requests(&it["spec"], &it["status"]),
        spec: it["spec"].clone(),
    }
}

fn priority(spec: &Value, priorities: &BTreeMap<String, i64>) -> i64 {
    let class = priorities.get(&text(spec, "/priorityClassName")).copied();
    spec["priority"].as_i64().or(class).unwrap_or(0)
}

/// A pod as the DaemonSet would start it.
fn daemon(it: &Value, priorities: &BTreeMap<String, i64>) -> Pod {
    let template = &it["spec"]["template"];
    Pod {
        priority: priority(&template["spec"], priorities),
        namespace: text(it, "/metadata/namespace"),
        name: text(it, "/metadata/name"),
        labels: texts(template, "/metadata/labels"),
        requests: requests(&template["spec"], &Value::Null),
        spec: template["spec"].clone(),
        ..Pod::default()
    }
}

fn group(it: &Value) -> Group {
    Group {
        name: text(it, "/metadata/name"),
        namespace: text(it, "/metadata/namespace"),
        managed: texts(it, "/metadata/labels")
            .get("autoscaler.vpsie.com/managed")
            .is_some_and(|it| it == "true"),
        spec: it["spec"].clone(),
        annotations: texts(it, "/metadata/annotations"),
        last_up: time(it, "/status/lastScaleUpTime"),
        last_down: time(it, "/status/lastScaleDownTime"),
        back_off: time(it, "/status/backOffUntil"),
    }
}

impl Group {
    #[must_use]
    pub fn number(&self, path: &str, default: i64) -> i64 {
        self.spec.pointer(path).and_then(Value::as_i64).unwrap_or(default)
    }
}

fn budget(it: &Value) -> Budget {
    let number = |path: &str| it.pointer(path).and_then(Value::as_i64).unwrap_or(0);
    Budget {
        namespace: text(it, "/metadata/namespace"),
        selector: it["spec"]["selector"].clone(),
        allowed: number("/status/disruptionsAllowed").max(0),
        healthy: number("/status/currentHealthy"),
        desired: number("/status/desiredHealthy"),
        always: it["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow",
        stale: number("/status/observedGeneration") < number("/metadata/generation"),
    }
}

fn machine(it: &Value) -> Machine {
    let record = &it["status"]["record"];
    let condemned = match record["format"].as_i64() {
        Some(1) => record["condemned"].is_string(),
        _ => ["Terminating", "Deleting"].contains(&&*text(it, "/status/phase")),
    };
    Machine {
        condemned,
        group: text(it, "/spec/nodeGroupName"),
        phase: text(it, "/status/phase"),
        node: text(it, "/status/nodeName").to_lowercase(),
    }
}

/// The scheduler's formula.
fn requests(spec: &Value, status: &Value) -> Amounts {
    let own = |container: &Value| amounts(&container["resources"]["requests"]);
    let running = |container: &Value| {
        let mut own = own(container);
        for status in list(status, "/containerStatuses").iter().filter(|it| it["name"] == container["name"]) {
            raise(&mut own, &amounts(&status["allocatedResources"]));
        }
        own
    };
    let mut sum = Amounts::new();
    for container in list(spec, "/containers") {
        add(&mut sum, &running(container));
    }
    let mut sidecars = Amounts::new();
    let mut peaks = Vec::new();
    for container in list(spec, "/initContainers") {
        if container["restartPolicy"] == "Always" {
            add(&mut sum, &running(container));
            add(&mut sidecars, &running(container));
            peaks.push(sidecars.clone());
        } else {
            let mut step = own(container);
            add(&mut step, &sidecars);
            peaks.push(step);
        }
    }
    peaks.iter().for_each(|it| raise(&mut sum, it));
    for (name, amount) in amounts(&spec["resources"]["requests"]) {
        sum.insert(name, amount);
    }
    add(&mut sum, &amounts(&spec["overhead"]));
    sum
}

fn add(to: &mut Amounts, more: &Amounts) {
    more.iter().for_each(|(name, amount)| *to.entry(name.clone()).or_insert(0) += amount);
}

fn raise(to: &mut Amounts, floor: &Amounts) {
    for (name, amount) in floor {
        let held = to.entry(name.clone()).or_insert(0);
        *held = (*held).max(*amount);
    }
}

fn amounts(it: &Value) -> Amounts {
    let Some(map) = it.as_object() else { return Amounts::new() };
    map.iter().map(|(name, it)| (name.clone(), if name == "cpu" { millis(it) } else { units(it) })).collect()
}

/// `250m` and `2`.
#[must_use]
pub fn millis(it: &Value) -> i128 {
    let text = it.as_str().expect("quantities are texts");
    match text.strip_suffix('m') {
        Some(number) => number.parse().expect("a number of thousandths"),
        None => 1000 * text.parse::<i128>().expect("a whole number"),
    }
}

/// `5`, `5Mi`, `5Gi`.
#[must_use]
pub fn units(it: &Value) -> i128 {
    let text = it.as_str().expect("quantities are texts");
    let (number, size) = match text.len().checked_sub(2).map(|at| text.split_at(at)) {
        Some((number, "Mi")) => (number, 1 << 20),
        Some((number, "Gi")) => (number, 1 << 30),
        _ => (text, 1),
    };
    number.parse::<i128>().expect("a whole number") * size
}

#[must_use]
pub fn text(it: &Value, path: &str) -> String {
    it.pointer(path).and_then(Value::as_str).unwrap_or_default().to_string()
}

#[must_use]
pub fn list<'a>(it: &'a Value, path: &str) -> &'a [Value] {
    it.pointer(path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn texts(it: &Value, path: &str) -> Texts {
    let pairs = it.pointer(path).and_then(Value::as_object).into_iter().flatten();
    pairs.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_string())).collect()
}

fn time(it: &Value, path: &str) -> Option<i64> {
    seconds(it.pointer(path)?.as_str()?)
}

/// `2026-11-20T10:00:00Z`, and nothing else.
#[must_use]
pub fn seconds(text: &str) -> Option<i64> {
    let digits: Vec<i64> =
        text.strip_suffix('Z')?.split(['-', 'T', ':']).map(|it| it.parse().ok()).collect::<Option<_>>()?;
    let [year, month, day, hour, minute, second] = digits[..] else { return None };
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let of_month = [31, if leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let years: i64 = (1970..year).map(|it| if leap(it) { 366 } else { 365 }).sum();
    let months: i64 = of_month[..usize::try_from(month).ok()? - 1].iter().sum();
    Some((((years + months + day - 1) * 24 + hour) * 60 + minute) * 60 + second)
}
