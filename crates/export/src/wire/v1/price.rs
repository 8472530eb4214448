//! List prices, and which models have none.

use serde::Serialize;
use topside_model::{ModelId, Money, Price, PriceCheck, PriceGap, PriceList, PriceRow, PriceTable};

use super::document::Document;
use super::leaf::{exact, id};

/// List prices, whatever an account pays for its plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PriceListV1 {
    /// Which table.
    #[serde(flatten)]
    pub table: PriceTableV1,
    /// Only models that have this in their names.
    pub model: Option<String>,
    /// Its lines: models by name, each by day, service and size.
    pub prices: Vec<PriceRowV1>,
}

/// A table of prices.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PriceTableV1 {
    /// The day on which its prices were right, such as 2026-11-20.
    pub as_of: Option<String>,
    /// Where they come from, in words.
    pub sources: Vec<String>,
    /// The file of the user's own prices, which win; of several, the one that wins over the others.
    pub own: Option<String>,
    /// All such files, each before those in front of it.
    pub own_files: Vec<String>,
}

/// What a model costs for some requests, from some day on.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PriceRowV1 {
    /// The model, without a vendor in front and a date behind.
    pub model: String,
    /// First day (UTC) on which it applies, until the model's next one; `null` for all days before that.
    pub from: Option<String>,
    /// The service: standard, fast, priority, flex or batch.
    pub tier: &'static str,
    /// True for replies that had to be made in one country.
    pub regional: bool,
    /// Applies to requests with more input than so many tokens; `null` for those below the model's first step.
    pub above_input_tokens: Option<u64>,
    /// The prices of tokens, in millionths of a US dollar for a million of them.
    pub micro_usd_per_million_tokens: PartPricesV1,
    /// The price of a web search, in millionths of a US dollar, rounded half up; `null` where it is not known.
    pub web_search_micro_usd: Option<u64>,
}

/// Prices by the part of usage that they are for; `null` where one is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PartPricesV1 {
    /// Input read afresh.
    pub input_uncached: Option<u64>,
    /// Input read from the vendor's cache.
    pub cache_read: Option<u64>,
    /// Input written to the vendor's cache for a short while.
    pub cache_write_5m: Option<u64>,
    /// Input written to the vendor's cache for an hour.
    pub cache_write_1h: Option<u64>,
    /// Everything the model writes, reasoning included.
    pub output: Option<u64>,
}

/// Which models of history have no price.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PriceCheckV1 {
    /// Which table.
    #[serde(flatten)]
    pub table: PriceTableV1,
    /// Only models that have this in their names.
    pub model: Option<String>,
    /// How many models were looked at.
    pub models: u64,
    /// How many replies they made.
    pub responses: u64,
    /// Those with replies that have tokens and no known price, most tokens first.
    pub unpriced: Vec<PriceGapV1>,
}

/// A model with replies that have tokens and no known price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PriceGapV1 {
    /// The model; `null` where no record names it.
    pub model: Option<String>,
    /// How many replies they are.
    pub responses: u64,
    /// Their tokens.
    pub tokens: u64,
    /// True when the table has a price of the model, but none for the days, the services or the parts of these replies.
    pub priced_otherwise: bool,
}

impl From<&PriceTable<'_>> for PriceTableV1 {
    fn from(table: &PriceTable<'_>) -> Self {
        Self {
            as_of: table.as_of.map(|day| day.to_string()),
            sources: table.sources.iter().map(|source| id(source)).collect(),
            own: exact(table.own.last()),
            own_files: table.own.iter().filter_map(|file| exact(Some(file))).collect(),
        }
    }
}

impl From<&PriceRow<'_>> for PriceRowV1 {
    fn from(row: &PriceRow<'_>) -> Self {
        Self {
            model: id(row.model),
            from: row.from.map(|day| day.to_string()),
            tier: row.terms.tier.id(),
            regional: row.terms.regional,
            above_input_tokens: row.above.map(|step| step.0),
            micro_usd_per_million_tokens: PartPricesV1::from(&row.price),
            web_search_micro_usd: row.price.web_search.map(Money::as_micros),
        }
    }
}

impl From<&Price> for PartPricesV1 {
    fn from(price: &Price) -> Self {
        // A unit of money for a token is a millionth of a dollar for a million of them.
        let per_million = |Money(units): Money| u64::try_from(units).unwrap_or(u64::MAX);
        Self {
            input_uncached: price.input.map(per_million),
            cache_read: price.cache_read.map(per_million),
            cache_write_5m: price.cache_write_5m.map(per_million),
            cache_write_1h: price.cache_write_1h.map(per_million),
            output: price.output.map(per_million),
        }
    }
}

impl From<&PriceGap> for PriceGapV1 {
    fn from(gap: &PriceGap) -> Self {
        Self {
            model: gap.model.as_ref().map(ModelId::as_str).map(id),
            responses: gap.replies,
            tokens: gap.tokens.0,
            priced_otherwise: gap.priced_otherwise,
        }
    }
}

/// Lines of the table of prices.
pub fn prices(list: &PriceList<'_>) -> Document<PriceListV1> {
    let body = PriceListV1 {
        table: PriceTableV1::from(&list.table),
        model: list.model.map(id),
        prices: list.rows.iter().map(PriceRowV1::from).collect(),
    };
    Document::at("topside.prices", list.taken_at, body)
}

/// The models of history that have no price.
pub fn price_check(check: &PriceCheck<'_>) -> Document<PriceCheckV1> {
    let body = PriceCheckV1 {
        table: PriceTableV1::from(&check.table),
        model: check.model.map(id),
        models: check.models,
        responses: check.replies,
        unpriced: check.gaps.iter().map(PriceGapV1::from).collect(),
    };
    Document::at("topside.price_check", check.taken_at, body)
}
