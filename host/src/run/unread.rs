//! What of the cluster cannot be read or used, told once when it begins and not again while it lasts.

use super::status::INCOMPLETE;
use crate::news::{About, Kind, News};
use crate::observe::{Refused, Snapshot};
use decide::world::Name;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Default)]
pub struct Unread {
    absent: BTreeSet<String>,
    refused: BTreeSet<Refused>,
    troubles: BTreeMap<Name, Name>,
}

impl Unread {
    /// Takes in a reading, and the groups of which no server can be bought; what is new about it for the objects'
    /// owners.
    pub fn now(&mut self, snapshot: &Snapshot, troubles: &BTreeMap<Name, Name>) -> Vec<News> {
        let absent: BTreeSet<String> = snapshot.absent.iter().cloned().collect();
        for what in absent.difference(&self.absent) {
            tracing::warn!("{what}");
        }
        let refused: BTreeSet<Refused> = snapshot.refused.iter().cloned().collect();
        let mut news: Vec<News> = refused.difference(&self.refused).map(unreadable).collect();
        for (group, why) in troubles.iter().filter(|it| self.troubles.get(it.0) != Some(it.1)) {
            tracing::warn!(group = &**group, %why, "no server can be bought for a group");
            let of_group = snapshot.of_kind("NodeGroup").map(|it| it.0).filter(|it| *it.1 == **group);
            news.extend(of_group.map(|key| News {
                about: About::Group { namespace: (*key.0).into(), name: group.clone() },
                kind: Kind::Warning,
                reason: INCOMPLETE,
                text: format!("no server can be bought: {why}"),
            }));
        }
        (self.absent, self.refused, self.troubles) = (absent, refused, troubles.clone());
        news
    }
}

/// The configuration is there and nobody knows what it wants.
#[must_use]
pub fn config(snapshot: &Snapshot) -> Option<Name> {
    let unknown = snapshot.refused.iter().find(|it| it.kind == "AutoscalerConfig" && !it.kept)?;
    let Refused { key, why, .. } = unknown;
    Some(format!("AutoscalerConfig {} cannot be read, so removals are paused: {why}", key.1).into())
}

fn unreadable(refused: &Refused) -> News {
    let Refused { kind, key, why, kept } = refused;
    let instead = match (*kind, kept) {
        (_, true) => "what it said before holds",
        ("AutoscalerConfig", false) => "the defaults hold, and removals are paused",
        (_, false) => "it counts as not there: none of its nodes goes, and none is added",
    };
    tracing::warn!(kind, name = key.1, why, "an object cannot be read; {instead}");
    let about = match *kind {
        "AutoscalerConfig" => About::Config,
        _ => About::Group { namespace: (*key.0).into(), name: (*key.1).into() },
    };
    News { about, kind: Kind::Warning, reason: "NotUnderstood", text: format!("{why}; {instead}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(why: &[&str]) -> Snapshot {
        let refused = why.iter().map(|why| Refused {
            kind: "NodeGroup",
            key: ("kube-system".into(), "workers".into()),
            why: (*why).into(),
            kept: true,
        });
        Snapshot { objects: vec![], refused: refused.collect(), absent: vec![], gaps: vec![] }
    }

    #[test]
    fn a_configuration_that_never_was_good_pauses() {
        let mut seen = snapshot(&["spec.scaleDown.patience: there is no such field"]);
        assert_eq!(config(&seen), None, "a group");
        seen.refused[0].kind = "AutoscalerConfig";
        assert_eq!(config(&seen), None, "what it said before holds");
        seen.refused[0].kept = false;
        let why = config(&seen).expect("a gap");
        assert!(why.contains("there is no such field"), "{why}");
    }

    #[test]
    fn what_lasts_is_told_once() {
        let mut unread = Unread::default();
        let mut told = |why: &[&str]| unread.now(&snapshot(why), &BTreeMap::new()).len();
        assert_eq!([told(&[]), told(&["a"]), told(&["a"])], [0, 1, 0]);
        assert_eq!(
            [told(&["b"]), told(&[]), told(&["b"])],
            [1, 0, 1],
            "another cause, and one that comes back"
        );
    }
}
