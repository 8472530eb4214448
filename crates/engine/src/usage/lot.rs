//! What replies of one model used and cost.

use std::collections::BTreeSet;
use std::ops::AddAssign;

use topside_model::{Cost, ModelId, Money, Tally, Tokens};

use super::sums::{Span, Sum};

/// What some replies of one model used and cost, and when. Smaller than a [`Tally`], which names models: a report of
/// blocks or sessions has a hundred thousand of them in memory.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Lot {
    sum: Sum,
    /// What those with a known price cost.
    money: Money,
    /// How many others there are, and their tokens.
    unpriced: (u64, Tokens),
}

impl Lot {
    /// Adds replies, and what they cost where that is known.
    pub(super) fn add(&mut self, sum: &Sum, cost: Option<Money>) {
        let unpriced = if cost.is_none() { (sum.replies, sum.usage.total()) } else { Default::default() };
        *self += &Self { sum: *sum, money: cost.unwrap_or_default(), unpriced };
    }

    /// Times of the first and the last.
    pub(super) fn span(&self) -> Span {
        self.sum.span
    }

    /// The same, told of a model.
    pub(super) fn tally(&self, model: Option<&ModelId>) -> Tally {
        let (unpriced_replies, unpriced_tokens) = self.unpriced;
        let is_unpriced = unpriced_replies > 0 || unpriced_tokens > Tokens(0);
        let unpriced = is_unpriced.then(|| model.cloned()).into_iter().collect::<BTreeSet<_>>();
        let cost = Cost { money: self.money, unpriced_replies, unpriced_tokens, unpriced };
        let Sum { usage, replies, unsettled, .. } = self.sum;
        Tally { usage, replies, unsettled, cost }
    }
}

impl AddAssign<&Lot> for Lot {
    fn add_assign(&mut self, more: &Lot) {
        self.sum += &more.sum;
        self.money += more.money;
        self.unpriced.0 += more.unpriced.0;
        self.unpriced.1 += more.unpriced.1;
    }
}
