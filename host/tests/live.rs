//! `plan` without `-f`, against a server that answers as a cluster does, and as one that does not.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::thread;

/// What is answered where: status and body by path and query.
type Routes = BTreeMap<String, (u16, Value)>;

/// A cluster on a port of its own. It ends with the test.
struct Cluster {
    kubeconfig: PathBuf,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Cluster {
    fn serve(name: &str, routes: Routes) -> Cluster {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("it has an address"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = asked.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(stream, &routes, &heard);
            }
        });
        Cluster { kubeconfig: kubeconfig(name, &url), asked }
    }

    fn plan(&self, arguments: &[&str]) -> Output {
        plan(&self.kubeconfig, arguments)
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("nobody panicked with it").clone()
    }
}

fn kubeconfig(name: &str, url: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.kubeconfig"));
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "it",
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
        "clusters": [{"name": "it", "cluster": {"server": url}}],
        "users": [{"name": "it", "user": {}}],
    });
    fs::write(&path, config.to_string()).expect("it can be written");
    path
}

fn plan(kubeconfig: &PathBuf, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_vpsie-autoscaler"))
        .args(["plan", "--now", "2026-11-20T10:00:00Z"])
        .args(arguments)
        .env_clear()
        .env("KUBECONFIG", kubeconfig)
        .output()
        .expect("the program starts")
}

fn answer(mut stream: TcpStream, routes: &Routes, heard: &Mutex<Vec<String>>) {
    let mut lines =
        BufReader::new(stream.try_clone().expect("it can be cloned")).lines().map_while(Result::ok);
    let Some(request) = lines.next() else { return };
    let _headers = lines.take_while(|it| !it.is_empty()).count();
    heard.lock().expect("nobody panicked with it").push(request.trim_end_matches(" HTTP/1.1").to_string());
    let target = request.split(' ').nth(1).unwrap_or_default();
    let missing = (404, status(404, "the server could not find the requested resource"));
    let (code, body) = routes.get(target).unwrap_or(&missing);
    let body = body.to_string();
    let _ = write!(
        stream,
        "HTTP/1.1 {code} It\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
}

fn status(code: u16, message: &str) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": code})
}

fn list(kind: &str, items: &[Value]) -> (u16, Value) {
    (200, json!({"kind": format!("{kind}List"), "apiVersion": "v1", "metadata": {}, "items": items}))
}

fn first_page(path: &str) -> String {
    format!("{path}?limit=500")
}

fn node(name: &str) -> Value {
    json!({
        "metadata": {
            "name": name, "creationTimestamp": "2026-11-18T08:00:00Z",
            "labels": {"autoscaler.vpsie.com/nodegroup": "workers", "autoscaler.vpsie.com/managed": "true"},
        },
        "status": {
            "allocatable": {"cpu": "4", "memory": "8Gi", "pods": "110"},
            "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": "2026-11-18T08:02:00Z"}],
        },
    })
}

/// A cluster of three nodes without our kinds and without metrics.
fn plain() -> Routes {
    let mut routes = Routes::new();
    for (path, kind) in [
        ("/api/v1/namespaces", "Namespace"),
        ("/apis/scheduling.k8s.io/v1/priorityclasses", "PriorityClass"),
        ("/apis/storage.k8s.io/v1/storageclasses", "StorageClass"),
        ("/apis/storage.k8s.io/v1/csinodes", "CSINode"),
        ("/apis/storage.k8s.io/v1/volumeattachments", "VolumeAttachment"),
        ("/api/v1/persistentvolumes", "PersistentVolume"),
        ("/api/v1/persistentvolumeclaims", "PersistentVolumeClaim"),
        ("/apis/policy/v1/poddisruptionbudgets", "PodDisruptionBudget"),
        ("/api/v1/replicationcontrollers", "ReplicationController"),
        ("/apis/apps/v1/deployments", "Deployment"),
        ("/apis/apps/v1/replicasets", "ReplicaSet"),
        ("/apis/apps/v1/statefulsets", "StatefulSet"),
        ("/apis/apps/v1/daemonsets", "DaemonSet"),
        ("/apis/batch/v1/jobs", "Job"),
        ("/api/v1/pods", "Pod"),
    ] {
        let mut empty = list(kind, &[]);
        empty.1["apiVersion"] =
            path.trim_start_matches("/apis/").rsplit_once('/').map_or("v1", |it| it.0).into();
        if path.starts_with("/api/") {
            empty.1["apiVersion"] = "v1".into();
        }
        routes.insert(first_page(path), empty);
    }
    // Two pages; the token has letters that a URL must not have as they are.
    let mut page = list("Node", &[node("a"), node("b")]);
    page.1["metadata"]["continue"] = "next+page/=".into();
    routes.insert(first_page("/api/v1/nodes"), page);
    let rest = format!("{}&continue=next%2Bpage%2F%3D", first_page("/api/v1/nodes"));
    routes.insert(rest, list("Node", &[node("c")]));
    routes
}

/// The same with a group, and metrics.
fn with_group() -> Routes {
    let mut routes = plain();
    let ours = "/apis/autoscaler.vpsie.com/v1alpha1";
    let group = json!({
        "metadata": {"name": "workers", "namespace": "kube-system", "labels": {"autoscaler.vpsie.com/managed": "true"}},
        "spec": {"minNodes": 1, "maxNodes": 5},
    });
    for (resource, kind, items) in [
        ("autoscalerconfigs", "AutoscalerConfig", vec![]),
        ("nodegroups", "NodeGroup", vec![group]),
        ("vpsienodes", "VPSieNode", vec![]),
    ] {
        let mut list = list(kind, &items);
        list.1["apiVersion"] = "autoscaler.vpsie.com/v1alpha1".into();
        routes.insert(first_page(&format!("{ours}/{resource}")), list);
    }
    let sample = json!({
        "metadata": {"name": "a"}, "timestamp": "2026-11-20T09:59:30Z",
        "usage": {"cpu": "100m", "memory": "1Gi"},
    });
    let mut metrics = list("NodeMetrics", &[sample]);
    metrics.1["apiVersion"] = "metrics.k8s.io/v1beta1".into();
    routes.insert(first_page("/apis/metrics.k8s.io/v1beta1/nodes"), metrics);
    routes
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn reasons(output: &Output) -> Vec<(String, String)> {
    let plan: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", stderr(output)));
    let text = |it: &Value| it.as_str().unwrap_or_default().to_string();
    plan["nodes"]
        .as_array()
        .expect("nodes")
        .iter()
        .map(|it| (text(&it["name"]), text(&it["reason"])))
        .collect()
}

fn expect(pairs: [(&str, &str); 3]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, reason)| ((*name).into(), (*reason).into())).collect()
}

#[test]
fn all_pages_of_all_lists_are_read_and_nothing_is_written() {
    let cluster = Cluster::serve("whole", with_group());
    let output = cluster.plan(&["-o", "json"]);
    let reasons = reasons(&output);
    assert_eq!(reasons, expect([("a", "TooFewSamples"), ("b", "NoMetrics"), ("c", "NoMetrics")]));
    assert_eq!(
        stderr(&output),
        "warning: the metrics API gives one sample of each node, and group workers needs 8 in 10 min: its nodes \
         stay here, while the controller keeps the history (scaleDown.utilizationSource: Requests needs none)\n"
    );
    let asked = cluster.asked();
    assert_eq!(asked.len(), 21, "20 lists, one of them in two pages: {asked:?}");
    assert!(asked.iter().all(|it| it.starts_with("GET ")), "{asked:?}");
}

#[test]
fn a_cluster_without_our_kinds_has_no_managed_node() {
    let output = Cluster::serve("plain", plain()).plan(&["-o", "json"]);
    let reasons = reasons(&output);
    assert_eq!(reasons, expect([("a", "NotManaged"), ("b", "NotManaged"), ("c", "NotManaged")]));
    let expect = "\
warning: the cluster does not serve autoscalerconfigs.autoscaler.vpsie.com: the defaults hold
warning: the cluster does not serve nodegroups.autoscaler.vpsie.com: no node is managed
warning: the cluster does not serve vpsienodes.autoscaler.vpsie.com: no machine is known to be on its way
warning: the cluster does not serve nodes.metrics.k8s.io: there are no samples (is metrics-server installed?)
";
    assert_eq!(stderr(&output), expect);
}

#[test]
fn metrics_that_are_down_are_a_gap() {
    let mut routes = with_group();
    let down = (503, status(503, "service unavailable"));
    routes.insert(first_page("/apis/metrics.k8s.io/v1beta1/nodes"), down);
    let output = Cluster::serve("down", routes).plan(&["-o", "json"]);
    let plan: Value = serde_json::from_slice(&output.stdout).expect("a plan");
    assert_eq!(
        plan["nodes"][0]["detail"],
        "no sample of it in the observation window, and not all of the cluster could be read"
    );
    assert!(
        stderr(&output).contains("warning: nodes.metrics.k8s.io cannot be read: "),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_token_that_is_too_old_begins_the_list_anew() {
    let mut routes = with_group();
    let rest = format!("{}&continue=next%2Bpage%2F%3D", first_page("/api/v1/nodes"));
    routes.insert(rest, (410, status(410, "the provided continue parameter is too old")));
    let cluster = Cluster::serve("expired", routes);
    let output = cluster.plan(&[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("cannot list nodes: "), "{}", stderr(&output));
    let first = first_page("GET /api/v1/nodes");
    assert_eq!(cluster.asked().iter().filter(|it| **it == first).count(), 4, "once and three times anew");
}

#[test]
fn what_is_forbidden_names_the_verb_and_the_resource() {
    let mut routes = with_group();
    let message = "poddisruptionbudgets.policy is forbidden: User \"x\" cannot list resource";
    routes.insert(first_page("/apis/policy/v1/poddisruptionbudgets"), (403, status(403, message)));
    let output = Cluster::serve("forbidden", routes).plan(&[]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        stderr(&output),
        format!(
            "error: may not list poddisruptionbudgets.policy: a role must allow verb list on resource \
             poddisruptionbudgets of API group \"policy\" ({message})\n"
        )
    );
    assert!(output.stdout.is_empty());
}

#[test]
fn no_cluster_is_said_plainly() {
    let missing = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("no-such.kubeconfig");
    let output = plan(&missing, &[]);
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(
        said.starts_with("error: there is no cluster to look at (-f reads objects from files): "),
        "{said}"
    );

    let port = TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("an address");
    let url = format!("http://{port}");
    let output = plan(&kubeconfig("closed", &url), &[]);
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(said.contains(&format!("of the cluster at {url}/: Connection refused")), "{said}");
}
