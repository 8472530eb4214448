//! What came into a session's context, and what it has cost since.
//!
//! Between two replies the context grows by what was put into it. How much of that each thing is follows from its size:
//! an estimate, as tokens differ in length. Every reply reads the whole context, partly from the cache; what a token costs
//! by being read is summed once for all (`Inventory::rate`), so that what anything has cost since it came in is a
//! difference of two sums, and a reply costs the same however much it reads.
//!
//! Who pays for a reply, and how large it was, may become known only when another session comes into sight or leaves it.
//! What was taken is kept in short, and gone through again then.
//!
//! **Invariant.** What is held is the input of the latest reply, and what everything has cost is what the input of all
//! replies has. Neither depends on when what is known was told, nor on when somebody looked.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use topside_model::{Added, Addition, Bytes, CallId, Growth, Money, Origin, Part, Price, Tokens, Untrusted, Usage};

use crate::cost::{Cost, Reading};
use crate::mark::mark;
use crate::price::Prices;

/// Steps that wait to be taken in order; when there are so many, they are taken with the next record.
const PENDING: usize = 1024;
/// Things kept one by one; when there are more, those with the fewest tokens are put together until `REMAIN` are left.
const KEPT: usize = 256;
const REMAIN: usize = 128;
/// Things shown one by one.
const SHOWN: usize = 40;
/// Calls without a result that are remembered.
const OPEN: usize = 64;

/// What a session's context holds and held, and how that came.
#[derive(Debug, Default)]
pub(crate) struct Inventory {
    pending: Vec<(Place, Step)>,
    /// Where the latest step stands that was told.
    newest: Option<Origin>,
    /// Where the latest step stands that was taken: a record that is read again adds nothing.
    taken: Option<Origin>,
    /// What calls without a result will put in.
    open: BTreeMap<CallId, Addition>,
    prompts: u64,
    things: Things,
    /// All that was taken: a few for each reply, and those are kept, too.
    deeds: Vec<Deed>,
    contents: Contents,
}

/// What a context holds and held.
#[derive(Debug, Default)]
struct Contents {
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

/// What a step did, in 16 bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Deed {
    /// The thing of that number came in, and its size in bytes, four thousand million at most.
    Came(u32, Option<u32>),
    /// The reply of that mark read it all.
    Read(u64),
    /// It was made anew.
    Emptied,
}

const _: () = assert!(size_of::<Deed>() == 16);

/// Names of what came in, by number. Things that were put together keep their numbers.
#[derive(Debug, Default)]
struct Things {
    names: Vec<Addition>,
    numbers: BTreeMap<Addition, u32>,
}

impl Things {
    fn number(&mut self, what: Addition) -> u32 {
        *self.numbers.entry(what).or_insert_with_key(|what| {
            self.names.push(what.clone());
            self.names.len() as u32 - 1
        })
    }

    fn name(&self, number: u32) -> &Addition {
        &self.names[number as usize]
    }

    /// Lets go of a name: what came in by it so far is part of the rest, also when that is gone through again.
    fn put_to_rest(&mut self, what: &Addition) {
        if let Some(number) = self.numbers.remove(what) {
            self.names[number as usize] = Addition::Rest;
        }
    }
}

/// Something that happened to the context.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// A call was made whose result will be this.
    Called(CallId, Addition),
    /// It has its result.
    Answered(CallId, Option<Bytes>),
    /// A person asked.
    Prompted(Option<Bytes>),
    /// The agent put something in.
    Noted(Option<Untrusted>, Option<Bytes>),
    /// The model read it all and replied.
    Read(u64),
    /// It was made anew.
    Compacted,
}

/// Where a step stands, and what tells it from others of its record.
type Place = (Origin, (u8, u64));

impl Step {
    /// Orders the steps of one record.
    fn key(&self) -> (u8, u64) {
        match self {
            Self::Called(call, _) => (0, mark(call)),
            Self::Answered(call, _) => (1, mark(call)),
            Self::Prompted(_) => (2, 0),
            Self::Noted(file, size) => (3, mark(&(file, size))),
            Self::Read(reply) => (4, *reply),
            Self::Compacted => (5, 0),
        }
    }
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

impl Inventory {
    /// Remembers a step until [`Inventory::take_in`].
    pub(crate) fn note(&mut self, origin: Origin, step: Step) {
        if self.taken.is_none_or(|taken| taken < origin) {
            self.newest = self.newest.max(Some(origin));
            self.pending.push(((origin, step.key()), step));
        }
    }

    /// True when so many steps wait that they are to be taken before the record at `origin`: not in the middle of one.
    pub(crate) fn is_laden(&self, origin: Origin) -> bool {
        self.pending.len() >= PENDING && self.newest < Some(origin)
    }

    /// Takes the steps that wait, in the order of their records. True when something else is to be shown.
    pub(crate) fn take_in(&mut self, cost: &mut Cost, prices: &Prices) -> bool {
        let mut changed = cost.starts_over();
        if changed {
            self.contents = Contents::default();
            for deed in &self.deeds {
                self.contents.take(*deed, &mut self.things, cost, prices);
            }
        }
        let mut steps = std::mem::take(&mut self.pending);
        steps.sort_by_key(|(place, _)| *place);
        steps.dedup_by_key(|(place, _)| *place);
        self.taken = self.newest;
        for (_, step) in steps {
            if let Some(deed) = self.deed(step) {
                self.contents.take(deed, &mut self.things, cost, prices);
                self.deeds.push(deed);
                changed |= !matches!(deed, Deed::Came(..));
            }
        }
        changed
    }

    /// What a step does; `None` for a call, and for another record of the reply before.
    fn deed(&mut self, step: Step) -> Option<Deed> {
        let (what, size) = match step {
            Step::Called(call, what) => {
                self.open.insert(call, what);
                if self.open.len() > OPEN {
                    self.open.pop_first();
                }
                return None;
            }
            Step::Answered(call, size) => (self.open.remove(&call).unwrap_or(Addition::Unknown), size),
            Step::Prompted(size) => {
                self.prompts += 1;
                (Addition::Prompt(self.prompts), size)
            }
            Step::Noted(file, size) => (file.map_or(Addition::Notes, Addition::File), size),
            Step::Read(reply) => return Some(Deed::Read(reply)).filter(|deed| self.deeds.last() != Some(deed)),
            Step::Compacted => return Some(Deed::Emptied),
        };
        let size = size.map(|Bytes(size)| u32::try_from(size).unwrap_or(u32::MAX));
        Some(Deed::Came(self.things.number(what), size))
    }

    /// What is known, dearest first.
    pub(crate) fn growth(&self) -> Growth {
        self.contents.growth()
    }
}

impl Contents {
    fn take(&mut self, deed: Deed, things: &mut Things, cost: &mut Cost, prices: &Prices) {
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
    fn growth(&self) -> Growth {
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

/// What a reply paid for reading one token of its context, in units of [`Money`].
#[derive(Debug, Default, Clone, Copy)]
struct Rates {
    /// One that the reply before read, too.
    old: f64,
    /// One that came in since.
    new: f64,
    is_priced: bool,
    is_floor: bool,
}

impl Rates {
    /// What was there before is what the cache holds; where the cache was missed, it is paid like what came in since: in
    /// proportion of the parts of the reply's other input.
    fn of(usage: &Usage, price: Option<&Price>, old: f64, new: f64) -> Self {
        let Some(price) = price else { return Self { is_floor: true, ..Self::default() } };
        let count = |part: Part| part.count(usage) as f64;
        let each = |part: Part| part.price(price).map_or(0.0, |money| money.0 as f64);
        let fresh = [Part::Input, Part::CacheWrite5m, Part::CacheWrite1h];
        let is_floor =
            fresh.iter().chain(&[Part::CacheRead]).any(|part| part.count(usage) > 0 && part.price(price).is_none());
        let fresh_tokens: f64 = fresh.into_iter().map(count).sum();
        let fresh_cost: f64 = fresh.into_iter().map(|part| count(part) * each(part)).sum();
        let fresh_each = if fresh_tokens > 0.0 { fresh_cost / fresh_tokens } else { 0.0 };
        let (read, read_each) = (count(Part::CacheRead), each(Part::CacheRead));
        let mixed = |read: f64, tokens: f64| {
            if tokens > 0.0 { (read * read_each + (tokens - read) * fresh_each) / tokens } else { 0.0 }
        };
        Self { old: mixed(read.min(old), old), new: mixed((read - old).max(0.0), new), is_priced: true, is_floor }
    }
}
