//! One ledger of disruption budgets for the whole plan: what each still allows, and what a node
//! would spend.

use crate::facts::Facts;
use crate::plan::Block;
use crate::roles::Role;
use crate::select::Selector;
use crate::world::{Budget, BudgetId, LabelsId, NamespaceId, NodeId, Phase, PodId, World};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

#[derive(Debug)]
pub struct Ledger<'w> {
    world: &'w World,
    left: Vec<u32>,
    /// The first budget of a namespace whose selector cannot be read.
    invalid: BTreeMap<NamespaceId, BudgetId>,
    /// Pods of one namespace and label set are under the same budgets; worked out once.
    matching: RefCell<HashMap<(NamespaceId, LabelsId), Rc<[BudgetId]>>>,
}

/// What a node's drain takes from each budget.
pub type Spending = BTreeMap<BudgetId, u32>;

impl<'w> Ledger<'w> {
    #[must_use]
    pub fn of(world: &'w World) -> Ledger<'w> {
        let mut invalid = BTreeMap::new();
        for (at, budget) in world.budgets.iter().enumerate() {
            if matches!(budget.selector, Selector::Unreadable(_)) {
                invalid.entry(budget.namespace).or_insert(BudgetId::new(at));
            }
        }
        let left = world.budgets.iter().map(|it| it.allowed).collect();
        Ledger { world, left, invalid, matching: RefCell::default() }
    }

    /// The budgets that select the pod.
    pub fn budgets(&self, pod: PodId) -> Rc<[BudgetId]> {
        let world = self.world;
        let it = world.pod(pod);
        let find = || {
            let from = world.budgets.partition_point(|budget| budget.namespace < it.namespace);
            let labels = world.labels_of(it);
            world.budgets[from..]
                .iter()
                .enumerate()
                .take_while(|(_, budget)| budget.namespace == it.namespace)
                .filter(|(_, budget)| budget.selector.matches(labels))
                .map(|(at, _)| BudgetId::new(from + at))
                .collect()
        };
        self.matching.borrow_mut().entry((it.namespace, it.labels)).or_insert_with(find).clone()
    }

    /// Why the pod's eviction would be refused now, if it would.
    pub fn block(&self, facts: &Facts<'_>, pod: PodId) -> Option<Block> {
        if !self.governs(facts, pod) {
            return None;
        }
        let it = self.world.pod(pod);
        let name = |id: BudgetId| self.world.budgets[id.at()].name.clone();
        if let Some(id) = self.invalid.get(&it.namespace) {
            let why = match &self.world.budgets[id.at()].selector {
                Selector::Unreadable(why) => why.clone(),
                Selector::Nothing | Selector::All(_) => "".into(),
            };
            return Some(Block::PdbInvalid { pdb: name(*id), why });
        }
        let budgets = self.budgets(pod);
        if budgets.len() > 1 {
            let name = |id: &BudgetId| self.world.budgets[id.at()].name.clone();
            return Some(Block::PdbMultiple { pdbs: budgets.iter().map(name).collect() });
        }
        let id = *budgets.first()?;
        let budget = &self.world.budgets[id.at()];
        if passes_unready(budget, it.ready) {
            return None;
        }
        if budget.observed_generation < budget.generation {
            return Some(Block::PdbStale { pdb: budget.name.clone() });
        }
        (self.left[id.at()] == 0)
            .then(|| Block::PdbExhausted { pdb: budget.name.clone(), spent_here: budget.allowed > 0 })
    }

    /// How many pods of the node are under each budget, unready ones that pass aside.
    pub fn under(&self, facts: &Facts<'_>, node: NodeId) -> Spending {
        let mut spending = Spending::new();
        for pod in facts.with_role(node, Role::BLOCKS) {
            if self.world.budgets.is_empty() || !self.governs(facts, pod) {
                continue;
            }
            if let [id] = *self.budgets(pod)
                && !passes_unready(&self.world.budgets[id.at()], self.world.pod(pod).ready)
            {
                *spending.entry(id).or_insert(0) += 1;
            }
        }
        spending
    }

    /// The node is drained: for each budget, the smaller of its pods and what is left is spent.
    pub fn spend(&mut self, under: &Spending) {
        for (id, pods) in under {
            let left = &mut self.left[id.at()];
            *left = left.saturating_sub(*pods);
        }
    }

    /// Whether its pods can only go one after the other.
    #[must_use]
    pub fn is_serial(&self, under: &Spending) -> bool {
        under.iter().any(|(id, pods)| *pods > 1 && *pods > self.left[id.at()])
    }

    /// Whether budgets speak about the pod at all. One that is bound but still pending is under
    /// none, as in the eviction API.
    fn governs(&self, facts: &Facts<'_>, pod: PodId) -> bool {
        let role = facts.role(pod);
        let spared = self.world.settings.scale_down.spare_daemon_budgets && role.is(Role::DAEMON);
        role.is(Role::BLOCKS) && !spared && self.world.pod(pod).phase != Phase::Pending
    }
}

fn passes_unready(budget: &Budget, ready: bool) -> bool {
    let healthy_enough = budget.desired_healthy > 0 && budget.current_healthy >= budget.desired_healthy;
    !ready && (budget.unhealthy_always || healthy_enough)
}
