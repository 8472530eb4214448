//! Sums priced and put into rows.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use topside_model::{Billing, Cost, ModelTally, Money, Spending, Tally, Timestamp, Usage, UsageReport, UsageRow};

use super::calendar::start_of_day;
use super::fold::{PriceOf, UsageFold};
use super::layout::Layout;
use super::sums::{Span, Sum, Sums, hull};

/// Replies of one row that are priced alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Lot {
    row: u32,
    billing: u32,
    day: Option<i64>,
    parts: u8,
}

/// The report on what `fold` was given.
pub(super) fn report(fold: &UsageFold<'_>, price: &PriceOf<'_>, now: Timestamp) -> UsageReport {
    let query = fold.calendar.query();
    let layout = Layout::new(fold, now);
    let drafts = drafts(fold, &layout, price);
    let mut rows = Vec::with_capacity(drafts.len());
    let mut total = Draft::default();
    let mut undated = Draft::default();
    for (key, draft) in layout.rows.into_iter().zip(drafts) {
        match key {
            None => undated.add(&draft),
            Some(key) => {
                total.add(&draft);
                rows.push(UsageRow { key, spending: draft.spending(fold) });
            }
        }
    }
    if !query.period.is_dated() {
        // A stable sort: those with as many tokens stay in the order of their keys.
        rows.sort_by_key(|row| Reverse(row.spending.tally.usage.total()));
    }
    let (total, undated) = (total.spending(fold), undated.spending(fold));
    UsageReport { taken_at: now, query: query.clone(), rows, total, undated }
}

/// What goes into each row of `layout`.
fn drafts(fold: &UsageFold<'_>, layout: &Layout, price: &PriceOf<'_>) -> Vec<Draft> {
    let mut lots: Sums<Lot> = Sums::default();
    for (cell, sum) in fold.cells.iter() {
        let moment = fold.calendar.moment(cell.moment);
        let row = layout.row(moment.part, cell.group);
        lots.add(Lot { row, billing: cell.billing, day: moment.day, parts: cell.parts }, sum);
    }
    let mut drafts: Vec<Draft> = layout.rows.iter().map(|_| Draft::default()).collect();
    for (lot, sum) in lots.iter() {
        let draft = &mut drafts[lot.row as usize];
        let tally = tally(sum, &fold.billings[lot.billing as usize], lot.day.map(start_of_day), price);
        *draft.models.entry(fold.models.place(lot.billing as usize)).or_default() += &tally;
        draft.span = hull(draft.span, sum.span);
    }
    for visit in fold.visits.keys() {
        drafts[layout.row(visit.part, visit.group) as usize].tops.push(visit.top);
    }
    drafts
}

/// A sum with its price.
pub(super) fn tally(sum: &Sum, billing: &Billing, at: Option<Timestamp>, price: &PriceOf<'_>) -> Tally {
    // Nothing costs nothing, whoever made it.
    let money = if sum.usage == Usage::default() { Some(Money::default()) } else { price(billing, at, &sum.usage) };
    let cost = match money {
        Some(money) => Cost { money, ..Cost::default() },
        None => Cost {
            money: Money::default(),
            unpriced_replies: sum.replies,
            unpriced_tokens: sum.usage.total(),
            unpriced: BTreeSet::from([billing.model.clone()]),
        },
    };
    Tally { usage: sum.usage, replies: sum.replies, unsettled: sum.unsettled, cost }
}

/// A row in the making.
#[derive(Debug, Default)]
struct Draft {
    /// By place of the model.
    models: BTreeMap<u32, Tally>,
    /// Places of the sessions that no known one started, some of them several times.
    tops: Vec<u32>,
    span: Span,
}

impl Draft {
    fn add(&mut self, other: &Self) {
        for (model, tally) in &other.models {
            *self.models.entry(*model).or_default() += tally;
        }
        self.tops.extend(&other.tops);
        self.span = hull(self.span, other.span);
    }

    fn spending(mut self, fold: &UsageFold<'_>) -> Spending {
        let mut whole = Tally::default();
        let mut models = Vec::with_capacity(self.models.len());
        for (model, tally) in self.models {
            whole += &tally;
            models.push(ModelTally { model: fold.models.model(model).cloned(), tally });
        }
        models.sort_by(|a, b| a.model.cmp(&b.model));
        models.sort_by_key(|model| Reverse(model.tally.usage.total()));
        self.tops.sort_unstable();
        self.tops.dedup();
        Spending { tally: whole, sessions: self.tops.len() as u64, span: self.span, models }
    }
}
