//! The entries of `policies.yaml`.

use super::error::{self, LoadError};
use super::tree;
use super::yaml::Value;
use super::{FILE, error::no_modules};
use crate::member::{Manner, Member, Mode, OnFault};
use crate::shipped::SHIPPED;
use policy_sdk::quoted;
use policy_sdk::records::Settings;
use policy_sdk::settings::{Object, Tree, nearest};

const WEIGHT_MAX: i64 = 1_000;

/// One policy of the list.
pub(super) struct Entry {
    pub name: String,
    pub module: Option<String>,
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
        if let Some(module) = &entry.module {
            problems.push(format!("{FILE}: policy {}: {}", entry.name, no_modules(module)));
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
        // Read by the policy itself.
        object.get("settings");
        let modes = [("enforce", Mode::Enforce), ("shadow", Mode::Shadow)];
        let on_faults = [("keep", OnFault::Keep), ("ignore", OnFault::Ignore)];
        let manner = Manner {
            weight: object.whole("weight", 0..=WEIGHT_MAX, 1),
            mode: object.word("mode", &modes, Mode::Enforce),
            on_fault: object.word("onFault", &on_faults, OnFault::Keep),
        };
        for key in ["digest", "limits"] {
            if let Some(value) = object.get(key).filter(|_| module.is_none()) {
                value.refuse("speaks of a module, and a built-in policy has none");
            }
        }
        let settings = given.map(tree::settings).unwrap_or_default();
        Some(Entry { name: name?, module, settings, manner })
    }

    /// The policy, or all that is wrong with it.
    pub fn member(&self) -> Result<Member, Vec<String>> {
        let Some(shipped) = SHIPPED.iter().find(|it| it.name == self.name) else {
            let near = nearest(&self.name, SHIPPED.iter().map(|it| it.name));
            let hint = near.map_or_else(String::new, |it| format!("; did you mean {it:?}?"));
            let known: Vec<&str> = SHIPPED.iter().map(|it| it.name).collect();
            let known = known.join(", ");
            let name = quoted(&self.name);
            return Err(vec![format!(
                "{FILE}: policy {name}: no built-in policy ({known}) and no module{hint}"
            )]);
        };
        Member::shipped(shipped, &self.settings, self.manner)
            .map_err(|it| it.iter().map(|it| error::in_settings(&self.name, it)).collect())
    }
}
