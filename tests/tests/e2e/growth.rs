//! From nothing to what is needed and back, small and large.

use serde_json::json;
use std::collections::BTreeSet;
use tests::plane::cluster::{Cluster, name_of, runs};
use tests::plane::objects::{App, with_pods};

#[test]
fn a_group_grows_from_zero_and_shrinks_to_zero() {
    let mut cluster = Cluster::start();
    let nodes = cluster.group("workers", 0, &json!({"labels": {"pool": "x"}, "maxNodes": 5}));
    assert!(nodes.is_empty());
    cluster.run("a");
    let app = App::new("wide", 2, 3000).deployment();
    cluster.deploy(&with_pods(app, &json!({}), &json!({"nodeSelector": {"pool": "x"}})));
    let workers = cluster.provider.workers("workers");
    assert_eq!(workers.len(), 2);
    assert_eq!(cluster.provider.additions(), 2);
    for worker in &workers {
        let labels = &cluster.node(&worker.name).expect("it has registered")["metadata"]["labels"];
        assert_eq!(labels["autoscaler.vpsie.com/nodegroup"], "workers");
        assert_eq!(labels["autoscaler.vpsie.com/managed"], "true");
    }
    assert_eq!(cluster.machines().len(), 2);

    cluster.scale("wide", 0);
    for worker in &workers {
        cluster.goes(&worker.name);
    }
    assert!(cluster.machines().is_empty());
    assert_eq!(cluster.provider.additions(), 2, "nothing was bought twice");
}

#[test]
fn a_group_is_made_for_pods_that_no_group_takes() {
    const LARGE: u64 = 56;
    let mut cluster = Cluster::start();
    let nodes = cluster.group("workers", 1, &json!({"minNodes": 1, "maxNodes": 3}));
    cluster.run("a");
    let app = App::new("large", 1, 6000).deployment();
    cluster.deploy(&with_pods(app, &json!({}), &json!({"nodeSelector": {"disk": "ssd"}})));
    let group = cluster
        .plane
        .get("/apis/autoscaler.vpsie.com/v1alpha1/namespaces/kube-system/nodegroups/auto-56")
        .expect("it was made");
    assert_eq!(group["metadata"]["labels"]["autoscaler.vpsie.com/managed"], "true");
    let spec = &group["spec"];
    assert_eq!(
        (&spec["kubeSizeID"], &spec["minNodes"], &spec["maxNodes"]),
        (&json!(LARGE), &json!(0), &json!(10))
    );
    assert_eq!(spec["labels"], json!({"disk": "ssd"}));
    assert_eq!(spec["resourceIdentifier"], cluster.provider.cluster());
    let workers = cluster.provider.workers("auto-56");
    assert_eq!(workers.len(), 1);
    assert_eq!(cluster.provider.additions(), 1);

    cluster.scale("large", 0);
    cluster.goes(&workers[0].name);
    cluster.deleted_once(&[&workers[0].name]);
    cluster.stands(&nodes[0]);
}

#[test]
fn a_large_cluster_ends_exactly_where_it_should() {
    const NODES: usize = 200;
    const FULL: usize = 160;
    let mut cluster = Cluster::start();
    cluster.configure(&json!({"globalSettings": {"maxConcurrentScaleDowns": 10}}));
    let nodes = cluster.group("workers", NODES, &json!({"minNodes": FULL}));
    let (full, empty) = nodes.split_at(FULL);
    let app = App { name: "many", replicas: 3000, cpu_milli: 150, memory_mib: 64 };
    let full: Vec<&str> = full.iter().map(String::as_str).collect();
    cluster.deploy_on_all(&full, &app.deployment());
    let before: BTreeSet<String> = cluster.pods("many").iter().map(name_of).collect();

    cluster.run("a");
    // As patience is for a single thing, each is waited for by itself.
    for node in empty {
        cluster.goes(node);
    }
    let left: BTreeSet<String> = cluster.provider.workers("workers").into_iter().map(|it| it.name).collect();
    assert_eq!(left, full.iter().map(ToString::to_string).collect());
    let empty: Vec<&str> = empty.iter().map(String::as_str).collect();
    cluster.deleted_once(&empty);
    let pods = cluster.pods("many");
    assert!(pods.iter().all(runs));
    assert_eq!(pods.iter().map(name_of).collect::<BTreeSet<_>>(), before, "no pod was touched");

    let asked = cluster.asked();
    assert_eq!(asked.get("", "pods/eviction"), 0, "{}", asked.table());
    assert_eq!(asked.get("get", "pods"), 0, "none is looked at by itself\n{}", asked.table());
    let lists = asked.get("list", "pods") + asked.get("list", "nodes");
    assert!(lists < 100, "{lists} lists\n{}", asked.table());
    assert!(asked.all() < 40 * empty.len() + 1000, "{} requests\n{}", asked.all(), asked.table());
}
