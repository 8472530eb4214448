//! What a context holds and held, by what put it there.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use topside_model::{Added, Addition, Growth, Money, Tokens, Usage};

use super::rates::Rates;
use super::{Deed, Things};
use crate::cost::{Cost, Reading};
use crate::price::Prices;

/// Things kept one by one; when there are more, those with the fewest tokens are put together until `REMAIN` are left.
const KEPT: usize = 256;
const REMAIN: usize = 128;
/// Things shown one by one.
const SHOWN: usize = 40;

/// What a context holds and held.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// What came in since the latest reply.
    arrived: Vec<(u32, Option<u32>)>,
    /// The latest reply and what it read; `None` before the first one, and after the context was made anew.
    latest: Option<(u64, Usage)>,
    /// What it has cost so far to read one token that was there from the beginning.
    rate: f64,
    holdings: BTreeMap<Addition, Holding>,
    is_priced: bool,
    is_floor: bool,
}

/// One thing, or one kind of things, in the context.
#[derive(Debug, Default, Clone, Copy)]
struct Holding {
    times: u64,
    /// Tokens it ever added.
    added: f64,
    /// Those that are still there.
    held: f64,
    /// What it has cost, in units of [`Money`], besides `held` times the rate.
    base: f64,
}

impl Holding {
    /// Tokens come in; the reply that read them first paid so much for each.
    fn put(&mut self, tokens: f64, each: f64, rate: f64) {
        self.added += tokens;
        self.held += tokens;
        self.base += tokens * (each - rate);
    }

    /// Tokens leave.
    fn take(&mut self, tokens: f64, rate: f64) {
        self.held -= tokens;
        self.base += tokens * rate;
    }

    fn cost(&self, rate: f64) -> f64 {
        self.base + self.held * rate
    }

    fn merge(&mut self, other: &Self) {
        self.times += other.times;
        self.added += other.added;
        self.held += other.held;
        self.base += other.base;
    }
}

impl Contents {
    pub(super) fn take(&mut self, deed: Deed, things: &mut Things, cost: &mut Cost, prices: &Prices) {
        match deed {
            Deed::Came(what, size) => self.arrived.push((what, size)),
            Deed::Read(reply) => match &mut self.latest {
                Some((latest, _)) if *latest == reply => {}
                latest => {
                    // Only now is it known how much the reply before wrote.
                    if let Some((latest, usage)) = latest {
                        *usage = cost.known(*latest).map_or(*usage, |(usage, ..)| usage);
                    }
                    if let Some(reading) = cost.weigh(reply, prices) {
                        self.read(reply, &reading, things);
                        self.bound(things);
                    }
                }
            },
            Deed::Emptied => self.empty(),
        }
    }

    /// The context is made anew: what was in it costs nothing any more.
    fn empty(&mut self) {
        let rate = self.rate;
        self.holdings.values_mut().for_each(|holding| holding.take(holding.held, rate));
        self.latest = None;
        self.arrived.clear();
    }

    /// The model reads the context.
    fn read(&mut self, reply: u64, Reading { usage, price }: &Reading, things: &Things) {
        let input = usage.input().0 as f64;
        let before = self.latest.map_or(0.0, |(_, usage)| usage.input().0 as f64);
        let grown = (input - before).max(0.0);
        self.shrink(before, input);
        let rates = Rates::of(usage, price.as_ref(), input - grown, grown);
        self.is_priced |= rates.is_priced;
        self.is_floor |= rates.is_floor;
        let written = self.latest.map(|(_, usage)| written(&usage, grown));
        let arrived = std::mem::take(&mut self.arrived);
        // What was held costs this reply, too; what comes in begins to cost after it.
        self.rate += rates.old;
        match written {
            None => {
                self.put(&Addition::Start, grown, rates.new);
            }
            Some(written) => {
                if written > 0.0 {
                    self.put(&Addition::Replies, written, rates.new);
                }
                self.divide(&arrived, things, grown - written, rates.new);
            }
        }
        self.latest = Some((reply, *usage));
    }

    /// Divides growth among what came in.
    fn divide(&mut self, arrived: &[(u32, Option<u32>)], things: &Things, tokens: f64, each: f64) {
        let is_one = arrived.iter().all(|(what, _)| *what == arrived[0].0);
        let all: Option<f64> = arrived.iter().map(|(_, size)| size.map(f64::from)).sum();
        let all = all.filter(|all| *all > 0.0);
        if arrived.is_empty() {
            if tokens > 0.0 {
                self.put(&Addition::Notes, tokens, each);
            }
        } else if is_one || all.is_some() {
            let count = arrived.len() as f64;
            for (what, size) in arrived {
                let share = size.zip(all).map_or(1.0 / count, |(size, all)| f64::from(size) / all);
                self.put(things.name(*what), tokens * share, each);
            }
        } else {
            self.put(&Addition::Unknown, tokens, each);
        }
    }

    fn put(&mut self, what: &Addition, tokens: f64, each: f64) {
        let rate = self.rate;
        let holding = self.holdings.entry(what.clone()).or_default();
        holding.times += 1;
        holding.put(tokens, each, rate);
    }

    /// Something left the context, and no record says what: first what the model wrote, such as its thoughts, then
    /// everything alike.
    fn shrink(&mut self, before: f64, input: f64) {
        let rate = self.rate;
        let mut gone = before - input;
        if gone <= 0.0 {
            return;
        }
        if let Some(replies) = self.holdings.get_mut(&Addition::Replies) {
            let thoughts = gone.min(replies.held);
            replies.take(thoughts, rate);
            gone -= thoughts;
        }
        let held: f64 = self.holdings.values().map(|holding| holding.held).sum();
        if gone > 0.0 && held > 0.0 {
            let share = (gone / held).min(1.0);
            self.holdings.values_mut().for_each(|holding| holding.take(holding.held * share, rate));
        }
    }

    /// Puts small things together where there are too many.
    fn bound(&mut self, things: &mut Things) {
        if self.holdings.len() <= KEPT {
            return;
        }
        let is_named = |what: &Addition| matches!(what, Addition::Prompt(_) | Addition::Tool(_) | Addition::File(_));
        let named = self.holdings.iter().filter(|(what, _)| is_named(what));
        let mut small: Vec<(Addition, f64)> = named.map(|(what, holding)| (what.clone(), holding.added)).collect();
        small.sort_by(|(_, one), (_, other)| one.total_cmp(other));
        small.truncate(self.holdings.len() - REMAIN);
        for (what, _) in small {
            if let Some(holding) = self.holdings.remove(&what) {
                self.holdings.entry(Addition::Rest).or_default().merge(&holding);
                things.put_to_rest(&what);
            }
        }
    }

    /// What is known, dearest first.
    pub(super) fn growth(&self) -> Growth {
        let mut holdings: Vec<(&Addition, Holding)> = self.holdings.iter().map(|(what, one)| (what, *one)).collect();
        let order = |holding: &Holding| (Reverse(whole(holding.cost(self.rate))), Reverse(whole(holding.added)));
        holdings.sort_by_key(|(_, holding)| order(holding));
        if holdings.len() > SHOWN {
            let is_rest = |what: &Addition| *what == Addition::Rest;
            let (mut shown, mut rest) = (Vec::with_capacity(SHOWN), Holding::default());
            for (what, holding) in holdings {
                if shown.len() + 1 < SHOWN && !is_rest(what) {
                    shown.push((what, holding));
                } else {
                    rest.merge(&holding);
                }
            }
            shown.push((&Addition::Rest, rest));
            holdings = shown;
        }
        let added = |(what, holding): (&Addition, Holding)| Added {
            what: what.clone(),
            times: holding.times,
            tokens: Tokens(u64::try_from(whole(holding.added)).unwrap_or(u64::MAX)),
            held: Tokens(u64::try_from(whole(holding.held)).unwrap_or(u64::MAX)),
            cost: self.is_priced.then(|| Money(whole(holding.cost(self.rate)))),
        };
        Growth { items: holdings.into_iter().map(added).collect(), cost_is_floor: self.is_floor }
    }
}

/// The nearest whole number; nothing is less than nothing but by rounding.
fn whole(number: f64) -> u128 {
    number.max(0.0).round() as u128
}

/// How much of what a reply wrote stayed in a context that grew so much since: all of it, or, where that is more, all but
/// its thoughts.
fn written(usage: &Usage, grown: f64) -> f64 {
    let (output, visible) = (usage.output.0 as f64, usage.output.less(usage.reasoning).0 as f64);
    if output <= grown { output } else { visible.min(grown) }
}
