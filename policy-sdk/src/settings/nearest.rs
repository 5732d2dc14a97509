//! The word that was probably meant.

/// Longer words than this are not typing mistakes of ours.
const LETTERS_MAX: usize = 40;

/// The nearest of the known words, if it is near: at most a third of its letters wrong, missing, added, or
/// swapped with the next; case does not count. Of equally near ones the first.
pub fn nearest<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let mut nearest = None;
    let mut least = usize::MAX;
    for known in known {
        let edits = edits(word, known);
        if edits < least {
            (nearest, least) = (Some(known), edits);
        }
    }
    nearest
}

/// Edits that make one word of the other (optimal string alignment); where they are far apart, the most
/// there can be.
fn edits(word: &str, known: &str) -> usize {
    let (Some((a, rows)), Some((b, columns))) = (letters(word), letters(known)) else {
        return usize::MAX;
    };
    let mut table = [[0; LETTERS_MAX + 1]; LETTERS_MAX + 1];
    for i in 0..=rows {
        for j in 0..=columns {
            table[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let same = a[i - 1] == b[j - 1];
                let mut least = (table[i - 1][j - 1] + usize::from(!same)).min(table[i - 1][j] + 1);
                least = least.min(table[i][j - 1] + 1);
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    least = least.min(table[i - 2][j - 2] + 1);
                }
                least
            };
        }
    }
    let edits = table[rows][columns];
    if edits <= (columns / 3).max(1) { edits } else { usize::MAX }
}

/// The letters of a word without their case, and how many; of one that is no ASCII letter its first byte,
/// which is good enough for a hint.
fn letters(word: &str) -> Option<([u8; LETTERS_MAX], usize)> {
    let (mut letters, mut count) = ([0; LETTERS_MAX], 0);
    for byte in word.bytes().filter(|byte| byte & 0b1100_0000 != 0b1000_0000) {
        *letters.get_mut(count)? = byte.to_ascii_lowercase();
        count += 1;
    }
    Some((letters, count))
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
