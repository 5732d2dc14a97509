//! What is: clusters, workers, servers, load balancers. What each of them shows follows from the time
//! alone, so nothing runs in the background and a stale list is that of an earlier time.

use crate::clock::stamp;
use crate::fault::{Fault, Faults};
use crate::random::Random;
use crate::timing::Timing;
use crate::watch::Watch;
use std::collections::{BTreeMap, VecDeque};

#[derive(Debug)]
pub struct World {
    pub now_ms: u64,
    pub timing: Timing,
    pub random: Random,
    pub faults: Faults,
    pub watch: Watch,
    pub access: Access,
    /// Workers of a cluster, those accepted counted in.
    pub workers_max: usize,
    /// In any minute; none: no limit.
    pub requests_per_minute: Option<u32>,
    pub requests: VecDeque<u64>,
    /// A list shows no more at once, whatever was asked for; none: all of it.
    pub rows_max: Option<usize>,
    pub clusters: Vec<Cluster>,
    pub groups: Vec<Group>,
    pub workers: Vec<Worker>,
    pub servers: Vec<Server>,
    pub balancers: Vec<Balancer>,
    pub scripts: Vec<Script>,
    /// Sizes of workers, with the monthly price in cents.
    pub sizes: Vec<Size>,
    pub datacenter: String,
    pub log: Vec<Line>,
    last_id: u64,
}

/// Who may ask.
#[derive(Debug)]
pub struct Access {
    pub token: String,
    pub client_id: String,
    pub client_secret: String,
    pub account_password: String,
    /// Access tokens that were given out, and when each ends.
    pub given: BTreeMap<String, u64>,
}

#[derive(Debug)]
pub struct Cluster {
    pub id: u64,
    pub identifier: String,
    pub name: String,
    pub created_ms: u64,
}

#[derive(Debug)]
pub struct Group {
    pub id: u64,
    pub identifier: String,
    pub cluster: u64,
    pub name: String,
    pub size: u64,
    pub created_ms: u64,
}

/// A node of a managed cluster; the control plane's too.
#[derive(Debug)]
pub struct Worker {
    pub id: u64,
    pub identifier: String,
    pub cluster: u64,
    /// None: the control plane.
    pub group: Option<u64>,
    pub hostname: String,
    pub ip: String,
    pub private_ip: String,
    pub size: u64,
    pub accepted_ms: u64,
    /// None: it never comes to this.
    pub visible_ms: Option<u64>,
    pub running_ms: Option<u64>,
    pub joined_ms: Option<u64>,
    /// Since when it goes, and when it is gone.
    pub going_ms: Option<(u64, u64)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Accepted,
    Provisioning,
    Running,
    Joined,
    Deleting,
    Gone,
}

#[derive(Debug)]
pub struct Server {
    pub id: u64,
    pub identifier: String,
    pub hostname: String,
    pub ip: String,
    pub private_ip: String,
    pub asked: serde_json::Value,
    pub accepted_ms: u64,
    pub listed_ms: u64,
    pub running_ms: u64,
    /// What it is turned to, and since when.
    pub power: (bool, u64),
    pub going_ms: Option<(u64, u64)>,
}

#[derive(Debug)]
pub struct Balancer {
    pub identifier: String,
    pub name: String,
    pub listed_ms: u64,
    pub accepted_ms: u64,
    pub rules: Vec<Rule>,
}

#[derive(Debug)]
pub struct Rule {
    pub identifier: String,
    pub scheme: String,
    pub front_port: u64,
    pub back_port: u64,
    pub proxy_mode: u64,
    pub backends: Vec<Backend>,
    pub domains: Vec<Domain>,
}

#[derive(Debug)]
pub struct Domain {
    pub identifier: String,
    pub name: String,
    pub backends: Vec<Backend>,
}

#[derive(Debug, Clone)]
pub struct Backend {
    pub identifier: String,
    pub ip: String,
    pub server: String,
    pub kind: String,
}

#[derive(Debug)]
pub struct Script {
    pub identifier: String,
    pub name: String,
    pub content: String,
}

#[derive(Debug)]
pub struct Size {
    pub id: u64,
    pub name: &'static str,
    pub cpu: u64,
    pub ram_mb: u64,
    pub disk_gb: u64,
    pub cents: u64,
}

/// One request, as it was heard and answered.
#[derive(Debug, Clone)]
pub struct Line {
    pub at_ms: u64,
    pub method: String,
    pub path: String,
    pub body: serde_json::Value,
    /// Of the answer; 0: there was none.
    pub status: u16,
}

impl World {
    /// An account with nothing in it.
    #[must_use]
    pub fn new(seed: u64) -> World {
        World {
            now_ms: 0,
            timing: Timing::default(),
            random: Random::new(seed),
            faults: Faults::default(),
            watch: Watch::default(),
            access: Access {
                token: "fake-token-0123456789".into(),
                client_id: "fake-client".into(),
                client_secret: "fake-secret-0123456789".into(),
                account_password: "fake-password-0123456789".into(),
                given: BTreeMap::new(),
            },
            workers_max: 100,
            requests_per_minute: None,
            requests: VecDeque::new(),
            rows_max: None,
            clusters: Vec::new(),
            groups: Vec::new(),
            workers: Vec::new(),
            servers: Vec::new(),
            balancers: Vec::new(),
            scripts: Vec::new(),
            sizes: vec![
                Size { id: 54, name: "Basic", cpu: 2, ram_mb: 4096, disk_gb: 80, cents: 1600 },
                Size { id: 55, name: "Advanced", cpu: 4, ram_mb: 8192, disk_gb: 160, cents: 3200 },
                Size { id: 56, name: "Expert", cpu: 8, ram_mb: 16_384, disk_gb: 320, cents: 6450 },
            ],
            datacenter: "8d0e0000-0000-11f0-8000-0242ac110004".into(),
            log: Vec::new(),
            last_id: 500,
        }
    }

    /// A cluster with its control plane, as old as the world. Returns its identifier.
    pub fn add_cluster(&mut self, name: &str) -> String {
        let (id, identifier) = (self.next_id(), self.identifier());
        self.clusters.push(Cluster { id, identifier: identifier.clone(), name: name.into(), created_ms: 0 });
        let at = self.push_worker(id, None, 55);
        self.workers[at].visible_ms = Some(0);
        self.workers[at].running_ms = Some(0);
        self.workers[at].joined_ms = Some(0);
        identifier
    }

    /// A group of a cluster, with so many workers that have joined. Returns its number.
    ///
    /// # Panics
    ///
    /// Where there is no such cluster.
    pub fn add_group(&mut self, cluster: &str, name: &str, size: u64, workers: usize) -> u64 {
        let cluster = self.cluster(cluster).expect("a cluster of this fake").id;
        let (id, identifier) = (self.next_id(), self.identifier());
        let created_ms = self.now_ms;
        self.groups.push(Group { id, identifier, cluster, name: name.into(), size, created_ms });
        for _ in 0..workers {
            let at = self.push_worker(cluster, Some(id), size);
            let worker = &mut self.workers[at];
            worker.visible_ms = Some(created_ms);
            worker.running_ms = Some(created_ms);
            worker.joined_ms = Some(created_ms);
        }
        id
    }

    /// A worker that was accepted now. Returns its place.
    pub fn push_worker(&mut self, cluster: u64, group: Option<u64>, size: u64) -> usize {
        let (id, identifier) = (self.next_id(), self.identifier());
        let name = self.clusters.iter().find(|it| it.id == cluster).map_or("", |it| &it.name);
        let role = if group.is_some() { "slave" } else { "master" };
        let hostname = format!("{name}-{role}-{:04x}", self.random.below(0x1_0000));
        // Two workers of one name would be a fault that nobody armed.
        let hostname = match self.workers.iter().any(|it| it.hostname == hostname) {
            true => format!("{hostname}{id:x}"),
            false => hostname,
        };
        let visible = self.now_ms + self.timing.visible_ms;
        let running = visible + self.timing.boot_ms;
        self.workers.push(Worker {
            id,
            identifier,
            cluster,
            group,
            hostname,
            ip: format!("198.18.{}.{}", id / 250, id % 250 + 1),
            private_ip: format!("10.1.{}.{}", id / 250, id % 250 + 1),
            size,
            accepted_ms: self.now_ms,
            visible_ms: Some(visible),
            running_ms: Some(running),
            joined_ms: Some(running + self.timing.join_ms),
            going_ms: None,
        });
        self.workers.len() - 1
    }

    #[must_use]
    pub fn cluster(&self, identifier: &str) -> Option<&Cluster> {
        self.clusters.iter().find(|it| it.identifier == identifier)
    }

    #[must_use]
    pub fn group(&self, id: u64) -> Option<&Group> {
        self.groups.iter().find(|it| it.id == id)
    }

    #[must_use]
    pub fn size(&self, id: u64) -> Option<&Size> {
        self.sizes.iter().find(|it| it.id == id)
    }

    /// Workers of the cluster that exist or will, the control plane aside.
    pub fn owned(&self, cluster: u64) -> impl Iterator<Item = &Worker> {
        let now = self.now_ms;
        let lives =
            move |it: &&Worker| it.cluster == cluster && it.group.is_some() && it.stage(now) != Stage::Gone;
        self.workers.iter().filter(lives)
    }

    /// The names under which workers have joined Kubernetes: those of the API, in lower case.
    #[must_use]
    pub fn joined(&self) -> Vec<String> {
        let joined = self.workers.iter().filter(|it| {
            let has = it.joined_ms.is_some_and(|at| at <= self.now_ms);
            has && it.going_ms.is_none_or(|(_, gone)| gone > self.now_ms)
        });
        joined.map(|it| it.hostname.to_lowercase()).collect()
    }

    /// Whether this fault hits the request that is being answered.
    pub fn hit(&mut self, fault: Fault, request: &str) -> Option<u64> {
        self.faults.hits(fault, request, &mut self.random)
    }

    pub fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// Never the same twice, and the same on every run of one seed.
    pub fn identifier(&mut self) -> String {
        let (number, chance) = (self.next_id(), self.random.draw());
        format!("{:08x}-{:04x}-11f0-8000-{number:012x}", chance >> 32, chance & 0xffff)
    }

    #[must_use]
    pub fn stamp(&self) -> String {
        stamp(self.now_ms)
    }
}

impl Worker {
    #[must_use]
    pub fn stage(&self, now_ms: u64) -> Stage {
        let past = |at: Option<u64>| at.is_some_and(|it| it <= now_ms);
        match self.going_ms {
            Some((_, gone)) if gone <= now_ms => return Stage::Gone,
            Some((since, _)) if since <= now_ms => return Stage::Deleting,
            _ => {}
        }
        let stages = [
            (self.joined_ms, Stage::Joined),
            (self.running_ms, Stage::Running),
            (self.visible_ms, Stage::Provisioning),
        ];
        stages.into_iter().find(|it| past(it.0)).map_or(Stage::Accepted, |it| it.1)
    }

    /// Whether lists show it.
    #[must_use]
    pub fn is_listed(&self, now_ms: u64) -> bool {
        self.visible_ms.is_some_and(|it| it <= now_ms) && self.stage(now_ms) != Stage::Gone
    }
}

impl Server {
    #[must_use]
    pub fn is_listed(&self, now_ms: u64) -> bool {
        self.listed_ms <= now_ms && !self.is_gone(now_ms)
    }

    #[must_use]
    pub fn is_gone(&self, now_ms: u64) -> bool {
        self.going_ms.is_some_and(|(_, gone)| gone <= now_ms)
    }

    #[must_use]
    pub fn is_on(&self, now_ms: u64) -> bool {
        let (on, since) = self.power;
        self.running_ms <= now_ms && if since <= now_ms { on } else { !on }
    }
}
