//! The rules about single pods.

use policy_sdk::rows::{Owner, Pod};

use crate::{Safety, Verdict};

/// The rows about pods, in the order of the table: the first decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rule {
    ControllerNotFound,
    NotReplicated,
    MinReplicas,
    SystemPod,
    UniqueSystemPod,
    LocalStorage,
}

impl Rule {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::ControllerNotFound => "controller-not-found",
            Self::NotReplicated => "not-replicated",
            Self::MinReplicas => "min-replicas",
            Self::SystemPod => "system-pod",
            Self::UniqueSystemPod => "unique-system-pod",
            Self::LocalStorage => "local-storage",
        }
    }
}

impl Safety {
    /// Whether any rule about pods is on.
    pub(crate) fn asks_for_pods(&self) -> bool {
        let verdicts = [
            self.missing_controller,
            self.bare,
            self.custom_controllers,
            self.unique_system_pods,
            self.local_storage,
        ];
        verdicts.contains(&Verdict::Keep) || self.min_replicas > 0 || self.system_pod_min_age_seconds > 0
    }

    /// The first rule by which a pod keeps its node. Whether its name is that of a unique system pod is asked
    /// last and seldom, as names have to be fetched.
    pub(crate) fn first_rule(
        &self,
        pod: Pod<'_>,
        system: bool,
        now: i64,
        unique_name: impl FnOnce() -> bool,
    ) -> Option<Rule> {
        let judged = !pod.mirror() && !pod.safe_to_evict();
        let stays_behind = judged && !pod.daemon();
        let owner = pod.owner();
        if judged && owner == (Owner::Known { exists: false }) && self.missing_controller == Verdict::Keep {
            return Some(Rule::ControllerNotFound);
        }
        let not_replicated = match owner {
            Owner::None => self.bare,
            Owner::Other => self.custom_controllers,
            Owner::Known { .. } => Verdict::Allow,
        };
        if stays_behind && not_replicated == Verdict::Keep {
            return Some(Rule::NotReplicated);
        }
        let counted = judged && owner == (Owner::Known { exists: true });
        if counted && pod.replicas().is_some_and(|replicas| replicas < self.min_replicas) {
            return Some(Rule::MinReplicas);
        }
        if stays_behind && system && pod.pdbs() == 0 && self.young(pod, now) {
            return Some(Rule::SystemPod);
        }
        if system && self.unique_system_pods == Verdict::Keep && unique_name() {
            return Some(Rule::UniqueSystemPod);
        }
        let local = pod.empty_dirs() > 0 || pod.host_paths() > 0;
        if stays_behind && local && self.local_storage == Verdict::Keep {
            return Some(Rule::LocalStorage);
        }
        None
    }

    /// A pod that has not started is young; nothing is known of when it will have.
    fn young(&self, pod: Pod<'_>, now: i64) -> bool {
        let age_min = i64::from(self.system_pod_min_age_seconds);
        age_min > 0 && pod.started().is_none_or(|started| now.saturating_sub(started) < age_min)
    }
}

/// Whether a name holds one of the four. By bytes: a general search for each takes many times as long, and
/// every kube-system pod of the cluster is asked.
pub(crate) fn unique_name(name: &str) -> bool {
    let name = name.as_bytes();
    (0..name.len()).any(|at| match &name[at..] {
        [b'e', rest @ ..] => rest.starts_with(b"tcd"),
        [b'k', rest @ ..] => rest.strip_prefix(b"ube-").is_some_and(|rest| {
            let parts: [&[u8]; 3] = [b"apiserver", b"controller-manager", b"scheduler"];
            parts.iter().any(|part| rest.starts_with(part))
        }),
        _ => false,
    })
}
