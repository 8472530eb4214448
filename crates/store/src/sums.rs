//! Sums by quarter of an hour, derived from the replies of a leaf.

use std::collections::BTreeMap;

use rusqlite::Connection;
use serde::Serialize;
use topside_model::{Bucket, Timestamp, Usage};

use crate::pack::{Cut, Numbers, pack};
use crate::reply::{Reply, counts, time, usage};

/// A quarter of an hour in milliseconds.
const QUARTER: i64 = 15 * 60 * 1000;

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
#[derive(Serialize)]
struct Packed(Option<i64>, u32, Option<(i64, i64)>, [u64; 7], u64, u64);

impl Packed {
    /// The next one. Every report reads all there are: field by field, without what makes postcard general, that takes a
    /// third of the time.
    fn read(packed: &mut Numbers<'_>) -> Result<Self, Cut> {
        let quarter = packed.optional(Numbers::signed)?;
        let billing = packed.unsigned()?.try_into().map_err(|_| Cut)?;
        let span = packed.optional(|packed| Ok((packed.signed()?, packed.signed()?)))?;
        let mut counts = [0; 7];
        for count in &mut counts {
            *count = packed.unsigned()?;
        }
        Ok(Self(quarter, billing, span, counts, packed.unsigned()?, packed.unsigned()?))
    }
}

impl Sums {
    pub(crate) fn of<'a>(replies: impl Iterator<Item = &'a Reply>) -> Self {
        let mut sums = Self::default();
        // Another leaf pays for the others.
        replies.filter(|reply| !reply.elsewhere).for_each(|reply| sums.add(reply));
        sums
    }

    fn add(&mut self, reply: &Reply) {
        let quarter = reply.at.map(|at| at.div_euclid(QUARTER));
        let sum = self.0.entry((quarter, reply.billing)).or_default();
        if let Some(at) = reply.at {
            let (first, last) = sum.span.unwrap_or((at, at));
            sum.span = Some((first.min(at), last.max(at)));
        }
        sum.usage += reply.usage;
        sum.replies += 1;
        sum.unsettled += u64::from(!reply.settled);
    }

    /// Writes them down in place of those that were there.
    pub(crate) fn write(&self, connection: &Connection, leaf: i64) -> rusqlite::Result<()> {
        let packed = |(&(quarter, billing), sum): (&(Option<i64>, u32), &Sum)| {
            Packed(quarter, billing, sum.span, counts(&sum.usage), sum.replies, sum.unsettled)
        };
        let blob = pack(self.0.iter().map(packed))?;
        connection.prepare_cached("REPLACE INTO sums VALUES (?1, ?2)")?.execute((leaf, blob))?;
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
            let blob = pack([Packed(quarter, billing, span, counts, replies, unsettled)].iter()).expect("it is packed");
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
