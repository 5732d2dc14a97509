//! Rows of cells under one another.

use super::look::{Look, Style, visible};

const GAP: &str = "  ";
/// What is left of the last column in the narrowest terminal.
const LAST_WIDTH_MIN: usize = 20;

#[derive(Debug, Default)]
pub struct Columns {
    heads: Vec<Head>,
    rows: Vec<Vec<Cell>>,
}

#[derive(Debug)]
struct Head {
    name: &'static str,
    to_the_right: bool,
}

#[derive(Debug, Clone, Default)]
pub struct Cell {
    text: String,
    style: Style,
}

impl Columns {
    /// A name that ends in `>` stands on the right, as figures do.
    #[must_use]
    pub fn new(names: &[&'static str]) -> Columns {
        let head = |it: &&'static str| match it.strip_suffix('>') {
            Some(name) => Head { name, to_the_right: true },
            None => Head { name: it, to_the_right: false },
        };
        Columns { heads: names.iter().map(head).collect(), rows: Vec::new() }
    }

    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
        debug_assert_eq!(self.rows.last().map(Vec::len), Some(self.heads.len()));
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Columns in which nothing stands are left out.
    pub fn write(&self, indent: &str, look: Look, out: &mut String) {
        let widths: Vec<usize> = (0..self.heads.len()).map(|at| self.width(at)).collect();
        let shown: Vec<usize> = (0..widths.len()).filter(|at| widths[*at] > 0).collect();
        let Some(last) = shown.last().copied() else { return };
        let before: usize =
            shown.iter().map(|at| if *at == last { 0 } else { widths[*at] + GAP.len() }).sum();
        let room = look.width.map(|it| it.saturating_sub(indent.len() + before).max(LAST_WIDTH_MIN));
        let heads: Vec<Cell> = self.heads.iter().map(|it| Cell::from(it.name).style(Style::Faint)).collect();
        for row in std::iter::once(&heads).chain(&self.rows) {
            let mut line = String::from(indent);
            for at in &shown {
                let (cell, width) = (&row[*at], widths[*at]);
                let text = match room.filter(|_| *at == last) {
                    Some(room) => Look::cut(&cell.text, room),
                    None => cell.text.clone(),
                };
                let blanks = " ".repeat(width.saturating_sub(text.chars().count()));
                let painted = look.paint(cell.style, &text);
                let padded = if self.heads[*at].to_the_right { blanks + &painted } else { painted + &blanks };
                if *at != shown[0] {
                    line += GAP;
                }
                line += if *at == last { padded.trim_end() } else { &padded };
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
    }

    fn width(&self, at: usize) -> usize {
        let cells = self.rows.iter().map(|it| it[at].text.chars().count()).max().unwrap_or(0);
        if cells == 0 { 0 } else { cells.max(self.heads[at].name.len()) }
    }
}

impl Cell {
    #[must_use]
    pub fn style(self, style: Style) -> Cell {
        Cell { style, ..self }
    }
}

impl<T: AsRef<str>> From<T> for Cell {
    fn from(text: T) -> Cell {
        Cell { text: visible(text.as_ref()), style: Style::Plain }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stand_under_one_another() {
        let mut columns = Columns::new(&["NODE", "CPU>", "NOTHING", "WHY"]);
        columns.row(["n1", "2.0 %", "", "a long reason to be here"].map(Cell::from));
        columns.row(["node-10", "12.0 %", "", "short"].map(Cell::from));
        let mut out = String::new();
        columns.write("", Look::default(), &mut out);
        let expect = "\
NODE        CPU  WHY
n1        2.0 %  a long reason to be here
node-10  12.0 %  short
";
        assert_eq!(out, expect);
        let mut out = String::new();
        columns.write("  ", Look { width: Some(30), colour: false }, &mut out);
        assert!(out.contains("a long reason to..."), "{out}");
    }
}
