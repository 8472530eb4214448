//! A model reply as the database holds it.

use std::cmp::Ordering;

use topside_model::{Charge, Share, Timestamp, Tokens, Usage};

use crate::pack::{Cut, Numbers, Packing};

/// Another leaf may show the reply.
const SHARED: u8 = 1;
/// The reply was counted when it was done.
const SETTLED: u8 = 2;
/// Another leaf pays for it.
const ELSEWHERE: u8 = 4;
/// The leaf's session says that another one asked for it.
const COPIED: u8 = 8;
/// It was quoted from a helper's transcript.
const QUOTED: u8 = 16;

/// A reply of some leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) key: i64,
    pub(crate) shared: bool,
    pub(crate) settled: bool,
    pub(crate) elsewhere: bool,
    pub(crate) share: Share,
    /// Milliseconds since 1970.
    pub(crate) at: Option<i64>,
    pub(crate) billing: u32,
    pub(crate) usage: Usage,
}

impl Reply {
    pub(crate) fn of(charge: &Charge, billing: u32) -> Self {
        let (key, shared) = (charge.mark.cast_signed(), charge.shared);
        let at = charge.at.map(Timestamp::as_millisecond);
        let (settled, share, usage) = (charge.settled, charge.share, bounded(charge.usage));
        Self { key, shared, settled, elsewhere: false, share, at, billing, usage }
    }

    /// Adds it to a page: key, flags, time, billing, tokens. The form never changes once it has shipped.
    pub(crate) fn pack(&self, page: &mut Packing) {
        page.bytes(&self.key.to_le_bytes());
        page.bytes(&[self.flags()]);
        page.optional(self.at, Packing::signed);
        page.unsigned(self.billing.into());
        page.several(counts(&self.usage));
    }

    /// The next one of a page.
    pub(crate) fn unpack(page: &mut Numbers<'_>) -> Result<Self, Cut> {
        let (key, [flags]) = (i64::from_le_bytes(page.bytes()?), page.bytes()?);
        let (at, billing) = (page.optional(Numbers::signed)?, page.small()?);
        Ok(Self::flagged(flags, key, at, billing, usage(page.several()?)))
    }

    pub(crate) fn flagged(flags: u8, key: i64, at: Option<i64>, billing: u32, usage: Usage) -> Self {
        let has = |flag: u8| flags & flag != 0;
        let share = if has(COPIED) {
            Share::Copied
        } else if has(QUOTED) {
            Share::Quoted
        } else {
            Share::Own
        };
        let (shared, settled, elsewhere) = (has(SHARED), has(SETTLED), has(ELSEWHERE));
        Self { key, shared, settled, elsewhere, share, at, billing, usage }
    }

    /// True where it is only known from what another transcript quotes.
    pub(crate) fn is_quoted(&self) -> bool {
        self.share == Share::Quoted
    }

    fn flags(&self) -> u8 {
        let share = match self.share {
            Share::Own => 0,
            Share::Copied => COPIED,
            Share::Quoted => QUOTED,
        };
        let flag = |is: bool, flag: u8| if is { flag } else { 0 };
        share | flag(self.shared, SHARED) | flag(self.settled, SETTLED) | flag(self.elsewhere, ELSEWHERE)
    }

    /// What this and a later record of the reply in one leaf say together. The first one tells when it was made and by
    /// which model: clocks run backwards. Counts only grow; the size of the billing is to be settled anew where they did.
    /// A quotation says nothing beside a record of the reply itself.
    pub(crate) fn and(self, other: &Self) -> Self {
        match self.share.outweighs(other.share) {
            Ordering::Less => return *other,
            Ordering::Greater => return self,
            Ordering::Equal => {}
        }
        Self {
            settled: self.settled || other.settled,
            share: self.share.stronger(other.share),
            at: self.at.or(other.at),
            usage: self.usage.max(other.usage),
            ..self
        }
    }
}

/// No reply is so large. What a damaged record says must not make sums overflow.
const LARGEST: u64 = 1 << 40;

fn bounded(usage: Usage) -> Usage {
    let tokens = |tokens: Tokens| Tokens(tokens.0.min(LARGEST));
    Usage {
        input_uncached: tokens(usage.input_uncached),
        cache_read: tokens(usage.cache_read),
        cache_write_5m: tokens(usage.cache_write_5m),
        cache_write_1h: tokens(usage.cache_write_1h),
        output: tokens(usage.output),
        reasoning: tokens(usage.reasoning),
        web_searches: usage.web_searches.min(LARGEST),
    }
}

/// Tokens from the numbers that [`counts`] made of them.
pub(crate) fn usage([input, read, short, long, output, reasoning, web_searches]: [u64; 7]) -> Usage {
    Usage {
        input_uncached: Tokens(input),
        cache_read: Tokens(read),
        cache_write_5m: Tokens(short),
        cache_write_1h: Tokens(long),
        output: Tokens(output),
        reasoning: Tokens(reasoning),
        web_searches,
    }
}

/// Tokens as numbers.
pub(crate) fn counts(usage: &Usage) -> [u64; 7] {
    [
        usage.input_uncached.0,
        usage.cache_read.0,
        usage.cache_write_5m.0,
        usage.cache_write_1h.0,
        usage.output.0,
        usage.reasoning.0,
        usage.web_searches,
    ]
}

/// A time that is in range.
pub(crate) fn time(milliseconds: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(milliseconds).ok()
}
