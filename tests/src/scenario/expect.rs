//! What a case expects, and what the plan says instead.
//!
//! Some things hold of every plan and need not be said: every node has one entry, what is kept has a
//! reason, and nothing goes, and nothing is added, but what the case names.

use super::run::Outcome;
use super::script::Script;
use super::words::{Word, Words};
use super::{Mistake, cluster::Input};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// In their order; a reason that is none of these is a mistake of the case or of the plan.
const REASONS: [&str; 25] = [
    "ControlPlane",
    "NotManaged",
    "InventoryFrozen",
    "ClusterUnhealthy",
    "Protected",
    "ScaleDownDisabled",
    "Cordoned",
    "NotReadyYet",
    "Unready",
    "Nominated",
    "NoMetrics",
    "StaleMetrics",
    "TooFewSamples",
    "Busy",
    "NotIdleLongEnough",
    "PodBlocks",
    "NoPlaceToMovePods",
    "OutsideWindow",
    "Vetoed",
    "PolicyFault",
    "Cooldown",
    "MinSize",
    "ClusterMinimum",
    "BudgetSpent",
    "NotEvaluated",
];

const BLOCKS: [&str; 9] = [
    "not-safe-to-evict",
    "do-not-disrupt",
    "waits-for-completion",
    "pdb-invalid",
    "pdb-multiple",
    "pdb-stale",
    "pdb-exhausted",
    "local-volume",
    "volume-unknown",
];

/// The codes of the shipped vetoers.
const VETOES: [(&str, &[&str]); 2] = [
    (
        "schedule",
        &["annotation-disabled", "annotation-unreadable", "outside-allowed-days", "outside-allowed-hours"],
    ),
    (
        "safety",
        &[
            "controller-not-found",
            "not-replicated",
            "min-replicas",
            "system-pod",
            "unique-system-pod",
            "local-storage",
            "headroom",
            "capacity",
        ],
    ),
];

const PENDING: [&str; 10] = [
    "NotOurs",
    "TooYoung",
    "OnItsWay",
    "ScaleUpDisabled",
    "BackOff",
    "Cooldown",
    "AtMaximum",
    "ClusterAtMaximum",
    "BudgetSpent",
    "NoGroupFits",
];

const STEPS: [&str; 8] =
    ["Marked", "Detaching", "Evicting", "Volumes", "Deleting", "Cleaning", "TakeBack", "Held"];

#[derive(Debug, Default)]
pub struct Expect {
    /// Words that must all stand in the message; none: a plan is made.
    refused: Option<Vec<String>>,
    warned: Vec<String>,
    silent: bool,
    nodes: Vec<Node>,
    /// In order, with how they go.
    removals: Vec<String>,
    any_order: bool,
    /// So many go, no matter which.
    count: Option<usize>,
    additions: Vec<Addition>,
    /// None: nothing is said of pending pods.
    pending: Option<Vec<(String, String)>>,
    groups: Vec<(String, Vec<(String, String)>)>,
    /// None: nothing is said of what is carried out; of what machines are asked.
    doings: Option<Vec<String>>,
    wishes: Option<Vec<String>>,
    /// Anything else of the plan: where it stands (`policies.0.name`), and what.
    others: Vec<(String, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Addition {
    group: String,
    count: u64,
    /// None: nothing is said of them.
    pods: Option<Vec<String>>,
}

/// What is expected of one node's entry.
#[derive(Debug)]
struct Node {
    name: String,
    verdict: &'static str,
    /// `how`, `reason` or `step`, and the reason of a step.
    first: Option<String>,
    second: Option<String>,
    fields: Vec<(String, String)>,
}

impl Expect {
    pub fn of(script: &Script) -> Result<Expect, Mistake> {
        let mut expect = Expect::default();
        for line in &script.expects {
            expect.add(line)?;
        }
        Ok(expect)
    }

    fn add(&mut self, line: &[Word]) -> Result<(), Mistake> {
        let Some((verb, rest)) = line.split_first() else { return Ok(()) };
        let number = verb.line;
        let plain: Vec<String> =
            rest.iter().filter(|it| it.value.is_none()).map(|it| it.key.clone()).collect();
        let mut fields = Words(rest.iter().filter(|it| it.value.is_some()).cloned().collect());
        match &*verb.key {
            "keep" | "remove" | "leaving" => {
                let node = node(&verb.key, &plain, &mut fields, number)?;
                if node.verdict == "Remove" {
                    self.removals.push(node.name.clone());
                }
                self.nodes.push(node);
            }
            "removals" => match &plain[..] {
                [word] if word == "any-order" => self.any_order = true,
                [count] => self.count = Some(parse(count, number)?),
                _ => return Err(Mistake::at(number, "removals any-order, or how many")),
            },
            "add" => match &plain[..] {
                [group, count] => {
                    let pods = fields.text("pods")?;
                    let pods = pods.map(|it| it.split(',').map(str::to_string).collect());
                    self.additions.push(Addition {
                        group: group.clone(),
                        count: parse(count, number)?,
                        pods,
                    });
                }
                _ => return Err(Mistake::at(number, "add GROUP COUNT")),
            },
            "pending" => {
                let pending = self.pending.get_or_insert_default();
                match (&plain[..], fields.text("placed")?) {
                    ([word], None) if word == "none" => {}
                    ([pod], Some(group)) => pending.push((pod.clone(), format!("placed on {group}"))),
                    ([pod, reason], None) if PENDING.contains(&&**reason) => {
                        pending.push((pod.clone(), reason.clone()));
                    }
                    _ => return Err(Mistake::at(number, "pending POD placed=GROUP, or a reason")),
                }
            }
            "group" => {
                let [name] = &plain[..] else { return Err(Mistake::at(number, "group NAME field=...")) };
                let taken = std::mem::take(&mut fields.0);
                let pairs = taken.into_iter().filter_map(|it| Some((it.key, it.value?)));
                self.groups.push((name.clone(), pairs.collect()));
            }
            verb @ ("does" | "wish") => {
                let all = if verb == "does" { &mut self.doings } else { &mut self.wishes };
                let all = all.get_or_insert_default();
                if plain != ["nothing"] {
                    all.push(plain.join(" "));
                }
            }
            "plan" => {
                let taken = std::mem::take(&mut fields.0);
                self.others.extend(taken.into_iter().filter_map(|it| Some((it.key, it.value?))));
            }
            "refused" => self.refused = Some(plain),
            "warned" => self.warned.extend(plain),
            "silent" => self.silent = true,
            // Nothing goes and nothing comes: that is so anyway, but a case must expect something.
            "nothing" => {}
            other => return Err(Mistake::at(number, format!("nobody expects {other:?}"))),
        }
        fields.end(&verb.key)
    }

    /// Everything that is not as it should be, in words.
    pub fn check(&self, input: &Input, outcome: &Outcome) -> Vec<String> {
        let mut wrong = Vec::new();
        let plan = match (&outcome.plan, &self.refused) {
            (Err(message), Some(words)) => {
                let missing = words.iter().filter(|it| !message.contains(&***it));
                wrong.extend(missing.map(|it| format!("refused without a word of {it:?}: {message}")));
                return wrong;
            }
            (Err(message), None) => return vec![format!("refused: {message}")],
            (Ok(_), Some(_)) => return vec!["a plan was made; expected: refused".to_string()],
            (Ok(plan), None) => plan,
        };
        let missing = self.warned.iter().filter(|it| !outcome.warnings.contains(&***it));
        wrong.extend(missing.map(|it| format!("no warning of {it:?}, but: {:?}", outcome.warnings)));
        if self.silent && !outcome.warnings.is_empty() {
            wrong.push(format!("expected silence, but: {}", outcome.warnings));
        }
        wrong.extend(always(input, plan));
        let entries = list(plan, "nodes");
        for node in &self.nodes {
            match entries.iter().find(|it| it["name"] == *node.name) {
                Some(entry) => wrong.extend(node.check(entry)),
                None => wrong.push(format!("no entry for {}", node.name)),
            }
        }
        self.check_removals(plan, &mut wrong);
        self.check_additions(plan, &mut wrong);
        for (name, fields) in &self.groups {
            let groups = list(plan, "groups");
            let Some(group) = groups.iter().find(|it| it["name"] == **name) else {
                wrong.push(format!("no group {name}"));
                continue;
            };
            for (key, value) in fields {
                if said(&group[key]) != *value {
                    wrong.push(format!("group {name}: {key} is {}, expected {value}", group[key]));
                }
            }
        }
        for (expected, got, what) in
            [(&self.doings, &outcome.doings, "does"), (&self.wishes, &outcome.wishes, "wish")]
        {
            if let Some(expected) = expected
                && expected.iter().collect::<BTreeSet<_>>() != got.iter().collect()
            {
                wrong.push(format!("{what} {got:?}, expected {expected:?}"));
            }
        }
        for (path, value) in &self.others {
            let got = plan.pointer(&format!("/{}", path.replace('.', "/"))).unwrap_or(&Value::Null);
            if said(got) != *value {
                wrong.push(format!("{path} is {got}, expected {value}"));
            }
        }
        wrong
    }

    fn check_removals(&self, plan: &Value, wrong: &mut Vec<String>) {
        let mut got: Vec<&str> = list(plan, "removals").iter().filter_map(Value::as_str).collect();
        if let Some(count) = self.count {
            if got.len() != count {
                wrong.push(format!("removals {got:?}, expected {count} of them"));
            }
            return;
        }
        let mut expected: Vec<&str> = self.removals.iter().map(|it| &**it).collect();
        if self.any_order {
            got.sort_unstable();
            expected.sort_unstable();
        }
        if got != expected {
            wrong.push(format!("removals {got:?}, expected {expected:?}"));
        }
    }

    fn check_additions(&self, plan: &Value, wrong: &mut Vec<String>) {
        let mut expected = self.additions.clone();
        let entry = |it: &Value| {
            let group = said(&it["group"]);
            let silent = expected.iter().any(|known| known.group == group && known.pods.is_none());
            let pods = (!silent).then(|| list(it, "pods").iter().map(said).collect());
            Addition { group, count: it["count"].as_u64().unwrap_or(0), pods }
        };
        let mut got: Vec<Addition> = list(plan, "additions").iter().map(entry).collect();
        got.sort();
        expected.sort();
        if got != expected {
            wrong.push(format!("additions {}, expected {}", all(&got), all(&expected)));
        }
        let Some(expected) = &self.pending else { return };
        let entry = |it: &Value| {
            let placed = it["placed"] == true;
            let what = if placed { format!("placed on {}", said(&it["group"])) } else { said(&it["reason"]) };
            (said(&it["pod"]), what)
        };
        let mut got: Vec<(String, String)> = list(plan, "pending").iter().map(entry).collect();
        let mut expected = expected.clone();
        got.sort();
        expected.sort();
        if got != expected {
            wrong.push(format!("pending {got:?}, expected {expected:?}"));
        }
    }
}

fn node(verb: &str, plain: &[String], fields: &mut Words, line: usize) -> Result<Node, Mistake> {
    let (verdict, most) = match verb {
        "keep" => ("Keep", 2),
        "remove" => ("Remove", 2),
        _ => ("Leaving", 3),
    };
    let Some((name, plain)) = plain.split_first() else {
        return Err(Mistake::at(line, format!("{verb} which node?")));
    };
    if plain.len() >= most {
        return Err(Mistake::at(line, format!("{verb} {name}: too many words")));
    }
    let (first, second) = (plain.first().cloned(), plain.get(1).cloned());
    let known = match verdict {
        "Keep" => first.as_deref().is_none_or(is_reason),
        "Remove" => first.as_deref().is_none_or(|it| matches!(it, "Empty" | "Drain")),
        _ => first.as_deref().is_none_or(|it| STEPS.contains(&it)) && second.as_deref().is_none_or(is_reason),
    };
    if !known {
        return Err(Mistake::at(line, format!("{verb} {name}: nobody knows {plain:?}")));
    }
    let taken = std::mem::take(&mut fields.0);
    let fields = taken.into_iter().filter_map(|it| Some((it.key, it.value?))).collect();
    Ok(Node { name: name.clone(), verdict, first, second, fields })
}

/// `Reason` or `Reason/code`, where the code is one of the reason's.
fn is_reason(text: &str) -> bool {
    let (reason, code) = match text.split_once('/') {
        Some((reason, code)) => (reason, Some(code)),
        None => (text, None),
    };
    REASONS.contains(&reason)
        && match (reason, code) {
            (_, None) => true,
            ("PodBlocks", Some(code)) => BLOCKS.contains(&code),
            ("Vetoed", Some(code)) => VETOES.iter().any(|it| it.1.contains(&code)),
            _ => false,
        }
}

impl Node {
    fn check(&self, entry: &Value) -> Vec<String> {
        let mut wrong = Vec::new();
        let reason = match entry["code"].as_str() {
            Some(code) => format!("{}/{code}", said(&entry["reason"])),
            None => said(&entry["reason"]),
        };
        let words = |verdict: &str, first: &str, second: &str| {
            [verdict, first, second].iter().filter(|it| !it.is_empty()).copied().collect::<Vec<_>>().join(" ")
        };
        let got = match entry["verdict"].as_str() {
            Some("Remove") => words("Remove", &said(&entry["how"]), ""),
            Some("Leaving") => words("Leaving", &said(&entry["step"]), &reason),
            _ => words(&said(&entry["verdict"]), &reason, ""),
        };
        let same = |expected: &Option<String>, got: &str| {
            // A reason without a code stands for any code of it.
            expected.as_ref().is_none_or(|it| it == got || got.split('/').next() == Some(&**it))
        };
        let right = entry["verdict"] == self.verdict
            && match self.verdict {
                "Remove" => same(&self.first, &said(&entry["how"])),
                "Leaving" => {
                    let step = said(&entry["step"]);
                    // Without a step: it goes on.
                    let step_right = match &self.first {
                        Some(expected) => *expected == step,
                        None => !matches!(&*step, "TakeBack" | "Held"),
                    };
                    step_right && same(&self.second, &reason)
                }
                _ => same(&self.first, &reason),
            };
        if !right {
            let first = self.first.as_deref().unwrap_or("");
            let expected = words(self.verdict, first, self.second.as_deref().unwrap_or(""));
            let detail = said(&entry["detail"]);
            let blocker = said(&entry["blocker"]);
            let blocker = if blocker.is_empty() { blocker } else { format!(", {blocker}") };
            wrong.push(format!("{}: {got} ({detail}{blocker}), expected {expected}", self.name));
        }
        for (key, value) in &self.fields {
            if let Some(text) = self.check_field(entry, key, value) {
                wrong.push(format!("{}: {text}", self.name));
            }
        }
        wrong
    }

    fn check_field(&self, entry: &Value, key: &str, expected: &str) -> Option<String> {
        let pods = |field: &str| {
            let pod = |it: &Value| if it.is_string() { said(it) } else { said(&it["pod"]) };
            list(entry, field).iter().map(pod).collect::<BTreeSet<String>>()
        };
        let named = || -> BTreeSet<String> {
            expected.split(',').filter(|it| *it != "none").map(str::to_string).collect()
        };
        match key {
            "moves" | "stays" => {
                let got = pods(key);
                (got != named()).then(|| format!("{key} {got:?}, expected {:?}", named()))
            }
            "not-moved" => {
                let both: Vec<String> = pods("moves").intersection(&named()).cloned().collect();
                (!both.is_empty()).then(|| format!("{both:?} must not move"))
            }
            "to" => {
                let moves = list(entry, "moves");
                let got: BTreeSet<String> =
                    moves.iter().map(|it| format!("{}:{}", said(&it["pod"]), said(&it["to"]))).collect();
                let missing: Vec<String> = named().difference(&got).cloned().collect();
                (!missing.is_empty()).then(|| format!("moves {got:?}, expected {missing:?}"))
            }
            "detail" | "flips" => {
                let got = said(&entry[key]);
                (!got.contains(expected)).then(|| format!("{key} is {got:?}, expected {expected:?} in it"))
            }
            _ => {
                let got = &entry[key];
                (said(got) != expected).then(|| format!("{key} is {got}, expected {expected}"))
            }
        }
    }
}

/// Additions as a case writes them.
fn all(additions: &[Addition]) -> String {
    let one = |it: &Addition| {
        let pods = it.pods.as_ref().map_or_else(String::new, |pods| format!(" for {}", pods.join(", ")));
        format!("{} {}{pods}", it.count, it.group)
    };
    let all: Vec<String> = additions.iter().map(one).collect();
    if all.is_empty() { "none".to_string() } else { all.join("; ") }
}

/// What holds of every plan.
fn always(input: &Input, plan: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut given: Vec<String> = input
        .objects
        .iter()
        .filter(|it| it["kind"] == "Node" && it["apiVersion"] == "v1")
        .map(|it| said(&it["metadata"]["name"]))
        .collect();
    given.sort();
    given.dedup();
    let entries = list(plan, "nodes");
    let names: Vec<String> = entries.iter().map(|it| said(&it["name"])).collect();
    if names != given {
        wrong.push(format!("entries for {names:?}, nodes are {given:?}"));
    }
    let removals: Vec<String> = list(plan, "removals").iter().map(said).collect();
    let mut going: Vec<String> =
        entries.iter().filter(|it| it["verdict"] == "Remove").map(|it| said(&it["name"])).collect();
    going.sort();
    let mut sorted = removals.clone();
    sorted.sort();
    if going != sorted {
        wrong.push(format!("removals {removals:?}, but the verdict Remove is for {going:?}"));
    }
    for entry in entries {
        if let Some(text) = odd(entry, &removals, &given) {
            wrong.push(format!("{}: {text}: {entry}", said(&entry["name"])));
        }
    }
    for it in list(plan, "pending") {
        let placed = it["placed"] == true;
        let reason = said(&it["reason"]);
        if placed == it["group"].is_null() || placed == PENDING.contains(&&*reason) {
            wrong.push(format!("odd pending entry {it}"));
        }
    }
    wrong
}

/// What is odd about an entry whatever the case.
fn odd(entry: &Value, removals: &[String], nodes: &[String]) -> Option<&'static str> {
    let (reason, code) = (said(&entry["reason"]), said(&entry["code"]));
    let step = said(&entry["step"]);
    let stopped = matches!(&*step, "TakeBack" | "Held");
    let has_reason = REASONS.contains(&&*reason) && !said(&entry["detail"]).is_empty();
    let verdict = said(&entry["verdict"]);
    match &*verdict {
        "Keep" if !has_reason => return Some("kept without reason and detail"),
        "Remove" if !reason.is_empty() => return Some("removed with a reason to keep"),
        "Remove" if !matches!(entry["how"].as_str(), Some("Empty" | "Drain")) => {
            return Some("removed, but how?");
        }
        "Leaving" if !STEPS.contains(&&*step) => return Some("leaving without a step"),
        "Leaving" if stopped != has_reason => {
            return Some("a step has a reason where it stops, and only there");
        }
        "Keep" | "Remove" | "Leaving" => {}
        _ => return Some("no verdict"),
    }
    match &*reason {
        "PodBlocks" if !BLOCKS.contains(&&*code) => return Some("no code of PodBlocks"),
        "Vetoed" => {
            let policy = said(&entry["policy"]);
            let codes = VETOES.iter().find(|it| it.0 == policy);
            if policy.is_empty() || code.is_empty() || codes.is_some_and(|it| !it.1.contains(&&*code)) {
                return Some("no code of that policy");
            }
        }
        _ => {}
    }
    for it in list(entry, "moves") {
        let to = said(&it["to"]);
        if to == said(&entry["name"]) || removals.contains(&to) || !nodes.contains(&to) {
            return Some("moves a pod to where it cannot go");
        }
    }
    None
}

fn list<'a>(of: &'a Value, key: &str) -> &'a [Value] {
    of[key].as_array().map_or(&[], |it| &**it)
}

/// A value as a case writes it.
fn said(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn parse<T: std::str::FromStr>(text: &str, line: usize) -> Result<T, Mistake> {
    text.parse().map_err(|_| Mistake::at(line, format!("{text:?} is no number")))
}

/// The objects of a case as `kubectl get -o json` would print them.
#[must_use]
pub fn as_list(input: &Input) -> Value {
    json!({ "apiVersion": "v1", "kind": "List", "items": input.objects })
}
