//! What replies cost, each price looked up once.

use std::fmt;

use foldhash::{HashMap, HashMapExt as _};
use topside_model::{Billing, Money, Price, Tally, Timestamp};

use super::calendar::start_of_day;
use super::lot::Lot;
use super::sums::Sum;

/// Price of replies of one billing at a time, the same all through a day of UTC; `None` where it is not known.
pub type PriceOf<'p> = dyn Fn(&Billing, Option<Timestamp>) -> Option<Price> + 'p;

/// Prices by place of the billing and by day, as days from 1970 to a day of UTC.
pub(super) struct Rates<'a> {
    price: &'a PriceOf<'a>,
    billings: &'a [Billing],
    known: HashMap<(u32, Option<i64>), u32>,
    /// Each price once: the same holds for months.
    different: Vec<Option<Price>>,
}

impl fmt::Debug for Rates<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rates").field("known", &self.known).finish_non_exhaustive()
    }
}

impl<'a> Rates<'a> {
    pub(super) fn new(price: &'a PriceOf<'a>, billings: &'a [Billing]) -> Self {
        Self { price, billings, known: HashMap::new(), different: Vec::new() }
    }

    /// What a sum of replies of one billing and one day cost; `None` where a price is missing.
    pub(super) fn cost(&mut self, billing: u32, day: Option<i64>, sum: &Sum) -> Option<Money> {
        let place = self.known.get(&(billing, day)).copied().unwrap_or_else(|| self.look_up(billing, day));
        // Nothing costs nothing, whoever made it and whatever its price.
        self.different[place as usize].unwrap_or_default().cost(&sum.usage).total()
    }

    /// The same sum with what it cost.
    pub(super) fn tally(&mut self, billing: u32, day: Option<i64>, sum: &Sum) -> Tally {
        let mut lot = Lot::default();
        lot.add(sum, self.cost(billing, day, sum));
        lot.tally(self.billings[billing as usize].model.as_ref())
    }

    /// Place of the price of that billing on that day.
    fn look_up(&mut self, billing: u32, day: Option<i64>) -> u32 {
        let price = (self.price)(&self.billings[billing as usize], day.map(start_of_day));
        let place = self.different.iter().position(|known| *known == price).unwrap_or_else(|| {
            self.different.push(price);
            self.different.len() - 1
        });
        self.known.insert((billing, day), place as u32);
        place as u32
    }
}
