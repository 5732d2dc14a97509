//! A user's text inside a message.

/// How much is quoted, in characters: enough to recognise it.
const QUOTED_CHARS: usize = 60;

/// In quotation marks, escaped, and cut where it is long. Nothing that is quoted is invisible, changes its
/// surroundings or ends the line.
///
/// What `{:?}` makes of a text, without the tables of all of Unicode that it would bring into every
/// component.
pub fn quoted(text: &str) -> String {
    let shown = cut(text);
    let more = if shown.len() < text.len() { "..." } else { "" };
    format!("\"{}\"{more}", replaced(shown, escape))
}

/// As much of a text as is quoted.
pub(crate) fn cut(text: &str) -> &str {
    let end = text.char_indices().nth(QUOTED_CHARS);
    end.and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

/// A text with some letters replaced: by what is written, where something is.
pub(crate) fn replaced(text: &str, by: fn(char, &mut String) -> bool) -> String {
    let mut whole = String::new();
    for letter in text.chars() {
        if !by(letter, &mut whole) {
            whole.push(letter);
        }
    }
    whole
}

fn escape(letter: char, whole: &mut String) -> bool {
    let short = match letter {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\0' => "\\0",
        '\t' => "\\t",
        '\n' => "\\n",
        '\r' => "\\r",
        _ if unseen(letter) => &format!("\\u{{{:x}}}", u32::from(letter)),
        _ => return false,
    };
    whole.push_str(short);
    true
}

/// Controls, blanks that are no space, marks that join the letter before, whatever turns the direction of
/// writing, and what nobody has given a shape.
fn unseen(letter: char) -> bool {
    matches!(u32::from(letter),
        0..=0x1f | 0x7f..=0xa0 | 0xad | 0x300..=0x36f | 0x61c | 0x1680 | 0x180b..=0x180f
        | 0x2000..=0x200f | 0x2028..=0x202f | 0x205f..=0x206f | 0x20d0..=0x20ff | 0x3000
        | 0xe000..=0xf8ff | 0xfe00..=0xfe0f | 0xfeff | 0xfff0..=0xfffb | 0xe0000..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_rust_writes_texts() {
        let latin = (0..0x370).filter_map(char::from_u32);
        let turning = "\u{61c}\u{200b}\u{200f}\u{202e}\u{2066}\u{feff}\u{e000}\u{e0041}\u{10ffff}".chars();
        for letter in latin.chain(turning).chain("ΩЖאहก漢ﬁ😀".chars()) {
            let text = format!("a{letter}b");
            assert_eq!(quoted(&text), format!("{text:?}"));
        }
    }

    #[test]
    fn a_long_text_is_cut() {
        assert_eq!(quoted(&"ü".repeat(60)), format!("\"{}\"", "ü".repeat(60)));
        assert_eq!(quoted(&"ü".repeat(61)), format!("\"{}\"...", "ü".repeat(60)));
    }
}
