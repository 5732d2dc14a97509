//! Figures of the last decision. All of them are set anew after every tick, so that nothing that is gone is
//! still told: a group, a node, a policy.

use super::family::Maker;
use super::money;
use crate::looked::Looked;
use crate::status::words;
use decide::plan::{How, PendingReason, Plan, Reason, Step, Verdict};
use decide::say::Decimal;
use decide::world::{Group, World};
use prometheus::{GaugeVec, IntGaugeVec};
use std::collections::BTreeMap;

#[derive(Debug)]
pub struct Figures {
    nodes: IntGaugeVec,
    kept_by_pods: IntGaugeVec,
    kept_by_policy: IntGaugeVec,
    kept_cost: GaugeVec,
    savings: GaugeVec,
    cost: GaugeVec,
    desired: IntGaugeVec,
    current: IntGaugeVec,
    ready: IntGaugeVec,
    min: IntGaugeVec,
    max: IntGaugeVec,
    backs_off: IntGaugeVec,
    phases: IntGaugeVec,
    cpu: GaugeVec,
    memory: GaugeVec,
    pending: IntGaugeVec,
    pending_reasons: IntGaugeVec,
    leader: IntGaugeVec,
    dry: IntGaugeVec,
    last: IntGaugeVec,
    gaps: IntGaugeVec,
    frozen: IntGaugeVec,
    policies: IntGaugeVec,
}

const STEPS: [Step; 8] = [
    Step::Marked,
    Step::Detaching,
    Step::Evicting,
    Step::Volumes,
    Step::Deleting,
    Step::Cleaning,
    Step::TakeBack,
    Step::Held,
];
const GROUP: [&str; 2] = ["nodegroup", "namespace"];

impl Figures {
    pub fn make(maker: &mut Maker) -> Figures {
        Figures {
            nodes: maker.gauge(
                "nodes",
                &["verdict", "reason"],
                "Nodes by what was decided about them and why; all but verdict Keep are not needed any more",
            ),
            kept_by_pods: maker.gauge(
                "nodes_kept_by_pods",
                &["code"],
                "Nodes that a rule about one of their pods keeps",
            ),
            kept_by_policy: maker.gauge(
                "nodes_kept_by_policy",
                &["policy", "reason"],
                "Nodes that a policy keeps",
            ),
            kept_cost: maker.decimal_gauge(
                "kept_by_policy_cost_hourly",
                &["policy"],
                "What the nodes that a policy keeps cost an hour, as far as prices are known",
            ),
            savings: maker.decimal_gauge(
                "savings_hourly",
                &GROUP,
                "What an hour will cost less once all nodes are gone that are being removed now",
            ),
            cost: maker.decimal_gauge(
                "nodegroup_cost_hourly",
                &GROUP,
                "What the nodes of a group cost an hour, where the price is known",
            ),
            desired: maker.gauge("nodegroup_desired_nodes", &GROUP, "Nodes that a group is to have"),
            current: maker.gauge("nodegroup_current_nodes", &GROUP, "Nodes that a group has"),
            ready: maker.gauge("nodegroup_ready_nodes", &GROUP, "Nodes of a group that are Ready and stay"),
            min: maker.gauge("nodegroup_min_nodes", &GROUP, "Nodes that a group has at least"),
            max: maker.gauge("nodegroup_max_nodes", &GROUP, "Nodes that a group has at most"),
            backs_off: maker.gauge(
                "nodegroup_backs_off",
                &GROUP,
                "1 while a group does not grow because its last attempts failed",
            ),
            phases: maker.gauge("vpsienode_phase", &["phase", GROUP[0], GROUP[1]], "VPSieNodes by phase"),
            cpu: maker.decimal_gauge(
                "node_utilization_cpu_percent",
                &["node", "nodegroup"],
                "CPU use of a node, as it is compared with the threshold",
            ),
            memory: maker.decimal_gauge(
                "node_utilization_memory_percent",
                &["node", "nodegroup"],
                "Memory use of a node, as it is compared with the threshold",
            ),
            pending: maker.gauge("pending_pods_current", &["namespace"], "Pods that found no node"),
            pending_reasons: maker.gauge(
                "pending_pods",
                &["reason"],
                "Pods that found no node, by why they bring none; Placed: they do",
            ),
            leader: maker.gauge("leader", &[], "1 on the replica that acts"),
            dry: maker.gauge("dry_run", &[], "1 where nothing is carried out"),
            last: maker.gauge("last_decision_timestamp_seconds", &[], "When the last decision was made"),
            gaps: maker.gauge("gaps", &[], "Kinds of objects that could not be read"),
            frozen: maker.gauge(
                "inventory_frozen",
                &[],
                "1 while the provider's list of servers is not trusted",
            ),
            policies: maker.gauge(
                "policy_info",
                &["policy", "version", "source"],
                "1 for each policy in use",
            ),
        }
    }

    pub fn set(&self, looked: &Looked) {
        let Looked { world, plan, policies, leads, dry, tick: _, memory: _ } = looked;
        self.verdicts(plan);
        self.groups(world, plan);
        self.kept(world, plan);
        self.pending(plan);
        self.cpu.reset();
        self.memory.reset();
        for entry in &plan.nodes {
            let labels = [&*entry.name, entry.group.as_deref().unwrap_or_default()];
            for (vec, hundredths) in [(&self.cpu, entry.cpu), (&self.memory, entry.memory)] {
                if let Some(hundredths) = hundredths {
                    let percent = Decimal { units: hundredths.into(), places: 2 };
                    vec.with_label_values(&labels).set(super::float(percent));
                }
            }
        }
        let one = |vec: &IntGaugeVec, value: i64| vec.with_label_values::<&str>(&[]).set(value);
        one(&self.leader, (*leads).into());
        one(&self.dry, (*dry).into());
        one(&self.last, plan.now.0);
        one(&self.gaps, number(world.gaps.len()));
        one(&self.frozen, world.inventory_frozen.is_some().into());
        self.policies.reset();
        for it in policies.lines() {
            self.policies.with_label_values(&[&*it.name, &*it.version, &*it.source]).set(1);
        }
    }

    /// Every word there is is told, so that an alert on one of them sees it come.
    fn verdicts(&self, plan: &Plan) {
        let mut counts: BTreeMap<(&str, &str), i64> = BTreeMap::new();
        counts.extend(Reason::NAMES.map(|it| (("Keep", it), 0)));
        counts.extend([How::Empty, How::Drain].map(|it| (("Remove", it.name()), 0)));
        counts.extend(STEPS.map(|it| (("Leaving", it.name()), 0)));
        for entry in &plan.nodes {
            *counts.entry(words(&entry.verdict)).or_default() += 1;
        }
        for ((verdict, reason), count) in counts {
            self.nodes.with_label_values(&[verdict, reason]).set(count);
        }
    }

    fn groups(&self, world: &World, plan: &Plan) {
        for vec in
            [&self.desired, &self.current, &self.ready, &self.min, &self.max, &self.backs_off, &self.phases]
        {
            vec.reset();
        }
        self.savings.reset();
        self.cost.reset();
        for group in &world.groups {
            let labels = [&*group.name, &*group.namespace];
            let entries = || plan.nodes.iter().filter(|it| it.group.as_ref() == Some(&group.name));
            let set = |vec: &IntGaugeVec, value: i64| vec.with_label_values(&labels).set(value);
            set(&self.desired, group.desired.into());
            set(&self.current, number(entries().count()));
            set(&self.min, group.min.into());
            set(&self.max, group.max.into());
            set(&self.backs_off, group.back_off_until.is_some_and(|until| until > plan.now).into());
            let outlook =
                plan.groups.iter().find(|it| it.name == group.name && it.namespace == group.namespace);
            set(&self.ready, outlook.map_or(0, |it| it.ready.into()));
            if let Some(price) = group.price_per_hour {
                self.cost.with_label_values(&labels).set(money(price, entries().count()));
                let going = entries().filter(|it| goes(&it.verdict)).count();
                self.savings.with_label_values(&labels).set(money(price, going));
            }
        }
        for machine in &world.machines {
            self.phases.with_label_values(&[&*machine.phase, &*machine.group, &*machine.namespace]).inc();
        }
    }

    fn kept(&self, world: &World, plan: &Plan) {
        self.kept_by_pods.reset();
        self.kept_by_policy.reset();
        self.kept_cost.reset();
        for code in decide::plan::Block::CODES {
            self.kept_by_pods.with_label_values(&[code]).set(0);
        }
        let mut costs: BTreeMap<&str, i64> = BTreeMap::new();
        for entry in &plan.nodes {
            let Verdict::Keep(reason) = &entry.verdict else { continue };
            if let Reason::PodBlocks { block, .. } = reason {
                self.kept_by_pods.with_label_values(&[block.code()]).inc();
            }
            let Some(policy) = reason.policy() else { continue };
            self.kept_by_policy.with_label_values(&[policy, reason.name()]).inc();
            let price = |it: &Group| it.price_per_hour.filter(|_| entry.group.as_ref() == Some(&it.name));
            let price = world.groups.iter().find_map(price).unwrap_or_default();
            let cost = costs.entry(policy).or_default();
            *cost = cost.saturating_add(price);
        }
        for (policy, cost) in costs {
            self.kept_cost.with_label_values(&[policy]).set(money(cost, 1));
        }
    }

    fn pending(&self, plan: &Plan) {
        self.pending.reset();
        self.pending_reasons.reset();
        for it in &plan.pending {
            self.pending.with_label_values(&[&*it.pod.namespace]).inc();
            let reason = it.reason.as_ref().map_or("Placed", PendingReason::name);
            self.pending_reasons.with_label_values(&[reason]).inc();
        }
    }
}

/// It is on its way out, and not held.
fn goes(verdict: &Verdict) -> bool {
    match verdict {
        Verdict::Keep(_) => false,
        Verdict::Remove { .. } => true,
        Verdict::Leaving { step, .. } => !matches!(step, Step::TakeBack | Step::Held),
    }
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
