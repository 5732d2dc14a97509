//! What a question shows: the records of the contract, made of the world at the start of the tick.

mod groups;
mod nodes;
mod owners;
mod pods;
mod recent;
mod symbols;

use decide::marks;
use decide::question::Question;
use decide::tick::Tick;
use decide::world::{NodeId, World};
use pods::Desk;
pub(crate) use pods::is_spared;
use policy_sdk::records::{self, Batch, NONE};
use std::cell::RefCell;
use symbols::Symbols;

/// One batch, and what is needed to tell more about it.
pub(crate) struct Frame<'q, 'w> {
    pub tick: &'q Tick<'w>,
    /// Those of the batch, in its order.
    pub nodes: &'q [NodeId],
    /// Those of the whole question.
    pub candidates: &'q [NodeId],
    pub batch: Batch,
    symbols: Symbols<'w>,
    /// Made when the first pod is told of.
    desk: RefCell<Option<Desk<'w>>>,
}

impl<'q, 'w> Frame<'q, 'w> {
    /// For windows policies: the groups and no node, for nothing is decided about any yet.
    pub fn of_groups(tick: &'q Tick<'w>) -> Frame<'q, 'w> {
        Frame::new(tick, &[], &[], |_| records::NodeColumns::default())
    }

    /// Some nodes of a question.
    pub fn of(question: &'q Question<'w>, nodes: &'q [NodeId]) -> Frame<'q, 'w> {
        Frame::new(&question.tick, nodes, &question.candidates, |symbols| {
            nodes::columns(question, nodes, symbols)
        })
    }

    fn new(
        tick: &'q Tick<'w>,
        nodes: &'q [NodeId],
        candidates: &'q [NodeId],
        columns: impl FnOnce(&Symbols<'_>) -> records::NodeColumns,
    ) -> Frame<'q, 'w> {
        let (symbols, table) = Symbols::of(tick.facts, nodes);
        let batch = Batch {
            tick: tick_record(tick, candidates, &symbols),
            groups: groups::records(tick, &symbols),
            nodes: columns(&symbols),
            symbols: table,
        };
        Frame { tick, nodes, candidates, batch, symbols, desk: RefCell::default() }
    }
}

fn tick_record(tick: &Tick<'_>, candidates: &[NodeId], symbols: &Symbols<'_>) -> records::Tick {
    let world = tick.world;
    records::Tick {
        // A tick has no other name than its instant.
        id: u64::try_from(world.now.0).unwrap_or(0),
        now: world.now.0,
        system_namespace: symbols.of_text(marks::SYSTEM_NAMESPACE),
        candidates: length(candidates.len()),
        nodes: length(world.nodes.len()),
        ready: length(tick.facts.standing.iter().filter(|it| it.ready).count()),
        at_once: world.settings.global.removals_at_once,
        leaving: length(tick.leavers.len()),
        seed: seed(world),
    }
}

/// The same as long as the nodes are, so that ties are broken the same way from tick to tick. FNV-1a
/// over what tells one cluster from another.
fn seed(world: &World) -> u64 {
    let ends = [world.nodes.first(), world.nodes.last()].into_iter().flatten();
    let names = ends.flat_map(|it| it.name.as_bytes()).copied();
    let bytes = names.chain((world.nodes.len() as u64).to_le_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// Amounts of the world can be anything an object says; the contract knows none below zero.
fn amount(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn length(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(NONE)
}

fn clipped(number: i128) -> u64 {
    u64::try_from(number.max(0)).unwrap_or(u64::MAX)
}
