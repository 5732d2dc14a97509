//! Settings written as JSON.

use crate::records::{NONE, Setting, Settings, Table, kinds};

/// The tree that a host makes of these settings.
pub fn settings(json: &str) -> Settings {
    let mut reader = Reader { rest: json, items: Vec::new() };
    reader.value(NONE, None);
    assert!(reader.rest.trim().is_empty(), "left over: {:?}", reader.rest);
    let mut texts: Vec<&str> = Vec::new();
    for item in &reader.items {
        texts.extend(item.key.as_deref().into_iter().chain(item.text.as_deref()));
    }
    texts.sort_unstable();
    texts.dedup();
    let symbols = Table::of(texts);
    let symbol = |text: &Option<String>| text.as_deref().and_then(|text| symbols.find(text)).unwrap_or(NONE);
    let items = reader.items.iter().map(|item| Setting {
        parent: item.parent,
        key: symbol(&item.key),
        kind: item.kind,
        text: symbol(&item.text),
        number: match item.kind {
            kinds::NUMBER => item.text.as_deref().and_then(|text| text.parse().ok()).unwrap_or(0),
            _ => 0,
        },
    });
    let items = items.collect();
    Settings { symbols, items }
}

/// A setting whose texts are not in a table yet.
struct Item {
    parent: u32,
    key: Option<String>,
    kind: u32,
    text: Option<String>,
}

struct Reader<'t> {
    rest: &'t str,
    items: Vec<Item>,
}

impl Reader<'_> {
    fn value(&mut self, parent: u32, key: Option<String>) {
        let at = self.items.len();
        self.items.push(Item { parent, key, kind: kinds::NULL, text: None });
        let (kind, text) = match self.peek() {
            '{' => {
                self.sequence('{', '}', |reader| {
                    let key = reader.text();
                    reader.expect(':');
                    reader.value(at as u32, Some(key));
                });
                (kinds::OBJECT, None)
            }
            '[' => {
                self.sequence('[', ']', |reader| reader.value(at as u32, None));
                (kinds::ARRAY, None)
            }
            '"' => (kinds::TEXT, Some(self.text())),
            _ => match self.word() {
                "null" => (kinds::NULL, None),
                "false" => (kinds::FALSE, None),
                "true" => (kinds::TRUE, None),
                number => (kinds::NUMBER, Some(number.to_owned())),
            },
        };
        self.items[at].kind = kind;
        self.items[at].text = text;
    }

    fn sequence(&mut self, open: char, close: char, mut item: impl FnMut(&mut Self)) {
        self.expect(open);
        while self.peek() != close {
            item(self);
            if self.peek() != close {
                self.expect(',');
            }
        }
        self.expect(close);
    }

    fn text(&mut self) -> String {
        self.expect('"');
        let mut text = String::new();
        let mut letters = self.rest.chars();
        loop {
            match letters.next() {
                Some('"') => break,
                Some('\\') => match letters.next() {
                    Some('n') => text.push('\n'),
                    Some(letter) => text.push(letter),
                    None => panic!("a text does not end"),
                },
                Some(letter) => text.push(letter),
                None => panic!("a text does not end"),
            }
        }
        self.rest = letters.as_str();
        text
    }

    fn word(&mut self) -> &str {
        let end = self.rest.find([',', ']', '}', ' ', '\n']).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        assert!(!word.is_empty(), "no value before {rest:?}");
        self.rest = rest;
        word
    }

    fn peek(&mut self) -> char {
        self.rest = self.rest.trim_start();
        self.rest.chars().next().unwrap_or_default()
    }

    fn expect(&mut self, letter: char) {
        assert_eq!(self.peek(), letter, "before {:?}", self.rest);
        self.rest = &self.rest[letter.len_utf8()..];
    }
}
