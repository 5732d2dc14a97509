//! The journal: what was written is read, whatever became of the file since, and every tick in it can be
//! decided again.

use decide::memory::Memory;
use decide::plan::Plan;
use decide::world::World;
use policy::Set;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{FileFailurePersistence, RngSeed};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tests::clusters::{self, NOW};
use tests::decision::read;
use tests::voices::{self, Script};
use vpsie_autoscaler::journal::{
    self, Beside, Broken, Damage, Entry, Error, Journal, Limits, Noted, Recording, Replayed,
};
use vpsie_autoscaler::tick;
use vpsie_autoscaler::voices::{Recorder, Voices};

fn cases(usual: u32) -> ProptestConfig {
    let asked = |name: &str| std::env::var(name).ok().and_then(|it| it.parse::<u64>().ok());
    ProptestConfig {
        cases: asked("PROPTEST_CASES").map_or(usual, |it| it as u32),
        rng_seed: RngSeed::Fixed(asked("PROPTEST_RNG_SEED").unwrap_or(1)),
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(
            "proptest-regressions/journal.txt",
        ))),
        max_shrink_iters: 2_000,
        ..ProptestConfig::default()
    }
}

/// A folder that is gone with its test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("journal-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder");
        Folder(path)
    }

    /// Of the segments, oldest first.
    fn files(&self) -> Vec<PathBuf> {
        let files = fs::read_dir(&self.0).expect("a folder").map(|it| it.expect("an entry").path());
        let mut files: Vec<PathBuf> = files.filter(|it| it.extension().is_some()).collect();
        files.sort();
        files
    }

    fn bytes(&self) -> u64 {
        self.files().iter().map(|it| it.metadata().expect("a file").len()).sum()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A decision about a world, as the controller would note it down.
fn decided(
    tick: u64,
    world: World,
    memory: &mut Memory,
    voices: &impl Voices,
    time_box: Option<u64>,
) -> Entry {
    memory.absorb(&world);
    let recorder = Recorder::of(voices);
    let plan = tick::within(&world, memory, &recorder, time_box, None).plan;
    let entry = Entry {
        tick,
        world: Arc::new(world),
        memory: Arc::new(memory.clone()),
        time_box,
        policies: Set::shipped().lines(),
        generation: tick / 3,
        answered: recorder.answered(),
        plan: Arc::new(plan),
        outcomes: vec![Noted { what: "mark".into(), object: "web-1".into(), outcome: "done".into() }],
    };
    memory.cursor.clone_from(&entry.plan.cursor);
    entry
}

/// Some of the objects, as when others have gone or are not there yet.
fn some(objects: &[Value], without: &[usize]) -> Vec<Value> {
    let gone = |at: usize| without.iter().any(|it| it % objects.len() == at);
    objects.iter().enumerate().filter(|it| !gone(it.0)).map(|it| it.1.clone()).collect()
}

/// Ticks of one cluster, ten seconds apart, in which objects come and go.
fn ticks(
    objects: &[Value],
    without: &[Vec<usize>],
    voices: &impl Voices,
    time_box: Option<u64>,
) -> Vec<Entry> {
    let mut memory = Memory::default();
    let worlds = without.iter().zip(0..).filter_map(|(it, at)| read(&some(objects, it), NOW + 10 * at).ok());
    worlds.zip(1..).map(|(world, tick)| decided(tick, world, &mut memory, voices, time_box)).collect()
}

fn write(dir: &Path, limits: Limits, entries: &[Entry]) {
    let mut journal = Journal::open(dir, limits).expect("a journal");
    for it in entries {
        journal.append(it).expect("it can be written");
    }
}

fn read_all(dir: &Path) -> (Vec<Entry>, Vec<Damage>) {
    let (mut entries, mut damage) = (Vec::new(), Vec::new());
    for it in journal::read(dir).expect("a journal") {
        match it {
            Ok(it) => entries.push(it),
            Err(it) => damage.push(it),
        }
    }
    (entries, damage)
}

fn bytes(plan: &Plan) -> Vec<u8> {
    serde_json::to_vec(plan).expect("a plan is JSON")
}

/// What is read is what was written, and decides the same, byte for byte.
fn comes_back(entries: &[Entry], per_segment: u32) -> Result<(), TestCaseError> {
    let folder = Folder::new();
    write(&folder.0, Limits { ticks: per_segment, ..Limits::default() }, entries);
    let (read, damage) = read_all(&folder.0);
    prop_assert_eq!(damage, []);
    prop_assert_eq!(read.len(), entries.len());
    for (read, written) in read.iter().zip(entries) {
        prop_assert_eq!(read, written);
        let plan = tick::within(&read.world, &read.memory, &read.answered, read.time_box, None).plan;
        prop_assert_eq!(bytes(&plan), bytes(&written.plan), "tick {}", read.tick);
    }
    Ok(())
}

thread_local! {
    static SHIPPED: Set = Set::shipped();
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn entries_come_back_and_decide_the_same(
        cluster in clusters::any(),
        without in vec(vec(0..60_usize, 0..5), 1..7),
        script in voices::sensible(),
        time_box in prop::option::weighted(0.3, 0..60_u64),
        per_segment in 1..5_u32,
    ) {
        comes_back(&ticks(&cluster.objects(), &without, &script, time_box), per_segment)?;
    }

    #[test]
    fn shipped_policies_decide_the_same_again(
        cluster in clusters::calm(),
        without in vec(vec(0..60_usize, 0..5), 1..5),
    ) {
        let entries = SHIPPED.with(|it| ticks(&cluster.objects(), &without, it, None));
        comes_back(&entries, 50)?;
        // Nor does it change anything to ask them again beside their own recording.
        for it in &entries {
            let plan = SHIPPED.with(|set| it.decide(&Beside::of(&it.answered, set)));
            prop_assert_eq!(&plan, &*it.plan);
        }
    }

    /// Whatever follows whatever.
    #[test]
    fn another_cluster_can_follow(
        all in vec(clusters::any(), 2..4),
        script in voices::hostile(),
    ) {
        let mut memory = Memory::default();
        let worlds = all.iter().filter_map(|it| read(&it.objects(), NOW).ok());
        let entries: Vec<Entry> =
            worlds.zip(1..).map(|(it, tick)| decided(tick, it, &mut memory, &script, None)).collect();
        comes_back(&entries, 50)?;
    }
}

/// Second questions, removals and a time box that ends are among what comes back.
#[test]
fn busy_ticks_come_back() {
    let (mut again, mut removals, mut left_out) = (0, 0, 0);
    for seed in 0..60 {
        let objects = clusters::of_seed(seed).objects();
        let script = voices::of_seed(seed);
        let entries = ticks(&objects, &[vec![], vec![3]], &script, (seed % 3 == 0).then_some(9));
        again += entries.iter().map(|it| it.answered.again.len()).sum::<usize>();
        removals += entries.iter().map(|it| it.plan.removals.len()).sum::<usize>();
        left_out += entries.iter().map(|it| it.plan.cursor.len()).sum::<usize>();
        comes_back(&entries, 50).unwrap_or_else(|it| panic!("seed {seed}: {it}"));
    }
    assert!(again > 0 && removals > 0 && left_out > 0, "{again} {removals} {left_out}");
}

/// A few ticks of a small cluster in which something happens.
fn few(count: usize) -> Vec<Entry> {
    let world = |at: usize| {
        let mut world = policy::example_world(3, 2);
        world.now = world.now.plus(10 * at as i64);
        if at % 2 == 1 {
            world.pods.remove(0);
        }
        world
    };
    let mut memory = Memory::default();
    let script = Script::silent();
    (0..count).map(|at| decided(at as u64 + 1, world(at), &mut memory, &script, None)).collect()
}

#[test]
fn what_an_older_version_did_not_know_is_not_missed() {
    let entry = few(1).remove(0);
    let mut written = serde_json::to_value(&entry).expect("an entry is JSON");
    written["plan"].as_object_mut().expect("a plan").remove("creation");
    assert!(written["world"].get("offers").is_none(), "what is empty takes no room");
    let read: Entry = serde_json::from_value(written).expect("it can be read");
    assert_eq!(bytes(&read.plan), bytes(&entry.plan));
}

/// What new policies would change is counted, over the last ticks alone.
#[test]
fn new_policies_are_tried_on_the_last_ticks() {
    let folder = Folder::new();
    let settings = "policies: [{name: schedule, settings: {mode: disabled}}]";
    fs::write(folder.0.join("policies.yaml"), settings).expect("a file");
    let (active, new) = (Set::shipped(), Set::load(&folder.0).expect("a directory"));
    let mut recording = Recording::new(2);
    assert_eq!(recording.replay(&new, &active), Replayed::default());
    let entries = few(4);
    for it in &entries {
        recording.push(it.tick, Arc::clone(&it.world), Arc::clone(&it.memory), None);
    }
    let replayed = recording.replay(&new, &active);
    let nodes: usize = entries[2..].iter().map(|it| it.world.nodes.len()).sum();
    assert_eq!((replayed.ticks, replayed.verdicts, replayed.changed), (2, nodes, nodes));
    assert_eq!(replayed.told.len(), 5.min(nodes));
    assert!(replayed.told[0].starts_with("tick 3: "), "{replayed:?}");
    assert!(replayed.told[0].contains("-> Keep ScaleDownDisabled"), "{replayed:?}");
    assert_eq!(recording.replay(&active, &active).changed, 0);
}

/// Killed at any byte: what was whole is there, what was not is told.
#[test]
fn is_readable_wherever_it_ends() {
    let entries = few(4);
    let mut ends = Vec::new();
    let folder = Folder::new();
    let mut journal = Journal::open(&folder.0, Limits::default()).expect("a journal");
    for it in &entries {
        journal.append(it).expect("it can be written");
        ends.push(journal.bytes());
    }
    drop(journal);
    let file = folder.files().pop().expect("a segment");
    let whole = fs::read(&file).expect("it can be read");
    for end in 0..whole.len() {
        fs::write(&file, &whole[..end]).expect("it can be cut");
        let (read, damage) = read_all(&folder.0);
        let left = ends.iter().filter(|it| **it <= end as u64).count();
        assert_eq!(read, entries[..left], "cut at {end}");
        let at_an_end = ends.contains(&(end as u64));
        assert_eq!(damage.len(), usize::from(!at_an_end), "cut at {end}: {damage:?}");
        assert!(damage.iter().all(|it| it.why == Broken::Torn && it.after == read.last().map(|it| it.tick)));
    }
}

/// A byte that is not what it was costs its entry and those that rest on it, and no other is misread.
#[test]
fn no_damage_is_misread() {
    let entries = few(4);
    let folder = Folder::new();
    write(&folder.0, Limits { ticks: 3, ..Limits::default() }, &entries);
    let file = folder.files().remove(0);
    let whole = fs::read(&file).expect("it can be read");
    for at in 0..whole.len() {
        let mut spoilt = whole.clone();
        spoilt[at] ^= 1 << (at % 8);
        fs::write(&file, &spoilt).expect("it can be spoilt");
        let (read, damage) = read_all(&folder.0);
        assert_eq!(damage.len(), 1, "byte {at}: {damage:?}");
        let (last, first) = read.split_last().expect("the other segment is as it was");
        assert_eq!(*last, entries[3], "byte {at}");
        assert!(first.len() < 3 && *first == entries[..first.len()], "byte {at}");
    }
}

/// A record that was taken out, or put elsewhere, is missed.
#[test]
fn entries_rest_on_those_before() {
    let entries = few(3);
    let folder = Folder::new();
    let mut ends = Vec::new();
    let mut journal = Journal::open(&folder.0, Limits::default()).expect("a journal");
    for it in &entries {
        journal.append(it).expect("it can be written");
        ends.push(journal.bytes() as usize);
    }
    drop(journal);
    let file = folder.files().pop().expect("a segment");
    let whole = fs::read(&file).expect("it can be read");
    fs::write(&file, [&whole[..ends[0]], &whole[ends[1]..]].concat()).expect("it can be spoilt");
    let (read, damage) = read_all(&folder.0);
    assert_eq!(read, entries[..1]);
    assert_eq!(damage[0].why, Broken::Damaged);
}

#[test]
fn writing_goes_on_after_a_torn_end() {
    let entries = few(5);
    let folder = Folder::new();
    write(&folder.0, Limits::default(), &entries[..3]);
    let file = folder.files().pop().expect("a segment");
    let whole = fs::read(&file).expect("it can be read");
    fs::write(&file, &whole[..whole.len() - 1]).expect("it can be cut");
    let mut journal = Journal::open(&folder.0, Limits::default()).expect("a journal");
    assert_eq!(journal.next_tick(), 3);
    journal.append(&entries[3]).expect("it can be written");
    journal.append(&entries[4]).expect("it can be written");
    let (read, damage) = read_all(&folder.0);
    assert_eq!(read, [&entries[..2], &entries[3..]].concat());
    assert_eq!(damage.len(), 1);
    // Each run begins a segment of its own.
    assert_eq!(folder.files().len(), 2);
}

#[test]
fn never_takes_more_than_it_may() {
    let entries = few(60);
    for bytes in [9_000, 20_000, 60_000] {
        let folder = Folder::new();
        let limits = Limits { bytes, ticks: 5 };
        // In three runs, each with an end that is torn.
        for run in entries.chunks(20) {
            let mut journal = Journal::open(&folder.0, limits).expect("a journal");
            for it in run {
                journal.append(it).expect("it can be written");
                assert!(folder.bytes() <= bytes, "{} bytes at tick {}", folder.bytes(), it.tick);
                assert_eq!(folder.bytes(), journal.bytes());
            }
            let file = folder.files().pop().expect("a segment");
            let whole = fs::read(&file).expect("it can be read");
            fs::write(&file, &whole[..whole.len() - 1]).expect("it can be cut");
        }
        let (read, _) = read_all(&folder.0);
        assert!(read.len() >= 2, "{bytes}: {} are left", read.len());
        let ticks: Vec<u64> = read.iter().map(|it| it.tick).collect();
        assert!(ticks.is_sorted() && ticks[0] > 1, "{ticks:?}");
    }
}

#[test]
fn what_does_not_fit_or_follow_is_refused() {
    let entries = few(2);
    let folder = Folder::new();
    let mut journal = Journal::open(&folder.0, Limits { bytes: 100, ticks: 5 }).expect("a journal");
    let error = journal.append(&entries[0]).expect_err("too large");
    assert!(matches!(error, Error::TooLarge { limit: 100, .. }), "{error}");
    drop(journal);
    let mut journal = Journal::open(&folder.0, Limits::default()).expect("a journal");
    journal.append(&entries[1]).expect("it can be written");
    let error = journal.append(&entries[0]).expect_err("an old tick");
    assert_eq!(error.to_string(), "tick 1 cannot follow tick 2 in the journal");
}

#[test]
fn one_writes_at_a_time() {
    let folder = Folder::new();
    let one = Journal::open(&folder.0, Limits::default()).expect("a journal");
    let error = Journal::open(&folder.0, Limits::default()).expect_err("it is written already");
    assert!(error.to_string().starts_with("another process writes the journal in "), "{error}");
    drop(one);
    // The file of the lock is still there; only who holds it counts.
    assert!(folder.0.join("lock").exists());
    Journal::open(&folder.0, Limits::default()).expect("the writer is gone");
}

#[test]
fn a_disk_that_fails_is_told_and_tried_again() {
    let entries = few(3);
    let folder = Folder::new();
    let mut journal = Journal::open(&folder.0, Limits { ticks: 1, ..Limits::default() }).expect("a journal");
    journal.append(&entries[0]).expect("it can be written");
    fs::remove_dir_all(&folder.0).expect("it can be deleted");
    let error = journal.append(&entries[1]).expect_err("the folder is gone");
    assert!(error.to_string().contains("000000000002.journal cannot be made: "), "{error}");
    fs::create_dir_all(&folder.0).expect("a folder");
    journal.append(&entries[2]).expect("the folder is back");
    assert_eq!(read_all(&folder.0).0, entries[2..]);

    let file = folder.0.join("file");
    fs::write(&file, "").expect("a file");
    assert!(Journal::open(&file, Limits::default()).is_err());
}

#[test]
fn some_ticks_can_be_read_alone() {
    let entries = few(12);
    let folder = Folder::new();
    write(&folder.0, Limits { ticks: 5, ..Limits::default() }, &entries);
    fs::write(folder.0.join("notes.journal"), "none of ours").expect("a file");
    let ticks = |it: journal::Reader| it.map(|it| it.expect("an entry").tick).collect::<Vec<_>>();
    let reader = || journal::read(&folder.0).expect("a journal");
    assert_eq!(ticks(reader().starting_at(0)).len(), 12);
    assert_eq!(ticks(reader().starting_at(6)), [6, 7, 8, 9, 10, 11, 12]);
    assert_eq!(ticks(reader().starting_at(12)), [12]);
    assert!(ticks(reader().starting_at(13)).is_empty());
    assert!(ticks(reader().last(0)).is_empty());
    assert_eq!(ticks(reader().last(2)), [11, 12]);
    assert_eq!(ticks(reader().last(7)), [6, 7, 8, 9, 10, 11, 12]);
    assert_eq!(ticks(reader().last(100)).len(), 12);
}
