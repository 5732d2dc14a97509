//! The life of a generation of policies, as a pure machine: what happened goes in, what is to be done comes
//! out. It knows no clock, no thread and no file; whoever drives it holds the policies under the numbers
//! that stand here.
//!
//! ```text
//! Observed -> Settled -> Parsed -> Compiled -> Linked -> Probed -> Replayed -> active -> earlier -> gone
//!             any of these: rejected, and the active one stays
//!             active, and it fails: rolled back to an earlier one, and its content is in quarantine
//! ```

mod news;
mod record;

#[cfg(test)]
mod tests;

pub(crate) use news::short;
pub use news::{News, Replayed};
pub(crate) use record::Record;

use crate::remark::Remark;
use crate::stage::Stage;
use crate::tally::Calls;
use decide::time::Time;
use decide::world::Name;
use std::collections::BTreeMap;

/// Generations that worked are kept for this many later ones.
const EARLIER_MAX: usize = 3;
const QUARANTINE_MAX: usize = 16;
/// The file that says which policies there are.
const FILE: &str = crate::snapshot::FILE;

/// Counts contents of the directory, from the first that was seen.
pub(crate) type Number = u64;

/// What is served, or was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Generation {
    pub number: Number,
    pub origin: Origin,
    /// Of the content of the directory.
    pub digest: String,
    pub files: Vec<String>,
    pub since: Time,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// No directory was given, or there is nothing in it.
    BuiltIn,
    Directory,
    /// What worked before the program was started anew.
    LastGood,
    /// The directory cannot be used, and nothing else is known: every node is kept.
    Held,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub number: Number,
    pub digest: String,
    pub files: Vec<String>,
    pub stage: Stage,
    pub since: Time,
    /// Once it may become active.
    pub ready: Option<Replayed>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rejection {
    pub number: Number,
    pub digest: String,
    pub stage: Stage,
    pub reason: String,
    pub at: Time,
}

/// Content that is not taken again.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Quarantined {
    pub digest: String,
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Life {
    pub active: Generation,
    /// It went through a tick without a fault.
    pub proved: bool,
    /// Those that proved themselves, the last one last.
    pub earlier: Vec<Generation>,
    pub candidate: Option<Candidate>,
    pub rejected: Option<Rejection>,
    pub quarantine: Vec<Quarantined>,
    /// What is wrong with the directory itself.
    pub trouble: Option<String>,
    /// Of the active generation, by policy and hook.
    pub records: BTreeMap<(Name, &'static str), Record>,
    /// Something moved in the directory and was not read yet.
    pub stirred: bool,
    next: Number,
    /// It was said that there is nothing to go back to.
    stuck: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    Stirred,
    /// The directory was read.
    Seen(Sight),
    Reached {
        number: Number,
        stage: Stage,
    },
    Refused {
        number: Number,
        stage: Stage,
        reason: String,
    },
    Ready {
        number: Number,
        replayed: Replayed,
    },
    TickBegins,
    TickEnded(Vec<Calls>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sight {
    Content {
        digest: String,
        files: Vec<String>,
    },
    /// Why there is nothing to be used.
    Nothing(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Make a generation of what was just seen.
    Load(Number),
    /// Decide with it from now on.
    Serve(Number),
    /// It is needed no more.
    Forget(Number),
    /// It works: remember it across a restart.
    Keep(Number),
    /// Remember across a restart what is in quarantine.
    KeepQuarantine,
    Tell(News),
}

impl Life {
    pub fn begin(active: Generation, earlier: Vec<Generation>, quarantine: Vec<Quarantined>) -> Life {
        let numbers = earlier.iter().chain([&active]).map(|it| it.number);
        Life {
            next: numbers.max().unwrap_or(0) + 1,
            proved: false,
            earlier,
            candidate: None,
            rejected: None,
            quarantine,
            trouble: None,
            records: BTreeMap::new(),
            stirred: false,
            stuck: false,
            active,
        }
    }

    /// What becomes of it, and what is to be done, in this order.
    #[must_use]
    pub fn step(&self, event: Event, now: Time) -> (Life, Vec<Effect>) {
        let mut life = self.clone();
        let mut effects = Vec::new();
        match event {
            Event::Stirred => life.stirred = true,
            Event::Seen(sight) => life.see(sight, now, &mut effects),
            Event::Reached { number, stage } => {
                if let Some(it) = life.candidate.as_mut().filter(|it| it.number == number) {
                    it.stage = it.stage.max(stage);
                }
            }
            Event::Refused { number, stage, reason } => life.refuse(number, stage, reason, now, &mut effects),
            Event::Ready { number, replayed } => {
                if let Some(it) = life.candidate.as_mut().filter(|it| it.number == number) {
                    (it.stage, it.ready) = (Stage::Replayed, Some(replayed));
                }
            }
            Event::TickBegins => life.swap(now, &mut effects),
            Event::TickEnded(calls) => life.judge(&calls, now, &mut effects),
        }
        (life, effects)
    }

    pub fn wants(&self, number: Number) -> bool {
        self.candidate.as_ref().is_some_and(|it| it.number == number)
    }

    fn see(&mut self, sight: Sight, now: Time, effects: &mut Vec<Effect>) {
        self.stirred = false;
        let (digest, files) = match sight {
            Sight::Content { digest, files } => (digest, files),
            // With the built-in policies active there is nothing that could have been lost.
            Sight::Nothing(_) if self.active.files.is_empty() && self.active.origin == Origin::BuiltIn => {
                return;
            }
            Sight::Nothing(why) => return self.complain(why, effects),
        };
        if let Some(gone) = self.lost(&files) {
            let why = format!(
                "{gone} is gone from the policy directory, and no {FILE} in it says that this is meant"
            );
            return self.complain(why, effects);
        }
        self.trouble = None;
        if self.candidate.as_ref().is_some_and(|it| it.digest == digest) {
            return;
        }
        if let Some(it) = self.candidate.take() {
            effects.push(Effect::Forget(it.number));
        }
        let known = self.active.digest == digest
            || self.rejected.as_ref().is_some_and(|it| it.digest == digest)
            || self.quarantine.iter().any(|it| it.digest == digest);
        if known {
            return;
        }
        let number = self.next;
        self.next += 1;
        let stage = Stage::Settled;
        self.candidate = Some(Candidate { number, digest, files, stage, since: now, ready: None });
        effects.push(Effect::Load(number));
    }

    /// A file of the active generation that is missing: nearly always an accident. To leave a policy out,
    /// `policies.yaml` is there.
    fn lost(&self, files: &[String]) -> Option<&str> {
        if files.iter().any(|it| it == FILE) {
            return None;
        }
        self.active.files.iter().find(|it| !files.contains(it)).map(String::as_str)
    }

    /// Keeps the active generation, and says so once.
    fn complain(&mut self, why: String, effects: &mut Vec<Effect>) {
        if let Some(it) = self.candidate.take() {
            effects.push(Effect::Forget(it.number));
        }
        if self.trouble.as_ref() != Some(&why) {
            let text = format!("{why}; generation {} stays active", self.active.number);
            effects.push(Effect::Tell(News::Note(text)));
            self.trouble = Some(why);
        }
    }

    fn refuse(&mut self, number: Number, stage: Stage, reason: String, now: Time, effects: &mut Vec<Effect>) {
        let Some(it) = self.candidate.take_if(|it| it.number == number) else { return };
        effects.push(Effect::Forget(number));
        let active = self.active.number;
        effects.push(Effect::Tell(News::Rejected(format!(
            "generation {number} ({}) was rejected before it was {stage}: {reason}; generation {active} stays active",
            short(&it.digest)
        ))));
        self.rejected = Some(Rejection { number, digest: it.digest, stage, reason, at: now });
    }

    fn swap(&mut self, now: Time, effects: &mut Vec<Effect>) {
        let Some(Candidate { number, digest, files, ready: Some(replayed), .. }) =
            self.candidate.take_if(|it| it.ready.is_some())
        else {
            return;
        };
        let text = format!("generation {number} ({}) is active{replayed}", short(&digest));
        let next = Generation { number, origin: Origin::Directory, digest, files, since: now };
        let old = std::mem::replace(&mut self.active, next);
        effects.extend([Effect::Serve(number), Effect::Tell(News::Activated(text))]);
        if self.proved {
            self.earlier.push(old);
            if self.earlier.len() > EARLIER_MAX {
                effects.push(Effect::Forget(self.earlier.remove(0).number));
            }
        } else {
            effects.push(Effect::Forget(old.number));
        }
        self.unproved();
    }

    fn unproved(&mut self) {
        self.proved = false;
        self.stuck = false;
        self.records.clear();
    }

    fn judge(&mut self, calls: &[Calls], now: Time, effects: &mut Vec<Effect>) {
        let mut failed = None;
        for it in calls {
            let record = self.records.entry((it.used.policy.clone(), it.used.hook)).or_default();
            if let Some(why) = record.add(it, now) {
                failed.get_or_insert_with(|| format!("policy {} ({}) {why}", it.used.policy, it.used.hook));
            }
        }
        if self.active.origin == Origin::Held {
            return;
        }
        if let Some(why) = failed {
            return self.roll_back(why, now, effects);
        }
        let asked = calls.iter().any(|it| !it.failed.is_empty());
        if !self.proved && asked && calls.iter().all(|it| !it.failed.contains(&true)) {
            self.proved = true;
            if self.active.origin == Origin::Directory {
                effects.push(Effect::Keep(self.active.number));
            }
        }
    }

    fn roll_back(&mut self, why: String, now: Time, effects: &mut Vec<Effect>) {
        let number = self.active.number;
        // What fails now is not to come back from before, when it seemed to work.
        let same = |it: &mut Generation| it.digest == self.active.digest;
        effects.extend(self.earlier.extract_if(.., same).map(|it| Effect::Forget(it.number)));
        let Some(good) = self.earlier.pop() else {
            if !self.stuck {
                self.stuck = true;
                effects.push(Effect::Tell(News::Note(format!(
                    "generation {number}: {why}; no earlier generation is known that worked, so it stays active"
                ))));
            }
            return;
        };
        let text = format!(
            "generation {number} ({}) was rolled back to generation {} ({}): {why}; the same content is not taken \
             again",
            short(&self.active.digest),
            good.number,
            short(&good.digest)
        );
        let bad = std::mem::replace(&mut self.active, Generation { since: now, ..good });
        if self.quarantine.len() == QUARANTINE_MAX {
            self.quarantine.remove(0);
        }
        self.quarantine.push(Quarantined { digest: bad.digest, reason: why });
        self.unproved();
        self.proved = true;
        effects.push(Effect::Serve(self.active.number));
        // The bad one may have gone through a tick before it failed, and be what is remembered.
        if self.active.origin != Origin::BuiltIn {
            effects.push(Effect::Keep(self.active.number));
        }
        effects.extend([
            Effect::Forget(bad.number),
            Effect::KeepQuarantine,
            Effect::Tell(News::RolledBack(text)),
        ]);
    }
}

impl News {
    pub(crate) fn of(remark: &Remark) -> News {
        News::Remark(remark.clone())
    }
}
