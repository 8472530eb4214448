//! What replies cost, each price looked up once.

use std::collections::BTreeSet;
use std::fmt;

use foldhash::{HashMap, HashMapExt as _};
use topside_model::{Billing, Cost, Price, Tally, Timestamp};

use super::calendar::start_of_day;
use super::sums::Sum;

/// Price of replies of one billing at a time, the same all through a day of UTC; `None` where it is not known.
pub type PriceOf<'p> = dyn Fn(&Billing, Option<Timestamp>) -> Option<Price> + 'p;

/// Prices by place of the billing and by day, as days from 1970 to a day of UTC.
pub(super) struct Rates<'a> {
    price: &'a PriceOf<'a>,
    billings: &'a [Billing],
    known: HashMap<(u32, Option<i64>), Option<Price>>,
}

impl fmt::Debug for Rates<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rates").field("known", &self.known).finish_non_exhaustive()
    }
}

impl<'a> Rates<'a> {
    pub(super) fn new(price: &'a PriceOf<'a>, billings: &'a [Billing]) -> Self {
        Self { price, billings, known: HashMap::new() }
    }

    /// A sum of replies of one billing and one day, with what it cost.
    pub(super) fn tally(&mut self, billing: u32, day: Option<i64>, sum: &Sum) -> Tally {
        let (billings, price) = (self.billings, self.price);
        let look_up = || price(&billings[billing as usize], day.map(start_of_day));
        let price = *self.known.entry((billing, day)).or_insert_with(look_up);
        // Nothing costs nothing, whoever made it and whatever its price.
        let money = price.unwrap_or_default().cost(&sum.usage).total();
        let cost = money.map_or_else(
            || Cost {
                unpriced_replies: sum.replies,
                unpriced_tokens: sum.usage.total(),
                unpriced: BTreeSet::from([billings[billing as usize].model.clone()]),
                ..Cost::default()
            },
            |money| Cost { money, ..Cost::default() },
        );
        Tally { usage: sum.usage, replies: sum.replies, unsettled: sum.unsettled, cost }
    }
}
