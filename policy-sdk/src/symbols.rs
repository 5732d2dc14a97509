//! Looking things up in a [`Table`].

use crate::records::Table;

impl Table {
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The text at an index; `None` for [`NONE`](crate::records::NONE) and whatever is not there.
    pub fn get(&self, index: u32) -> Option<&str> {
        let index = index as usize;
        let end = *self.ends.get(index)? as usize;
        let start = if index == 0 { 0 } else { *self.ends.get(index - 1)? as usize };
        self.text.get(start..end)
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len()).map(|index| self.get(index as u32).unwrap_or_default())
    }

    /// The index of a text in a symbol table, which is sorted: what is looked for often is looked up once.
    pub fn find(&self, text: &str) -> Option<u32> {
        let (mut low, mut high) = (0, self.ends.len());
        while low < high {
            let middle = low + (high - low) / 2;
            match self.get(middle as u32).unwrap_or_default().cmp(text) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Some(middle as u32),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// A table of these texts in this order. For a symbol table they must be sorted and without duplicates.
    pub fn of<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        let mut table = Self::default();
        for text in texts {
            table.text.push_str(text);
            table.ends.push(table.text.len() as u32);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_by_index_and_index_by_text() {
        let table = Table::of(["", "a", "kube-system", "ü"]);
        let texts: Vec<&str> = table.iter().collect();
        assert_eq!(texts, ["", "a", "kube-system", "ü"]);
        for (index, text) in texts.into_iter().enumerate() {
            assert_eq!(table.find(text), Some(index as u32));
        }
        assert_eq!(table.find("b"), None);
        assert_eq!(table.get(4), None);
        assert_eq!(table.get(u32::MAX), None);
    }

    #[test]
    fn a_broken_table_is_read_without_panic() {
        let table = Table { text: "ü".to_owned(), ends: vec![1, 9, 0, u32::MAX] };
        assert!((0..6).all(|index| table.get(index).is_none()));
        assert_eq!(table.iter().count(), 4);
        assert_eq!(table.find("ü"), None);
    }
}
