//! One node, explained for people: what became of it, every check in order, and where its pods go.

use super::columns::{Cell, Columns};
use super::document::{Document, Node};
use super::look::{Look, Style, visible};
use super::table;
use decide::explain::{Check, Explanation, Outcome};
use std::fmt::Write;

pub fn page(document: &Document<'_>, explanation: &Explanation, look: Look) -> String {
    let mut out = String::new();
    if let Some(node) = document.node(&explanation.node) {
        head(document, node, explanation, look, &mut out);
        checks(explanation, look, &mut out);
        scores(node, explanation, &mut out);
        moves(node, look, &mut out);
    }
    if let Some(timings) = document.timings {
        table::took(timings, &mut out);
    }
    out
}

fn head(document: &Document<'_>, node: &Node<'_>, it: &Explanation, look: Look, out: &mut String) {
    let verdict = match node.verdict {
        "Remove" => "is to be removed",
        "Leaving" => "is leaving",
        _ => "stays",
    };
    let of = node.group.map_or_else(String::new, |it| format!(" of group {it}"));
    let head = format!("{}{of} {verdict}: {} ({})", node.name, table::reason(node), document.now);
    let _ = writeln!(out, "{}", look.paint(Style::Strong, &visible(&head)));
    let mut say = |word: &str, text: &str| {
        let _ = writeln!(out, "  {word:<9} {}", visible(text));
    };
    for (word, text) in [
        ("because", node.why.detail.as_deref()),
        ("policy", node.why.policy),
        ("blocker", node.why.blocker.as_deref()),
        ("flips", node.why.flips.as_deref()),
    ] {
        if let Some(text) = text {
            say(word, text);
        }
    }
    if let Some(order) = it.order {
        say("turn", &format!("{} of {} in the order of removal", order.place, order.of));
    }
}

fn checks(it: &Explanation, look: Look, out: &mut String) {
    let mut columns = Columns::new(&["", "CHECK", "FOUND", "PASSES WITH", "SET BY"]);
    let not_reached = |it: &&Check| it.outcome == Outcome::NotReached;
    let mut decided = false;
    for check in it.checks.iter().filter(|it| !not_reached(it)) {
        let outcome = match check.outcome {
            Outcome::Keeps if decided => Cell::from("too").style(Style::Warn),
            Outcome::Keeps => Cell::from("KEEPS").style(Style::Bad),
            Outcome::Passes | Outcome::NotReached => Cell::from("ok").style(Style::Good),
        };
        decided |= check.outcome == Outcome::Keeps;
        let fact = &check.fact;
        columns.row([
            outcome,
            (&*check.rule).into(),
            (&*fact.value).into(),
            (&*fact.limit).into(),
            (&*fact.source).into(),
        ]);
    }
    out.push('\n');
    columns.write("  ", look, out);
    let names: Vec<&str> = it.checks.iter().filter(not_reached).map(|it| &*it.rule).collect();
    if !names.is_empty() {
        let _ = writeln!(out, "\n  not reached: {}", names.join(", "));
    }
}

fn scores(node: &Node<'_>, it: &Explanation, out: &mut String) {
    let Some(score) = node.score else { return };
    let _ = writeln!(out, "\n  score {score}, higher goes earlier");
    for part in &it.scores {
        let why = part.why.as_ref().map_or_else(String::new, |it| format!(": {it}"));
        let line = format!("    {} gives {} x weight {}{why}", part.policy, part.score, part.weight);
        let _ = writeln!(out, "{}", visible(&line));
    }
}

fn moves(node: &Node<'_>, look: Look, out: &mut String) {
    let mut columns = Columns::new(&["POD", "TO"]);
    for (pod, to) in table::moves(node) {
        columns.row([pod.into(), to.into()]);
    }
    if !columns.is_empty() {
        out.push('\n');
        columns.write("  ", look, out);
    }
}
