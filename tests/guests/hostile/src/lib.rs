//! A policy that does what it must not, as its setting `do` says: what a host has to live through.

use policy_sdk::records::{
    Batch, Diagnostic, Fault, Group, Metadata, Pace, Reason, Scored, Table, Tick, Vetoed,
};
use policy_sdk::settings::Tree;
use policy_sdk::{Host, Policy, Scorer, Vetoer, Windows, Zones};
use std::cell::Cell;
use std::hint::black_box;

thread_local! {
    /// How often this instance was asked before.
    static ASKED: Cell<u32> = const { Cell::new(0) };
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Loop,
    LoopAtStart,
    Recurse,
    Deep,
    Grow,
    Lengthy,
    OutOfRange,
    Twice,
    Crooked,
    Flood,
    Panic,
    PanicAtStart,
    Refuse,
    AskForAll,
    Paper,
    First,
    FailAlone,
    FailOfMany,
    FailAtRealNames,
    Huge,
    Again,
    Changing,
}

const DEEDS: [(&str, Deed); 22] = [
    ("loop", Deed::Loop),
    ("loop-at-start", Deed::LoopAtStart),
    ("recurse", Deed::Recurse),
    ("deep", Deed::Deep),
    ("grow", Deed::Grow),
    ("lengthy", Deed::Lengthy),
    ("out-of-range", Deed::OutOfRange),
    ("twice", Deed::Twice),
    ("crooked", Deed::Crooked),
    ("flood", Deed::Flood),
    ("panic", Deed::Panic),
    ("panic-at-start", Deed::PanicAtStart),
    ("refuse", Deed::Refuse),
    ("ask-for-all", Deed::AskForAll),
    ("paper", Deed::Paper),
    ("first", Deed::First),
    ("fail-alone", Deed::FailAlone),
    ("fail-of-many", Deed::FailOfMany),
    ("fail-at-real-names", Deed::FailAtRealNames),
    ("huge", Deed::Huge),
    ("again", Deed::Again),
    ("changing", Deed::Changing),
];

#[derive(Debug)]
pub struct Hostile {
    deed: Deed,
}

impl Policy for Hostile {
    fn describe() -> Metadata {
        Metadata::new("hostile", "0.1.0")
    }

    fn configure(settings: &Tree<'_>, _: &dyn Zones) -> Result<Self, Vec<Diagnostic>> {
        let policy = settings.read(|object| Self { deed: object.word("do", &DEEDS, Deed::Refuse) })?;
        match policy.deed {
            Deed::LoopAtStart => forever(),
            Deed::PanicAtStart => panic!("not today"),
            _ => Ok(policy),
        }
    }
}

impl Hostile {
    /// What is the same in every hook; the rest is about answers.
    fn act(&self, host: &Host<'_>) -> Result<(), Fault> {
        let asked = ASKED.replace(ASKED.get() + 1);
        match self.deed {
            Deed::Again => assert!(asked == 0, "asked again"),
            Deed::Loop => forever(),
            Deed::Recurse => {
                black_box(deeper(black_box(0)));
            }
            Deed::Deep => {
                black_box(deep(black_box(2), black_box(1 << 20)));
            }
            Deed::Grow => {
                let mut held = Vec::new();
                while held.len() < 4096 {
                    held.push(black_box(Vec::<u8>::with_capacity(1 << 20)));
                }
            }
            Deed::Flood => {
                (0..100_000).for_each(|it| host.log.write(1, &format!("line {it}: {}", "x".repeat(2000))));
            }
            Deed::Panic => panic!("something is odd"),
            Deed::Refuse => return Err(Fault { code: "no".to_owned(), text: "I do not want to".to_owned() }),
            Deed::AskForAll => loop {
                black_box(host.view.pods(0, u32::MAX));
            },
            Deed::Paper => look_at_paper(),
            _ => {}
        }
        Ok(())
    }

    /// More than is read out of a guest in one call: less than its memory, or as much as all of it.
    fn lengthy(&self) -> Option<String> {
        match self.deed {
            Deed::Lengthy => Some("x".repeat(6 << 20)),
            Deed::Huge => Some("x".repeat(32 << 20)),
            _ => None,
        }
    }

    fn nodes(&self) -> Vec<u32> {
        match self.deed {
            Deed::OutOfRange => vec![u32::MAX],
            Deed::Twice => vec![0, 0],
            Deed::Changing => vec![ASKED.get() - 1],
            _ => vec![0],
        }
    }
}

impl Windows for Hostile {
    fn paces(&self, _: &Tick, _: &Table, _: &[Group], host: &Host<'_>) -> Result<Vec<Pace>, Fault> {
        self.act(host)?;
        let why = self.lengthy().unwrap_or_default();
        let pace = |group| Pace { group, why: why.clone(), ..Pace::default() };
        Ok(self.nodes().into_iter().map(pace).collect())
    }
}

impl Vetoer for Hostile {
    fn veto(&self, batch: &Batch, host: &Host<'_>) -> Result<Vec<Vetoed>, Fault> {
        self.act(host)?;
        let (nodes, all) = (batch.nodes.name.len(), batch.tick.nodes as usize);
        match self.deed {
            Deed::First | Deed::Paper if nodes == 0 => return Ok(Vec::new()),
            Deed::FailAlone if nodes == 1 && all > 1 => panic!("not alone"),
            Deed::FailOfMany if nodes > 1 => panic!("too many"),
            Deed::FailAtRealNames if batch.nodes().any(|it| !it.name().starts_with("node-")) => {
                panic!("real")
            }
            Deed::FailAlone | Deed::FailOfMany | Deed::FailAtRealNames => return Ok(Vec::new()),
            _ => {}
        }
        let code = if self.deed == Deed::Crooked { "NOT A CODE" } else { "kept" };
        let text = self.lengthy().unwrap_or_default();
        let why = Reason { code: code.to_owned(), text, flips: None };
        Ok(self
            .nodes()
            .into_iter()
            .map(|node| Vetoed { node, why: why.clone(), ..Vetoed::default() })
            .collect())
    }
}

impl Scorer for Hostile {
    fn score(&self, _: &Batch, host: &Host<'_>) -> Result<Vec<Scored>, Fault> {
        self.act(host)?;
        if let Deed::First | Deed::FailAlone | Deed::FailOfMany | Deed::FailAtRealNames = self.deed {
            return Ok(Vec::new());
        }
        let score = if self.deed == Deed::Crooked { i32::MIN } else { 0 };
        let why = self.lengthy();
        Ok(self.nodes().into_iter().map(|node| Scored { node, score, why: why.clone() }).collect())
    }
}

policy_sdk::export!(Hostile: windows, vetoer, scorer);

/// What the SDK keeps from all hooks but a vetoer `with paper`.
fn look_at_paper() {
    #[cfg(target_family = "wasm")]
    black_box(policy_sdk::guest::HOST_WITH_PAPER.paper.use_above(1));
}

fn forever() -> ! {
    loop {
        black_box(());
    }
}

#[expect(unconditional_recursion, reason = "that is the deed")]
fn deeper(depth: u64) -> u64 {
    let held = black_box([depth; 64]);
    deeper(depth.wrapping_add(held[0])).wrapping_add(held[63])
}

/// Ackermann's function: no loop can stand for it, and its frames need nothing of the guest's own memory.
fn deep(outer: u64, inner: u64) -> u64 {
    match (outer, inner) {
        (0, _) => inner.wrapping_add(1),
        (_, 0) => deep(outer - 1, 1),
        _ => deep(outer - 1, deep(outer, inner - 1)),
    }
}
