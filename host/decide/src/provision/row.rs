//! What the engine knows of one machine.

use super::event::{Token, Work};
use super::objects::{Claim, Failure, Machine, Papers, Wish};
use super::retry::Retry;
use super::settings::{Settings, later};
use super::stage::{Phase, Stage};
use crate::time::Time;
use crate::world::Name;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// As it was last seen, and what we have written since.
    pub machine: Machine,
    pub wish: Wish,
    /// The object is not there: deleted by force, or there never was one. What it had still goes.
    pub gone: bool,
    pub stage: Stage,
    pub since: Time,
    pub asked: Asked,
    /// A new server that is this machine's, not written yet.
    pub found: Option<Claim>,
    pub failing: Option<Failure>,
    /// That it is condemned was sent, and nobody knows whether it was written: it may stand there, so it counts.
    pub condemning: bool,
    pub flight: Option<Flight>,
    pub retry: Retry,
    pub hold: Option<Hold>,
    /// When it is looked at again if nothing is heard; stands in the engine's list of times too.
    pub due: Option<Time>,
    pub born: Time,
    /// When it was first seen to leave.
    pub released: Option<Time>,
    /// When its Node was first seen with all leaving marks.
    pub excluded: Option<Time>,
    /// It was to be dressed after leaving marks were last put on its Node: what is seen of them may be old.
    pub dressing: bool,
    /// When balancers were first seen without it.
    pub detached: Option<Time>,
    /// When it last lost its Node.
    pub nodeless: Time,
    /// Reads that began before this tell nothing about the absence of its server.
    pub listed: Time,
    /// Failures of its present life: on its way up, or on its way down.
    pub tries: u32,
}

/// How far the request for a server has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Asked {
    /// None that could still bring one.
    No,
    /// The intent stands on the machine; surely nothing was sent that had an effect.
    Written,
    /// Being sent.
    Sent,
    Accepted {
        since: Time,
    },
    Unknown {
        since: Time,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flight {
    pub token: Token,
    pub work: Work,
    pub since: Time,
    /// What is being written.
    pub draft: Option<Box<Papers>>,
    /// What is being written was seen on the machine: it took effect, whatever is heard of it.
    pub seen: bool,
}

/// What a machine waits for that somebody might ask about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Hold {
    /// Its removal is not allowed to go on, or nobody has said yet what is to become of it.
    Kept,
    /// The group backs off after a refusal.
    BackOff,
    /// Another machine of the group is being provided; two requests cannot be told apart.
    Line,
    /// No list of servers that is complete and new enough.
    List,
    /// The list of servers cannot be trusted.
    Frozen,
    /// The watch of the cluster is behind.
    Watch,
    /// It is the last backend of a rule.
    LastBackend,
    /// A balancer still names it, or may.
    Balancers,
    Pods,
    Volumes,
    /// Server, claim and Node do not agree.
    Mismatch,
    /// Too many operations are under way.
    Turn,
    /// It failed, and tries again later.
    Retry,
    /// The provider asked to wait.
    Throttled,
}

impl Row {
    pub(super) fn new(machine: Machine, now: Time) -> Row {
        let open = machine.papers.intent.is_some()
            && machine.papers.server.is_none()
            && machine.papers.failed.is_none();
        let claimed = machine.papers.server.as_ref().map(|it| it.at);
        Row {
            wish: Wish::Wait,
            gone: false,
            stage: Stage::Queued,
            since: now,
            // Whoever wrote the intent may have sent the request a moment ago.
            asked: if open { Asked::Unknown { since: now } } else { Asked::No },
            found: None,
            failing: None,
            condemning: false,
            flight: None,
            retry: Retry::new(now),
            hold: None,
            due: None,
            born: now,
            released: None,
            excluded: None,
            dressing: false,
            detached: None,
            nodeless: claimed.unwrap_or(now),
            listed: now,
            tries: 0,
            machine,
        }
    }

    /// A request was sent whose server may still come.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.asked, Asked::Sent | Asked::Accepted { .. } | Asked::Unknown { .. })
    }

    /// Nothing and nobody wants it to stay.
    #[must_use]
    pub fn leaves(&self, settings: &Settings, now: Time) -> bool {
        let papers = &self.machine.papers;
        let kept = papers.failed.is_some_and(|it| now < later(it.at, settings.failed_kept_secs));
        let failed = papers.failed.is_some() && !kept;
        let condemned = papers.condemned.is_some() || self.condemning;
        self.wish == Wish::Leave || self.machine.deleted || self.gone || condemned || failed
    }

    /// On its way out, or stopped on it.
    #[must_use]
    pub fn goes(&self, settings: &Settings, now: Time) -> bool {
        self.leaves(settings, now) || (self.wish == Wish::Wait && self.stage.is_going())
    }

    #[must_use]
    pub fn claim(&self) -> Option<&Claim> {
        self.machine.papers.server.as_ref().or(self.found.as_ref())
    }

    #[must_use]
    pub fn phase(&self, settings: &Settings, now: Time) -> Phase {
        self.stage.phase(self.goes(settings, now))
    }

    /// The names under which its server can be seen, in lower case.
    pub(super) fn aliases(&self) -> impl Iterator<Item = Name> {
        let claim = self.claim();
        let names = claim.map(|it| [super::objects::fold(&it.id), super::objects::fold(&it.host)]);
        names.into_iter().flatten().filter(|it| !it.is_empty())
    }
}
