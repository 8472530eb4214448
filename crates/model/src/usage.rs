//! What model replies consumed.

use crate::unit::{Percent, Tokens};

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
    /// Web searches the vendor made for the reply and bills by number.
    pub web_searches: u64,
}

impl Usage {
    /// All input, cached or not.
    pub fn input(&self) -> Tokens {
        self.input_uncached + self.cache_read + self.cache_write_5m + self.cache_write_1h
    }

    /// Share of the input that was read from the cache; `None` without input.
    pub fn cached_share(&self) -> Option<Percent> {
        let input = self.input();
        (input > Tokens(0)).then(|| Percent(100.0 * self.cache_read.0 as f64 / input.0 as f64))
    }

    /// The larger of each part: what two counts of one reply, taken while it grew, say together.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self {
            input_uncached: self.input_uncached.max(other.input_uncached),
            cache_read: self.cache_read.max(other.cache_read),
            cache_write_5m: self.cache_write_5m.max(other.cache_write_5m),
            cache_write_1h: self.cache_write_1h.max(other.cache_write_1h),
            output: self.output.max(other.output),
            reasoning: self.reasoning.max(other.reasoning),
            web_searches: self.web_searches.max(other.web_searches),
        }
    }

    /// What is left of it without a part of it.
    #[must_use]
    pub fn less(self, part: Self) -> Self {
        Self {
            input_uncached: self.input_uncached.less(part.input_uncached),
            cache_read: self.cache_read.less(part.cache_read),
            cache_write_5m: self.cache_write_5m.less(part.cache_write_5m),
            cache_write_1h: self.cache_write_1h.less(part.cache_write_1h),
            output: self.output.less(part.output),
            reasoning: self.reasoning.less(part.reasoning),
            web_searches: self.web_searches.saturating_sub(part.web_searches),
        }
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
        self.web_searches = self.web_searches.saturating_add(other.web_searches);
    }
}
