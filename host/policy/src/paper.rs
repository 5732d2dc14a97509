//! The world on paper, and a note of what was asked of it: an answer that rests on it may have to
//! be asked for again.

use decide::ask::{PaperAsk, Remainder};
use decide::question::Question;
use decide::settle::{Again, Settle};
use decide::world::NodeId;
use policy_sdk::Paper;
use policy_sdk::records::{self, NodeIndex};
use std::cell::RefCell;

/// Whose paper it is.
#[derive(Clone, Copy)]
pub(crate) enum Sheet<'s, 'w> {
    /// Nobody's: it is not for scorers and windows policies.
    Withheld,
    /// Before any removal, about nodes of the question.
    First(&'s Question<'w>),
    /// As it is now, about one node.
    Again(&'s Settle<'w>, &'s Again),
}

pub(crate) struct Notepad<'s, 'w> {
    /// Of the batch.
    nodes: &'s [NodeId],
    sheet: Sheet<'s, 'w>,
    asked: RefCell<Vec<PaperAsk>>,
    /// By node of the batch: its numbers were read.
    read: RefCell<Vec<bool>>,
}

impl<'s, 'w> Notepad<'s, 'w> {
    pub fn new(nodes: &'s [NodeId], sheet: Sheet<'s, 'w>) -> Notepad<'s, 'w> {
        let read = RefCell::new(vec![false; nodes.len()]);
        Notepad { nodes, sheet, asked: RefCell::default(), read }
    }

    /// What was asked, each once, in the order in which it was asked first.
    pub fn rested_on(self) -> Vec<PaperAsk> {
        self.asked.into_inner()
    }

    fn answer(&self, ask: &PaperAsk) -> Vec<u32> {
        let mut asked = self.asked.borrow_mut();
        if !asked.contains(ask) {
            asked.push(ask.clone());
        }
        match self.sheet {
            Sheet::Withheld => panic!("asked for the world on paper, which is for vetoers alone"),
            Sheet::First(question) if self.nodes == question.nodes => question.paper(ask),
            Sheet::First(question) => self.nodes.iter().map(|it| question.first_answer(ask, *it)).collect(),
            Sheet::Again(settle, _) => vec![settle.paper(ask)],
        }
    }
}

impl Paper for Notepad<'_, '_> {
    fn room_short(&self, percent: u32) -> Vec<u32> {
        self.answer(&PaperAsk::RoomShort { hundredths: percent })
    }

    fn use_above(&self, percent: u32) -> Vec<u32> {
        self.answer(&PaperAsk::UseAbove { hundredths: percent })
    }

    fn fewer_than(&self, label: &str, least: u32) -> Vec<u32> {
        self.answer(&PaperAsk::FewerThan { label: label.into(), least })
    }

    fn remains(&self, node: NodeIndex) -> records::Remainder {
        let Some(id) = self.nodes.get(node as usize) else {
            panic!("asked what remains without node {node} of {}", self.nodes.len());
        };
        // There can be as many of these as nodes: too many to look each up in the list.
        if !std::mem::replace(&mut self.read.borrow_mut()[node as usize], true) {
            self.asked.borrow_mut().push(PaperAsk::Remains { node: *id });
        }
        match self.sheet {
            Sheet::Withheld => panic!("asked for the world on paper, which is for vetoers alone"),
            Sheet::First(question) => {
                let at = question.nodes.binary_search(id).expect("a batch has nodes of its question");
                record(&question.remainders()[at])
            }
            Sheet::Again(_, again) => record(&again.remainder),
        }
    }
}

fn record(it: &Remainder) -> records::Remainder {
    let amount = |number: i128| u64::try_from(number.max(0)).unwrap_or(u64::MAX);
    records::Remainder {
        cpu_alloc: amount(it.cpu_allocatable),
        memory_alloc: amount(it.memory_allocatable),
        cpu_requested: amount(it.cpu_requested),
        memory_requested: amount(it.memory_requested),
        cpu_free: amount(it.cpu_free),
        memory_free: amount(it.memory_free),
        cpu_moves: amount(it.cpu_moves),
        memory_moves: amount(it.memory_moves),
        destinations: it.destinations,
        removed: it.removed,
    }
}
