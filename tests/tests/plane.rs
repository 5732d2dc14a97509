//! The control plane that tests run against does what a cluster does: without that they prove nothing.

use http::Method;
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tests::plane::Plane;
use tests::plane::cluster::{is_ready, name_of, node_path, runs};
use tests::plane::metrics::{Manner, Metrics};
use tests::plane::objects::{App, budget, eviction};
use tests::plane::provider::{Provider, SIZE};
use vpsie_fake::Stage;

const NODE_METRICS: &str = "/apis/metrics.k8s.io/v1beta1/nodes";

/// One for all tests that have objects of their own; it ends with the last of them.
fn shared() -> Shared {
    static SHARED: Mutex<Weak<Plane>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    Shared(shared.upgrade().unwrap_or_else(|| {
        let plane = Arc::new(Plane::whole());
        *shared = Arc::downgrade(&plane);
        plane
    }))
}

struct Shared(Arc<Plane>);

impl Deref for Shared {
    type Target = Plane;

    fn deref(&self) -> &Plane {
        &self.0
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.keep();
        }
    }
}

#[test]
fn workers_become_nodes_on_which_pods_run() {
    let plane = shared();
    let provider = Provider::start(&plane);
    let number = provider.add_group("workers", SIZE, 2, &json!({"pool": "a"}));
    let names: Vec<String> = provider.workers("workers").into_iter().map(|it| it.name).collect();
    for name in &names {
        let node = ready(&plane, name);
        assert_eq!(node["metadata"]["labels"]["pool"], "a");
        assert_eq!(node["status"]["allocatable"]["cpu"], "4");
        plane.eventually("the taint of new nodes goes", || {
            plane.get(&node_path(name))?["spec"]["taints"].is_null().then_some(())
        });
    }
    // One pod of three cores on each: as many as fit.
    plane.create(&App::new("wide", 3, 3000).deployment());
    let pods = || pods(&plane, "wide");
    plane.eventually("two run and one finds no room", || {
        let waits = pods().iter().any(|it| {
            let conditions = it["status"]["conditions"].as_array().into_iter().flatten();
            conditions.into_iter().any(|it| it["reason"] == "Unschedulable")
        });
        (waits && pods().iter().filter(|it| runs(it)).count() == 2).then_some(())
    });

    // A worker that is added over the API registers, and the third has its place.
    let path = format!("/apps/v2/k8s/cluster/byId/{}/add/slave/group/{number}", provider.cluster());
    post(&provider, "POST", &path, "");
    plane.eventually("the third runs", || (pods().iter().filter(|it| runs(it)).count() == 3).then_some(()));
    let workers = provider.workers("workers");
    assert_eq!(workers.len(), 3);
    let third = workers.into_iter().find(|it| !names.contains(&it.name)).expect("a new one");
    assert_eq!(provider.additions(), 1);

    // Its server goes with the pod on it: the Node stays and falls silent, and the watch has seen it.
    let path = format!("/apps/v2/k8s/cluster/byId/{}/delete/slave", provider.cluster());
    post(&provider, "DELETE", &path, &json!({"identifier": third.identifier}).to_string());
    assert_eq!(provider.deletions(), [&*third.name]);
    let breaches = provider.fake().world(|it| it.watch.take());
    assert_eq!(breaches.len(), 1, "{breaches:?}");
    assert!(breaches[0].contains("still holds pods"), "{breaches:?}");
    plane.eventually("its server is gone", || provider.stage(&third.name).is_none().then_some(()));
    plane.eventually("its node is not Ready any more", || {
        (!is_ready(&plane.get(&node_path(&third.name))?)).then_some(())
    });

    // One that holds nothing may go.
    plane.delete("/apis/apps/v1/namespaces/default/deployments/wide");
    plane.eventually("all pods that had a kubelet are gone", || (pods().len() <= 1).then_some(()));
    let empty =
        provider.workers("workers").into_iter().find(|it| it.stage == Stage::Joined).expect("one is left");
    post(&provider, "DELETE", &path, &json!({"identifier": empty.identifier}).to_string());
    assert_eq!(provider.fake().world(|it| it.watch.take()), Vec::<String>::new());
}

#[test]
fn budgets_are_counted_and_evictions_refused() {
    let plane = shared();
    plane.create(&bare_node("budget-node"));
    ready(&plane, "budget-node");
    let mut app = App::new("guarded", 2, 100).deployment();
    app["spec"]["template"]["spec"]["nodeSelector"] = json!({"own": "budget-node"});
    plane.create(&app);
    plane.create(&budget("guarded", 1));
    let path = "/apis/policy/v1/namespaces/default/poddisruptionbudgets/guarded";
    plane.eventually("one disruption is allowed", || {
        (plane.get(path)?["status"]["disruptionsAllowed"] == 1).then_some(())
    });
    plane.patch(path, &json!({"spec": {"maxUnavailable": 0}}));
    plane.eventually("none is", || (plane.get(path)?["status"]["disruptionsAllowed"] == 0).then_some(()));
    let name = name_of(&pods(&plane, "guarded")[0]);
    let evict = || {
        let path = format!("/api/v1/namespaces/default/pods/{name}/eviction");
        plane.ask(Method::POST, &path, Some(&eviction("default", &name)))
    };
    match evict() {
        Err(kube::Error::Api(status)) => assert_eq!(status.code, 429, "{status:?}"),
        other => panic!("{other:?}"),
    }
    plane.patch(path, &json!({"spec": {"maxUnavailable": 1}}));
    plane.eventually("the eviction passes", || evict().ok());
    plane.eventually("another took its place", || {
        let pods = pods(&plane, "guarded");
        let replaced = pods.iter().all(|it| name_of(it) != name);
        (replaced && pods.iter().filter(|it| runs(it)).count() == 2).then_some(())
    });
}

#[test]
fn figures_of_nodes_come_through_the_apiserver() {
    let plane = shared();
    let metrics = Metrics::start(&plane);
    metrics.set("n1", 120, 800);
    let list = plane.get(NODE_METRICS).expect("a list");
    assert_eq!(list["items"][0]["usage"], json!({"cpu": "120m", "memory": "800Mi"}));
    let time = |list: &Value| list["items"][0]["timestamp"].as_str().expect("a time").to_owned();
    let fresh = time(&list);
    metrics.behave(Manner::Stale(SignedDuration::from_mins(10)));
    assert!(time(&plane.get(NODE_METRICS).expect("a list")) < fresh);
    metrics.behave(Manner::Off);
    let refused = plane.ask(Method::GET, NODE_METRICS, None);
    assert!(matches!(&refused, Err(kube::Error::Api(it)) if it.code == 503), "{refused:?}");
    metrics.behave(Manner::Well);
    plane.eventually("it answers again", || plane.ask(Method::GET, NODE_METRICS, None).ok());
}

#[test]
fn a_service_account_may_what_its_roles_say_and_is_written_down() {
    let plane = shared();
    let (namespace, name) = ("kube-system", "vpsie-autoscaler");
    plane.create(&json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": namespace}}));
    let client = client(&plane, &plane.service_account(namespace, name));
    let list = || plane.handle().block_on(tests::plane::ask(&client, Method::GET, "/api/v1/nodes", None));
    assert!(matches!(list(), Err(kube::Error::Api(it)) if it.code == 403));
    let rbac = "rbac.authorization.k8s.io";
    plane.create(&json!({
        "apiVersion": format!("{rbac}/v1"), "kind": "ClusterRole", "metadata": {"name": "looks"},
        "rules": [{"apiGroups": [""], "resources": ["nodes"], "verbs": ["list"]}],
    }));
    plane.create(&json!({
        "apiVersion": format!("{rbac}/v1"), "kind": "ClusterRoleBinding", "metadata": {"name": "looks"},
        "roleRef": {"apiGroup": rbac, "kind": "ClusterRole", "name": "looks"},
        "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": namespace}],
    }));
    plane.eventually("it may list nodes", || list().ok());
    let asked = plane.asked();
    assert!(asked.iter().all(|it| it.verb == "list" && it.resource == "nodes"), "{asked:?}");
    assert_eq!(asked.first().map(|it| it.status), Some(403));
    assert_eq!(asked.last().map(|it| it.status), Some(200));
}

#[test]
fn an_apiserver_that_ends_comes_back_with_all_it_held() {
    let plane = Plane::start();
    plane.create(&bare_node("kept"));
    plane.restart_apiserver();
    assert!(plane.get(&node_path("kept")).is_some());
}

fn ready(plane: &Plane, name: &str) -> Value {
    plane.eventually(&format!("{name} is Ready"), || plane.get(&node_path(name)).filter(is_ready))
}

fn pods(plane: &Plane, app: &str) -> Vec<Value> {
    let path = format!("/api/v1/namespaces/default/pods?labelSelector=app%3D{app}");
    plane.get(&path).expect("a list")["items"].as_array().expect("items").clone()
}

fn client(plane: &Plane, kubeconfig: &std::path::Path) -> kube::Client {
    let file = kube::config::Kubeconfig::read_from(kubeconfig).expect("a kubeconfig");
    plane.handle().block_on(async {
        let options = kube::config::KubeConfigOptions::default();
        let config = kube::Config::from_custom_kubeconfig(file, &options).await.expect("a configuration");
        kube::Client::try_from(config).expect("a client")
    })
}

/// Taken care of by kwok, and kept free of other tests' pods.
fn bare_node(name: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": name, "labels": {"tests.vpsie.com/kubelet": "runs", "own": name}},
        "status": {"allocatable": {"cpu": "1", "memory": "1Gi", "pods": "10"}},
    })
}

/// A request to the provider, as any client makes it.
fn post(provider: &Provider, method: &str, path: &str, body: &str) {
    use std::io::{Read, Write};
    let address = provider.fake().url().strip_prefix("http://").expect("plain HTTP");
    let mut stream = std::net::TcpStream::connect(address).expect("it listens");
    let token = provider.token();
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.0\r\nHost: {address}\r\nVpsie-Auth: {token}\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.0 200") || answer.starts_with("HTTP/1.1 200"), "{answer}");
}
