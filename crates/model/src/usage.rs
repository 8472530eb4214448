//! What model replies consumed.

use crate::unit::Tokens;

/// Tokens of one or many replies, in parts that do not overlap (`reasoning` alone is part of `output`).
///
/// Vendors differ: OpenAI's input includes cached tokens, Anthropic's does not. A collector converts once, on the way in.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Usage {
    /// Input read afresh.
    pub input_uncached: Tokens,
    /// Input read from the vendor's cache.
    pub cache_read: Tokens,
    /// Input written to the vendor's cache for a short while (Anthropic: 5 minutes; OpenAI does not say how long).
    pub cache_write_5m: Tokens,
    /// Input written to the vendor's cache for an hour.
    pub cache_write_1h: Tokens,
    /// Everything the model wrote, reasoning included.
    pub output: Tokens,
    /// The hidden part of `output`.
    pub reasoning: Tokens,
}

impl Usage {
    /// All input, cached or not.
    pub fn input(&self) -> Tokens {
        self.input_uncached + self.cache_read + self.cache_write_5m + self.cache_write_1h
    }

    /// All tokens.
    pub fn total(&self) -> Tokens {
        self.input() + self.output
    }
}

impl std::ops::AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.input_uncached += other.input_uncached;
        self.cache_read += other.cache_read;
        self.cache_write_5m += other.cache_write_5m;
        self.cache_write_1h += other.cache_write_1h;
        self.output += other.output;
        self.reasoning += other.reasoning;
    }
}
