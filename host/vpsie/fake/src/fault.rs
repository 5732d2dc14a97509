//! Everything that can go wrong, each a knob: for one request, for some, for all, or by chance.

use crate::random::Random;

macro_rules! faults {
    ($($(#[doc = $doc:literal])+ $fault:ident = $name:literal,)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Fault {
            $($(#[doc = $doc])+ $fault,)*
        }

        impl Fault {
            pub const ALL: &[Fault] = &[$(Fault::$fault),*];

            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Fault::$fault => $name,)*
                }
            }

            #[must_use]
            pub fn about(self) -> &'static str {
                match self {
                    $(Fault::$fault => concat!($($doc),+).trim_ascii_start(),)*
                }
            }
        }
    };
}

faults! {
    /// 401, and every access token is void.
    Unauthorized = "unauthorized",
    /// 403.
    Forbidden = "forbidden",
    /// 429; `amount`: milliseconds of `Retry-After`, 0: no such header.
    RateLimited = "rate-limited",
    /// 502 with a page of HTML; nothing was done.
    BadGateway = "bad-gateway",
    /// The same, after it was done.
    BadGatewayAfter = "bad-gateway-after",
    /// 500 of a server-side exception; nothing was done.
    ServerError = "server-error",
    /// The same, after it was done.
    ServerErrorAfter = "server-error-after",
    /// 200 with `error: true`; nothing was done.
    ErrorOn200 = "error-on-200",
    /// 200 with a page of HTML.
    HtmlOn200 = "html-on-200",
    /// 200 with `amount` bytes too many in the answer.
    HugeAnswer = "huge-answer",
    /// The connection is cut; nothing was done.
    CutBefore = "cut-before",
    /// The connection is cut after it was done.
    CutAfter = "cut-after",
    /// No answer ever comes; nothing was done.
    HangBefore = "hang-before",
    /// No answer ever comes, and it was done.
    HangAfter = "hang-after",
    /// The answer comes `amount` real milliseconds later.
    Slow = "slow",
    /// A login answers in the shape of the older SDK alone (`token.access`).
    LoginNested = "login-nested",
    /// A login answers in the shape of the scaler alone (`accessToken`).
    LoginFlat = "login-flat",
    /// Adding a worker meets the limit of the plan.
    NodeLimit = "node-limit",
    /// Adding a group meets one of the same size.
    SameSize = "same-size",
    /// The account password is refused.
    WrongPassword = "wrong-password",
    /// An accepted worker never shows.
    NeverVisible = "never-visible",
    /// A worker shows and never runs.
    Stuck = "stuck",
    /// A worker runs and never joins.
    NeverJoins = "never-joins",
    /// A deletion is accepted and nothing goes.
    DeleteIgnored = "delete-ignored",
    /// Workers have no `identifier`.
    NodeIdMissing = "node-id-missing",
    /// Their `identifier` is empty.
    NodeIdEmpty = "node-id-empty",
    /// Hostnames are all in upper case.
    HostnameUpper = "hostname-upper",
    /// Adding a worker answers with an object, not with `true`.
    AddSaysObject = "add-says-object",
    /// Deleting what is unknown answers 200 with `data: false`, not 404.
    UnknownSaysFalse = "unknown-says-false",
    /// `reduce` takes a worker that still has pods, where there is one.
    ReduceTakesBusy = "reduce-takes-busy",
    /// `reduce` takes the newest worker, not any.
    ReduceTakesNewest = "reduce-takes-newest",
    /// `project_id` is text.
    ProjectIdText = "project-id-text",
    /// `price` is text.
    PriceText = "price-text",
    /// `nodes` is `null` where there are none to show.
    NodesNull = "nodes-null",
    /// Lists show the state of `amount` milliseconds ago.
    StaleLists = "stale-lists",
    /// `total` says more than the list shows, by `amount`.
    ListCutShort = "list-cut-short",
    /// Counters count a worker as soon as it is accepted.
    CountedAtAccept = "counted-at-accept",
    /// A load balancer is created without its rules.
    RulesDropped = "rules-dropped",
    /// Offers miss the size whose number is `amount`.
    OfferMissing = "offer-missing",
}

impl Fault {
    #[must_use]
    pub fn of(name: &str) -> Option<Fault> {
        Fault::ALL.iter().copied().find(|it| it.name() == name)
    }

    /// Those that hit a request whatever it asks: what chance may do to any of them.
    pub const OF_ANY_REQUEST: [Fault; 11] = [
        Fault::Unauthorized,
        Fault::RateLimited,
        Fault::BadGateway,
        Fault::BadGatewayAfter,
        Fault::ServerError,
        Fault::ServerErrorAfter,
        Fault::ErrorOn200,
        Fault::CutBefore,
        Fault::CutAfter,
        Fault::HangBefore,
        Fault::HangAfter,
    ];
}

/// A fault that waits for its request.
#[derive(Debug, Clone)]
pub struct Armed {
    pub fault: Fault,
    /// A part of `METHOD /path`, such as `POST /k8s` or `delete/slave`; empty: every request.
    pub on: String,
    /// So many matching requests are spared first.
    pub skip: u32,
    /// So many are hit; none: all.
    pub times: Option<u32>,
    /// Of a thousand that could be hit, so many are.
    pub per_mille: u32,
    /// What the fault needs to know, in its own unit.
    pub amount: u64,
}

impl Armed {
    /// Every request, for ever.
    #[must_use]
    pub fn always(fault: Fault) -> Armed {
        Armed { fault, on: String::new(), skip: 0, times: None, per_mille: 1000, amount: 0 }
    }

    /// The next request that matches.
    #[must_use]
    pub fn once(fault: Fault) -> Armed {
        Armed { times: Some(1), ..Armed::always(fault) }
    }

    #[must_use]
    pub fn on(self, on: &str) -> Armed {
        Armed { on: on.to_string(), ..self }
    }

    #[must_use]
    pub fn times(self, times: u32) -> Armed {
        Armed { times: Some(times), ..self }
    }

    #[must_use]
    pub fn amount(self, amount: u64) -> Armed {
        Armed { amount, ..self }
    }

    #[must_use]
    pub fn per_mille(self, per_mille: u32) -> Armed {
        Armed { per_mille, ..self }
    }
}

/// All that are armed, in the order in which they were.
#[derive(Debug, Default)]
pub struct Faults {
    pub armed: Vec<Armed>,
}

impl Faults {
    /// Whether this fault hits this request (`METHOD /path`), and with what amount. It is used up by it.
    pub fn hits(&mut self, fault: Fault, request: &str, random: &mut Random) -> Option<u64> {
        let matches = |it: &&mut Armed| it.fault == fault && it.times != Some(0) && request.contains(&*it.on);
        for armed in self.armed.iter_mut().filter(matches) {
            if armed.skip > 0 {
                armed.skip -= 1;
                continue;
            }
            if armed.per_mille < 1000 && random.below(1000) >= u64::from(armed.per_mille) {
                continue;
            }
            armed.times = armed.times.map(|it| it - 1);
            return Some(armed.amount);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_hits_what_it_was_armed_for() {
        let mut random = Random::new(1);
        let mut faults = Faults::default();
        let armed = Armed { skip: 1, ..Armed::once(Fault::Slow).on("GET /vm").amount(7) };
        faults.armed.push(armed);
        let mut hits = |fault, request| faults.hits(fault, request, &mut random);
        assert_eq!(hits(Fault::Slow, "POST /vm"), None);
        assert_eq!(hits(Fault::CutAfter, "GET /vm"), None);
        assert_eq!(hits(Fault::Slow, "GET /vm"), None, "the first is spared");
        assert_eq!(hits(Fault::Slow, "GET /vm"), Some(7));
        assert_eq!(hits(Fault::Slow, "GET /vm"), None, "used up");
    }

    #[test]
    fn names_are_found_again() {
        for fault in Fault::ALL {
            assert_eq!(Fault::of(fault.name()), Some(*fault));
            assert!(!fault.about().is_empty());
        }
    }
}
