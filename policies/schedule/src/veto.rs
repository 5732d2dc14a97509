//! The vetoer: nodes whose annotations keep them now.

use policy_sdk::civil::{Clock, Days, HoursMinutes, Span, Weekly};
use policy_sdk::records::{Batch, Fault, Reason, Vetoed};
use policy_sdk::{Host, Vetoer, Zones};

use crate::alike::Alike;
use crate::annotations::{DAYS, DISABLED, HOURS, KEYS, Mark, Marks, VALUE_BYTES_READ, ZONE, marked};
use crate::{Schedule, Unreadable, annotations};

/// Why a node is kept, and until when.
type Kept = (Reason, Option<i64>);

impl Vetoer for Schedule {
    fn veto(&self, batch: &Batch, host: &Host<'_>) -> Result<Vec<Vetoed>, Fault> {
        let hits = host.view.annotations(&KEYS, VALUE_BYTES_READ);
        let nodes = marked(&hits);
        if nodes.is_empty() {
            return Ok(Vec::new());
        }
        let own = self.clock(host.zones, batch.tick.now)?;
        let mut judge = Judge {
            zones: host.zones,
            now: batch.tick.now,
            unreadable: self.annotations,
            own,
            clocks: Alike::new(),
        };
        // Nodes of one group mostly carry the same marks.
        let mut alike: Alike<&Marks<'_>, Option<Kept>> = Alike::new();
        let mut vetoed = Vec::new();
        for (node, marks) in &nodes {
            if let Some((why, until)) = alike.get(marks, |marks| judge.kept(marks)) {
                vetoed.push(Vetoed { node: *node, pod: None, why: why.clone(), until: *until });
            }
        }
        Ok(vetoed)
    }
}

impl Schedule {
    /// A zone that was there when the settings were read.
    pub(crate) fn clock<'h>(&self, zones: &'h dyn Zones, now: i64) -> Result<Clock<'h>, Fault> {
        Clock::new(zones, &self.zone, now).ok_or_else(|| Fault {
            code: "no-such-zone".to_owned(),
            text: format!("the host knows no time zone {}", self.zone),
        })
    }
}

/// Judges marks at one instant.
struct Judge<'h, 'v> {
    zones: &'h dyn Zones,
    now: i64,
    unreadable: Unreadable,
    /// The policy's own zone.
    own: Clock<'h>,
    /// The zones of nodes; none for what is no zone.
    clocks: Alike<&'v str, Option<Clock<'h>>>,
}

impl<'v> Judge<'_, 'v> {
    fn kept(&mut self, &[disabled, hours, days, zone]: &Marks<'v>) -> Option<Kept> {
        if disabled.is_some_and(|mark| mark.read(Some) == Some("disabled")) {
            let text = format!("annotation {DISABLED} is disabled");
            let flips = "another value of the annotation, or none";
            return Some((reason("annotation-disabled", text, flips), None));
        }
        let hours_read = hours.and_then(|mark| mark.read(annotations::hours));
        let days_read = days.and_then(|mark| mark.read(annotations::days));
        let clock = match zone.and_then(|mark| mark.read(Some)) {
            Some(name) => self.clocks.get(name, |name| Clock::new(self.zones, name, self.now)).as_ref(),
            None => None,
        };
        if self.unreadable == Unreadable::Keeps {
            let unread = unread(HOURS, hours, hours_read.is_some(), "HH:MM-HH:MM, such as 22:00-06:00")
                .or_else(|| unread(DAYS, days, days_read.is_some(), "days such as Mon-Fri or Sat,Sun"))
                .or_else(|| {
                    unread(ZONE, zone, clock.is_some(), "the name of a time zone, such as Europe/Berlin")
                });
            if let Some(reason) = unread {
                return Some((reason, None));
            }
        }
        outside(hours_read, days_read, clock.unwrap_or(&self.own))
    }
}

/// Where there is something and it is not readable.
fn unread(key: &str, mark: Option<Mark<'_>>, readable: bool, expected: &str) -> Option<Reason> {
    let mark = mark.filter(|_| !readable)?;
    let text = format!("annotation {key}: found {}, expected {expected}", mark.found());
    Some(reason("annotation-unreadable", text, "a readable value of the annotation, or none"))
}

fn reason(code: &str, text: String, flips: &str) -> Reason {
    Reason { code: code.to_owned(), text, flips: Some(flips.to_owned()) }
}

/// Whether the hours and days of a node keep it now. Together they are a weekly span: where the hours wrap
/// past midnight, the days are those on which it begins.
fn outside(
    hours: Option<(HoursMinutes, HoursMinutes)>,
    days: Option<Days>,
    clock: &Clock<'_>,
) -> Option<Kept> {
    let whole = Weekly::whole(days.unwrap_or(Days::EVERY));
    let span = hours.map_or(whole, |(from, to)| Weekly { from, to, ..whole });
    let (now, zone) = (clock.now(), clock.zone());
    if span.contains(now) {
        return None;
    }
    let day_begun = span.day_begun(now);
    let reason = match (days, hours) {
        (Some(days), _) if !days.contains(day_begun) => {
            let begun = if day_begun == now.weekday() { "" } else { ", of hours begun the day before" };
            let text = format!("it is {now}{begun} ({zone}); annotation {DAYS} allows {days}");
            reason("outside-allowed-days", text, "an allowed day, or another value of the annotation")
        }
        (_, Some((from, to))) => {
            let never = if from == to { ", which is never" } else { "" };
            let text = format!("it is {now} ({zone}); annotation {HOURS} allows {from}-{to}{never}");
            reason("outside-allowed-hours", text, "an allowed hour, or another value of the annotation")
        }
        _ => return None,
    };
    let until = clock.first([&Span::Weekly(span)], |_, local| span.contains(local));
    Some((reason, until))
}
