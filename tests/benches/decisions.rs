//! The figures of the README, each with its limit: `make bench`, or
//! `cargo bench -p tests -- b1` for one of them.
//!
//! Times are medians of several runs in one process, so compare ratios, not machines; counts of
//! allocations are exact. A figure over its limit is said and fails the run.

#![expect(clippy::float_arithmetic, reason = "figures for people; nothing is decided by them")]

use component::Source;
use decide::facts::Facts;
use decide::memory::Memory;
use decide::plan::{Plan, Verdict};
use decide::select::Labels;
use decide::tick::Tick;
use decide::time::Time;
use decide::world::{LabelsId, Name, Node, NodeId, Place, Pod, Sample, World};
use policy::{Said, Set, Specimen};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tests::big;
use tests::meter::{Cost, Meter, peak_mib};
use vpsie_autoscaler::journal::{self, Entry, Journal, Limits};
use vpsie_autoscaler::objects::{self, Input};
use vpsie_autoscaler::tick;
use vpsie_autoscaler::voices::Recorder;

#[global_allocator]
static ALLOCATOR: &stats_alloc::StatsAlloc<std::alloc::System> = &stats_alloc::INSTRUMENTED_SYSTEM;

type Bench = fn(&mut Report);

fn main() -> ExitCode {
    let all: [(&str, Bench); 8] = [
        ("b1", removals),
        ("b2", efficiency),
        ("b3", affinity),
        ("b4", quiet),
        ("b5", surge),
        ("policies", asking),
        ("read", reading),
        ("journal", journal),
    ];
    let wanted: Vec<String> = std::env::args().skip(1).filter(|it| !it.starts_with('-')).collect();
    let mut report = Report::default();
    for (name, bench) in all {
        if wanted.is_empty() || wanted.iter().any(|it| it == name) {
            bench(&mut report);
        }
    }
    if let Some(peak) = peak_mib() {
        println!("most memory held by this process: {peak} MiB");
    }
    report.end()
}

/// B1: many equal nodes with small pods, three fifths of which can go at once.
fn removals(report: &mut Report) {
    let set = policies("safety", "headroomPercent: 0, capacityPercentMax: 0");
    let mut smallest: Option<(usize, Duration)> = None;
    for (nodes, limit_ms) in [(2000, Some(150)), (5000, None), (10_000, None), (15_000, Some(2300))] {
        let world = world(&big::packing(nodes, 40));
        let (plan, cost) =
            Meter(ALLOCATOR).measure(if nodes > 2000 { 3 } else { 7 }, || decide(&world, &set));
        let expect = nodes * 3 / 5;
        report.check(&format!("{nodes} nodes: {} go", plan.removals.len()), plan.removals.len() == expect);
        report.time(&format!("B1 {nodes} nodes, {} pods", nodes * 40), cost, limit_ms);
        let (first, base) = *smallest.get_or_insert((nodes, cost.time));
        let linear = base.as_secs_f64() * nodes as f64 / first as f64;
        println!("   {:.2} times what linear growth would take", cost.time.as_secs_f64() / linear);
    }
    let world = world(&big::packing(2000, 40));
    let (plan, cost) = Meter(ALLOCATOR).measure(7, || decide(&world, &Set::shipped()));
    report.time(&format!("B1 with capacity and headroom: {} of 2000 go", plan.removals.len()), cost, None);
}

/// B2: which node goes first decides how full the rest ends.
fn efficiency(report: &mut Report) {
    let safety = "headroomPercent: 0, capacityPercentMax: 0";
    let (default, waste) = (policies("safety", safety), waste_first(safety));
    let ends = |set: &Set| run_down(&big::efficiency(), set);
    report.check(&format!("B2 by default ends at {:.1} % of CPU", ends(&default)), true);
    let end = ends(&waste);
    report.check(&format!("B2 with largeWasteFirst ends at {end:.1} % of CPU (greedy: 54.5 %)"), end > 99.9);
    let (mut worse, mut sums) = (0, [0.0, 0.0]);
    let clusters = 200;
    for seed in 0..clusters {
        let objects = big::mixed(seed);
        let (one, other) = (run_down(&objects, &default), run_down(&objects, &waste));
        sums[0] += one;
        sums[1] += other;
        worse += u32::from(other + 0.05 < one);
    }
    let mean = sums.map(|it| it / clusters as f64);
    let text = format!(
        "B2 elsewhere: mean end of {clusters} mixed clusters {:.2} % by default, {:.2} % with largeWasteFirst; worse in {worse}",
        mean[0], mean[1]
    );
    report.check(&text, mean[1] >= mean[0]);
}

/// B3: hard anti-affinity against the own app on every host, and an even spread over zones.
fn affinity(report: &mut Report) {
    let set = policies("safety", "headroomPercent: 0, capacityPercentMax: 0");
    let running = world(&big::affinity(5000, 50_000, false));
    let (plan, cost) = Meter(ALLOCATOR).measure(3, || decide(&running, &set));
    report.time(&format!("B3 5000 nodes, 50000 pods apart: {} go", plan.removals.len()), cost, Some(2000));
    let waiting = world(&big::affinity(5000, 50_000, true));
    let (plan, cost) = Meter(ALLOCATOR).measure(3, || decide(&waiting, &set));
    let seated = plan.pending.len();
    report.time(&format!("B3 the same, all {seated} pending and placed on paper"), cost, Some(2000));
}

/// B4: nothing is to be done.
fn quiet(report: &mut Report) {
    let set = Set::shipped();
    let mut counts = Vec::new();
    for nodes in [1000, 2000] {
        let world = world(&big::quiet(nodes, 30));
        let mut memory = Memory::default();
        let (plan, cost) = Meter(ALLOCATOR).measure(21, || {
            memory.absorb(&world);
            tick::decide(&world, &memory, &set, None).plan
        });
        report.check(&format!("B4 {nodes} nodes: {} go", plan.removals.len()), plan.removals.is_empty());
        report.time(
            &format!("B4 quiet tick, {nodes} nodes, {} pods", nodes * 30),
            cost,
            (nodes == 1000).then_some(5),
        );
        counts.push(cost.allocations);
    }
    let grown = counts[1].saturating_sub(counts[0]);
    report.check(&format!("B4 allocations that 1000 more nodes bring: {grown}"), grown < 200);
}

/// B5: pods of all sorts that need new nodes.
fn surge(report: &mut Report) {
    let pods = 5000;
    let world = world(&big::surge(pods, 20));
    let (plan, cost) = Meter(ALLOCATOR).measure(5, || decide(&world, &Set::shipped()));
    let placed = plan.pending.iter().filter(|it| it.placed.is_some()).count();
    let nodes: u32 = plan.additions.iter().map(|it| it.count).sum();
    report.check(&format!("B5 {placed} of {pods} pods placed on {nodes} new nodes"), placed == pods);
    let rate = pods as f64 / cost.time.as_secs_f64();
    report.time(&format!("B5 {pods} pods over 20 groups, {rate:.0} pods a second"), cost, Some(250));
}

/// What it costs that policies are components: to load one, to begin a call, and to ask.
fn asking(report: &mut Report) {
    for (name, bytes) in policy::built_in() {
        let (specimen, cost) =
            Meter(ALLOCATOR).measure(7, || Specimen::load(bytes, None).expect("it is built in"));
        let kilobytes = bytes.len() / 1000;
        report.time(&format!("policies: {name}, {kilobytes} kB, compiled and started"), cost, Some(100));
        let (_, cost) = Meter(ALLOCATOR).measure(1001, || specimen.instantiate());
        report.quick(&format!("policies: a fresh instance of {name}"), cost.time, Duration::from_micros(30));
    }

    let (set, world) = (Set::shipped(), world(&big::packing(2000, 40)));
    let memory = Memory::default();
    let facts = Facts::of(&world);
    let tick = Tick::open(&facts, &memory);
    let (paces, first) = Meter(ALLOCATOR).measure(15, || set.paces(&tick));
    let question = tick.shortlist(&paces).question;
    let candidates = question.candidates.len();
    let (answers, second) = Meter(ALLOCATOR).measure(15, || set.answers(&question));
    let failed = answers.vetoes.iter().any(|it| it.answer.is_err());
    report.check(
        &format!("policies: {candidates} of 2000 nodes are candidates"),
        candidates == 2000 && !failed,
    );
    let cost = Cost {
        time: first.time + second.time,
        allocations: first.allocations + second.allocations,
        bytes: first.bytes + second.bytes,
    };
    report.time("policies: all hooks of the built-in ones, 2000 nodes, 80000 pods", cost, Some(15));

    let scorer = Specimen::load(&by_label(), None).expect("a policy");
    for (nodes, limit_ms) in [(1000, 1), (5000, 5)] {
        let world = policy::example_world(nodes, 1);
        let mut times: Vec<Duration> = Vec::new();
        let mut watch = |call: &mut dyn FnMut()| {
            let ((), cost) = Meter(ALLOCATOR).measure(1, call);
            times.push(cost.time);
        };
        for _ in 0..31 {
            let asked = scorer.ask_timed(&world, 0, &mut watch).expect("it has a hook");
            assert!(matches!(&asked.said, Ok(Said::Scores(it)) if it.len() == nodes), "{:?}", asked.said);
        }
        times.sort();
        let what = format!("policies: {nodes} candidates scored by one label of each");
        report.quick(&what, times[times.len() / 2], Duration::from_millis(limit_ms));
    }
}

/// A scorer that reads a label, as `policy build` makes it.
fn by_label() -> Vec<u8> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let (manifest, target_dir) = (root.join("Cargo.toml"), root.join("target/guests"));
    let source = Source { manifest: &manifest, package: Some("by-label"), target_dir: &target_dir };
    let built = component::build(&source).expect("the guest builds");
    let core = std::fs::read(built.join("by_label.wasm")).expect("it is there");
    component::encode(&core).expect("it is a policy")
}

/// The time that reading objects takes.
fn reading(report: &mut Report) {
    let bytes = big::packing(2000, 40).into_bytes();
    let size = bytes.len() / 1_000_000;
    let inputs = [Input { name: "cluster.json".to_string(), bytes }];
    let now = Time::parse(big::NOW).expect("a time");
    let (_, cost) = Meter(ALLOCATOR).measure(5, || objects::read(&inputs, now).expect("it can be read"));
    report.time(&format!("reading 80000 pods, {size} MB of JSON"), cost, Some(2000));
}

/// What noting a tick down costs, with every text read anew as a controller has it.
fn journal(report: &mut Report) {
    let set = Set::shipped();
    let folder = std::env::temp_dir().join(format!("journal-bench-{}", std::process::id()));
    let mut journal = Journal::open(&folder, Limits::default()).expect("a journal");
    let objects = big::quiet(2000, 40);
    let mut memory = Memory::default();
    type Deed = fn(&mut World);
    let ticks: [(&str, Deed, Option<u64>); 6] = [
        ("the first tick, whole", |_| {}, None),
        ("a quiet tick", |_| {}, Some(50)),
        ("another", |_| {}, Some(50)),
        ("a tick with a sample of each node", measured, Some(50)),
        ("another", measured, Some(50)),
        ("a tick in which 100 pods came and all numbers moved", renumbered, None),
    ];
    for ((what, deed, limit_ms), tick) in ticks.into_iter().zip(1..) {
        let mut world = world(&objects);
        world.now = world.now.plus(10 * tick);
        deed(&mut world);
        memory.absorb(&world);
        let recorder = Recorder::of(&set);
        let plan = tick::decide(&world, &memory, &recorder, None).plan;
        let entry = Entry {
            tick: tick as u64,
            world: Arc::new(world),
            memory: Arc::new(memory.clone()),
            time_box: None,
            policies: set.lines(),
            generation: 1,
            answered: recorder.answered(),
            plan: Arc::new(plan),
            outcomes: Vec::new(),
        };
        let held = journal.bytes();
        let ((), cost) = Meter(ALLOCATOR).measure(1, || journal.append(&entry).expect("it can be written"));
        let grown = (journal.bytes() - held) / 1000;
        report.time(&format!("journal, 2000 nodes, 80000 pods: {what}, {grown} kB"), cost, limit_ms);
    }
    let read = || journal::read(&folder).expect("a journal").filter(Result::is_ok).count();
    let (count, cost) = Meter(ALLOCATOR).measure(1, read);
    report.time(&format!("reading these {count} ticks"), cost, None);
    std::fs::remove_dir_all(&folder).expect("the folder goes");
}

fn measured(world: &mut World) {
    let at = world.now;
    let sample =
        |it: &Node| Sample { node: it.name.clone(), at, cpu_nanos: 4_123_456_789, memory_bytes: 17 << 30 };
    world.samples = world.nodes.iter().map(sample).collect();
}

/// A node and a template that come first in their tables, with pods.
fn renumbered(world: &mut World) {
    let mut node = world.nodes[0].clone();
    node.name = "a-node".into();
    world.nodes.insert(0, node);
    world.label_sets.insert(1, Labels(vec![("app".into(), "another".into())]));
    for pod in &mut world.pods {
        if let Place::On(node) = &mut pod.place {
            node.0 += 1;
        }
        pod.labels.0 += 1;
    }
    let pods = (0..100).map(|at| Pod {
        name: format!("a-{at:03}").into(),
        labels: LabelsId(1),
        place: Place::On(NodeId(0)),
        ..world.pods[0].clone()
    });
    let pods: Vec<Pod> = pods.collect();
    world.pods.splice(0..0, pods);
}

fn world(objects: &str) -> World {
    let inputs = [Input { name: "cluster.json".to_string(), bytes: objects.as_bytes().to_vec() }];
    let now = Time::parse(big::NOW).expect("a time");
    objects::read(&inputs, now).expect("generated clusters can be read").world
}

fn decide(world: &World, set: &Set) -> Plan {
    tick::decide(world, &Memory::default(), set, None).plan
}

/// The shipped policies, one of them with settings.
fn policies(name: &str, settings: &str) -> Set {
    load(&format!("policies: [{{name: {name}, settings: {{{settings}}}}}]"))
}

fn waste_first(safety: &str) -> Set {
    load(&format!(
        "policies: [{{name: safety, settings: {{{safety}}}}}, {{name: priority, settings: {{largeWasteFirst: 1000}}}}]"
    ))
}

fn load(text: &str) -> Set {
    let folder = std::env::temp_dir().join(format!("policies-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("policies.yaml"), text).expect("a file");
    let set = Set::load(&folder).expect("policies that can be used");
    std::fs::remove_dir_all(&folder).expect("the folder goes");
    set
}

/// One removal a tick until nothing goes; tells the share of CPU that is requested at the end.
fn run_down(objects: &str, set: &Set) -> f64 {
    let mut world = world(objects);
    loop {
        let plan = decide(&world, set);
        let mut moves: BTreeMap<(Name, Name), Name> = BTreeMap::new();
        for entry in &plan.nodes {
            if let Verdict::Remove { moves: these, .. } = &entry.verdict {
                moves.extend(
                    these.iter().map(|it| ((it.pod.namespace.clone(), it.pod.name.clone()), it.to.clone())),
                );
            }
        }
        if plan.removals.is_empty() {
            return share_of_cpu(&world);
        }
        world = without(world, &plan.removals, &moves);
    }
}

/// The world when the nodes are gone and their pods are where the plan put them.
fn without(mut world: World, gone: &[Name], moves: &BTreeMap<(Name, Name), Name>) -> World {
    let names: Vec<Name> = world.nodes.iter().map(|it| it.name.clone()).collect();
    world.nodes.retain(|it| !gone.contains(&it.name));
    let places: Vec<Place> = world
        .pods
        .iter()
        .map(|pod| {
            let Place::On(node) = pod.place else { return pod.place };
            let key = (world.namespace_of(pod).name.clone(), pod.name.clone());
            let now = moves.get(&key).unwrap_or(&names[node.at()]);
            world.find_node(now).map_or(Place::Elsewhere, Place::On)
        })
        .collect();
    for (pod, place) in world.pods.iter_mut().zip(places) {
        pod.place = place;
    }
    world
}

fn share_of_cpu(world: &World) -> f64 {
    let requested: i64 = world.pods.iter().map(|it| world.shape_of(it).requests.cpu).sum();
    let allocatable: i64 = world.nodes.iter().map(|it| it.allocatable.cpu).sum();
    100.0 * requested as f64 / allocatable.max(1) as f64
}

#[derive(Default)]
struct Report {
    failed: Vec<String>,
}

impl Report {
    fn time(&mut self, what: &str, cost: Cost, limit_ms: Option<u64>) {
        let Cost { time, allocations, bytes } = cost;
        let limit = limit_ms.map_or_else(String::new, |it| format!(", limit {it} ms"));
        println!(
            "{what}: {:.1} ms{limit}; {allocations} allocations, {:.1} MB",
            time.as_secs_f64() * 1000.0,
            bytes as f64 / 1e6
        );
        if limit_ms.is_some_and(|it| time > Duration::from_millis(it)) {
            self.failed.push(what.to_string());
        }
    }

    /// Where a millisecond is much.
    fn quick(&mut self, what: &str, time: Duration, limit: Duration) {
        println!("{what}: {} us, limit {} us", time.as_micros(), limit.as_micros());
        if time > limit {
            self.failed.push(what.to_string());
        }
    }

    fn check(&mut self, what: &str, holds: bool) {
        println!("{what}");
        if !holds {
            self.failed.push(what.to_string());
        }
    }

    fn end(self) -> ExitCode {
        for it in &self.failed {
            println!("OVER ITS LIMIT: {it}");
        }
        println!(
            "{}",
            if self.failed.is_empty() { "all figures within their limits" } else { "some figures are not" }
        );
        if self.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
