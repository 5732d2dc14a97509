//! The vetoer: nodes whose annotations keep them now.

use std::collections::BTreeMap;

use policy_sdk::civil::{Clock, Days, HoursMinutes, Span, Weekly};
use policy_sdk::records::{Batch, Fault, Reason, Vetoed};
use policy_sdk::{Host, Vetoer};

use crate::annotations::{KEYS, Mark, Marks, VALUE_BYTES_READ, days, hours, marked};
use crate::{Schedule, Unreadable};

/// Why a node is kept, and until when.
type Kept = (Reason, Option<i64>);

impl Vetoer for Schedule {
    fn veto(&self, batch: &Batch, host: &Host<'_>) -> Result<Vec<Vetoed>, Fault> {
        let hits = host.view.annotations(&KEYS, VALUE_BYTES_READ);
        let nodes = marked(&hits);
        if nodes.is_empty() {
            return Ok(Vec::new());
        }
        let own = self.clock(host, &self.zone, batch.tick.now)?;
        let mut judge =
            Judge { host, now: batch.tick.now, unreadable: self.annotations, own, clocks: BTreeMap::new() };
        // Nodes of one group mostly carry the same marks.
        let mut alike: BTreeMap<Marks<'_>, Option<Kept>> = BTreeMap::new();
        let vetoed = nodes.into_iter().filter_map(|(node, marks)| {
            let kept = alike.entry(marks).or_insert_with(|| judge.kept(&marks));
            let (why, until) = kept.clone()?;
            Some(Vetoed { node, pod: None, why, until })
        });
        Ok(vetoed.collect())
    }
}

impl Schedule {
    /// A zone that was there when the settings were read.
    pub(crate) fn clock<'h>(&self, host: &Host<'h>, zone: &str, now: i64) -> Result<Clock<'h>, Fault> {
        Clock::new(host.zones, zone, now).ok_or_else(|| Fault {
            code: "no-such-zone".to_owned(),
            text: format!("the host knows no time zone {zone}"),
        })
    }
}

/// Judges marks at one instant.
struct Judge<'h, 'v> {
    host: &'h Host<'h>,
    now: i64,
    unreadable: Unreadable,
    /// The policy's own zone.
    own: Clock<'h>,
    /// The zones of nodes; none for what is no zone.
    clocks: BTreeMap<&'v str, Option<Clock<'h>>>,
}

impl<'v> Judge<'_, 'v> {
    fn kept(&mut self, marks: &Marks<'v>) -> Option<Kept> {
        if let Some(mark) = marks.disabled
            && mark.read(|value| (value == "disabled").then_some(())).is_some()
        {
            return Some((disabled(mark), None));
        }
        let hours = marks.hours.map(|mark| (mark, mark.read(hours)));
        let days = marks.days.map(|mark| (mark, mark.read(days)));
        let zone = marks.zone.map(|mark| (mark, mark.read(|name| self.known(name))));
        if self.unreadable == Unreadable::Keeps {
            let unread = [
                unread(&hours, "HH:MM-HH:MM, such as 22:00-06:00"),
                unread(&days, "days such as Mon-Fri or Sat,Sun"),
                unread(&zone, "the name of a time zone, such as Europe/Berlin"),
            ];
            if let Some(reason) = unread.into_iter().flatten().next() {
                return Some((reason, None));
            }
        }
        let name = zone.and_then(|(_, name)| name);
        let clock = name.and_then(|name| self.clocks.get(name)?.as_ref()).unwrap_or(&self.own);
        outside(readable(hours), readable(days), clock)
    }

    /// The name of a zone, if there is such a zone.
    fn known(&mut self, name: &'v str) -> Option<&'v str> {
        let new = || Clock::new(self.host.zones, name, self.now);
        self.clocks.entry(name).or_insert_with(new).as_ref().map(|_| name)
    }
}

/// A mark and what it says, where it can be read.
fn readable<T>(mark: Option<(Mark<'_>, Option<T>)>) -> Option<(&'static str, T)> {
    let (mark, value) = mark?;
    Some((mark.key, value?))
}

fn disabled(mark: Mark<'_>) -> Reason {
    Reason {
        code: "annotation-disabled".to_owned(),
        text: format!("annotation {} is disabled", mark.key),
        flips: Some("another value of the annotation, or none".to_owned()),
    }
}

fn unread<T>(mark: &Option<(Mark<'_>, Option<T>)>, expected: &str) -> Option<Reason> {
    let Some((mark, None)) = mark else {
        return None;
    };
    Some(Reason {
        code: "annotation-unreadable".to_owned(),
        text: format!("annotation {}: found {}, expected {expected}", mark.key, mark.found()),
        flips: Some("a readable value of the annotation, or none".to_owned()),
    })
}

/// Whether the hours and days of a node keep it now. Together they are a weekly span: where the hours wrap
/// past midnight, the days are those on which it begins.
fn outside(
    hours: Option<(&str, (HoursMinutes, HoursMinutes))>,
    days: Option<(&str, Days)>,
    clock: &Clock<'_>,
) -> Option<Kept> {
    let whole = Weekly::whole(days.map_or(Days::EVERY, |(_, days)| days));
    let span = hours.map_or(whole, |(_, (from, to))| Weekly { from, to, ..whole });
    let (now, zone) = (clock.now(), clock.zone());
    if span.contains(now) {
        return None;
    }
    let day_begun = span.day_begun(now);
    let reason = match (days, hours) {
        (Some((key, days)), _) if !days.contains(day_begun) => {
            let begun = if day_begun == now.weekday() { "" } else { ", of hours begun the day before" };
            Reason {
                code: "outside-allowed-days".to_owned(),
                text: format!("it is {now}{begun} ({zone}); annotation {key} allows {days}"),
                flips: Some("an allowed day, or another value of the annotation".to_owned()),
            }
        }
        (_, Some((key, (from, to)))) => {
            let never = if from == to { ", which is never" } else { "" };
            Reason {
                code: "outside-allowed-hours".to_owned(),
                text: format!("it is {now} ({zone}); annotation {key} allows {from}-{to}{never}"),
                flips: Some("an allowed hour, or another value of the annotation".to_owned()),
            }
        }
        _ => return None,
    };
    let until = clock.first([&Span::Weekly(span)], |_, local| span.contains(local));
    Some((reason, until))
}
