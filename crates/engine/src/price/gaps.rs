//! Which models of history have no price, and what a price of them would have to cover.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use topside_model::{Billing, Bucket, ModelId, Part, Price, PriceGap, TimeZone, Uncovered};

use super::name::canonical;
use super::table::Prices;

/// A check of history for what has no price, in the making.
#[derive(Debug)]
pub struct PriceGapFold<'a> {
    prices: &'a Prices,
    billings: &'a [Billing],
    models: BTreeMap<Option<&'a ModelId>, Found>,
}

/// What was found of a model.
#[derive(Debug, Default)]
struct Found {
    /// All of its replies.
    replies: u64,
    gap: PriceGap,
}

/// What has no price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceGaps {
    /// How many models were looked at.
    pub models: u64,
    /// How many replies they made.
    pub replies: u64,
    /// Those with replies that have tokens and no price, most tokens first.
    pub gaps: Vec<PriceGap>,
}

impl<'a> PriceGapFold<'a> {
    /// A check by `prices` of replies under `billings`, none of which were added yet.
    pub fn new(prices: &'a Prices, billings: &'a [Billing]) -> Self {
        Self { prices, billings, models: BTreeMap::new() }
    }

    /// Adds a bucket, whose place is that of a billing given at first.
    pub fn add(&mut self, bucket: &Bucket) {
        let billing = &self.billings[bucket.billing];
        let found = self.models.entry(billing.model.as_ref()).or_default();
        found.replies += bucket.replies;
        let needs = &mut found.gap.needs;
        needs.parts.extend(Part::ALL.into_iter().filter(|part| part.count(&bucket.usage) > 0));
        needs.tiers.insert(billing.terms.tier);
        needs.regional |= billing.terms.regional;
        let price = self.prices.price(billing, bucket.start);
        if price.unwrap_or_default().cost(&bucket.usage).total().is_some() {
            return;
        }
        let gap = &mut found.gap;
        gap.replies += bucket.replies;
        gap.tokens += bucket.usage.total();
        let day = bucket.start.map(|start| TimeZone::UTC.to_datetime(start).date());
        gap.from = gap.from.into_iter().chain(day).min();
        match price {
            Some(price) => gap.uncovered.extend(missing(&price, bucket)),
            None => gap.uncovered.extend(self.prices.uncovered(billing, bucket)),
        }
    }

    /// What was found among everything that was added.
    pub fn gaps(self) -> PriceGaps {
        let (models, replies) = (self.models.len() as u64, self.models.values().map(|found| found.replies).sum());
        let prices = self.prices;
        let gap = |(model, Found { gap, .. }): (Option<&ModelId>, Found)| {
            let priced_otherwise = model.is_some() && prices.check(model).is_empty();
            let uncovered = if priced_otherwise { gap.uncovered } else { BTreeSet::new() };
            PriceGap { model: model.cloned(), priced_otherwise, uncovered, ..gap }
        };
        let mut gaps: Vec<PriceGap> =
            self.models.into_iter().filter(|(_, found)| found.gap.replies > 0).map(gap).collect();
        gaps.sort_by_key(|gap| Reverse(gap.tokens));
        PriceGaps { models, replies, gaps }
    }
}

/// Parts of `bucket` that this price of them does not cover.
fn missing(price: &Price, bucket: &Bucket) -> impl Iterator<Item = Uncovered> {
    let lacks = |part: &Part| part.count(&bucket.usage) > 0 && part.price(price).is_none();
    Part::ALL.into_iter().filter(lacks).map(Uncovered::Part)
}

impl Prices {
    /// Whether it is for its days or for its service that replies of a model have no price.
    fn uncovered(&self, billing: &Billing, bucket: &Bucket) -> Option<Uncovered> {
        let periods = self.models.get(&canonical(billing.model.as_ref()?.as_str()))?;
        let holds = bucket.start.map_or(periods.len() == 1, |at| periods.iter().any(|period| period.since <= at));
        Some(if holds { Uncovered::Services } else { Uncovered::Days })
    }
}

#[cfg(test)]
mod tests {
    use topside_model::{Terms, Tier, Timestamp, Tokens, Usage};

    use super::*;

    const OWN: &str = r#"{"prices": [
        {"models": ["m"], "from": "2026-02-01", "input": "1", "cache_read": "0.1", "output": "5"},
        {"models": ["whole"], "input": "1", "cache_read": "0.1", "output": "5"}
    ]}"#;

    fn billing(model: &str, tier: Tier) -> Billing {
        let model = (!model.is_empty()).then(|| ModelId::new(model));
        Billing { model, terms: Terms { tier, regional: false }, ..Billing::default() }
    }

    fn used(output: u64, cache_write_5m: u64, web_searches: u64) -> Usage {
        Usage { output: Tokens(output), cache_write_5m: Tokens(cache_write_5m), web_searches, ..Usage::default() }
    }

    /// What has no price among replies on these days.
    fn gaps(replies: &[(Billing, &str, Usage)]) -> PriceGaps {
        let prices = Prices::parse(OWN).expect("a table");
        let billings: Vec<Billing> = replies.iter().map(|(billing, ..)| billing.clone()).collect();
        let mut fold = PriceGapFold::new(&prices, &billings);
        for (billing, (_, day, usage)) in replies.iter().enumerate() {
            let start: Option<Timestamp> = format!("{day}T08:00:00Z").parse().ok();
            fold.add(&Bucket { session: 0, billing, start, span: None, usage: *usage, replies: 1, unsettled: 0 });
        }
        fold.gaps()
    }

    /// Checks what the table does not cover, from which day on, and which parts a price has to cover.
    #[track_caller]
    fn check(replies: &[(Billing, &str, Usage)], uncovered: &[Uncovered], from: Option<&str>, parts: &[Part]) {
        let gap = &gaps(replies).gaps[0];
        assert_eq!(gap.uncovered.iter().copied().collect::<Vec<_>>(), uncovered);
        assert_eq!(gap.from.map(|day| day.to_string()).as_deref(), from);
        assert_eq!(gap.needs.parts.iter().copied().collect::<Vec<_>>(), parts);
    }

    #[test]
    fn it_is_told_which_part_day_or_service_has_no_price() {
        let (usual, flex) = (billing("m", Tier::Standard), billing("m", Tier::Flex));
        let writes = [(usual.clone(), "2026-03-02", used(10, 7, 0)), (usual.clone(), "2026-02-02", used(10, 0, 0))];
        let write = Part::CacheWrite5m;
        check(&writes, &[Uncovered::Part(write)], Some("2026-03-02"), &[write, Part::Output]);
        let searches = [(usual.clone(), "2026-03-02", used(10, 7, 1))];
        let parts = [write, Part::Output, Part::WebSearches];
        check(&searches, &[Uncovered::Part(write), Uncovered::Part(Part::WebSearches)], Some("2026-03-02"), &parts);
        let early = [(usual.clone(), "2026-01-02", used(10, 0, 0))];
        check(&early, &[Uncovered::Days], Some("2026-01-02"), &[Part::Output]);
        check(&[(flex, "2026-03-02", used(10, 0, 0))], &[Uncovered::Services], Some("2026-03-02"), &[Part::Output]);
        let undated = [(billing("n", Tier::Standard), "", used(10, 0, 0))];
        check(&undated, &[], None, &[Part::Output]);
    }

    #[test]
    fn what_has_no_price_is_told_from_what_has_another() {
        let day = "2026-03-02";
        let replies = [
            (billing("m", Tier::Standard), day, used(1_000, 0, 0)),
            (billing("m", Tier::Flex), day, used(1_000, 0, 0)),
            (billing("nobody", Tier::Standard), day, used(1_000, 0, 0)),
            (billing("nobody", Tier::Flex), day, used(1_000, 0, 0)),
            (billing("", Tier::Standard), day, used(1_000, 0, 0)),
            (billing("whole", Tier::Standard), day, used(1_000, 0, 0)),
        ];
        let PriceGaps { models, replies, gaps } = gaps(&replies);
        assert_eq!((models, replies), (4, 6));
        let found: Vec<_> = gaps
            .iter()
            .map(|gap| (gap.model.as_ref().map(ModelId::as_str), gap.replies, gap.tokens.0, gap.priced_otherwise))
            .collect();
        assert_eq!(found, [(Some("nobody"), 2, 2_000, false), (None, 1, 1_000, false), (Some("m"), 1, 1_000, true)]);
        assert_eq!(gaps[2].needs.tiers.iter().copied().collect::<Vec<_>>(), [Tier::Standard, Tier::Flex]);
    }
}
