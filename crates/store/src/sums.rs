//! Sums by quarter of an hour, derived from the replies of a leaf.

use std::collections::BTreeMap;

use rusqlite::Connection;
use topside_model::{Bucket, Timestamp, Usage};

use crate::pack::{Cut, Numbers, Packing};
use crate::reply::{Reply, counts, time, usage};

/// A quarter of an hour in milliseconds.
const QUARTER: i64 = 15 * 60 * 1000;

/// Bytes of a sum in a blob, as a rule no more.
const USUAL: usize = 48;

/// Sums of the replies a leaf pays for, by quarter of an hour since 1970 (`None` where the time is not known) and billing.
#[derive(Debug, Default)]
pub(crate) struct Sums(BTreeMap<(Option<i64>, u32), Sum>);

#[derive(Debug, Default)]
struct Sum {
    /// Times of the first and the last, in milliseconds since 1970.
    span: Option<(i64, i64)>,
    usage: Usage,
    replies: u64,
    unsettled: u64,
}

/// A sum in a blob: quarter, billing, span, tokens, replies, those that are not settled. Its form never changes once it
/// has shipped.
struct Packed(Option<i64>, u32, Option<(i64, i64)>, [u64; 7], u64, u64);

impl Packed {
    /// Adds it to a blob.
    fn write(&self, blob: &mut Packing) {
        let Self(quarter, billing, span, counts, replies, unsettled) = *self;
        blob.optional(quarter, Packing::signed);
        blob.unsigned(billing.into());
        blob.optional(span, |blob, (first, last)| {
            blob.signed(first);
            blob.signed(last);
        });
        blob.several(counts);
        blob.unsigned(replies);
        blob.unsigned(unsettled);
    }

    /// The next one of a blob.
    fn read(blob: &mut Numbers<'_>) -> Result<Self, Cut> {
        let (quarter, billing) = (blob.optional(Numbers::signed)?, blob.small()?);
        let span = blob.optional(|blob| Ok((blob.signed()?, blob.signed()?)))?;
        Ok(Self(quarter, billing, span, blob.several()?, blob.unsigned()?, blob.unsigned()?))
    }
}

impl Sum {
    fn add(&mut self, reply: &Reply) {
        if let Some(at) = reply.at {
            let (first, last) = self.span.unwrap_or((at, at));
            self.span = Some((first.min(at), last.max(at)));
        }
        self.usage += reply.usage;
        self.replies += 1;
        self.unsettled += u64::from(!reply.settled);
    }
}

impl Sums {
    pub(crate) fn of<'a>(replies: impl Iterator<Item = &'a Reply>) -> Self {
        let mut sums = Self::default();
        let place = |reply: &Reply| (reply.at.map(|at| at.div_euclid(QUARTER)), reply.billing);
        // Another leaf pays for the others.
        let mut replies = replies.filter(|reply| !reply.elsewhere).peekable();
        while let Some(place_of_first) = replies.peek().map(|first| place(first)) {
            // Most neighbours belong together.
            let sum = sums.0.entry(place_of_first).or_default();
            while let Some(reply) = replies.next_if(|reply| place(reply) == place_of_first) {
                sum.add(reply);
            }
        }
        sums
    }

    /// Writes them down in place of those that were there.
    pub(crate) fn write(&self, connection: &Connection, leaf: i64) -> rusqlite::Result<()> {
        let mut blob = Packing::of(self.0.len() * USUAL);
        for (&(quarter, billing), sum) in &self.0 {
            let packed = Packed(quarter, billing, sum.span, counts(&sum.usage), sum.replies, sum.unsettled);
            packed.write(&mut blob);
        }
        connection.prepare_cached("REPLACE INTO sums VALUES (?1, ?2)")?.execute((leaf, blob.blob()))?;
        Ok(())
    }
}

/// Hands every bucket of a leaf to `take`. `place` tells the place of a billing by its number.
pub(crate) fn buckets(
    blob: &[u8],
    session: usize,
    place: impl Fn(u32) -> Option<usize>,
    mut take: impl FnMut(Bucket),
) -> rusqlite::Result<()> {
    let mut packed = Numbers::of(blob);
    while !packed.is_empty() {
        let Packed(quarter, billing, span, counts, replies, unsettled) = Packed::read(&mut packed)?;
        let Some(billing) = place(billing) else { continue };
        let span = span.and_then(|(first, last)| time(first).zip(time(last)));
        let start = quarter.and_then(start_of);
        take(Bucket { session, billing, start, span, usage: usage(counts), replies, unsettled });
    }
    Ok(())
}

/// The start of a quarter.
fn start_of(quarter: i64) -> Option<Timestamp> {
    time(quarter.checked_mul(QUARTER)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_packed_is_read(
            quarter: Option<i64>,
            billing: u32,
            span: Option<(i64, i64)>,
            counts: [u64; 7],
            replies: u64,
            unsettled: u64,
        ) {
            let mut blob = Packing::of(0);
            Packed(quarter, billing, span, counts, replies, unsettled).write(&mut blob);
            let blob = blob.blob();
            let mut packed = Numbers::of(&blob);
            let Packed(q, b, s, c, r, u) = Packed::read(&mut packed).expect("it is whole");
            prop_assert_eq!((q, b, s, c, r, u), (quarter, billing, span, counts, replies, unsettled));
            prop_assert!(packed.is_empty());
            for len in 0..blob.len() {
                prop_assert!(Packed::read(&mut Numbers::of(&blob[..len])).is_err(), "cut after {} bytes", len);
            }
        }
    }
}
