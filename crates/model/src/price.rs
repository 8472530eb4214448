//! List prices: what tokens cost, and which models have no price.

use std::collections::BTreeSet;

use crate::bill::Part;
use crate::charge::{Money, Terms, Tier};
use crate::id::ModelId;
use crate::text::Untrusted;
use crate::unit::{Date, Timestamp, Tokens};
use crate::usage::Usage;

/// What one token of each part costs, and one search; `None` where the price is not known.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// Input read afresh.
    pub input: Option<Money>,
    /// Input read from the cache.
    pub cache_read: Option<Money>,
    /// Input written to the cache for a short while.
    pub cache_write_5m: Option<Money>,
    /// Input written to the cache for an hour.
    pub cache_write_1h: Option<Money>,
    /// Everything the model writes.
    pub output: Option<Money>,
    /// One web search.
    pub web_search: Option<Money>,
}

/// What usage costs, part by part; `None` for a part that was used and has no known price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CostByPart {
    /// Input read afresh.
    pub input: Option<Money>,
    /// Input read from the cache.
    pub cache_read: Option<Money>,
    /// Input written to the cache for a short while.
    pub cache_write_5m: Option<Money>,
    /// Input written to the cache for an hour.
    pub cache_write_1h: Option<Money>,
    /// Everything the model wrote.
    pub output: Option<Money>,
    /// Web searches.
    pub web_searches: Option<Money>,
}

impl Price {
    /// What `usage` costs. Requests in it must all be of the billing this is the price for.
    pub fn cost(&self, usage: &Usage) -> CostByPart {
        let tokens = |price, Tokens(count)| cost(price, count);
        CostByPart {
            input: tokens(self.input, usage.input_uncached),
            cache_read: tokens(self.cache_read, usage.cache_read),
            cache_write_5m: tokens(self.cache_write_5m, usage.cache_write_5m),
            cache_write_1h: tokens(self.cache_write_1h, usage.cache_write_1h),
            output: tokens(self.output, usage.output),
            web_searches: cost(self.web_search, usage.web_searches),
        }
    }
}

impl CostByPart {
    /// All of it; `None` when a part that was used has no known price.
    pub fn total(&self) -> Option<Money> {
        let parts =
            [self.input, self.cache_read, self.cache_write_5m, self.cache_write_1h, self.output, self.web_searches];
        parts.into_iter().try_fold(Money::default(), |sum, part| Some(sum + part?))
    }
}

/// Nothing costs nothing, whatever the price.
fn cost(price: Option<Money>, count: u64) -> Option<Money> {
    if count == 0 { Some(Money::default()) } else { price.map(|price| Money(price.0.saturating_mul(count.into()))) }
}

/// One line of a table of prices.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PriceRow<'a> {
    /// The model, by the name it is looked up by.
    pub model: &'a str,
    /// First day on which it applies; `None` for every day before the model's next one.
    pub from: Option<Date>,
    /// What has to be asked for.
    pub terms: Terms,
    /// Applies to requests with more input than that; `None` for those below the model's first step.
    pub above: Option<Tokens>,
    /// The price.
    pub price: Price,
}

/// The table that costs are worked out by.
#[derive(Debug, Clone, PartialEq)]
pub struct PriceTable<'a> {
    /// The day on which its prices were right.
    pub as_of: Option<Date>,
    /// Where they come from, in words.
    pub sources: &'a [String],
    /// The files of the user's own prices, which win; each before those in front of it.
    pub own: Vec<Untrusted>,
}

/// Lines of the table of prices.
#[derive(Debug, Clone, PartialEq)]
pub struct PriceList<'a> {
    /// When it was asked for.
    pub taken_at: Timestamp,
    /// Which table.
    pub table: PriceTable<'a>,
    /// Only models that have this in their names.
    pub model: Option<&'a str>,
    /// The lines: models by name, each by day, terms and size.
    pub rows: Vec<PriceRow<'a>>,
}

/// What becomes of the prices of models when the user's table is replaced.
#[derive(Debug, Clone, PartialEq)]
pub struct PriceUpdate {
    /// The table to be replaced, there or not.
    pub place: Untrusted,
    /// True when nothing is written.
    pub dry: bool,
    /// Models of the old table and of the new one, by name.
    pub changes: Vec<PriceChange>,
    /// Models that the new table could not take over, by the names they had.
    pub left_out: Vec<String>,
}

/// What becomes of the prices of one model.
#[derive(Debug, Clone, PartialEq)]
pub struct PriceChange {
    /// The model, by the name it is looked up by.
    pub model: String,
    /// True when some price of it is another one on some day.
    pub changed: bool,
    /// Its latest usual price before; `None` where it had none.
    pub before: Option<Price>,
    /// The same after.
    pub after: Option<Price>,
}

/// Which models of history have no price.
#[derive(Debug, Clone, PartialEq)]
pub struct PriceCheck<'a> {
    /// When it was asked for.
    pub taken_at: Timestamp,
    /// By which table.
    pub table: PriceTable<'a>,
    /// Only models that have this in their names.
    pub model: Option<&'a str>,
    /// How many models were looked at.
    pub models: u64,
    /// How many replies they made.
    pub replies: u64,
    /// Those with replies that have tokens and no price, most tokens first.
    pub gaps: Vec<PriceGap>,
}

/// A model with replies that have tokens and no price.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PriceGap {
    /// The model; `None` where no record tells it.
    pub model: Option<ModelId>,
    /// How many replies they are.
    pub replies: u64,
    /// Their tokens.
    pub tokens: Tokens,
    /// True when the table has a price of the model, but none for the days, the services or the parts of these replies.
    pub priced_otherwise: bool,
    /// What the table's prices of the model do not cover; nothing where it has none.
    pub uncovered: BTreeSet<Uncovered>,
    /// The first day (UTC) of these replies; `None` where no record tells it.
    pub from: Option<Date>,
    /// What a price of every reply of the model has to cover.
    pub needs: PriceNeeds,
}

/// What prices of a model do not cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Uncovered {
    /// Days.
    Days,
    /// Services.
    Services,
    /// A part of what was used.
    Part(Part),
}

/// What prices of a model have to cover.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PriceNeeds {
    /// The parts that replies have.
    pub parts: BTreeSet<Part>,
    /// The services they were asked for.
    pub tiers: BTreeSet<Tier>,
    /// True when some of them had to be made in one country.
    pub regional: bool,
}
