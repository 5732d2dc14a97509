//! The provider of a cluster: the fake VPSie, whose workers register as nodes when they have booted.
//!
//! As with the real one nothing is deleted in Kubernetes when a server goes: its kubelet falls silent, and its
//! Node stays until somebody deletes it. Each deletion is judged by the pods that the apiserver knows at that
//! moment.

use super::programs::KUBELET;
use super::{Plane, ask};
use http::Method;
use jiff::Timestamp;
use kube::Client;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinHandle;
use vpsie_fake::{Clock, Fake, Holders, Line, Stage, Timing, World};

/// As the provider writes it; nodes have it in lower case.
const CLUSTER: &str = "HEL-Kubernetes-49ab";
/// Everything that takes minutes there takes less than a second.
const STEP_MS: u64 = 300;
const POLL: Duration = Duration::from_millis(50);
/// `Advanced` of the fake: 4 cores, 8 GiB.
pub const SIZE: u64 = 55;

pub struct Provider {
    fake: Arc<Fake>,
    cluster: String,
    labels: Labels,
    kubelets: JoinHandle<()>,
}

/// What a node carries when it registers, beyond what all of them do.
type Labels = Arc<Mutex<BTreeMap<String, Map<String, Value>>>>;

/// A worker that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worker {
    pub identifier: String,
    /// Of its node.
    pub name: String,
    pub ip: String,
    pub stage: Stage,
}

impl Provider {
    /// A cluster with a control plane, which registers as the first node.
    ///
    /// # Panics
    ///
    /// Where it cannot serve.
    #[must_use]
    pub fn start(plane: &Plane) -> Provider {
        let mut world = World::new(1);
        world.timing = Timing {
            latency_ms: 2,
            visible_ms: STEP_MS,
            boot_ms: STEP_MS,
            join_ms: STEP_MS,
            delete_ms: STEP_MS,
            ..Timing::default()
        };
        world.workers_max = 10_000;
        let cluster = world.add_cluster(CLUSTER);
        let fake = plane.handle().block_on(Fake::serve(world, Clock::real(1), 0)).expect("a free port");
        let client = plane.client().clone();
        fake.ask_holders(Holders::new(move || holders(client.clone())));
        let (fake, labels) = (Arc::new(fake), Labels::default());
        let kubelets = Kubelets {
            fake: fake.clone(),
            labels: labels.clone(),
            client: plane.client().clone(),
            registered: BTreeSet::new(),
            silent: BTreeSet::new(),
        };
        Provider { fake, cluster, labels, kubelets: plane.handle().spawn(kubelets.run()) }
    }

    /// To look at its world, to change it, and to arm faults.
    #[must_use]
    pub fn fake(&self) -> &Fake {
        &self.fake
    }

    /// The identifier of the cluster.
    #[must_use]
    pub fn cluster(&self) -> &str {
        &self.cluster
    }

    #[must_use]
    pub fn datacenter(&self) -> String {
        self.fake.world(|it| it.datacenter.clone())
    }

    #[must_use]
    pub fn token(&self) -> String {
        self.fake.world(|it| it.access.token.clone())
    }

    /// A group of workers that have joined; their nodes carry these labels. Returns its number.
    ///
    /// # Panics
    ///
    /// Where labels are no object.
    pub fn add_group(&self, name: &str, size: u64, workers: usize, labels: &Value) -> u64 {
        let labels = labels.as_object().expect("labels");
        // Held over the whole of it: no node registers without them.
        let mut all = self.labels.lock().unwrap_or_else(PoisonError::into_inner);
        self.fake.world(|world| {
            let group = world.add_group(&self.cluster, name, size, workers);
            for worker in world.workers.iter().filter(|it| it.group == Some(group)) {
                all.insert(worker.hostname.to_lowercase(), labels.clone());
            }
            group
        })
    }

    /// The workers of a group that exist or will.
    #[must_use]
    pub fn workers(&self, group: &str) -> Vec<Worker> {
        self.fake.world(|world| {
            let now = world.now_ms;
            let number = world.groups.iter().find(|it| it.name == group).map(|it| it.id);
            let of_group = world.workers.iter().filter(|it| it.group.is_some() && it.group == number);
            let alive = of_group.filter(|it| it.stage(now) != Stage::Gone);
            alive.map(|it| worker(it, now)).collect()
        })
    }

    /// None: it is gone, or never was.
    #[must_use]
    pub fn stage(&self, name: &str) -> Option<Stage> {
        self.fake.world(|world| {
            let it = world.workers.iter().find(|it| it.hostname.to_lowercase() == name)?;
            Some(it.stage(world.now_ms)).filter(|it| *it != Stage::Gone)
        })
    }

    /// The nodes whose servers were asked to be deleted, in that order, each as often as it was asked.
    #[must_use]
    pub fn deletions(&self) -> Vec<String> {
        self.fake.world(|world| {
            let asked =
                world.log.iter().filter(|it| it.method == "DELETE" && it.path.contains("/delete/slave"));
            let name = |line: &Line| {
                let it = world
                    .workers
                    .iter()
                    .find(|it| it.identifier == line.body["identifier"].as_str().unwrap_or(""));
                it.map_or_else(|| line.body.to_string(), |it| it.hostname.to_lowercase())
            };
            asked.map(name).collect()
        })
    }

    /// How many workers were asked for.
    #[must_use]
    pub fn additions(&self) -> usize {
        let is_add = |it: &&Line| it.method == "POST" && it.path.contains("/add/slave");
        self.fake.world(|world| world.log.iter().filter(is_add).count())
    }

    /// Writes other than those, which nobody should ask: `METHOD path`.
    #[must_use]
    pub fn other_writes(&self) -> Vec<String> {
        let known = ["/add/slave", "/delete/slave", "/add/group", "/auth/", "/k8s/offers", "/lb/"];
        self.fake.world(|world| {
            let writes = world.log.iter().filter(|it| it.method != "GET");
            let others = writes.filter(|it| !known.iter().any(|known| it.path.contains(known)));
            others.map(|it| format!("{} {}", it.method, it.path)).collect()
        })
    }
}

impl Drop for Provider {
    /// Fails where something was asked of it that must never be.
    fn drop(&mut self) {
        self.kubelets.abort();
        let breaches = self.fake.world(|it| it.watch.take());
        if !std::thread::panicking() {
            assert!(breaches.is_empty(), "the provider was asked for what must never be: {breaches:#?}");
        }
    }
}

fn worker(it: &vpsie_fake::Worker, now_ms: u64) -> Worker {
    Worker {
        identifier: it.identifier.clone(),
        name: it.hostname.to_lowercase(),
        ip: it.ip.clone(),
        stage: it.stage(now_ms),
    }
}

/// The kubelets of all workers.
struct Kubelets {
    fake: Arc<Fake>,
    labels: Labels,
    client: Client,
    registered: BTreeSet<String>,
    silent: BTreeSet<String>,
}

impl Kubelets {
    async fn run(mut self) {
        loop {
            for (name, node) in self.booted() {
                // A kubelet tries until it is heard, and registers once: who deletes its Node means it.
                if let Ok(()) | Err(409) = tell(&self.client, Method::POST, "/api/v1/nodes", &node).await {
                    self.registered.insert(name);
                }
            }
            for name in self.gone() {
                let path = format!("/api/v1/nodes/{name}");
                let fields = json!({"metadata": {"labels": {KUBELET.0: null}}});
                if let Ok(()) | Err(404) = tell(&self.client, Method::PATCH, &path, &fields).await {
                    self.silent.insert(name);
                }
            }
            tokio::time::sleep(POLL).await;
        }
    }

    fn booted(&self) -> Vec<(String, Value)> {
        let all = self.labels.lock().unwrap_or_else(PoisonError::into_inner);
        self.fake.world(|world| {
            let joined = world.workers.iter().filter(|it| it.stage(world.now_ms) == Stage::Joined);
            let named = joined.map(|it| (it.hostname.to_lowercase(), it));
            let new = named.filter(|(name, _)| !self.registered.contains(name));
            new.map(|(name, it)| {
                let node = node(world, it, &name, all.get(&name));
                (name, node)
            })
            .collect()
        })
    }

    fn gone(&self) -> Vec<String> {
        self.fake.world(|world| {
            let gone = world.workers.iter().filter(|it| it.stage(world.now_ms) == Stage::Gone);
            let names = gone.map(|it| it.hostname.to_lowercase());
            names.filter(|it| self.registered.contains(it) && !self.silent.contains(it)).collect()
        })
    }
}

async fn tell(client: &Client, method: Method, path: &str, body: &Value) -> Result<(), u16> {
    match ask(client, method, path, Some(body)).await {
        Ok(_) => Ok(()),
        Err(kube::Error::Api(status)) => Err(status.code),
        Err(_) => Err(0),
    }
}

/// What a kubelet registers. It knows nothing of its provider: `providerID` is empty on most.
fn node(world: &World, it: &vpsie_fake::Worker, name: &str, more: Option<&Map<String, Value>>) -> Value {
    let size = world.size(it.size).expect("the fake knows its sizes");
    let mut labels = json!({
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        KUBELET.0: KUBELET.1,
    });
    let mut taints = json!([]);
    if it.group.is_none() {
        labels["node-role.kubernetes.io/control-plane"] = "".into();
        taints = json!([{"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}]);
    }
    labels.as_object_mut().expect("labels").extend(more.cloned().unwrap_or_default());
    let room = json!({
        "cpu": size.cpu.to_string(), "memory": format!("{}Mi", size.ram_mb), "pods": "110",
        "ephemeral-storage": format!("{}Gi", size.disk_gb),
    });
    json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": {"taints": taints},
        "status": {
            "capacity": room,
            "allocatable": room,
            "addresses": [
                {"type": "InternalIP", "address": it.private_ip},
                {"type": "ExternalIP", "address": it.ip},
                {"type": "Hostname", "address": name},
            ],
            "nodeInfo": {"kubeletVersion": "v1.34.1", "operatingSystem": "linux", "architecture": "amd64"},
        },
    })
}

/// The nodes whose server must not go now.
async fn holders(client: Client) -> BTreeSet<String> {
    let path = "/api/v1/pods?fieldSelector=spec.nodeName!=,status.phase!=Succeeded,status.phase!=Failed";
    // Where the apiserver is not there nobody can tell.
    let Ok(pods) = ask(&client, Method::GET, path, None).await else { return BTreeSet::new() };
    let now = Timestamp::now();
    let held = pods["items"].as_array().into_iter().flatten().filter(|it| holds(it, now));
    held.filter_map(|it| it["spec"]["nodeName"].as_str()).map(str::to_lowercase).collect()
}

fn holds(pod: &Value, now: Timestamp) -> bool {
    let meta = &pod["metadata"];
    let owners = meta["ownerReferences"].as_array().into_iter().flatten();
    let of_daemon_set = owners.into_iter().any(|it| it["kind"] == "DaemonSet" && it["controller"] == true);
    let mirrors = !meta["annotations"]["kubernetes.io/config.mirror"].is_null();
    let end = meta["deletionTimestamp"].as_str().and_then(|it| it.parse::<Timestamp>().ok());
    !of_daemon_set && !mirrors && end.is_none_or(|end| end > now)
}
