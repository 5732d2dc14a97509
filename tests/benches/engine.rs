//! The provisioning engine with ten thousand machines: what an event costs, and what a machine does to memory.
//! `cargo bench -p tests --bench engine`. Times are medians of many events, the state taken from one to the next.

#![expect(clippy::float_arithmetic, reason = "figures for people; nothing is decided by them")]

use decide::provision::{
    Backend, Claim, Effect, Event, Listing, Machine, Mark, Node, Objects, Operation, Outcome, Papers, Server,
    Settings, Stage, State, Token, Wish, apply, restore,
};
use decide::time::Time;
use decide::world::Name;
use stats_alloc::Region;
use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOCATOR: &stats_alloc::StatsAlloc<std::alloc::System> = &stats_alloc::INSTRUMENTED_SYSTEM;

const MACHINES: u32 = 10_000;
const EVENTS: u32 = 2000;
const EVENT_MAX: Duration = Duration::from_micros(20);
/// A list is news of every machine there is: 2 us for each.
const LIST_MAX: Duration = Duration::from_millis(20);
const BYTES_MAX: usize = 2048;
const START: Time = Time(1_795_168_800);

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|it| !it.starts_with('-')).collect();
    if !wanted.is_empty() && !wanted.iter().any(|it| it == "engine") {
        return ExitCode::SUCCESS;
    }
    let mut over = 0;
    let mut bench = Bench::new();
    let bytes = bench.bytes / MACHINES as usize;
    println!("engine: {bytes} bytes a machine, limit {BYTES_MAX}");
    over += u32::from(bytes > BYTES_MAX);
    type Make = fn(&mut Bench, u32) -> Event;
    let events: [(&str, Make, Duration); 8] = [
        ("machine changed", Bench::machine_changed, EVENT_MAX),
        ("node changed", Bench::node_changed, EVENT_MAX),
        ("time passes", |_, _| Event::Tick, EVENT_MAX),
        ("told again what is to become of it", Bench::same_wish, EVENT_MAX),
        ("machine is to leave, or to stay after all", Bench::other_wish, EVENT_MAX),
        ("outcome", Bench::outcome, EVENT_MAX),
        ("machine is new", Bench::machine_new, EVENT_MAX),
        ("list of servers", |it, at| it.list(at), LIST_MAX),
    ];
    for (what, make, limit) in events {
        let count = if limit == LIST_MAX { 50 } else { EVENTS };
        let (median, worst, allocations) = bench.run(count, make);
        println!(
            "engine, {MACHINES} machines: {what}: {:.1} us (most {:.1} us), limit {} us; {allocations} allocations",
            micros(median),
            micros(worst),
            limit.as_micros()
        );
        over += u32::from(median > limit);
    }
    println!("{}", if over == 0 { "all figures within their limits" } else { "some figures are NOT" });
    if over == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn micros(it: Duration) -> f64 {
    it.as_secs_f64() * 1e6
}

struct Bench {
    state: Option<State>,
    now: Time,
    version: u64,
    /// Held by the engine with everything in it: rows, Nodes, servers listed, and every name of theirs, each told
    /// as a string of its own, as whoever reads them does. Nothing of the bench itself.
    bytes: usize,
    /// Operations that were begun and have not ended.
    running: Vec<(Token, Name, Operation)>,
}

impl Bench {
    fn new() -> Bench {
        let mut version = 0;
        let region = Region::new(ALLOCATOR);
        let mut objects = Objects::default();
        for at in 0..MACHINES {
            version += 1;
            objects.machines.push(machine(at, version));
            objects.nodes.push(node(at, version));
        }
        objects.groups = (0..20).map(|it| (group(it), 1)).collect();
        objects.version = version;
        let settings = Settings { balancers: false, ..Settings::default() };
        let state = restore(settings, 1, objects, START);
        let mut bench = Bench { state: Some(state), now: START, version, bytes: 0, running: Vec::new() };
        for at in 0..4 {
            let list = bench.list(at);
            bench.tell(list);
        }
        for at in 0..MACHINES {
            bench.tell(Event::Wish { uid: uid(at), wish: Wish::Stay });
        }
        bench.running = Vec::new();
        let stats = region.change();
        bench.bytes = stats.bytes_allocated.saturating_sub(stats.bytes_deallocated);
        let state = bench.state.as_ref().expect("it is put back");
        assert_eq!(state.count(Stage::Ready), MACHINES);
        bench
    }

    fn tell(&mut self, event: Event) {
        let state = self.state.take().expect("it is put back");
        let (state, effects) = apply(state, event, self.now);
        self.state = Some(state);
        self.running.extend(effects.into_iter().filter_map(|it| match it {
            Effect::Run { token, machine, operation } => Some((token, machine, operation)),
            _ => None,
        }));
    }

    fn run(&mut self, count: u32, make: fn(&mut Bench, u32) -> Event) -> (Duration, Duration, usize) {
        let mut times = Vec::with_capacity(count as usize);
        let mut allocations = 0;
        for at in 0..count {
            let event = make(self, at);
            let state = self.state.take().expect("it is put back");
            let region = Region::new(ALLOCATOR);
            let start = Instant::now();
            let (state, effects) = black_box(apply(state, event, self.now));
            times.push(start.elapsed());
            allocations = region.change().allocations;
            self.state = Some(state);
            self.running.extend(effects.into_iter().filter_map(|it| match it {
                Effect::Run { token, machine, operation } => Some((token, machine, operation)),
                _ => None,
            }));
        }
        times.sort_unstable();
        (times[times.len() / 2], times[times.len() - 1], allocations)
    }

    fn machine_changed(&mut self, at: u32) -> Event {
        self.version += 1;
        Event::Machine(machine(at * 7 % MACHINES, self.version))
    }

    fn machine_new(&mut self, at: u32) -> Event {
        self.version += 1;
        let uid = format!("new-{at}").into();
        Event::Machine(Machine { uid, papers: Papers::default(), ..machine(at, self.version) })
    }

    fn node_changed(&mut self, at: u32) -> Event {
        self.version += 1;
        let pods = at % 50;
        Event::Node(Node { pods, ..node(at * 7 % MACHINES, self.version) })
    }

    #[expect(clippy::unused_self, reason = "as all others")]
    fn same_wish(&mut self, at: u32) -> Event {
        Event::Wish { uid: uid(at * 7 % MACHINES), wish: Wish::Stay }
    }

    #[expect(clippy::unused_self, reason = "as all others")]
    fn other_wish(&mut self, at: u32) -> Event {
        let wish = if at.is_multiple_of(2) { Wish::Leave } else { Wish::Stay };
        Event::Wish { uid: uid(at / 2 * 7 % MACHINES), wish }
    }

    /// Of one of the operations that the wishes began; each brings another machine its turn.
    fn outcome(&mut self, at: u32) -> Event {
        if self.running.is_empty() {
            let leave = Event::Wish { uid: uid(at), wish: Wish::Leave };
            self.tell(leave);
        }
        let token = self.running.pop().map_or(Token(0), |it| it.0);
        Event::Outcome { token, outcome: Outcome::Done }
    }

    /// As each reading brings it: nothing of it is shared with what is known but the groups, which are few.
    fn list(&mut self, _: u32) -> Event {
        self.now = self.now.plus(30);
        let groups: Vec<Name> = (0..20).map(group).collect();
        let server = |at: u32| Server {
            id: format!("1f0a2b3c-{at:04x}-11f0-8000-0242ac110004").into(),
            host: format!("HEL-Kubernetes-49ab-slave-{at:04x}").into(),
            group: groups[at as usize % groups.len()].clone(),
            mark: Mark::Unmarked,
        };
        let listing = Listing::Complete((0..MACHINES).map(server).collect());
        Event::Servers { token: Token(0), began: self.now, listing }
    }
}

fn uid(at: u32) -> Name {
    format!("6f100000-{at:04x}-11f0-8000-0242ac110004").into()
}

fn group(at: u32) -> Name {
    format!("kube-system/workers-{:02}", at % 20).into()
}

fn machine(at: u32, version: u64) -> Machine {
    let server = Some(Claim {
        id: format!("1f0a2b3c-{at:04x}-11f0-8000-0242ac110004").into(),
        host: format!("HEL-Kubernetes-49ab-slave-{at:04x}").into(),
        at: START,
    });
    Machine {
        uid: uid(at),
        name: format!("workers-{:02}-{at:08x}", at % 20).into(),
        group: group(at),
        backend: Backend::Managed,
        version,
        deleted: false,
        papers: Papers { server, ..Papers::default() },
    }
}

fn node(at: u32, version: u64) -> Node {
    Node {
        name: format!("hel-kubernetes-49ab-slave-{at:04x}").into(),
        uid: format!("7f100000-{at:04x}-11f0-8000-0242ac110004").into(),
        version,
        provider_id: "".into(),
        ours: true,
        ready: true,
        ever_ready: true,
        dressed: true,
        marked: false,
        excluded: false,
        addresses: vec![format!("10.1.{}.{}", at / 250, at % 250).into()],
        pods: 10,
        volumes: 0,
    }
}
