//! How the controller is, for people: what is wrong first, then what it is at.

use super::columns::{Cell, Columns};
use super::look::{Look, Style, visible};
use crate::status::{Last, Status};
use decide::say::count;
use decide::time::said;
use std::fmt::Write;

#[must_use]
pub fn status(status: &Status, look: Look) -> String {
    let mut out = String::new();
    let Status { version, well, checks, last } = status;
    let role = match last {
        None => "has not decided anything yet".to_string(),
        Some(last) => {
            let role = if last.leads { "leads" } else { "follows" };
            let dry = if last.dry { ", dry run: nothing is carried out" } else { "" };
            let age = last.age_seconds.map_or_else(String::new, |it| {
                format!(", {} ago", said(i64::try_from(it).unwrap_or(i64::MAX)))
            });
            format!("{role}{dry}; tick {}{age}", last.tick)
        }
    };
    let head = format!("vpsie-autoscaler {version} {role}");
    let _ = writeln!(out, "{}", look.paint(Style::Strong, &head));
    if *well {
        let _ = writeln!(out, "{}", look.paint(Style::Good, "nothing is wrong"));
    } else {
        let gaps = last.iter().flat_map(|it| &it.gaps).map(|it| format!("gap: {it}"));
        let frozen = last.iter().filter_map(|it| it.inventory_frozen.as_ref());
        let frozen = frozen.map(|it| format!("inventory: the provider's list cannot be trusted: {it}"));
        let failed = checks.iter().filter(|it| !it.well).map(|it| format!("{}: {}", it.name, it.detail));
        for line in failed.chain(gaps).chain(frozen) {
            let _ = writeln!(out, "{}", look.paint(Style::Bad, &visible(&format!("wrong: {line}"))));
        }
    }
    if let Some(last) = last {
        nodes(last, look, &mut out);
        leaving(last, look, &mut out);
        groups(last, look, &mut out);
        policies(last, look, &mut out);
    }
    out
}

fn nodes(last: &Last, look: Look, out: &mut String) {
    let all: usize = last.nodes.iter().map(|it| it.nodes).sum();
    let title = format!("{} at {}", count(all as u64, "node"), last.now);
    let mut columns = Columns::new(&["NODES>", "VERDICT", "REASON"]);
    for it in &last.nodes {
        let style = match (it.verdict, it.reason) {
            ("Remove", _) => Style::Good,
            ("Leaving", _) => Style::Warn,
            (_, "PolicyFault" | "NotEvaluated") => Style::Bad,
            _ => Style::Plain,
        };
        columns.row([
            Cell::from(it.nodes.to_string()),
            Cell::from(it.verdict).style(style),
            Cell::from(it.reason),
        ]);
    }
    section(&title, &columns, look, out);
}

fn leaving(last: &Last, look: Look, out: &mut String) {
    let mut columns = Columns::new(&["NODE", "GROUP", "STEP", "DETAIL"]);
    for it in &last.leaving {
        columns.row([
            Cell::from(&it.node),
            Cell::from(it.group.as_deref().unwrap_or_default()),
            Cell::from(it.step),
            Cell::from(&it.detail),
        ]);
    }
    let more = last.leaving_count - last.leaving.len();
    if more > 0 {
        columns.row([format!("and {more} more").into(), Cell::default(), Cell::default(), Cell::default()]);
    }
    section("Leaving", &columns, look, out);
}

fn groups(last: &Last, look: Look, out: &mut String) {
    let mut columns = Columns::new(&[
        "GROUP",
        "READY>",
        "LEAVING>",
        "MIN>",
        "MAX>",
        "ADDING>",
        "PODS WAITING>",
        "BACKS OFF UNTIL",
        "MAY REMOVE>",
        "LIMITED BY",
    ]);
    for it in &last.groups {
        // What is not so is left out, so that the eye finds what is.
        let some = |it: usize| if it == 0 { String::new() } else { it.to_string() };
        columns.row([
            Cell::from(&it.name),
            Cell::from(it.ready.to_string()),
            Cell::from(some(it.leaving as usize)),
            Cell::from(it.min.to_string()),
            Cell::from(it.max.to_string()),
            Cell::from(some(it.adding as usize)).style(Style::Good),
            Cell::from(some(it.pending)).style(Style::Warn),
            Cell::from(it.backs_off_until.as_deref().unwrap_or_default()).style(Style::Bad),
            Cell::from(it.may_remove.to_string()),
            Cell::from(&it.why),
        ]);
    }
    section("Groups", &columns, look, out);
    if last.pods_without_node > 0 {
        let pods = count(last.pods_without_node as u64, "pod");
        let line = format!("{pods} pending without a node to come; vpsie-autoscaler plan says why");
        let _ = writeln!(out, "{}", look.paint(Style::Warn, &line));
    }
}

fn policies(last: &Last, look: Look, out: &mut String) {
    let mut columns = Columns::new(&["POLICY", "VERSION", "HOOKS", "SOURCE"]);
    for it in &last.policies {
        columns.row([
            Cell::from(&it.name),
            Cell::from(&it.version),
            Cell::from(it.hooks.join(", ")),
            Cell::from(&it.source),
        ]);
    }
    section("Policies, as they are asked", &columns, look, out);
}

fn section(title: &str, columns: &Columns, look: Look, out: &mut String) {
    if !columns.is_empty() {
        let _ = writeln!(out, "\n{}", look.paint(Style::Strong, title));
        columns.write("", look, out);
    }
}
