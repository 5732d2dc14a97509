//! What goes wrong, and how often.

use std::fmt;

/// Shares are percents of the calls, and hold until the faults end.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Faults {
    /// How old a picture a list may show.
    pub lag_secs: u32,
    /// How long an accepted server may stay out of every list.
    pub visible_secs: u32,
    /// The request is carried out, the reply is lost.
    pub reply_lost: u32,
    /// The request never arrives.
    pub request_lost: u32,
    /// Neither a reply nor a time-out ever comes back; it may have been carried out.
    pub hangs: u32,
    /// 429 with `Retry-After`.
    pub throttled: u32,
    /// 500, and it was carried out; 500, and it was not.
    pub error_with_effect: u32,
    pub error_without: u32,
    /// 200 with `error: true`.
    pub ok_with_error: u32,
    /// A limit is reached.
    pub refused: u32,
    /// Accepted, and then nothing.
    pub never_visible: u32,
    pub never_joins: u32,
    /// A deletion is accepted, and the server stays.
    pub delete_ignored: u32,
    pub list_partial: u32,
    pub list_failed: u32,
    /// Old news is told again.
    pub repeated: u32,
    /// Somebody changes the object at the same time.
    pub conflict: u32,
    /// A server has no id at first.
    pub late_id: u32,
    /// A list tells no ids, or not all of them.
    pub lost_id: u32,
    /// A list writes names in another case.
    pub other_case: u32,
    /// A reply takes up to a minute and a half: some come when nobody waits for them any more.
    pub slow: u32,
    /// Pods cannot be evicted for now.
    pub stuck_pods: u32,
    /// The cloud controller forgets a rule.
    pub forgotten_rule: u32,
    /// A removal is not allowed to go on for a while.
    pub kept: u32,
}

/// A field, its name, and the largest value that a storm gives it.
type Knob = (&'static str, fn(&mut Faults) -> &mut u32, u32);

impl Faults {
    pub const KNOBS: &[Knob] = &[
        ("lag_secs", |it| &mut it.lag_secs, 50),
        ("visible_secs", |it| &mut it.visible_secs, 100),
        ("reply_lost", |it| &mut it.reply_lost, 25),
        ("request_lost", |it| &mut it.request_lost, 20),
        ("hangs", |it| &mut it.hangs, 10),
        ("throttled", |it| &mut it.throttled, 20),
        ("error_with_effect", |it| &mut it.error_with_effect, 20),
        ("error_without", |it| &mut it.error_without, 20),
        ("ok_with_error", |it| &mut it.ok_with_error, 20),
        ("refused", |it| &mut it.refused, 15),
        ("never_visible", |it| &mut it.never_visible, 15),
        ("never_joins", |it| &mut it.never_joins, 15),
        ("delete_ignored", |it| &mut it.delete_ignored, 20),
        ("list_partial", |it| &mut it.list_partial, 20),
        ("list_failed", |it| &mut it.list_failed, 20),
        ("repeated", |it| &mut it.repeated, 30),
        ("conflict", |it| &mut it.conflict, 15),
        ("late_id", |it| &mut it.late_id, 40),
        ("lost_id", |it| &mut it.lost_id, 60),
        ("other_case", |it| &mut it.other_case, 60),
        ("slow", |it| &mut it.slow, 15),
        ("stuck_pods", |it| &mut it.stuck_pods, 30),
        ("forgotten_rule", |it| &mut it.forgotten_rule, 40),
        ("kept", |it| &mut it.kept, 15),
    ];

    /// From a number for each knob; what is out of its range is cut.
    #[must_use]
    pub fn of(values: &[u32]) -> Faults {
        let mut faults = Faults::default();
        for ((_, knob, max), value) in Self::KNOBS.iter().zip(values) {
            *knob(&mut faults) = *value % (max + 1);
        }
        faults
    }

    #[must_use]
    pub fn worst() -> Faults {
        let mut faults = Faults::default();
        for (_, knob, max) in Self::KNOBS {
            *knob(&mut faults) = *max;
        }
        faults
    }
}

impl fmt::Debug for Faults {
    /// Only those that are on.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut faults = self.clone();
        let mut out = out.debug_struct("Faults");
        for (name, knob, _) in Self::KNOBS {
            let value = *knob(&mut faults);
            if value > 0 {
                out.field(name, &value);
            }
        }
        out.finish()
    }
}
