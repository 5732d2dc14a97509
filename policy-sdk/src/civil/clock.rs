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
        let edges = Edges::of(spans, self.start);
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
            let found = edges.in_stretch(offsets, start, end, |instant, local| {
                instant > self.start && holds(instant, local)
            });
            // Beyond the reach only an instant that somebody wrote down can change what repeats every week.
            match found {
                Some(instant) => return Some(instant),
                None => start = *edges.instants.iter().find(|instant| **instant >= end)?,
            }
        }
    }
}

/// Where spans begin and end.
struct Edges {
    /// Of absolute spans, later than the start, in order.
    instants: Vec<i64>,
    /// Of weekly spans, in seconds of the day, in order.
    seconds: Vec<i64>,
}

impl Edges {
    fn of<'s>(spans: impl IntoIterator<Item = &'s Span>, start: i64) -> Self {
        let mut edges = Self { instants: Vec::new(), seconds: Vec::new() };
        for span in spans {
            match *span {
                Span::Weekly(weekly) => {
                    for time in [weekly.from, weekly.to] {
                        edges.seconds.push(time.seconds() % HoursMinutes::DAY_END.seconds());
                    }
                }
                Span::Absolute { from, to } => {
                    edges.instants.extend([from, to].into_iter().filter(|edge| *edge > start && *edge < FAR));
                }
            }
        }
        for list in [&mut edges.instants, &mut edges.seconds] {
            list.sort_unstable();
            list.dedup();
        }
        edges
    }

    /// The first edge of a stretch at which it holds.
    fn in_stretch(
        &self,
        offsets: &[Offset],
        start: i64,
        end: i64,
        mut holds: impl FnMut(i64, Local) -> bool,
    ) -> Option<i64> {
        let written = self.instants.iter().copied();
        let changes = offsets.iter().map(|offset| offset.at);
        let mut breaks: Vec<i64> =
            written.chain(changes).filter(|instant| (start..end).contains(instant)).collect();
        breaks.push(start);
        breaks.sort_unstable();
        breaks.dedup();
        for (position, &from) in breaks.iter().enumerate() {
            let next = breaks.get(position + 1).copied().unwrap_or(end);
            let to = next.min(from + REPEAT_SECS);
            let offset = offset_at(offsets, from);
            let weekly = self.weekly(from, to, offset);
            let mut edges = std::iter::once(from).chain(weekly);
            let found = edges.find(|&instant| holds(instant, Local::new(instant, offset)));
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// The weekly edges between two instants under one offset, both left out.
    fn weekly(&self, from: i64, to: i64, offset: i32) -> impl Iterator<Item = i64> {
        let first = Local::new(from, offset).day;
        let last = Local::new(to, offset).day;
        let seconds = if self.seconds.is_empty() { first..first } else { first..last + 1 };
        seconds
            .flat_map(move |day| {
                let midnight = day * DAY_SECS - i64::from(offset);
                self.seconds.iter().map(move |second| midnight + second)
            })
            .filter(move |instant| from < *instant && *instant < to)
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
