//! The dated table: which price held for which model on which day.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use topside_model::{Billing, Date, ModelId, Price, PriceRow, Terms, Timestamp, Tokens};

use super::fault::PriceError;
use super::name::canonical;
use super::read::read;

/// List prices by model and day.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Prices {
    pub(super) models: BTreeMap<String, Periods>,
    pub(super) as_of: Option<Date>,
    pub(super) sources: Vec<String>,
}

/// What one model cost over time, in the order of time; at least one period, and no two that begin together.
pub(super) type Periods = Vec<Period>;

/// What a model cost from one day until the next period begins.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Period {
    /// Its first day; `None` for all the days before.
    pub(super) from: Option<Date>,
    /// The start of that day (UTC).
    pub(super) since: Timestamp,
    /// Its prices, ordered by terms and size.
    pub(super) offers: Vec<Offer>,
}

/// A price and when it applies.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Offer {
    pub(super) terms: Terms,
    /// Applies to requests with more input than that; one of [`SizeClass::STEPS`](topside_model::SizeClass::STEPS).
    pub(super) above: Option<Tokens>,
    pub(super) price: Price,
}

impl Prices {
    /// The prices this build knows, as JSON.
    pub const VENDORED: &str = include_str!("../../data/prices.json");

    /// The prices this build knows.
    pub fn vendored() -> Self {
        read(Self::VENDORED).expect("a test reads them")
    }

    /// Prices as JSON, in the form of `data/prices.json`.
    pub fn parse(text: &str) -> Result<Self, PriceError> {
        read(text)
    }

    /// These prices with `own` ones, which win: from the first day `own` has for a model, only they count for it.
    #[must_use]
    pub fn with(mut self, own: Self) -> Self {
        for (model, periods) in own.models {
            let known = self.models.entry(model).or_default();
            known.retain(|period| periods.first().is_some_and(|first| period.since < first.since));
            known.extend(periods);
        }
        self
    }

    /// What tokens cost that were billed so `at` that time. Where the time is not known, what they cost at all times.
    pub fn price(&self, billing: &Billing, at: Option<Timestamp>) -> Option<Price> {
        price(self.models.get(&canonical(billing.model.as_ref()?.as_str()))?, billing, at)
    }

    /// The same for many billings of few models: the name of each is made out once.
    pub fn quotes(&self) -> impl Fn(&Billing, Option<Timestamp>) -> Option<Price> {
        let known: RefCell<BTreeMap<ModelId, Option<&Periods>>> = RefCell::default();
        move |billing, at| {
            let model = billing.model.as_ref()?;
            let mut known = known.borrow_mut();
            let periods = match known.get(model) {
                Some(periods) => *periods,
                None => *known.entry(model.clone()).or_insert(self.models.get(&canonical(model.as_str()))),
            };
            price(periods?, billing, at)
        }
    }

    /// Every line: models by name, each by day, terms and size.
    pub fn rows(&self) -> impl Iterator<Item = PriceRow<'_>> {
        self.models.iter().flat_map(|(model, periods)| {
            periods.iter().flat_map(move |&Period { from, ref offers, .. }| {
                let row = move |&Offer { terms, above, price }: &Offer| PriceRow { model, from, terms, above, price };
                offers.iter().map(row)
            })
        })
    }

    /// The day on which the table was right.
    pub fn as_of(&self) -> Option<Date> {
        self.as_of
    }

    /// Where its prices come from, in words.
    pub fn sources(&self) -> &[String] {
        &self.sources
    }

    /// Those of `models` that the table has no price of on any day.
    pub fn check<'a>(&self, models: impl IntoIterator<Item = &'a ModelId>) -> BTreeSet<&'a ModelId> {
        let is_priced = |model: &ModelId| {
            let periods = self.models.get(&canonical(model.as_str())).into_iter().flatten();
            periods.flat_map(|period| &period.offers).any(|offer| offer.price != Price::default())
        };
        models.into_iter().filter(|model| !is_priced(model)).collect()
    }
}

/// What tokens of a model with these periods cost.
fn price(periods: &Periods, billing: &Billing, at: Option<Timestamp>) -> Option<Price> {
    if let Some(at) = at {
        return periods.iter().rfind(|period| period.since <= at)?.price(billing);
    }
    let mut prices = periods.iter().map(|period| period.price(billing));
    let price = prices.next()??;
    prices.all(|other| other == Some(price)).then_some(price)
}

impl Period {
    fn price(&self, billing: &Billing) -> Option<Price> {
        let applies =
            |offer: &&Offer| offer.terms == billing.terms && offer.above.is_none_or(|step| billing.size.exceeds(step));
        self.offers.iter().rfind(applies).map(|offer| offer.price)
    }
}
