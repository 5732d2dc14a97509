//! The plan for people: what happens first, then every node with its reason, then what follows.
//! Long clusters are told by reason; `-o json` has every node.

use super::columns::{Cell, Columns};
use super::document::{Document, Node, Timings};
use super::look::{Look, Style, visible};
use decide::say::count;
use decide::time::said;
use std::collections::BTreeMap;
use std::fmt::Write;

/// More kept nodes than this are told by reason; of more nodes that go or pods that wait, the first
/// are named.
const ROWS_MAX: usize = 40;
/// Names of a reason's nodes, pods of an addition.
const NAMES_MAX: usize = 3;
/// Pods of one node that moves are told of.
const MOVES_MAX: usize = 12;

pub fn page(document: &Document<'_>, look: Look) -> String {
    let mut out = String::new();
    headline(document, look, &mut out);
    nodes(document, look, &mut out);
    removals(document, look, &mut out);
    additions(document, look, &mut out);
    creation(document, look, &mut out);
    pending(document, look, &mut out);
    groups(document, look, &mut out);
    policies(document, look, &mut out);
    if let Some(timings) = document.timings {
        took(timings, &mut out);
    }
    out
}

fn headline(document: &Document<'_>, look: Look, out: &mut String) {
    let of = |verdict: &str| document.nodes.iter().filter(|it| it.verdict == verdict).count();
    let (go, leave, stay) = (of("Remove"), of("Leaving"), of("Keep"));
    let head = format!(
        "{} at {}: {go} to remove, {leave} leaving, {stay} to keep",
        count(document.nodes.len() as u64, "node"),
        document.now
    );
    let _ = writeln!(out, "{}", look.paint(Style::Strong, &head));
    let reasons = by_reason(document);
    if !reasons.is_empty() {
        let told: Vec<String> = reasons.iter().map(|it| format!("{} {}", it.1.len(), it.0)).collect();
        let line = format!("kept: {}", told.join(", "));
        let line = look.width.map_or(line.clone(), |it| Look::cut(&line, it));
        let _ = writeln!(out, "{}", look.paint(Style::Faint, &line));
    }
}

/// Kept nodes by reason and code, the most frequent first.
fn by_reason<'d>(document: &'d Document<'_>) -> Vec<(String, Vec<&'d Node<'d>>)> {
    let mut reasons: BTreeMap<String, Vec<&Node<'_>>> = BTreeMap::new();
    for node in document.nodes.iter().filter(|it| it.verdict == "Keep") {
        reasons.entry(reason(node)).or_default().push(node);
    }
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|it| std::cmp::Reverse(it.1.len()));
    reasons
}

/// The word that says most: how, the step, or the reason with its code.
pub fn reason(node: &Node<'_>) -> String {
    match (node.how.or(node.step), node.why.reason, node.why.code) {
        (Some(step), Some(reason), _) => format!("{step}: {reason}"),
        (Some(step), None, _) => step.to_string(),
        (None, Some(reason), Some(code)) => format!("{reason}/{code}"),
        (None, Some(reason), None) => reason.to_string(),
        (None, None, _) => String::new(),
    }
}

fn nodes(document: &Document<'_>, look: Look, out: &mut String) {
    let going = document.removals.iter().take(ROWS_MAX).filter_map(|it| document.node(it));
    let leaving = document.nodes.iter().filter(|it| it.verdict == "Leaving");
    let mut kept: Vec<&Node<'_>> = document.nodes.iter().filter(|it| it.verdict == "Keep").collect();
    let told_by_reason = kept.len() > ROWS_MAX;
    if told_by_reason {
        kept.clear();
    }
    let mut columns = Columns::new(&["NODE", "GROUP", "VERDICT", "REASON", "CPU%>", "MEM%>", "DETAIL"]);
    for node in going.chain(leaving).chain(kept) {
        columns.row([
            node.name.into(),
            node.group.unwrap_or_default().into(),
            Cell::from(node.verdict).style(style(node)),
            reason(node).into(),
            share(node.cpu.map(|it| it.0)).into(),
            share(node.memory.map(|it| it.0)).into(),
            detail(node).into(),
        ]);
    }
    let left = document.removals.len().saturating_sub(ROWS_MAX);
    if left > 0 {
        let mut row: Vec<Cell> = vec![Cell::default(); 7];
        row[0] = format!("and {left} more to remove").into();
        columns.row(row);
    }
    section("", &columns, look, out);
    if told_by_reason {
        let mut columns = Columns::new(&["NODES>", "REASON", "WHICH", "DETAIL OF THE FIRST"]);
        for (reason, nodes) in by_reason(document) {
            let names: Vec<&str> = nodes.iter().map(|it| it.name).collect();
            columns.row([
                nodes.len().to_string().into(),
                reason.into(),
                some(&names, NAMES_MAX).into(),
                detail(nodes[0]).into(),
            ]);
        }
        section("Kept (-o json has every node, --explain NODE says why)", &columns, look, out);
    }
}

pub fn style(node: &Node<'_>) -> Style {
    match (node.verdict, node.why.reason) {
        ("Remove", _) => Style::Good,
        ("Leaving", _) => Style::Warn,
        (_, Some("PolicyFault" | "NotEvaluated")) => Style::Bad,
        _ => Style::Plain,
    }
}

/// In percent, with one decimal, cut.
fn share(hundredths: Option<u32>) -> String {
    hundredths.map_or_else(String::new, |it| format!("{}.{}", it / 100, it % 100 / 10))
}

fn detail(node: &Node<'_>) -> String {
    let Some(moves) = node.moves else { return node.why.detail.clone().unwrap_or_default() };
    let mut words = vec![if node.how == Some("Empty") {
        "nothing to evict".to_string()
    } else {
        format!("{} to move", count(moves.len() as u64, "pod"))
    }];
    words.extend(node.idle_seconds.map(|it| format!("idle for {}", said(it))));
    words.extend(node.score.map(|it| format!("score {it}")));
    words.join(", ")
}

fn removals(document: &Document<'_>, look: Look, out: &mut String) {
    let mut columns = Columns::new(&["", "NODE", "POD", "TO"]);
    let mut told = 0;
    for (place, name) in document.removals.iter().enumerate() {
        let Some(node) = document.node(name).filter(|_| columns.len() < ROWS_MAX) else { break };
        told += 1;
        let mut pods: Vec<(String, String)> = moves(node);
        if pods.is_empty() {
            pods.push(("nothing to move".into(), String::new()));
        }
        let mut label = (format!("{}.", place + 1), name.to_string());
        for (pod, to) in pods {
            let (place, node) = std::mem::take(&mut label);
            columns.row([place.into(), node.into(), pod.into(), to.into()]);
        }
    }
    let left = document.removals.len() - told;
    if left > 0 {
        columns.row(["", &format!("and {left} more"), "", ""].map(Cell::from));
    }
    section("Removals, best first", &columns, look, out);
}

/// Where pods go, and which stay to the end.
pub fn moves(node: &Node<'_>) -> Vec<(String, String)> {
    let all = node.moves.unwrap_or_default();
    let shown = if all.len() > MOVES_MAX { MOVES_MAX - 1 } else { all.len() };
    let mut rows: Vec<_> =
        all[..shown].iter().map(|it| (it.pod.to_string(), format!("-> {}", it.to))).collect();
    if all.len() > shown {
        rows.push((format!("and {} more", all.len() - shown), String::new()));
    }
    rows.extend(node.stays.iter().map(|it| (it.to_string(), "stays until the server goes".to_string())));
    rows
}

fn additions(document: &Document<'_>, look: Look, out: &mut String) {
    let mut columns = Columns::new(&["GROUP", "NODES>", "FOR"]);
    for it in document.additions {
        let pods: Vec<String> = it.pods.iter().map(ToString::to_string).collect();
        let pods = if pods.is_empty() { "its minimum".into() } else { some(&pods, NAMES_MAX) };
        columns.row([
            (&*it.group).into(),
            Cell::from(format!("+{}", it.count)).style(Style::Good),
            pods.into(),
        ]);
    }
    section("Additions", &columns, look, out);
}

fn creation(document: &Document<'_>, look: Look, out: &mut String) {
    let mut columns = Columns::new(&["GROUP", "SIZE>", "FOR"]);
    if let Some(it) = document.creation {
        let pods: Vec<String> = it.pods.iter().map(ToString::to_string).collect();
        let name = Cell::from(&*it.group).style(Style::Good);
        columns.row([name, it.size.to_string().into(), some(&pods, NAMES_MAX).into()]);
    }
    section("Groups to make", &columns, look, out);
}

fn pending(document: &Document<'_>, look: Look, out: &mut String) {
    let mut columns = Columns::new(&["POD", "REASON", "DETAIL"]);
    for it in document.pending.iter().take(ROWS_MAX) {
        let (reason, detail) = match (it.reason, it.group) {
            (Some(reason), _) => (reason.into(), it.detail.clone().unwrap_or_default()),
            (None, group) => {
                let group = group.unwrap_or_default();
                (Cell::from("Placed").style(Style::Good), format!("on a new node of group {group}"))
            }
        };
        columns.row([it.pod.to_string().into(), reason, detail.into()]);
    }
    let left = document.pending.len().saturating_sub(ROWS_MAX);
    if left > 0 {
        columns.row([format!("and {left} more").into(), Cell::default(), Cell::default()]);
    }
    section("Pending pods", &columns, look, out);
}

fn groups(document: &Document<'_>, look: Look, out: &mut String) {
    let mut columns =
        Columns::new(&["GROUP", "NAMESPACE", "READY>", "MIN>", "MAX>", "MAY REMOVE>", "LIMITED BY"]);
    for it in &document.groups {
        columns.row([
            it.name.into(),
            it.namespace.into(),
            it.ready.to_string().into(),
            it.min.to_string().into(),
            it.max.to_string().into(),
            it.may_remove.to_string().into(),
            (&*it.why).into(),
        ]);
    }
    section("Groups", &columns, look, out);
}

fn policies(document: &Document<'_>, look: Look, out: &mut String) {
    let names = document.policies.iter().map(|it| format!("{} {} ({})", it.name, it.version, it.source));
    let names: Vec<String> = names.collect();
    let line = visible(&format!("Policies, as they are asked: {}", names.join(", ")));
    let _ = writeln!(out, "\n{}", look.paint(Style::Faint, &line));
}

pub fn took(timings: Timings, out: &mut String) {
    let Timings { read, world, policies, decide } = timings;
    let _ = writeln!(
        out,
        "\nTook {read} ms to read, {world} ms for the world, {decide} ms to decide, {policies} ms of it in policies"
    );
}

fn section(title: &str, columns: &Columns, look: Look, out: &mut String) {
    if columns.is_empty() {
        return;
    }
    out.push('\n');
    if !title.is_empty() {
        let _ = writeln!(out, "{}", look.paint(Style::Strong, title));
    }
    columns.write("", look, out);
}

/// The first few, and how many more there are.
pub fn some(names: &[impl AsRef<str>], most: usize) -> String {
    let shown: Vec<&str> = names.iter().take(most).map(AsRef::as_ref).collect();
    let more = names.len() - shown.len();
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use decide::plan::{Busy, Entry, How, Move, Pending, PendingReason, Plan, Reason, Resource, Verdict};
    use decide::time::Time;
    use decide::world::{Name, PodName};

    fn pod(name: String) -> PodName {
        PodName { namespace: "web".into(), name: name.into() }
    }

    fn entry(name: String, verdict: Verdict) -> Entry {
        Entry {
            name: name.into(),
            group: Some("workers".into()),
            verdict,
            cpu: Some(6250),
            memory: Some(10_000),
            idle_secs: None,
            score: None,
            stays: Vec::new(),
        }
    }

    /// What is much is told shortly, in the order in which it matters.
    #[test]
    fn thousands_are_told_by_reason() {
        let busy = |resource| {
            Verdict::Keep(Reason::Busy(Busy::Use {
                resource,
                use_hundredths: 6250,
                threshold_hundredths: 5000,
                window_secs: None,
            }))
        };
        let moves = (0..20).map(|it| Move { pod: pod(format!("p{it:02}")), to: "k0000".into() }).collect();
        let mut nodes = vec![entry("goes".into(), Verdict::Remove { how: How::Drain, moves })];
        nodes.extend((0..3000).map(|it| entry(format!("k{it:04}"), busy(Resource::Cpu))));
        nodes.push(entry("odd".into(), Verdict::Keep(Reason::NoMetrics { gap: false })));
        nodes[0].stays.push(pod("stays".into()));
        let pending = (0..50).map(|it| Pending {
            pod: pod(format!("w{it:02}")),
            placed: None,
            reason: Some(PendingReason::NoGroupFits { nearest: None }),
        });
        let plan = Plan {
            now: Time(1_795_168_800),
            nodes,
            removals: vec![Name::from("goes")],
            additions: Vec::new(),
            creation: None,
            pending: pending.collect(),
            groups: Vec::new(),
            cursor: Vec::new(),
            checks: 0,
        };
        let page = page(&Document::of(&plan, &[], None, None), Look::default());
        let (head, tail) = page.split_once("Pending pods").expect("pods wait");
        let expect = "\
3002 nodes at 2026-11-20T10:00:00Z: 1 to remove, 0 leaving, 3001 to keep
kept: 3000 Busy, 1 NoMetrics

NODE  GROUP    VERDICT  REASON  CPU%   MEM%  DETAIL
goes  workers  Remove   Drain   62.5  100.0  20 pods to move

Kept (-o json has every node, --explain NODE says why)
NODES  REASON     WHICH                              DETAIL OF THE FIRST
 3000  Busy       k0000, k0001, k0002 and 2997 more  CPU requests 62.5 % of allocatable; removed below 50 %
    1  NoMetrics  odd                                the metrics API has no sample of it in the observation window; does metrics-server run?

Removals, best first
    NODE  POD         TO
1.  goes  web/p00     -> k0000
          web/p01     -> k0000
          web/p02     -> k0000
          web/p03     -> k0000
          web/p04     -> k0000
          web/p05     -> k0000
          web/p06     -> k0000
          web/p07     -> k0000
          web/p08     -> k0000
          web/p09     -> k0000
          web/p10     -> k0000
          and 9 more
          web/stays   stays until the server goes

";
        assert_eq!(head, expect);
        assert_eq!(tail.lines().filter(|it| it.starts_with("web/w")).count(), ROWS_MAX);
        assert!(tail.contains("and 10 more"), "{tail}");
    }
}
