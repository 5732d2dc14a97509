//! What holds for every decision, on random clusters.
//!
//! The cases are the same in every run, so that a run tells something about the code and not about
//! the dice. `PROPTEST_CASES` sets their number for each property (without it there are as many as
//! take a few seconds) and `PROPTEST_RNG_SEED` where they begin: other numbers find other things.
//! What once failed is in `proptest-regressions` and tried first.

use decide::ask::Answers;
use decide::facts::Facts;
use decide::memory::Memory;
use decide::place::{Floor, SiteId};
use decide::plan::{Block, Plan, Reason, Verdict};
use decide::tick::Tick;
use decide::world::World;
use policy::Set;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{FileFailurePersistence, RngSeed};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::time::{Duration, Instant};
use tests::checker::{self, Finding};
use tests::clusters::{self, Cluster, NODE_KEEPS, NOW, POD_KEEPS, mark};
use tests::decision::{self, Record, Voices, decide, memory, read};
use tests::oddities::{self, Oddity};
use tests::sabotage::{SABOTAGES, SUMS, Sabotage, Spoilt};
use tests::voices::{self, Script, Vetoer};
use vpsie_autoscaler::objects::{self, Input};
use vpsie_autoscaler::show::{self, Document};

/// No decision about clusters of this size takes longer, however odd they are.
const TIME_MAX: Duration = Duration::from_secs(10);

fn cases(usual: u32) -> ProptestConfig {
    let asked = |name: &str| std::env::var(name).ok().and_then(|it| it.parse::<u64>().ok());
    ProptestConfig {
        cases: asked("PROPTEST_CASES").map_or(usual, |it| it as u32),
        rng_seed: RngSeed::Fixed(asked("PROPTEST_RNG_SEED").unwrap_or(1)),
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(
            "proptest-regressions/properties.txt",
        ))),
        max_shrink_iters: 20_000,
        ..ProptestConfig::default()
    }
}

/// The world of a cluster, which always can be read.
fn world(objects: &[Value]) -> World {
    read(objects, NOW).unwrap_or_else(|it| panic!("a generated cluster cannot be read: {it}"))
}

/// What a plan looks like to who reads it.
fn document(plan: &Plan) -> String {
    show::json(&Document::of(plan, &[], None, None))
}

fn verdict<'p>(plan: &'p Plan, node: &str) -> &'p Verdict {
    &plan.nodes.iter().find(|it| &*it.name == node).expect("every node has an entry").verdict
}

fn findings(objects: &[Value], world: &World, record: &Record, sums: Option<(u32, u32)>) -> Vec<Finding> {
    let asked = record.asked(world);
    let case = checker::Case { sums, ..record.case(objects, NOW, &asked) };
    checker::check(&case)
}

fn fine(findings: &[Finding]) -> Result<(), TestCaseError> {
    let text: Vec<String> = findings.iter().map(ToString::to_string).collect();
    prop_assert!(findings.is_empty(), "{}", text.join("\n"));
    Ok(())
}

/// The shipped policies with settings of all kinds, and the headroom and capacity they stand for.
fn sets() -> Vec<(Set, (u32, u32))> {
    let lenient = "{ bare: allow, customControllers: allow, localStorage: allow, missingController: allow, \
                   uniqueSystemPods: allow, systemPodMinAgeSeconds: 0, headroomPercent: 0, capacityPercentMax: 0 }";
    let strict = "{ headroomPercent: 300, capacityPercentMax: 40, minReplicas: 2 }";
    let schedules = [
        ("{ mode: aggressive }", lenient, (0, 0)),
        ("{ mode: conservative, annotations: lenient }", lenient, (0, 0)),
        ("{ preset: production }", strict, (300, 40)),
        ("{ windows: [{ days: Fri, removals: 3 }] }", "{ bare: allow, localStorage: allow }", (120, 85)),
        (
            "{ windows: [{ groups: [alpha], removals: 0 }, { groups: [beta], mode: disabled }] }",
            lenient,
            (0, 0),
        ),
        ("{ allow: [{ days: Mon }], zone: Asia/Tokyo }", lenient, (0, 0)),
        ("{ freeze: [{ from: \"09:00\", to: \"11:00\", groups: [beta] }] }", lenient, (0, 0)),
    ];
    let mut sets = vec![(Set::shipped(), (120, 85))];
    for (at, (schedule, safety, sums)) in schedules.into_iter().enumerate() {
        let dir = std::env::temp_dir().join(format!("properties-{}-{at}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("a folder for settings");
        let text = format!(
            "policies:\n- {{ name: schedule, settings: {schedule} }}\n- {{ name: safety, settings: {safety} }}\n\
             - {{ name: priority, weight: {} }}\n",
            at + 1
        );
        std::fs::write(dir.join("policies.yaml"), text).expect("settings can be written");
        sets.push((Set::load(&dir).expect("settings can be used"), sums));
        std::fs::remove_dir_all(&dir).expect("the folder was ours");
    }
    sets
}

thread_local! {
    static SETS: Vec<(Set, (u32, u32))> = sets();
}

proptest! {
    #![proptest_config(cases(3000))]

    #[test]
    fn plans_pass_the_check(cluster in clusters::any(), script in voices::sensible()) {
        let objects = cluster.objects();
        let world = world(&objects);
        let record = decide(&world, &memory(&world), &script, None);
        fine(&findings(&objects, &world, &record, None))?;
    }

    #[test]
    fn plans_with_shipped_policies_pass_the_check(cluster in clusters::any(), set in 0..8_usize) {
        let objects = cluster.objects();
        let world = world(&objects);
        SETS.with(|sets| {
            let (set, sums) = &sets[set];
            let record = decide(&world, &memory(&world), set, None);
            fine(&findings(&objects, &world, &record, Some(*sums)))
        })?;
    }

    #[test]
    fn plans_in_a_time_box_pass_the_check(
        cluster in clusters::any(),
        script in voices::sensible(),
        time_box in 0..60_u64,
        cursor in vec(0..12_usize, 0..6),
    ) {
        let objects = cluster.objects();
        let world = world(&objects);
        let mut memory = memory(&world);
        memory.cursor = cursor.into_iter().map(|it| clusters::node_name(it).into()).collect();
        let record = decide(&world, &memory, &script, Some(time_box));
        fine(&findings(&objects, &world, &record, None))?;
    }

    #[test]
    fn hostile_answers_lift_nothing(cluster in clusters::any(), script in voices::hostile()) {
        let objects = cluster.objects();
        let world = world(&objects);
        let memory = memory(&world);
        let silent = decide(&world, &memory, &Script::silent(), None);
        let record = decide(&world, &memory, &script, None);
        fine(&findings(&objects, &world, &record, None))?;
        for it in &silent.plan.nodes {
            if is_kept_by_host(&it.verdict) {
                let goes = matches!(verdict(&record.plan, &it.name), Verdict::Remove { .. });
                prop_assert!(!goes, "{} goes, though the host keeps it: {:?}", it.name, it.verdict);
            }
        }
        let faults = script.windows.iter().any(|it| it.fails)
            || script.vetoers.iter().any(|it| it.fails)
            || script.scorers.iter().any(|it| it.fails);
        prop_assert!(!faults || record.plan.removals.is_empty(), "a policy failed, and {:?} go", record.plan.removals);
    }

    #[test]
    fn order_of_input_is_no_matter(
        (cluster, order) in clusters::any().prop_flat_map(|it| {
            let order: Vec<usize> = (0..it.objects().len()).collect();
            (Just(it), Just(order).prop_shuffle())
        }),
        script in voices::sensible(),
        cut in 0..5_usize,
    ) {
        let objects = cluster.objects();
        let one = world(&objects);
        let shuffled: Vec<Value> = order.iter().map(|it| objects[*it].clone()).collect();
        let other = world(&shuffled);
        prop_assert_eq!(&one, &other);
        let (first, second) = (memory(&one), memory(&other));
        prop_assert_eq!(&first, &second);
        prop_assert_eq!(plan_bytes(&one, &first, &script), plan_bytes(&other, &second, &script));
        SETS.with(|sets| {
            let set = &sets[cut].0;
            prop_assert_eq!(plan_bytes(&one, &first, set), plan_bytes(&other, &second, set));
            Ok(())
        })?;
        // Several documents in several files are the same as one list.
        let inputs: Vec<Input> = shuffled
            .chunks(1 + cut * 7)
            .enumerate()
            .map(|(at, it)| {
                let documents: Vec<String> = it.iter().map(|it| format!("---\n{it}\n")).collect();
                Input { name: at.to_string(), bytes: documents.concat().into_bytes() }
            })
            .collect();
        let mut third = objects::read(&inputs, one.now).expect("it could be read before").world;
        for (pod, as_before) in third.pods.iter_mut().zip(&one.pods) {
            pod.place = as_before.place; // of evicted ones no object tells
        }
        prop_assert_eq!(&one, &third);
    }

    #[test]
    fn everything_can_be_written_down_and_read_again(cluster in clusters::any(), script in voices::hostile()) {
        let world = world(&cluster.objects());
        let memory = memory(&world);
        let record = decide(&world, &memory, &script, None);
        let again = Record {
            plan: there_and_back(&record.plan)?,
            paces: there_and_back(&record.paces)?,
            answers: there_and_back::<Answers>(&record.answers)?,
            ..record.clone()
        };
        let (world, memory) = (there_and_back::<World>(&world)?, there_and_back::<Memory>(&memory)?);
        let replayed = decide(&world, &memory, &again, None);
        prop_assert_eq!(document(&record.plan), document(&replayed.plan));
        prop_assert_eq!(&record.plan, &replayed.plan);
        prop_assert_eq!(&record.agains, &replayed.agains);
    }

    #[test]
    fn one_more_reason_to_keep_lets_nothing_go(
        cluster in clusters::any(),
        script in voices::sensible(),
        which in 0..12_usize,
        keep in keeps(),
        set in 0..8_usize,
    ) {
        let mut objects = cluster.objects();
        let which = which % cluster.nodes.len();
        let before = world(&objects);
        if !keep.add(&mut objects, &before, which) {
            return Ok(());
        }
        let after = world(&objects);
        let mut stricter = script.clone();
        if let Keep::Veto = keep {
            stricter.vetoers.insert(0, against(which));
        }
        let one = decide(&before, &memory(&before), &script, None).plan;
        let other = decide(&after, &memory(&after), &stricter, None).plan;
        stays_kept(&one, &other, &clusters::node_name(which), &keep)?;
        if let Keep::Veto = keep {
            return Ok(());
        }
        SETS.with(|sets| {
            let set = &sets[set].0;
            let one = decide(&before, &memory(&before), set, None).plan;
            let other = decide(&after, &memory(&after), set, None).plan;
            stays_kept(&one, &other, &clusters::node_name(which), &keep)
        })?;
    }

    #[test]
    fn a_time_box_puts_off_and_forgets_nobody(
        cluster in clusters::any(),
        script in voices::sensible(),
        time_box in prop_oneof![0..60_u64, Just(u64::MAX)],
    ) {
        let world = world(&cluster.objects());
        let mut memory = memory(&world);
        let free = decide(&world, &memory, &script, None).plan;
        let line: BTreeSet<&str> =
            free.nodes.iter().filter(|it| it.score.is_some()).map(|it| &*it.name).collect();
        let mut seen = BTreeSet::new();
        let mut first_in_line: BTreeSet<String> = BTreeSet::new();
        for _ in 0..=line.len() {
            let plan = decide(&world, &memory, &script, Some(time_box)).plan;
            prop_assert_eq!(plan.nodes.len(), world.nodes.len());
            let judged: BTreeSet<String> = plan
                .nodes
                .iter()
                .filter(|it| line.contains(&*it.name) && it.verdict != Verdict::Keep(Reason::NotEvaluated))
                .map(|it| it.name.to_string())
                .collect();
            for it in &plan.nodes {
                let free = verdict(&free, &it.name);
                let kept_for_good = !line.contains(&*it.name);
                prop_assert!(!kept_for_good || it.verdict == *free, "{}: {:?}, {:?}", it.name, it.verdict, free);
            }
            prop_assert!(line.is_empty() || !judged.is_empty(), "nobody was judged");
            // Nobody comes before those that were left out last time, as long as any of them waits.
            let waits = first_in_line.iter().any(|it| !judged.contains(it));
            prop_assert!(!waits || judged.is_subset(&first_in_line), "{:?} before {:?}", judged, first_in_line);
            first_in_line = plan.cursor.iter().map(ToString::to_string).collect();
            memory.cursor = plan.cursor.clone();
            seen.extend(judged);
            if time_box == u64::MAX {
                prop_assert_eq!(&plan.nodes, &free.nodes);
            }
        }
        prop_assert_eq!(seen.len(), line.len(), "not everybody had a turn in {} ticks", line.len() + 1);
    }

    #[test]
    fn paper_is_left_as_it_was_found(cluster in clusters::any(), time_box in weighted_box()) {
        let world = world(&cluster.objects());
        let memory = memory(&world);
        let facts = Facts::of(&world);
        let found = paper(&world, &Tick::open(&facts, &memory).floor);
        // Everybody is vetoed, which is found out after a place has been sought for the pods.
        let script = Script { vetoers: (0..world.nodes.len()).map(against).collect(), ..Script::silent() };
        let tick = Tick::open(&facts, &memory);
        let shortlist = tick.shortlist(&script.paces(&Tick::open(&facts, &memory)));
        let answers = script.answers(&shortlist.question);
        let mut settle = shortlist.settle(answers, time_box);
        while let Some(again) = settle.next_question() {
            let answer = script.again(&settle, &again);
            settle.answer(answer);
        }
        let left = paper(&world, &settle.question().tick.floor);
        prop_assert_eq!(found, left);
        prop_assert!(settle.finish().removals.is_empty());
    }
}

proptest! {
    #![proptest_config(cases(4000))]

    #[test]
    fn odd_objects_are_an_error_or_a_plan(cluster in clusters::any(), odd in oddities::oddities(4)) {
        survives(&cluster, &odd)?;
    }

    #[test]
    fn numbers_from_the_edge_are_an_error_or_a_plan(cluster in clusters::any(), odd in oddities::edges(6)) {
        survives(&cluster, &odd)?;
    }

    #[test]
    fn torn_input_is_an_error_or_a_plan(
        cluster in clusters::any(),
        cuts in vec((any::<prop::sample::Index>(), prop::sample::select(&b"{}[]\",:-\n \0\xff9e#&*!|>%@`a"[..])), 1..8),
        keep in any::<prop::sample::Index>(),
        torn in prop::bool::ANY,
    ) {
        let mut bytes = oddities::text(&cluster.objects(), &[]).into_bytes();
        for (at, byte) in cuts {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if torn {
            bytes.truncate(keep.index(bytes.len()));
        }
        made(bytes)?;
    }
}

fn weighted_box() -> impl Strategy<Value = Option<u64>> {
    prop::option::weighted(0.3, 0..60_u64)
}

fn plan_bytes(world: &World, memory: &Memory, voices: &impl Voices) -> (String, Vec<u8>) {
    let plan = decide(world, memory, voices, None).plan;
    (document(&plan), serde_json::to_vec(&plan).expect("plans can be written down"))
}

fn there_and_back<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(
    it: &T,
) -> Result<T, TestCaseError> {
    let text = serde_json::to_string(it).expect("it can be written down");
    let back: T = serde_json::from_str(&text).map_err(|it| TestCaseError::fail(format!("{it}: {text}")))?;
    prop_assert_eq!(it, &back);
    Ok(back)
}

fn against(node: usize) -> Vetoer {
    Vetoer { fails: false, against: vec![node], room: None, use_above: None, reads_all: false, spread: None }
}

/// Reasons of the host that no answer has anything to do with.
fn is_kept_by_host(verdict: &Verdict) -> bool {
    match verdict {
        Verdict::Keep(reason) => match reason {
            Reason::ControlPlane { .. }
            | Reason::NotManaged(_)
            | Reason::InventoryFrozen { .. }
            | Reason::ClusterUnhealthy { .. }
            | Reason::Protected(_)
            | Reason::ScaleDownDisabled(_)
            | Reason::Cordoned(_)
            | Reason::NotReadyYet(_)
            | Reason::Unready { .. }
            | Reason::Nominated { .. } => true,
            Reason::PodBlocks { block, .. } => !matches!(block, Block::PdbExhausted { .. }),
            _ => false,
        },
        _ => false,
    }
}

/// Kept for a reason of safety: one that has to do with this node alone.
fn is_kept_for_safety(verdict: &Verdict) -> bool {
    match verdict {
        Verdict::Keep(Reason::Nominated { .. }) => false,
        Verdict::Keep(Reason::Vetoed(veto)) => !matches!(&*veto.code, "capacity" | "headroom" | "late"),
        other => is_kept_by_host(other),
    }
}

/// One more reason to keep a node.
#[derive(Debug, Clone)]
enum Keep {
    Mark(usize),
    Cordon,
    /// On the pod of the node, by position.
    Pod {
        mark: usize,
        pod: usize,
    },
    /// A budget over a pod of the node that allows nothing.
    Budget(usize),
    Veto,
}

fn keeps() -> impl Strategy<Value = Keep> {
    prop_oneof![
        2 => (0..NODE_KEEPS.len()).prop_map(Keep::Mark),
        1 => Just(Keep::Cordon),
        2 => (0..POD_KEEPS.len(), 0..10_usize).prop_map(|(mark, pod)| Keep::Pod { mark, pod }),
        2 => (0..10_usize).prop_map(Keep::Budget),
        1 => Just(Keep::Veto),
    ]
}

impl Keep {
    /// Writes the reason on the objects; false where there is nothing to write it on.
    fn add(&self, objects: &mut Vec<Value>, world: &World, node: usize) -> bool {
        let name = clusters::node_name(node);
        let find = |objects: &[Value], kind: &str, name: &str| {
            objects
                .iter()
                .position(|it| it["kind"] == kind && it["metadata"]["name"] == name)
                .expect("it is there")
        };
        let at = find(objects, "Node", &name);
        match self {
            Keep::Veto => true,
            Keep::Mark(it) => {
                mark(&mut objects[at], NODE_KEEPS[*it]);
                true
            }
            Keep::Cordon => {
                // On a node that is leaving a cordon is our own.
                let ours =
                    objects[at]["metadata"]["annotations"]["autoscaler.vpsie.com/leaving-since"].is_string();
                objects[at]["spec"]["unschedulable"] = json!(true);
                !ours
            }
            Keep::Pod { pod, .. } | Keep::Budget(pod) => {
                let facts = Facts::of(world);
                let id = world.find_node(&name).expect("it is there");
                let roles = decide::roles::Role::BLOCKS;
                let daemons = decide::roles::Role::DAEMON;
                let pods: Vec<_> =
                    facts.with_role(id, roles).filter(|it| !facts.role(*it).is(daemons)).collect();
                let Some(id) = pods.get(pod % pods.len().max(1)) else { return false };
                let pod = find(objects, "Pod", &world.pod(*id).name);
                if let Keep::Pod { mark: it, .. } = self {
                    mark(&mut objects[pod], POD_KEEPS[*it].0);
                    return true;
                }
                if world.pod(*id).phase == decide::world::Phase::Pending {
                    return false; // no budget speaks about it
                }
                let metadata = &objects[pod]["metadata"];
                let budget = json!({
                    "apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
                    "metadata": { "name": "nothing", "namespace": metadata["namespace"], "generation": 1 },
                    "spec": { "selector": { "matchLabels": metadata["labels"] } },
                    "status": { "disruptionsAllowed": 0, "currentHealthy": 0, "desiredHealthy": 1, "observedGeneration": 1 },
                });
                objects.push(budget);
                true
            }
        }
    }
}

/// The node itself stays, and so do all that stayed for safety.
fn stays_kept(before: &Plan, after: &Plan, node: &str, keep: &Keep) -> Result<(), TestCaseError> {
    let it = verdict(after, node);
    prop_assert!(!matches!(it, Verdict::Remove { .. }), "{} goes in spite of {:?}", node, keep);
    for it in before.nodes.iter().filter(|it| is_kept_for_safety(&it.verdict)) {
        let goes = matches!(verdict(after, &it.name), Verdict::Remove { .. });
        prop_assert!(
            !goes,
            "{} goes now; before it was {:?}; new: {:?} on {}",
            it.name,
            it.verdict,
            keep,
            node
        );
    }
    Ok(())
}

/// Everything that can be read off the paper.
fn paper(world: &World, floor: &Floor<'_>) -> String {
    let mut text = format!("{:?} {:?}", floor.totals(), floor.site_count());
    for (at, node) in world.nodes.iter().enumerate() {
        let site = SiteId(at as u32);
        let (mut guests, mut used) = (floor.guests(site).to_vec(), floor.used(site).clone());
        guests.sort();
        used.other.retain(|it| it.1 != 0);
        write!(text, "\n{} {used:?} {guests:?} {}", node.name, floor.is_counted(site))
            .expect("texts take all");
    }
    write!(text, "\n{:?}", decision::homes(world, floor)).expect("texts take all");
    text
}

/// Whatever stands there: an error, or a plan that goes through all hands.
fn survives(cluster: &Cluster, odd: &[Oddity]) -> Result<(), TestCaseError> {
    made(oddities::text(&cluster.objects(), odd).into_bytes())
}

fn made(bytes: Vec<u8>) -> Result<(), TestCaseError> {
    let started = Instant::now();
    let read = objects::read(&[Input { name: "odd".into(), bytes }], decide::time::Time(NOW));
    let Ok(read) = read else { return Ok(()) };
    let world = read.world;
    let memory = memory(&world);
    let names: Vec<String> = world.nodes.iter().map(|it| it.name.to_string()).collect();
    SETS.with(|sets| {
        for (set, _) in &sets[..2] {
            let record = decide(&world, &memory, set, None);
            let entries: Vec<String> = record.plan.nodes.iter().map(|it| it.name.to_string()).collect();
            prop_assert_eq!(&entries, &names);
            let text = document(&record.plan);
            prop_assert!(text.ends_with("}\n"), "{text}");
            for it in &record.plan.nodes {
                if is_kept_by_host(&it.verdict) {
                    prop_assert!(!record.plan.removals.contains(&it.name));
                }
            }
            there_and_back(&record.plan)?;
        }
        Ok(())
    })?;
    there_and_back(&world)?;
    there_and_back(&memory)?;
    prop_assert!(started.elapsed() < TIME_MAX, "it took {:?}", started.elapsed());
    Ok(())
}

/// Two processes share no random state: what depends on the order of a hash map differs between
/// them.
#[test]
fn two_processes_make_the_same_bytes() {
    let this = std::env::current_exe().expect("a test has its file");
    let plans = || {
        let child = std::process::Command::new(&this)
            .args(["--exact", "child_prints_plans", "--ignored", "--nocapture"])
            .output()
            .expect("a test can start itself");
        assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));
        let text = String::from_utf8(child.stdout).expect("plans are texts");
        let from = text.find(BEGIN).expect("plans were printed");
        text[from..text.find(END).expect("all of them")].to_string()
    };
    let (one, other) = (plans(), plans());
    assert!(one.len() > 100_000, "hardly anything was printed");
    assert!(one == other, "two processes differ");
    assert!(one == printed(), "this process differs from its children");
}

const BEGIN: &str = "plans begin\n";
const END: &str = "plans end\n";

#[test]
#[ignore = "for two_processes_make_the_same_bytes alone"]
fn child_prints_plans() {
    print!("{}{END}", printed());
}

fn printed() -> String {
    let mut text = BEGIN.to_string();
    SETS.with(|sets| {
        for seed in 0..100 {
            let world = world(&clusters::of_seed(seed).objects());
            let plan = decide(&world, &memory(&world), &sets[seed as usize % sets.len()].0, None).plan;
            text += &document(&plan);
        }
    });
    text
}

/// A cluster in which there is nothing at all.
#[test]
fn nothing_makes_an_empty_plan() {
    let world = read(&[], NOW).expect("nothing can be read");
    let record = decide(&world, &memory(&world), &Set::shipped(), Some(0));
    assert!(
        record.plan.nodes.is_empty() && record.plan.removals.is_empty() && record.plan.additions.is_empty()
    );
    assert!(findings(&[], &world, &record, None).is_empty());
}

/// Everything that the check looks at, spoilt once: it notices, by the check that is for it.
#[test]
fn the_check_notices_every_sabotage() {
    const SEEDS: u64 = 20_000;
    const WANTED: usize = 8;
    let mut missing: Vec<(&Sabotage, usize)> =
        SABOTAGES.iter().chain([&SUMS]).map(|it| (it, WANTED)).collect();
    for seed in 0..SEEDS {
        if missing.iter().all(|it| it.1 == 0) {
            break;
        }
        let objects = clusters::of_seed(seed).objects();
        let world = world(&objects);
        let record = decide(&world, &memory(&world), &voices::of_seed(seed), None);
        let unspoilt = findings(&objects, &world, &record, None);
        assert!(unspoilt.is_empty(), "seed {seed}: {unspoilt:?}");
        for (it, wanted) in missing.iter_mut().filter(|it| it.1 > 0) {
            let mut spoilt =
                Spoilt { objects: objects.clone(), record: record.clone(), asked: record.asked(&world) };
            if !(it.spoil)(&mut spoilt) {
                continue;
            }
            *wanted -= 1;
            // More than can be: nothing that goes leaves so much.
            let sums = (it.check == "sums").then_some((u32::MAX / 100, 1));
            let case = checker::Case { sums, ..spoilt.record.case(&spoilt.objects, NOW, &spoilt.asked) };
            let found = checker::check(&case);
            let noticed = found.iter().any(|finding| it.check.split('|').any(|it| it == finding.check));
            assert!(noticed, "seed {seed}: nobody noticed that {}; found: {found:?}", it.what);
        }
    }
    let rare: Vec<&str> = missing.iter().filter(|it| it.1 == WANTED).map(|it| it.0.what).collect();
    assert!(rare.is_empty(), "never came about: {rare:?}");
}
