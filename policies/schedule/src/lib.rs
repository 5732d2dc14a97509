//! When nodes may go, and how fast.
//!
//! As a windows policy it sets the pace of each group: closed by a freeze or outside the allowed times, else
//! the numbers of the first window that matches, else those of the default mode. As a vetoer it reads
//! annotations of nodes.
//!
//! | setting | default | meaning |
//! |---|---|---|
//! | `zone` | `UTC` | IANA time zone whose wall clock counts |
//! | `mode` | `balanced` | `aggressive`, `balanced`, `conservative` or `disabled`, where no window says otherwise |
//! | `preset` | | `production`, `development` or `cost-saving`: a default mode, and windows after the user's own |
//! | `windows` | `[]` | the first that matches wins: `days`, `from`, `to`, `groups`, and `mode` or `removals` or both |
//! | `allow` | `[]` | where not empty, removals only inside one of these: `days`, `from`, `to`, `groups` |
//! | `freeze` | `[]` | never inside one of these; beats `allow` and `windows` |
//! | `annotations` | `strict` | what an unreadable annotation does: `strict` keeps the node, `lenient` passes it over |
//!
//! - `days`: a list of `Mon`, `Fri-Mon`, or a text such as `Sat,Sun`; none is every day. The day is the one
//!   on which the span begins.
//! - `from`, `to`: `HH:MM`, half-open; an end before the beginning is past midnight, equal is empty, `24:00`
//!   is an end only; none is the beginning and the end of the day. In `allow` and `freeze` both may be
//!   instants (RFC 3339), then without `days`.
//! - `groups`: names; none is every group. A group that no `allow` entry speaks for is not restricted.
//! - `removals`: how many nodes of each group at once; 0 closes. Without `mode` the default mode's other
//!   numbers stay, and it stays disabled where that is.
//! - A local time that daylight saving skips never comes, one that comes twice is inside both times, and what
//!   is left of a span that is partly skipped opens.
//!
//! The modes: `aggressive` 60 % of both, 5 min, twice the group's configured number at once; `balanced` the
//! group's own numbers; `conservative` 40 %, 20 min, 1 at once; `disabled` never. `production` is
//! conservative by default and Mon-Fri 09:00-17:00; `development` is balanced; `cost-saving` is aggressive by
//! default, every day 18:00-08:00 and Sat,Sun.
//!
//! Annotations of nodes, all `autoscaler.vpsie.com/...`: `scale-down: disabled`; `scale-down-allowed-hours`
//! (`HH:MM-HH:MM`; no padding needed, hour 24 is not readable, equal is never); `scale-down-allowed-days`
//! (`Mon-Fri`, `Sat,Sun`); `scale-down-zone`. Empty, or of more than 256 characters, is unreadable. Codes of
//! the vetoes, in this order: `annotation-disabled`, `annotation-unreadable`, `outside-allowed-days`,
//! `outside-allowed-hours`.
//!
//! This policy never looks at a pod, and never asks for the world on paper: its answers hold for the tick.

mod alike;
mod annotations;
mod entries;
mod mode;
mod pace;
mod preset;
mod times;
mod veto;

use policy_sdk::civil::Clock;
use policy_sdk::records::{Diagnostic, Metadata};
use policy_sdk::settings::{Tree, Value};
use policy_sdk::{Policy, Zones};

use crate::entries::{Entry, Window};
use crate::mode::Mode;
use crate::preset::Preset;

/// The windows policy and vetoer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    zone: String,
    mode: Mode,
    windows: Vec<Window>,
    allow: Vec<Entry>,
    freeze: Vec<Entry>,
    annotations: Unreadable,
}

/// What an unreadable annotation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unreadable {
    Keeps,
    IsPassedOver,
}

policy_sdk::export!(Schedule: windows, vetoer);

impl Policy for Schedule {
    fn describe() -> Metadata {
        Metadata::new("schedule", env!("CARGO_PKG_VERSION"))
            .with("settings-schema", include_str!("settings.schema.json"))
            .with("license", env!("CARGO_PKG_LICENSE"))
    }

    fn configure(settings: &Tree<'_>, zones: &dyn Zones) -> Result<Self, Vec<Diagnostic>> {
        settings.read(|object| {
            let zone = object.get("zone").and_then(|zone| zone_name(&zone, zones));
            let mode = object.get("mode").and_then(|mode| mode.word(&Mode::WORDS));
            let preset = object.get("preset").and_then(|preset| preset.word(&Preset::WORDS));
            let mut windows = object.list("windows", Window::read);
            if let Some(preset) = preset {
                windows.extend(preset.windows());
            }
            let unreadable = [("strict", Unreadable::Keeps), ("lenient", Unreadable::IsPassedOver)];
            Self {
                zone: zone.unwrap_or("UTC").to_owned(),
                mode: mode.or(preset.map(Preset::mode)).unwrap_or(Mode::Balanced),
                windows,
                allow: object.list("allow", Entry::read),
                freeze: object.list("freeze", Entry::read),
                annotations: object.word("annotations", &unreadable, Unreadable::Keeps),
            }
        })
    }
}

/// Any instant tells whether there is such a zone.
fn zone_name<'a>(value: &Value<'a>, zones: &dyn Zones) -> Option<&'a str> {
    value.parse("the name of a time zone, such as Europe/Berlin", |name| {
        Clock::new(zones, name, 0).is_some().then_some(name)
    })
}
