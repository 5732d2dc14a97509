//! The modes and their numbers.

use policy_sdk::records::{Group, Pace};

/// How eager removal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Aggressive,
    Balanced,
    Conservative,
    Disabled,
}

impl Mode {
    pub(crate) const WORDS: [(&str, Self); 4] = [
        ("aggressive", Self::Aggressive),
        ("balanced", Self::Balanced),
        ("conservative", Self::Conservative),
        ("disabled", Self::Disabled),
    ];

    pub(crate) fn name(self) -> &'static str {
        let word = Self::WORDS.iter().find(|(_, mode)| *mode == self);
        word.map_or("", |(word, _)| *word)
    }

    /// The numbers of this mode for a group. They replace the group's own, except that no mode opens what is
    /// configured as none at once.
    pub(crate) fn pace(self, group: &Group) -> Pace {
        let (threshold, window_seconds, at_once) = match self {
            Self::Aggressive => (60_00, 5 * 60, group.at_once.saturating_mul(2)),
            Self::Conservative => (40_00, 20 * 60, 1),
            Self::Balanced => {
                return Pace {
                    cpu_threshold: Some(group.cpu_threshold),
                    memory_threshold: Some(group.memory_threshold),
                    window_seconds: Some(group.window_seconds),
                    at_once: Some(group.at_once).filter(|own| *own > 0),
                    ..Pace::default()
                };
            }
            Self::Disabled => return Pace { disabled: true, ..Pace::default() },
        };
        Pace {
            cpu_threshold: Some(threshold),
            memory_threshold: Some(threshold),
            window_seconds: Some(window_seconds),
            at_once: Some(at_once).filter(|_| group.at_once > 0),
            ..Pace::default()
        }
    }
}
