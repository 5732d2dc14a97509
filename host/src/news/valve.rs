//! How much news may pass: of one object, and in all. What is too much is dropped: events are for people, and
//! the state is told elsewhere.

use super::{About, News};
use decide::time::Time;
use std::collections::BTreeMap;

/// So many at once, and then one in so many seconds.
#[derive(Debug, Clone, Copy)]
struct Rate {
    burst: u32,
    secs: i64,
}

const OF_ONE: Rate = Rate { burst: 10, secs: 60 };
const IN_ALL: Rate = Rate { burst: 100, secs: 1 };

#[derive(Debug, Default)]
pub struct Valve {
    all: Option<Bucket>,
    /// Those that are not full.
    each: BTreeMap<About, Bucket>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    level: u32,
    /// Up to when it has been filled.
    at: Time,
}

impl Valve {
    /// What may pass, in its order, and how many may not.
    #[must_use]
    pub fn admit(&mut self, mut news: Vec<News>, now: Time) -> (Vec<News>, u64) {
        let came = news.len();
        let all = self.all.get_or_insert(Bucket::full(IN_ALL, now));
        all.fill(IN_ALL, now);
        self.each.retain(|_, it| {
            it.fill(OF_ONE, now);
            it.level < OF_ONE.burst
        });
        news.retain(|it| {
            let one = self.each.entry(it.about.clone()).or_insert_with(|| Bucket::full(OF_ONE, now));
            let passes = one.level > 0 && all.level > 0;
            if passes {
                one.level -= 1;
                all.level -= 1;
            }
            passes
        });
        let dropped = (came - news.len()) as u64;
        (news, dropped)
    }
}

impl Bucket {
    fn full(rate: Rate, now: Time) -> Bucket {
        Bucket { level: rate.burst, at: now }
    }

    /// A clock that is set back fills nothing, and takes nothing away.
    fn fill(&mut self, rate: Rate, now: Time) {
        let gained = now.since(self.at).max(0) / rate.secs;
        let level = i64::from(self.level).saturating_add(gained);
        self.level = u32::try_from(level).unwrap_or(u32::MAX).min(rate.burst);
        self.at =
            if self.level == rate.burst || now < self.at { now } else { self.at.plus(gained * rate.secs) };
    }
}

#[cfg(test)]
mod tests {
    use super::super::Kind;
    use super::*;
    use proptest::prelude::*;

    fn news(name: u32) -> News {
        let about = About::Group { namespace: "kube-system".into(), name: name.to_string().into() };
        News { about, kind: Kind::Normal, reason: "It", text: String::new() }
    }

    fn passes(valve: &mut Valve, names: impl IntoIterator<Item = u32>, at: i64) -> usize {
        let (passed, dropped) = valve.admit(names.into_iter().map(news).collect(), Time(at));
        assert!(dropped < 1000);
        passed.len()
    }

    #[test]
    fn a_burst_and_then_a_trickle() {
        let mut valve = Valve::default();
        assert_eq!(passes(&mut valve, [1; 15], 1000), 10);
        // Another object is not held up by it.
        assert_eq!(passes(&mut valve, [2], 1000), 1);
        assert_eq!(passes(&mut valve, [1], 1059), 0);
        assert_eq!(passes(&mut valve, [1, 1], 1060), 1);
        assert_eq!(passes(&mut valve, [1; 3], 1180), 2);
        // Set back by an hour: nothing passes that would not have before, and it trickles on.
        assert_eq!(passes(&mut valve, [1], -2420), 0);
        assert_eq!(passes(&mut valve, [1; 3], -2360), 1);
        assert_eq!(passes(&mut valve, [1; 15], 100_000), 10);
    }

    #[test]
    fn in_all_there_is_a_limit_too() {
        let mut valve = Valve::default();
        assert_eq!(passes(&mut valve, 0..250, 0), 100);
        assert_eq!(passes(&mut valve, 300..320, 7), 7);
    }

    proptest! {
        /// Whatever comes when: never more than the burst and the trickle, and what is remembered stays small.
        #[test]
        fn never_more_than_the_rate(steps in prop::collection::vec((0i64..30, prop::collection::vec(0u32..5, 0..40)), 1..60)) {
            let mut valve = Valve::default();
            let (mut now, mut all, mut first) = (0, 0, 0);
            for (pause, names) in steps {
                now += pause;
                let (passed, _) = valve.admit(names.into_iter().map(news).collect(), Time(now));
                all += passed.len() as i64;
                first += passed.iter().filter(|it| it.about == news(0).about).count() as i64;
                prop_assert!(all <= i64::from(IN_ALL.burst) + now / IN_ALL.secs);
                prop_assert!(first <= i64::from(OF_ONE.burst) + now / OF_ONE.secs);
                prop_assert!(valve.each.len() <= 5);
            }
        }
    }
}
