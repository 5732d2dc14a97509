//! Two controllers under random load and faults, for as long as wanted; then everything is mended, the load goes,
//! and all must agree: servers, machines and nodes, the journals and the metrics.
//!
//! ```text
//! cargo run --release -p tests --example soak -- [MINUTES [SEED]]
//! ```
//!
//! The same seed makes the same choices; what they meet depends on the machine.

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};
use tests::plane::cluster::{Cluster, is_marked, name_of, node_path, runs};
use tests::plane::controller::{Controller, program};
use tests::plane::objects::{App, budget};
use tests::provider_sim::dice::Dice;
use vpsie_autoscaler::journal;
use vpsie_fake::{Armed, Fault, Stage};

const PROTECTED: &str = "autoscaler.vpsie.com/protected";
const NOT_BEFORE: &str = "autoscaler.vpsie.com/not-before";
const MARK: &str = "autoscaler.vpsie.com/leaving-since";
/// Group, size of the provider, workers at the start, at least, at most.
const GROUPS: [(&str, u64, usize, usize, usize); 2] = [("workers", 55, 4, 1, 10), ("large", 56, 1, 0, 4)];
const REPLICAS: [&str; 2] = ["a", "b"];
/// What must not be disturbed by more than one at a time, and is never scaled.
const STEADY: (&str, i64) = ("steady", 6);
const SETTLED_WITHIN: Duration = Duration::from_secs(600);
const FAULTS: [Fault; 15] = [
    Fault::Unauthorized,
    Fault::RateLimited,
    Fault::BadGateway,
    Fault::BadGatewayAfter,
    Fault::ServerError,
    Fault::ServerErrorAfter,
    Fault::ErrorOn200,
    Fault::HtmlOn200,
    Fault::CutBefore,
    Fault::CutAfter,
    Fault::Slow,
    Fault::StaleLists,
    Fault::ListCutShort,
    Fault::NodeLimit,
    Fault::DeleteIgnored,
];
const SAFETY: &str = "policies:\n- name: safety\n  settings: {headroomPercent: 0, capacityPercentMax: 0}\n";

fn main() {
    let mut arguments = std::env::args().skip(1).map(|it| it.parse::<u32>().expect("a number"));
    let (minutes, seed) = (arguments.next().unwrap_or(60), arguments.next().unwrap_or(1));
    let mut soak = Soak::start(u64::from(seed));
    let end = Instant::now() + Duration::from_secs(60) * minutes;
    let mut told = Instant::now();
    while Instant::now() < end {
        soak.act();
        let pause = Duration::from_millis(u64::from(soak.dice.upto(4000)));
        let until = Instant::now() + pause;
        while Instant::now() < until {
            soak.check();
            sleep(Duration::from_millis(500));
        }
        if told.elapsed() > Duration::from_secs(300) {
            soak.tell();
            told = Instant::now();
        }
    }
    soak.settle();
    soak.agree();
    soak.tell();
    println!("all agree after {minutes} minutes with seed {seed}");
}

struct Soak {
    cluster: Cluster,
    dice: Dice,
    begun: Instant,
    /// Nodes that a person has protected before they were marked.
    protected: BTreeSet<String>,
    cordoned: BTreeSet<String>,
    /// Machines that a person has deleted.
    condemned: BTreeSet<String>,
    /// The nodes of those.
    deleted: BTreeSet<String>,
    calm_at: Option<Instant>,
    /// A controller that sleeps, and until when.
    paused: Option<(String, Instant)>,
    done: BTreeMap<&'static str, u32>,
}

impl Soak {
    fn start(seed: u64) -> Soak {
        let mut cluster = Cluster::start();
        for (name, size, workers, min, max) in GROUPS {
            let nodes = cluster.group_of(name, size, workers, &json!({"minNodes": min, "maxNodes": max}));
            assert_eq!(nodes.len(), workers);
        }
        cluster.configure(&json!({"globalSettings": {"maxConcurrentScaleDowns": 2}}));
        cluster.plane.create(&budget(STEADY.0, 1));
        cluster.deploy(&App::new(STEADY.0, STEADY.1 as usize, 300).deployment());
        cluster.plane.create(&App::new("web", 5, 400).deployment());
        cluster.plane.create(&App::new("wide", 0, 2500).deployment());
        REPLICAS.iter().for_each(|it| cluster.run(it));
        let (protected, cordoned, condemned, deleted, done) = Default::default();
        let (dice, begun) = (Dice::new(seed), Instant::now());
        let (calm_at, paused) = (None, None);
        Soak { cluster, dice, begun, protected, cordoned, condemned, deleted, calm_at, paused, done }
    }

    /// One thing that happens in clusters.
    fn act(&mut self) {
        if self.calm_at.is_some_and(|it| it < Instant::now()) {
            self.calm();
        }
        if self.paused.as_ref().is_some_and(|it| it.1 < Instant::now()) {
            self.wake();
        }
        let what = match self.dice.upto(99) {
            0..=29 => self.scale(),
            30..=39 => self.protect(),
            40..=49 => self.cordon(),
            50..=64 => self.fault(),
            65..=70 => self.kill(),
            71..=74 => self.pause(),
            75..=77 => self.hand_over(),
            78..=79 => self.restart_apiserver(),
            80..=86 => self.swap_policies(),
            87..=92 => self.configure(),
            93..=95 => self.delete_machine(),
            _ => "nothing",
        };
        println!("{:>6.1} {what}", self.begun.elapsed().as_secs_f32());
        *self.done.entry(what).or_default() += 1;
    }

    fn scale(&mut self) -> &'static str {
        match self.dice.percent(70) {
            true => self.cluster.scale("web", self.dice.upto(50) as usize),
            false => self.cluster.scale("wide", self.dice.upto(5) as usize),
        }
        "another load"
    }

    fn protect(&mut self) -> &'static str {
        let Some(node) = self.any_node() else { return "nothing" };
        if self.protected.remove(&node) {
            self.annotate(&node, PROTECTED, None);
            return "a node is protected no more";
        }
        // One that leaves already may have gone too far.
        let now = self.annotate(&node, PROTECTED, Some("true"));
        if now.is_some_and(|it| !is_marked(&it) && it["metadata"]["annotations"][MARK].is_null()) {
            self.protected.insert(node);
        }
        "a node is protected"
    }

    fn cordon(&mut self) -> &'static str {
        if let Some(node) = self.cordoned.pop_first() {
            self.patch(&node, &json!({"spec": {"unschedulable": null}}));
            return "a cordon is lifted";
        }
        let Some(node) = self.any_node() else { return "nothing" };
        if self.cluster.node(&node).is_some_and(|it| is_marked(&it)) {
            return "nothing";
        }
        self.patch(&node, &json!({"spec": {"unschedulable": true}}));
        self.cordoned.insert(node);
        "a person cordons a node"
    }

    fn fault(&mut self) -> &'static str {
        let fault = FAULTS[self.dice.upto(FAULTS.len() as u32 - 1) as usize];
        let (share, secs) = (self.dice.between(100, 1000), self.dice.between(3, 40));
        let armed = Armed::always(fault).per_mille(u32::try_from(share).expect("small"));
        let armed = match fault {
            Fault::RateLimited => armed.amount(2000),
            Fault::Slow => armed.amount(1500),
            // The controller is told that lists are at most two seconds old.
            Fault::StaleLists => armed.amount(1500),
            Fault::ListCutShort => armed.amount(1),
            Fault::DeleteIgnored => Armed::once(fault),
            _ => armed,
        };
        self.cluster.provider.fake().arm(armed);
        self.calm_at = Some(Instant::now() + Duration::from_secs(secs as u64));
        fault.name()
    }

    fn calm(&mut self) {
        self.cluster.provider.fake().world(|it| it.faults.armed.clear());
        self.calm_at = None;
    }

    fn kill(&mut self) -> &'static str {
        let leader = self.cluster.leader();
        self.wake();
        self.cluster.controller(&leader).kill();
        self.cluster.run(&leader);
        "the leader is killed, and begins again"
    }

    fn pause(&mut self) -> &'static str {
        if self.paused.is_some() {
            return "nothing";
        }
        let leader = self.cluster.leader();
        self.cluster.controller(&leader).pause();
        let secs = self.dice.between(3, 40) as u64;
        self.paused = Some((leader, Instant::now() + Duration::from_secs(secs)));
        "the leader sleeps"
    }

    fn wake(&mut self) {
        if let Some((identity, _)) = self.paused.take() {
            self.cluster.controller(&identity).resume();
        }
    }

    fn hand_over(&mut self) -> &'static str {
        self.wake();
        let leader = self.cluster.leader();
        self.cluster.controller(&leader).stop();
        self.cluster.run(&leader);
        "the leader is told to end, and begins again"
    }

    fn restart_apiserver(&mut self) -> &'static str {
        self.cluster.plane.restart_apiserver();
        "the apiserver ends and begins again"
    }

    fn swap_policies(&mut self) -> &'static str {
        let (text, what) = match self.dice.upto(3) {
            0 => (SAFETY.to_string(), "policies as at the start"),
            1 => (format!("{SAFETY}- name: schedule\n  settings: {{mode: disabled}}\n"), "nothing may go"),
            2 => (format!("{SAFETY}- name: schedule\n  settings: {{mode: aggressive}}\n"), "more may go"),
            _ => (format!("{SAFETY}- name: schedule\n  settings: {{mode: whenever}}\n"), "wrong policies"),
        };
        self.cluster.write_policies(&[("policies.yaml", text.as_bytes())]);
        what
    }

    fn configure(&mut self) -> &'static str {
        let paused = self.dice.percent(20);
        self.cluster.configure(&json!({
            "globalSettings": {"maxConcurrentScaleDowns": self.dice.between(1, 4)},
            "scaleDown": {"paused": paused},
        }));
        if paused { "removals are paused" } else { "another number at once" }
    }

    fn delete_machine(&mut self) -> &'static str {
        let machines = self.cluster.machines();
        let free = machines.iter().filter(|it| {
            let node = it["status"]["nodeName"].as_str().unwrap_or_default();
            !self.protected.contains(node) && it["metadata"]["deletionTimestamp"].is_null()
        });
        let free: Vec<&Value> = free.collect();
        if free.is_empty() {
            return "nothing";
        }
        let machine = free[self.dice.upto(free.len() as u32 - 1) as usize];
        self.condemned.insert(name_of(machine));
        let path = format!(
            "/apis/autoscaler.vpsie.com/v1alpha1/namespaces/kube-system/vpsienodes/{}",
            name_of(machine)
        );
        // It may have gone by itself meanwhile.
        let _ = self.cluster.plane.ask(http::Method::DELETE, &path, None);
        "a person deletes a machine"
    }

    /// A machine that is deleted before its server has joined learns of its node later.
    fn learn_nodes(&mut self) {
        let machines = self.cluster.machines();
        let theirs = machines.iter().filter(|it| self.condemned.contains(&name_of(it)));
        for it in theirs {
            let names = [&it["status"]["nodeName"], &it["status"]["record"]["server"]["host"]];
            self.deleted.extend(names.iter().filter_map(|it| it.as_str()).map(str::to_lowercase));
        }
    }

    fn any_node(&mut self) -> Option<String> {
        let nodes = self.managed();
        let at = self.dice.upto(nodes.len().max(1) as u32 - 1) as usize;
        nodes.into_iter().nth(at)
    }

    fn managed(&self) -> BTreeSet<String> {
        let ours = |it: &&Value| it["metadata"]["labels"]["autoscaler.vpsie.com/managed"] == "true";
        self.cluster.nodes().iter().filter(ours).map(name_of).collect()
    }

    /// None: it is gone.
    fn annotate(&self, node: &str, name: &str, value: Option<&str>) -> Option<Value> {
        self.patch(node, &json!({"metadata": {"annotations": {name: value}}}))
    }

    fn patch(&self, node: &str, fields: &Value) -> Option<Value> {
        self.cluster.plane.ask(http::Method::PATCH, &node_path(node), Some(fields)).ok()
    }

    /// What must be so at every moment.
    fn check(&mut self) {
        let nodes: BTreeSet<String> = self.cluster.nodes().iter().map(name_of).collect();
        for node in &self.protected {
            assert!(nodes.contains(node), "protected node {node} is gone");
            assert!(self.cluster.provider.stage(node).is_some(), "the server of protected {node} is gone");
        }
        self.cordoned.retain(|it| nodes.contains(it));
        self.learn_nodes();
        for (group, _, _, min, max) in GROUPS {
            let alive = self.cluster.provider.workers(group).len();
            // What a person deletes may go below the least.
            let least = min.saturating_sub(self.deleted.len());
            assert!((least..=max).contains(&alive), "group {group} has {alive} servers");
        }
        let path = format!("/apis/policy/v1/namespaces/default/poddisruptionbudgets/{}", STEADY.0);
        let budget = self.cluster.plane.get(&path).expect("it is there");
        let healthy = budget["status"]["currentHealthy"].as_i64().unwrap_or(STEADY.1);
        assert!(healthy >= STEADY.1 - 1, "{healthy} pods of {} are left: {budget}", STEADY.0);
    }

    /// Everything is mended, the load goes, and what is not needed goes with it.
    fn settle(&mut self) {
        self.calm();
        self.wake();
        self.cluster.write_policies(&[("policies.yaml", SAFETY.as_bytes())]);
        self.cluster.configure(&json!({
            "globalSettings": {"maxConcurrentScaleDowns": 2}, "scaleDown": {"paused": false},
        }));
        // Also from those that left already when they were protected.
        self.protected.clear();
        for node in self.managed() {
            self.annotate(&node, PROTECTED, None);
        }
        for node in std::mem::take(&mut self.cordoned) {
            self.patch(&node, &json!({"spec": {"unschedulable": null}}));
        }
        self.cluster.scale("web", 0);
        self.cluster.scale("wide", 0);
        let begun = Instant::now();
        let mut rested: Option<Instant> = None;
        while rested.is_none_or(|it| it.elapsed() < Duration::from_secs(15)) {
            // What was taken back need not be waited for: a person takes the note off.
            for node in self.managed() {
                self.annotate(&node, NOT_BEFORE, None);
            }
            match self.unsettled() {
                None => rested = rested.or(Some(Instant::now())),
                Some(why) => {
                    rested = None;
                    assert!(begun.elapsed() < SETTLED_WITHIN, "not settled: {why}");
                }
            }
            sleep(Duration::from_secs(1));
        }
        println!("settled after {} s", begun.elapsed().as_secs());
    }

    /// What is not yet as it must be in the end.
    fn unsettled(&self) -> Option<String> {
        let alive = |it: &str| self.cluster.provider.workers(it);
        let mut servers = BTreeSet::new();
        for (group, _, _, min, _) in GROUPS {
            let workers = alive(group);
            if workers.len() != min || workers.iter().any(|it| it.stage != Stage::Joined) {
                return Some(format!("group {group} has {} servers, {min} are needed", workers.len()));
            }
            servers.extend(workers.into_iter().map(|it| it.name));
        }
        let machines: BTreeSet<String> = self
            .cluster
            .machines()
            .iter()
            .map(|it| it["status"]["nodeName"].as_str().unwrap_or_default().to_string())
            .collect();
        let nodes = self.managed();
        if servers != machines || servers != nodes {
            return Some(format!("servers {servers:?}, machines {machines:?}, nodes {nodes:?}"));
        }
        if self.cluster.nodes().iter().any(is_marked) {
            return Some("a node is marked".into());
        }
        let healthy = self.cluster.pods(STEADY.0).iter().filter(|it| runs(it)).count();
        (healthy as i64 != STEADY.1).then(|| format!("{healthy} pods of {} run", STEADY.0))
    }

    /// The journals can be decided again, everything that went was decided, and one replica says what is so.
    fn agree(&mut self) {
        let mut decided = BTreeSet::new();
        let mut ticks = 0;
        for identity in REPLICAS {
            let dir = self.cluster.controller(identity).journal();
            let again = Command::new(program()).arg("replay").arg(&dir).output().expect("the program runs");
            let said = String::from_utf8_lossy(&again.stdout);
            assert!(
                again.status.success(),
                "journal {identity}: {said}{}",
                String::from_utf8_lossy(&again.stderr)
            );
            println!("replay {identity}: {}", said.trim().lines().last().unwrap_or_default());
            for read in journal::read(&dir).expect("the journal can be read") {
                let Ok(entry) = read else { continue };
                ticks += 1;
                decided.extend(entry.plan.removals.iter().map(ToString::to_string));
            }
        }
        let asked: BTreeSet<String> = self.cluster.provider.deletions().into_iter().collect();
        let missing: Vec<&String> =
            asked.iter().filter(|it| !decided.contains(*it) && !self.deleted.contains(*it)).collect();
        assert!(missing.is_empty(), "servers were deleted that no plan named: {missing:?}");
        println!(
            "{ticks} ticks journaled; {} servers deleted, all of them decided; {} added",
            asked.len(),
            self.cluster.provider.additions()
        );

        let leaders: Vec<&Controller> = self
            .cluster
            .controllers()
            .iter()
            .filter(|it| figure(it, "vpsie_autoscaler_leader") == Some(1.0))
            .collect();
        assert_eq!(leaders.len(), 1, "one of them leads");
        for (group, _, _, min, _) in GROUPS {
            let name = format!(
                "vpsie_autoscaler_nodegroup_current_nodes{{namespace=\"kube-system\",nodegroup=\"{group}\"}}"
            );
            assert_eq!(figure(leaders[0], &name), Some(min as f64), "{name}");
        }
        assert_eq!(figure(leaders[0], "vpsie_autoscaler_inventory_frozen"), Some(0.0));
        assert_eq!(figure(leaders[0], "vpsie_autoscaler_engine_pending_deletions"), Some(0.0));
    }

    fn tell(&self) {
        println!("--- after {} s", self.begun.elapsed().as_secs());
        for (what, times) in &self.done {
            println!("{times:>5} {what}");
        }
        for it in self.cluster.controllers() {
            let Some(used) = it.usage() else { continue };
            println!(
                "{}: {} MiB now, {} MiB at most, {:.1} s of CPU",
                it.identity(),
                used.memory_kib >> 10,
                used.memory_kib_max >> 10,
                used.cpu.as_secs_f32()
            );
        }
    }
}

/// A figure of `/metrics`.
fn figure(controller: &Controller, name: &str) -> Option<f64> {
    let (_, text) = controller.get("/metrics")?;
    text.lines().find_map(|it| it.strip_prefix(name)?.trim().parse().ok())
}
