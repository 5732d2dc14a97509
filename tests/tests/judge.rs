//! Placement against the real kube-scheduler: thousands of random worlds, and for every asked pod
//! on every node one verdict of ours and one of the scheduler's own filter plugins. Where they
//! differ on purpose, `known_difference` says so, and DESIGN.md says why.

use decide::facts::Facts;
use decide::place::{Floor, Obstacle, SiteId};
use decide::time::Time;
use decide::world::{NodeId, PodId, World};
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use tests::worlds;
use vpsie_autoscaler::objects::{self, Input};

/// Worlds in an ordinary run; JUDGE_WORLDS asks for more.
const WORLDS: u64 = 3000;
/// Seeds that once found something; they are asked first, for ever.
const SEEDS: &str = include_str!("judge.seeds");
/// The instant at which pods of these worlds are being deleted: all are inside their grace.
const NOW: &str = "2026-01-01T04:00:00Z";

#[test]
fn places_pods_as_the_scheduler_does() {
    let binary = concat!(env!("CARGO_MANIFEST_DIR"), "/bin/judge");
    assert!(std::path::Path::new(binary).exists(), "there is no {binary}: run `make programs`");
    let count =
        std::env::var("JUDGE_WORLDS").map_or(WORLDS, |it| it.parse().expect("JUDGE_WORLDS is a number"));
    let kept = SEEDS.lines().filter(|it| !it.starts_with('#')).map(|it| it.trim().parse().expect("a seed"));
    let seeds: Vec<u64> = kept.chain(0..count).collect();

    let mut judge =
        Command::new(binary).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the judge starts");
    let mut to_judge = judge.stdin.take().expect("piped");
    let asked = seeds.clone();
    let writer = std::thread::spawn(move || {
        for seed in asked {
            writeln!(to_judge, "{}", worlds::random(seed).line()).expect("the judge reads");
        }
    });

    let (mut verdicts, mut refusals, mut known) = (0u64, 0u64, 0u64);
    let mut differences = Vec::new();
    let answers = BufReader::new(judge.stdout.take().expect("piped"));
    for (seed, line) in seeds.iter().zip(answers.lines()) {
        let answer: Value = serde_json::from_str(&line.expect("the judge answers")).expect("JSON");
        let world = worlds::random(*seed);
        for (pod, node, ours) in our_verdicts(&world) {
            let theirs = answer["verdicts"][&pod][&node].as_str().expect("a verdict for each pod and node");
            verdicts += 1;
            refusals += u64::from(!theirs.is_empty());
            if ours.is_none() == theirs.is_empty() {
                continue;
            }
            if known_difference(&world, &pod, theirs, ours.as_ref()) {
                known += 1;
            } else {
                differences
                    .push(format!("seed {seed}: {pod} on {node}: ours {ours:?}, the scheduler's {theirs:?}"));
            }
        }
    }
    writer.join().expect("all worlds are written");
    assert!(judge.wait().expect("the judge ends").success());
    println!("{} worlds, {verdicts} verdicts, {refusals} refusals, {known} known differences", seeds.len());
    assert!(verdicts > 10 * seeds.len() as u64 && refusals * 10 > verdicts, "the worlds are worth judging");
    let shown = differences.iter().take(20).cloned().collect::<Vec<_>>().join("\n");
    assert!(differences.is_empty(), "{} differences:\n{shown}", differences.len());
}

/// Every asked pod on every node, the pod itself lifted and all others where they are.
fn our_verdicts(random: &worlds::World) -> Vec<(String, String, Option<Obstacle>)> {
    let list = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": random.objects});
    let input = Input { name: random.id.clone(), bytes: list.to_string().into_bytes() };
    let now = Time::parse(NOW).expect("a time");
    let world = objects::read(&[input], now).expect("random worlds can be read").world;
    let facts = Facts::of(&world);
    let mut floor = Floor::of(&facts);
    let mut verdicts = Vec::new();
    for name in &random.ask {
        let pod = find(&world, name);
        let home = floor.home(pod).map(|_| floor.lift(pod));
        for node in (0..world.nodes.len()).map(NodeId::new).filter(|it| !world.node(*it).unschedulable) {
            let verdict = floor.fits(pod, SiteId::from(node)).err();
            verdicts.push((name.clone(), world.node(node).name.to_string(), verdict));
        }
        if let Some(site) = home {
            floor.put(pod, site);
        }
    }
    verdicts
}

fn find(world: &World, name: &str) -> PodId {
    let found = (0..world.pods.len()).map(PodId::new).find(|it| world.name_of(*it).to_string() == name);
    found.expect("asked pods are there")
}

/// Where ours differs from the scheduler on purpose; each is explained in DESIGN.md.
fn known_difference(world: &worlds::World, pod: &str, theirs: &str, ours: Option<&Obstacle>) -> bool {
    // What an unbound claim could be bound to is not searched, and a claim that names its volume is bound.
    let unbound =
        ["VolumeBinding: node(s) didn't find available", "VolumeBinding: pod has unbound immediate"];
    if ours.is_none() && unbound.iter().any(|it| theirs.starts_with(it)) {
        return true;
    }
    // The scheduler forgets the labels of namespaces that a pod's own terms select.
    let company = theirs.starts_with("InterPodAffinity") || matches!(ours, Some(Obstacle::Company(_)));
    company && selects_namespaces_by_absence(object(world, pod))
}

/// A namespace selector made of `NotIn` and `DoesNotExist` alone.
fn selects_namespaces_by_absence(pod: &Value) -> bool {
    let terms = ["podAffinity", "podAntiAffinity"].into_iter().flat_map(|kind| {
        let terms = &pod["spec"]["affinity"][kind]["requiredDuringSchedulingIgnoredDuringExecution"];
        terms.as_array().into_iter().flatten()
    });
    terms.map(|it| &it["namespaceSelector"]).any(|selector| {
        let expressions = selector["matchExpressions"].as_array();
        let absent = |it: &Value| matches!(it["operator"].as_str(), Some("NotIn" | "DoesNotExist"));
        selector["matchLabels"].is_null()
            && expressions.is_some_and(|it| !it.is_empty() && it.iter().all(absent))
    })
}

fn object<'w>(world: &'w worlds::World, pod: &str) -> &'w Value {
    let (namespace, name) = pod.split_once('/').expect("namespace/name");
    let is = |it: &&Value| {
        it["kind"] == "Pod" && it["metadata"]["namespace"] == namespace && it["metadata"]["name"] == name
    };
    world.objects.iter().find(is).expect("asked pods are there")
}
