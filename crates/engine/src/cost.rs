//! What the replies of one session cost in tokens.

use std::collections::BTreeMap;
use std::time::Duration;

use topside_model::{Origin, Share, Timestamp, Tokens, Usage, elapsed};

/// A reply that another session shows so much earlier was copied from there, with a time of its own.
const COPIED_AFTER: Duration = Duration::from_mins(1);
/// Minutes kept for the rate.
const RATE_MINUTES: u8 = 20;

/// Usage by reply. The counts of a reply only grow, so of several records the largest of each part is the truth,
/// whatever order they come in.
#[derive(Debug, Default)]
pub(crate) struct Cost {
    replies: BTreeMap<u64, Reply>,
    /// True once one of them was said to be a copy.
    copies: bool,
    latest: Option<Origin>,
}

#[derive(Debug, Clone, Copy)]
struct Reply {
    usage: Usage,
    share: Share,
    settled: bool,
    /// True when another session paid for it.
    elsewhere: bool,
    /// When its first record was written.
    at: Option<Timestamp>,
}

/// Sums over the replies of a session.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Sums {
    /// Replies the session paid for.
    pub(crate) own: Usage,
    /// Replies to helpers whose transcripts are not there.
    pub(crate) helpers: Usage,
    /// Replies it shows and another session paid for.
    pub(crate) inherited: Usage,
    /// How many are in `own`.
    pub(crate) replies: u64,
    /// True when some were only counted while they were being written.
    pub(crate) floor: bool,
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
    ) {
        self.latest = self.latest.max(Some(origin));
        self.copies |= share == Share::Copied;
        let fresh = Reply { usage: Usage::default(), share, settled, elsewhere: false, at };
        let reply = self.replies.entry(mark).or_insert(fresh);
        reply.share = stronger(reply.share, share);
        reply.settled |= settled;
        reply.at = [reply.at, at].into_iter().flatten().min();
        self.raise(mark, usage);
    }

    /// The time of a reply's record here, where it is a copy of one made at `first_at`.
    pub(crate) fn copied(&self, mark: u64, first_at: Option<Timestamp>) -> Option<Timestamp> {
        let at = self.replies.get(&mark)?.at?;
        (elapsed(first_at?, at) > COPIED_AFTER).then_some(at)
    }

    /// Says that a reply is known to be at least so large. True when that is news.
    pub(crate) fn raise(&mut self, mark: u64, usage: Usage) -> bool {
        let Some(reply) = self.replies.get_mut(&mark) else { return false };
        let before = reply.usage;
        reply.usage = before.max(usage);
        reply.usage != before
    }

    /// Says who pays for a reply that several sessions show. True when that is news.
    pub(crate) fn settle(&mut self, mark: u64, elsewhere: bool) -> bool {
        self.replies.get_mut(&mark).is_some_and(|reply| std::mem::replace(&mut reply.elsewhere, elsewhere) != elsewhere)
    }

    /// A reply as it is known here: its size, how the session came by it, and when it was recorded.
    pub(crate) fn known(&self, mark: u64) -> Option<(Usage, Share, Option<Timestamp>)> {
        self.replies.get(&mark).map(|reply| (reply.usage, reply.share, reply.at))
    }

    /// Every reply shown here.
    pub(crate) fn marks(&self) -> impl Iterator<Item = u64> {
        self.replies.keys().copied()
    }

    pub(crate) fn sums(&self) -> Sums {
        let mut sums = Sums::default();
        for reply in self.replies.values() {
            match reply.share {
                Share::Own if !reply.elsewhere => {
                    sums.own += reply.usage;
                    sums.replies += 1;
                    sums.floor |= !reply.settled;
                }
                Share::Quoted if !reply.elsewhere => {
                    sums.helpers += reply.usage;
                    sums.floor |= !reply.settled;
                }
                Share::Own | Share::Copied => sums.inherited += reply.usage,
                Share::Quoted => {}
            }
        }
        sums
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
        let first = minute(now) - i64::from(RATE_MINUTES) + 1;
        let mut minutes = vec![Tokens(0); usize::from(RATE_MINUTES)];
        for reply in self.replies.values().filter(|reply| reply.share == Share::Own && !reply.elsewhere) {
            let place = reply.at.and_then(|at| usize::try_from(minute(at) - first).ok());
            if let Some(tokens) = place.and_then(|place| minutes.get_mut(place)) {
                *tokens += reply.usage.total();
            }
        }
        minutes
    }
}

/// What two records of one reply say together: a copy stays one, and a transcript says more than a quotation.
fn stronger(one: Share, other: Share) -> Share {
    let strength = |share: &Share| match share {
        Share::Quoted => 0,
        Share::Own => 1,
        Share::Copied => 2,
    };
    if strength(&one) >= strength(&other) { one } else { other }
}

/// The minute of a time, counted from 1970.
pub(crate) fn minute(at: Timestamp) -> i64 {
    at.as_second().div_euclid(60)
}
