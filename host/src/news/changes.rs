//! What is new about a plan.

use super::{About, Kind, News};
use decide::plan::{Addition, Cooling, Entry, How, PendingReason, Plan, Reason, Step, Verdict};
use decide::say::count;
use decide::time::said;
use decide::world::{Name, PodName, World};
use std::collections::{BTreeMap, BTreeSet};

/// Pods that are named.
const PODS_MAX: usize = 3;

/// What a plan changes for people who have seen the one before. Why nodes are kept is no news: that changes all
/// the time. Without a plan before, removals that are under way are old news.
#[must_use]
pub fn news(before: Option<&Plan>, now: &Plan, world: &World, dry: bool) -> Vec<News> {
    let mut news = Vec::new();
    for entry in &now.nodes {
        let was = before.and_then(|it| entry_of(it, &entry.name)).map(|it| &it.verdict);
        let uid = world.find_node(&entry.name).map(|it| world.node(it).uid.clone());
        if let (Some((kind, reason, text)), Some(uid)) = (of_node(was, entry, now), uid) {
            news.push(News { about: About::Node { name: entry.name.clone(), uid }, kind, reason, text });
        }
    }
    gone(before, now, &mut news);
    grows(before, now, &mut news);
    cannot_grow(before, now, &mut news);
    pods(before, now, &mut news);
    faults(before, now, &mut news);
    inventory(before, now, &mut news);
    if dry {
        news.iter_mut().for_each(|it| it.text.insert_str(0, "dry run: "));
    }
    news
}

fn of_node(was: Option<&Verdict>, entry: &Entry, plan: &Plan) -> Option<(Kind, &'static str, String)> {
    let now = plan.now;
    match (was, &entry.verdict) {
        (Some(Verdict::Remove { .. }), Verdict::Remove { .. }) => None,
        (_, Verdict::Remove { how, moves }) => {
            let pods = match how {
                How::Empty => "nothing to evict".to_string(),
                How::Drain => format!("{} to move", count(moves.len() as u64, "pod")),
            };
            let idle = entry.idle_secs.map_or_else(String::new, |it| format!(", idle for {}", said(it)));
            Some((Kind::Normal, "ScaleDownTriggered", format!("it is to be removed: {pods}{idle}")))
        }
        (Some(Verdict::Leaving { step: Step::TakeBack, .. } | Verdict::Keep(_)) | None, Verdict::Keep(_)) => {
            None
        }
        (Some(Verdict::Remove { .. } | Verdict::Leaving { .. }), Verdict::Keep(reason)) => {
            Some((Kind::Normal, "ScaleDownTakenBack", format!("it stays after all: {}", reason.detail(now))))
        }
        (None, Verdict::Leaving { .. }) => None,
        (Some(Verdict::Leaving { step: was, .. }), Verdict::Leaving { step, .. }) if was == step => None,
        (Some(_), Verdict::Leaving { step, why, left, delayed_by }) => {
            let (kind, reason) = word(*step, why.as_ref())?;
            Some((kind, reason, step.detail(*left, why.as_ref(), delayed_by.as_deref(), now)))
        }
    }
}

fn word(step: Step, why: Option<&Reason>) -> Option<(Kind, &'static str)> {
    match step {
        // The decision was news already, and these two do nothing to a pod.
        Step::Marked | Step::Detaching => None,
        Step::Evicting => Some((Kind::Normal, "NodeDraining")),
        Step::Volumes => Some((Kind::Normal, "NodeDrained")),
        Step::Deleting => Some((Kind::Normal, "NodeTerminating")),
        Step::Cleaning => Some((Kind::Normal, "NodeTerminated")),
        Step::TakeBack => Some(match why {
            Some(Reason::Cooldown(Cooling::DrainTimeout { .. })) => (Kind::Warning, "NodeDrainFailed"),
            _ => (Kind::Normal, "ScaleDownTakenBack"),
        }),
        Step::Held => Some((Kind::Warning, "ScaleDownHeld")),
    }
}

/// Nodes that were leaving and are gone: their groups are told.
fn gone(before: Option<&Plan>, now: &Plan, news: &mut Vec<News>) {
    for entry in before.iter().flat_map(|it| &it.nodes) {
        let left = matches!(entry.verdict, Verdict::Leaving { .. }) && entry_of(now, &entry.name).is_none();
        if let Some(about) = entry.group.as_ref().filter(|_| left).and_then(|it| group(now, it)) {
            let text = format!("node {} is gone", entry.name);
            news.push(News { about, kind: Kind::Normal, reason: "ScaleDownCompleted", text });
        }
    }
}

fn grows(before: Option<&Plan>, now: &Plan, news: &mut Vec<News>) {
    let number = |plan: &Plan, group: &Name| -> u32 {
        plan.additions.iter().filter(|it| it.group == *group).map(|it| it.count).sum()
    };
    for Addition { group: name, count: added, pods } in &now.additions {
        let was = before.map_or(0, |it| number(it, name));
        if let Some(about) = group(now, name).filter(|_| *added > was) {
            let what = if pods.is_empty() { "its minimum".to_string() } else { some(pods.iter()) };
            let text = format!("{} for {what}", count(u64::from(*added), "new node"));
            news.push(News { about, kind: Kind::Normal, reason: "ScaleUpTriggered", text });
        }
    }
}

/// Groups that would grow for a pod and may not.
fn cannot_grow(before: Option<&Plan>, now: &Plan, news: &mut Vec<News>) {
    let known: BTreeSet<_> = before.map(blocks).unwrap_or_default().into_keys().collect();
    for ((reason, name), (why, waiting)) in blocks(now) {
        if known.contains(&(reason, name)) {
            continue;
        }
        let about = match name {
            Some(name) => group(now, name),
            None => Some(About::Config),
        };
        if let Some(about) = about {
            let text = format!("{}; {} wait", why.detail(now.now), count(waiting, "pod"));
            news.push(News { about, kind: Kind::Warning, reason, text });
        }
    }
}

/// The word of an obstacle, and the group that it is one of; how it is said, and how many pods wait.
type Blocks<'p> = BTreeMap<(&'static str, Option<&'p Name>), (&'p PendingReason, u64)>;

fn blocks(plan: &Plan) -> Blocks<'_> {
    let mut blocks = Blocks::new();
    for reason in plan.pending.iter().filter_map(|it| it.reason.as_ref()) {
        let key = match reason {
            PendingReason::BackOff { group, .. } => ("ScaleUpFailed", Some(group)),
            PendingReason::AtMaximum { group, .. } => ("MaximumReached", Some(group)),
            PendingReason::ClusterAtMaximum { .. } => ("CapacityLimitReached", None),
            PendingReason::NotOurs { .. }
            | PendingReason::TooYoung { .. }
            | PendingReason::OnItsWay { .. }
            | PendingReason::ScaleUpDisabled { .. }
            | PendingReason::Cooldown { .. }
            | PendingReason::BudgetSpent { .. }
            | PendingReason::NoGroupFits { .. } => continue,
        };
        blocks.entry(key).or_insert((reason, 0)).1 += 1;
    }
    blocks
}

/// Pods that no group could take, whatever it does.
fn pods(before: Option<&Plan>, now: &Plan, news: &mut Vec<News>) {
    fn stuck(plan: &Plan) -> impl Iterator<Item = (&PodName, &PendingReason)> {
        let all = plan.pending.iter().filter_map(|it| Some((&it.pod, it.reason.as_ref()?)));
        all.filter(|it| matches!(it.1, PendingReason::NoGroupFits { .. }))
    }
    let known: BTreeSet<&PodName> = before.into_iter().flat_map(stuck).map(|it| it.0).collect();
    let new: Vec<_> = stuck(now).filter(|it| !known.contains(it.0)).collect();
    if let Some((_, why)) = new.first() {
        let text = format!("{}: {}", some(new.iter().map(|it| it.0)), why.detail(now.now));
        news.push(News { about: About::Config, kind: Kind::Warning, reason: "UnschedulablePods", text });
    }
}

/// Policies that fail, and keep nodes by that.
fn faults(before: Option<&Plan>, now: &Plan, news: &mut Vec<News>) {
    fn of(plan: &Plan) -> BTreeMap<&Name, (&Name, u64)> {
        let mut faults = BTreeMap::new();
        for reason in plan.nodes.iter().filter_map(|it| reason(&it.verdict)) {
            if let Reason::PolicyFault { policy, text } = reason {
                faults.entry(policy).or_insert((text, 0)).1 += 1;
            }
        }
        faults
    }
    let known = before.map(of).unwrap_or_default();
    for (policy, (text, nodes)) in of(now) {
        if !known.contains_key(policy) {
            let text = format!("policy {policy} failed and keeps {}: {text}", count(nodes, "node"));
            news.push(News { about: About::Config, kind: Kind::Warning, reason: "PolicyFault", text });
        }
    }
}

fn inventory(before: Option<&Plan>, now: &Plan, news: &mut Vec<News>) {
    fn frozen(plan: &Plan) -> Option<&Reason> {
        let mut reasons = plan.nodes.iter().filter_map(|it| reason(&it.verdict));
        reasons.find(|it| matches!(it, Reason::InventoryFrozen { .. }))
    }
    let (kind, reason, text) = match (before.and_then(frozen), frozen(now)) {
        (None, Some(why)) => (Kind::Warning, "InventoryFrozen", why.detail(now.now)),
        (Some(_), None) => {
            (Kind::Normal, "InventoryTrusted", "the provider's list of servers is trusted again".to_string())
        }
        (None, None) | (Some(_), Some(_)) => return,
    };
    news.push(News { about: About::Config, kind, reason, text });
}

/// What speaks against the removal, where something does.
fn reason(verdict: &Verdict) -> Option<&Reason> {
    match verdict {
        Verdict::Keep(reason) => Some(reason),
        Verdict::Leaving { why, .. } => why.as_ref(),
        Verdict::Remove { .. } => None,
    }
}

fn entry_of<'p>(plan: &'p Plan, name: &Name) -> Option<&'p Entry> {
    plan.nodes.binary_search_by(|it| it.name.cmp(name)).ok().map(|at| &plan.nodes[at])
}

fn group(plan: &Plan, name: &Name) -> Option<About> {
    let outlook = plan.groups.iter().find(|it| it.name == *name)?;
    Some(About::Group { namespace: outlook.namespace.clone(), name: name.clone() })
}

fn some<'p>(pods: impl ExactSizeIterator<Item = &'p PodName>) -> String {
    let all = pods.len();
    let named: Vec<String> = pods.take(PODS_MAX).map(|it| format!("pod {it}")).collect();
    let more = all - named.len();
    let named = named.join(", ");
    if more == 0 { named } else { format!("{named} and {more} more") }
}

#[cfg(test)]
mod tests;
