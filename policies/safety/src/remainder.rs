//! What a person is told of too little room elsewhere, and of too much requested there.

use policy_sdk::amounts::{Bytes, Cpu, Share};
use policy_sdk::records::{Reason, Remainder, short_bits};

/// What is short; one at least.
pub(crate) struct Short {
    cpu: bool,
    memory: bool,
}

impl Short {
    pub(crate) fn of(bits: u32) -> Option<Self> {
        let short = Self { cpu: bits & short_bits::CPU != 0, memory: bits & short_bits::MEMORY != 0 };
        (short.cpu || short.memory).then_some(short)
    }
}

pub(crate) fn headroom(short: &Short, remains: &Remainder, percent: u32) -> Reason {
    reason("headroom", short, remains, &|resource| {
        let needed = hundredfold(resource.moves, percent).div_ceil(100);
        let lacking = needed.saturating_sub(resource.free.into());
        let enough = hundredfold(resource.free, 100).checked_div(resource.moves.into());
        let looser = match enough {
            Some(enough @ 1..) => format!(", or headroomPercent of at most {enough}"),
            _ => String::new(),
        };
        let (moves, free) = (resource.told(resource.moves.into()), resource.told(resource.free.into()));
        let (needed, lacking) = (resource.told(needed), resource.told(lacking));
        (
            format!("{{node}} has {moves} to move, {percent} % of it is {needed}; free elsewhere is {free}"),
            format!("{lacking} more free elsewhere{looser}"),
        )
    })
}

pub(crate) fn capacity(short: &Short, remains: &Remainder, percent: u32) -> Reason {
    reason("capacity", short, remains, &|resource| {
        let requested = u128::from(resource.requested) + u128::from(resource.moves);
        let share = Share { part: requested, whole: resource.alloc.into() };
        let excess = requested.saturating_sub(hundredfold(resource.alloc, percent) / 100);
        let looser = match resource.alloc {
            0 => String::new(),
            alloc => match (requested * 100).div_ceil(alloc.into()) {
                enough @ 1..=100 => format!(", or capacityPercentMax of at least {enough}"),
                _ => String::new(),
            },
        };
        let (told, alloc) = (resource.told(requested), resource.told(resource.alloc.into()));
        let excess = resource.told(excess);
        (
            format!(
                "without {{node}}, {told} of {alloc} would be requested: {share}, at most {percent} % may be"
            ),
            format!("{excess} less requested{looser}"),
        )
    })
}

/// CPU or memory of what remains.
struct Resource {
    alloc: u64,
    requested: u64,
    free: u64,
    moves: u64,
    tell: fn(u64) -> String,
}

impl Resource {
    fn told(&self, amount: u128) -> String {
        (self.tell)(u64::try_from(amount).unwrap_or(u64::MAX))
    }
}

/// What is told of each resource that is short, text and flips, one after the other.
fn reason(
    code: &str,
    short: &Short,
    remains: &Remainder,
    told: &dyn Fn(Resource) -> (String, String),
) -> Reason {
    let cpu = short.cpu.then_some(Resource {
        alloc: remains.cpu_alloc,
        requested: remains.cpu_requested,
        free: remains.cpu_free,
        moves: remains.cpu_moves,
        tell: |milli| Cpu(milli).to_string(),
    });
    let memory = short.memory.then_some(Resource {
        alloc: remains.memory_alloc,
        requested: remains.memory_requested,
        free: remains.memory_free,
        moves: remains.memory_moves,
        tell: |bytes| format!("{} memory", Bytes(bytes)),
    });
    let (mut text, mut flips) = (String::new(), String::new());
    for resource in [cpu, memory].into_iter().flatten() {
        if !text.is_empty() {
            text.push_str("; ");
            flips.push_str("; and ");
        }
        let told = told(resource);
        text.push_str(&told.0);
        flips.push_str(&told.1);
    }
    Reason { code: code.to_owned(), text, flips: Some(flips) }
}

/// So many percent of an amount, times a hundred.
fn hundredfold(amount: u64, percent: u32) -> u128 {
    u128::from(amount) * u128::from(percent)
}
