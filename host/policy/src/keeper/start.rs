//! What is decided with first.

use super::load::{self, Refused};
use super::store::Store;
use super::{Held, Inner, KeeperSettings};
use crate::held;
use crate::life::{Generation, Life, News, Number, Origin, Rejection, short};
use crate::set::Set;
use crate::snapshot::Snapshot;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

pub(super) struct Begun {
    pub inner: Inner,
    pub news: Vec<News>,
    /// The digest of the directory, where it could be read.
    pub seen: Option<String>,
}

/// One that may be decided with.
struct Usable {
    snapshot: Arc<Snapshot>,
    set: Set,
}

/// What the directory holds.
enum Found {
    Nothing { why: Option<String> },
    Unusable { why: String },
    Refused { digest: String, refused: Refused },
    Quarantined { digest: String },
    Usable(Usable),
}

pub(super) fn begin(
    settings: &KeeperSettings,
    store: Option<&Store>,
    hear: &Arc<dyn Fn(&News) + Send + Sync>,
) -> Begun {
    let mut news = Vec::new();
    let quarantine = store.map(Store::quarantine).unwrap_or_default();
    let quarantined = |digest: &str| quarantine.iter().any(|it| it.digest == digest);
    let good = store.and_then(|it| last_good(it, settings.nodes, &mut news));
    let good = good.filter(|it| !quarantined(&it.snapshot.digest()));
    let kept = good.as_ref().map(|it| it.snapshot.digest());
    let found = match &settings.dir {
        None => Found::Nothing { why: None },
        Some(dir) => find(dir, settings.nodes, quarantined),
    };
    let mut rejected = None;
    let mut seen = None;
    let (origin, active, good) = match (found, good) {
        (Found::Usable(it), good) => {
            let digest = it.snapshot.digest();
            let good = good.filter(|it| it.snapshot.digest() != digest);
            seen = Some(digest);
            (Origin::Directory, it, good)
        }
        (Found::Nothing { why: None }, _) => (Origin::BuiltIn, built_in(Set::shipped()), None),
        (Found::Nothing { why: Some(why) }, None) => {
            news.push(News::Note(format!("{why}; the built-in policies decide")));
            (Origin::BuiltIn, built_in(Set::shipped()), None)
        }
        (Found::Nothing { why: Some(why) } | Found::Unusable { why }, Some(good)) => {
            news.push(News::Note(format!("{why}; the last good generation decides")));
            (Origin::LastGood, good, None)
        }
        (Found::Unusable { why }, None) => {
            news.push(News::Note(format!("{why}; every node is kept until it can be")));
            (Origin::Held, built_in(held::set(why)), None)
        }
        (Found::Quarantined { digest }, good) => {
            let why = format!("{} in the policy directory is in quarantine", short(&digest));
            seen = Some(digest);
            match good {
                Some(good) => {
                    news.push(News::Note(format!("{why}; the last good generation decides")));
                    (Origin::LastGood, good, None)
                }
                None => {
                    news.push(News::Note(format!("{why}; every node is kept until it changes")));
                    (Origin::Held, built_in(held::set(why)), None)
                }
            }
        }
        (Found::Refused { digest, refused: Refused { stage, reason } }, good) => {
            let then = match good {
                Some(_) => "the last good generation decides",
                None => "every node is kept until it can be used",
            };
            news.push(News::Rejected(format!(
                "the policy directory ({}) was rejected before it was {stage}: {reason}; {then}",
                short(&digest)
            )));
            let at = (settings.clock)();
            seen = Some(digest.clone());
            rejected = Some(Rejection { number: 0, digest, stage, reason: reason.clone(), at });
            match good {
                Some(good) => (Origin::LastGood, good, None),
                None => {
                    let why = format!("the policy directory cannot be used: {reason}");
                    (Origin::Held, built_in(held::set(why)), None)
                }
            }
        }
    };
    let mut held = BTreeMap::new();
    let mut number: Number = 0;
    let mut hold = |mut it: Usable, origin| {
        number += 1;
        let hear = Arc::clone(hear);
        it.set.measure(settings.running);
        it.set.listen(move |it| hear(&News::of(it)));
        let set = Arc::new(it.set);
        let digest = it.snapshot.digest();
        let files = it.snapshot.names().map(str::to_owned).collect();
        held.insert(number, Held { snapshot: it.snapshot, set: Some(Arc::clone(&set)) });
        (Generation { number, origin, digest, files, since: (settings.clock)() }, set)
    };
    let earlier = good.map(|it| hold(it, Origin::LastGood).0).into_iter().collect();
    let (active, current) = hold(active, origin);
    let mut life = Life::begin(active, earlier, quarantine);
    life.rejected = rejected;
    Begun { inner: Inner { life, current, held, last_good: kept }, news, seen }
}

fn built_in(set: Set) -> Usable {
    Usable { snapshot: Arc::default(), set }
}

fn find(dir: &Path, nodes: usize, quarantined: impl Fn(&str) -> bool) -> Found {
    let snapshot = match Snapshot::read(dir) {
        Ok(it) if it.is_empty() => {
            return Found::Nothing { why: Some(format!("policy directory {} is empty", dir.display())) };
        }
        Ok(it) => it,
        Err(it) => {
            let why = format!("policy directory {} cannot be read: {it}", dir.display());
            return match it.kind() {
                ErrorKind::NotFound => Found::Nothing { why: Some(why) },
                _ => Found::Unusable { why },
            };
        }
    };
    let digest = snapshot.digest();
    if quarantined(&digest) {
        return Found::Quarantined { digest };
    }
    match usable(snapshot, nodes) {
        Ok(it) => Found::Usable(it),
        Err(refused) => Found::Refused { digest, refused },
    }
}

fn last_good(store: &Store, nodes: usize, news: &mut Vec<News>) -> Option<Usable> {
    let loaded = match store.read()? {
        Ok(snapshot) => usable(snapshot, nodes).map_err(|it| it.reason),
        Err(why) => Err(why),
    };
    loaded
        .map_err(|why| news.push(News::Note(format!("the last good generation cannot be used: {why}"))))
        .ok()
}

fn usable(snapshot: Snapshot, nodes: usize) -> Result<Usable, Refused> {
    let set = load::load(&snapshot, &[], &mut |_| true)?.unwrap_or_else(Set::shipped);
    load::probe(&set, nodes)?;
    Ok(Usable { snapshot: Arc::new(snapshot), set })
}
