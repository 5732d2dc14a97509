//! Which nodes go, which stay, and how their pods fare.

use serde_json::{Value, json};
use std::collections::BTreeSet;
use tests::plane::cluster::{Cluster, is_marked, name_of};
use tests::plane::objects::{App, budget, with_pods};

const BUDGET: &str = "/apis/policy/v1/namespaces/default/poddisruptionbudgets/small";

fn small() -> App<'static> {
    App::new("small", 2, 100)
}

#[test]
fn empty_nodes_go_and_a_busy_one_stays() {
    let mut cluster = Cluster::start();
    let nodes = cluster.group("workers", 3, &json!({}));
    cluster.deploy_on(&nodes[0], &App::new("busy", 3, 1000).deployment());
    let before = uids(&cluster, "busy");
    cluster.run("a");
    cluster.goes(&nodes[1]);
    cluster.goes(&nodes[2]);
    cluster.keeps(&nodes[0], "Busy");
    cluster.deleted_once(&[&nodes[1], &nodes[2]]);
    assert_eq!(uids(&cluster, "busy"), before);
    assert_eq!(cluster.provider.other_writes(), Vec::<String>::new());
}

#[test]
fn a_node_with_little_on_it_is_drained() {
    let mut cluster = Cluster::start();
    let nodes = cluster.one_to_drain(&small().deployment());
    let before = uids(&cluster, "small");
    cluster.run("a");
    cluster.goes(&nodes[0]);
    cluster.running("small", 2);
    cluster.deleted_once(&[&nodes[0]]);
    assert!(uids(&cluster, "small").iter().all(|it| !before.contains(it)));
    let asked = cluster.asked();
    assert_eq!(asked.get("create", "pods/eviction"), 2, "{}", asked.table());
    assert_eq!(asked.get("delete", "pods") + asked.get("deletecollection", "pods"), 0, "{}", asked.table());
}

#[test]
fn a_deleted_group_goes_after_its_nodes() {
    const GROUP: &str = "/apis/autoscaler.vpsie.com/v1alpha1/namespaces/kube-system/nodegroups/workers";
    const PROTECTED: &str = "autoscaler.vpsie.com/protected";
    let mut cluster = Cluster::start();
    let nodes = cluster.group("workers", 2, &json!({"minNodes": 2}));
    cluster.annotate(&nodes[1], PROTECTED, Some("true"));
    cluster.run("a");
    cluster.eventually("the group is held", || {
        let held = cluster.plane.get(GROUP)?["metadata"]["finalizers"].clone();
        (held == json!(["nodegroup.autoscaler.vpsie.com/finalizer"])).then_some(())
    });
    cluster.plane.delete(GROUP);
    cluster.goes(&nodes[0]);
    cluster.keeps(&nodes[1], "Protected");
    cluster.eventually("it says what it waits for", || {
        let status = cluster.plane.get(GROUP).expect("it is held")["status"].take();
        let mut conditions = status["conditions"].as_array()?.iter();
        let said = conditions.find(|it| it["type"] == "Deleting")?["message"].as_str()?;
        said.contains(&format!("{} stays: Protected", nodes[1])).then_some(())
    });
    cluster.annotate(&nodes[1], PROTECTED, None);
    cluster.goes(&nodes[1]);
    cluster.eventually("the group is gone", || cluster.plane.get(GROUP).is_none().then_some(()));
    cluster.deleted_once(&[&nodes[0], &nodes[1]]);
    assert_eq!(cluster.provider.additions(), 0);
}

#[test]
fn a_dry_run_says_what_it_would_do_and_does_nothing() {
    let mut cluster = Cluster::start();
    let nodes = cluster.group("workers", 1, &json!({}));
    cluster.run_with("a", &["--dry-run"]);
    plans_say(&cluster, &nodes[0], 3, "Remove", |it| it["verdict"] == "Remove");
    cluster.stands(&nodes[0]);
    let asked = cluster.asked();
    for resource in ["nodes", "vpsienodes", "vpsienodes/status", "pods/eviction"] {
        let writes: usize =
            ["create", "update", "patch", "delete"].iter().map(|it| asked.get(it, resource)).sum();
        assert_eq!(writes, 0, "{resource}\n{}", asked.table());
    }
}

#[test]
fn a_budget_that_is_spent_keeps_the_node_until_it_is_not() {
    let mut cluster = Cluster::start();
    let nodes = cluster.one_to_drain(&small().deployment());
    cluster.plane.create(&budget("small", 0));
    let before = uids(&cluster, "small");
    cluster.run("a");
    cluster.keeps(&nodes[0], "PodBlocks");
    assert_eq!(uids(&cluster, "small"), before);
    cluster.plane.patch(BUDGET, &json!({"spec": {"maxUnavailable": 1}}));
    cluster.goes(&nodes[0]);
    cluster.running("small", 2);
}

#[test]
fn a_budget_that_is_spent_meanwhile_is_waited_for() {
    let mut cluster = Cluster::start();
    let nodes = cluster.one_to_drain(&small().deployment());
    cluster.plane.create(&budget("small", 1));
    cluster.eventually("the budget is counted", || {
        (cluster.plane.get(BUDGET)?["status"]["disruptionsAllowed"] == 1).then_some(())
    });
    let before = uids(&cluster, "small");
    cluster.run("a");
    marked(&cluster, &nodes[0]);
    cluster.plane.patch(BUDGET, &json!({"spec": {"maxUnavailable": 0}}));
    plans_say(&cluster, &nodes[0], 3, "Leaving", |it| it["verdict"] == "Leaving");
    assert!(uids(&cluster, "small").iter().any(|it| before.contains(it)), "the budget was passed over");
    assert!(!cluster.provider.deletions().contains(&nodes[0]));
    cluster.plane.patch(BUDGET, &json!({"spec": {"maxUnavailable": 1}}));
    cluster.goes(&nodes[0]);
    cluster.running("small", 2);
    cluster.deleted_once(&[&nodes[0]]);
}

#[test]
fn what_a_person_has_deleted_goes_however_long_it_takes() {
    let mut cluster = Cluster::start();
    cluster.configure(&json!({"scaleDown": {"drainTimeoutSeconds": 5}}));
    let nodes = cluster.one_to_drain(&small().deployment());
    cluster.plane.create(&budget("small", 0));
    cluster.run("a");
    cluster.keeps(&nodes[0], "PodBlocks");
    delete_machine(&cluster, &nodes[0]);
    // A drain that is not over in time is taken back, but not this one.
    plans_say(&cluster, &nodes[0], 10, "Evicting", |it| it["step"] == "Evicting");
    assert!(!cluster.provider.deletions().contains(&nodes[0]));
    cluster.plane.patch(BUDGET, &json!({"spec": {"maxUnavailable": 1}}));
    cluster.goes(&nodes[0]);
    cluster.running("small", 2);
    cluster.deleted_once(&[&nodes[0]]);
}

#[test]
fn a_protected_node_stays_though_a_person_deletes_its_machine() {
    const PROTECTED: &str = "autoscaler.vpsie.com/protected";
    let mut cluster = Cluster::start();
    let nodes = cluster.group("workers", 2, &json!({"minNodes": 1}));
    for node in &nodes {
        cluster.annotate(node, PROTECTED, Some("true"));
    }
    cluster.run("a");
    cluster.keeps(&nodes[0], "Protected");
    delete_machine(&cluster, &nodes[0]);
    let is_held = |it: &Value| it["step"] == "Held" && it["reason"] == "Protected";
    plans_say(&cluster, &nodes[0], 10, "Held, as it is protected", is_held);
    assert!(cluster.provider.deletions().is_empty() && cluster.node(&nodes[0]).is_some());
    cluster.annotate(&nodes[0], PROTECTED, None);
    cluster.goes(&nodes[0]);
    cluster.deleted_once(&[&nodes[0]]);
}

#[test]
fn a_veto_holds() {
    let mut cluster = Cluster::start();
    let spec = json!({"volumes": [{"name": "scratch", "emptyDir": {}}]});
    let nodes = cluster.one_to_drain(&with_pods(small().deployment(), &json!({}), &spec));
    let before = uids(&cluster, "small");
    cluster.run("a");
    cluster.keeps(&nodes[0], "Vetoed");
    assert_eq!(uids(&cluster, "small"), before);
}

#[test]
fn a_mark_that_comes_after_the_plan_takes_the_removal_back() {
    let mut cluster = Cluster::start();
    let nodes = cluster.one_to_drain(&small().deployment());
    let before = uids(&cluster, "small");
    cluster.run("a");
    marked(&cluster, &nodes[0]);
    let fields =
        json!({"metadata": {"annotations": {"cluster-autoscaler.kubernetes.io/safe-to-evict": "false"}}});
    for pod in cluster.pods("small") {
        cluster.plane.patch(&format!("/api/v1/namespaces/default/pods/{}", name_of(&pod)), &fields);
    }
    cluster.eventually("the mark is taken off", || (!is_marked(&cluster.node(&nodes[0])?)).then_some(()));
    cluster.keeps(&nodes[0], "PodBlocks");
    assert_eq!(uids(&cluster, "small"), before);
    let node = cluster.node(&nodes[0]).expect("it stays");
    assert!(node["spec"]["unschedulable"].is_null(), "{node}");
}

#[test]
fn a_pod_that_comes_back_under_its_name_is_not_evicted_again() {
    let mut cluster = Cluster::start();
    let nodes = cluster.one_to_drain(&App::new("store", 1, 100).stateful_set());
    cluster.run("a");
    cluster.goes(&nodes[0]);
    cluster.running("store", 1);
    let evictions = cluster.plane.asked();
    let of_it = evictions.iter().filter(|it| it.resource == "pods/eviction" && it.name == "store-0");
    assert_eq!(of_it.filter(|it| it.status < 300).count(), 1);
    cluster.keeps(&nodes[1], "Busy");
}

#[test]
fn the_cordon_of_a_human_is_respected() {
    let mut cluster = Cluster::start();
    let nodes = cluster.group("workers", 2, &json!({"minNodes": 1}));
    cluster.cordon(&nodes[0], true);
    cluster.run("a");
    cluster.keeps(&nodes[0], "Cordoned");
    assert_eq!(cluster.node(&nodes[0]).expect("it stays")["spec"]["unschedulable"], true);
}

/// More than so many plans, each of another tick, say this of a node.
fn plans_say(cluster: &Cluster, node: &str, count: usize, what: &str, says: impl Fn(&Value) -> bool) {
    let mut plans = BTreeSet::new();
    cluster.eventually(&format!("plans that say {what} of {node}"), || {
        let (entry, now) = cluster.verdict(node)?;
        if says(&entry) {
            plans.insert(now);
        }
        (plans.len() > count).then_some(())
    });
}

/// As a person does it.
fn delete_machine(cluster: &Cluster, node: &str) {
    let machines = cluster.machines();
    let machine = machines.iter().find(|it| it["status"]["nodeName"] == *node).expect("it has one");
    let all = "/apis/autoscaler.vpsie.com/v1alpha1/namespaces/kube-system/vpsienodes";
    cluster.plane.delete(&format!("{all}/{}", name_of(machine)));
}

fn marked(cluster: &Cluster, node: &str) {
    cluster.eventually("the node is marked", || is_marked(&cluster.node(node)?).then_some(()));
}

fn uids(cluster: &Cluster, app: &str) -> Vec<Value> {
    let mut uids: Vec<Value> = cluster.pods(app).iter().map(|it| it["metadata"]["uid"].clone()).collect();
    uids.sort_by_key(ToString::to_string);
    uids
}
