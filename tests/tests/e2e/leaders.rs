//! Two replicas: whoever dies at whatever step, the other finishes, and no server is deleted twice.

use serde_json::{Value, json};
use tests::plane::cluster::{Cluster, is_marked, name_of, node_path};
use tests::plane::objects::App;
use vpsie_fake::Stage;

const PROTECTED: &str = "autoscaler.vpsie.com/protected";
const HOLD: &str = "tests.vpsie.com/hold";
const ATTACHMENT: &str = "/apis/storage.k8s.io/v1/volumeattachments/held";
/// Long enough that a leader is killed and another elected meanwhile.
const SLOW_DELETION_MS: u64 = 25_000;

/// How far a removal has come when its leader is killed.
#[derive(Clone, Copy, PartialEq)]
enum Step {
    Marked,
    Detaching,
    Evicting,
    Volumes,
    Deleting,
    Cleaning,
}

#[test]
fn killed_when_it_has_marked() {
    killed_at(Step::Marked);
}

#[test]
fn killed_when_it_has_excluded_it_from_load_balancers() {
    killed_at(Step::Detaching);
}

#[test]
fn killed_while_pods_end() {
    killed_at(Step::Evicting);
}

#[test]
fn killed_while_volumes_are_detached() {
    killed_at(Step::Volumes);
}

#[test]
fn killed_while_the_server_is_deleted() {
    killed_at(Step::Deleting);
}

#[test]
fn killed_while_the_node_object_is_deleted() {
    killed_at(Step::Cleaning);
}

fn killed_at(step: Step) {
    let mut cluster = Cluster::start();
    let nodes = cluster.one_to_drain(&App::new("small", 1, 100).deployment());
    step.prepare(&cluster, &nodes[0]);
    cluster.run("a");
    assert_eq!(cluster.leader(), "a");
    cluster.run("b");
    cluster.eventually("the removal has come so far", || step.is_reached(&cluster, &nodes[0]).then_some(()));
    cluster.controller("a").kill();
    cluster.eventually("the other leads", || (cluster.leader() == "b").then_some(()));
    step.release(&cluster, &nodes[0]);
    cluster.goes(&nodes[0]);
    cluster.running("small", 1);
    match step {
        // Nobody can know whether what the dead one asked for was heard: it is asked for again, by its identifier.
        Step::Deleting => {
            let mut asked = cluster.provider.deletions();
            asked.dedup();
            assert_eq!(asked, [nodes[0].as_str()]);
        }
        _ => cluster.deleted_once(&[&nodes[0]]),
    }
    for other in &nodes[1..] {
        cluster.stands(other);
    }
}

impl Step {
    /// So that the removal stays there until it is released.
    fn prepare(self, cluster: &Cluster, node: &str) {
        let held = json!({"metadata": {"finalizers": [HOLD]}});
        match self {
            Step::Marked | Step::Detaching => {}
            Step::Evicting => {
                for pod in cluster.pods("small") {
                    cluster.plane.patch(&pod_path(&pod), &held);
                }
            }
            Step::Volumes => {
                cluster.plane.create(&json!({
                    "apiVersion": "storage.k8s.io/v1", "kind": "VolumeAttachment",
                    "metadata": {"name": "held", "finalizers": [HOLD]},
                    "spec": {"attacher": "csi.tests", "nodeName": node, "source": {"persistentVolumeName": "v"}},
                    "status": {"attached": true},
                }));
            }
            Step::Deleting => cluster.provider.fake().world(|it| it.timing.delete_ms = SLOW_DELETION_MS),
            Step::Cleaning => {
                cluster.plane.patch(&node_path(node), &held);
            }
        }
    }

    fn is_reached(self, cluster: &Cluster, node: &str) -> bool {
        let object = cluster.node(node);
        let meta = |name: &str| object.as_ref().is_some_and(|it| !it["metadata"][name].is_null());
        let label = "node.kubernetes.io/exclude-from-external-load-balancers";
        match self {
            Step::Marked => object.as_ref().is_some_and(is_marked),
            Step::Detaching => object.as_ref().is_some_and(|it| !it["metadata"]["labels"][label].is_null()),
            Step::Evicting => {
                cluster.pods("small").iter().any(|it| !it["metadata"]["deletionTimestamp"].is_null())
            }
            Step::Volumes => cluster.verdict(node).is_some_and(|(it, _)| it["step"] == "Volumes"),
            Step::Deleting => cluster.provider.stage(node) == Some(Stage::Deleting),
            Step::Cleaning => meta("deletionTimestamp"),
        }
    }

    fn release(self, cluster: &Cluster, node: &str) {
        let free = json!({"metadata": {"finalizers": null}});
        match self {
            Step::Evicting => {
                for pod in cluster.pods("small").iter().filter(|it| !it["metadata"]["finalizers"].is_null()) {
                    cluster.plane.patch(&pod_path(pod), &free);
                }
            }
            Step::Volumes => {
                cluster.plane.patch(ATTACHMENT, &free);
                cluster.plane.delete(ATTACHMENT);
            }
            Step::Cleaning => {
                cluster.plane.patch(&node_path(node), &free);
            }
            Step::Marked | Step::Detaching | Step::Deleting => {}
        }
    }
}

#[test]
fn a_leader_that_slept_does_nothing_when_it_wakes() {
    let mut cluster = Cluster::start();
    let nodes = cluster.group("workers", 2, &json!({"minNodes": 1}));
    for node in &nodes {
        cluster.annotate(node, PROTECTED, Some("true"));
    }
    cluster.run("a");
    assert_eq!(cluster.leader(), "a");
    cluster.keeps(&nodes[0], "Protected");
    cluster.run("b");
    cluster.controller("a").pause();
    cluster.eventually("the other leads", || (cluster.leader() == "b").then_some(()));
    cluster.annotate(&nodes[0], PROTECTED, None);
    cluster.goes(&nodes[0]);
    cluster.controller("a").resume();
    cluster.keeps(&nodes[1], "Protected");
    assert_eq!(cluster.leader(), "b");
    cluster.deleted_once(&[&nodes[0]]);
}

#[test]
fn a_leader_that_is_asked_to_end_hands_over() {
    let mut cluster = Cluster::start();
    let nodes = cluster.group("workers", 1, &json!({}));
    cluster.annotate(&nodes[0], PROTECTED, Some("true"));
    cluster.run("a");
    assert_eq!(cluster.leader(), "a");
    cluster.run("b");
    cluster.keeps(&nodes[0], "Protected");
    cluster.controller("a").stop();
    cluster.eventually("the other leads", || (cluster.leader() == "b").then_some(()));
    cluster.annotate(&nodes[0], PROTECTED, None);
    cluster.goes(&nodes[0]);
    cluster.deleted_once(&[&nodes[0]]);
}

fn pod_path(pod: &Value) -> String {
    format!("/api/v1/namespaces/default/pods/{}", name_of(pod))
}
