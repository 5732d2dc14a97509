//! The lines of a case, taken together: what was said of each thing, and what is expected.

use super::Mistake;
use super::text::{Case, Line};
use super::words::{self, Word, Words};
use jiff::Timestamp;
use serde_json::Value;

/// A Wednesday. Cases that are about the time say their own.
const NOW: &str = "2026-03-18T12:00:00Z";

/// Things that are told apart by name; what is said twice of one adds up.
const NAMED: [&str; 22] = [
    "group",
    "node",
    "pod",
    "replicaset",
    "replicationcontroller",
    "statefulset",
    "daemonset",
    "job",
    "deployment",
    "pdb",
    "claim",
    "volume",
    "storageclass",
    "csinode",
    "attachment",
    "priorityclass",
    "namespace",
    "machine",
    "offer",
    "policy",
    "config",
    "policies",
];

/// Things that stand for themselves, as often as they are said.
const UNNAMED: [&str; 2] = ["use", "object"];

#[derive(Debug)]
pub struct Script {
    pub now: Timestamp,
    pub items: Vec<Item>,
    /// What follows `>`, word by word.
    pub expects: Vec<Vec<Word>>,
}

#[derive(Debug, Clone)]
pub struct Item {
    pub kind: String,
    pub name: String,
    pub words: Words,
    /// YAML that is laid over the object in the end.
    pub patch: Vec<Value>,
    pub line: usize,
    level: usize,
}

impl Script {
    pub fn of(case: &Case) -> Result<Script, Mistake> {
        let mut script = Script { now: NOW.parse().expect("a time"), items: Vec::new(), expects: Vec::new() };
        for line in &case.lines {
            script.add(line)?;
        }
        Ok(script)
    }

    fn add(&mut self, line: &Line) -> Result<(), Mistake> {
        if let Some(expect) = line.text.strip_prefix('>') {
            self.expects.push(words::split(expect, line.number)?);
            return Ok(());
        }
        let (patch, mut words): (Vec<Word>, Vec<Word>) =
            words::split(&line.text, line.number)?.into_iter().partition(|it| it.key.starts_with('{'));
        let kind = words.remove(0).key;
        if kind == "now" {
            let now = words.first().and_then(|it| it.key.parse().ok());
            self.now = now.ok_or_else(|| Mistake::at(line.number, "now needs an RFC 3339 time"))?;
            return Ok(());
        }
        let named = NAMED.contains(&&*kind);
        if kind != "without" && !named && !UNNAMED.contains(&&*kind) {
            return Err(Mistake::at(line.number, format!("nobody knows the word {kind:?}")));
        }
        if kind == "without" {
            return self.without(&words, line.number);
        }
        let mut patches = Vec::new();
        for text in patch.iter().map(|it| &*it.key).chain(Some(&*line.block).filter(|it| !it.is_empty())) {
            let value: Value = serde_yaml_ng::from_str(text)
                .map_err(|error| Mistake::at(line.number, format!("not YAML: {error}")))?;
            patches.push(value);
        }
        let names = match kind.as_str() {
            "config" | "policies" | "use" | "object" => vec![String::new()],
            _ if words.first().is_none_or(|it| it.value.is_some()) => {
                return Err(Mistake::at(line.number, format!("{kind} needs a name")));
            }
            _ => several(&words.remove(0).key, line.number)?,
        };
        for name in names {
            let item = Item {
                kind: kind.clone(),
                name,
                words: Words(words.clone()),
                patch: patches.clone(),
                line: line.number,
                level: line.level,
            };
            self.join(item)?;
        }
        Ok(())
    }

    fn join(&mut self, item: Item) -> Result<(), Mistake> {
        let same = |it: &&mut Item| it.kind == item.kind && it.name == item.name;
        match self.items.iter_mut().find(same).filter(|_| NAMED.contains(&&*item.kind)) {
            None => self.items.push(item),
            Some(held) if held.level == item.level => {
                let text = format!("{} {} stands here twice", item.kind, item.name);
                return Err(Mistake::at(item.line, text));
            }
            Some(held) => {
                held.level = item.level;
                held.words.0.extend(item.words.0);
                held.patch.extend(item.patch);
            }
        }
        Ok(())
    }

    fn without(&mut self, words: &[Word], line: usize) -> Result<(), Mistake> {
        let [kind, names @ ..] = words else { return Err(Mistake::at(line, "without what?")) };
        let names: Vec<&str> =
            if names.is_empty() { vec![""] } else { names.iter().map(|it| &*it.key).collect() };
        for name in names {
            let at = self.items.iter().position(|it| it.kind == kind.key && it.name == name);
            let at = at.ok_or_else(|| Mistake::at(line, format!("there is no {} {name}", kind.key)))?;
            self.items.remove(at);
        }
        Ok(())
    }
}

/// `w*3` is w-1, w-2 and w-3.
fn several(name: &str, line: usize) -> Result<Vec<String>, Mistake> {
    let Some((stem, count)) = name.split_once('*') else { return Ok(vec![name.to_string()]) };
    let count: usize = count.parse().map_err(|_| Mistake::at(line, format!("{name:?}: how many?")))?;
    Ok((1..=count).map(|number| format!("{stem}-{number}")).collect())
}
