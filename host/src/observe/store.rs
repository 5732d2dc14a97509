//! Every object of the cluster that a decision needs, as it was last heard of.

use super::prune::prune;
use crate::cluster::Key;
use crate::cluster::lists::{LISTS, List};
use crate::objects::{self, Input};
use decide::time::Time;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Debug, Default)]
pub struct Store {
    lists: Vec<Held>,
}

#[derive(Debug, Default)]
pub struct Held {
    objects: BTreeMap<Key, Object>,
    /// Objects of ours that cannot be read, and why; what they said before goes on.
    refused: BTreeMap<Key, String>,
    state: State,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
enum State {
    /// Never heard of.
    #[default]
    Unread,
    Well,
    /// The cluster does not serve it, which has a meaning.
    Absent,
    /// It was read, and whatever happened since may have been missed.
    Behind(String),
}

/// One object: its text, as short as it can be, and how new it is.
#[derive(Debug, Clone)]
pub struct Object {
    pub input: Arc<Input>,
    pub version: u64,
    pub uid: String,
}

impl Object {
    #[must_use]
    pub fn value(&self) -> Value {
        serde_json::from_slice(&self.input.bytes).unwrap_or_default()
    }
}

/// What the store says at one moment. Objects are shared, so that it costs nothing to take one.
#[derive(Debug, Clone)]
pub struct Snapshot {
    pub objects: Vec<(&'static List, BTreeMap<Key, Object>)>,
    /// Objects of ours that cannot be read: what they are, why, and whether their last good state goes on.
    pub refused: Vec<Refused>,
    /// What the cluster does not serve, and what that means.
    pub absent: Vec<String>,
    /// What cannot be read just now though others can be: no reason to stop.
    pub gaps: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refused {
    pub kind: &'static str,
    pub key: Key,
    pub why: String,
    /// Its last good state goes on; else it counts as not there.
    pub kept: bool,
}

impl Snapshot {
    pub fn of_kind(&self, kind: &str) -> impl Iterator<Item = (&Key, &Object)> {
        self.objects.iter().filter(move |it| it.0.kind == kind).flat_map(|it| &it.1)
    }

    pub fn inputs(&self) -> impl Iterator<Item = &Input> {
        self.objects.iter().flat_map(|it| it.1.values()).map(|it| &*it.input)
    }
}

impl Store {
    #[must_use]
    pub fn new() -> Store {
        Store { lists: LISTS.iter().map(|_| Held::default()).collect() }
    }

    /// The whole list, as it was read just now.
    pub fn replace(&mut self, at: usize, news: Vec<News>) {
        let mut before = std::mem::take(&mut self.lists[at].objects);
        self.lists[at].refused.clear();
        for one in news {
            if let Err(why) = &one.object
                && let Some(old) = before.remove(&one.key)
            {
                self.lists[at].objects.insert(one.key.clone(), old);
                self.lists[at].refused.insert(one.key, why.clone());
            } else {
                self.put(at, one);
            }
        }
        self.lists[at].state = State::Well;
    }

    pub fn put(&mut self, at: usize, one: News) {
        let held = &mut self.lists[at];
        match one.object {
            // What was good of it is not lost, and nothing is decided by what nobody can read: without
            // its group a node is kept.
            Err(why) => {
                held.refused.insert(one.key, why);
            }
            Ok(object) => {
                held.refused.remove(&one.key);
                held.objects.insert(one.key, object);
            }
        }
    }

    pub fn remove(&mut self, at: usize, key: &Key) {
        self.lists[at].objects.remove(key);
        self.lists[at].refused.remove(key);
    }

    pub fn well(&mut self, at: usize) {
        self.lists[at].state = State::Well;
    }

    /// The cluster does not serve it. Where there were objects that are watched, and nobody was seen to delete them,
    /// that is a mistake of the moment.
    pub fn absent(&mut self, at: usize) {
        if self.lists[at].objects.is_empty() || LISTS[at].is_polled() {
            self.lists[at] = Held { state: State::Absent, ..Held::default() };
        } else {
            self.behind(at, "it is not served any more, though there are objects of it".into());
        }
    }

    pub fn behind(&mut self, at: usize, why: String) {
        let state = &mut self.lists[at].state;
        *state = match state {
            State::Unread => State::Unread,
            _ => State::Behind(why),
        };
    }

    /// A list that others can do without could not be read. What it said before is still so, and gets old.
    pub fn failed(&mut self, at: usize, why: String) {
        self.lists[at].state = State::Behind(why);
    }

    /// What is not known as it is now; none where all is.
    #[must_use]
    pub fn missing(&self) -> Option<String> {
        LISTS.iter().zip(&self.lists).filter(|it| !it.0.is_polled()).find_map(|(list, held)| {
            match &held.state {
                State::Unread => Some(format!("{list} are not read yet")),
                State::Behind(why) => Some(format!("{list} cannot be watched: {why}")),
                State::Well | State::Absent => None,
            }
        })
    }

    /// Where the object of this kind with this uid is, if it is there.
    #[must_use]
    pub fn find(&self, kind: &str, uid: &str) -> Option<Key> {
        let mut objects =
            LISTS.iter().zip(&self.lists).filter(|it| it.0.kind == kind).flat_map(|it| &it.1.objects);
        objects.find(|it| it.1.uid == uid).map(|it| it.0.clone())
    }

    #[must_use]
    pub fn get(&self, kind: &str, key: &Key) -> Option<&Object> {
        let at = LISTS.iter().position(|it| it.kind == kind)?;
        self.lists[at].objects.get(key)
    }

    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let all = || LISTS.iter().zip(&self.lists);
        let refused = all().flat_map(|(list, held)| {
            held.refused.iter().map(|(key, why)| Refused {
                kind: list.kind,
                key: key.clone(),
                why: why.clone(),
                kept: held.objects.contains_key(key),
            })
        });
        let absent = all().filter(|it| it.1.state == State::Absent);
        let gaps = all().filter(|it| it.0.is_polled()).filter_map(|(list, held)| match &held.state {
            State::Behind(why) => Some(format!("{list} cannot be read: {why}")),
            _ => None,
        });
        Snapshot {
            objects: all().map(|(list, held)| (list, held.objects.clone())).collect(),
            refused: refused.collect(),
            absent: absent.filter_map(|(list, _)| list.without.map(|it| it.said(list))).collect(),
            gaps: gaps.collect(),
        }
    }
}

/// An object as it came from the cluster.
#[derive(Debug)]
pub struct News {
    pub key: Key,
    /// Why it cannot be read, where that can be lived with.
    object: Result<Object, String>,
}

impl News {
    /// # Errors
    ///
    /// An object that cannot be read, and that there is no good way to do without.
    pub fn of(list: &List, object: Value) -> Result<News, String> {
        let key = key(&object);
        let pruned = prune(list, object);
        let version = version(&pruned);
        let uid = pruned["metadata"]["uid"].as_str().unwrap_or_default().to_string();
        let input = Input { name: "the cluster".into(), bytes: pruned.to_string().into_bytes() };
        match objects::parse([&input], Time(0)) {
            Ok(_) => Ok(News { key, object: Ok(Object { input: Arc::new(input), version, uid }) }),
            Err(why) if matches!(list.kind, "AutoscalerConfig" | "NodeGroup") => {
                Ok(News { key, object: Err(why.to_string()) })
            }
            Err(why) => Err(why.to_string()),
        }
    }
}

pub fn key(object: &Value) -> Key {
    let text = |key: &str| object["metadata"][key].as_str().unwrap_or_default().to_string();
    (text("namespace"), text("name"))
}

fn version(object: &Value) -> u64 {
    object["metadata"]["resourceVersion"].as_str().and_then(|it| it.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn at(kind: &str) -> usize {
        LISTS.iter().position(|it| it.kind == kind).expect("a kind that is listed")
    }

    fn group(name: &str, max: &Value, version: u64) -> Value {
        json!({
            "metadata": {"name": name, "namespace": "kube-system", "resourceVersion": version.to_string()},
            "spec": {"minNodes": 1, "maxNodes": max},
        })
    }

    fn news(kind: &str, object: Value) -> News {
        News::of(&LISTS[at(kind)], object).expect("it can be lived with")
    }

    #[test]
    fn a_bad_group_keeps_its_last_good_state() {
        let (mut store, groups) = (Store::new(), at("NodeGroup"));
        let group = |name, max: Value, version| news("NodeGroup", group(name, &max, version));
        store.replace(groups, vec![group("a", json!(3), 1)]);
        store.put(groups, group("a", json!("three"), 2));
        store.put(groups, group("b", json!("three"), 3));
        for _ in 0..2 {
            let seen = store.snapshot();
            let held: Vec<_> = seen.of_kind("NodeGroup").map(|it| (it.0.1.as_str(), it.1.version)).collect();
            assert_eq!(held, [("a", 1)]);
            let refused: Vec<_> = seen.refused.iter().map(|it| (&*it.key.1, it.kept)).collect();
            assert_eq!(refused, [("a", true), ("b", false)]);
            assert!(seen.refused[0].why.contains("maxNodes"), "{}", seen.refused[0].why);
            // The same when all of them are read again.
            store.replace(groups, vec![group("a", json!("three"), 2), group("b", json!("three"), 3)]);
        }
        store.put(groups, group("a", json!(4), 4));
        assert_eq!(store.snapshot().refused.len(), 1);
        store.replace(groups, vec![]);
        assert_eq!(store.snapshot().of_kind("NodeGroup").count(), 0);
    }

    #[test]
    fn a_pod_that_nobody_can_read_is_no_pod_less() {
        let pod = json!({"metadata": {"name": "p", "namespace": "n"}, "spec": {"containers": 1}});
        assert!(News::of(&LISTS[at("Pod")], pod).is_err());
    }

    #[test]
    fn nothing_is_whole_before_all_is_read() {
        let mut store = Store::new();
        for (at, _) in LISTS.iter().enumerate().filter(|it| !it.1.is_polled()) {
            assert!(store.missing().is_some());
            store.replace(at, vec![]);
        }
        assert_eq!(store.missing(), None);
        store.behind(at("Pod"), "cut".into());
        assert_eq!(store.missing().as_deref(), Some("pods cannot be watched: cut"));
        store.well(at("Pod"));
        assert_eq!(store.missing(), None);
    }

    #[test]
    fn what_was_there_does_not_go_with_its_kind() {
        let (mut store, groups) = (Store::new(), at("NodeGroup"));
        for (at, _) in LISTS.iter().enumerate().filter(|it| !it.1.is_polled()) {
            store.replace(at, vec![]);
        }
        store.absent(groups);
        assert_eq!(store.missing(), None, "nothing was there");
        store.replace(groups, vec![news("NodeGroup", group("a", &json!(3), 1))]);
        store.absent(groups);
        assert!(store.missing().is_some_and(|it| it.contains("not served any more")));
        assert_eq!(store.snapshot().of_kind("NodeGroup").count(), 1);
    }
}
