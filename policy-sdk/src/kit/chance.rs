//! Arbitrary values from a seed, for tests that no input makes a policy panic.

use crate::records::{NONE, Setting, Settings, Table};

/// A generator (xorshift64*). A failing test names its seed.
pub struct Chance(u64);

/// Texts that have broken readers before.
const ODD_TEXTS: [&str; 24] = [
    "",
    " ",
    "-",
    ":",
    ",",
    "-:-",
    "09:00",
    "24:00",
    "09:00-17:00",
    "22:00-02:00",
    "99999999999999999999:00-1:1",
    "+9:0-+9:1",
    "Mon",
    "Fri-Mon",
    "Sat,Sun",
    "UTC",
    "Europe/Berlin",
    "2026-11-20T10:00:00Z",
    "9999-12-31T23:59:59-23:59",
    "0000-01-01T00:00:00+23:59",
    "ü\u{300}\u{1F600}",
    "\u{0}\n\u{85}\u{A0}",
    "{node}{pod}{volume:99999999999}",
    "disabled",
];

const ODD_NUMBERS: [i64; 10] =
    [0, 1, -1, 60, 100, 86_400, i32::MAX as i64, u32::MAX as i64, i64::MAX, i64::MIN];

impl Chance {
    pub fn new(seed: u64) -> Self {
        // The generator stays at 0 for ever.
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn bits(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A number below a bound.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.bits() % bound.max(1) as u64) as usize
    }

    pub fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub fn of<'v, T>(&mut self, values: &'v [T]) -> &'v T {
        &values[self.below(values.len())]
    }

    /// Edges of the number types, small numbers, and anything.
    pub fn number(&mut self) -> i64 {
        match self.below(3) {
            0 => *self.of(&ODD_NUMBERS),
            1 => self.below(300) as i64,
            _ => self.bits() as i64,
        }
    }

    pub fn text(&mut self) -> String {
        let odd = *self.of(&ODD_TEXTS);
        match self.below(8) {
            0 => odd.repeat(self.below(400)),
            1 => format!("{odd}{}", self.of(&ODD_TEXTS)),
            _ => odd.to_owned(),
        }
    }

    /// A tree of settings that uses these keys and words, mostly well formed.
    pub fn settings(&mut self, words: &[&str]) -> Settings {
        let mut texts: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        texts.extend((0..12).map(|_| self.text()));
        texts.sort();
        texts.dedup();
        let symbols = Table::of(texts.iter().map(String::as_str));
        let mut items = Vec::new();
        self.setting(&mut items, NONE, symbols.len(), 0);
        if self.one_in(10) {
            for item in &mut items {
                item.parent = self.bits() as u32 >> self.below(32);
                item.key = self.bits() as u32 >> self.below(32);
                item.kind = self.below(9) as u32;
            }
        }
        Settings { symbols, items }
    }

    fn setting(&mut self, items: &mut Vec<Setting>, parent: u32, symbols: usize, depth: usize) {
        let at = items.len() as u32;
        let kind = if depth == 0 { 6 } else { self.below(if depth < 4 { 7 } else { 5 }) as u32 };
        items.push(Setting {
            parent,
            key: self.below(symbols) as u32,
            kind,
            text: self.below(symbols) as u32,
            number: self.number(),
        });
        if kind >= 5 {
            for _ in 0..self.below(6) {
                self.setting(items, at, symbols, depth + 1);
            }
        }
    }
}
