//! The records are those of the contract, field for field.

use std::collections::BTreeMap;

use policy_sdk::records::{
    Batch, Count, Diagnostic, Fault, Found, Group, Hits, Metadata, NodeColumns, Offset, Pace, PodColumns,
    Property, Reason, Remainder, Scored, Setting, Settings, Table, Taint, Tick, Vetoed, Volume,
};

const CONTRACT: &str = include_str!("../wit/scale-down.wit");

/// The names in a derived `Debug` text that stand before a colon, without those of records inside.
fn fields(debug: &str) -> Vec<String> {
    let mut depth = 0;
    let mut names = Vec::new();
    let mut name = String::new();
    for letter in debug.chars() {
        match letter {
            '{' | '[' | '(' => depth += 1,
            '}' | ']' | ')' => depth -= 1,
            ':' if depth == 1 => names.push(name.trim().to_owned()),
            _ => {}
        }
        let part_of_name = letter.is_ascii_alphanumeric() || letter == '_';
        if part_of_name && depth == 1 {
            name.push(letter);
        } else {
            name.clear();
        }
    }
    names
}

/// Record to fields, as the contract has them, in Rust's spelling.
fn contract() -> BTreeMap<String, Vec<String>> {
    let lines = CONTRACT.lines().map(|line| line.split("//").next().unwrap_or_default());
    let text: String = lines.collect::<Vec<_>>().join(" ");
    let records = text.split("record ").skip(1).map(|record| {
        let (name, rest) = record.split_once('{').expect("a record has a body");
        let body = rest.split('}').next().unwrap_or_default();
        let parts = body.split(", ").filter(|part| part.contains(':'));
        let names = parts.map(|part| part.split(':').next().unwrap_or_default());
        let fields = names.map(|field| field.trim().replace('-', "_")).collect();
        (name.trim().to_owned(), fields)
    });
    records.collect()
}

#[test]
fn every_record_of_the_contract_has_its_struct() {
    let structs = [
        ("table", format!("{:?}", Table::default())),
        ("tick", format!("{:?}", Tick::default())),
        ("group", format!("{:?}", Group::default())),
        ("node-columns", format!("{:?}", NodeColumns::default())),
        ("batch", format!("{:?}", Batch::default())),
        ("pod-columns", format!("{:?}", PodColumns::default())),
        ("volume", format!("{:?}", Volume::default())),
        ("reason", format!("{:?}", Reason::default())),
        ("scored", format!("{:?}", Scored::default())),
        ("vetoed", format!("{:?}", Vetoed::default())),
        ("pace", format!("{:?}", Pace::default())),
        ("fault", format!("{:?}", Fault::default())),
        ("diagnostic", format!("{:?}", Diagnostic::default())),
        ("property", format!("{:?}", Property::default())),
        ("metadata", format!("{:?}", Metadata::default())),
        ("setting", format!("{:?}", Setting::default())),
        ("settings", format!("{:?}", Settings::default())),
        ("offset", format!("{:?}", Offset::default())),
        ("found", format!("{:?}", Found::default())),
        ("hits", format!("{:?}", Hits::default())),
        ("taint", format!("{:?}", Taint::default())),
        ("count", format!("{:?}", Count::default())),
        ("remainder", format!("{:?}", Remainder::default())),
    ];
    let ours: BTreeMap<String, Vec<String>> =
        structs.into_iter().map(|(name, debug)| (name.to_owned(), fields(&debug))).collect();
    assert_eq!(ours, contract());
}
