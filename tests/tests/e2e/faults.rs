//! What the controller lives on fails: the apiserver, its watches, the metrics API, the provider.

use serde_json::json;
use std::time::{Duration, Instant};
use tests::plane::cluster::Cluster;
use tests::plane::metrics::Manner;
use vpsie_fake::{Armed, Fault};

const PROTECTED: &str = "autoscaler.vpsie.com/protected";

/// A node that would go if it were not protected, one that stays, and a controller that knows all of it.
fn one_that_waits() -> (Cluster, String) {
    let mut cluster = Cluster::start();
    let nodes = cluster.group("workers", 2, &json!({}));
    for node in &nodes {
        cluster.annotate(node, PROTECTED, Some("true"));
    }
    cluster.run("a");
    cluster.keeps(&nodes[0], "Protected");
    (cluster, nodes.into_iter().next().expect("one"))
}

#[test]
fn an_apiserver_that_restarts_is_found_again() {
    let (cluster, node) = one_that_waits();
    cluster.plane.restart_apiserver();
    cluster.annotate(&node, PROTECTED, None);
    cluster.goes(&node);
    cluster.deleted_once(&[&node]);
}

#[test]
fn a_watch_that_is_too_old_begins_anew() {
    let (mut cluster, node) = one_that_waits();
    let lists = |cluster: &Cluster| cluster.asked().get("list", "nodes");
    let before = lists(&cluster);
    // What changes while it sleeps it can only learn from a new list: the server has forgotten what came before.
    cluster.controller("a").pause();
    cluster.plane.restart_apiserver();
    cluster.annotate(&node, PROTECTED, None);
    cluster.controller("a").resume();
    cluster.goes(&node);
    cluster.deleted_once(&[&node]);
    assert!(lists(&cluster) > before, "it was told to begin anew, and has listed again");
}

#[test]
fn without_figures_nothing_goes() {
    let mut cluster = Cluster::start();
    cluster.configure(&json!({"scaleDown": {"utilizationSource": "Usage"}}));
    let window = json!({"scaleDownPolicy": {"stabilizationWindowSeconds": 10}});
    let nodes = cluster.group("workers", 2, &window);
    let metrics = cluster.measure();
    metrics.set(&nodes[1], 3900, 512);
    metrics.behave(Manner::Off);
    cluster.run("a");
    cluster.keeps(&nodes[0], "NoMetrics");
    cluster.keeps(&nodes[1], "NoMetrics");
    cluster.metrics.as_ref().expect("it was started").behave(Manner::Well);
    cluster.goes(&nodes[0]);
    cluster.keeps(&nodes[1], "Busy");
    cluster.deleted_once(&[&nodes[0]]);
}

/// `DOWN_SECS=600` lets it be down for longer than `make test` has time for.
#[test]
fn a_provider_that_is_down_is_waited_for() {
    let secs = std::env::var("DOWN_SECS").map_or(15, |it| it.parse().expect("a number of seconds"));
    let (mut cluster, node) = one_that_waits();
    cluster.provider.fake().arm(Armed::always(Fault::BadGateway));
    cluster.annotate(&node, PROTECTED, None);
    let mut plans = std::collections::BTreeSet::new();
    let until = Instant::now() + Duration::from_secs(secs);
    while Instant::now() < until {
        plans.extend(cluster.verdict(&node).map(|it| it.1));
        assert!(cluster.provider.stage(&node).is_some() && cluster.node(&node).is_some());
        std::thread::sleep(Duration::from_millis(500));
    }
    assert!(plans.len() as u64 > secs / 2, "it decides all the same: {} plans", plans.len());
    assert!(cluster.provider.stage(&node).is_some() && cluster.node(&node).is_some());
    assert_eq!(cluster.controller("a").get("/healthz").map(|it| it.0), Some(200), "it is alive all the same");
    // If it had begun it may have been taken back, and what is taken back stays for a while.
    recovered(&cluster);
    cluster.eventually("its servers are known again", || {
        let (verdict, _) = cluster.verdict(&node)?;
        (verdict["reason"] != "InventoryFrozen").then_some(())
    });
}

#[test]
fn lists_that_are_not_whole_freeze_all_removals() {
    let (cluster, node) = one_that_waits();
    // Plain servers are a list of their own: with one that can be read and one that cannot, the whole is partial.
    cluster.plane.create(&json!({
        "apiVersion": "autoscaler.vpsie.com/v1alpha1",
        "kind": "NodeGroup",
        "metadata": {
            "name": "plain", "namespace": "kube-system", "labels": {"autoscaler.vpsie.com/managed": "true"},
        },
        "spec": {
            "minNodes": 0, "maxNodes": 1, "datacenterID": cluster.provider.datacenter(), "project": "p",
            "offeringIDs": ["plan-a"], "osImageID": "debian-12", "kubernetesVersion": "v1.34.1",
        },
    }));
    cluster.provider.fake().arm(Armed::always(Fault::BadGateway).on("GET /vm"));
    cluster.keeps(&node, "InventoryFrozen");
    cluster.annotate(&node, PROTECTED, None);
    cluster.keeps(&node, "InventoryFrozen");
    let config = cluster.plane.get("/apis/autoscaler.vpsie.com/v1alpha1/autoscalerconfigs/default");
    let conditions = &config.expect("it is there")["status"]["conditions"];
    let frozen = conditions.as_array().into_iter().flatten().find(|it| it["type"] == "InventoryFrozen");
    assert_eq!(frozen.map(|it| &it["status"]), Some(&json!("True")), "{conditions}");
    let page = |path: &str| cluster.controllers()[0].get(path).expect("it answers").1;
    let (metrics, ready) = (page("/metrics"), page("/readyz"));
    assert!(metrics.contains("vpsie_autoscaler_inventory_frozen 1"), "{metrics}");
    assert!(ready.contains("nothing is removed: "), "{ready}");
    recovered(&cluster);
    cluster.goes(&node);
    cluster.deleted_once(&[&node]);
}

#[test]
fn credentials_change_without_a_restart() {
    const SECRET: &str = "/api/v1/namespaces/kube-system/secrets/vpsie-secret";
    let (cluster, node) = one_that_waits();
    // A bad pair keeps the old one, and says so.
    cluster.plane.patch(SECRET, &json!({"stringData": {"token": "wrong", "clientId": "also"}}));
    cluster.eventually("the Secret is told to be wrong", || {
        let (_, ready) = cluster.controllers()[0].get("/readyz")?;
        ready.contains("one kind is enough").then_some(())
    });
    cluster.keeps(&node, "Protected");

    let fresh = "a-fresh-token";
    cluster.provider.fake().world(|it| it.access.token = fresh.into());
    cluster.plane.patch(SECRET, &json!({"stringData": {"token": fresh}, "data": {"clientId": null}}));
    cluster.annotate(&node, PROTECTED, None);
    cluster.goes(&node);
    cluster.deleted_once(&[&node]);
    assert!(!cluster.controllers()[0].log().contains(fresh), "no secret stands in the log");
}

#[test]
fn a_provider_that_is_slow_is_not_asked_twice() {
    let (cluster, node) = one_that_waits();
    cluster.provider.fake().arm(Armed::always(Fault::Slow).amount(3000));
    cluster.annotate(&node, PROTECTED, None);
    cluster.goes(&node);
    cluster.deleted_once(&[&node]);
}

#[test]
fn a_provider_that_lies_is_not_believed() {
    let (cluster, node) = one_that_waits();
    let deletion = "DELETE /k8s";
    for fault in [Fault::ErrorOn200, Fault::ServerError, Fault::HtmlOn200, Fault::CutBefore] {
        cluster.provider.fake().arm(Armed::once(fault).on(deletion));
    }
    cluster.annotate(&node, PROTECTED, None);
    cluster.goes(&node);
}

#[test]
fn an_effect_without_an_answer_is_found() {
    let (cluster, node) = one_that_waits();
    cluster.provider.fake().arm(Armed::once(Fault::CutAfter).on("DELETE /k8s"));
    cluster.annotate(&node, PROTECTED, None);
    cluster.goes(&node);
}

fn recovered(cluster: &Cluster) {
    cluster.provider.fake().world(|it| it.faults.armed.clear());
}
