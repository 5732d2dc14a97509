//! The presets of the reference: a default mode and windows.

use policy_sdk::civil::{Days, HoursMinutes, Weekly};

use crate::entries::{Groups, Window};
use crate::mode::Mode;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Preset {
    Production,
    Development,
    CostSaving,
}

const WEEKDAYS: Days = Days::range(0, 4);
const WEEKEND: Days = Days::range(5, 6);

impl Preset {
    pub(crate) const WORDS: [(&str, Self); 3] = [
        ("production", Self::Production),
        ("development", Self::Development),
        ("cost-saving", Self::CostSaving),
    ];

    /// The default mode, where the user names none.
    pub(crate) fn mode(self) -> Mode {
        match self {
            Self::Production => Mode::Conservative,
            Self::Development => Mode::Balanced,
            Self::CostSaving => Mode::Aggressive,
        }
    }

    pub(crate) fn windows(self) -> Vec<Window> {
        let window = |mode, days, from, to| {
            let hour = |hour| HoursMinutes::new(hour, 0).unwrap_or(HoursMinutes::DAY_END);
            let when = Weekly { days, from: hour(from), to: hour(to) };
            Window { when, groups: Groups::every(), mode: Some(mode), removals: None }
        };
        match self {
            Self::Production => vec![window(Mode::Conservative, WEEKDAYS, 9, 17)],
            Self::Development => Vec::new(),
            Self::CostSaving => {
                vec![window(Mode::Aggressive, Days::EVERY, 18, 8), window(Mode::Aggressive, WEEKEND, 0, 24)]
            }
        }
    }
}
