//! What is worked out once for all that is alike.

/// Values by their keys. A plain map of the standard library weighs five times as much in a component.
pub(crate) struct Alike<K, V> {
    /// Positions in `known`, by key.
    order: Vec<u32>,
    known: Vec<(K, V)>,
}

impl<K: Ord, V> Alike<K, V> {
    pub(crate) fn new() -> Self {
        Self { order: Vec::new(), known: Vec::new() }
    }

    /// The value of a key, made where it is not known yet.
    pub(crate) fn get(&mut self, key: K, make: impl FnOnce(&K) -> V) -> &V {
        let at = match self.order.binary_search_by(|at| self.known[*at as usize].0.cmp(&key)) {
            Ok(place) => self.order[place] as usize,
            Err(place) => {
                let at = self.known.len();
                self.order.insert(place, at as u32);
                let value = make(&key);
                self.known.push((key, value));
                at
            }
        };
        &self.known[at].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_made_once() {
        let (mut alike, mut made) = (Alike::new(), 0);
        for key in [5, 3, 9, 3, 5, 1, 9, 9] {
            let value = *alike.get(key, |key| {
                made += 1;
                key * 2
            });
            assert_eq!(value, key * 2);
        }
        assert_eq!(made, 4);
    }
}
