//! What a policy answered, checked field by field. One violation refuses the whole answer, and the
//! fault says what the policy did.

mod text;

use crate::frame::Frame;
use decide::ask::{PaceAnswer, ScoreAnswer, VetoAnswer};
use decide::time::Time;
use decide::world::{GroupId, NodeId, PodId};
use policy_sdk::quoted;
use policy_sdk::records::{self, Pace, Scored, Vetoed};
use text::Names;

pub(crate) use text::cut;

const SCORE_MAX: i32 = 1_000_000;
const CODE_BYTES_MAX: usize = 64;

pub(crate) fn paces(frame: &Frame<'_, '_>, said: Vec<Pace>) -> Result<Vec<PaceAnswer>, String> {
    let groups = &frame.tick.world.groups;
    let mut seen = Seen::new(groups.len());
    let checked = said.into_iter().map(|it| {
        let Some(group) = groups.get(it.group as usize) else {
            return Err(format!("answered about group {} of {}", it.group, groups.len()));
        };
        seen.first(it.group).map_err(|()| format!("answered twice about group {}", group.name))?;
        let names = Names { group: Some(&group.name), ..Names::default() };
        Ok(PaceAnswer {
            group: GroupId(it.group),
            mode: cut(&it.mode).into(),
            disabled: it.disabled,
            at_once: it.at_once,
            cpu_threshold: it.cpu_threshold,
            memory_threshold: it.memory_threshold,
            window_secs: it.window_seconds,
            why: names.fill(cut(&it.why)).into(),
            until: it.until.map(Time),
        })
    });
    checked.collect()
}

pub(crate) fn vetoes(frame: &Frame<'_, '_>, said: Vec<Vetoed>) -> Result<Vec<VetoAnswer>, String> {
    let mut seen = Seen::new(frame.nodes.len());
    said.into_iter().map(|it| veto(frame, &mut seen, &it)).collect()
}

fn veto(frame: &Frame<'_, '_>, seen: &mut Seen, it: &Vetoed) -> Result<VetoAnswer, String> {
    let node = node(frame, seen, it.node)?;
    let name = &frame.tick.world.node(node).name;
    check_code(&it.why.code)?;
    let pod = match it.pod {
        None => None,
        Some(at) => {
            let listed = frame.batch.nodes.pods_listed[it.node as usize];
            let pod = frame.pod_at(it.node, at);
            Some(pod.ok_or_else(|| format!("named pod {at} of node {name}, which lists {listed}"))?)
        }
    };
    let names = names(frame, node, pod);
    Ok(VetoAnswer {
        node,
        pod,
        code: it.why.code.as_str().into(),
        text: names.fill(cut(&it.why.text)).into(),
        flips: it.why.flips.as_ref().map(|it| names.fill(cut(it)).into()),
        until: it.until.map(Time),
    })
}

pub(crate) fn scores(frame: &Frame<'_, '_>, said: Vec<Scored>) -> Result<Vec<ScoreAnswer>, String> {
    let mut seen = Seen::new(frame.nodes.len());
    let checked = said.into_iter().map(|it| {
        let node = node(frame, &mut seen, it.node)?;
        if !(-SCORE_MAX..=SCORE_MAX).contains(&it.score) {
            let name = &frame.tick.world.node(node).name;
            return Err(format!("gave node {name} the score {}, beyond ±{SCORE_MAX}", it.score));
        }
        let why = it.why.map(|it| names(frame, node, None).fill(cut(&it)).into());
        Ok(ScoreAnswer { node, score: it.score, why })
    });
    checked.collect()
}

/// What a policy says of its own failure.
pub(crate) fn fault(it: &records::Fault) -> String {
    match (cut(&it.code), cut(&it.text)) {
        ("", text) => text.to_owned(),
        (code, "") => code.to_owned(),
        (code, text) => format!("{code}: {text}"),
    }
}

fn node(frame: &Frame<'_, '_>, seen: &mut Seen, index: u32) -> Result<NodeId, String> {
    let Some(node) = frame.nodes.get(index as usize) else {
        return Err(format!("answered about node {index} of {}", frame.nodes.len()));
    };
    seen.first(index)
        .map_err(|()| format!("answered twice about node {}", frame.tick.world.node(*node).name))?;
    Ok(*node)
}

fn check_code(code: &str) -> Result<(), String> {
    let letter = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-';
    if (1..=CODE_BYTES_MAX).contains(&code.len()) && code.bytes().all(letter) {
        return Ok(());
    }
    Err(format!("gave the code {}, which is not [a-z0-9-]{{1,64}}", quoted(code)))
}

fn names<'f>(frame: &'f Frame<'_, '_>, node: NodeId, pod: Option<PodId>) -> Names<'f> {
    let world = frame.tick.world;
    let group = frame.tick.facts.standing(node).group;
    Names {
        node: Some(&world.node(node).name),
        group: group.map(|it| &*world.groups[it.at()].name),
        pod: pod.map(|it| world.name_of(it)),
        volumes: pod.map_or(&[], |it| &world.shape_of(world.pod(it)).volumes),
    }
}

/// Which positions have been answered about.
struct Seen(Vec<bool>);

impl Seen {
    fn new(count: usize) -> Seen {
        Seen(vec![false; count])
    }

    /// The position is in range.
    fn first(&mut self, at: u32) -> Result<(), ()> {
        let seen = std::mem::replace(&mut self.0[at as usize], true);
        if seen { Err(()) } else { Ok(()) }
    }
}
