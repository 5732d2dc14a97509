//! The first reason to keep a node, of those that are judged on the world as the decision opens:
//! the whole list from the top down to `PodBlocks`.

use super::fit::Paper;
use super::ledger::{Left, Refusal};
use super::objects::{Cluster, Pod, list};
use super::pace::Pace;
use super::pods::{goes_with_node, is_daemon};
use super::select::any_term;
use serde_json::Value;

/// What is known when nodes are put on the shortlist.
#[derive(Debug)]
pub struct Opening<'a, 'c> {
    pub cluster: &'c Cluster,
    pub paper: &'a Paper<'c>,
    pub paces: &'a [Pace],
    pub left: &'a Left,
    /// By node: whether a pending pod is about to use it.
    pub nominated: &'a [bool],
}

impl Opening<'_, '_> {
    #[must_use]
    pub fn reason(&self, node: usize) -> Option<&'static str> {
        let it = &self.cluster.nodes[node];
        if it.is_control_plane() {
            return Some("ControlPlane");
        }
        let Some(group) = self.cluster.group_of(it) else { return Some("NotManaged") };
        if self.cluster.frozen {
            return Some("InventoryFrozen");
        }
        if self.is_cluster_unhealthy() {
            return Some("ClusterUnhealthy");
        }
        if it.is_protected() {
            return Some("Protected");
        }
        if self.is_disabled(group) {
            return Some("ScaleDownDisabled");
        }
        if it.is_cordoned(self.cluster.now) {
            return Some("Cordoned");
        }
        let young = self.cluster.now - it.created < self.cluster.number("/scaleDown/minAgeSeconds", 600);
        if !it.was_ever_ready() || it.is_starting() || young {
            return Some("NotReadyYet");
        }
        let dead = self.cluster.is_dead(it);
        if !it.is_ready() && !dead {
            return Some("Unready");
        }
        if self.nominated[node] {
            return Some("Nominated");
        }
        if !dead && let Some(reason) = self.busy(node, &self.paces[group]) {
            return Some(reason);
        }
        self.block(node, |_| true).map(|_| "PodBlocks")
    }

    #[must_use]
    pub fn is_disabled(&self, group: usize) -> bool {
        self.cluster.flag("/scaleDown/paused", false)
            || !self.cluster.flag("/scaleDown/enabled", true)
            || self.cluster.groups[group].spec.pointer("/scaleDownPolicy/enabled")
                == Some(&Value::Bool(false))
            || self.paces[group].disabled
    }

    /// More than so many percent and more than so many are unready, of all nodes that do not leave
    /// and have been Ready.
    #[must_use]
    pub fn is_cluster_unhealthy(&self) -> bool {
        let now = self.cluster.now;
        let counted =
            self.cluster.nodes.iter().filter(|it| it.leaving_since(now).is_none() && it.was_ever_ready());
        let (mut all, mut unready) = (0, 0);
        for it in counted {
            all += 1;
            unready += i64::from(!it.is_ready());
        }
        unready * 100 > all * self.cluster.number("/scaleDown/unhealthyPercentMax", 45)
            && unready > self.cluster.number("/scaleDown/unhealthyNodesMin", 3)
    }

    /// What the thresholds are compared with: the samples that count, and requests with what they
    /// are requested of; each where the source wants it.
    fn source(&self) -> (bool, bool) {
        match self.cluster.config.pointer("/scaleDown/utilizationSource").and_then(Value::as_str) {
            Some("Requests") => (false, true),
            Some("Highest") => (true, true),
            _ => (true, false),
        }
    }

    /// From `NoMetrics` to `NotIdleLongEnough`.
    fn busy(&self, node: usize, pace: &Pace) -> Option<&'static str> {
        let it = &self.cluster.nodes[node];
        let (measures, requests) = self.source();
        let window = match self.window(node, pace.window) {
            Err(reason) if measures => return Some(reason),
            window => window.unwrap_or_default(),
        };
        let (cpu, memory) = (it.gives("cpu"), it.gives("memory"));
        if cpu == 0 || memory == 0 {
            return Some("Busy");
        }
        let below = |used: i128, whole: i128, limit: i64| used * 10_000 < whole * i128::from(limit);
        if measures {
            let count = window.len() as i128;
            let sum = |of: fn(&(i128, i128)) -> i128| window.iter().map(of).sum::<i128>();
            if !below(sum(|it| it.0), cpu * count, pace.cpu)
                || !below(sum(|it| it.1), memory * count, pace.memory)
            {
                return Some("Busy");
            }
            let low =
                window.iter().filter(|it| below(it.0, cpu, pace.cpu) && below(it.1, memory, pace.memory));
            let quorum = i128::from(self.cluster.number("/scaleDown/quorumPercent", 80));
            if (low.count() as i128) * 100 < count * quorum {
                return Some("Busy");
            }
        }
        if requests {
            let limits = [pace.cpu, pace.memory];
            let low = |((used, whole), limit): ((i128, i128), i64)| whole > 0 && below(used, whole, limit);
            if !self.requested(node).into_iter().zip(limits).all(low) {
                return Some("Busy");
            }
        }
        if !measures && pace.window > 0 {
            let idle = it.instant("autoscaler.vpsie.com/idle-since");
            let long = matches!(idle, Some(Ok(since)) if self.cluster.now - since >= pace.window);
            if !long {
                return Some("NotIdleLongEnough");
            }
        }
        None
    }

    /// What is asked for on paper, and of how much: CPU, then memory. A node that is leaving has its
    /// pods still. Where DaemonSets do not count, neither what they ask for nor the room that they
    /// take does.
    fn requested(&self, node: usize) -> [(i128, i128); 2] {
        let spares =
            self.source() == (false, true) && !self.cluster.flag("/scaleDown/countDaemonSetPods", true);
        let own: Vec<&Pod> =
            self.cluster.pods_bound_to(node).filter(|it| self.cluster.takes_room(it)).collect();
        let leaves = self.cluster.leavers().contains(&node);
        ["cpu", "memory"].map(|resource| {
            let daemons = own.iter().filter(|it| spares && goes_as_daemon(it));
            let daemons: i128 = daemons.map(|it| it.asks(resource)).sum();
            let all = if leaves {
                own.iter().map(|it| it.asks(resource)).sum()
            } else {
                self.paper.used(node, resource)
            };
            (all - daemons, self.cluster.nodes[node].gives(resource) - daemons)
        })
    }

    /// CPU and memory in hundredths of a percent, cut, where they are known.
    #[must_use]
    pub fn figures(&self, node: usize) -> Option<[i128; 2]> {
        let group = self.cluster.group_of(&self.cluster.nodes[node]);
        // A node of no group is measured as one of a group that says nothing.
        let length = group.map_or(600, |it| self.paces[it].window);
        let (measures, requests) = self.source();
        let share = |used: i128, whole: i128| if whole > 0 { used * 10_000 / whole } else { 0 };
        let gives = ["cpu", "memory"].map(|it| self.cluster.nodes[node].gives(it));
        let measured = self.window(node, length).ok().filter(|_| measures).map(|window| {
            let count = window.len() as i128;
            let sums = [window.iter().map(|it| it.0).sum::<i128>(), window.iter().map(|it| it.1).sum()];
            [share(sums[0], gives[0] * count), share(sums[1], gives[1] * count)]
        });
        let requested = Some(self.requested(node)).filter(|it| requests && it.iter().all(|it| it.1 > 0));
        let requested = requested.map(|it| it.map(|(used, whole)| share(used, whole)));
        match (measured, requested) {
            (Some(a), Some(b)) => Some([a[0].max(b[0]), a[1].max(b[1])]),
            (a, b) => a.or(b),
        }
    }

    /// The samples that count, or why they do not.
    fn window(&self, node: usize, length: i64) -> Result<Vec<(i128, i128)>, &'static str> {
        let now = self.cluster.now;
        let all = self.cluster.samples.get(&self.cluster.nodes[node].name).into_iter().flatten();
        let counted: Vec<(i64, (i128, i128))> = all
            .filter(|(at, _)| now - **at <= length && **at - now <= 60)
            .map(|(at, it)| (*at, *it))
            .collect();
        let Some(newest) = counted.iter().map(|it| it.0).max() else { return Err("NoMetrics") };
        if now - newest > self.cluster.number("/scaleDown/sampleMaxAgeSeconds", 300) {
            return Err("StaleMetrics");
        }
        // 80 % of one a minute, rounded up, at least one.
        let needed = (length * 80 + 60 * 100 - 1) / (60 * 100);
        if (counted.len() as i64) < needed.max(1) {
            return Err("TooFewSamples");
        }
        Ok(counted.into_iter().map(|it| it.1).collect())
    }

    /// The code with which the first rule in their order blocks, of those that `counts` names.
    #[must_use]
    pub fn block(&self, node: usize, counts: fn(&str) -> bool) -> Option<&'static str> {
        blocks(self.cluster, node, self.left).into_iter().find(|it| counts(it))
    }
}

fn goes_as_daemon(pod: &Pod) -> bool {
    is_daemon(pod) && pod.says("kubernetes.io/config.mirror").is_none()
}

const CODES: [&str; 9] = [
    "not-safe-to-evict",
    "do-not-disrupt",
    "waits-for-completion",
    "pdb-invalid",
    "pdb-multiple",
    "pdb-stale",
    "pdb-exhausted",
    "local-volume",
    "volume-unknown",
];

/// All codes with which pods of the node block now, in their order.
#[must_use]
pub fn blocks(cluster: &Cluster, node: usize, left: &Left) -> Vec<&'static str> {
    let pods: Vec<&Pod> = cluster.pods_bound_to(node).collect();
    let speaks = |code: &str| pods.iter().any(|it| block(cluster, node, it, left).contains(&code));
    CODES.into_iter().filter(|it| speaks(it)).collect()
}

fn block(cluster: &Cluster, node: usize, pod: &Pod, left: &Left) -> Vec<&'static str> {
    let mut codes = Vec::new();
    if cluster.can_block(pod) {
        codes.extend(marks(cluster, pod, left));
    }
    if cluster.must_move(pod) {
        codes.extend(volumes(cluster, node, pod));
    }
    codes
}

/// By what is written on it, and by budgets.
fn marks(cluster: &Cluster, pod: &Pod, left: &Left) -> Vec<&'static str> {
    let mut codes = Vec::new();
    let safe = pod.says("cluster-autoscaler.kubernetes.io/safe-to-evict").filter(|_| !goes_with_node(pod));
    if safe == Some("false") {
        codes.push("not-safe-to-evict");
    }
    if must_not_be_disrupted(pod, cluster.now) {
        codes.push("do-not-disrupt");
    }
    if safe == Some("on-completion") {
        codes.push("waits-for-completion");
    }
    match cluster.refusal(pod, left) {
        Some(Refusal::Invalid) => codes.push("pdb-invalid"),
        Some(Refusal::Multiple) => codes.push("pdb-multiple"),
        Some(Refusal::Stale) => codes.push("pdb-stale"),
        Some(Refusal::Exhausted) => codes.push("pdb-exhausted"),
        None => {}
    }
    codes
}

/// By data that stays behind, or that nobody knows.
fn volumes(cluster: &Cluster, node: usize, pod: &Pod) -> Vec<&'static str> {
    let mut codes = Vec::new();
    for (_, claim) in cluster.claims_of(pod) {
        let Some(claim) = claim else {
            codes.push("volume-unknown");
            continue;
        };
        match cluster.volumes.get(&claim.volume) {
            Some(volume) if is_local(cluster, node, volume) => codes.push("local-volume"),
            None if !claim.volume.is_empty() => codes.push("volume-unknown"),
            _ => {}
        }
    }
    codes
}

/// The durations that the generator writes: one number and one unit.
fn must_not_be_disrupted(pod: &Pod, now: i64) -> bool {
    let Some(value) = pod.says("karpenter.sh/do-not-disrupt") else { return false };
    if value.is_empty() || value == "false" {
        return false;
    }
    let units = [("ms", 1), ("h", 3_600_000), ("m", 60_000), ("s", 1000)];
    let read =
        units.iter().find_map(|(unit, size)| Some(value.strip_suffix(unit)?.parse::<i64>().ok()? * size));
    match (read, pod.started) {
        (Some(length), Some(started)) if length > 0 => (now - started) * 1000 < length,
        _ => true,
    }
}

/// It lives on the disk of the node, or can be reached from this node only.
fn is_local(cluster: &Cluster, node: usize, volume: &Value) -> bool {
    if volume["spec"].get("local").is_some() || volume["spec"].get("hostPath").is_some() {
        return true;
    }
    let terms = list(volume, "/spec/nodeAffinity/required/nodeSelectorTerms");
    if terms.is_empty() {
        return false;
    }
    let admits = |at: &usize| any_term(terms, "", &cluster.nodes[*at].labels);
    let admitted: Vec<usize> = (0..cluster.nodes.len()).filter(admits).collect();
    admitted == [node]
}
