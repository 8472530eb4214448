//! What a thread has cost, from two kinds of records that must never be added up together.
//!
//! `token_usage_record` (since about 0.150) names one reply and is counted by its id. `token_count` repeats a running
//! total, unchanged, whenever anything else changes; what counts there is how far each part moved.

use serde::{Deserialize, Serialize};

use super::count::RawUsage;

/// Turns running totals into what each reply added.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Meter {
    /// True once a reply was named: totals say nothing new from there on.
    named: bool,
    /// The total before; inherited history counts as "before".
    before: Option<RawUsage>,
    /// True when records are missing, or the file starts in the middle, as forks and reverts do: its first total includes
    /// replies that are not in it.
    excerpt: bool,
    /// True while there are records, and none of them introduced the file.
    headless: bool,
    next_ordinal: u64,
}

impl Meter {
    /// A record passed by, or a gap in their numbers did.
    pub(super) fn see(&mut self, ordinal: Option<u64>, has_meta: bool) {
        if self.before.is_none() {
            let gap = ordinal.is_some_and(|came| came > self.next_ordinal);
            (self.excerpt, self.headless) = (self.excerpt || gap, !has_meta);
        }
        self.next_ordinal = ordinal.map_or(self.next_ordinal, |ordinal| ordinal.saturating_add(1));
    }

    /// A reply was named by its own record.
    pub(super) fn named(&mut self) {
        self.named = true;
    }

    /// A total of inherited history.
    pub(super) fn inherit(&mut self, total: RawUsage) {
        self.before = Some(total);
    }

    /// What a reported total adds; `None` when nothing, or when replies are named.
    ///
    /// A part that shrank means the counter started afresh: then the reply itself counts where it fits into the new
    /// total, else the whole total. `total_tokens` is never compared: Codex sets it freely.
    pub(super) fn total(&mut self, total: RawUsage, reply: RawUsage) -> Option<RawUsage> {
        let excerpt = (self.excerpt || self.headless) && self.before.is_none();
        let before = self.before.replace(total).unwrap_or_default();
        if self.named {
            return None;
        }
        let added = if excerpt || !before.fits(total) {
            if excerpt || reply.fits(total) { reply } else { total }
        } else {
            total.zip(before, u64::saturating_sub)
        };
        (RawUsage { total: 0, ..added } != RawUsage::default()).then_some(added)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(input: u64, output: u64) -> RawUsage {
        RawUsage { input, output, total: input + output, ..RawUsage::default() }
    }

    /// Input and output.
    type Pair = (u64, u64);

    /// Feeds (total, reply) and compares what was counted.
    #[track_caller]
    fn check(meter: &mut Meter, counts: &[(Pair, Pair)], expected: Pair) {
        let mut sum = (0, 0);
        for ((input, output), (last_input, last_output)) in counts {
            if let Some(added) = meter.total(usage(*input, *output), usage(*last_input, *last_output)) {
                sum = (sum.0 + added.input, sum.1 + added.output);
            }
        }
        assert_eq!(sum, expected);
    }

    #[test]
    fn repeats_add_nothing() {
        let rows = [((10, 1), (10, 1)), ((10, 1), (10, 1)), ((25, 3), (15, 2)), ((25, 3), (15, 2))];
        check(&mut Meter::default(), &rows, (25, 3));
    }

    #[test]
    fn a_counter_that_started_afresh_counts_the_reply() {
        check(&mut Meter::default(), &[((100, 10), (100, 10)), ((30, 3), (20, 2))], (120, 12));
        check(&mut Meter::default(), &[((100, 10), (100, 10)), ((30, 3), (90, 2))], (130, 13));
    }

    #[test]
    fn inherited_totals_are_the_start_and_not_a_cost() {
        let mut meter = Meter::default();
        meter.inherit(usage(100, 10));
        check(&mut meter, &[((110, 11), (10, 1))], (10, 1));
    }

    #[test]
    fn named_replies_silence_totals_from_then_on() {
        let mut meter = Meter::default();
        check(&mut meter, &[((10, 1), (10, 1))], (10, 1));
        meter.named();
        check(&mut meter, &[((20, 2), (10, 1))], (0, 0));
    }

    #[test]
    fn an_excerpt_counts_only_the_reply_of_its_first_total() {
        let mut meter = Meter::default();
        meter.see(None, false);
        check(&mut meter, &[((1000, 100), (10, 1)), ((1020, 102), (20, 2))], (30, 3));
    }

    #[test]
    fn a_file_that_goes_on_from_another_counts_only_its_own_replies() {
        let mut meter = Meter::default();
        meter.see(Some(27), true);
        check(&mut meter, &[((1000, 100), (10, 1)), ((1020, 102), (20, 2))], (30, 3));
        let mut meter = Meter::default();
        meter.see(Some(u64::MAX), true);
        meter.see(Some(u64::MAX), true);
        check(&mut meter, &[((1000, 100), (10, 1))], (10, 1));
    }
}
