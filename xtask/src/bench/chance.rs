//! Numbers that look random and are the same every time (`SplitMix64`).

/// Where the numbers stand.
pub(super) struct Chance(u64);

impl Chance {
    /// Numbers of their own for each seed.
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Any number.
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    /// A number below `end`.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// A size between two, small ones more often.
    pub(super) fn size(&mut self, least: u64, most: u64) -> usize {
        let part = self.below(1000) * self.below(1000);
        (least + (most - least) * part / 1_000_000) as usize
    }
}
