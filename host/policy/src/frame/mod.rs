//! What a question shows: the records of the contract, made of the world at the start of the tick.

mod groups;
mod nodes;
mod owners;
mod pods;
mod symbols;

use decide::question::Question;
use decide::tick::Tick;
use decide::world::NodeId;
use owners::Owners;
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
    symbols: Symbols,
    /// Made when the first pod is told of.
    owners: RefCell<Option<Owners<'w>>>,
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
        columns: impl FnOnce(&Symbols) -> records::NodeColumns,
    ) -> Frame<'q, 'w> {
        let (symbols, table) = Symbols::of(tick.facts, nodes);
        let batch = Batch {
            tick: tick_record(tick, candidates, &symbols),
            groups: groups::records(tick, &symbols),
            nodes: columns(&symbols),
            symbols: table,
        };
        Frame { tick, nodes, candidates, batch, symbols, owners: RefCell::default() }
    }
}

fn tick_record(tick: &Tick<'_>, candidates: &[NodeId], symbols: &Symbols) -> records::Tick {
    let world = tick.world;
    let count = |number: usize| u32::try_from(number).unwrap_or(NONE);
    records::Tick {
        // A tick has no other name than its instant.
        id: u64::try_from(world.now.0).unwrap_or(0),
        now: world.now.0,
        system_namespace: symbols.system_namespace(world),
        candidates: count(candidates.len()),
        nodes: count(world.nodes.len()),
        ready: count(tick.facts.standing.iter().filter(|it| it.ready).count()),
        at_once: world.settings.global.removals_at_once,
        leaving: count(tick.leavers.len()),
        seed: seed(tick),
    }
}

/// FNV-1a over the names of the nodes: the same as long as the nodes are, so that ties are broken
/// the same way from tick to tick.
fn seed(tick: &Tick<'_>) -> u64 {
    let texts = tick.world.nodes.iter().map(|it| it.name.as_bytes());
    texts.flat_map(|it| it.iter().chain(&[0])).fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// Amounts of the world can be anything an object says; the contract knows none below zero.
fn amount(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn clipped(number: i128) -> u64 {
    u64::try_from(number.max(0)).unwrap_or(u64::MAX)
}
