//! YAML in, JSON text out, so that all that follows has one kind of input.
//!
//! The parser hands over events, and they are written down as JSON as they come: a list of a
//! hundred thousand pods, which `kubectl` prints as one document, takes little more room than its
//! text. What a short text can be made to stand for is bounded: by its aliases it grows so many
//! times and no more, and the parser is given so much text for one event and no more.

use super::error::{Fault, shown};
use saphyr_parser::{BufferedInput, Event, Parser, ScalarStyle, ScanError, Tag};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;
use std::str::Chars;

/// How many times its own size a document may grow by its aliases.
const GROWTH_MAX: usize = 8;
/// What small documents may grow by in any case, in bytes.
const GROWTH_MIN: usize = 1 << 20;
/// Kubernetes' own reader has no use for more.
const DEPTH_MAX: usize = 256;
/// Characters that one event may take. Inside braces the parser remembers everything up to the end.
const EVENT_CHARS_MAX: usize = 4 << 20;

/// Hands over each document that is not empty as JSON, with its number from 1.
pub fn documents<'t, E>(
    text: &'t str,
    mut each: impl FnMut(usize, Result<Cow<'t, str>, Fault>) -> Result<(), E>,
) -> Result<(), E> {
    let mut number = 0;
    for (start, part) in parts(text) {
        if start == 0 && is_blank(part) {
            continue; // what stands before the first marker is a document only if it says something
        }
        number += 1;
        let bare = after_comments(part);
        if bare.starts_with(['{', '[']) && serde_json::from_str::<serde::de::IgnoredAny>(bare).is_ok() {
            each(number, Ok(Cow::Borrowed(bare)))?;
            continue;
        }
        let mut first = true;
        let mut documents = Documents::of(part);
        while let Some(next) = documents.next() {
            number += usize::from(!first);
            first = false;
            match next {
                Ok(Some(json)) => each(number, Ok(Cow::Owned(json)))?,
                Ok(None) => {}
                Err(fault) => return each(number, Err(fault.said(&text[..start]))),
            }
        }
    }
    Ok(())
}

/// Whether there is more than one document, empty ones counted.
pub fn has_many(text: &str) -> bool {
    parts(text).filter(|(start, part)| *start > 0 || !is_blank(part)).nth(1).is_some()
}

/// Cuts at the lines that begin with `---`, which nothing inside a document can do; each part with
/// where it begins.
fn parts(text: &str) -> impl Iterator<Item = (usize, &str)> {
    const MARKER: &str = "---";
    let is_marker = move |at: usize| {
        let line_start = at == 0 || text.as_bytes()[at - 1] == b'\n';
        let after = text.as_bytes().get(at + MARKER.len());
        line_start && after.is_none_or(u8::is_ascii_whitespace)
    };
    let mut markers = text.match_indices(MARKER).map(|it| it.0).filter(move |at| is_marker(*at));
    let mut start = Some(0);
    std::iter::from_fn(move || {
        let from = start?;
        let next = markers.next();
        start = next.map(|it| it + MARKER.len());
        Some((from, &text[from..next.unwrap_or(text.len())]))
    })
}

/// Nothing but comments and directives.
fn is_blank(part: &str) -> bool {
    part.lines().all(|it| it.trim().is_empty() || it.trim_start().starts_with('#') || it.starts_with('%'))
}

fn after_comments(part: &str) -> &str {
    let mut rest = part.trim_start();
    while rest.starts_with('#') {
        rest = rest.split_once('\n').map_or("", |it| it.1).trim_start();
    }
    rest
}

/// What is wrong, and where in its part.
enum Wrong {
    Yaml { line: usize, column: usize, said: String },
    Bounds(&'static str),
}

impl Wrong {
    fn said(self, before: &str) -> Fault {
        Fault::at(
            "",
            match self {
                Wrong::Bounds(said) => said.to_string(),
                Wrong::Yaml { line, column, said } => {
                    let line = line + before.bytes().filter(|it| *it == b'\n').count();
                    format!("not YAML: {said} at line {line} column {column}")
                }
            },
        )
    }
}

impl From<ScanError> for Wrong {
    fn from(error: ScanError) -> Wrong {
        let (line, column) = (error.marker().line(), error.marker().col() + 1);
        Wrong::Yaml { line, column, said: error.info().to_string() }
    }
}

/// Characters, as many as one event may take.
struct Metered<'t> {
    chars: Chars<'t>,
    left: Rc<Cell<usize>>,
}

impl Iterator for Metered<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        self.left.set(self.left.get().checked_sub(1)?);
        self.chars.next()
    }
}

struct Documents<'t> {
    events: Parser<'t, BufferedInput<Metered<'t>>>,
    left: Rc<Cell<usize>>,
    room: usize,
    over: bool,
}

impl<'t> Documents<'t> {
    fn of(text: &'t str) -> Documents<'t> {
        let left = Rc::new(Cell::new(0));
        let chars = Metered { chars: text.chars(), left: left.clone() };
        let room = text.len().saturating_mul(GROWTH_MAX).max(GROWTH_MIN);
        Documents { events: Parser::new_from_iter(chars), left, room, over: false }
    }

    /// None inside: an empty document.
    fn next(&mut self) -> Option<Result<Option<String>, Wrong>> {
        let document = (!self.over).then(|| self.document())?;
        self.over |= !matches!(document, Ok(Some(_)));
        document.transpose()
    }

    fn document(&mut self) -> Result<Option<Option<String>>, Wrong> {
        let mut writer =
            Writer { out: Vec::new(), open: Vec::new(), anchors: HashMap::new(), room: self.room };
        loop {
            self.left.set(EVENT_CHARS_MAX);
            let event = self.events.next_event();
            if self.left.get() == 0 {
                return Err(Wrong::Bounds(
                    "one value in braces, or one text, of more than 4 MB; as JSON it can be read",
                ));
            }
            let Some(event) = event else { return Ok(None) };
            let (event, span) = event?;
            match event {
                Event::StreamEnd => return Ok(None),
                Event::DocumentEnd => {
                    self.room = writer.room;
                    let json = String::from_utf8(writer.out).unwrap_or_default();
                    return Ok(Some((json != "null").then_some(json)));
                }
                event => writer.take(event).map_err(|said| Wrong::Yaml {
                    line: span.start.line(),
                    column: span.start.col() + 1,
                    said,
                })?,
            }
        }
    }
}

/// Writes one document.
struct Writer {
    out: Vec<u8>,
    open: Vec<Open>,
    /// What anchors stand for, as JSON.
    anchors: HashMap<usize, Rc<[u8]>>,
    /// Bytes that aliases may still add.
    room: usize,
}

/// A list or mapping that is not complete yet.
struct Open {
    start: usize,
    anchor: usize,
    turn: Turn,
    /// What the merge keys of a mapping stand for, as JSON.
    merged: Vec<Vec<u8>>,
}

/// What comes next in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    Item,
    Key,
    Value,
    /// The value of a merge key, from here on.
    Merge(usize),
}

const MERGE_KEY: &str = "<<";

impl Writer {
    fn take(&mut self, event: Event<'_>) -> Result<(), String> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain && tag.is_none();
                if self.turn() == Some(Turn::Key) && plain && text == MERGE_KEY {
                    let here = self.out.len();
                    self.set_turn(Turn::Merge(here));
                    return Ok(());
                }
                if is_plain(style, tag.as_deref())?
                    && let Some(json) = simple(&text)
                {
                    return self.write(json.as_bytes(), anchor);
                }
                self.separate();
                let start = self.out.len();
                serde_json::to_writer(&mut self.out, &*text).map_err(|it| it.to_string())?;
                self.complete(start, anchor)
            }
            Event::Alias(anchor) => {
                let json = self.anchors.get(&anchor).cloned();
                let json = json.ok_or("an alias for something that contains it")?;
                self.grow(json.len())?;
                self.write(&json, 0)
            }
            Event::SequenceStart(anchor, tag) => self.begin(b'[', anchor, tag.as_deref(), Turn::Item),
            Event::MappingStart(anchor, tag) => self.begin(b'{', anchor, tag.as_deref(), Turn::Key),
            Event::SequenceEnd => self.end(b']'),
            Event::MappingEnd => self.end(b'}'),
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => Ok(()),
        }
    }

    fn turn(&self) -> Option<Turn> {
        self.open.last().map(|it| it.turn)
    }

    fn set_turn(&mut self, turn: Turn) {
        if let Some(open) = self.open.last_mut() {
            open.turn = turn;
        }
    }

    fn grow(&mut self, bytes: usize) -> Result<(), String> {
        let left = self.room.checked_sub(bytes).ok_or("aliases stand for far more than the text itself")?;
        self.room = left;
        Ok(())
    }

    /// A complete value.
    fn write(&mut self, json: &[u8], anchor: usize) -> Result<(), String> {
        self.separate();
        let start = self.out.len();
        if self.turn() == Some(Turn::Key) && json.first() != Some(&b'"') {
            // JSON has no keys but strings; Kubernetes takes numbers and booleans in their place.
            if matches!(json.first(), None | Some(b'{' | b'[' | b'n')) {
                return Err(format!("{} cannot be a key", shown(&String::from_utf8_lossy(json))));
            }
            self.out.push(b'"');
            self.out.extend_from_slice(json);
            self.out.push(b'"');
        } else {
            self.out.extend_from_slice(json);
        }
        self.complete(start, anchor)
    }

    fn begin(&mut self, bracket: u8, anchor: usize, tag: Option<&Tag>, turn: Turn) -> Result<(), String> {
        if self.turn() == Some(Turn::Key) {
            return Err("a list or a mapping cannot be a key".to_string());
        }
        if let Some(tag) = tag.filter(|it| !matches!(core_type(it), Some("seq" | "map"))) {
            return Err(format!("the tag {tag} has no meaning here"));
        }
        if self.open.len() == DEPTH_MAX {
            return Err("nested too deep".to_string());
        }
        self.separate();
        self.open.push(Open { start: self.out.len(), anchor, turn, merged: Vec::new() });
        self.out.push(bracket);
        Ok(())
    }

    fn end(&mut self, bracket: u8) -> Result<(), String> {
        self.out.push(bracket);
        let Some(open) = self.open.pop() else { return Ok(()) };
        if !open.merged.is_empty() {
            self.merge(&open)?;
        }
        self.complete(open.start, open.anchor)
    }

    /// The comma or colon that belongs before the next value.
    fn separate(&mut self) {
        let first = matches!(self.out.last(), Some(b'[' | b'{'));
        match self.turn() {
            Some(Turn::Item | Turn::Key) if !first => self.out.push(b','),
            Some(Turn::Value) => self.out.push(b':'),
            _ => {}
        }
    }

    /// The value that began at `start` is complete.
    fn complete(&mut self, start: usize, anchor: usize) -> Result<(), String> {
        if anchor > 0 {
            self.grow(self.out.len() - start)?;
            self.anchors.insert(anchor, self.out[start..].into());
        }
        let Some(open) = self.open.last_mut() else { return Ok(()) };
        open.turn = match open.turn {
            Turn::Item => Turn::Item,
            Turn::Key => Turn::Value,
            Turn::Value => Turn::Key,
            Turn::Merge(from) => {
                open.merged.push(self.out.split_off(from));
                Turn::Key
            }
        };
        Ok(())
    }

    /// Merge keys fill in what their mapping leaves out; of several the first counts.
    fn merge(&mut self, open: &Open) -> Result<(), String> {
        let read = |json: &[u8]| serde_json::from_slice::<Value>(json).map_err(|it| it.to_string());
        let mut whole: Map<String, Value> =
            serde_json::from_slice(&self.out[open.start..]).map_err(|it| it.to_string())?;
        for json in &open.merged {
            self.grow(json.len())?;
            let sources = match read(json)? {
                Value::Array(list) => list,
                one => vec![one],
            };
            for source in sources {
                let Value::Object(source) = source else {
                    return Err(format!("the merge key {MERGE_KEY} takes a mapping or a list of them"));
                };
                for (key, value) in source {
                    whole.entry(key).or_insert(value);
                }
            }
        }
        self.out.truncate(open.start);
        self.out.extend_from_slice(Value::from(whole).to_string().as_bytes());
        Ok(())
    }
}

/// The type that a tag of YAML's own names: `!!str`.
fn core_type(tag: &Tag) -> Option<&str> {
    tag.is_yaml_core_schema().then_some(&*tag.suffix)
}

/// Whether a scalar is what it looks like, and not a string in any case.
fn is_plain(style: ScalarStyle, tag: Option<&Tag>) -> Result<bool, String> {
    match tag.map(|it| (it, core_type(it))) {
        None => Ok(style == ScalarStyle::Plain),
        Some((_, Some("str"))) => Ok(false),
        Some((_, Some("null" | "bool" | "int" | "float"))) => Ok(true),
        Some((tag, _)) => Err(format!("the tag {tag} has no meaning here")),
    }
}

/// Null, a boolean or a number as JSON has it, by YAML's core schema; None for what is a string.
fn simple(text: &str) -> Option<Cow<'_, str>> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Some("null".into()),
        "true" | "True" | "TRUE" => return Some("true".into()),
        "false" | "False" | "FALSE" => return Some("false".into()),
        _ => {}
    }
    if !matches!(text.as_bytes()[0], b'0'..=b'9' | b'+' | b'-' | b'.') {
        return None;
    }
    let based = |prefix, base| text.strip_prefix(prefix).map(|it| u64::from_str_radix(it, base));
    if let Some(number) = based("0o", 8).or_else(|| based("0x", 16)) {
        return number.ok().filter(|_| !text.contains('+')).map(|it| it.to_string().into());
    }
    let (sign, rest) = match text.as_bytes()[0] {
        b'-' => ("-", &text[1..]),
        b'+' => ("", &text[1..]),
        _ => ("", text),
    };
    let (mantissa, exponent) = rest.find(['e', 'E']).map_or((rest, ""), |at| rest.split_at(at));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |it: &str| it.bytes().all(|it| it.is_ascii_digit());
    let power = exponent.get(1..).map(|it| it.strip_prefix(['+', '-']).unwrap_or(it));
    if (whole.is_empty() && fraction.is_empty())
        || !digits(whole)
        || !digits(fraction)
        || power.is_some_and(|it| it.is_empty() || !digits(it))
    {
        return None;
    }
    // JSON wants a digit on both sides of the point, and no zero in front.
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    let point = if fraction.is_empty() { "" } else { "." };
    Some(format!("{sign}{whole}{point}{fraction}{exponent}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Vec<String> {
        let mut all = Vec::new();
        let collect = |number, document: Result<Cow<'_, str>, Fault>| -> Result<(), ()> {
            all.push(match document {
                Ok(json) => format!("{number} {json}"),
                Err(fault) => format!("{number} {}", fault.into_parts().1),
            });
            Ok(())
        };
        documents(text, collect).expect("never stops");
        all
    }

    #[test]
    fn what_is_a_string_and_what_is_not() {
        for (text, expect) in [
            ("a", "\"a\""),
            ("\"1\"", "\"1\""),
            ("'true'", "\"true\""),
            ("!!str 1", "\"1\""),
            ("!!int \"1\"", "1"),
            ("True", "true"),
            ("yes", "\"yes\""),
            ("0", "0"),
            ("-0.50", "-0.50"),
            ("+5", "5"),
            ("007", "7"),
            (".5", "0.5"),
            ("5.", "5"),
            ("1e3", "1e3"),
            ("1.5E-3", "1.5E-3"),
            ("0x1F", "31"),
            ("0o17", "15"),
            ("0x+1", "\"0x+1\""),
            ("99999999999999999999", "99999999999999999999"),
            ("1e", "\"1e\""),
            ("-", "\"-\""),
            (".", "\".\""),
            ("-.", "\"-.\""),
            (".inf", "\".inf\""),
            ("1_000", "\"1_000\""),
            ("12:30", "\"12:30\""),
            ("500m", "\"500m\""),
            ("2026-11-20T10:00:00Z", "\"2026-11-20T10:00:00Z\""),
        ] {
            let text = format!("k: {text}");
            let expect = format!("1 {{\"k\":{expect}}}");
            // A lone dash is a list entry to YAML.
            if text != "k: -" {
                assert_eq!(json(&text), [expect], "{text}");
            }
        }
        assert_eq!(json("k:\nl: ~\nm: null"), ["1 {\"k\":null,\"l\":null,\"m\":null}"]);
    }

    #[test]
    fn documents_have_numbers() {
        assert_eq!(json(""), [""; 0]);
        assert_eq!(json("# nothing\n---\n# nothing\n---\na: 1\n"), ["2 {\"a\":1}"]);
        assert_eq!(json("a: 1\n---\n\n---\nb: 2\n...\n---\nc"), ["1 {\"a\":1}", "3 {\"b\":2}", "4 \"c\""]);
        assert_eq!(
            json("--- # one\r\na: 1\r\n---\r\nb: |\r\n  ---x\r\n"),
            ["1 {\"a\":1}", "2 {\"b\":\"---x\\n\"}"]
        );
        assert_eq!(json("# json\n{\"a\": [1]}\n---\n[2]"), ["1 {\"a\": [1]}\n", "2 [2]"]);
        assert_eq!(json("a: 1\n...\nb: 2\n"), ["1 {\"a\":1}", "2 {\"b\":2}"]);
        assert_eq!(
            json("---\na: 1\n---\na: [\n"),
            [
                "1 {\"a\":1}",
                "2 not YAML: while parsing a node, did not find expected node content at line 5 column 1"
            ]
        );
    }

    #[test]
    fn anchors_aliases_and_merge_keys() {
        assert_eq!(json("a: &x [1, {b: 2}]\nc: *x"), ["1 {\"a\":[1,{\"b\":2}],\"c\":[1,{\"b\":2}]}"]);
        assert_eq!(json("a: &x k\n*x : 1"), ["1 {\"a\":\"k\",\"k\":1}"]);
        assert_eq!(json("- &x {a: 1, b: 2}\n- {<<: *x, b: 3}"), ["1 [{\"a\":1,\"b\":2},{\"a\":1,\"b\":3}]"]);
        assert_eq!(
            json("- &x {a: 1}\n- &y {a: 2, b: 2}\n- <<: [*x, *y]\n  c: 3"),
            ["1 [{\"a\":1},{\"a\":2,\"b\":2},{\"a\":1,\"b\":2,\"c\":3}]"]
        );
        assert_eq!(json("\"<<\": 1"), ["1 {\"<<\":1}"]);
        assert!(refuses("<<: 1", "the merge key << takes a mapping or a list of them"));
        assert_eq!(
            json("&x [*x]"),
            ["1 not YAML: an alias for something that contains it at line 1 column 5"]
        );
    }

    #[test]
    fn keys_are_strings() {
        assert_eq!(json("1: a\ntrue: b"), ["1 {\"1\":\"a\",\"true\":\"b\"}"]);
        assert_eq!(
            json("? [a]\n: b"),
            ["1 not YAML: a list or a mapping cannot be a key at line 1 column 3"]
        );
        assert_eq!(json("~: b"), ["1 not YAML: null cannot be a key at line 1 column 1"]);
    }

    #[test]
    fn short_texts_cannot_stand_for_endless_ones() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_string();
        for level in 1..9 {
            let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
            bomb += &format!("a{level}: &a{level} [{aliases}]\n");
        }
        assert!(refuses(&bomb, "aliases stand for far more"));
        assert!(refuses(&"- ".repeat(5_000), "nested too deep"));
        assert!(refuses(&"? ".repeat(100_000), "cannot be a key"));
        assert!(refuses(&("a: ".to_string() + &"[".repeat(100_000)), "recursion limit"));
        assert!(refuses(&format!("{{{}}}", "b: c, ".repeat(1_000_000)), "of more than 4 MB"));
        assert!(refuses(&format!("a: \"{}\"", "b".repeat(5_000_000)), "of more than 4 MB"));
    }

    fn refuses(text: &str, why: &str) -> bool {
        json(text)[0].contains(why)
    }
}
