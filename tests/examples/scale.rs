//! What a controller costs in a large cluster, on a real control plane.
//!
//! ```text
//! cargo run --release -p tests --example scale -- busy 1000 20000 5     # nodes, pods, minutes
//! cargo run --release -p tests --example scale -- memory 5000 150000    # nodes, pods
//! ```
//!
//! `busy`: kubelets, scheduler and controllers work, pods come and go all the time, the metrics API is read; then the
//! load of one node goes, and its server. `memory`: etcd and the apiserver alone hold the objects.

#![expect(clippy::float_arithmetic, reason = "figures for people")]

use http::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};
use tests::plane::audit::Count;
use tests::plane::cluster::{Cluster, install, name_of};
use tests::plane::controller::{Controller, Start};
use tests::plane::objects::{App, with_pods};
use tests::plane::usage::Usage;
use tests::plane::{Plane, ask};
use tokio::task::JoinSet;

const TICK: Duration = Duration::from_secs(10);
/// A detached balancer is believed to be so when a list says it that is younger than this.
const LAG: &str = "10s";
/// Requests under way at once.
const PARALLEL: usize = 32;
const PODS_AT_ONCE: usize = 2000;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| arguments[at].parse::<usize>().expect("a number");
    match arguments.first().map(String::as_str) {
        Some("busy") if arguments.len() == 4 => busy(number(1), number(2), number(3)),
        Some("memory") if arguments.len() == 3 => memory(number(1), number(2)),
        _ => panic!("busy NODES PODS MINUTES, or memory NODES PODS"),
    }
}

fn busy(nodes: usize, pods: usize, minutes: usize) {
    let mut cluster = Cluster::start();
    cluster.configure(&json!({"scaleDown": {"utilizationSource": "Usage"}}));
    let begun = Instant::now();
    // A window that holds samples of half a minute, so that the end need not be waited for.
    let window = json!({"scaleDownPolicy": {"stabilizationWindowSeconds": 30}});
    let names = cluster.group("workers", nodes, &window);
    println!("{nodes} nodes are Ready after {} s", begun.elapsed().as_secs());

    // All of it on nodes of its own: the last one is kept for a load that goes.
    let [single, rest @ ..] = &names[..] else { panic!("more than one node") };
    for node in rest {
        cluster
            .plane
            .patch(&format!("/api/v1/nodes/{node}"), &json!({"metadata": {"labels": {"part": "rest"}}}));
    }
    let on_rest = json!({"nodeSelector": {"part": "rest"}});
    let many = App { name: "many", replicas: 0, cpu_milli: 100, memory_mib: 64 };
    cluster.plane.create(&with_pods(many.deployment(), &json!({}), &on_rest));
    for wanted in (PODS_AT_ONCE..pods).step_by(PODS_AT_ONCE).chain([pods]) {
        cluster.scale("many", wanted);
        await_pods(&cluster, wanted, begun);
    }
    let last = json!({"nodeSelector": {"kubernetes.io/hostname": single}});
    cluster.deploy(&with_pods(App::new("single", 3, 1000).deployment(), &json!({}), &last));
    cluster.plane.create(&with_pods(App::new("churn", 0, 50).deployment(), &json!({}), &on_rest));
    let metrics = cluster.measure();
    for node in &names {
        metrics.set(node, 3000, 6000);
    }

    cluster.run_with("a", &["--tick", "10s", "--collect", "10s", "--provider-lag", LAG]);
    cluster.keeps(single, "Busy");
    // What was needed to begin is not what it costs to go on.
    sleep(TICK * 2);
    let usage = |it: &Cluster| it.controllers()[0].usage().expect("it runs");
    let (before, ticks, asked, from) =
        (usage(&cluster), Ticks::of(&cluster.controllers()[0]), cluster.asked(), Instant::now());
    let mut turn = 0;
    while from.elapsed() < Duration::from_secs(60) * minutes as u32 {
        // Twenty pods come or go every two seconds.
        turn += 1;
        cluster.scale("churn", if turn % 2 == 0 { 0 } else { 20 });
        sleep(Duration::from_secs(2));
    }
    let (spent, elapsed) = (usage(&cluster), from.elapsed());
    let cpu = (spent.cpu - before.cpu).as_secs_f64() / elapsed.as_secs_f64();
    println!("CPU: {cpu:.4} of a core over {} s", elapsed.as_secs());
    println!("memory: {} MiB, {} MiB at most", spent.memory_kib >> 10, spent.memory_kib_max >> 10);
    Ticks::of(&cluster.controllers()[0]).since(&ticks);
    println!("asked of the apiserver in that time:\n{}", since(&cluster.asked(), &asked));

    // The load of one node goes; with requests as the source and no window, nothing but ticks and the drain is waited
    // for.
    cluster.scale("churn", 0);
    cluster.configure(&json!({"scaleDown": {"utilizationSource": "Requests"}}));
    let group = "/apis/autoscaler.vpsie.com/v1alpha1/namespaces/kube-system/nodegroups/workers";
    cluster.plane.patch(
        group,
        &json!({"spec": {"scaleDownPolicy": {"stabilizationWindowSeconds": 0}, "minNodes": nodes - 1}}),
    );
    for node in rest {
        cluster.annotate(node, "autoscaler.vpsie.com/protected", Some("true"));
    }
    cluster.keeps(single, "Busy");
    cluster.scale("single", 0);
    let gone = Instant::now();
    while !cluster.provider.deletions().contains(single) {
        assert!(gone.elapsed() < Duration::from_secs(300), "it does not go:\n{}", cluster.describe());
        sleep(Duration::from_millis(100));
    }
    println!(
        "from the load gone to the deletion of the server: {:.1} s (a tick: {} s; a list of the provider may be {LAG} old)",
        gone.elapsed().as_secs_f32(),
        TICK.as_secs()
    );
    cluster.goes(single);
    cluster.deleted_once(&[single]);
}

fn await_pods(cluster: &Cluster, wanted: usize, begun: Instant) {
    let path = "/apis/apps/v1/namespaces/default/deployments/many";
    loop {
        let ready =
            cluster.plane.get(path).and_then(|it| it["status"]["readyReplicas"].as_u64()).unwrap_or(0);
        if ready as usize == wanted {
            println!("{wanted} pods run after {} s", begun.elapsed().as_secs());
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(3600), "{ready} of {wanted} pods run");
        sleep(Duration::from_secs(1));
    }
}

/// Sum in seconds and count of each part of a tick.
struct Ticks(Vec<(String, f64, f64)>);

impl Ticks {
    fn of(controller: &Controller) -> Ticks {
        let (_, text) = controller.get("/metrics").expect("it answers");
        let value = |kind: &str, part: &str| {
            let name = format!("vpsie_autoscaler_tick_duration_seconds_{kind}{{part=\"{part}\"}} ");
            text.lines().find_map(|it| it.strip_prefix(&*name)?.parse::<f64>().ok())
        };
        let parts = ["observe", "decide", "policies", "journal", "act"];
        Ticks(
            parts
                .iter()
                .filter_map(|it| Some(((*it).into(), value("sum", it)?, value("count", it)?)))
                .collect(),
        )
    }

    fn since(&self, before: &Ticks) {
        for (part, sum, count) in &self.0 {
            let (old_sum, old_count) =
                before.0.iter().find(|it| it.0 == *part).map_or((0.0, 0.0), |it| (it.1, it.2));
            let ticks = count - old_count;
            println!("{part}: {:.1} ms a tick, {ticks} ticks", (sum - old_sum) * 1000.0 / ticks);
        }
    }
}

fn since(now: &Count, before: &Count) -> String {
    now.table()
        .lines()
        .zip(before.table().lines().chain(std::iter::repeat("")))
        .map(
            |(now, before)| {
                if now == before { String::new() } else { format!("{now}   (before: {before})\n") }
            },
        )
        .collect()
}

fn memory(nodes: usize, pods: usize) {
    let plane = Plane::start();
    install(&plane);
    let begun = Instant::now();
    let size = json!({"cpu": "16", "memory": "64Gi", "pods": "110", "ephemeral-storage": "100Gi"});
    plane.create(&json!({
        "apiVersion": "autoscaler.vpsie.com/v1alpha1",
        "kind": "NodeGroup",
        "metadata": {
            "name": "workers", "namespace": "kube-system", "labels": {"autoscaler.vpsie.com/managed": "true"},
        },
        "spec": {
            "minNodes": 0, "maxNodes": 10000, "datacenterID": "x", "resourceIdentifier": "x", "project": "",
            "offeringIDs": ["x"], "kubernetesVersion": "v1.34.1", "kubeSizeID": 1,
        },
    }));
    let node = |at: usize| {
        json!({
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": format!("node-{at}"), "labels": {
                "autoscaler.vpsie.com/managed": "true", "autoscaler.vpsie.com/nodegroup": "workers",
                "kubernetes.io/hostname": format!("node-{at}"), "kubernetes.io/os": "linux",
                "topology.kubernetes.io/zone": format!("zone-{}", at % 3),
            }},
            "status": {
                "capacity": size, "allocatable": size,
                "conditions": [{
                    "type": "Ready", "status": "True", "reason": "KubeletReady",
                    "lastHeartbeatTime": "2026-01-01T00:00:00Z", "lastTransitionTime": "2026-01-01T00:00:00Z",
                }],
            },
        })
    };
    let owner = |at: usize| {
        json!({
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": {"name": format!("app-{at}"), "namespace": "default"},
            "spec": {
                "replicas": 30,
                "selector": {"matchLabels": {"app": format!("app-{at}")}},
                "template": {
                    "metadata": {"labels": {"app": format!("app-{at}")}},
                    "spec": {"containers": [{"name": "main", "image": "x"}]},
                },
            },
        })
    };
    let apps = pods.div_ceil(30);
    create_all(&plane, "/api/v1/nodes", nodes, &node);
    let made = create_all(&plane, "/apis/apps/v1/namespaces/default/replicasets", apps, &owner);
    let uids: Vec<Value> = made.iter().map(|it| it["metadata"]["uid"].clone()).collect();
    let names: Vec<String> = made.iter().map(name_of).collect();
    println!("{nodes} nodes after {} s", begun.elapsed().as_secs());
    let pod = |at: usize| {
        let app = &names[at % apps];
        // As much as pods of real clusters say: most of it nobody decides by.
        let environment: Vec<Value> = (0..12)
            .map(|it| json!({"name": format!("SETTING_{it}"), "value": "something of the application"}))
            .collect();
        json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": format!("{app}-{at}"), "namespace": "default", "labels": {"app": app, "tier": "web"},
                "ownerReferences": [{
                    "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": app, "uid": uids[at % apps],
                    "controller": true, "blockOwnerDeletion": true,
                }],
            },
            "spec": {
                "nodeName": format!("node-{}", at % nodes),
                "containers": [{
                    "name": "main", "image": "registry.example/application:1.2.3", "env": environment,
                    "resources": {"requests": {"cpu": "300m", "memory": "1Gi"}},
                }],
                "tolerations": [
                    {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
                    {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
                ],
            },
            "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]},
        })
    };
    create_all(&plane, "/api/v1/namespaces/default/pods", pods, &pod);
    println!("{pods} pods after {} s", begun.elapsed().as_secs());

    let (kubeconfig, folder) = (plane.service_account("kube-system", "vpsie-autoscaler"), plane.at(""));
    let policies = folder.join("no-policies");
    std::fs::create_dir(&policies).expect("a new folder");
    let more = ["--tick", "10s", "--collect", "60s", "--dry-run"];
    let start =
        Start { identity: "a", kubeconfig: &kubeconfig, policies: &policies, folder: &folder, more: &more };
    let controller = Controller::start(start);
    let from = Instant::now();
    let mut plans = BTreeSet::new();
    while plans.len() < 6 {
        assert!(controller.runs() && from.elapsed() < Duration::from_secs(900), "{}", controller.tail());
        plans.extend(controller.plan().map(|it| it["now"].to_string()));
        sleep(Duration::from_secs(1));
    }
    let Usage { memory_kib, memory_kib_max, cpu } = controller.usage().expect("it runs");
    println!(
        "after six plans: {} MiB, {} MiB at most, {:.1} s of CPU",
        memory_kib >> 10,
        memory_kib_max >> 10,
        cpu.as_secs_f32()
    );
    Ticks::of(&controller).since(&Ticks(Vec::new()));
    let journal: u64 = size_of(&folder.join("journal-a"));
    println!("journal: {} MiB", journal >> 20);
}

fn size_of(folder: &Path) -> u64 {
    let files = std::fs::read_dir(folder).expect("a folder");
    files.filter_map(|it| it.ok()?.metadata().ok()).map(|it| it.len()).sum()
}

/// Objects of one collection, several at once, and their status where they have one.
fn create_all(plane: &Plane, collection: &str, count: usize, object: &impl Fn(usize) -> Value) -> Vec<Value> {
    let client = plane.client().clone();
    plane.handle().block_on(async {
        let (mut under_way, mut made) = (JoinSet::new(), vec![Value::Null; count]);
        for at in 0..count {
            if under_way.len() >= PARALLEL {
                let (at, value): (usize, Value) =
                    under_way.join_next().await.expect("some").expect("created");
                made[at] = value;
            }
            let (client, collection, object) = (client.clone(), collection.to_string(), object(at));
            under_way.spawn(async move {
                let value = ask(&client, Method::POST, &collection, Some(&object)).await.expect("created");
                if !object["status"].is_null() {
                    let path = format!("{collection}/{}/status", name_of(&object));
                    let status = json!({"status": object["status"]});
                    ask(&client, Method::PATCH, &path, Some(&status)).await.expect("its status");
                }
                (at, value)
            });
        }
        while let Some(done) = under_way.join_next().await {
            let (at, value) = done.expect("created");
            made[at] = value;
        }
        made
    })
}
