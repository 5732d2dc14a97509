//! Random answers in the place of policies: from sensible to hostile.

use crate::decision::Voices;
use decide::ask::{Answers, Fault, PaceAnswer, Paces, PaperAsk, ScoreAnswer, Scores, VetoAnswer, Vetoes};
use decide::question::Question;
use decide::settle::{Again, Settle};
use decide::tick::Tick;
use decide::time::Time;
use decide::world::{GroupId, NodeId, PodId};
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;

#[derive(Debug, Clone)]
pub struct Script {
    pub windows: Vec<Windows>,
    pub vetoers: Vec<Vetoer>,
    pub scorers: Vec<Scorer>,
    /// What is answered to second questions, in turn.
    pub agains: Vec<Later>,
}

/// Of a windows policy: its answers by group, or that it fails.
#[derive(Debug, Clone)]
pub struct Windows {
    pub fails: bool,
    pub says: Vec<Says>,
}

#[derive(Debug, Clone)]
pub struct Says {
    pub group: usize,
    pub disabled: bool,
    pub at_once: Option<u32>,
    pub cpu: Option<u32>,
    pub memory: Option<u32>,
    pub window: Option<u32>,
}

#[derive(Debug, Clone)]
pub struct Vetoer {
    pub fails: bool,
    /// Nodes, by position among those of the world.
    pub against: Vec<usize>,
    /// Hundredths of headroom and of use that it asked the paper for.
    pub room: Option<u32>,
    pub use_above: Option<u32>,
    pub reads_all: bool,
    pub spread: Option<u32>,
}

#[derive(Debug, Clone)]
pub struct Scorer {
    pub fails: bool,
    pub weight: i64,
    /// By node, in turn.
    pub scores: Vec<i32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Later {
    Nothing,
    Veto,
    Fault,
}

/// Answers that mostly let nodes go.
pub fn sensible() -> impl Strategy<Value = Script> {
    scripts(0.02, 0.9, 1..=4, &[-1_000_000, -500, -100, 0, 100, 1_000_000])
}

/// Whatever the types allow.
pub fn hostile() -> impl Strategy<Value = Script> {
    scripts(0.3, 0.3, i64::MIN..=i64::MAX, &[i32::MIN, -1, 0, 1, i32::MAX])
}

/// The sensible answers of a seed, for tables of examples.
#[must_use]
pub fn of_seed(seed: u64) -> Script {
    crate::clusters::drawn(sensible(), seed)
}

impl Script {
    /// Nobody has anything to say.
    #[must_use]
    pub fn silent() -> Script {
        Script { windows: Vec::new(), vetoers: Vec::new(), scorers: Vec::new(), agains: Vec::new() }
    }
}

fn scripts(
    fails: f64,
    mild: f64,
    weights: std::ops::RangeInclusive<i64>,
    scores: &'static [i32],
) -> impl Strategy<Value = Script> {
    let windows = (prop::bool::weighted(fails), vec(says(mild), 0..=3))
        .prop_map(|(fails, says)| Windows { fails, says });
    let vetoer = (
        prop::bool::weighted(fails),
        vec(0..14_usize, 0..=if mild > 0.5 { 1 } else { 6 }),
        weighted(0.4, prop::sample::select(&[0_u32, 12_000, 30_000, u32::MAX][..])),
        weighted(0.4, prop::sample::select(&[0_u32, 5_000, 8_500, u32::MAX][..])),
        prop::bool::weighted(0.2),
        weighted(0.2, prop::sample::select(&[0_u32, 2, 3, u32::MAX][..])),
    )
        .prop_map(|(fails, against, room, use_above, reads_all, spread)| Vetoer {
            fails,
            against,
            room,
            use_above,
            reads_all,
            spread,
        });
    let scorer = (prop::bool::weighted(fails), weights, vec(prop::sample::select(scores), 0..=5))
        .prop_map(|(fails, weight, scores)| Scorer { fails, weight, scores });
    let again = prop_oneof![4 => Just(Later::Nothing), 1 => Just(Later::Veto), 1 => Just(Later::Fault)];
    (
        prop_oneof![2 => Just(Vec::new()), 1 => vec(windows, 1..=2)],
        vec(vetoer, 0..=2),
        vec(scorer, 0..=2),
        vec(again, 0..=3),
    )
        .prop_map(|(windows, vetoers, scorers, agains)| Script { windows, vetoers, scorers, agains })
}

fn says(mild: f64) -> impl Strategy<Value = Says> {
    let threshold =
        || weighted(0.5, prop::sample::select(&[0_u32, 4_000, 6_000, 9_000, 10_000, u32::MAX][..]));
    let at_once = prop_oneof![1 => Just(0_u32), 6 => 1..=4_u32, 1 => Just(u32::MAX)];
    (
        0..3_usize,
        prop::bool::weighted(if mild > 0.5 { 0.05 } else { 0.3 }),
        weighted(0.5, at_once),
        threshold(),
        threshold(),
        weighted(0.5, prop::sample::select(&[0_u32, 300, 600, 1200, u32::MAX][..])),
    )
        .prop_map(|(group, disabled, at_once, cpu, memory, window)| Says {
            group,
            disabled,
            at_once,
            cpu,
            memory,
            window,
        })
}

impl Voices for Script {
    fn paces(&self, tick: &Tick<'_>) -> Vec<Paces> {
        let groups = tick.world.groups.len();
        let answer = |it: &Says| PaceAnswer {
            group: GroupId::new(it.group % groups),
            mode: "mode".into(),
            disabled: it.disabled,
            at_once: it.at_once,
            cpu_threshold: it.cpu,
            memory_threshold: it.memory,
            window_secs: it.window,
            why: "because".into(),
            until: it.disabled.then_some(Time(i64::MAX)),
        };
        let policy = |(at, it): (usize, &Windows)| Paces {
            policy: format!("windows-{at}").into(),
            answer: if it.fails || groups == 0 {
                Err("it fails".into())
            } else {
                Ok(it.says.iter().map(answer).collect())
            },
        };
        self.windows.iter().enumerate().map(policy).collect()
    }

    fn answers(&self, question: &Question<'_>) -> Answers {
        let world = question.tick.world;
        let veto = |it: &usize| VetoAnswer {
            node: NodeId::new(*it),
            pod: (!world.pods.is_empty()).then(|| PodId::new(*it % world.pods.len())),
            code: "odd".into(),
            text: "for no reason".into(),
            flips: None,
            until: None,
        };
        let vetoer = |(at, it): (usize, &Vetoer)| {
            let mut rested_on = Vec::new();
            rested_on.extend(it.room.map(|hundredths| PaperAsk::RoomShort { hundredths }));
            rested_on.extend(it.use_above.map(|hundredths| PaperAsk::UseAbove { hundredths }));
            if it.reads_all {
                rested_on.extend(question.nodes.iter().map(|node| PaperAsk::Remains { node: *node }));
            }
            let label = "topology.kubernetes.io/zone";
            rested_on.extend(it.spread.map(|least| PaperAsk::FewerThan { label: label.into(), least }));
            let answer =
                if it.fails { Err("it fails".into()) } else { Ok(it.against.iter().map(veto).collect()) };
            Vetoes { policy: format!("vetoer-{at}").into(), answer, rested_on }
        };
        let scorer = |(at, it): (usize, &Scorer)| {
            let of = |(at, node): (usize, &NodeId)| ScoreAnswer {
                node: *node,
                score: *it.scores.get(at % it.scores.len().max(1)).unwrap_or(&0),
                why: None,
            };
            let scores = question.candidates.iter().enumerate().map(of).collect();
            let answer = if it.fails { Err("it fails".into()) } else { Ok(scores) };
            Scores { policy: format!("scorer-{at}").into(), weight: it.weight, answer }
        };
        Answers {
            vetoes: self.vetoers.iter().enumerate().map(vetoer).collect(),
            scores: self.scorers.iter().enumerate().map(scorer).collect(),
        }
    }

    fn again(&self, _: &Settle<'_>, again: &Again) -> Result<Option<VetoAnswer>, Fault> {
        match self.agains.get(again.node.at() % self.agains.len().max(1)).unwrap_or(&Later::Nothing) {
            Later::Nothing => Ok(None),
            Later::Fault => Err("it fails now".into()),
            Later::Veto => Ok(Some(VetoAnswer {
                node: again.node,
                pod: None,
                code: "late".into(),
                text: "not any more".into(),
                flips: None,
                until: None,
            })),
        }
    }
}
