//! The words of a line: `key`, `key=value`, with values in quotes or in YAML's brackets.

use super::Mistake;
use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    pub key: String,
    /// None: the word stands alone.
    pub value: Option<String>,
    pub line: usize,
}

/// What was said about one thing. Whoever builds the thing takes the words it understands; what is
/// left in the end is a mistake.
#[derive(Debug, Clone, Default)]
pub struct Words(pub Vec<Word>);

/// The first word of a line.
#[must_use]
pub fn first(line: &str) -> &str {
    line.split_whitespace().next().unwrap_or("")
}

/// Splits at blanks, but not in quotes and brackets. Quotes that are not inside brackets go.
pub fn split(text: &str, line: usize) -> Result<Vec<Word>, Mistake> {
    let mut words = Vec::new();
    let mut word: Option<Word> = None;
    let mut depth = 0_usize;
    let mut quoted = false;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter.is_whitespace() && !quoted && depth == 0 {
            words.extend(word.take());
            continue;
        }
        let word = word.get_or_insert(Word { key: String::new(), value: None, line });
        if letter == '=' && !quoted && depth == 0 && word.value.is_none() {
            word.value = Some(String::new());
            continue;
        }
        let end = word.value.as_mut().unwrap_or(&mut word.key);
        match letter {
            '"' => quoted = !quoted,
            '{' | '[' if !quoted => depth += 1,
            '}' | ']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        if letter == '\\' && quoted && depth == 0 {
            end.extend(letters.next());
        } else if letter != '"' || depth > 0 {
            end.push(letter);
        }
    }
    if quoted || depth > 0 {
        return Err(Mistake::at(line, "a quote or bracket is not closed"));
    }
    words.extend(word);
    Ok(words)
}

impl Words {
    /// A word that stands alone.
    pub fn flag(&mut self, key: &str) -> Result<bool, Mistake> {
        let taken = self.take(key);
        match taken.iter().find(|it| it.value.is_some()) {
            Some(it) => Err(Mistake::at(it.line, format!("{key} takes no value"))),
            None => Ok(!taken.is_empty()),
        }
    }

    /// The value that was said last.
    pub fn text(&mut self, key: &str) -> Result<Option<String>, Mistake> {
        Ok(self.many(key)?.pop())
    }

    pub fn text_or(&mut self, key: &str, default: &str) -> Result<String, Mistake> {
        Ok(self.text(key)?.unwrap_or_else(|| default.to_string()))
    }

    pub fn number(&mut self, key: &str) -> Result<Option<i64>, Mistake> {
        let line = self.line();
        let Some(text) = self.text(key)? else { return Ok(None) };
        let number = text.parse();
        number.map(Some).map_err(|_| Mistake::at(line, format!("{key} is a whole number, not {text:?}")))
    }

    /// All values of a word that may be said several times.
    pub fn many(&mut self, key: &str) -> Result<Vec<String>, Mistake> {
        let value = |it: Word| it.value.ok_or_else(|| Mistake::at(it.line, format!("{key} needs a value")));
        self.take(key).into_iter().map(value).collect()
    }

    /// `prefix.key=value` by key; what was said last counts.
    pub fn prefixed(&mut self, prefix: &str) -> Result<BTreeMap<String, String>, Mistake> {
        let of_prefix = |it: &Word| it.key.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('.'));
        let taken: Vec<Word> = self.0.extract_if(.., |it| of_prefix(it)).collect();
        let pair = |it: Word| {
            let key = it.key[prefix.len() + 1..].to_string();
            let value = it.value.ok_or_else(|| Mistake::at(it.line, format!("{} needs a value", it.key)))?;
            Ok((key, value))
        };
        taken.into_iter().map(pair).collect()
    }

    /// Nothing may be left.
    pub fn end(&self, of: &str) -> Result<(), Mistake> {
        match self.0.first() {
            Some(it) => Err(Mistake::at(it.line, format!("{of} knows no word {:?}", it.key))),
            None => Ok(()),
        }
    }

    #[must_use]
    pub fn line(&self) -> usize {
        self.0.last().map_or(0, |it| it.line)
    }

    fn take(&mut self, key: &str) -> Vec<Word> {
        self.0.extract_if(.., |it| it.key == key).collect()
    }
}
