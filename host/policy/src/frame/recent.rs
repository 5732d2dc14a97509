//! What was found last for a key, in a fixed number of places: most pods are like one of the pods
//! before them.

pub(super) struct Recent<K, V> {
    places: Vec<Option<(K, V)>>,
}

impl<K: Copy + Eq, V: Copy> Recent<K, V> {
    /// `most`: how many keys there can be at the most.
    pub fn new(most: usize) -> Recent<K, V> {
        Recent { places: vec![None; most.next_power_of_two().clamp(16, 1 << 16)] }
    }

    pub fn put(&mut self, number: usize, key: K, value: V) {
        let at = self.place(number);
        self.places[at] = Some((key, value));
    }

    fn place(&self, number: usize) -> usize {
        number & (self.places.len() - 1)
    }

    /// `number`: keys that are near each other have numbers that are.
    pub fn get(&mut self, number: usize, key: K, find: impl FnOnce() -> V) -> V {
        let at = self.place(number);
        match self.places[at] {
            Some((held, value)) if held == key => value,
            _ => {
                let value = find();
                self.places[at] = Some((key, value));
                value
            }
        }
    }
}
