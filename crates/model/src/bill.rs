//! What replies cost, part by part.

use crate::charge::Money;
use crate::id::ModelId;
use crate::price::Price;
use crate::spending::Cost;
use crate::unit::{Percent, Tokens};
use crate::usage::Usage;

/// What vendors charge for: parts of the tokens, and searches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Input read afresh.
    Input,
    /// Input read from the cache.
    CacheRead,
    /// Input written to the cache for a short while.
    CacheWrite5m,
    /// Input written to the cache for an hour.
    CacheWrite1h,
    /// Everything the model writes, reasoning included.
    Output,
    /// Web searches, by number.
    WebSearches,
}

impl Part {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Input, Self::CacheRead, Self::CacheWrite5m, Self::CacheWrite1h, Self::Output, Self::WebSearches];

    /// Its name in JSON.
    pub fn id(self) -> &'static str {
        match self {
            Self::Input => "input_uncached",
            Self::CacheRead => "cache_read",
            Self::CacheWrite5m => "cache_write_5m",
            Self::CacheWrite1h => "cache_write_1h",
            Self::Output => "output",
            Self::WebSearches => "web_searches",
        }
    }

    /// True for tokens, false for searches.
    pub fn is_tokens(self) -> bool {
        self != Self::WebSearches
    }

    /// How much of it there is in `usage`: tokens, or searches.
    pub fn count(self, usage: &Usage) -> u64 {
        match self {
            Self::Input => usage.input_uncached.0,
            Self::CacheRead => usage.cache_read.0,
            Self::CacheWrite5m => usage.cache_write_5m.0,
            Self::CacheWrite1h => usage.cache_write_1h.0,
            Self::Output => usage.output.0,
            Self::WebSearches => usage.web_searches,
        }
    }

    /// What one token of it costs, or one search; `None` where the price is not known.
    pub fn price(self, price: &Price) -> Option<Money> {
        match self {
            Self::Input => price.input,
            Self::CacheRead => price.cache_read,
            Self::CacheWrite5m => price.cache_write_5m,
            Self::CacheWrite1h => price.cache_write_1h,
            Self::Output => price.output,
            Self::WebSearches => price.web_search,
        }
    }
}

/// List price of a session's own replies: of all, and by model.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct SessionCost {
    /// All of them.
    pub all: Bill,
    /// The same by model, dearest first.
    pub models: Vec<(Option<ModelId>, Bill)>,
}

/// List price of some replies.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Bill {
    /// All of it; exactly what its parts add up to.
    pub cost: Cost,
    /// The parts that were used, in the order of [`Part::ALL`].
    pub parts: Vec<PartBill>,
}

impl Bill {
    /// All tokens of its parts.
    pub fn tokens(&self) -> Tokens {
        Tokens(self.parts.iter().filter(|part| part.part.is_tokens()).map(|part| part.count).sum())
    }
}

/// List price of one part of some replies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartBill {
    /// Which part.
    pub part: Part,
    /// Its tokens, or searches.
    pub count: u64,
    /// How many of them belong to replies with a known price.
    pub priced: u64,
    /// What those cost.
    pub money: Money,
    /// The least and the most that one of those cost; `None` where there are none.
    pub each: Option<(Money, Money)>,
}

/// What an agent itself says that its session cost. Never added up with list prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportedCost {
    /// The agent's figure.
    pub money: Money,
    /// What it covers.
    pub covers: ReportedFor,
    /// List price of the same replies; `None` where it is not known, or not sure which replies the figure covers.
    pub list: Option<Money>,
}

/// What an agent's own figure covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportedFor {
    /// So many replies, each with a figure of its own.
    Replies(u64),
    /// The session, those it started, and requests that stand in no transcript.
    Session {
        /// True when replies came after it was written.
        outdated: bool,
    },
}

impl ReportedCost {
    /// How far the agent's figure is above the list price, in percent of that; negative below it.
    pub fn difference(&self) -> Option<Percent> {
        let list = self.list.filter(|list| list.0 > 0)?.0 as f64;
        Some(Percent(100.0 * (self.money.0 as f64 - list) / list))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(agent: u128, list: Option<u128>, expected: Option<f64>) {
        let covers = ReportedFor::Replies(1);
        let reported = ReportedCost { money: Money(agent), covers, list: list.map(Money) };
        assert_eq!(reported.difference(), expected.map(Percent));
    }

    #[test]
    fn the_difference_is_a_share_of_the_list_price() {
        check(110, Some(100), Some(10.0));
        check(75, Some(100), Some(-25.0));
        check(100, Some(100), Some(0.0));
        check(100, Some(0), None);
        check(100, None, None);
    }
}
