//! A pod on the node must not be moved. These rules are the host's own: no policy lifts them.

use super::{Case, Fact};
use crate::facts::Facts;
use crate::ledger::Ledger;
use crate::marks::{self, SafeToEvict};
use crate::place::volumes::{Named, claims_of};
use crate::plan::{Block, Reason};
use crate::roles::Role;
use crate::world::{Name, NodeId, PodId, Volume, World};

pub(super) fn check(case: Case<'_, '_>) -> Option<Reason> {
    blocked(case.tick.facts, &case.tick.ledger, case.node)
}

/// While a node is leaving, a budget that is spent just now is only waited for.
pub(super) fn stops(case: Case<'_, '_>) -> Option<Reason> {
    let lasts = |it: &Block| !matches!(it, Block::PdbExhausted { .. });
    first_block(case.tick.facts, &case.tick.ledger, case.node, lasts)
}

pub(super) fn fact(case: Case<'_, '_>) -> Fact {
    let value = match check(case) {
        Some(Reason::PodBlocks { pod, block }) => format!("{pod}: {}", block.code()),
        _ => "none".to_string(),
    };
    Fact::new(value, "no pod that must not be moved", "pod annotations, PodDisruptionBudgets, volumes")
}

/// The first rule in their order that any pod of the node breaks; of its pods the first by name.
#[must_use]
pub fn blocked(facts: &Facts<'_>, ledger: &Ledger<'_>, node: NodeId) -> Option<Reason> {
    first_block(facts, ledger, node, |_| true)
}

fn first_block(
    facts: &Facts<'_>,
    ledger: &Ledger<'_>,
    node: NodeId,
    counts: impl Fn(&Block) -> bool,
) -> Option<Reason> {
    let mut first: Option<(u8, PodId, Block)> = None;
    let concerned = |it: &PodId| facts.role(*it).is(Role::BLOCKS) || facts.role(*it).is(Role::MOVES);
    for pod in facts.residents(node).iter().copied().filter(concerned) {
        if let Some(block) = block(facts, ledger, node, pod, &counts)
            && first.as_ref().is_none_or(|it| block.order() < it.0)
        {
            first = Some((block.order(), pod, block));
        }
    }
    first.map(|(_, pod, block)| Reason::PodBlocks { pod: facts.world.name_of(pod), block })
}

fn block(
    facts: &Facts<'_>,
    ledger: &Ledger<'_>,
    node: NodeId,
    pod: PodId,
    counts: &impl Fn(&Block) -> bool,
) -> Option<Block> {
    let role = facts.role(pod);
    let marked = || role.is(Role::BLOCKS).then(|| mark(facts, pod)).flatten();
    let budget = || ledger.block(facts, pod).filter(|it| counts(it));
    let volume = || role.is(Role::MOVES).then(|| volume(facts.world, node, pod)).flatten();
    marked().or_else(budget).or_else(volume)
}

/// What its owner says about the pod.
fn mark(facts: &Facts<'_>, pod: PodId) -> Option<Block> {
    let pod_is = facts.role(pod);
    let pod = facts.world.pod(pod);
    let annotations = facts.world.annotations_of(pod);
    let safe = if pod_is.is(Role::DAEMON) { SafeToEvict::Unsaid } else { marks::safe_to_evict(annotations) };
    if safe == SafeToEvict::No {
        return Some(Block::NotSafeToEvict);
    }
    if let Some(why) = marks::do_not_disrupt(annotations, pod.started, facts.world.now) {
        return Some(Block::DoNotDisrupt(why));
    }
    (safe == SafeToEvict::OnCompletion).then_some(Block::WaitsForCompletion)
}

/// Data that stays behind, or that nobody knows.
fn volume(world: &World, node: NodeId, pod: PodId) -> Option<Block> {
    let mut unknown: Option<Name> = None;
    for Named { name, claim, ephemeral: _ } in claims_of(world, world.pod(pod)) {
        let Some(claim) = claim else {
            unknown.get_or_insert_with(|| format!("claim {name}").into());
            continue;
        };
        if claim.volume.is_empty() {
            continue;
        }
        match world.find_volume(&claim.volume) {
            None => {
                unknown.get_or_insert_with(|| format!("volume {} of claim {name}", claim.volume).into());
            }
            Some(volume) if is_local(world, node, volume) => {
                return Some(Block::LocalVolume { claim: name, volume: volume.name.clone() });
            }
            Some(_) => {}
        }
    }
    unknown.map(|what| Block::VolumeUnknown { what })
}

/// It lives on the disk of the node, or can be reached from this node alone.
fn is_local(world: &World, node: NodeId, volume: &Volume) -> bool {
    let Some(affinity) = &volume.affinity else { return volume.local };
    let admits = |it: &crate::world::Node| affinity.matches(&it.name, &it.labels);
    volume.local || (admits(world.node(node)) && world.nodes.iter().filter(|it| admits(it)).count() == 1)
}
