//! The windows hook: the pace of each group now, and the first instant at which it is another one.

use policy_sdk::civil::{Clock, Local, Span};
use policy_sdk::records::{Fault, Group, Pace, Table, Tick};
use policy_sdk::{Host, Windows, joined};

use crate::Schedule;
use crate::alike::Alike;
use crate::entries::{Entry, Window};
use crate::mode::Mode;

/// How many of the allowed times a text names.
const TIMES_TOLD: usize = 3;

impl Windows for Schedule {
    fn paces(
        &self,
        tick: &Tick,
        symbols: &Table,
        groups: &[Group],
        host: &Host<'_>,
    ) -> Result<Vec<Pace>, Fault> {
        let clock = self.clock(host.zones, tick.now)?;
        // Groups that the same entries speak for differ only in their own numbers.
        let mut alike: Alike<Vec<bool>, Standing> = Alike::new();
        let paces = groups.iter().zip(0..).map(|(group, index)| {
            let name = symbols.get(group.name).unwrap_or_default();
            let new = |_: &Vec<bool>| Rules::of(self, name).standing(tick.now, &clock);
            alike.get(self.entries_for(name), new).pace(index, group)
        });
        Ok(paces.collect())
    }
}

impl Schedule {
    /// Which entries speak for a group.
    fn entries_for(&self, name: &str) -> Vec<bool> {
        let windows = self.windows.iter().map(|window| &window.groups);
        let entries = self.allow.iter().chain(&self.freeze).map(|entry| &entry.groups);
        windows.chain(entries).map(|groups| groups.contains(name)).collect()
    }
}

/// What holds for a group.
struct Rules<'s> {
    mode: Mode,
    windows: Vec<&'s Window>,
    allow: Vec<&'s Entry>,
    freeze: Vec<&'s Entry>,
}

/// What is in force at an instant.
struct State<'s> {
    frozen: Option<&'s Entry>,
    outside: bool,
    window: Option<&'s Window>,
    mode: Mode,
    removals: Option<u32>,
}

/// What a group may do: two instants of equal liberty have the same pace.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Liberty {
    Never,
    Closed,
    Open { mode: Mode, removals: Option<u32> },
}

/// The pace of groups that are alike, less their own numbers.
struct Standing {
    liberty: Liberty,
    mode: Mode,
    why: String,
    until: Option<i64>,
}

impl<'s> Rules<'s> {
    fn of(schedule: &'s Schedule, group: &str) -> Self {
        let entries = |all: &'s [Entry]| all.iter().filter(|entry| entry.groups.contains(group)).collect();
        let windows = schedule.windows.iter().filter(|window| window.groups.contains(group));
        Self {
            mode: schedule.mode,
            windows: windows.collect(),
            allow: entries(&schedule.allow),
            freeze: entries(&schedule.freeze),
        }
    }

    fn at(&self, instant: i64, local: Local) -> State<'s> {
        let inside = |entry: &&&Entry| entry.span.contains(instant, local);
        let window = self.windows.iter().find(|window| window.when.contains(local)).copied();
        State {
            frozen: self.freeze.iter().find(inside).copied(),
            outside: !self.allow.is_empty() && !self.allow.iter().any(|entry| inside(&entry)),
            window,
            mode: window.and_then(|window| window.mode).unwrap_or(self.mode),
            removals: window.and_then(|window| window.removals),
        }
    }

    fn standing(&self, now: i64, clock: &Clock<'_>) -> Standing {
        let state = self.at(now, clock.now());
        let liberty = state.liberty();
        let windows: Vec<Span> = self.windows.iter().map(|window| Span::Weekly(window.when)).collect();
        let entries = self.allow.iter().chain(&self.freeze).map(|entry| &entry.span);
        let until = clock.first(windows.iter().chain(entries), |instant, local| {
            let then = self.at(instant, local).liberty();
            match liberty {
                Liberty::Closed => matches!(then, Liberty::Open { .. }),
                now => then != now,
            }
        });
        Standing { liberty, mode: state.mode, why: self.why(&state, clock.zone()), until }
    }

    fn why(&self, state: &State<'_>, zone: &str) -> String {
        let mode = state.mode.name();
        let window = state.window.map(|window| format!("in the window {} ({zone})", window.when));
        match (state.mode, state.frozen, state.removals, window) {
            (Mode::Disabled, _, _, Some(window)) => format!("mode {mode} {window}"),
            (Mode::Disabled, _, _, None) => format!("mode {mode}"),
            (_, Some(frozen), _, _) => format!("frozen: {} ({zone})", frozen.told),
            _ if state.outside => {
                let times = self.allow.iter().take(TIMES_TOLD).map(|entry| entry.told.as_str());
                let more = if self.allow.len() > TIMES_TOLD { ", ..." } else { "" };
                format!("outside the allowed times: {}{more} ({zone})", joined(times, ", "))
            }
            (_, _, Some(0), Some(window)) => format!("no removals {window}"),
            (_, _, Some(number), Some(window)) => format!("mode {mode}, {number} at once {window}"),
            (_, _, None, Some(window)) => format!("mode {mode} {window}"),
            (_, _, _, None) => format!("mode {mode}"),
        }
    }
}

impl State<'_> {
    fn liberty(&self) -> Liberty {
        if self.mode == Mode::Disabled {
            Liberty::Never
        } else if self.frozen.is_some() || self.outside || self.removals == Some(0) {
            Liberty::Closed
        } else {
            Liberty::Open { mode: self.mode, removals: self.removals }
        }
    }
}

impl Standing {
    fn pace(&self, index: u32, group: &Group) -> Pace {
        let numbers = self.mode.pace(group);
        let at_once = match self.liberty {
            Liberty::Never => None,
            Liberty::Closed => Some(0),
            Liberty::Open { removals, .. } => removals.or(numbers.at_once),
        };
        Pace {
            group: index,
            mode: self.mode.name().to_owned(),
            at_once,
            why: self.why.clone(),
            until: self.until,
            ..numbers
        }
    }
}
