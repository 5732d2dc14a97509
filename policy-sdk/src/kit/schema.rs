//! The published schema of a policy's settings, held against what the policy reads.

use std::collections::BTreeSet;

use super::{configure, settings};
use crate::records::NONE;
use crate::{Policy, Zones};

/// Panics unless the `settings-schema` that a policy describes names exactly the settings that it reads, and
/// refuses all others.
pub fn check_schema<P: Policy>(zones: &dyn Zones) {
    let more = P::describe().more;
    let schema = more.iter().find(|property| property.key == "settings-schema");
    let schema = settings(&schema.expect("a schema").value);
    let members = |parent: u32| {
        let all = schema.items.iter().enumerate().filter(move |(_, item)| item.parent == parent);
        all.map(|(at, item)| (schema.symbols.get(item.key).unwrap_or_default(), at as u32))
    };
    let root = schema.items.iter().position(|item| item.parent == NONE).expect("a root") as u32;
    let (_, properties) = members(root).find(|(key, _)| *key == "properties").expect("properties");
    let told: BTreeSet<String> = members(properties).map(|(key, _)| key.to_owned()).collect();
    let refused = configure::<P>(r#"{"no such setting at all": 1}"#, zones).err().expect("refused");
    let known = refused[0].text.split_once("known are ").expect("the known settings").1;
    let read: BTreeSet<String> = known.split(", ").map(str::to_owned).collect();
    assert_eq!(told, read);
}
