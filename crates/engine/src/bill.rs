//! List price of a session's replies.
//!
//! Replies that are priced alike are summed as they come, so that only a few sums are priced, and each price is looked up
//! once.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use topside_model::{
    Bill, Billing, Cost, ModelId, Money, Part, PartBill, Price, SessionCost, SizeClass, Terms, Timestamp, Usage,
};

use crate::price::Prices;
use crate::usage::{day_of, parts, start_of_day};

/// Replies that are priced alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Lot {
    /// Place of their model and terms.
    service: u16,
    size: SizeClass,
    /// The day of UTC, on which prices depend.
    day: Option<i64>,
    /// Which parts they have: with another choice of them a price may be missing.
    parts: u8,
}

/// Sums of replies that are priced alike.
#[derive(Debug, Default)]
pub(crate) struct Lots {
    sums: BTreeMap<Lot, Sum>,
}

#[derive(Debug, Default)]
struct Sum {
    usage: Usage,
    replies: u64,
}

/// The models and terms of a session's replies, and their prices as far as they were looked up.
#[derive(Debug, Default)]
pub(crate) struct Tariff {
    services: Vec<(Option<ModelId>, Terms)>,
    prices: BTreeMap<Lot, Option<Price>>,
}

impl Tariff {
    /// Place of a model and terms. A session has few of them.
    pub(crate) fn service(&mut self, model: Option<ModelId>, terms: Terms) -> u16 {
        let known = self.services.iter().position(|(known, of)| *known == model && *of == terms);
        let place = known.unwrap_or_else(|| {
            self.services.push((model, terms));
            self.services.len() - 1
        });
        u16::try_from(place).unwrap_or(u16::MAX)
    }

    /// The lot of a reply.
    pub(crate) fn lot(service: u16, usage: &Usage, at: Option<Timestamp>) -> Lot {
        Lot { service, size: SizeClass::of(usage.input()), day: at.map(day_of), parts: parts(usage) }
    }

    /// What the tokens of a lot cost.
    pub(crate) fn price(&mut self, lot: Lot, prices: &Prices) -> Option<Price> {
        let services = &self.services;
        *self.prices.entry(lot).or_insert_with(|| {
            let (model, terms) = services.get(usize::from(lot.service))?.clone();
            prices.price(&Billing { model, terms, size: lot.size }, lot.day.map(start_of_day))
        })
    }

    fn model(&self, lot: Lot) -> Option<ModelId> {
        self.services.get(usize::from(lot.service))?.0.clone()
    }
}

impl Lots {
    pub(crate) fn add(&mut self, lot: Lot, usage: Usage) {
        let sum = self.sums.entry(lot).or_default();
        sum.usage += usage;
        sum.replies += 1;
    }

    pub(crate) fn take_out(&mut self, lot: Lot, usage: Usage) {
        if let Some(sum) = self.sums.get_mut(&lot) {
            sum.usage = sum.usage.less(usage);
            sum.replies -= 1;
            if sum.replies == 0 {
                self.sums.remove(&lot);
            }
        }
    }

    /// What they cost.
    pub(crate) fn cost(&self, tariff: &mut Tariff, prices: &Prices) -> SessionCost {
        let mut cost = SessionCost::default();
        let mut models: BTreeMap<Option<ModelId>, Bill> = BTreeMap::new();
        for (lot, sum) in &self.sums {
            let model = tariff.model(*lot);
            let price = tariff.price(*lot, prices);
            add(&mut cost.all, sum, model.as_ref(), price.as_ref());
            add(models.entry(model.clone()).or_default(), sum, model.as_ref(), price.as_ref());
        }
        cost.models = models.into_iter().collect();
        cost.models.sort_by_key(|(_, bill)| Reverse((bill.cost.money, bill.cost.unpriced_tokens)));
        cost
    }
}

/// List price of replies, each with what it was billed by and when it came.
pub fn list_price<'a>(
    replies: impl IntoIterator<Item = (&'a Billing, Option<Timestamp>, Usage)>,
    prices: &Prices,
) -> SessionCost {
    let (mut lots, mut tariff) = (Lots::default(), Tariff::default());
    for (billing, at, usage) in replies {
        let service = tariff.service(billing.model.clone(), billing.terms);
        lots.add(Lot { size: billing.size, ..Tariff::lot(service, &usage, at) }, usage);
    }
    lots.cost(&mut tariff, prices)
}

/// Adds replies to a bill: where a part of them has no known price, none of theirs counts as priced, as in reports.
fn add(bill: &mut Bill, sum: &Sum, model: Option<&ModelId>, price: Option<&Price>) {
    if sum.usage == Usage::default() {
        return;
    }
    let price = price.filter(|price| price.cost(&sum.usage).total().is_some());
    for part in Part::ALL {
        add_part(bill, part, part.count(&sum.usage), price.and_then(|price| part.price(price)));
    }
    bill.cost += &match price.and_then(|price| price.cost(&sum.usage).total()) {
        Some(money) => Cost { money, ..Cost::default() },
        None => Cost {
            money: Money::default(),
            unpriced_replies: sum.replies,
            unpriced_tokens: sum.usage.total(),
            unpriced: BTreeSet::from([model.cloned()]),
        },
    };
}

fn add_part(bill: &mut Bill, part: Part, count: u64, each: Option<Money>) {
    if count == 0 {
        return;
    }
    let place = bill.parts.partition_point(|known| known.part < part);
    if bill.parts.get(place).is_none_or(|known| known.part != part) {
        let none = PartBill { part, count: 0, priced: 0, money: Money::default(), each: None };
        bill.parts.insert(place, none);
    }
    let sum = &mut bill.parts[place];
    sum.count += count;
    if let Some(each) = each {
        sum.priced += count;
        sum.money += Money(each.0.saturating_mul(count.into()));
        sum.each = Some(sum.each.map_or((each, each), |(least, most)| (least.min(each), most.max(each))));
    }
}
