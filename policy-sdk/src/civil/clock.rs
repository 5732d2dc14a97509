//! The clock of a zone, and the search for the instant at which something begins or ends.

use super::{DAY_SECS, HoursMinutes, Local, Span};
use crate::Zones;
use crate::records::Offset;

/// The one zone that is known without asking.
const UTC: &str = "UTC";

/// How far one question for offsets reaches; the host answers for 400 days at most.
const REACH_SECS: i64 = 399 * DAY_SECS;

/// Under one offset weekly spans repeat after seven days: what did not begin in eight never will.
const REPEAT_SECS: i64 = 8 * DAY_SECS;

/// Later or earlier than any time that is meant: nothing follows it, and sums stay far away from overflow.
const FAR: i64 = 1 << 40;

/// The clock on the walls of a zone, from one instant on.
pub struct Clock<'h> {
    zones: &'h dyn Zones,
    zone: String,
    start: i64,
    offsets: Vec<Offset>,
}

impl<'h> Clock<'h> {
    /// None where there is no such zone.
    pub fn new(zones: &'h dyn Zones, zone: &str, start: i64) -> Option<Self> {
        let start = start.clamp(-FAR, FAR);
        let offsets = offsets(zones, zone, start)?;
        Some(Self { zones, zone: zone.to_owned(), start, offsets })
    }

    pub fn zone(&self) -> &str {
        &self.zone
    }

    /// What the clock shows at its start.
    pub fn now(&self) -> Local {
        Local::new(self.start, offset_at(&self.offsets, self.start))
    }

    /// The first instant after the start at which something holds that can change only where one of the spans
    /// begins or ends. It is asked at those instants alone, so that nothing has to step through time.
    pub fn first<'s>(
        &self,
        spans: impl IntoIterator<Item = &'s Span>,
        mut holds: impl FnMut(i64, Local) -> bool,
    ) -> Option<i64> {
        if self.start.abs() >= FAR {
            return None;
        }
        let mut edges = Edges { instants: Vec::new(), seconds: Vec::new() };
        for span in spans {
            edges.add(span, self.start);
        }
        self.search(&edges, &mut |instant, local| instant > self.start && holds(instant, local))
    }

    fn search(&self, edges: &Edges, holds: Holds<'_>) -> Option<i64> {
        let mut start = self.start;
        loop {
            let later;
            let offsets = if start == self.start {
                &self.offsets
            } else {
                later = offsets(self.zones, &self.zone, start)?;
                &later
            };
            let end = start + REACH_SECS;
            // Beyond the reach only an instant that somebody wrote down can change what repeats every week.
            match edges.in_stretch(offsets, start, end, holds) {
                Some(instant) => return Some(instant),
                None => start = *edges.instants.iter().find(|instant| **instant >= end)?,
            }
        }
    }
}

/// What is looked for, at an instant and what the clock then shows. Not a type of its own for each question,
/// so that a component holds the search once.
type Holds<'f> = &'f mut dyn FnMut(i64, Local) -> bool;

/// Where spans begin and end.
struct Edges {
    /// Of absolute spans, later than the start, in order.
    instants: Vec<i64>,
    /// Of weekly spans, in seconds of the day, in order.
    seconds: Vec<i64>,
}

impl Edges {
    fn add(&mut self, span: &Span, start: i64) {
        match *span {
            Span::Weekly(weekly) => {
                for time in [weekly.from, weekly.to] {
                    insert(&mut self.seconds, time.seconds() % HoursMinutes::DAY_END.seconds());
                }
            }
            Span::Absolute { from, to } => {
                for edge in [from, to] {
                    if edge > start && edge < FAR {
                        insert(&mut self.instants, edge);
                    }
                }
            }
        }
    }

    /// The first edge of a stretch at which it holds.
    fn in_stretch(&self, offsets: &[Offset], start: i64, end: i64, holds: Holds<'_>) -> Option<i64> {
        let mut breaks = vec![start];
        let changes = offsets.iter().map(|offset| offset.at);
        for instant in self.instants.iter().copied().chain(changes) {
            if instant >= start && instant < end {
                insert(&mut breaks, instant);
            }
        }
        for (position, &from) in breaks.iter().enumerate() {
            let next = breaks.get(position + 1).copied().unwrap_or(end);
            let offset = offset_at(offsets, from);
            if holds(from, Local::new(from, offset)) {
                return Some(from);
            }
            let found = self.weekly(from, next.min(from + REPEAT_SECS), offset, holds);
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// The first weekly edge between two instants under one offset, both left out, at which it holds.
    fn weekly(&self, from: i64, to: i64, offset: i32, holds: Holds<'_>) -> Option<i64> {
        if self.seconds.is_empty() {
            return None;
        }
        for day in Local::new(from, offset).day..=Local::new(to, offset).day {
            let midnight = day * DAY_SECS - i64::from(offset);
            for second in &self.seconds {
                let instant = midnight + second;
                if from < instant && instant < to && holds(instant, Local { day, second: *second }) {
                    return Some(instant);
                }
            }
        }
        None
    }
}

/// Puts a number into its place, once.
fn insert(sorted: &mut Vec<i64>, number: i64) {
    if let Err(place) = sorted.binary_search(&number) {
        sorted.insert(place, number);
    }
}

fn offsets(zones: &dyn Zones, zone: &str, start: i64) -> Option<Vec<Offset>> {
    if zone == UTC {
        return Some(Vec::new());
    }
    zones.offsets(zone, start, start + REACH_SECS)
}

/// The offset in force; none is none.
fn offset_at(offsets: &[Offset], instant: i64) -> i32 {
    let begun = offsets.iter().rev().find(|offset| offset.at <= instant);
    begun.or(offsets.first()).map_or(0, |offset| offset.seconds)
}
