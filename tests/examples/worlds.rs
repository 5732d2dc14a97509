//! Prints random worlds, one a line, as `tests/judge` reads them: `worlds [first seed] [how many]`.

use std::io::{BufWriter, Write};

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<u64>().expect("a number"));
    let (first, count) = (arguments.next().unwrap_or(0), arguments.next().unwrap_or(100));
    let mut out = BufWriter::new(std::io::stdout().lock());
    for seed in first..first + count {
        writeln!(out, "{}", tests::worlds::random(seed).line())?;
    }
    out.flush()
}
