//! The real shell and the real client against the fake, over HTTP, with a cluster in memory. A second passes with
//! each turn of the cluster, so a busy computer makes a test slow, and not different.

use super::sabotage::{Mistake, Spoilt};
use decide::provision::{
    Backend, Event, Machine, Node, Objects, Operation, Outcome, Papers, Phase, Settings, Wish,
};
use decide::time::Time;
use decide::world::Name;
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use vpsie::{Base, Client, ClusterId, Credentials, DatacenterId, ImageId, PlanId, ProjectId, Secret, SizeId};
use vpsie_autoscaler::provision::{
    Cloud, Cluster, Ended, Engine, Facts, Order, Provider, Reading, Rim, Snapshot, Start, Table, Wishes,
};
use vpsie_fake::{Fake, Line, World};

/// So long is a turn, at least.
const SECOND: Duration = Duration::from_millis(10);
pub const START: i64 = 1_768_903_200;
pub const TOKEN: &str = "fake-token-0123456789";
pub const LOGIN: (&str, &str) = ("fake-client", "fake-secret-0123456789");
const PASSWORD: &str = "fake-password-0123456789";
const TURNS_MAX: u32 = 3000;
/// Of a shell that is made to do something wrong: none takes so long that does everything right.
const TURNS_MAX_SPOILT: u32 = 900;

/// What a test is about, apart from what goes wrong.
#[derive(Debug, Clone, Copy, Default)]
pub struct Setting {
    pub plain: bool,
    pub login: bool,
    /// The provider has no group yet.
    pub no_group: bool,
    /// There are load balancers, and they can be read.
    pub balancers: bool,
    pub mistake: Option<Mistake>,
}

pub struct Stage {
    pub fake: Arc<Fake>,
    pub client: Client,
    pub kube: Kube,
    pub engine: Option<Engine>,
    pub wanted: usize,
    pub leads: Arc<AtomicBool>,
    /// The lease is lost just before the next request that changes something is sent.
    pub loses: Arc<AtomicBool>,
    /// Of operations: just before, and just after.
    pub boundaries: Boundaries,
    /// The next request for a server breaks down after it was sent.
    pub breaks: Arc<AtomicBool>,
    pub table: watch::Sender<Arc<Table>>,
    password: watch::Sender<Option<Secret>>,
    wishes: BTreeMap<Name, Wish>,
    setting: Setting,
    made: u32,
    /// Whether the cloud controller does its part: Nodes that can serve are backends, excluded ones are none.
    pub balances: bool,
}

/// Times that fit the fake's.
pub fn settings(balancers: bool) -> Settings {
    Settings {
        balancers,
        provisioning_secs: 150,
        joining_secs: 300,
        failed_kept_secs: 60,
        absent_secs: 120,
        back_off_secs: 60,
        park_secs: 60,
        lag_secs: 25,
        balancer_grace_secs: 20,
        balancer_settle_secs: 10,
        list_age_secs_max: 60,
        ..Settings::default()
    }
}

impl Stage {
    pub async fn new(setting: Setting) -> Stage {
        let mut world = World::new(1);
        world.timing.visible_ms = 10_000;
        world.timing.boot_ms = 20_000;
        world.timing.join_ms = 10_000;
        world.timing.delete_ms = 10_000;
        world.timing.alloc_ms = 10_000;
        world.timing.server_boot_ms = 10_000;
        let cluster = world.add_cluster("HEL-Kubernetes-49ab");
        world.add_group(&cluster, "others", 54, 2);
        if !setting.no_group {
            world.add_group(&cluster, "workers", 55, 0);
        }
        let datacenter = world.datacenter.clone();
        let fake = Arc::new(Fake::start(world).await.expect("a port"));
        let settings = vpsie::Settings {
            timeout: Duration::from_millis(300),
            delay: Duration::from_millis(5),
            delay_max: Duration::from_millis(20),
            wait_max: Duration::from_millis(200),
            requests_per_minute: NonZeroU32::new(100_000).expect("not 0"),
            breaker_failures: 20,
            breaker_pause: Duration::from_millis(100),
            body_bytes_max: 100_000,
            seed: 1,
            ..vpsie::Settings::new(Base::parse(fake.url()).expect("a URL"))
        };
        let credentials = match setting.login {
            true => Credentials::login(LOGIN.0, LOGIN.1),
            false => Credentials::token(TOKEN),
        };
        let client = Client::new(settings, credentials.expect("they fit")).expect("a client");
        let cluster = ClusterId::parse(&cluster).expect("an id");
        let (name, size) = ("workers".to_string(), SizeId(55));
        let facts = match setting.plain {
            false => Facts::Managed { cluster, name, size, number: None },
            true => Facts::Plain(order(&datacenter)),
        };
        let mut stage = Stage {
            kube: Kube::new(fake.clone()),
            client,
            engine: None,
            wanted: 0,
            leads: Arc::new(AtomicBool::new(true)),
            loses: Arc::default(),
            boundaries: Boundaries::default(),
            breaks: Arc::default(),
            table: watch::channel(Arc::new(BTreeMap::from([("workers".into(), facts)]))).0,
            password: watch::channel(Some(Secret::new(PASSWORD))).0,
            wishes: BTreeMap::new(),
            setting,
            made: 0,
            balances: true,
            fake,
        };
        stage.restart();
        stage
    }

    /// The process ends wherever it stands, and another begins.
    pub fn restart(&mut self) {
        self.engine = None;
        let mistake = self.setting.mistake;
        let (leads, loses) = (self.leads.clone(), self.loses.clone());
        let heedless = mistake == Some(Mistake::ClientHeedsNoLease);
        let gate = move || {
            if loses.swap(false, Ordering::Relaxed) {
                leads.store(false, Ordering::Relaxed);
            }
            heedless || leads.load(Ordering::Relaxed)
        };
        let provider = Provider::new(
            self.client.guarded(gate),
            "blue",
            self.table.subscribe(),
            self.password.subscribe(),
        );
        let (clock, leads) = (self.fake.clone(), self.leads.clone());
        let heedless = mistake == Some(Mistake::EngineHeedsNoLease);
        let now = move || Time(START + (clock.world(|it| it.now_ms) / 1000) as i64);
        self.engine = Some(Engine::start(Start {
            settings: settings(self.setting.balancers),
            seed: u64::from(self.made),
            objects: self.kube.objects(),
            provider: Stops {
                inner: Spoilt::new(provider, mistake, self.breaks.clone()),
                boundaries: self.boundaries.clone(),
            },
            cluster: Stops {
                inner: Spoilt::new(self.kube.clone(), mistake, self.breaks.clone()),
                boundaries: self.boundaries.clone(),
            },
            rim: Rim {
                now: Box::new(now),
                second: SECOND,
                may_write: Arc::new(move || heedless || leads.load(Ordering::Relaxed)),
            },
        }));
    }

    /// What a plain server would be made of.
    pub fn plain(&self) -> Order {
        order(&self.fake.world(|it| it.datacenter.clone()))
    }

    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.engine.as_ref().expect("it runs").seen().borrow().clone()
    }

    /// Turns the cluster on: kubelets join, news are told, groups are kept at their size, wishes are said.
    pub fn turn(&mut self) {
        self.fake.pass(Duration::from_secs(1));
        self.kube.join();
        if self.balances {
            self.balance();
        }
        let seen = self.snapshot();
        let phase = |uid: &Name| seen.machines.get(uid).map(|it| it.phase);
        let machines = self.kube.machines();
        self.wishes.retain(|uid, _| machines.iter().any(|it| it.uid == *uid));
        let failed = |it: &Machine| it.papers.failed.is_some() || phase(&it.uid) == Some(Phase::Failed);
        let goes =
            |it: &Machine| self.wishes.get(&it.uid) == Some(&Wish::Leave) || it.papers.condemned.is_some();
        let counts: Vec<&Machine> = machines.iter().filter(|it| !failed(it) && !goes(it)).collect();
        if counts.len() < self.wanted {
            self.made += 1;
            self.kube.add_machine(self.made, self.setting.plain);
        } else if counts.len() > self.wanted {
            self.wishes.insert(counts[0].uid.clone(), Wish::Leave);
        }
        let engine = self.engine.as_ref().expect("it runs");
        self.kube.news().into_iter().for_each(|it| engine.tell(it));
        engine.wishes(Wishes::new(self.wishes.clone()));
        if self.boundaries.reached.swap(false, Ordering::Relaxed) {
            self.restart();
        }
    }

    /// The cloud controller's part: by private address in rules of even number, by public address in all others.
    fn balance(&self) {
        let nodes = self.kube.nodes();
        self.fake.world(|world| {
            let made: Vec<String> = (0..nodes.len() * 8).map(|_| world.identifier()).collect();
            let mut made = made.into_iter();
            let servers: Vec<(String, String)> =
                world.workers.iter().map(|it| (it.ip.clone(), it.identifier.clone())).collect();
            for (at, (_, backends)) in world.rules().enumerate() {
                for node in &nodes {
                    let ip = node.addresses[at % 2].to_string();
                    let server = servers.iter().find(|it| *it.0 == *node.addresses[1]);
                    let named = backends.iter().position(|it| it.ip == ip);
                    match (named, node.excluded) {
                        (Some(at), true) => drop(backends.remove(at)),
                        (None, false) if node.dressed => backends.push(vpsie_fake::Backend {
                            identifier: made.next().expect("enough were made"),
                            ip,
                            server: server.map(|it| it.1.clone()).unwrap_or_default(),
                            kind: "k8s".into(),
                        }),
                        _ => {}
                    }
                }
            }
        });
    }

    /// Rules that name a Node, by any of its addresses.
    pub fn named(&self, node: &Node) -> Vec<String> {
        let is = |ip: &str| node.addresses.iter().any(|it| **it == *ip);
        self.fake.world(|world| {
            world.rules().filter(|it| it.1.iter().any(|it| is(&it.ip))).map(|it| it.0).collect()
        })
    }

    /// Until everything is as wanted and at rest.
    pub async fn settle(&mut self, what: &str) {
        let wanted = self.wanted;
        self.until(what, |it| {
            let seen = it.snapshot();
            let ready = seen.machines.values().filter(|it| it.phase == Phase::Ready).count();
            ready == wanted && seen.machines.len() == wanted && it.kube.machines().len() == wanted
        })
        .await;
    }

    /// So many seconds pass.
    pub async fn pass(&mut self, secs: u32) {
        for _ in 0..secs {
            self.turn();
            tokio::time::sleep(SECOND).await;
        }
    }

    pub async fn until(&mut self, what: &str, holds: impl Fn(&Stage) -> bool) {
        let turns_max = if self.setting.mistake.is_some() { TURNS_MAX_SPOILT } else { TURNS_MAX };
        for _ in 0..turns_max {
            self.turn();
            tokio::time::sleep(SECOND).await;
            if holds(self) {
                return;
            }
        }
        let seen = self.snapshot();
        panic!(
            "{what}, within {turns_max} s: {:#?}\n{:?}\n{:?} {:?}\n{:#?}\n{:#?}",
            seen.machines,
            seen.back_offs,
            seen.distrust,
            seen.list_trouble,
            self.kube.machines(),
            self.tail()
        );
    }

    fn tail(&self) -> Vec<String> {
        let lines = |log: &[Line]| {
            log.iter()
                .rev()
                .take(30)
                .map(|it| format!("{} {} {} {}", it.at_ms, it.method, it.path, it.status))
                .collect()
        };
        self.fake.world(|it| lines(&it.log))
    }

    /// Servers of the group that a list shows, by host.
    pub fn servers(&self) -> Vec<String> {
        let plain = self.setting.plain;
        self.fake.world(|world| match plain {
            true => world
                .servers
                .iter()
                .filter(|it| !it.is_gone(world.now_ms))
                .map(|it| it.hostname.clone())
                .collect(),
            false => {
                let number = world.groups.iter().find(|it| it.name == "workers").map(|it| it.id);
                let there = world.workers.iter().filter(|it| it.group.is_some() && it.group == number);
                there.filter(|it| it.is_listed(world.now_ms)).map(|it| it.hostname.clone()).collect()
            }
        })
    }

    /// How many were ever bought in the group.
    pub fn bought(&self) -> usize {
        let plain = self.setting.plain;
        self.fake.world(|world| match plain {
            true => world.servers.len(),
            false => {
                let number = world.groups.iter().find(|it| it.name == "workers").map(|it| it.id);
                world.workers.iter().filter(|it| it.group.is_some() && it.group == number).count()
            }
        })
    }

    pub fn heard(&self, method: &str, path: &str) -> usize {
        self.fake.world(|it| it.log.iter().filter(|it| it.method == method && it.path.contains(path)).count())
    }

    /// Servers, machines and Nodes tell one story.
    pub fn agrees(&self, what: &str) {
        let fold = |mut it: Vec<String>| {
            it.iter_mut().for_each(|it| *it = it.to_lowercase());
            it.sort();
            it
        };
        let claims = self.kube.machines().into_iter().filter_map(|it| it.papers.server);
        let claims = fold(claims.map(|it| it.host.to_string()).collect());
        assert_eq!(fold(self.servers()), claims, "{what}: servers and machines");
        assert_eq!(claims.len(), self.wanted, "{what}: as many as wanted");
        let nodes = self.kube.nodes().into_iter().filter(|it| it.ours).map(|it| it.name.to_string());
        assert_eq!(fold(nodes.collect()), claims, "{what}: Nodes and machines");
        assert!(self.kube.nodes().iter().all(|it| !it.marked), "{what}: no leaving mark is left");
        assert_eq!(self.kube.wrong(), Vec::<String>::new(), "{what}");
        assert_eq!(self.heard("DELETE", "reduce"), 0, "{what}: the provider never chooses");
    }
}

fn order(datacenter: &str) -> Order {
    Order {
        plan: PlanId::parse("plan-a").expect("an id"),
        image: ImageId::parse("debian-12").expect("an id"),
        datacenter: DatacenterId::parse(datacenter).expect("an id"),
        project: ProjectId::parse("6f100000-0000-11f0-8000-0242ac110004").expect("an id"),
        ssh_key: Some(vpsie::SshKeyId::parse("key-1").expect("an id")),
        script: None,
        user_data: Some(Secret::new(
            "#cloud-config\nhostname: {{hostname}}\nruncmd: [join, {{group}}, secret]\n",
        )),
        public_ipv4: true,
        public_ipv6: false,
        private_ip: true,
        tags: vec!["autoscaled".to_string()],
    }
}

/// Where a test may let the process end: an operation that reaches the boundary never ends.
#[derive(Clone, Default)]
pub struct Boundaries {
    pub count: Arc<AtomicU32>,
    /// 0: none.
    pub stop_at: Arc<AtomicU32>,
    pub reached: Arc<AtomicBool>,
}

impl Boundaries {
    async fn pass(&self) {
        let at = self.count.fetch_add(1, Ordering::Relaxed) + 1;
        if at == self.stop_at.load(Ordering::Relaxed) {
            self.reached.store(true, Ordering::Relaxed);
            Notify::new().notified().await;
        }
    }
}

struct Stops<T> {
    inner: T,
    boundaries: Boundaries,
}

impl<T: Cluster> Cluster for Stops<T> {
    async fn run(&self, machine: &Machine, operation: Operation) -> Outcome {
        self.boundaries.pass().await;
        let outcome = self.inner.run(machine, operation).await;
        self.boundaries.pass().await;
        outcome
    }
}

impl<T: Cloud> Cloud for Stops<T> {
    async fn run(&self, machine: &Machine, operation: Operation) -> Ended {
        self.boundaries.pass().await;
        let ended = self.inner.run(machine, operation).await;
        self.boundaries.pass().await;
        ended
    }

    async fn servers(&self, groups: std::collections::BTreeSet<Name>) -> Reading {
        self.inner.servers(groups).await
    }

    async fn balancers(&self) -> Result<Vec<decide::provision::Rule>, Name> {
        self.inner.balancers().await
    }

    fn scope(&self) -> std::collections::BTreeSet<Name> {
        self.inner.scope()
    }

    fn numbers(&self) -> BTreeMap<Name, u64> {
        self.inner.numbers()
    }
}

/// Objects in memory, changed as an API server would.
#[derive(Clone)]
pub struct Kube(Arc<Mutex<Inner>>);

struct Inner {
    fake: Arc<Fake>,
    machines: BTreeMap<Name, Machine>,
    nodes: BTreeMap<Name, Node>,
    version: u64,
    news: Vec<Event>,
    wrong: Vec<String>,
    /// The next operation on a Node breaks down.
    breaks: bool,
}

impl Kube {
    fn new(fake: Arc<Fake>) -> Kube {
        Kube(Arc::new(Mutex::new(Inner {
            fake,
            machines: BTreeMap::new(),
            nodes: BTreeMap::new(),
            version: 0,
            news: Vec::new(),
            wrong: Vec::new(),
            breaks: false,
        })))
    }

    fn with<T>(&self, with: impl FnOnce(&mut Inner) -> T) -> T {
        with(&mut self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    pub fn machines(&self) -> Vec<Machine> {
        self.with(|it| it.machines.values().cloned().collect())
    }

    pub fn nodes(&self) -> Vec<Node> {
        self.with(|it| it.nodes.values().cloned().collect())
    }

    pub fn wrong(&self) -> Vec<String> {
        self.with(|it| it.wrong.clone())
    }

    pub fn break_down(&self) {
        self.with(|it| it.breaks = true);
    }

    fn news(&self) -> Vec<Event> {
        self.with(|it| std::mem::take(&mut it.news))
    }

    fn objects(&self) -> Objects {
        self.with(|it| {
            it.news.clear();
            Objects {
                machines: it.machines.values().cloned().collect(),
                nodes: it.nodes.values().cloned().collect(),
                groups: vec![("workers".into(), 1)],
                version: it.version,
            }
        })
    }

    fn add_machine(&self, number: u32, plain: bool) {
        self.with(|it| {
            it.version += 1;
            let machine = Machine {
                uid: format!("m-{number}").into(),
                name: format!("workers-{number:08x}").into(),
                group: "workers".into(),
                backend: if plain { Backend::Plain } else { Backend::Managed },
                version: it.version,
                deleted: false,
                papers: Papers::default(),
            };
            it.machines.insert(machine.uid.clone(), machine.clone());
            it.news.push(Event::Machine(machine));
        });
    }

    /// Kubelets of servers that run register, each under its name in lower case.
    fn join(&self) {
        self.with(|it| {
            let joined: Vec<(String, [String; 2])> = it.fake.world(|world| {
                let now = world.now_ms;
                let workers = world.workers.iter().filter(|it| {
                    it.joined_ms.is_some_and(|at| at <= now) && it.going_ms.is_none() && it.group.is_some()
                });
                let workers =
                    workers.map(|it| (it.hostname.to_lowercase(), [it.private_ip.clone(), it.ip.clone()]));
                let servers = world.servers.iter().filter(|it| it.running_ms <= now && it.going_ms.is_none());
                let servers =
                    servers.map(|it| (it.hostname.to_lowercase(), [it.private_ip.clone(), it.ip.clone()]));
                workers.chain(servers).collect()
            });
            for (name, ips) in joined {
                if it.nodes.contains_key(&*name) {
                    continue;
                }
                it.version += 1;
                let node = Node {
                    name: name.as_str().into(),
                    uid: format!("node-{}", it.version).into(),
                    version: it.version,
                    provider_id: "".into(),
                    ours: false,
                    ready: true,
                    ever_ready: true,
                    dressed: false,
                    marked: false,
                    excluded: false,
                    addresses: ips.iter().map(|it| it.as_str().into()).collect(),
                    pods: 0,
                    volumes: 0,
                };
                it.nodes.insert(node.name.clone(), node.clone());
                it.news.push(Event::Node(node));
            }
        });
    }
}

impl Inner {
    fn on_node(&mut self, name: &Name, uid: &Name, change: impl FnOnce(&mut Node)) -> Outcome {
        assert!(!std::mem::take(&mut self.breaks), "a mistake in the cluster's part");
        self.version += 1;
        let version = self.version;
        let Some(node) = self.nodes.get_mut(name).filter(|it| it.uid == *uid) else { return Outcome::Absent };
        change(node);
        node.version = version;
        let node = node.clone();
        self.fake.world(|it| match node.pods {
            0 => drop(it.watch.holding_pods.remove(&*node.name)),
            _ => drop(it.watch.holding_pods.insert(node.name.to_string())),
        });
        self.news.push(Event::Node(node));
        Outcome::Done
    }

    fn write(&mut self, uid: &Name, version: u64, papers: Papers) -> Outcome {
        self.version += 1;
        let new = self.version;
        let Some(machine) = self.machines.get_mut(uid) else { return Outcome::Absent };
        if machine.version != version {
            return Outcome::Conflict;
        }
        (machine.papers, machine.version) = (papers, new);
        let machine = machine.clone();
        self.news.push(Event::Machine(machine));
        Outcome::Written { version: new }
    }

    fn finish(&mut self, uid: &Name) -> Outcome {
        let Some(machine) = self.machines.remove(uid) else { return Outcome::Absent };
        if let Some(claim) = &machine.papers.server {
            let is = |host: &str| host.eq_ignore_ascii_case(&claim.host);
            let there = self.fake.world(|world| {
                let now = world.now_ms;
                world.workers.iter().any(|it| is(&it.hostname) && it.is_listed(now))
                    || world.servers.iter().any(|it| is(&it.hostname) && !it.is_gone(now))
            });
            if there || self.nodes.contains_key(&*claim.host.to_lowercase()) {
                self.wrong.push(format!("{uid} is finished, and {} is there", claim.host));
            }
        }
        self.news.push(Event::MachineGone { uid: uid.clone() });
        Outcome::Done
    }
}

impl Cluster for Kube {
    async fn run(&self, machine: &Machine, operation: Operation) -> Outcome {
        tokio::time::sleep(Duration::from_millis(2)).await;
        self.with(|it| match operation {
            Operation::Write { version, papers } => it.write(&machine.uid, version, papers),
            Operation::Dress { node, uid } => it.on_node(&node, &uid, |it| {
                (it.dressed, it.ours, it.marked, it.excluded) = (true, true, false, false);
                (it.pods, it.volumes) = (3, 1);
            }),
            Operation::Exclude { node, uid } => {
                it.on_node(&node, &uid, |it| (it.marked, it.excluded) = (true, true))
            }
            Operation::Evict { node, uid } => it.on_node(&node, &uid, |it| (it.pods, it.volumes) = (0, 0)),
            Operation::Forget { node, uid } => {
                let Some(known) = it.nodes.get(&node).filter(|it| it.uid == uid) else {
                    return Outcome::Absent;
                };
                let name = known.name.clone();
                it.nodes.remove(&node);
                it.version += 1;
                let version = it.version;
                it.news.push(Event::NodeGone { name, uid, version });
                Outcome::Done
            }
            Operation::Finish { uid } => it.finish(&uid),
            other => panic!("{other:?} does not concern the cluster"),
        })
    }
}
