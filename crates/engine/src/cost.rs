//! What the replies of one session cost in tokens.

use std::collections::BTreeMap;

use topside_model::{Origin, ResponseId, Timestamp, Tokens, Usage};

/// Minutes kept for the rate.
const RATE_MINUTES: u8 = 20;

/// Usage by reply. A reply that is reported again replaces what was known of it.
#[derive(Debug, Default)]
pub(crate) struct Cost {
    replies: BTreeMap<ResponseId, Usage>,
    total: Usage,
    latest: Option<Origin>,
    /// Tokens by minute since 1970, the latest few.
    minutes: BTreeMap<i64, u64>,
}

impl Cost {
    pub(crate) fn reply(&mut self, origin: Origin, at: Option<Timestamp>, id: ResponseId, usage: Usage) {
        self.latest = self.latest.max(Some(origin));
        let before = self.replies.insert(id, usage);
        if before == Some(usage) {
            return;
        }
        self.total = before.map_or(self.total, |before| less(self.total, before));
        self.total += usage;
        if let Some(at) = at {
            let added = usage.total().less(before.unwrap_or_default().total());
            *self.minutes.entry(minute(at)).or_default() += added.0;
            while self.minutes.len() > usize::from(RATE_MINUTES) {
                self.minutes.pop_first();
            }
        }
    }

    pub(crate) fn total(&self) -> Usage {
        self.total
    }

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
        let first = last - i64::from(RATE_MINUTES) + 1;
        (first..=last).map(|minute| Tokens(self.minutes.get(&minute).copied().unwrap_or(0))).collect()
    }
}

/// The minute of a time, counted from 1970.
pub(crate) fn minute(at: Timestamp) -> i64 {
    at.as_second().div_euclid(60)
}

fn less(total: Usage, part: Usage) -> Usage {
    Usage {
        input_uncached: total.input_uncached.less(part.input_uncached),
        cache_read: total.cache_read.less(part.cache_read),
        cache_write_5m: total.cache_write_5m.less(part.cache_write_5m),
        cache_write_1h: total.cache_write_1h.less(part.cache_write_1h),
        output: total.output.less(part.output),
        reasoning: total.reasoning.less(part.reasoning),
    }
}
