//! A file of cases as it is written: lines, sections, tables. What the lines mean is not known here.

use super::Mistake;
use super::words;

/// One case, its lines in order: those of the file, of its section, and its own.
#[derive(Debug, Clone)]
pub struct Case {
    pub title: String,
    /// Where it stands: its heading, or its row of a table.
    pub line: usize,
    pub lines: Vec<Line>,
    /// Why it may fail for now.
    pub todo: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Line {
    pub number: usize,
    /// Who says it: 0 the file, 1 the section, 2 the case. A later one adds to an earlier one.
    pub level: usize,
    pub text: String,
    /// The indented lines below it, as YAML.
    pub block: String,
}

/// The cases of a file.
pub fn read(text: &str) -> Result<Vec<Case>, Mistake> {
    let mut common: [Vec<Line>; 2] = [Vec::new(), Vec::new()];
    let mut cases = Vec::new();
    let mut open: Option<Draft> = None;
    let mut in_section = false;
    for (at, text) in text.lines().enumerate() {
        let number = at + 1;
        let text = text.trim_end();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        if let Some(title) = text.strip_prefix("==") {
            close(open.take(), &mut cases)?;
            open = Some(Draft::new(title.trim(), number, &common));
        } else if text.starts_with("--") {
            close(open.take(), &mut cases)?;
            common[1].clear();
            in_section = true;
        } else if let Some(row) = text.strip_prefix('|') {
            let draft = open.as_mut().ok_or_else(|| Mistake::at(number, "a table belongs to a case"))?;
            draft.rows.push((number, cells(row)));
        } else if let Some(draft) = &mut open {
            if draft.rows.is_empty() {
                add(&mut draft.lines, number, 2, text)?;
            } else {
                return Err(Mistake::at(number, "a table ends its case"));
            }
        } else {
            let level = usize::from(in_section);
            add(&mut common[level], number, level, text)?;
        }
    }
    close(open, &mut cases)?;
    Ok(cases)
}

/// A case until its end is known: a table makes several of it.
struct Draft {
    title: String,
    line: usize,
    lines: Vec<Line>,
    rows: Vec<(usize, Vec<String>)>,
}

impl Draft {
    fn new(title: &str, line: usize, common: &[Vec<Line>; 2]) -> Draft {
        Draft { title: title.to_string(), line, lines: common.concat(), rows: Vec::new() }
    }
}

fn add(lines: &mut Vec<Line>, number: usize, level: usize, text: &str) -> Result<(), Mistake> {
    if text.starts_with("  ") {
        let above = lines.last_mut().filter(|it| it.level == level);
        let above =
            above.ok_or_else(|| Mistake::at(number, "an indented line belongs to the line above it"))?;
        above.block.push_str(text);
        above.block.push('\n');
    } else {
        lines.push(Line { number, level, text: text.to_string(), block: String::new() });
    }
    Ok(())
}

fn cells(row: &str) -> Vec<String> {
    let row = row.strip_suffix('|').unwrap_or(row);
    row.split('|').map(|it| it.trim().to_string()).collect()
}

fn close(draft: Option<Draft>, cases: &mut Vec<Case>) -> Result<(), Mistake> {
    let Some(Draft { title, line, lines, rows }) = draft else { return Ok(()) };
    let Some(((head_line, head), rows)) = rows.split_first() else {
        cases.push(case(title, line, lines));
        return Ok(());
    };
    if rows.is_empty() {
        return Err(Mistake::at(*head_line, "a table needs rows"));
    }
    for column in head {
        let mark = format!("<{column}>");
        let used = title.contains(&mark)
            || lines.iter().any(|it| it.text.contains(&mark) || it.block.contains(&mark));
        if !used {
            return Err(Mistake::at(*head_line, format!("nothing uses the column {column}")));
        }
    }
    for (number, cells) in rows {
        if cells.len() != head.len() {
            let text = format!("{} cells under {} columns", cells.len(), head.len());
            return Err(Mistake::at(*number, text));
        }
        let filled = |text: &str| {
            head.iter()
                .zip(cells)
                .fold(text.to_string(), |text, (column, cell)| text.replace(&format!("<{column}>"), cell))
        };
        let filled_line = |it: &Line| Line { text: filled(&it.text), block: filled(&it.block), ..it.clone() };
        // An empty cell can leave a line out.
        let lines = lines.iter().map(filled_line).filter(|it| !it.text.trim().is_empty());
        let title = match filled(&title) {
            same if same == title => format!("{title}: {}", cells.join(", ")),
            filled => filled,
        };
        cases.push(case(title, *number, lines.collect()));
    }
    Ok(())
}

fn case(title: String, line: usize, mut lines: Vec<Line>) -> Case {
    let todo = lines.iter().position(|it| words::first(&it.text) == "todo");
    let todo = todo.map(|at| lines.remove(at).text["todo".len()..].trim().to_string());
    Case { title, line, lines, todo }
}
