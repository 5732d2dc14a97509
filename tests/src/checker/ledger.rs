//! What disruption budgets still allow, spent node by node.

use super::objects::{Budget, Cluster, Pod};
use super::pods::is_daemon;
use super::select::{is_unreadable, selects};

/// By budget: what is left.
pub type Left = Vec<i64>;

/// Why a budget refuses the eviction of a pod now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    Invalid,
    Multiple,
    Stale,
    Exhausted,
}

impl Cluster {
    #[must_use]
    pub fn budgets_left(&self) -> Left {
        self.budgets.iter().map(|it| it.allowed).collect()
    }

    /// Whether budgets speak about the pod at all.
    fn is_governed(&self, pod: &Pod) -> bool {
        let spared = self.flag("/scaleDown/spareDaemonSetPdbs", true) && is_daemon(pod);
        self.can_block(pod) && !spared && pod.phase != "Pending"
    }

    fn budgets_of(&self, pod: &Pod) -> Vec<usize> {
        let selects = |it: &Budget| it.namespace == pod.namespace && selects(&it.selector, &pod.labels);
        (0..self.budgets.len())
            .filter(|it| !is_unreadable(&self.budgets[*it].selector))
            .filter(|it| selects(&self.budgets[*it]))
            .collect()
    }

    #[must_use]
    pub fn refusal(&self, pod: &Pod, left: &Left) -> Option<Refusal> {
        if !self.is_governed(pod) {
            return None;
        }
        if self.budgets.iter().any(|it| it.namespace == pod.namespace && is_unreadable(&it.selector)) {
            return Some(Refusal::Invalid);
        }
        let budgets = self.budgets_of(pod);
        if budgets.len() > 1 {
            return Some(Refusal::Multiple);
        }
        let budget = *budgets.first()?;
        if passes_unready(&self.budgets[budget], pod) {
            return None;
        }
        if self.budgets[budget].stale {
            return Some(Refusal::Stale);
        }
        (left[budget] == 0).then_some(Refusal::Exhausted)
    }

    /// By budget: how many pods of the node it has to answer for.
    #[must_use]
    pub fn under(&self, node: usize) -> Vec<i64> {
        let mut under = vec![0; self.budgets.len()];
        for pod in self.pods_bound_to(node) {
            if let [budget] = self.budgets_of(pod)[..]
                && self.is_governed(pod)
                && !passes_unready(&self.budgets[budget], pod)
            {
                under[budget] += 1;
            }
        }
        under
    }

    pub fn pods_bound_to(&self, node: usize) -> impl Iterator<Item = &Pod> + '_ {
        let name = &self.nodes[node].name;
        self.pods.iter().filter(move |it| it.bound_to.as_ref() == Some(name))
    }

    /// The node is drained: of each budget the smaller of its pods and what is left.
    pub fn spend(&self, node: usize, left: &mut Left) {
        for (left, pods) in left.iter_mut().zip(self.under(node)) {
            *left -= pods.min(*left);
        }
    }

    /// Several of its pods share a budget that allows fewer disruptions.
    #[must_use]
    pub fn goes_one_by_one(&self, node: usize, left: &Left) -> bool {
        self.under(node).iter().zip(left).any(|(pods, left)| *pods > 1 && pods > left)
    }
}

/// A pod that is not Ready passes where its budget always lets it, or is healthy enough.
fn passes_unready(budget: &Budget, pod: &Pod) -> bool {
    let healthy = budget.desired > 0 && budget.healthy >= budget.desired;
    !pod.ready && (budget.always || healthy)
}
