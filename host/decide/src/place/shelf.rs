//! Nodes in the order in which they are tried, with bounds that let whole stretches be passed
//! over: a sorted list cut into short blocks, each of which knows the most that any of its nodes
//! has free.

/// How many nodes a block may hold before it is cut in two. A scan of this many is cheaper than a
/// step of any tree; what would change it is a much wider entry.
const BLOCK_MAX: usize = 64;

/// Lower is tried first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// 0: nodes that stay; 1: candidates not judged yet.
    pub tier: u8,
    pub order: u64,
    pub site: u32,
}

/// What is left on a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Free {
    pub cpu: i64,
    pub memory: i64,
    pub pods: i64,
}

impl Free {
    const NONE: Free = Free { cpu: i64::MIN, memory: i64::MIN, pods: i64::MIN };

    fn raise(&mut self, other: Free) {
        self.cpu = self.cpu.max(other.cpu);
        self.memory = self.memory.max(other.memory);
        self.pods = self.pods.max(other.pods);
    }

    /// Whether a pod that needs this much could be among what is left. 0 is always there.
    #[must_use]
    pub fn holds(&self, cpu: i64, memory: i64) -> bool {
        (cpu == 0 || cpu <= self.cpu) && (memory == 0 || memory <= self.memory) && self.pods >= 1
    }
}

#[derive(Debug, Default)]
pub struct Shelf {
    blocks: Vec<Block>,
    /// Where each site stands, if it does.
    keys: Vec<Option<Key>>,
}

#[derive(Debug)]
pub struct Block {
    entries: Vec<(Key, Free)>,
    most: Free,
}

impl Block {
    fn of(entries: Vec<(Key, Free)>) -> Block {
        let mut block = Block { entries, most: Free::NONE };
        block.measure();
        block
    }

    /// The most that any of its sites has left, resource by resource.
    pub fn most(&self) -> Free {
        self.most
    }

    pub fn sites(&self) -> impl Iterator<Item = u32> + '_ {
        self.entries.iter().map(|it| it.0.site)
    }

    fn measure(&mut self) {
        self.most = Free::NONE;
        for (_, free) in &self.entries {
            self.most.raise(*free);
        }
    }
}

impl Shelf {
    #[must_use]
    pub fn of(mut entries: Vec<(Key, Free)>, sites: usize) -> Shelf {
        entries.sort_unstable_by_key(|it| it.0);
        let mut keys = vec![None; sites];
        for (key, _) in &entries {
            keys[key.site as usize] = Some(*key);
        }
        let blocks = entries.chunks(BLOCK_MAX / 2).map(|it| Block::of(it.to_vec())).collect();
        Shelf { blocks, keys }
    }

    pub fn key(&self, site: u32) -> Option<Key> {
        self.keys.get(site as usize).copied().flatten()
    }

    pub fn insert(&mut self, key: Key, free: Free) {
        if self.keys.len() <= key.site as usize {
            self.keys.resize(key.site as usize + 1, None);
        }
        debug_assert!(self.keys[key.site as usize].is_none(), "a site stands in one place");
        self.keys[key.site as usize] = Some(key);
        if self.blocks.is_empty() {
            self.blocks.push(Block::of(vec![(key, free)]));
            return;
        }
        let at = self.block_of(key);
        let block = &mut self.blocks[at];
        let slot = block.entries.partition_point(|it| it.0 < key);
        block.entries.insert(slot, (key, free));
        block.most.raise(free);
        if block.entries.len() > BLOCK_MAX {
            let tail = block.entries.split_off(BLOCK_MAX / 2);
            block.measure();
            self.blocks.insert(at + 1, Block::of(tail));
        }
    }

    pub fn remove(&mut self, site: u32) {
        let Some(key) = self.keys.get_mut(site as usize).and_then(Option::take) else { return };
        let at = self.block_of(key);
        let block = &mut self.blocks[at];
        let slot = block.entries.partition_point(|it| it.0 < key);
        debug_assert_eq!(block.entries[slot].0, key);
        block.entries.remove(slot);
        if block.entries.is_empty() {
            self.blocks.remove(at);
        } else {
            block.measure();
        }
    }

    /// What is left on a site has changed, and perhaps its place in the order.
    pub fn update(&mut self, key: Key, free: Free) {
        let Some(old) = self.key(key.site) else { return };
        if old != key {
            self.remove(key.site);
            self.insert(key, free);
            return;
        }
        let at = self.block_of(key);
        let block = &mut self.blocks[at];
        let slot = block.entries.partition_point(|it| it.0 < key);
        let before = std::mem::replace(&mut block.entries[slot].1, free);
        let most = block.most;
        let shrank = free.cpu < before.cpu || free.memory < before.memory || free.pods < before.pods;
        let led = before.cpu == most.cpu || before.memory == most.memory || before.pods == most.pods;
        if shrank && led {
            block.measure();
        } else {
            block.most.raise(free);
        }
    }

    /// The first site, in order, that has enough left and that `accepts` takes.
    pub fn first(&self, cpu: i64, memory: i64, mut accepts: impl FnMut(u32) -> bool) -> Option<u32> {
        self.blocks.iter().filter(|it| it.most.holds(cpu, memory)).find_map(|block| {
            let roomy = block.entries.iter().filter(|it| it.1.holds(cpu, memory));
            roomy.map(|it| it.0.site).find(|it| accepts(*it))
        })
    }

    /// The stretches of the order.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    fn block_of(&self, key: Key) -> usize {
        self.blocks.partition_point(|it| it.entries[0].0 <= key).saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against a plain sorted list, over a long run of random changes.
    #[test]
    fn is_a_sorted_list() {
        let mut state = 7u64;
        let mut random = move |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        let mut shelf = Shelf::of(Vec::new(), 0);
        let mut plain: Vec<(Key, Free)> = Vec::new();
        for _ in 0..20_000 {
            let site = random(500) as u32;
            let free = Free { cpu: random(50) as i64, memory: random(50) as i64, pods: random(3) as i64 };
            let key = Key { tier: random(2) as u8, order: random(20), site };
            match (plain.iter().position(|it| it.0.site == site), random(3)) {
                (None, _) => {
                    plain.push((key, free));
                    shelf.insert(key, free);
                }
                (Some(at), 0) => {
                    plain.remove(at);
                    shelf.remove(site);
                }
                (Some(at), 1) => {
                    plain[at] = (key, free);
                    shelf.update(key, free);
                }
                (Some(at), _) => {
                    plain[at].1 = free;
                    shelf.update(plain[at].0, free);
                }
            }
            plain.sort_by_key(|it| it.0);
            let (cpu, memory) = (random(50) as i64, random(50) as i64);
            let odd = |site: u32| site % 2 == 1;
            let expect =
                plain.iter().find(|it| it.1.holds(cpu, memory) && odd(it.0.site)).map(|it| it.0.site);
            assert_eq!(shelf.first(cpu, memory, odd), expect);
        }
        assert!(plain.iter().map(|it| it.0.site).eq(shelf.blocks().iter().flat_map(Block::sites)));
    }
}
