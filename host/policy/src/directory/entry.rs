//! The entries of `policies.yaml`.

use super::error::{self, LoadError};
use super::yaml::Value;
use super::{FILE, tree};
use crate::member::{BUILT_IN, Manner, Member, Mode, OnFault};
use crate::shipped::SHIPPED;
use crate::wasm::{Limits, MEMORY_MIB_MAX, MILLIS_MAX, Module, Unfit};
use policy_sdk::quoted;
use policy_sdk::records::Settings;
use policy_sdk::settings::{Object, Tree, nearest};
use std::sync::Arc;

const WEIGHT_MAX: i64 = 1_000;
const FUEL_PER_NODE_MAX: i64 = 100_000_000;

/// One policy of the list.
pub(super) struct Entry {
    pub name: String,
    /// A file of the directory; none is the built-in policy of this name.
    pub module: Option<String>,
    /// What the module must be, byte for byte.
    digest: Option<String>,
    limits: Limits,
    settings: Settings,
    manner: Manner,
}

/// All entries, or all that is wrong with the text.
pub(super) fn read(text: &str) -> Result<Vec<Entry>, LoadError> {
    let document = Value::read(text).map_err(|it| LoadError::one(format!("{FILE}: {it}")))?;
    let flat = tree::settings(&document);
    let listed = document.member("policies");
    let read = Tree::new(&flat).read(|object| {
        let mut position = 0;
        object.list("policies", |it| {
            let given = listed.and_then(|it| it.item(position)?.member("settings"));
            position += 1;
            it.object(|object| Entry::read(object, given))?
        })
    });
    let entries = read.map_err(|it| LoadError::all(it.iter().map(error::in_file).collect()))?;
    let mut problems = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        if entries[..at].iter().any(|it| it.name == entry.name) {
            problems.push(format!("{FILE}: policy {}: stands there twice", entry.name));
        }
        if let Some(module) = entry.module.as_ref().filter(|it| it.contains('/') || it.starts_with("..")) {
            problems.push(format!(
                "{FILE}: policy {}: module {}: must be the name of a file in this directory",
                entry.name,
                quoted(module)
            ));
        }
    }
    if problems.is_empty() { Ok(entries) } else { Err(LoadError::all(problems)) }
}

impl Entry {
    fn read(object: &mut Object<'_>, given: Option<&Value>) -> Option<Entry> {
        let name = object.text("name").map(str::to_owned);
        if name.is_none() {
            object.refuse("needs a name");
        }
        let module = object.text("module").map(str::to_owned);
        let digest = object.get("digest").and_then(|value| {
            let text = value.text()?;
            if !is_digest(text) {
                value.refuse("expected sha256: and 64 hexadecimal digits");
            }
            Some(text.to_owned())
        });
        let limits = object.get("limits").and_then(|value| value.object(limits)).unwrap_or_default();
        // Read by the policy itself.
        object.get("settings");
        let modes = [("enforce", Mode::Enforce), ("shadow", Mode::Shadow)];
        let on_faults = [("keep", OnFault::Keep), ("ignore", OnFault::Ignore)];
        let manner = Manner {
            weight: object.whole("weight", 0..=WEIGHT_MAX, 1),
            mode: object.word("mode", &modes, Mode::Enforce),
            on_fault: object.word("onFault", &on_faults, OnFault::Keep),
        };
        let settings = given.map(tree::settings).unwrap_or_default();
        Some(Entry { name: name?, module, digest, limits, settings, manner })
    }

    /// A module that lies there and that no entry names, with the defaults of everything.
    pub fn of_module(file: &str) -> Entry {
        Entry {
            name: file.strip_suffix(".wasm").unwrap_or(file).to_owned(),
            module: Some(file.to_owned()),
            digest: None,
            limits: Limits::default(),
            settings: Settings::default(),
            manner: Manner::default(),
        }
    }

    /// The policy, or all that is wrong with it.
    pub fn member(&self, module: Arc<Module>) -> Result<Member, Vec<String>> {
        let name = &self.name;
        if let Some(pinned) = self.digest.as_ref().filter(|it| **it != module.digest) {
            let found = &module.digest;
            return Err(vec![format!("{FILE}: policy {name}: /digest: the module is {found}, not {pinned}")]);
        }
        let source = self.module.as_deref().unwrap_or(BUILT_IN);
        Member::of((name, source), module, &self.settings, self.limits, self.manner).map_err(|unfit| {
            match unfit {
                Unfit::Settings(found) => found.iter().map(|it| error::in_settings(name, it)).collect(),
                Unfit::Refused(refusal) => vec![self.in_module(&refusal.why)],
            }
        })
    }

    /// What is wrong with its module.
    pub fn in_module(&self, why: &str) -> String {
        let file = self.module.as_ref().map_or_else(String::new, |it| format!("module {it}: "));
        format!("policy {}: {file}{why}", self.name)
    }

    pub fn not_built_in(&self) -> String {
        let near = nearest(&self.name, SHIPPED.iter().map(|it| it.name));
        let hint = near.map_or_else(String::new, |it| format!("; did you mean {it:?}?"));
        let known: Vec<&str> = SHIPPED.iter().map(|it| it.name).collect();
        let (name, known) = (quoted(&self.name), known.join(", "));
        format!("{FILE}: policy {name}: no built-in policy ({known}) and no module{hint}")
    }
}

fn limits(object: &mut Object<'_>) -> Limits {
    let defaults = Limits::default();
    let mut whole = |key, most: i64, default: u64| {
        let default = i64::try_from(default).unwrap_or(most);
        u64::try_from(object.whole(key, 1..=most, default)).unwrap_or(1)
    };
    let fuel_per_node = whole("fuelPerNode", FUEL_PER_NODE_MAX, defaults.fuel_per_node);
    let memory_mib = whole("memoryMiB", MEMORY_MIB_MAX as i64, defaults.memory_mib as u64) as usize;
    let millis = whole("millis", MILLIS_MAX as i64, defaults.millis);
    Limits { fuel_per_node, memory_mib, millis }
}

fn is_digest(text: &str) -> bool {
    let digits = text.strip_prefix("sha256:").unwrap_or_default();
    digits.len() == 64 && digits.bytes().all(|it| it.is_ascii_digit() || (b'a'..=b'f').contains(&it))
}
