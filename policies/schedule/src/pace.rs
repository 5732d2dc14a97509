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
        let mut alike: Alike<Speaking, Standing> = Alike::new();
        let paces = groups.iter().zip(0..).map(|(group, index)| {
            let name = symbols.get(group.name).unwrap_or_default();
            let new = |speaking: &Speaking| Rules { schedule: self, speaking }.standing(tick.now, &clock);
            alike.get(self.speaking_for(name), new).pace(index, group)
        });
        Ok(paces.collect())
    }
}

/// Of each entry, windows first, then `allow`, then `freeze`: whether it speaks for a group.
type Speaking = Vec<bool>;

impl Schedule {
    fn speaking_for(&self, name: &str) -> Speaking {
        let windows = self.windows.iter().map(|window| &window.groups);
        let entries = self.allow.iter().chain(&self.freeze).map(|entry| &entry.groups);
        windows.chain(entries).map(|groups| groups.contains(name)).collect()
    }
}

/// What holds for a group.
struct Rules<'s> {
    schedule: &'s Schedule,
    speaking: &'s [bool],
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
    /// Those that speak for the group, of the entries before which there are so many others.
    fn of<T>(&self, entries: &'s [T], before: usize) -> impl Iterator<Item = &'s T> + use<'s, T> {
        let speaking = self.speaking.get(before..).unwrap_or_default();
        entries.iter().zip(speaking).filter_map(|(entry, speaks)| speaks.then_some(entry))
    }

    fn windows(&self) -> impl Iterator<Item = &'s Window> + use<'s> {
        self.of(&self.schedule.windows, 0)
    }

    fn allow(&self) -> impl Iterator<Item = &'s Entry> + use<'s> {
        self.of(&self.schedule.allow, self.schedule.windows.len())
    }

    fn freeze(&self) -> impl Iterator<Item = &'s Entry> + use<'s> {
        self.of(&self.schedule.freeze, self.schedule.windows.len() + self.schedule.allow.len())
    }

    fn at(&self, instant: i64, local: Local) -> State<'s> {
        let inside = |entry: &Entry| entry.span.contains(instant, local);
        let window = self.windows().find(|window| window.when.contains(local));
        State {
            frozen: self.freeze().find(|entry| inside(entry)),
            outside: self.allow().next().is_some() && !self.allow().any(inside),
            window,
            mode: window.and_then(|window| window.mode).unwrap_or(self.schedule.mode),
            removals: window.and_then(|window| window.removals),
        }
    }

    fn standing(&self, now: i64, clock: &Clock<'_>) -> Standing {
        let state = self.at(now, clock.now());
        let liberty = state.liberty();
        let windows: Vec<Span> = self.windows().map(|window| Span::Weekly(window.when)).collect();
        let entries = self.allow().chain(self.freeze()).map(|entry| &entry.span);
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
        let window = state.window.map(|window| format!(" in the window {} ({zone})", window.when));
        let window = window.unwrap_or_default();
        match (state.mode, state.frozen, state.removals) {
            (Mode::Disabled, ..) => format!("mode {mode}{window}"),
            (_, Some(frozen), _) => format!("frozen: {} ({zone})", frozen.told),
            _ if state.outside => {
                let times = self.allow().take(TIMES_TOLD).map(|entry| entry.told.as_str());
                let more = if self.allow().count() > TIMES_TOLD { ", ..." } else { "" };
                format!("outside the allowed times: {}{more} ({zone})", joined(times, ", "))
            }
            (_, _, Some(0)) => format!("no removals{window}"),
            (_, _, Some(number)) => format!("mode {mode}, {number} at once{window}"),
            (_, _, None) => format!("mode {mode}{window}"),
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
