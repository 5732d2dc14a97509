//! The provider's servers, as far as its lists can be trusted: what is there, what is surely gone,
//! and when to believe nothing.

use super::event::{Listing, Token};
use super::objects::{Claim, Server, fold, lower};
use super::settings::{Settings, later};
use crate::time::Time;
use crate::world::Name;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// What is said before anything is known of the servers.
pub const UNREAD: &str = "the provider's servers are not read yet";
/// So many servers that are missed are named.
const NAMED_MAX: usize = 5;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inventory {
    /// By key: what was listed, until it is surely gone and a while after.
    pub servers: BTreeMap<Name, Box<Sighting>>,
    pub frozen: Option<Freeze>,
    /// When the last two believed reads began, the later one first.
    pub good: [Option<Time>; 2],
    /// Ids and host names of all servers, in lower case and sorted.
    pub seen: Arc<[Name]>,
    /// When the first of the readings began that have failed since the last one that did not.
    pub failing: Option<Time>,
    /// `seen` tells what is in `servers`: most lists bring nothing new.
    indexed: bool,
    /// Since when it has been read; what was there before is unknown.
    pub begun: Time,
    pub polling: Polling,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    pub server: Server,
    /// Its host name in lower case.
    pub(super) alias: Name,
    /// When the last read began that showed it.
    pub last: Time,
    /// Believed reads in a row that did not, and when the last of them began.
    pub missed: u32,
    pub missed_at: Time,
}

/// Why nothing is removed just now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freeze {
    pub since: Time,
    pub why: FreezeWhy,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FreezeWhy {
    /// The last list was not complete.
    Partial,
    /// More than half of the servers, and more than two, were not on it. Counts how often later
    /// lists have said the same.
    Shrunk { lost: Vec<Name>, expected: u32, confirmed: u32 },
}

impl fmt::Display for Freeze {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.why {
            FreezeWhy::Partial => {
                write!(out, "the provider's list of servers is not complete since {}", self.since)
            }
            FreezeWhy::Shrunk { lost, expected, .. } => {
                let named = &lost[..lost.len().min(NAMED_MAX)];
                write!(
                    out,
                    "{} of {expected} servers are not on the provider's list since {}: {}",
                    lost.len(),
                    self.since,
                    named.join(", ")
                )?;
                match lost.len() - named.len() {
                    0 => Ok(()),
                    more => write!(out, " and {more} more"),
                }
            }
        }
    }
}

/// When something is read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Polling {
    pub flight: Option<(Token, Time)>,
    pub last: Option<Time>,
    /// Failures in a row.
    pub tries: u32,
}

impl Polling {
    pub(super) const IDLE: Polling = Polling { flight: None, last: None, tries: 0 };

    /// When the next reading may begin; while one is under way, when it is given up.
    pub(super) fn due(&self, settings: &Settings, poll_secs: u32) -> Option<Time> {
        match (self.flight, self.last) {
            (Some((_, since)), _) => Some(later(since, settings.call_secs_max)),
            (None, Some(last)) => {
                Some(later(last, poll_secs.max(super::retry::pause(settings, self.tries.min(12), 0))))
            }
            (None, None) => None,
        }
    }

    pub(super) fn ended(&mut self, token: Token, well: bool) {
        if self.flight.is_some_and(|it| it.0 == token) {
            self.flight = None;
            self.tries = if well { 0 } else { self.tries.saturating_add(1) };
        }
    }
}

impl Inventory {
    pub(super) fn new(now: Time) -> Inventory {
        Inventory {
            servers: BTreeMap::new(),
            frozen: None,
            good: [None, None],
            seen: Arc::default(),
            failing: None,
            indexed: true,
            begun: now,
            polling: Polling::IDLE,
        }
    }

    /// Takes in what a reading brought; true if it was believed. `expected` tells which of the known
    /// servers nobody here has asked to delete.
    pub(super) fn absorb(
        &mut self,
        settings: &Settings,
        began: Time,
        listing: &Listing,
        expected: impl Fn(&Server) -> bool,
    ) -> bool {
        // An answer that was overtaken by a later one is no news.
        if self.good[0].is_some_and(|it| began <= it) {
            return false;
        }
        match listing {
            Listing::Failed { .. } => {
                self.failing.get_or_insert(began);
                false
            }
            Listing::Partial(servers) => {
                self.frozen.get_or_insert(Freeze { since: began, why: FreezeWhy::Partial });
                self.list(began, servers);
                false
            }
            Listing::Complete(servers) => {
                self.list(began, servers);
                if self.is_suspicious(settings, began, expected) {
                    return false;
                }
                (self.frozen, self.failing) = (None, None);
                self.good = [Some(began), self.good[0]];
                for it in self.servers.values_mut().filter(|it| it.last < began) {
                    it.missed += 1;
                    it.missed_at = began;
                }
                // A stale read may still show what is gone: it must not count as new then.
                let before = self.servers.len();
                self.servers.retain(|_, it| {
                    it.missed == 0 || began < later(it.last, settings.lag_secs + settings.absent_secs)
                });
                self.indexed &= self.servers.len() == before;
                if !self.indexed {
                    self.index();
                }
                true
            }
        }
    }

    /// Notes what is listed. That much is true of any list, if it is not too old.
    fn list(&mut self, began: Time, servers: &[Server]) {
        // An id that is not told any more is no other server: it would seem to be gone, and run on.
        let anonymous = servers.iter().any(|it| it.id.is_empty());
        let named = self.servers.iter().filter(|it| anonymous && !it.1.server.id.is_empty());
        let by_host: BTreeMap<Name, Name> = named.map(|it| (it.1.alias.clone(), it.0.clone())).collect();
        for server in servers {
            let key = server.key();
            if key.is_empty() {
                continue;
            }
            if server.id.is_empty()
                && let Some(known) = by_host.get(&key).and_then(|it| self.servers.get_mut(it))
            {
                (known.last, known.missed, known.missed_at) = (began, 0, began);
                continue;
            }
            if let Some(known) = self.servers.get_mut(&key).filter(|it| it.server == *server) {
                (known.last, known.missed, known.missed_at) = (began, 0, began);
                continue;
            }
            let alias = fold(&server.host);
            // It may have been known by its host name so far.
            if !server.id.is_empty() && self.servers.get(&alias).is_some_and(|it| it.server.id.is_empty()) {
                self.servers.remove(&alias);
            }
            let server = server.clone();
            let sighting = Sighting { server, alias, last: began, missed: 0, missed_at: began };
            self.servers.insert(key, Box::new(sighting));
            self.indexed = false;
        }
    }

    fn is_suspicious(
        &mut self,
        settings: &Settings,
        began: Time,
        expected: impl Fn(&Server) -> bool,
    ) -> bool {
        let before = |it: &Sighting| it.missed == 0 && expected(&it.server);
        let lost = self.servers.iter().filter(|it| it.1.last < began && before(it.1));
        let lost: Vec<Name> = lost.map(|it| it.0.clone()).collect();
        if lost.len() <= 2 {
            return false;
        }
        let known = self.servers.values().filter(|it| before(it)).count();
        if lost.len() * 2 <= known {
            return false;
        }
        let expected = known as u32;
        let (since, confirmed) = match &self.frozen {
            Some(Freeze { since, why: FreezeWhy::Shrunk { lost: before, confirmed, .. } })
                if before.iter().all(|it| lost.contains(it)) =>
            {
                (*since, confirmed + 1)
            }
            _ => (began, 0),
        };
        // Confirmations that may all be one old picture are none.
        let believed = confirmed >= 2 && began >= later(since, settings.lag_secs);
        if !believed {
            let why = FreezeWhy::Shrunk { lost, expected, confirmed };
            self.frozen = Some(Freeze { since, why });
        }
        !believed
    }

    fn index(&mut self) {
        let names = self.servers.values().flat_map(|it| [fold(&it.server.id), it.alias.clone()]);
        let mut seen: Vec<Name> = names.filter(|it| !it.is_empty()).collect();
        seen.sort_unstable();
        seen.dedup();
        self.seen = seen.into();
        self.indexed = true;
    }

    /// A believed list is there that can tell what is new from now on.
    pub(super) fn is_fresh(&self, settings: &Settings, now: Time) -> bool {
        // What was deleted just before we began could still be shown, and would look new.
        let sure = later(self.begun, settings.lag_secs);
        self.good[0].is_some_and(|it| now <= later(it, settings.list_age_secs_max) && it >= sure)
    }

    /// Why nothing is removed by what the provider says; none where it can be believed. `trouble`: why the
    /// last reading was not whole.
    #[must_use]
    pub fn distrust(&self, settings: &Settings, now: Time, trouble: Option<&str>) -> Option<Name> {
        if let Some(freeze) = &self.frozen {
            return Some(freeze.to_string().into());
        }
        if self.good[0].is_none() {
            return Some(trouble.map_or(UNREAD.into(), |why| format!("{UNREAD}: {why}").into()));
        }
        // One reading that fails is followed by another; nothing is deleted by an old one anyway.
        self.failing.filter(|it| now > later(*it, settings.list_age_secs_max))?;
        let why = trouble.unwrap_or("no reason is given");
        Some(format!("the provider's list of servers cannot be read: {why}").into())
    }

    /// Two believed reads began since.
    pub(super) fn read_twice_since(&self, since: Time) -> bool {
        self.good[1].is_some_and(|it| it >= since)
    }

    #[must_use]
    pub fn find(&self, claim: &Claim) -> Option<&Sighting> {
        let by_id = (!claim.id.is_empty()).then(|| self.servers.get(&*lower(&claim.id))).flatten();
        let found = by_id.or_else(|| self.servers.get(&*lower(&claim.host)));
        let found = found.filter(|it| claim.is(&it.server)).or_else(|| {
            let without_id = claim.id.is_empty() && !claim.host.is_empty();
            self.servers.values().find(|it| without_id && claim.is(&it.server))
        });
        found.map(|it| &**it)
    }

    /// The server is surely gone: absent in two reads, the later of which cannot be an old picture.
    /// `since`: reads that began earlier tell nothing about one that was never seen here.
    pub(super) fn is_gone(&self, settings: &Settings, claim: &Claim, since: Time) -> bool {
        match self.find(claim) {
            Some(it) => it.missed >= 2 && it.missed_at >= later(it.last, settings.lag_secs),
            None => {
                let late = self.good[0].is_some_and(|it| it >= later(since, settings.lag_secs));
                late && self.read_twice_since(since)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_reading_that_fails_takes_nothing_back() {
        let settings = Settings::default();
        let mut inventory = Inventory::new(Time(0));
        let mut told = |began: i64, listing: Listing| {
            inventory.absorb(&settings, Time(began), &listing, |_| true);
            inventory.distrust(&settings, Time(began), Some("HTTP 502")).map(|it| it.to_string())
        };
        let failed = || Listing::Failed { wait_secs: None };
        assert_eq!(told(1, failed()), Some(format!("{UNREAD}: HTTP 502")));
        assert_eq!(told(2, Listing::Complete(vec![])), None);
        // After a quiet hour the last good list is old.
        assert_eq!(told(3600, failed()), None);
        assert_eq!(told(3630, failed()), None);
        assert_eq!(
            told(3631, failed()).as_deref(),
            Some("the provider's list of servers cannot be read: HTTP 502")
        );
        assert_eq!(told(3632, Listing::Complete(vec![])), None);
        assert_eq!(told(3633, failed()), None, "it counts anew");
    }
}
