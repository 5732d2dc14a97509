//! The labels, annotations and taints that people and other autoscalers set, and what they mean.

use crate::select::Labels;
use crate::time::Time;
use crate::world::{Effect, Name, Taint};

pub const MANAGED: &str = "autoscaler.vpsie.com/managed";
pub const GROUP: &str = "autoscaler.vpsie.com/nodegroup";
pub const IDLE_SINCE: &str = "autoscaler.vpsie.com/idle-since";
/// On a NodeGroup: its plan is made and shown, and nothing of it is carried out.
pub const DRY_RUN: &str = "autoscaler.vpsie.com/dry-run";
pub const LEAVING_SINCE: &str = "autoscaler.vpsie.com/leaving-since";
pub const DRAINING_SINCE: &str = "autoscaler.vpsie.com/draining-since";
pub const NOT_BEFORE: &str = "autoscaler.vpsie.com/not-before";
/// The taint of a node that we are removing.
pub const LEAVING: &str = "autoscaler.vpsie.com/leaving";
/// Keeps pods off a new node until its labels and taints are on it.
pub const STARTING: &str = "autoscaler.vpsie.com/starting";
pub const EXCLUDE_FROM_BALANCERS: &str = "node.kubernetes.io/exclude-from-external-load-balancers";
/// What kubectl keeps on an object for itself: long, and nobody decides by it.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
pub const HOSTNAME: &str = "kubernetes.io/hostname";
pub const ZONES: [&str; 2] = ["topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"];
pub const INSTANCE_TYPES: [&str; 2] =
    ["node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type"];
pub const SYSTEM_NAMESPACE: &str = "kube-system";

const CONTROL_PLANE: [&str; 2] = ["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"];
const UNINITIALIZED: &str = "node.cloudprovider.kubernetes.io/uninitialized";
const STARTUP_PREFIX: &str = "startup-taint.cluster-autoscaler.kubernetes.io/";
const OTHER_AUTOSCALERS: [&str; 2] = ["ToBeDeletedByClusterAutoscaler", "karpenter.sh/disrupted"];
const DELAY_PREFIX: &str = "delay-deletion.cluster-autoscaler.kubernetes.io/";
const PROTECTED: &str = "autoscaler.vpsie.com/protected";
const SCALE_DOWN_DISABLED: &str = "autoscaler.vpsie.com/scale-down-disabled";
const CA_SCALE_DOWN_DISABLED: &str = "cluster-autoscaler.kubernetes.io/scale-down-disabled";
const DO_NOT_DISRUPT: &str = "karpenter.sh/do-not-disrupt";
const NO_DELETE: &str = "atlassian.com/no-delete";
const MIRROR: &str = "kubernetes.io/config.mirror";
const DAEMON: &str = "cluster-autoscaler.kubernetes.io/daemonset-pod";
const SAFE_TO_EVICT: &str = "cluster-autoscaler.kubernetes.io/safe-to-evict";
const LOCAL_VOLUMES: &str = "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes";
const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";
const PREFER_NO_EVICTION: &str = "descheduler.alpha.kubernetes.io/prefer-no-eviction";

/// A mark as it stands on an object: its key and value.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Mark {
    pub key: Name,
    pub value: Name,
    /// It is a label, not an annotation.
    pub label: bool,
}

/// The role label of a control-plane node.
#[must_use]
pub fn control_plane(labels: &Labels) -> Option<Name> {
    CONTROL_PLANE.iter().find(|it| labels.get(it).is_some()).map(|it| Name::from(*it))
}

/// What says that a node must never go.
#[must_use]
pub fn protected(labels: &Labels, annotations: &Labels) -> Option<Mark> {
    let mark = |key: &str, value: &Name, label| Some(Mark { key: key.into(), value: value.clone(), label });
    for key in [PROTECTED, SCALE_DOWN_DISABLED, CA_SCALE_DOWN_DISABLED, DO_NOT_DISRUPT] {
        if let Some(value) = annotations.get(key).filter(|it| &***it == "true") {
            return mark(key, value, false);
        }
        if let Some(value) = labels.get(key).filter(|it| key == SCALE_DOWN_DISABLED && &***it == "true") {
            return mark(key, value, true);
        }
    }
    let reason = annotations.get(NO_DELETE).filter(|it| !it.is_empty());
    reason.and_then(|value| mark(NO_DELETE, value, false))
}

/// The taint with which another autoscaler says that it is deleting the node.
#[must_use]
pub fn taken_by_other(taints: &[Taint]) -> Option<&Taint> {
    taints.iter().find(|it| OTHER_AUTOSCALERS.contains(&&*it.key))
}

/// Our own taint, with which a node is leaving.
#[must_use]
pub fn leaving_taint(taints: &[Taint]) -> Option<&Taint> {
    taints.iter().find(|it| &*it.key == LEAVING && it.effect == Effect::NoSchedule)
}

/// A taint that says that the node is still being set up.
#[must_use]
pub fn startup_taint(taints: &[Taint]) -> Option<&Taint> {
    taints.iter().find(|it| is_startup(&it.key))
}

fn is_startup(key: &str) -> bool {
    key == UNINITIALIZED || key == STARTING || key.starts_with(STARTUP_PREFIX)
}

/// A taint that says something about this one node now, and nothing about its like.
#[must_use]
pub fn is_passing(key: &str) -> bool {
    is_startup(key)
        || key == LEAVING
        || key == "DeletionCandidateOfClusterAutoscaler"
        || OTHER_AUTOSCALERS.contains(&key)
        || is_lifecycle(key)
}

/// A taint that Kubernetes itself sets by the state of a node.
#[must_use]
pub fn is_lifecycle(key: &str) -> bool {
    key.starts_with("node.kubernetes.io/")
}

/// Annotations that ask to wait with the deletion of the server.
pub fn delays(annotations: &Labels) -> impl Iterator<Item = &Name> {
    annotations.with_prefix(DELAY_PREFIX).map(|(key, _)| key)
}

#[must_use]
pub fn first_of<'a>(labels: &'a Labels, keys: &[&str]) -> Option<&'a Name> {
    keys.iter().find_map(|it| labels.get(it))
}

#[must_use]
pub fn is_mirror(annotations: &Labels) -> bool {
    annotations.get(MIRROR).is_some()
}

#[must_use]
pub fn is_daemon(annotations: &Labels) -> bool {
    annotations.is(DAEMON, "true")
}

/// `safe-to-evict` of a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SafeToEvict {
    Unsaid,
    Yes,
    No,
    OnCompletion,
}

#[must_use]
pub fn safe_to_evict(annotations: &Labels) -> SafeToEvict {
    match annotations.get(SAFE_TO_EVICT).map(|it| &**it) {
        Some("true") => SafeToEvict::Yes,
        Some("false") => SafeToEvict::No,
        Some("on-completion") => SafeToEvict::OnCompletion,
        _ => SafeToEvict::Unsaid,
    }
}

/// The volumes that the owner of a pod says are not worth keeping.
pub fn spared_volumes(annotations: &Labels) -> impl Iterator<Item = &str> {
    let listed = annotations.get(LOCAL_VOLUMES).map_or("", |it| &**it);
    listed.split(',').map(str::trim).filter(|it| !it.is_empty())
}

/// Why a pod must not be disrupted now.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum DoNotDisrupt {
    /// It says `"true"`.
    Always,
    /// For a time since its start, which is not over.
    Until(Time),
    /// For a time, but nobody knows when it started.
    NoStart(Name),
    /// A duration that is not positive.
    NotPositive(Name),
    /// Something that nobody can read; the safe reading is "do not".
    Unreadable(Name),
}

#[must_use]
pub fn do_not_disrupt(annotations: &Labels, started: Option<Time>, now: Time) -> Option<DoNotDisrupt> {
    let value = annotations.get(DO_NOT_DISRUPT)?;
    match &**value {
        "" | "false" => None,
        "true" => Some(DoNotDisrupt::Always),
        text => match (duration_nanos(text), started) {
            (None, _) => Some(DoNotDisrupt::Unreadable(value.clone())),
            (Some(nanos), _) if nanos <= 0 => Some(DoNotDisrupt::NotPositive(value.clone())),
            (Some(_), None) => Some(DoNotDisrupt::NoStart(value.clone())),
            (Some(nanos), Some(started)) => {
                let seconds = i64::try_from((nanos + 999_999_999) / 1_000_000_000).unwrap_or(i64::MAX);
                let until = started.plus(seconds);
                (now < until).then_some(DoNotDisrupt::Until(until))
            }
        },
    }
}

/// What deleting the pod costs, as its owner says; no number is 0.
#[must_use]
pub fn deletion_cost(annotations: &Labels) -> i32 {
    let text = annotations.get(DELETION_COST).map_or("0", |it| &**it);
    if text.starts_with('+') { 0 } else { text.parse().unwrap_or(0) }
}

#[must_use]
pub fn prefers_no_eviction(annotations: &Labels) -> bool {
    annotations.is(PREFER_NO_EVICTION, "true")
}

/// Go's `time.ParseDuration`, in nanoseconds.
fn duration_nanos(text: &str) -> Option<i128> {
    let (negative, mut rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut sum: i128 = 0;
    while !rest.is_empty() {
        let whole_end = rest.find(|it: char| !it.is_ascii_digit()).unwrap_or(rest.len());
        let (whole, after) = rest.split_at(whole_end);
        let (fraction, after) = match after.strip_prefix('.') {
            Some(tail) => {
                let end = tail.find(|it: char| !it.is_ascii_digit()).unwrap_or(tail.len());
                tail.split_at(end)
            }
            None => ("", after),
        };
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let unit_end = after.find(|it: char| it == '.' || it.is_ascii_digit()).unwrap_or(after.len());
        let (unit, tail) = after.split_at(unit_end);
        let size: i128 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return None,
        };
        let whole: i128 = if whole.is_empty() { 0 } else { whole.parse::<i64>().ok()?.into() };
        let mut nanos = whole * size;
        let mut scale = size;
        for digit in fraction.bytes() {
            scale /= 10;
            nanos += i128::from(digit - b'0') * scale;
        }
        sum += nanos;
        if sum > i128::from(i64::MAX) {
            return None;
        }
        rest = tail;
    }
    Some(if negative { -sum } else { sum })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_go_durations() {
        let second = 1_000_000_000;
        let table = [
            ("30m", Some(1800 * second)),
            ("1h30m", Some(5400 * second)),
            ("1.5h", Some(5400 * second)),
            (".5s", Some(second / 2)),
            ("-5m", Some(-300 * second)),
            ("+90s", Some(90 * second)),
            ("100us", Some(100_000)),
            ("0", Some(0)),
            ("0s", Some(0)),
            ("5", None),
            ("m", None),
            ("5 m", None),
            ("1d", None),
            (".s", None),
            ("-", None),
            ("9999999999999h", None),
            ("99999999999999999999s", None),
        ];
        for (text, expect) in table {
            assert_eq!(duration_nanos(text), expect, "{text}");
        }
    }
}
