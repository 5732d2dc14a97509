//! The nodes of a batch as columns.

use super::symbols::{Symbols, system_namespace};
use super::{amount, clipped};
use decide::facts::Facts;
use decide::marks;
use decide::question::Question;
use decide::roles::Role;
use decide::world::{NodeId, PodId};
use policy_sdk::records::{NONE, NONE_PRICE, NONE_TIME, NodeColumns, node_bits};
use std::ops::Range;

pub(super) fn columns(question: &Question<'_>, nodes: &[NodeId], symbols: &Symbols<'_>) -> NodeColumns {
    let tick = &question.tick;
    let (world, facts) = (tick.world, tick.facts);
    let system = system_pods(facts);
    let mut columns = NodeColumns::default();
    for id in nodes {
        let (node, standing) = (world.node(*id), facts.standing(*id));
        let at = question.nodes.binary_search(id).expect("only nodes of the question are asked about");
        let (start, remainder) = (&question.starts()[at], &question.remainders()[at]);
        let idle_since = tick.idle_since(*id).at();
        let label = |keys| marks::first_of(&node.labels, keys).map_or(NONE, |it| symbols.of_text(it));

        columns.name.push(symbols.of_text(&node.name));
        columns.group.push(standing.group.map_or(NONE, |it| it.0));
        columns.zone.push(label(&marks::ZONES));
        columns.size.push(label(&marks::INSTANCE_TYPES));
        let bits = [
            (node_bits::READY, standing.ready),
            (node_bits::EMPTY, !tick.has_evictions(*id)),
            (node_bits::USE_KNOWN, start.figures.is_some()),
            (node_bits::IDLE_SINCE_KNOWN, idle_since.is_some()),
        ];
        columns.bits.push(bits.iter().filter(|it| it.1).fold(0, |bits, it| bits | it.0));
        columns.created.push(node.created.0);
        columns.idle_since.push(idle_since.map_or(NONE_TIME, |it| it.0));
        columns.cpu_alloc.push(amount(node.allocatable.cpu));
        columns.memory_alloc.push(amount(node.allocatable.memory));
        columns.cpu_requested.push(amount(start.cpu_requested));
        columns.memory_requested.push(amount(start.memory_requested));
        columns.cpu_moves.push(clipped(remainder.cpu_moves));
        columns.memory_moves.push(clipped(remainder.memory_moves));
        columns.cpu_use.push(start.figures.map_or(NONE, |it| it.cpu));
        columns.memory_use.push(start.figures.map_or(NONE, |it| it.memory));
        let counts = Counts::of(facts, *id, &system);
        columns.pods.push(counts.pods);
        columns.system_pods.push(counts.system);
        columns.pods_listed.push(counts.listed);
        columns.pods_moving.push(start.movers);
        columns.pods_daemon.push(counts.daemon);
        let price = standing.group.and_then(|it| world.groups[it.at()].price_per_hour);
        columns.price_per_hour.push(price.unwrap_or(NONE_PRICE));
    }
    columns
}

/// Pods are in the order of their namespaces, so those of kube-system are one row.
fn system_pods(facts: &Facts<'_>) -> Range<PodId> {
    let pods = &facts.world.pods;
    let Some(id) = system_namespace(facts.world) else { return PodId(0)..PodId(0) };
    let from = pods.partition_point(|it| it.namespace < id);
    let to = pods.partition_point(|it| it.namespace <= id);
    PodId::new(from)..PodId::new(to)
}

/// Pods of a node by what they are to it. Told by their roles alone: there are many pods, and a
/// role is small.
#[derive(Default)]
struct Counts {
    pods: u32,
    system: u32,
    listed: u32,
    daemon: u32,
}

impl Counts {
    fn of(facts: &Facts<'_>, node: NodeId, system: &Range<PodId>) -> Counts {
        let mut counts = Counts::default();
        for pod in facts.residents(node) {
            let role = facts.role(*pod);
            let uses = role.is(Role::USES);
            counts.pods += u32::from(uses);
            counts.system += u32::from(uses && system.contains(pod));
            counts.listed += u32::from(role.is(Role::LISTED));
            counts.daemon += u32::from(uses && role.is(Role::DAEMON));
        }
        counts
    }
}
