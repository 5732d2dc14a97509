//! How a node stands, sentence by sentence from the rules.

use super::objects::{Cluster, Node, seconds};
use super::pods::LEAVING;

const ROLES: [&str; 2] = ["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"];
const OTHERS: [&str; 2] = ["ToBeDeletedByClusterAutoscaler", "karpenter.sh/disrupted"];
const LEAVING_SINCE: &str = "autoscaler.vpsie.com/leaving-since";

impl Node {
    #[must_use]
    pub fn is_control_plane(&self) -> bool {
        ROLES.iter().any(|it| self.labels.contains_key(*it))
    }

    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.ready.is_some_and(|it| it.0)
    }

    /// Never Ready: no condition, or one that is not True and changed at most 10 s after creation.
    #[must_use]
    pub fn was_ever_ready(&self) -> bool {
        self.ready.is_some_and(|(ready, since)| ready || since > self.created + 10)
    }

    #[must_use]
    pub fn is_starting(&self) -> bool {
        self.taints.iter().any(|(key, _, _)| {
            key == "node.cloudprovider.kubernetes.io/uninitialized"
                || key.starts_with("startup-taint.cluster-autoscaler.kubernetes.io/")
                || key == "autoscaler.vpsie.com/starting"
        })
    }

    #[must_use]
    pub fn is_initialised(&self) -> bool {
        self.was_ever_ready() && !self.is_starting()
    }

    fn has_our_taint(&self) -> bool {
        self.taints.iter().any(|(key, _, effect)| key == LEAVING && effect == "NoSchedule")
    }

    /// Since when it is leaving: our taint, and a readable mark that is not in the future.
    #[must_use]
    pub fn leaving_since(&self, now: i64) -> Option<i64> {
        let since = seconds(self.annotations.get(LEAVING_SINCE)?)?;
        (self.has_our_taint() && since <= now).then_some(since)
    }

    /// Another autoscaler is deleting it.
    #[must_use]
    pub fn is_taken_by_other(&self) -> bool {
        self.taints
            .iter()
            .any(|(key, _, effect)| OTHERS.contains(&key.as_str()) && effect != "PreferNoSchedule")
    }

    /// Somebody else keeps pods off it, or it carries half a mark of ours.
    #[must_use]
    pub fn is_cordoned(&self, now: i64) -> bool {
        if self.leaving_since(now).is_some() {
            return false;
        }
        let half = self.has_our_taint() || self.annotations.contains_key(LEAVING_SINCE);
        let taken = self.taints.iter().any(|(key, _, _)| OTHERS.contains(&key.as_str()));
        self.unschedulable || half || taken
    }

    /// What protects it, by any of the marks.
    #[must_use]
    pub fn is_protected(&self) -> bool {
        let disabled = "autoscaler.vpsie.com/scale-down-disabled";
        self.has("autoscaler.vpsie.com/protected", "true")
            || self.has(disabled, "true")
            || self.labels.get(disabled).is_some_and(|it| it == "true")
            || self.has("cluster-autoscaler.kubernetes.io/scale-down-disabled", "true")
            || self.has("karpenter.sh/do-not-disrupt", "true")
            || self.annotations.get("atlassian.com/no-delete").is_some_and(|it| !it.is_empty())
    }

    /// An instant in an annotation: none where it is absent, an error where it cannot be read.
    pub fn instant(&self, key: &str) -> Option<Result<i64, ()>> {
        Some(seconds(self.annotations.get(key)?).ok_or(()))
    }
}

impl Cluster {
    /// The one managed group of the node, by position.
    #[must_use]
    pub fn group_of(&self, node: &Node) -> Option<usize> {
        if node.labels.get("autoscaler.vpsie.com/managed").is_none_or(|it| it != "true") {
            return None;
        }
        let name = node.labels.get("autoscaler.vpsie.com/nodegroup")?;
        let named: Vec<usize> = (0..self.groups.len())
            .filter(|it| self.groups[*it].managed && self.groups[*it].name == *name)
            .collect();
        if let [only] = named[..] { Some(only) } else { None }
    }

    /// Nodes that are being removed by us, those that left first first.
    #[must_use]
    pub fn leavers(&self) -> Vec<usize> {
        let mut leavers: Vec<(i64, usize)> = Vec::new();
        for (at, node) in self.nodes.iter().enumerate() {
            if let Some(since) = node.leaving_since(self.now)
                && !node.is_control_plane()
                && self.group_of(node).is_some()
            {
                leavers.push((since, at));
            }
        }
        leavers.sort_unstable();
        leavers.into_iter().map(|it| it.1).collect()
    }

    /// Whether pods of other nodes may be put on the node.
    #[must_use]
    pub fn can_be_destination(&self, node: &Node) -> bool {
        node.is_ready()
            && !node.unschedulable
            && !node.is_taken_by_other()
            && node.leaving_since(self.now).is_none()
            && node.is_initialised()
    }

    /// Unready for so long that it may be removed for that alone.
    #[must_use]
    pub fn is_dead(&self, node: &Node) -> bool {
        let remove = self.config.pointer("/scaleDown/unreadyNodes").is_some_and(|it| it == "Remove");
        let seconds = self.number("/scaleDown/unreadySeconds", 1200);
        remove && node.ready.is_some_and(|(ready, since)| !ready && self.now - since >= seconds)
    }
}
