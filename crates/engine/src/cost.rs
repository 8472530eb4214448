//! What the replies of one session cost.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::time::Duration;

use topside_model::{
    ModelId, Money, Origin, Price, ReportedCost, ReportedFor, SessionCost, Share, Terms, Timestamp, Tokens, Usage,
    elapsed,
};

use crate::bill::{Lots, Tariff};
use crate::price::Prices;

/// A reply that another session shows so much earlier was copied from there, with a time of its own.
const COPIED_AFTER: Duration = Duration::from_mins(1);
/// What a reply costs a session that did not pay for it.
const FREE: Price = Price {
    input: Some(Money(0)),
    cache_read: Some(Money(0)),
    cache_write_5m: Some(Money(0)),
    cache_write_1h: Some(Money(0)),
    output: Some(Money(0)),
    web_search: Some(Money(0)),
};
/// Minutes kept for the rate.
const RATE_MINUTES: u8 = 20;

/// Usage by reply. The counts of a reply only grow, so of several records the largest of each part is the truth,
/// whatever order they come in.
#[derive(Debug, Default)]
pub(crate) struct Cost {
    replies: BTreeMap<u64, Reply>,
    /// Always what the replies add up to: a session may have thousands, and is shown several times a second.
    sums: Sums,
    /// Tokens of the replies in `sums.own` by the minute of their first record.
    minutes: BTreeMap<i64, Tokens>,
    /// True once one of them was said to be a copy.
    copies: bool,
    latest: Option<Origin>,
    tariff: Tariff,
    /// The replies in `sums.own`, for their price.
    lots: Lots,
    /// True when they are others than when they were last priced.
    has_news: bool,
    /// Those of them with a figure of the agent's own.
    figured: Lots,
    /// What the agent says that single replies cost.
    figures: BTreeMap<u64, Money>,
    /// The reply that was weighed last.
    last_weighed: Option<u64>,
    /// True when one that was weighed would be weighed otherwise by now.
    is_stale: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Reply {
    usage: Usage,
    share: Share,
    settled: bool,
    /// True when another session paid for it.
    elsewhere: bool,
    /// Where its first record stands.
    first: Origin,
    /// When that was written: clocks run backwards, so this is not always its earliest time.
    at: Option<Timestamp>,
    /// Place of its model and terms, as that has them.
    service: u16,
    /// True once it was asked what it read of the context.
    weighed: bool,
}

/// A reply as the context it read is weighed by it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    pub(crate) usage: Usage,
    /// What its tokens cost the session; `None` where that is not known.
    pub(crate) price: Option<Price>,
}

/// Sums over the replies of a session.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub(crate) struct Sums {
    /// Replies the session paid for.
    pub(crate) own: Usage,
    /// Replies to helpers whose transcripts are not there.
    pub(crate) helpers: Usage,
    /// Replies it shows and another session paid for.
    pub(crate) inherited: Usage,
    /// How many are in `own`.
    pub(crate) replies: u64,
    /// How many of those in `own` and `helpers` were only counted while they were being written.
    pub(crate) unsettled: u64,
    /// What the agent says that those in `own` cost of which it says something.
    pub(crate) figured: Money,
    /// How many those are.
    pub(crate) figures: u64,
}

impl Sums {
    /// True when the session shows no replies but those it paid for.
    pub(crate) fn is_all(&self) -> bool {
        self.helpers == Usage::default() && self.inherited == Usage::default()
    }

    /// The sum a reply belongs to; none for a quotation of what another session paid for.
    fn part(&mut self, reply: &Reply) -> Option<&mut Usage> {
        match (reply.share, reply.elsewhere) {
            (Share::Own, false) => Some(&mut self.own),
            (Share::Quoted, false) => Some(&mut self.helpers),
            (Share::Own, true) | (Share::Copied, _) => Some(&mut self.inherited),
            (Share::Quoted, true) => None,
        }
    }
}

impl Reply {
    /// True for one that the session paid for itself.
    fn is_own(&self) -> bool {
        self.share == Share::Own && !self.elsewhere
    }

    /// What this and another record of the reply say together, in whatever order they come. A quotation says nothing beside
    /// a record of the reply itself.
    fn and(self, other: Self) -> Self {
        match self.share.outweighs(other.share) {
            Ordering::Less => return Self { elsewhere: self.elsewhere, weighed: self.weighed, ..other },
            Ordering::Greater => return self,
            Ordering::Equal => {}
        }
        let (first, later) = if other.first < self.first { (other, self) } else { (self, other) };
        Self {
            usage: self.usage.max(other.usage),
            share: self.share.stronger(other.share),
            settled: self.settled || other.settled,
            first: first.first,
            at: first.at.or(later.at),
            service: first.service,
            ..self
        }
    }

    /// True when it is paid for here and may have been larger than is known.
    fn is_floor(&self) -> bool {
        !self.settled && !self.elsewhere && self.share != Share::Copied
    }

    /// What its weight depends on and, with what it `wrote`, that of the next one; `None` where it read another context.
    fn weight(&self, wrote: bool) -> Option<(Usage, bool, Option<Timestamp>)> {
        let read = Usage { output: Tokens(0), reasoning: Tokens(0), web_searches: 0, ..self.usage };
        let usage = if wrote { self.usage } else { read };
        (self.share != Share::Quoted).then(|| (usage, self.is_own(), self.at))
    }
}

impl Cost {
    /// Takes a record of the reply that goes by `mark`.
    pub(crate) fn reply(
        &mut self,
        origin: Origin,
        at: Option<Timestamp>,
        mark: u64,
        usage: Usage,
        (share, settled): (Share, bool),
        (model, terms): (Option<ModelId>, Terms),
    ) {
        self.latest = self.latest.max(Some(origin));
        self.copies |= share == Share::Copied;
        let known = self.replies.get(&mark).copied();
        if let Some(known) = &known {
            self.take_out(mark, known);
        }
        let service = self.tariff.service(model, terms);
        let told = Reply { usage, share, settled, elsewhere: false, first: origin, at, service, weighed: false };
        self.put_in(mark, known.map_or(told, |known| known.and(told)));
    }

    fn take_out(&mut self, mark: u64, reply: &Reply) {
        if let Some(sum) = self.sums.part(reply) {
            *sum = sum.less(reply.usage);
        }
        self.sums.unsettled -= u64::from(reply.is_floor());
        if reply.is_own() {
            self.sums.replies -= 1;
            let lot = Tariff::lot(reply.service, &reply.usage, reply.at);
            self.lots.take_out(lot, reply.usage);
            self.has_news = true;
            if let Some(figure) = self.figures.get(&mark) {
                self.figured.take_out(lot, reply.usage);
                self.sums.figured = Money(self.sums.figured.0.saturating_sub(figure.0));
                self.sums.figures -= 1;
            }
            if let Some(tokens) = reply.at.and_then(|at| self.minutes.get_mut(&minute(at))) {
                *tokens = tokens.less(reply.usage.total());
            }
        }
    }

    fn put_in(&mut self, mark: u64, reply: Reply) {
        if let Some(sum) = self.sums.part(&reply) {
            *sum += reply.usage;
        }
        self.sums.unsettled += u64::from(reply.is_floor());
        if reply.is_own() {
            self.sums.replies += 1;
            let lot = Tariff::lot(reply.service, &reply.usage, reply.at);
            self.lots.add(lot, reply.usage);
            self.has_news = true;
            if let Some(figure) = self.figures.get(&mark) {
                self.figured.add(lot, reply.usage);
                self.sums.figured += *figure;
                self.sums.figures += 1;
            }
            if let Some(at) = reply.at {
                *self.minutes.entry(minute(at)).or_default() += reply.usage.total();
            }
        }
        if let Some(before) = self.replies.insert(mark, reply).filter(|before| before.weighed) {
            // What the last one wrote is asked for when the next one is weighed.
            let wrote = self.last_weighed != Some(mark);
            self.is_stale |= before.weight(wrote) != reply.weight(wrote);
        }
    }

    /// Changes what is known of a reply. True when that is news.
    fn change(&mut self, mark: u64, change: impl FnOnce(Reply) -> Reply) -> bool {
        let Some(before) = self.replies.get(&mark).copied() else { return false };
        let after = change(before);
        let is_news = after != before;
        if is_news {
            self.take_out(mark, &before);
            self.put_in(mark, after);
        }
        is_news
    }

    /// Takes what the agent says that a reply cost.
    pub(crate) fn figure(&mut self, mark: u64, money: Money) {
        let known = self.replies.get(&mark).copied();
        if let Some(known) = &known {
            self.take_out(mark, known);
        }
        self.figures.insert(mark, money);
        if let Some(known) = known {
            self.put_in(mark, known);
        }
    }

    /// True when replies were told since they were last priced.
    pub(crate) fn has_news(&self) -> bool {
        self.has_news
    }

    /// List price of the session's own replies.
    pub(crate) fn list(&mut self, prices: &Prices) -> SessionCost {
        self.has_news = false;
        self.lots.cost(&mut self.tariff, prices)
    }

    /// What the agent says that replies of the session's own cost, one by one; `None` where it says nothing.
    pub(crate) fn reported(&mut self, prices: &Prices) -> Option<ReportedCost> {
        let Sums { figured, figures, .. } = self.sums;
        let mut list = || {
            let cost = self.figured.cost(&mut self.tariff, prices).all.cost;
            cost.unpriced.is_empty().then_some(cost.money)
        };
        (figures > 0).then(|| ReportedCost { money: figured, covers: ReportedFor::Replies(figures), list: list() })
    }

    /// The reply of that mark as it read the context, once; `None` when it was weighed before, or read another context.
    pub(crate) fn weigh(&mut self, mark: u64, prices: &Prices) -> Option<Reading> {
        let reply = self.replies.get_mut(&mark).filter(|reply| !reply.weighed)?;
        reply.weighed = true;
        if reply.share == Share::Quoted {
            return None;
        }
        self.last_weighed = Some(mark);
        let price = if reply.is_own() {
            self.tariff.price(Tariff::lot(reply.service, &reply.usage, reply.at), prices)
        } else {
            Some(FREE)
        };
        Some(Reading { usage: reply.usage, price })
    }

    /// True when replies that were weighed are others by now; then all of them are to be weighed anew.
    pub(crate) fn starts_over(&mut self) -> bool {
        let starts_over = std::mem::take(&mut self.is_stale);
        if starts_over {
            self.last_weighed = None;
            self.replies.values_mut().for_each(|reply| reply.weighed = false);
        }
        starts_over
    }

    /// The time of a reply's record here, where it is a copy of one made at `first_at`.
    pub(crate) fn copied(&self, mark: u64, first_at: Option<Timestamp>) -> Option<Timestamp> {
        let at = self.replies.get(&mark)?.at?;
        (elapsed(first_at?, at) > COPIED_AFTER).then_some(at)
    }

    /// Says that a reply is known to be at least so large. True when that is news.
    pub(crate) fn raise(&mut self, mark: u64, usage: Usage) -> bool {
        self.change(mark, |reply| Reply { usage: reply.usage.max(usage), ..reply })
    }

    /// Says who pays for a reply that several sessions show. True when that is news.
    pub(crate) fn settle(&mut self, mark: u64, elsewhere: bool) -> bool {
        self.change(mark, |reply| Reply { elsewhere, ..reply })
    }

    /// A reply as it is known here: its size, how the session came by it, and when it was recorded.
    pub(crate) fn known(&self, mark: u64) -> Option<(Usage, Share, Option<Timestamp>)> {
        self.replies.get(&mark).map(|reply| (reply.usage, reply.share, reply.at))
    }

    /// Every reply shown here.
    pub(crate) fn marks(&self) -> impl Iterator<Item = u64> {
        self.replies.keys().copied()
    }

    pub(crate) fn sums(&self) -> &Sums {
        &self.sums
    }

    /// True when some of the replies say that another session asked for them.
    pub(crate) fn has_copies(&self) -> bool {
        self.copies
    }

    /// Replies shown here, whoever paid for them.
    pub(crate) fn replies(&self) -> u64 {
        self.replies.len() as u64
    }

    /// Where the latest reply was read.
    pub(crate) fn latest(&self) -> Option<Origin> {
        self.latest
    }

    /// Tokens in each of the last minutes, oldest first, the running one last.
    pub(crate) fn rate(&self, now: Timestamp) -> Vec<Tokens> {
        let last = minute(now);
        let minutes = (last - i64::from(RATE_MINUTES) + 1)..=last;
        minutes.map(|minute| self.minutes.get(&minute).copied().unwrap_or_default()).collect()
    }
}

/// The minute of a time, counted from 1970.
pub(crate) fn minute(at: Timestamp) -> i64 {
    at.as_second().div_euclid(60)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use topside_model::SourceId;

    use super::*;

    /// Something that becomes known of one of a few replies.
    #[derive(Debug, Clone)]
    enum Step {
        Reply(u64, Usage, Share, bool, Option<Timestamp>),
        Raise(u64, Usage),
        Settle(u64, bool),
    }

    fn step() -> impl Strategy<Value = Step> {
        let usage = (0..500_u64, 0..500_u64).prop_map(|(input, output)| Usage {
            input_uncached: Tokens(input),
            output: Tokens(output),
            ..Usage::default()
        });
        let share = prop_oneof![Just(Share::Own), Just(Share::Copied), Just(Share::Quoted)];
        let at = proptest::option::of((0..300_i64).prop_map(|second| Timestamp::from_second(second).expect("a time")));
        prop_oneof![
            (0..4_u64, usage.clone(), share, any::<bool>(), at)
                .prop_map(|(mark, usage, share, settled, at)| { Step::Reply(mark, usage, share, settled, at) }),
            (0..4_u64, usage).prop_map(|(mark, usage)| Step::Raise(mark, usage)),
            (0..4_u64, any::<bool>()).prop_map(|(mark, elsewhere)| Step::Settle(mark, elsewhere)),
        ]
    }

    #[test]
    fn the_first_record_in_the_file_tells_when_and_by_which_model_a_reply_was_made() {
        let second = |second| Timestamp::from_second(second).expect("a time");
        let records = [(10, 200, "first"), (20, 100, "later")];
        for order in [[0, 1], [1, 0]] {
            let mut cost = Cost::default();
            for (offset, at, model) in order.map(|place| records[place]) {
                let origin = Origin { rank: 0, source: SourceId(0), offset };
                let service = (Some(ModelId::new(model)), Terms::default());
                cost.reply(origin, Some(second(at)), 1, Usage::default(), (Share::Own, true), service);
            }
            assert_eq!(cost.known(1).and_then(|(_, _, at)| at), Some(second(200)));
            let first = cost.tariff.service(Some(ModelId::new("first")), Terms::default());
            assert_eq!(cost.replies[&1].service, first);
        }
    }

    proptest! {
        #[test]
        fn the_sums_are_always_what_the_replies_add_up_to(steps in proptest::collection::vec(step(), 0..40)) {
            let mut cost = Cost::default();
            for step in steps {
                match step {
                    Step::Reply(mark, usage, share, settled, at) => {
                        let origin = Origin { rank: 0, source: SourceId(0), offset: 0 };
                        let service = (Some(ModelId::new("claude-opus-5")), Terms::default());
                        cost.reply(origin, at, mark, usage, (share, settled), service);
                    }
                    Step::Raise(mark, usage) => _ = cost.raise(mark, usage),
                    Step::Settle(mark, elsewhere) => _ = cost.settle(mark, elsewhere),
                }
            }
            let mut counted = Cost::default();
            cost.replies.iter().for_each(|(mark, reply)| counted.put_in(*mark, *reply));
            prop_assert_eq!(cost.sums(), counted.sums());
            let now = Timestamp::from_second(300).expect("a time");
            prop_assert_eq!(cost.rate(now), counted.rate(now));
        }
    }
}
