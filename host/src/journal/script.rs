//! How one list becomes another: stretches of the old one, and what is new between them.

use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::collections::HashMap;
use std::hash::Hash;

/// No table of a world is longer.
const ROWS_MAX: usize = 50_000_000;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Script<T> {
    steps: Vec<Step<T>>,
}

/// So many of the old list from a position on, then these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Step<T>(u32, u32, Vec<T>);

/// A script that is not one of the list that it is applied to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Misfit;

impl<T: Clone> Script<T> {
    /// Of lists that are in order. `order` compares an old item with a new one; `same` tells whether
    /// the new one is what is carried over of the old. Where a list is not in order the script is only
    /// longer.
    pub fn sorted(
        old: &[T],
        new: &[T],
        order: impl Fn(&T, &T) -> Ordering,
        same: impl Fn(&T, &T) -> bool,
    ) -> Script<T> {
        let mut script = Script { steps: Vec::new() };
        let mut at = 0;
        for it in new {
            while old.get(at).is_some_and(|old| order(old, it) == Ordering::Less) {
                at += 1;
            }
            match old.get(at).filter(|old| order(old, it) == Ordering::Equal) {
                Some(held) if same(held, it) => script.keep(at),
                Some(_) => script.add(it),
                None => {
                    script.add(it);
                    continue;
                }
            }
            at += 1;
        }
        script
    }

    /// Of lists in which each item stands once, in any order.
    pub fn by_content(old: &[T], new: &[T]) -> Script<T>
    where
        T: Hash + Eq,
    {
        let mut script = Script { steps: Vec::new() };
        if old == new {
            (0..old.len()).for_each(|at| script.keep(at));
            return script;
        }
        let held: HashMap<&T, usize> = old.iter().enumerate().map(|(at, it)| (it, at)).collect();
        for it in new {
            match held.get(it) {
                Some(at) => script.keep(*at),
                None => script.add(it),
            }
        }
        script
    }

    /// The new list. `carried` makes of an old item what it is in the new list.
    ///
    /// # Errors
    ///
    /// Where it asks for what the old list does not have.
    pub fn apply(self, old: &[T], carried: impl Fn(&T) -> T) -> Result<Vec<T>, Misfit> {
        let rows = self.steps.iter().map(|it| it.1 as usize + it.2.len()).sum::<usize>();
        if rows > ROWS_MAX {
            return Err(Misfit);
        }
        let mut new = Vec::with_capacity(rows);
        for Step(from, count, more) in self.steps {
            let from = from as usize;
            let kept = old.get(from..from + count as usize).ok_or(Misfit)?;
            new.extend(kept.iter().map(&carried));
            new.extend(more);
        }
        Ok(new)
    }

    fn keep(&mut self, at: usize) {
        let at = u32::try_from(at).expect("fewer than 2^32 of anything");
        match self.steps.last_mut() {
            Some(Step(from, count, more)) if more.is_empty() && *from + *count == at => *count += 1,
            _ => self.steps.push(Step(at, 1, Vec::new())),
        }
    }

    fn add(&mut self, it: &T) {
        match self.steps.last_mut() {
            Some(Step(_, _, more)) => more.push(it.clone()),
            None => self.steps.push(Step(0, 0, vec![it.clone()])),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whatever the lists are, and in whatever order.
        #[test]
        fn makes_the_new_list(
            old in prop::collection::vec((0..20_u8, 0..3_u8), 0..12),
            new in prop::collection::vec((0..20_u8, 0..3_u8), 0..12),
            sort: bool,
        ) {
            let (mut old, mut new) = (old, new);
            if sort {
                old.sort_unstable();
                new.sort_unstable();
            }
            // The old one is carried over with one more.
            let carried = |it: &(u8, u8)| (it.0, it.1 + 1);
            let script = Script::sorted(&old, &new, |a, b| a.0.cmp(&b.0), |a, b| carried(a) == *b);
            let text = serde_json::to_string(&script).expect("JSON");
            let script: Script<(u8, u8)> = serde_json::from_str(&text).expect("a script");
            prop_assert_eq!(script.apply(&old, carried).expect("it fits"), new.clone());
            let script = Script::by_content(&old, &new);
            prop_assert_eq!(script.apply(&old, |it| *it).expect("it fits"), new);
        }
    }

    #[test]
    fn is_short_where_little_changes() {
        let old: Vec<u32> = (0..1000).collect();
        let mut new = old.clone();
        new[500] = 5000;
        new.remove(10);
        new.insert(900, 6000);
        let text = |it: &Script<u32>| serde_json::to_string(it).expect("JSON");
        let script = Script::by_content(&old, &new);
        assert_eq!(text(&script), "[[0,10,[]],[11,489,[5000]],[501,400,[6000]],[901,99,[]]]");
        assert_eq!(text(&Script::by_content(&old, &old)), "[[0,1000,[]]]");
    }

    #[test]
    fn one_of_another_list_is_refused() {
        let script = Script::by_content(&[1, 2, 3], &[2, 3]);
        assert_eq!(script.apply(&[1], |it| *it), Err(Misfit));
    }
}
