//! Texts of policies, and the names that the host puts in.

use decide::world::{PodName, PodVolume};
use std::fmt::Write;

const TEXT_BYTES_MAX: usize = 256;

/// As much of a text as is taken.
pub(crate) fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(TEXT_BYTES_MAX)]
}

/// What may stand for the marks in a text.
#[derive(Default)]
pub(super) struct Names<'n> {
    pub node: Option<&'n str>,
    pub group: Option<&'n str>,
    pub pod: Option<PodName>,
    /// Of the pod.
    pub volumes: &'n [PodVolume],
}

impl Names<'_> {
    /// Puts the names in. What is no mark, or a mark that nothing stands for, stays as it is; what
    /// is put in is not looked at again.
    pub fn fill(&self, text: &str) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, from)) = rest.split_once('{') {
            filled.push_str(before);
            rest = from;
            let mark = from.split_once('}');
            match mark {
                Some((mark, after)) if self.put(mark, &mut filled) => rest = after,
                _ => filled.push('{'),
            }
        }
        filled.push_str(rest);
        filled
    }

    fn put(&self, mark: &str, to: &mut String) -> bool {
        match mark {
            "node" => self.node.map(|it| to.push_str(it)).is_some(),
            "group" => self.group.map(|it| to.push_str(it)).is_some(),
            "pod" => self.pod.as_ref().is_some_and(|it| write!(to, "{it}").is_ok()),
            _ => {
                let volume = mark.strip_prefix("volume:").and_then(|it| it.parse::<usize>().ok());
                let volume = volume.and_then(|it| self.volumes.get(it));
                volume.map(|it| to.push_str(&it.name)).is_some()
            }
        }
    }
}
