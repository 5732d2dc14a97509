//! Chance, from a seed.

#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    #[must_use]
    pub fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5851_F42D_4C95_7F2D)
    }

    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        it ^ (it >> 31)
    }

    /// 0 to this, both included.
    pub fn upto(&mut self, max: u32) -> u32 {
        (self.roll() % (u64::from(max) + 1)) as u32
    }

    pub fn between(&mut self, min: u32, max: u32) -> i64 {
        i64::from(min + self.upto(max - min))
    }

    pub fn percent(&mut self, share: u32) -> bool {
        share > 0 && self.upto(99) < share
    }
}
