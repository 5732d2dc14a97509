use super::*;
use crate::looked::example;
use decide::plan::{Cordon, Pending};
use decide::time::Time;

/// As `kubectl get events` would show them.
fn lines(news: &[News]) -> Vec<String> {
    let name = |about: &About| match about {
        About::Node { name, .. } => format!("node/{name}"),
        About::Group { namespace, name } => format!("group/{namespace}/{name}"),
        About::Config => "config".to_string(),
    };
    news.iter()
        .map(|it| format!("{} {} {}: {}", it.kind.name(), it.reason, name(&it.about), it.text))
        .collect()
}

fn plan_at(now: &str) -> (Plan, World) {
    let looked = example(now);
    ((*looked.plan).clone(), (*looked.world).clone())
}

fn leaving(step: Step, why: Option<Reason>) -> Verdict {
    Verdict::Leaving { step, why, left: 1, delayed_by: None }
}

#[test]
fn a_first_plan_tells_what_it_begins() {
    let (plan, world) = plan_at("2026-11-20T10:00:00Z");
    let told = [
        "Normal ScaleDownTriggered node/web-3: it is to be removed: 2 pods to move, idle for 25 min",
        "Normal ScaleDownTriggered node/web-4: it is to be removed: nothing to evict, idle for 25 min",
        "Normal ScaleUpTriggered group/kube-system/batch: 1 new node for pod jobs/report-1",
        "Warning UnschedulablePods config: pod jobs/report-2: fits an empty node of no group; nearest batch: needs 32 CPU, 7900m free",
    ];
    assert_eq!(lines(&news(None, &plan, &world, false)), told);
    let dry: Vec<String> = told.iter().map(|it| it.replacen(": ", ": dry run: ", 1)).collect();
    assert_eq!(lines(&news(None, &plan, &world, true)), dry);
}

#[test]
fn the_same_again_is_no_news() {
    let (plan, world) = plan_at("2026-11-20T10:00:00Z");
    assert_eq!(news(Some(&plan), &plan, &world, false), []);
    // Other reasons to stay are none either, nor is more idle time.
    let (later, world) = plan_at("2026-11-20T10:00:30Z");
    assert_eq!(news(Some(&plan), &later, &world, false), []);
}

#[test]
fn ten_minutes_later() {
    let ((before, _), (now, world)) = (plan_at("2026-11-20T10:00:00Z"), plan_at("2026-11-20T10:10:00Z"));
    let told = [
        "Normal ScaleDownTriggered node/db-1: it is to be removed: 1 pod to move, idle for 35 min",
        "Normal ScaleDownTakenBack node/web-3: it stays after all: could go, but no more than 3 nodes at once (maxConcurrentScaleDowns)",
        "Warning NodeDrainFailed node/web-9: not gone within 5 min: its drain began at 2026-11-20T09:58:00Z (12 min ago)",
    ];
    assert_eq!(lines(&news(Some(&before), &now, &world, false)), told);
}

/// Every way from one verdict of web-9 to another, and the word of it, if there is one.
#[test]
fn what_each_change_is_called() {
    let (plan, world) = plan_at("2026-11-20T10:00:00Z");
    let keep = || Verdict::Keep(Reason::Cordoned(Cordon::Unschedulable));
    let remove = || Verdict::Remove { how: How::Empty, moves: Vec::new() };
    let held = || leaving(Step::Held, Some(Reason::Nominated { pod: plan.pending[0].pod.clone() }));
    let at = |step| leaving(step, None);
    for (was, is, expect) in [
        (Some(keep()), keep(), None),
        (Some(keep()), remove(), Some("ScaleDownTriggered")),
        (None, remove(), Some("ScaleDownTriggered")),
        (Some(remove()), remove(), None),
        (Some(remove()), keep(), Some("ScaleDownTakenBack")),
        (Some(remove()), at(Step::Marked), None),
        (Some(at(Step::Marked)), at(Step::Detaching), None),
        (Some(at(Step::Detaching)), at(Step::Evicting), Some("NodeDraining")),
        (Some(at(Step::Evicting)), at(Step::Evicting), None),
        (Some(at(Step::Evicting)), at(Step::Volumes), Some("NodeDrained")),
        (Some(at(Step::Evicting)), held(), Some("ScaleDownHeld")),
        (Some(held()), held(), None),
        (Some(held()), at(Step::Volumes), Some("NodeDrained")),
        (Some(at(Step::Volumes)), at(Step::Deleting), Some("NodeTerminating")),
        (Some(at(Step::Deleting)), at(Step::Cleaning), Some("NodeTerminated")),
        (Some(at(Step::Marked)), at(Step::TakeBack), Some("ScaleDownTakenBack")),
        (Some(at(Step::TakeBack)), keep(), None),
        (Some(at(Step::Marked)), keep(), Some("ScaleDownTakenBack")),
        (None, at(Step::Evicting), None),
        (None, keep(), None),
    ] {
        let mut now = plan.clone();
        now.nodes.iter_mut().find(|it| &*it.name == "web-9").expect("it is there").verdict = is.clone();
        let mut before = now.clone();
        match &was {
            Some(was) => {
                let entry = before.nodes.iter_mut().find(|it| &*it.name == "web-9");
                entry.expect("it is there").verdict = was.clone();
            }
            None => before.nodes.retain(|it| &*it.name != "web-9"),
        }
        let told: Vec<&str> = news(Some(&before), &now, &world, false).iter().map(|it| it.reason).collect();
        assert_eq!(told, expect.into_iter().collect::<Vec<_>>(), "{was:?} -> {is:?}");
    }
}

#[test]
fn a_node_that_is_gone_is_told_to_its_group() {
    let (before, world) = plan_at("2026-11-20T10:00:00Z");
    let mut now = before.clone();
    // One that was leaving, and one that somebody else deleted.
    now.nodes.retain(|it| !["web-9", "web-1"].contains(&&*it.name));
    let told = ["Normal ScaleDownCompleted group/kube-system/web: node web-9 is gone"];
    assert_eq!(lines(&news(Some(&before), &now, &world, false)), told);
}

#[test]
fn growing_and_why_not() {
    let (before, world) = plan_at("2026-11-20T10:00:00Z");
    let pod = |name: &str| PodName { namespace: "jobs".into(), name: name.into() };
    let waits = |name: &str, reason| Pending { pod: pod(name), placed: None, reason: Some(reason) };
    let until = Time(before.now.0 + 60);
    let mut now = before.clone();
    now.additions[0].count = 3;
    now.additions[0].pods = ["a", "b", "c", "d", "e"].map(pod).into();
    now.pending.extend([
        waits("f", PendingReason::BackOff { group: "web".into(), until }),
        waits("g", PendingReason::BackOff { group: "web".into(), until }),
        waits("h", PendingReason::AtMaximum { group: "db".into(), max: 3 }),
        waits("i", PendingReason::ClusterAtMaximum { workers: 20, max: 20 }),
        waits("j", PendingReason::NoGroupFits { nearest: None }),
        waits("k", PendingReason::OnItsWay { group: "web".into() }),
    ]);
    let first = news(Some(&before), &now, &world, false);
    let said = lines(&first);
    let begin = [
        "Normal ScaleUpTriggered group/kube-system/batch: 3 new nodes for pod jobs/a, pod jobs/b, pod jobs/c and 2 more",
        "Warning CapacityLimitReached config: ",
        "Warning MaximumReached group/kube-system/db: ",
        "Warning ScaleUpFailed group/kube-system/web: ",
        "Warning UnschedulablePods config: pod jobs/j: ",
    ];
    assert_eq!(said.len(), begin.len(), "{said:?}");
    for (said, begin) in said.iter().zip(begin) {
        assert!(said.starts_with(begin), "{said}");
    }
    assert!(said[3].ends_with("; 2 pods wait"), "{}", said[3]);
    assert_eq!(news(Some(&now), &now, &world, false), []);
    // Over, and then again.
    assert_eq!(news(Some(&now), &before, &world, false), []);
}

#[test]
fn what_fails_is_told_once() {
    let (before, world) = plan_at("2026-11-20T10:00:00Z");
    let mut now = before.clone();
    let fault = || Reason::PolicyFault { policy: "night-shift".into(), text: "it trapped".into() };
    for at in [0, 1] {
        now.nodes[at].verdict = Verdict::Keep(fault());
    }
    now.nodes[2].verdict = Verdict::Keep(Reason::InventoryFrozen { why: "a list was partial".into() });
    let told = [
        "Warning PolicyFault config: policy night-shift failed and keeps 2 nodes: it trapped",
        "Warning InventoryFrozen config: the provider's list of servers cannot be trusted just now: a list was partial",
    ];
    assert_eq!(lines(&news(Some(&before), &now, &world, false)), told);
    assert_eq!(news(Some(&now), &now, &world, false), []);
    let over = ["Normal InventoryTrusted config: the provider's list of servers is trusted again"];
    assert_eq!(lines(&news(Some(&now), &before, &world, false)), over);
}
