//! A pod that must not be moved.

use super::from;
use super::text::{list, phrase, quoted, when};
use crate::marks::DoNotDisrupt;
use crate::plan::Block;
use crate::time::Time;
use crate::world::PodName;

const SAFE_TO_EVICT: &str = "cluster-autoscaler.kubernetes.io/safe-to-evict";
const DO_NOT_DISRUPT: &str = "karpenter.sh/do-not-disrupt";

impl Block {
    pub(super) fn detail(&self, pod: &PodName, now: Time) -> String {
        let budget = |name: &str| format!("PodDisruptionBudget {}/{name}", pod.namespace);
        match self {
            Block::NotSafeToEvict => format!("pod {pod} says {}: \"false\"", SAFE_TO_EVICT),
            Block::DoNotDisrupt(it) => format!("pod {pod} {}", it.said(now)),
            Block::WaitsForCompletion => {
                format!("pod {pod} is to finish first: {}: \"on-completion\"", SAFE_TO_EVICT)
            }
            Block::PdbInvalid { pdb, why } => {
                format!("pod {pod}: the selector of {} cannot be read: {}", budget(pdb), phrase(why))
            }
            Block::PdbMultiple { pdbs } => format!(
                "pod {pod} is under {} PodDisruptionBudgets, {}, and so cannot be evicted",
                pdbs.len(),
                list(pdbs)
            ),
            Block::PdbStale { pdb } => {
                format!("pod {pod}: the status of {} is older than its spec", budget(pdb))
            }
            Block::PdbExhausted { pdb, spent_here: false } => {
                format!("pod {pod}: {} allows no disruption now", budget(pdb))
            }
            Block::PdbExhausted { pdb, spent_here: true } => {
                format!("pod {pod}: what {} allows is spent on nodes that go first", budget(pdb))
            }
            Block::LocalVolume { claim, volume } => {
                format!("pod {pod} keeps data on this node: claim {claim}, volume {volume}")
            }
            Block::VolumeUnknown { what } => format!("pod {pod} names {what}, which is not there"),
        }
    }

    pub(super) fn flips(&self, pod: &PodName, now: Time) -> Option<String> {
        match self {
            Block::NotSafeToEvict => Some(format!("{} removed from the pod", SAFE_TO_EVICT)),
            Block::DoNotDisrupt(DoNotDisrupt::Until(until)) => Some(from(*until, now)),
            Block::DoNotDisrupt(_) => Some(format!("{} removed from the pod", DO_NOT_DISRUPT)),
            Block::WaitsForCompletion => Some(format!("pod {pod} finished")),
            Block::PdbInvalid { pdb, .. } => Some(format!("a readable selector in {}/{pdb}", pod.namespace)),
            Block::PdbMultiple { .. } => Some("one PodDisruptionBudget over the pod".into()),
            Block::PdbStale { pdb } => Some(format!("a fresh status of {}/{pdb}", pod.namespace)),
            Block::PdbExhausted { pdb, spent_here } => {
                let more = if *spent_here { "more disruption" } else { "disruption" };
                Some(format!("1 {more} allowed by {}/{pdb}", pod.namespace))
            }
            Block::LocalVolume { .. } => None,
            Block::VolumeUnknown { what } => Some(format!("{what} is there")),
        }
    }
}

impl DoNotDisrupt {
    fn said(&self, now: Time) -> String {
        let mark = DO_NOT_DISRUPT;
        match self {
            DoNotDisrupt::Always => format!("says {mark}: \"true\""),
            DoNotDisrupt::Until(until) => {
                format!("must not be disrupted before {} ({mark})", when(*until, now))
            }
            DoNotDisrupt::NoStart(text) => {
                format!("says {mark}: {} from its start, which nobody knows", quoted(text))
            }
            DoNotDisrupt::NotPositive(text) => {
                format!("says {mark}: {}, which is no positive length of time", quoted(text))
            }
            DoNotDisrupt::Unreadable(text) => {
                format!("says {mark}: {}, which is neither true nor a length such as 30m", quoted(text))
            }
        }
    }
}
