//! What the replies of one session cost in tokens.

use std::collections::BTreeMap;

use topside_model::{Origin, ResponseId, Timestamp, Tokens, Usage};

/// Minutes kept for the rate.
const RATE_MINUTES: u8 = 20;

/// Usage by reply. Of a reply that is reported again, the later record is the truth.
#[derive(Debug, Default)]
pub(crate) struct Cost {
    replies: BTreeMap<ResponseId, Reply>,
    total: Usage,
    latest: Option<Origin>,
    /// Tokens by minute since 1970, the latest few.
    minutes: BTreeMap<i64, u64>,
}

#[derive(Debug, Clone, Copy)]
struct Reply {
    origin: Origin,
    minute: Option<i64>,
    usage: Usage,
}

impl Cost {
    pub(crate) fn reply(&mut self, origin: Origin, at: Option<Timestamp>, id: ResponseId, usage: Usage) {
        let known = self.replies.get(&id);
        if known.is_some_and(|known| origin <= known.origin) {
            return;
        }
        if let Some(known) = known {
            self.total = less(self.total, known.usage);
            if let Some(tokens) = known.minute.and_then(|minute| self.minutes.get_mut(&minute)) {
                *tokens = tokens.saturating_sub(known.usage.total().0);
            }
        }
        let minute = at.map(minute);
        self.total += usage;
        self.latest = self.latest.max(Some(origin));
        self.replies.insert(id, Reply { origin, minute, usage });
        if let Some(minute) = minute {
            *self.minutes.entry(minute).or_default() += usage.total().0;
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
