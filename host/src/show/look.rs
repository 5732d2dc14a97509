//! What can be shown on the terminal at hand, if there is one.

use std::env;
use std::io::{IsTerminal, stdout};
use terminal_size::{Width, terminal_size};

/// Narrower than this, cutting lines does more harm than long lines do.
const WIDTH_MIN: usize = 60;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Look {
    /// How wide a line may be; none: as wide as it is.
    pub width: Option<usize>,
    pub colour: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    #[default]
    Plain,
    Strong,
    Faint,
    Good,
    Warn,
    Bad,
}

impl Look {
    /// Colour and cut lines are for terminals alone; `NO_COLOR` is honoured.
    #[must_use]
    pub fn of_stdout() -> Look {
        if !stdout().is_terminal() {
            return Look::default();
        }
        let set = |name: &str| env::var_os(name).filter(|it| !it.is_empty());
        let dumb = set("TERM").is_none_or(|it| it == "dumb");
        let width = terminal_size().map(|(Width(width), _)| usize::from(width).max(WIDTH_MIN));
        Look { width, colour: !dumb && set("NO_COLOR").is_none() }
    }

    #[must_use]
    pub fn paint(self, style: Style, text: &str) -> String {
        let code = match style {
            Style::Strong => "1",
            Style::Faint => "2",
            Style::Good => "32",
            Style::Warn => "33",
            Style::Bad => "31",
            Style::Plain => return text.to_string(),
        };
        if self.colour && !text.is_empty() {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_string()
        }
    }

    /// As much of a line as there is room for.
    #[must_use]
    pub fn cut(text: &str, width: usize) -> String {
        const REST: &str = "...";
        if text.chars().count() <= width {
            return text.to_string();
        }
        let kept: String = text.chars().take(width.saturating_sub(REST.len())).collect();
        kept.trim_end().to_string() + REST
    }
}

/// The words of others must not steer the terminal.
#[must_use]
pub fn visible(text: &str) -> String {
    text.chars().map(|it| if it.is_control() { '\u{fffd}' } else { it }).collect()
}

/// A page that another process made: lines and colours are kept, nothing else steers the terminal.
#[must_use]
pub fn tamed(page: &str) -> String {
    let mut out = String::with_capacity(page.len());
    let mut rest = page;
    while let Some(at) = rest.find(|it: char| it.is_control() && it != '\n') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let colour = rest.strip_prefix("\u{1b}[").and_then(|it| it.split_once('m')).map(|it| it.0);
        let taken = match colour {
            Some(code) if code.len() <= 2 && code.bytes().all(|it| it.is_ascii_digit()) => code.len() + 3,
            _ => rest.chars().next().map_or(0, char::len_utf8),
        };
        let (control, after) = rest.split_at(taken);
        out.push_str(if control.starts_with("\u{1b}[") { control } else { "\u{fffd}" });
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_only_where_it_is_wanted() {
        let colour = Look { width: None, colour: true };
        assert_eq!(colour.paint(Style::Good, "go"), "\u{1b}[32mgo\u{1b}[0m");
        assert_eq!(colour.paint(Style::Good, ""), "");
        assert_eq!(Look::default().paint(Style::Good, "go"), "go");
    }

    #[test]
    fn lines_are_cut_and_tamed() {
        assert_eq!(Look::cut("a line", 6), "a line");
        assert_eq!(Look::cut("a long line", 9), "a long...");
        assert_eq!(visible("a\u{1b}[31m\tb"), "a\u{fffd}[31m\u{fffd}b");
        let painted = Look { width: None, colour: true }.paint(Style::Bad, "bad") + "\n";
        assert_eq!(tamed(&painted), painted);
        assert_eq!(
            tamed("a\u{1b}[2Jb\u{1b}]0;m\u{7}\u{1b}[1;31mc\u{85}"),
            "a\u{fffd}[2Jb\u{fffd}]0;m\u{fffd}\u{fffd}[1;31mc\u{fffd}"
        );
        assert_eq!(tamed("\u{1b}"), "\u{fffd}");
    }
}
