//! A shipped policy is the same whether its source is called or the component that was built from
//! it: the same answers, the same faults, the same questions, and the same fuel in every process.

use super::{Cluster, decide};
use crate::Set;
use crate::hooks::Hooks;
use crate::member::Member;
use crate::shipped::SHIPPED;
use crate::wasm::{Guest, Limits, Unfit};
use decide::world::{OwnerKind, PodVolumeKind, World as DecideWorld};
use policy_sdk::kit::{Chance, World};
use policy_sdk::records::{Batch, Diagnostic, Fault, Settings};
use policy_sdk::settings::Tree;
use policy_sdk::{Policy, Scorer, Vetoer, Windows};
use priority::Priority;
use safety::Safety;
use schedule::Schedule;
use std::fmt::{self, Write};

const WORLDS: u64 = 4_000;
const CLUSTERS: u64 = 300;
/// Enough of each kind of world.
const FUELS: u64 = 150;

const ANNOTATIONS: [&str; 4] = [
    "autoscaler.vpsie.com/scale-down",
    "autoscaler.vpsie.com/scale-down-allowed-hours",
    "autoscaler.vpsie.com/scale-down-allowed-days",
    "autoscaler.vpsie.com/scale-down-zone",
];

/// The words of a policy's settings, and settings that it takes: of random ones it takes few.
struct Tongue {
    words: &'static [&'static str],
    usable: &'static [&'static str],
}

const SCHEDULE: Tongue = Tongue {
    words: &[
        "zone",
        "mode",
        "preset",
        "windows",
        "allow",
        "freeze",
        "annotations",
        "days",
        "from",
        "to",
        "groups",
        "removals",
        "balanced",
        "disabled",
        "production",
        "cost-saving",
        "lenient",
        "workers",
    ],
    usable: &[
        "{}",
        r#"{"zone": "Europe/Berlin", "preset": "cost-saving", "mode": "conservative", "annotations": "lenient"}"#,
        r#"{"windows": [{"days": "Fri-Mon", "from": "22:00", "to": "02:15", "removals": 0, "groups": ["db"]}],
            "allow": [{"from": "01:00", "to": "23:00"}, {"days": ["Sun"]}, {"to": "02:30"}, {"days": "Mon,Fri"}],
            "freeze": [{"from": "2026-12-23T17:00:00Z", "to": "2027-01-02T06:00:00Z"}], "zone": "Europe/Berlin"}"#,
    ],
};

const SAFETY: Tongue = Tongue {
    words: &[
        "missingController",
        "bare",
        "customControllers",
        "minReplicas",
        "systemPodMinAgeSeconds",
        "uniqueSystemPods",
        "localStorage",
        "headroomPercent",
        "capacityPercentMax",
        "keep",
        "allow",
    ],
    usable: &[
        "{}",
        r#"{"minReplicas": 3, "headroomPercent": 10000, "capacityPercentMax": 1}"#,
        r#"{"missingController": "allow", "bare": "allow", "customControllers": "allow", "localStorage": "allow",
            "uniqueSystemPods": "allow", "systemPodMinAgeSeconds": 0, "headroomPercent": 0}"#,
    ],
};

const PRIORITY: Tongue = Tongue {
    words: &["usage", "pod", "systemPod", "price", "age", "zoneImbalance", "largeWasteFirst", "explain"],
    usable: &[
        "{}",
        r#"{"explain": true, "price": 3, "age": 2, "zoneImbalance": 7, "largeWasteFirst": 100}"#,
        r#"{"explain": true, "price": 1000000, "age": 1000000, "largeWasteFirst": 1000000, "usage": 0}"#,
    ],
};

/// A policy from its source, with the hooks that it has.
pub(super) struct Native {
    pub windows: Option<Box<dyn Windows + Send + Sync>>,
    pub vetoer: Option<Box<dyn Vetoer + Send + Sync>>,
    pub scorer: Option<Box<dyn Scorer + Send + Sync>>,
}

const NONE: Native = Native { windows: None, vetoer: None, scorer: None };

impl fmt::Debug for Native {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Native")
    }
}

impl Hooks for Native {
    fn windows(&self) -> Option<&dyn Windows> {
        self.windows.as_deref().map(|it| it as &dyn Windows)
    }

    fn vetoer(&self) -> Option<&dyn Vetoer> {
        self.vetoer.as_deref().map(|it| it as &dyn Vetoer)
    }

    fn scorer(&self) -> Option<&dyn Scorer> {
        self.scorer.as_deref().map(|it| it as &dyn Scorer)
    }
}

fn native(name: &str, settings: &Settings, world: &World) -> Result<Native, Vec<Diagnostic>> {
    let tree = Tree::new(settings);
    Ok(match name {
        "schedule" => {
            let it = Schedule::configure(&tree, world)?;
            Native { windows: Some(Box::new(it.clone())), vetoer: Some(Box::new(it)), ..NONE }
        }
        "safety" => Native { vetoer: Some(Box::new(Safety::configure(&tree, world)?)), ..NONE },
        _ => Native { scorer: Some(Box::new(Priority::configure(&tree, world)?)), ..NONE },
    })
}

fn component(name: &str, settings: &Settings, world: &World) -> Result<Guest, Vec<Diagnostic>> {
    let shipped = SHIPPED.iter().find(|it| it.name == name).expect("it is shipped");
    match Guest::start(shipped.module(), settings, Limits::default(), world, world) {
        Ok(guest) => Ok(guest),
        Err(Unfit::Settings(told)) => Err(told),
        Err(Unfit::Refused(refusal)) => panic!("{name}: {refusal}"),
    }
}

/// Every answer of a policy about a world, and every question that it asked of it, as text.
pub(super) fn said(hooks: &dyn Hooks, world: &World, batch: &Batch) -> String {
    let host = world.host();
    let before = world.asked().len();
    let mut said = String::new();
    let mut tell = |hook: &str, answer: Option<Result<String, Fault>>| {
        writeln!(said, "{hook} {answer:?}").expect("a text takes all");
    };
    let symbols = (&batch.tick, &batch.symbols, &batch.groups);
    tell(
        "paces",
        hooks.windows().map(|it| it.paces(symbols.0, symbols.1, symbols.2, &host).map(|it| debug(&it))),
    );
    tell("veto", hooks.vetoer().map(|it| it.veto(batch, &host).map(|it| debug(&it))));
    tell("score", hooks.scorer().map(|it| it.score(batch, &host).map(|it| debug(&it))));
    for asked in &world.asked()[before..] {
        writeln!(said, "{asked}").expect("a text takes all");
    }
    said
}

fn debug<T: fmt::Debug>(answers: &[T]) -> String {
    format!("{answers:?}")
}

/// A random world and what of it is asked about; the columns are not always what they should be.
fn world(chance: &mut Chance) -> (World, Batch) {
    let world = chance.world(&ANNOTATIONS);
    let mut batch = world.batch();
    if chance.one_in(10) {
        batch.tick.system_namespace = chance.number() as u32;
        batch.nodes.zone.truncate(1);
    }
    (world, batch)
}

fn same(name: &str, tongue: &Tongue) {
    let (mut taken, mut refused) = (0, 0);
    for seed in 0..WORLDS {
        let mut chance = Chance::new(seed);
        let (world, batch) = world(&mut chance);
        let random = chance.settings(tongue.words);
        let usable = policy_sdk::kit::settings(chance.of::<&str>(tongue.usable));
        for settings in [random, usable] {
            match (native(name, &settings, &world), component(name, &settings, &world)) {
                (Ok(native), Ok(component)) => {
                    taken += 1;
                    let (one, other) = (said(&native, &world, &batch), said(&component, &world, &batch));
                    assert_eq!(one, other, "{name}, seed {seed}");
                }
                (native, component) => {
                    refused += 1;
                    assert_eq!(native.err(), component.err(), "{name}, seed {seed}");
                }
            }
        }
    }
    assert!(taken >= WORLDS && refused > WORLDS / 10, "{taken} taken, {refused} refused");
}

#[test]
fn schedule_is_its_source() {
    same("schedule", &SCHEDULE);
}

#[test]
fn safety_is_its_source() {
    same("safety", &SAFETY);
}

#[test]
fn priority_is_its_source() {
    same("priority", &PRIORITY);
}

/// A cluster in which policies have something to say about many nodes, and again after removals.
fn cluster(seed: u64) -> DecideWorld {
    let mut chance = Chance::new(seed);
    let mut cluster = Cluster::new();
    if chance.one_in(2) {
        // Without all the empty ones too much is requested of the last.
        let filled = 8_000 + chance.below(1_500) as i64;
        cluster = cluster.node("keeper", 10).pod("base/fill-0", "keeper", filled);
        for node in 0..2 + chance.below(4) {
            cluster = cluster.node(&format!("empty-{node}"), 1 + chance.below(4) as i64);
        }
        return cluster.settings(|it| it.global.removals_at_once = 5).world();
    }
    for node in 0..3 + chance.below(12) {
        let name = format!("node-{node}");
        cluster = cluster.node_with(&name, 1 + chance.below(16) as i64, |it| {
            let mut pairs = vec![("autoscaler.vpsie.com/idle-since", "2026-11-20T09:40:00Z".to_owned())];
            for key in ANNOTATIONS {
                if chance.one_in(12) {
                    pairs.push((key, chance.text()));
                }
            }
            let pairs: Vec<(&str, &str)> = pairs.iter().map(|it| (it.0, it.1.as_str())).collect();
            it.annotations = super::labels(&pairs);
        });
        for pod in 0..chance.below(5) {
            let namespace = *chance.of(&["web", "db", "kube-system"]);
            let (cpu, kind, local) = (chance.below(900) as i64, chance.below(12), chance.one_in(12));
            let path = format!("{namespace}/pod-{node}-{pod}");
            cluster = cluster.pod_with(&path, &name, cpu, |_, pod, shape| {
                match kind {
                    0 => pod.owner = None,
                    1 => pod.owner.iter_mut().for_each(|it| it.kind = OwnerKind::Other),
                    _ => {}
                }
                if local {
                    shape.volumes = vec![super::volume("tmp", PodVolumeKind::EmptyDir { memory: false })];
                }
            });
        }
    }
    cluster.settings(|it| it.global.removals_at_once = 5).world()
}

#[test]
fn decisions_are_the_same_and_rest_on_the_same() {
    let world = World::at_instant(super::NOW.0);
    let members = SHIPPED.iter().map(|it| Member {
        hooks: Box::new(native(it.name, &Settings::default(), &world).expect("defaults")),
        ..Member::shipped(it)
    });
    let (sources, components) = (Set::of(members.collect()), Set::shipped());
    let (mut rested, mut again) = (0, 0);
    for seed in 0..CLUSTERS {
        let world = cluster(seed);
        let (one, other) = (decide(&world, &sources), decide(&world, &components));
        assert_eq!(one.paces, other.paces, "seed {seed}");
        assert_eq!(one.answers, other.answers, "seed {seed}");
        assert_eq!(one.again, other.again, "seed {seed}");
        rested += one.answers.vetoes.iter().map(|it| it.rested_on.len()).sum::<usize>();
        again += one.again.len();
    }
    assert!(rested > 300 && again > 10, "{rested} rested on, {again} asked again");
}

const BEGIN: &str = "fuel begins\n";
const END: &str = "fuel ends\n";

/// The fuel of every call about some worlds.
fn fuel() -> String {
    let mut fuel = BEGIN.to_owned();
    for seed in 0..FUELS {
        let (world, batch) = world(&mut Chance::new(seed));
        for (name, tongue) in [("schedule", &SCHEDULE), ("safety", &SAFETY), ("priority", &PRIORITY)] {
            for json in tongue.usable {
                let guest = component(name, &policy_sdk::kit::settings(json), &world).expect(json);
                let host = world.host();
                let groups = (&batch.tick, &batch.symbols, &batch.groups[..]);
                let spent = match name {
                    "schedule" => {
                        let vetoes = guest.vetoes_spending(&batch, &host).1;
                        format!("{:?} {vetoes:?}", guest.paces_spending(groups, &host).1)
                    }
                    "safety" => format!("{:?}", guest.vetoes_spending(&batch, &host).1),
                    _ => format!("{:?}", guest.scores_spending(&batch, &host).1),
                };
                writeln!(fuel, "{seed} {name} {spent}").expect("a text takes all");
            }
        }
    }
    fuel + END
}

#[test]
fn fuel_is_the_same_in_every_process() {
    let this = std::env::current_exe().expect("a test has its file");
    let child = || {
        let child = std::process::Command::new(&this)
            .args(["--exact", "tests::parity::child_prints_fuel", "--ignored", "--nocapture"])
            .output()
            .expect("a test can start itself");
        assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));
        let text = String::from_utf8(child.stdout).expect("numbers are texts");
        let from = text.find(BEGIN).expect("numbers were printed");
        text[from..text.find(END).expect("all of them") + END.len()].to_owned()
    };
    let (one, other) = (child(), child());
    assert!(one.lines().count() > 1_000, "hardly anything was printed");
    assert!(one == other, "two processes differ");
    assert!(one == fuel(), "this process differs from its children");
}

#[test]
#[ignore = "for fuel_is_the_same_in_every_process alone"]
fn child_prints_fuel() {
    print!("{}", fuel());
}
