//! The plan as a list: one entry a node, and what each says of itself.

use super::objects::Cluster;
use super::{Case, Findings};
use decide::plan::{Reason, Verdict};
use std::collections::BTreeSet;

pub(super) fn check(case: &Case<'_>, cluster: &Cluster, findings: &mut Findings) {
    let plan = case.plan;
    let names: Vec<&str> = plan.nodes.iter().map(|it| &*it.name).collect();
    let nodes: Vec<&str> = cluster.nodes.iter().map(|it| it.name.as_str()).collect();
    if names != nodes {
        findings.add("entries", format!("entries are {names:?}, nodes {nodes:?}"));
        return;
    }
    let going = plan.nodes.iter().filter(|it| matches!(it.verdict, Verdict::Remove { .. }));
    let going: BTreeSet<&str> = going.map(|it| &*it.name).collect();
    let removals: BTreeSet<&str> = plan.removals.iter().map(|it| &**it).collect();
    if going != removals || removals.len() != plan.removals.len() {
        findings.add("entries", format!("removals are {:?}, verdicts say {going:?}", plan.removals));
    }
    let left_out = plan.nodes.iter().filter(|it| it.verdict == Verdict::Keep(Reason::NotEvaluated));
    let left_out: BTreeSet<&str> = left_out.map(|it| &*it.name).collect();
    let cursor: BTreeSet<&str> = plan.cursor.iter().map(|it| &**it).collect();
    if left_out != cursor {
        findings.add("entries", format!("NotEvaluated are {left_out:?}, the cursor holds {cursor:?}"));
    }
    for (at, entry) in plan.nodes.iter().enumerate() {
        let node = &cluster.nodes[at];
        let group = cluster.group_of(node).map(|it| cluster.groups[it].name.as_str());
        if entry.group.as_deref() != group {
            findings
                .add("entries", format!("{} is of {group:?}, the plan says {:?}", node.name, entry.group));
        }
        let mut stays: Vec<String> = cluster
            .pods_bound_to(at)
            .filter(|it| cluster.may_stay(it))
            .map(super::objects::Pod::path)
            .collect();
        stays.sort();
        let listed: Vec<String> = entry.stays.iter().map(ToString::to_string).collect();
        if stays != listed {
            findings.add("stays", format!("on {} may stay {stays:?}, the plan says {listed:?}", node.name));
        }
    }
    outlooks(case, cluster, findings);
}

/// The groups, each with what it has.
fn outlooks(case: &Case<'_>, cluster: &Cluster, findings: &mut Findings) {
    let managed: Vec<usize> = (0..cluster.groups.len()).filter(|it| cluster.groups[*it].managed).collect();
    if managed.len() != case.plan.groups.len() {
        findings.add(
            "groups",
            format!("{} groups are managed, {} listed", managed.len(), case.plan.groups.len()),
        );
        return;
    }
    let leavers = cluster.leavers();
    for (group, said) in managed.into_iter().zip(&case.plan.groups) {
        let it = &cluster.groups[group];
        let mine = |at: &usize| cluster.group_of(&cluster.nodes[*at]) == Some(group);
        let is_ready = |at: &usize| {
            cluster.nodes[*at].is_ready() && cluster.nodes[*at].leaving_since(cluster.now).is_none()
        };
        let ready = (0..cluster.nodes.len()).filter(|it| mine(it) && is_ready(it)).count();
        let leaving = leavers.iter().filter(|it| mine(it)).count();
        let expected = (ready, leaving, it.number("/minNodes", 0), it.number("/maxNodes", 0));
        let listed = (said.ready as usize, said.leaving as usize, i64::from(said.min), i64::from(said.max));
        if *said.name != *it.name || expected != listed {
            findings.add("groups", format!("{} has {expected:?}, the plan says {listed:?}", it.name));
        }
        let goes = |name: &str| cluster.node_at(name).is_some_and(|at| mine(&at) && is_ready(&at));
        let going = case.plan.removals.iter().filter(|it| goes(it)).count();
        if going > said.may_remove as usize {
            findings
                .add("groups", format!("{} may give up {}, and {going} of it go", it.name, said.may_remove));
        }
    }
}
