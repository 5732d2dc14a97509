//! The word that was probably meant.

/// Longer words than this are not typing mistakes of ours.
const WORD_CHARS_MAX: usize = 40;

/// The nearest of the known words, if it is near: at most a third of its letters wrong, missing, added, or
/// swapped with the next; case does not count. Of equally near ones the first.
pub fn nearest<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let word: Vec<char> = word.chars().take(WORD_CHARS_MAX + 1).collect();
    if word.len() > WORD_CHARS_MAX {
        return None;
    }
    let far = known.map(|known| {
        let letters: Vec<char> = known.chars().collect();
        (distance(&word, &letters), letters.len(), known)
    });
    let near = far.filter(|(distance, letters, _)| *distance <= (letters / 3).max(1));
    near.min_by_key(|(distance, _, _)| *distance).map(|(_, _, known)| known)
}

/// Edits between two words (optimal string alignment).
fn distance(a: &[char], b: &[char]) -> usize {
    let same = |x: char, y: char| x.eq_ignore_ascii_case(&y);
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, &x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &y) in b.iter().enumerate() {
            let changed = last[j] + usize::from(!same(x, y));
            let mut least = changed.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && same(x, b[j - 1]) && same(a[i - 1], y) {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_that_was_meant() {
        let known = ["zone", "mode", "preset", "windows", "allow", "freeze", "annotations"];
        let rows = [
            ("zoen", Some("zone")),
            ("Zone", Some("zone")),
            ("window", Some("windows")),
            ("anotations", Some("annotations")),
            ("freez", Some("freeze")),
            ("timezone", None),
            ("", None),
            ("x", None),
        ];
        for (word, meant) in rows {
            assert_eq!(nearest(word, known.into_iter()), meant, "{word}");
        }
        let long = "zone".repeat(100_000);
        assert_eq!(nearest(&long, known.into_iter()), None);
    }
}
