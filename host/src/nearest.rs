//! Which of some names was meant.

use decide::world::{NodeId, World};

/// How many names are told where one was not found.
const TOLD: usize = 3;

/// The node of this name.
///
/// # Errors
///
/// That there is none, and which names are near.
pub fn node(world: &World, name: &str) -> Result<NodeId, String> {
    world.find_node(name).ok_or_else(|| {
        let near = nearest(name, world.nodes.iter().map(|it| &*it.name), TOLD);
        match near.is_empty() {
            true => format!("there is no node {name:?}, and no other either"),
            false => format!("there is no node {name:?}; nearest: {}", near.join(", ")),
        }
    })
}

/// The names with the fewest letters to change, up to `most`, nearest first.
#[must_use]
pub fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>, most: usize) -> Vec<&'a str> {
    let wanted: Vec<char> = wanted.chars().collect();
    let mut near: Vec<(usize, &str)> = names.map(|it| (distance(&wanted, it), it)).collect();
    near.sort_unstable();
    near.into_iter().take(most).map(|it| it.1).collect()
}

/// Letters to insert, drop or change (Levenshtein), one row of the table at a time.
pub fn distance(wanted: &[char], name: &str) -> usize {
    let mut row: Vec<usize> = (0..=wanted.len()).collect();
    for (at, letter) in name.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (column, other) in wanted.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[wanted.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_come_first() {
        let names = ["web-1", "web-10", "db-1", "web-2"];
        assert_eq!(nearest("web-11", names.into_iter(), 2), ["web-1", "web-10"]);
        assert_eq!(nearest("bd-1", names.into_iter(), 1), ["db-1"]);
        assert_eq!(nearest("web", [].into_iter(), 3), Vec::<&str>::new());
    }
}
