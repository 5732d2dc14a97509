//! Rows of cells under one another.

use super::look::{Look, Style, visible};

const GAP: &str = "  ";
/// What is left of every column in the narrowest terminal.
const WIDTH_MIN: usize = 20;

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
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Columns in which nothing stands are left out. Where a terminal is too narrow, what is long is
    /// cut.
    pub fn write(&self, indent: &str, look: Look, out: &mut String) {
        let mut shown: Vec<Shown> = (0..self.heads.len()).map(|at| self.shown(at)).collect();
        shown.retain(|it| it.width > 0);
        if let Some(width) = look.width {
            narrow(&mut shown, width.saturating_sub(indent.len()));
        }
        let heads: Vec<Cell> = self.heads.iter().map(|it| Cell::from(it.name).style(Style::Faint)).collect();
        for row in std::iter::once(&heads).chain(&self.rows) {
            let cells: Vec<String> = shown.iter().map(|it| self.cell(&row[it.column], it, look)).collect();
            out.push_str(format!("{indent}{}", cells.join(GAP)).trim_end());
            out.push('\n');
        }
    }

    fn cell(&self, cell: &Cell, shown: &Shown, look: Look) -> String {
        let text = Look::cut(&cell.text, shown.width);
        let blanks = " ".repeat(shown.width - text.chars().count());
        let painted = look.paint(cell.style, &text);
        if self.heads[shown.column].to_the_right { blanks + &painted } else { painted + &blanks }
    }

    fn shown(&self, column: usize) -> Shown {
        let widest = self.rows.iter().map(|it| it[column].text.chars().count()).max().unwrap_or(0);
        let head = self.heads[column].name.len();
        Shown { column, width: if widest == 0 { 0 } else { widest.max(head) } }
    }
}

/// A column that has something in it.
struct Shown {
    column: usize,
    width: usize,
}

/// Takes from the last column, and then from the widest, until all fit.
fn narrow(shown: &mut [Shown], room: usize) {
    let spare = |it: &Shown| it.width.saturating_sub(WIDTH_MIN);
    let taken: usize = shown.iter().map(|it| it.width + GAP.len()).sum();
    let mut missing = taken.saturating_sub(room + GAP.len());
    if let Some(last) = shown.last_mut() {
        let cut = spare(last).min(missing);
        last.width -= cut;
        missing -= cut;
    }
    while missing > 0 {
        let Some(widest) = shown.iter_mut().max_by_key(|it| it.width).filter(|it| spare(it) > 0) else {
            return;
        };
        widest.width -= 1;
        missing -= 1;
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
