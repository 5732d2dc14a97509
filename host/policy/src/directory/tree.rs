//! A value as the flat tree that policies are given.

use super::yaml::Value;
use policy_sdk::records::{NONE, Setting, Settings, Sym, Table, kinds};

pub(super) fn settings(value: &Value) -> Settings {
    let mut texts = Vec::new();
    collect(value, &mut texts);
    texts.sort_unstable();
    texts.dedup();
    let mut tree = Tree { symbols: Table::of(texts), items: Vec::new() };
    tree.add(value, NONE, NONE);
    Settings { symbols: tree.symbols, items: tree.items }
}

fn collect<'v>(value: &'v Value, texts: &mut Vec<&'v str>) {
    match value {
        Value::Null | Value::Flag(_) => {}
        Value::Number { text, .. } | Value::Text(text) => texts.push(text),
        Value::List(items) => items.iter().for_each(|it| collect(it, texts)),
        Value::Mapping(members) => {
            for (key, value) in members {
                texts.push(key);
                collect(value, texts);
            }
        }
    }
}

struct Tree {
    symbols: Table,
    items: Vec<Setting>,
}

impl Tree {
    fn add(&mut self, value: &Value, parent: u32, key: Sym) {
        let at = u32::try_from(self.items.len()).expect("the reader takes far fewer values");
        let (kind, text, number) = match value {
            Value::Null => (kinds::NULL, NONE, 0),
            Value::Flag(false) => (kinds::FALSE, NONE, 0),
            Value::Flag(true) => (kinds::TRUE, NONE, 0),
            Value::Number { text, whole } => (kinds::NUMBER, self.symbol(text), whole.unwrap_or(0)),
            Value::Text(text) => (kinds::TEXT, self.symbol(text), 0),
            Value::List(_) => (kinds::ARRAY, NONE, 0),
            Value::Mapping(_) => (kinds::OBJECT, NONE, 0),
        };
        self.items.push(Setting { parent, key, kind, text, number });
        match value {
            Value::List(items) => items.iter().for_each(|it| self.add(it, at, NONE)),
            Value::Mapping(members) => {
                for (key, value) in members {
                    let key = self.symbol(key);
                    self.add(value, at, key);
                }
            }
            _ => {}
        }
    }

    fn symbol(&self, text: &str) -> Sym {
        self.symbols.find(text).unwrap_or(NONE)
    }
}
