//! The provider's side for people.

use super::columns::{Cell, Columns};
use super::look::{Look, Style, visible};
use crate::provider::{ClusterRow, Found, GroupRow, Listing, Report, Row};
use decide::say::count;
use std::fmt::Write;

#[must_use]
pub fn check(report: &Report, look: Look) -> String {
    let (well, wrong, untried) =
        (report.count(Found::Well), report.count(Found::Wrong), report.count(Found::Untried));
    let head = format!("{}: {well} well, {wrong} wrong, {untried} not tried", visible(&report.url));
    let mut out = look.paint(Style::Strong, &head) + "\n\n";
    let mut columns = Columns::new(&["CHECK", "RESULT", "WHERE", "DETAIL"]);
    for it in &report.checks {
        let (word, style) = match it.result {
            Found::Well => ("Well", Style::Good),
            Found::Wrong => ("Wrong", Style::Bad),
            Found::Untried => ("Untried", Style::Faint),
        };
        columns.row([
            Cell::from(it.name),
            Cell::from(word).style(style),
            Cell::from(&it.place),
            Cell::from(&it.detail),
        ]);
    }
    // What is wrong and what to do must be read whole.
    columns.write("", Look { width: None, ..look }, &mut out);
    out
}

#[must_use]
pub fn list(listing: &Listing, look: Look) -> String {
    let Listing { url, compared, clusters, groups, rows, problems: _ } = listing;
    let of = |it: fn(&Row) -> bool| rows.iter().filter(|row| it(row)).count() as u64;
    let mut told = vec![count(of(|it| it.kind.is_some()), "server")];
    if *compared {
        told.push(count(of(|it| it.machine.is_some()), "machine"));
        told.push(count(of(|it| it.node.is_some()), "node"));
    }
    let out_of_step = listing.out_of_step();
    let head = format!("{}: {}; {out_of_step} out of step", visible(url), told.join(", "));
    let mut out = look.paint(Style::Strong, &head) + "\n";
    if !compared {
        let hint = "nodes and machines are not shown (a kubeconfig or -f brings them)";
        let _ = writeln!(out, "{}", look.paint(Style::Faint, hint));
    }
    side_by_side(rows, look, &mut out);
    of_clusters(clusters, look, &mut out);
    of_groups(groups, look, &mut out);
    out
}

fn side_by_side(rows: &[Row], look: Look, out: &mut String) {
    if rows.is_empty() {
        return;
    }
    let mut columns = Columns::new(&[
        "NAME",
        "CLUSTER",
        "KIND",
        "SERVER",
        "STATUS",
        "MACHINE",
        "PHASE",
        "NODE",
        "OUT OF STEP",
    ]);
    for row in rows {
        let Row { name, cluster, kind, server, status, addresses: _, machine, node, out_of_step } = row;
        columns.row([
            Cell::from(name),
            Cell::from(cluster.as_deref().unwrap_or_default()),
            Cell::from(kind.unwrap_or_default()),
            Cell::from(server.as_deref().unwrap_or_default()),
            Cell::from(status),
            Cell::from(machine.as_ref().map_or("", |it| &*it.name)),
            Cell::from(machine.as_ref().map_or("", |it| &*it.phase)),
            Cell::from(node.unwrap_or_default()),
            Cell::from(out_of_step.join("; ")).style(Style::Bad),
        ]);
    }
    out.push('\n');
    columns.write("", look, out);
}

fn of_clusters(clusters: &[ClusterRow], look: Look, out: &mut String) {
    if clusters.is_empty() {
        return;
    }
    let mut columns = Columns::new(&["CLUSTER", "IDENTIFIER", "VERSION", "OUT OF STEP"]);
    for ClusterRow { name, identifier, version, out_of_step } in clusters {
        columns.row([
            Cell::from(name),
            Cell::from(identifier),
            Cell::from(version),
            Cell::from(out_of_step.join("; ")).style(Style::Bad),
        ]);
    }
    out.push('\n');
    columns.write("", look, out);
}

fn of_groups(groups: &[GroupRow], look: Look, out: &mut String) {
    if groups.is_empty() {
        return;
    }
    let mut columns =
        Columns::new(&["GROUP", "CLUSTER", "NUMBER>", "SIZE>", "NODES>", "CPU>", "MEMORY MB>", "A MONTH>"]);
    for GroupRow { name, cluster, number, size, nodes, cpu, memory_mb, price_per_month } in groups {
        let figures = [number, size, nodes, cpu, memory_mb].map(|it| Cell::from(it.to_string()));
        let price = Cell::from(price_per_month.as_deref().unwrap_or_default());
        columns.row([Cell::from(name), Cell::from(cluster)].into_iter().chain(figures).chain([price]));
    }
    out.push('\n');
    columns.write("", look, out);
}
