//! Additions: within their bounds, and with room for the pods that they are for.

use super::fit::Paper;
use super::objects::{Amounts, Cluster, Group, Node, millis, taints, units};
use super::{Case, Findings};
use decide::plan::PendingReason;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const HOSTNAME: &str = "kubernetes.io/hostname";
/// Beyond this many steps nobody knows whether the pods fit.
const STEPS_MAX: usize = 20_000;

#[derive(Debug)]
pub struct Growth<'a, 'c> {
    case: &'a Case<'a>,
    cluster: &'c Cluster,
    /// The world with all pending pods that fit and all pods of leaving nodes in their places.
    paper: Paper<'c>,
    /// Of each group: machines and nodes on their way.
    machines: Vec<i64>,
    unborn: Vec<i64>,
    /// Machines of groups that nobody knows or manages.
    strangers: i64,
}

impl<'a, 'c> Growth<'a, 'c> {
    pub fn of(case: &'a Case<'a>, cluster: &'c Cluster, paper: Paper<'c>) -> Growth<'a, 'c> {
        let count = |of: &dyn Fn(usize) -> i64| (0..cluster.groups.len()).map(of).collect();
        let machines: Vec<i64> = count(&|group| {
            cluster
                .machines
                .iter()
                .filter(|it| is_on_its_way(cluster, it) && group_named(cluster, &it.group) == Some(group))
                .count() as i64
        });
        let unborn = count(&|group| {
            let mine = cluster.nodes.iter().filter(|it| cluster.group_of(it) == Some(group));
            mine.filter(|it| is_arriving(cluster, it)).count() as i64
        });
        let on_its_way = cluster.machines.iter().filter(|it| is_on_its_way(cluster, it));
        let strangers = on_its_way.filter(|it| group_named(cluster, &it.group).is_none()).count() as i64;
        Growth { case, cluster, paper, machines, unborn, strangers }
    }

    pub fn run(mut self, findings: &mut Findings) {
        self.entries(findings);
        self.bounds(findings);
        self.minimums(findings);
        self.places(findings);
        self.unplaced(findings);
    }

    fn added(&self, group: usize) -> i64 {
        let name = &self.cluster.groups[group].name;
        self.case.plan.additions.iter().filter(|it| *it.group == **name).map(|it| i64::from(it.count)).sum()
    }

    fn added_in_all(&self) -> i64 {
        self.case.plan.additions.iter().map(|it| i64::from(it.count)).sum()
    }

    /// Every pending pod has one entry, with what is plain to see.
    fn entries(&self, findings: &mut Findings) {
        let mut pending: Vec<String> = self
            .cluster
            .pods
            .iter()
            .filter(|it| self.cluster.is_pending(it))
            .map(super::objects::Pod::path)
            .collect();
        let mut listed: Vec<String> = self.case.plan.pending.iter().map(|it| it.pod.to_string()).collect();
        pending.sort();
        listed.sort();
        if pending != listed {
            findings.add("pending", format!("pending pods are {pending:?}, listed {listed:?}"));
        }
        let grace = self.cluster.number("/globalSettings/unschedulablePodGracePeriodSeconds", 30);
        for it in &self.case.plan.pending {
            let path = it.pod.to_string();
            let Some(pod) = self.cluster.pods.iter().find(|it| it.path() == path) else { continue };
            let seat = self.case.seats.before.get(&path).map(String::as_str);
            let not_ours = match &it.reason {
                Some(PendingReason::NotOurs { node }) => Some(&**node),
                _ => None,
            };
            if seat != not_ours {
                findings
                    .add("pending", format!("{path} has its place on {seat:?}, the plan says {not_ours:?}"));
            }
            let young = seat.is_none() && !pod.unschedulable && self.cluster.now - pod.created < grace;
            if young != matches!(it.reason, Some(PendingReason::TooYoung { .. })) {
                findings.add("pending", format!("{path} too young: {young}; the plan says {:?}", it.reason));
            }
            let brings =
                self.case.plan.additions.iter().find(|it| it.pods.iter().any(|it| it.to_string() == path));
            if brings.map(|it| &it.group) != it.placed.as_ref() || it.placed.is_some() != it.reason.is_none()
            {
                findings.add(
                    "pending",
                    format!(
                        "{path} is placed in {:?}, reason {:?}, but is part of {brings:?}",
                        it.placed, it.reason
                    ),
                );
            }
        }
    }

    /// The first thing that keeps the group from so many more nodes.
    fn block(&self, group: usize, more: i64) -> Option<&'static str> {
        let it = &self.cluster.groups[group];
        let number =
            |name: &str, default: i64| self.cluster.number(&format!("/globalSettings/{name}"), default);
        if it.spec.pointer("/scaleUpPolicy/enabled") == Some(&json!(false)) {
            return Some("ScaleUpDisabled");
        }
        if it.back_off.is_some_and(|it| self.cluster.now < it) {
            return Some("BackOff");
        }
        let rest = number("scaleUpCooldownSeconds", 60);
        if rest > 0 && it.last_up.is_some_and(|it| self.cluster.now - it < rest) {
            return Some("Cooldown");
        }
        let nodes =
            self.cluster.nodes.iter().filter(|it| self.cluster.group_of(it) == Some(group)).count() as i64;
        if nodes + self.machines[group] + self.added(group) + more > it.number("/maxNodes", 0) {
            return Some("AtMaximum");
        }
        let workers = self.cluster.nodes.iter().filter(|it| !it.is_control_plane()).count() as i64;
        let coming = self.machines.iter().sum::<i64>() + self.strangers;
        let bodies = self.cluster.machines.iter().filter(|it| is_on_its_way(self.cluster, it));
        let bodies = bodies.filter(|it| body(self.cluster, it).is_some()).count() as i64;
        let most = number("maxClusterWorkers", 0);
        if most > 0 && workers + coming - bodies + self.added_in_all() + more > most {
            return Some("ClusterAtMaximum");
        }
        let on_the_way: i64 = coming + self.unborn.iter().sum::<i64>();
        if on_the_way + self.added_in_all() + more > number("maxConcurrentScaleUps", 10) {
            return Some("BudgetSpent");
        }
        None
    }

    fn bounds(&self, findings: &mut Findings) {
        for it in &self.case.plan.additions {
            let Some(group) = group_named(self.cluster, &it.group) else {
                findings.add("additions", format!("{} is no managed group", it.group));
                continue;
            };
            if let Some(block) = self.block(group, 0) {
                findings.add("additions", format!("{} of {} are added, against {block}", it.count, it.group));
            }
            if it.count == 0 {
                findings.add("additions", format!("none of {} are added", it.group));
            }
        }
    }

    fn minimums(&self, findings: &mut Findings) {
        for (at, it) in self.cluster.groups.iter().enumerate().filter(|it| it.1.managed) {
            let mine = self.cluster.nodes.iter().filter(|it| self.cluster.group_of(it) == Some(at));
            let ready = mine
                .filter(|it| it.is_ready() && it.leaving_since(self.cluster.now).is_none())
                .count() as i64;
            let coming = self.machines[at] + self.unborn[at];
            let short = it.number("/minNodes", 0) - ready - coming - self.added(at);
            if short > 0 && self.block(at, 1).is_none() {
                findings.add(
                    "additions",
                    format!("{} stays {short} below its minimum, and nothing holds it back", it.name),
                );
            }
        }
    }

    /// The pods of additions fit on as many new nodes, those on their way beside them.
    fn places(&mut self, findings: &mut Findings) {
        let mut allowed: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for group in 0..self.cluster.groups.len() {
            let coming = self.coming(group);
            let coming: Vec<usize> = coming.into_iter().map(|it| self.paper.add(it)).collect();
            let count = self.added(group);
            let new: Vec<usize> = match self.template(group) {
                Some(it) => {
                    (0..count).map(|at| self.paper.add(named(&it, &format!("new-{group}-{at}")))).collect()
                }
                None => Vec::new(),
            };
            for it in &self.case.plan.pending {
                let path = it.pod.to_string();
                let Some(pod) = self.cluster.pods.iter().position(|it| it.path() == path) else { continue };
                let name = &self.cluster.groups[group].name;
                if it.placed.as_ref().is_some_and(|it| **it == **name) {
                    allowed.insert(pod, new.clone());
                }
                if matches!(&it.reason, Some(PendingReason::OnItsWay { group }) if **group == **name) {
                    allowed.insert(pod, coming.clone());
                }
            }
        }
        let pods: Vec<(usize, Vec<usize>)> = allowed.into_iter().collect();
        let mut steps = 0;
        if self.place_all(&pods, &mut steps) == Some(false) {
            let names: Vec<String> = pods.iter().map(|it| self.cluster.pods[it.0].path()).collect();
            findings.add("additions", format!("{names:?} do not fit on what is to come"));
        }
    }

    /// Whether all pods find a place on one of their nodes, in whatever order; none: nobody knows.
    fn place_all(&mut self, pods: &[(usize, Vec<usize>)], steps: &mut usize) -> Option<bool> {
        let waiting: Vec<usize> = (0..pods.len()).filter(|it| self.paper.at[pods[*it].0].is_none()).collect();
        if waiting.is_empty() {
            return Some(true);
        }
        for at in waiting {
            let (pod, nodes) = &pods[at];
            for node in nodes {
                *steps += 1;
                if *steps > STEPS_MAX {
                    return None;
                }
                if self.paper.fits(*pod, *node).is_ok() {
                    self.paper.at[*pod] = Some(*node);
                    match self.place_all(pods, steps) {
                        Some(false) => self.paper.at[*pod] = None,
                        other => return other,
                    }
                }
            }
        }
        Some(false)
    }

    /// Pods that bring no node: none could come for them, or a bound says why.
    fn unplaced(&mut self, findings: &mut Findings) {
        for it in &self.case.plan.pending {
            let path = it.pod.to_string();
            let Some(pod) = self.cluster.pods.iter().position(|it| it.path() == path) else { continue };
            let says = match &it.reason {
                None
                | Some(
                    PendingReason::NotOurs { .. }
                    | PendingReason::TooYoung { .. }
                    | PendingReason::OnItsWay { .. },
                ) => continue,
                Some(PendingReason::ScaleUpDisabled { .. }) => "ScaleUpDisabled",
                Some(PendingReason::BackOff { .. }) => "BackOff",
                Some(PendingReason::Cooldown { .. }) => "Cooldown",
                Some(PendingReason::AtMaximum { .. }) => "AtMaximum",
                Some(PendingReason::ClusterAtMaximum { .. }) => "ClusterAtMaximum",
                Some(PendingReason::BudgetSpent { .. }) => "BudgetSpent",
                Some(PendingReason::NoGroupFits { .. }) => "NoGroupFits",
            };
            let held = self.paper.at[pod].take();
            let mut fitting: Vec<usize> = Vec::new();
            for group in 0..self.cluster.groups.len() {
                let Some(template) = self.template(group) else { continue };
                let probe = self.paper.add(named(&template, "probe"));
                if self.paper.fits(pod, probe).is_ok() {
                    fitting.push(group);
                }
                self.paper.nodes.pop();
                self.paper.gone.pop();
            }
            self.paper.at[pod] = held;
            let price = |it: &usize| price(&self.cluster.groups[*it]);
            let cheapest = fitting.iter().min_by_key(|it| (price(it).is_none(), price(it), **it)).copied();
            let expected = cheapest.map_or(Some("NoGroupFits"), |it| self.block(it, 1));
            let open = fitting.iter().find(|it| self.block(**it, 1).is_none());
            if let Some(open) = open {
                let group = &self.cluster.groups[*open].name;
                findings.add(
                    "additions",
                    format!("{path} is {says}, though a node of {group} could come and take it"),
                );
            } else if expected != Some(says) && says != "NoGroupFits" {
                findings.add("pending", format!("{path} is {says}, expected {expected:?}"));
            }
        }
    }

    /// A new node of the group, its DaemonSets on it already.
    fn template(&self, group: usize) -> Option<Node> {
        let it = &self.cluster.groups[group];
        if !it.managed {
            return None;
        }
        let model = self.cluster.nodes.iter().find(|node| {
            self.cluster.group_of(node) == Some(group)
                && node.is_initialised()
                && node.leaving_since(self.cluster.now).is_none()
                && !node.unschedulable
        });
        let node = match model {
            Some(node) => like(node),
            None => promised(it)?,
        };
        Some(self.less_daemons(node, &[]))
    }

    fn less_daemons(&self, mut node: Node, there: &[(String, String)]) -> Node {
        for daemon in self.cluster.daemons.iter().filter(|it| !self.cluster.is_expendable(it)) {
            if there.contains(&daemon.full_name()) {
                continue;
            }
            // Whether it would run there: taints and node affinity, nothing else.
            let mut alone = Cluster { now: self.cluster.now, ..Cluster::default() };
            let mut pod = daemon.clone();
            pod.requests = Amounts::new();
            let keep = ["tolerations", "nodeSelector", "affinity"];
            let mut spec = json!({});
            for key in keep {
                spec[key] = daemon.spec.get(key).cloned().unwrap_or(Value::Null);
            }
            if let Some(affinity) = spec["affinity"].as_object_mut() {
                affinity.retain(|key, _| key == "nodeAffinity");
            }
            pod.spec = spec;
            alone.pods.push(pod);
            let mut ground = node.clone();
            ground.allocatable = Amounts::from([("pods".to_string(), 1)]);
            alone.nodes.push(ground);
            if Paper::of(&alone).fits(0, 0).is_ok() {
                for (name, amount) in &daemon.requests {
                    *node.allocatable.entry(name.clone()).or_insert(0) -= amount;
                }
                *node.allocatable.entry("pods".into()).or_insert(0) -= 1;
            }
        }
        node
    }

    /// Machines on their way to the group.
    fn on_the_way_to(&self, group: usize) -> impl Iterator<Item = &'c super::objects::Machine> {
        let cluster = self.cluster;
        let mine = move |it: &&super::objects::Machine| group_named(cluster, &it.group) == Some(group);
        cluster.machines.iter().filter(|it| is_on_its_way(cluster, it)).filter(mine)
    }

    /// What is on its way to the group: machines, and nodes that are registered but not there yet.
    fn coming(&self, group: usize) -> Vec<Node> {
        let mut coming = Vec::new();
        if let Some(template) = self.template(group) {
            let unseen = self.on_the_way_to(group).filter(|it| body(self.cluster, it).is_none()).count();
            coming.extend((0..unseen).map(|at| named(&template, &format!("machine-{group}-{at}"))));
        }
        let bare: Vec<usize> = self.on_the_way_to(group).filter_map(|it| body(self.cluster, it)).collect();
        for (at, node) in self.cluster.nodes.iter().enumerate() {
            let mine = self.cluster.group_of(node) == Some(group);
            let starts =
                node.is_ready() && node.is_starting() && node.leaving_since(self.cluster.now).is_none();
            let comes = bare.contains(&at) || (mine && (starts || is_arriving(self.cluster, node)));
            if node.unschedulable || !comes {
                continue;
            }
            let mut left = like(node);
            if bare.contains(&at) {
                let it = &self.cluster.groups[group];
                left.labels.extend(labels(it));
                left.taints.extend(taints(&it.spec, "/taints"));
            }
            let mut there = Vec::new();
            for pod in self.cluster.pods_bound_to(at).filter(|it| self.cluster.takes_room(it)) {
                for (name, amount) in &pod.requests {
                    *left.allocatable.entry(name.clone()).or_insert(0) -= amount;
                }
                *left.allocatable.entry("pods".into()).or_insert(0) -= 1;
                if let Some((_, _, name)) =
                    pod.owner.as_ref().filter(|it| it.0 == "apps" && it.1 == "DaemonSet")
                {
                    there.push((pod.namespace.clone(), name.clone()));
                }
            }
            coming.push(self.less_daemons(left, &there));
        }
        coming
    }
}

fn named(node: &Node, name: &str) -> Node {
    let mut node = node.clone();
    node.name = name.into();
    node.labels.insert(HOSTNAME.into(), name.into());
    node
}

/// One like this node: without what says something about this one alone.
fn like(node: &Node) -> Node {
    let mut like = node.clone();
    like.taints.retain(|(key, _, _)| {
        !(key.starts_with("autoscaler.vpsie.com/")
            || key.starts_with("startup-taint.cluster-autoscaler.kubernetes.io/")
            || key.starts_with("node.kubernetes.io/")
            || key == "node.cloudprovider.kubernetes.io/uninitialized"
            || key == "ToBeDeletedByClusterAutoscaler"
            || key == "karpenter.sh/disrupted")
    });
    like
}

/// What the group says of its nodes, where the provider's offer is known.
fn promised(it: &Group) -> Option<Node> {
    let offer = |name: &str| it.annotations.get(&format!("autoscaler.vpsie.com/{name}"));
    let mut node = Node { taints: taints(&it.spec, "/taints"), ..Node::default() };
    node.allocatable.insert("cpu".into(), millis(&json!(offer("cpu")?)));
    node.allocatable.insert("memory".into(), units(&json!(offer("memory")?)));
    node.allocatable.insert("pods".into(), 110);
    node.labels.extend(labels(it));
    Some(node)
}

/// What every node of the group is labelled with.
fn labels(it: &Group) -> Vec<(String, String)> {
    let own = it.spec.get("labels").and_then(Value::as_object).into_iter().flatten();
    let mut labels: Vec<(String, String)> =
        own.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().into())).collect();
    labels.push(("autoscaler.vpsie.com/nodegroup".into(), it.name.clone()));
    labels.push(("autoscaler.vpsie.com/managed".into(), "true".into()));
    labels
}

/// In hundredths; the generator writes `0.0N`.
fn price(group: &Group) -> Option<i64> {
    group.annotations.get("autoscaler.vpsie.com/hourly-price")?.strip_prefix("0.0")?.parse().ok()
}

fn group_named(cluster: &Cluster, name: &str) -> Option<usize> {
    cluster.groups.iter().position(|it| it.managed && it.name == name)
}

/// Registered, and not Ready yet.
fn is_arriving(cluster: &Cluster, node: &Node) -> bool {
    !node.was_ever_ready() && node.leaving_since(cluster.now).is_none()
}

/// In a phase before Ready, and no node of its group yet.
fn is_on_its_way(cluster: &Cluster, machine: &super::objects::Machine) -> bool {
    if !is_early(machine) {
        return false;
    }
    let Some(at) = body(cluster, machine) else { return true };
    let node = &cluster.nodes[at];
    let bare = cluster.group_of(node).is_none()
        && !node.is_control_plane()
        && node.leaving_since(cluster.now).is_none();
    // Several that name one Node are one.
    let first = cluster.machines.iter().find(|it| is_early(it) && body(cluster, it) == Some(at));
    bare && first.is_some_and(|it| std::ptr::eq(it, machine))
}

fn is_early(machine: &super::objects::Machine) -> bool {
    ["", "Pending", "Provisioning", "Provisioned", "Joining"].contains(&machine.phase.as_str())
}

/// The Node that it names.
fn body(cluster: &Cluster, machine: &super::objects::Machine) -> Option<usize> {
    cluster.nodes.iter().position(|it| it.name.to_lowercase() == machine.node)
}
