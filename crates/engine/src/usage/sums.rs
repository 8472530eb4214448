//! Sums of buckets.

use std::hash::Hash;
use std::ops::AddAssign;

use topside_model::{Bucket, Timestamp, Tokens, Usage};

use super::places::Places;

/// What some buckets add up to.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Sum {
    pub(super) usage: Usage,
    pub(super) replies: u64,
    pub(super) unsettled: u64,
    pub(super) span: Span,
}

impl From<&Bucket> for Sum {
    fn from(bucket: &Bucket) -> Self {
        let Bucket { usage, replies, unsettled, span, .. } = *bucket;
        Self { usage, replies, unsettled, span }
    }
}

impl AddAssign<&Sum> for Sum {
    fn add_assign(&mut self, more: &Sum) {
        self.usage += more.usage;
        self.replies += more.replies;
        self.unsettled += more.unsettled;
        self.span = hull(self.span, more.span);
    }
}

/// Times of the first and the last reply, where any is known.
pub(super) type Span = Option<(Timestamp, Timestamp)>;

/// The shortest span that holds both.
pub(super) fn hull(one: Span, other: Span) -> Span {
    match (one, other) {
        (Some((first, last)), Some((earlier, later))) => Some((first.min(earlier), last.max(later))),
        (one, other) => one.or(other),
    }
}

/// Sums by key.
#[derive(Debug)]
pub(super) struct Sums<K> {
    places: Places<K>,
    sums: Vec<Sum>,
}

impl<K> Default for Sums<K> {
    fn default() -> Self {
        Self { places: Places::default(), sums: Vec::new() }
    }
}

impl<K: Copy + Eq + Hash> Sums<K> {
    /// Adds to the sum of `key`.
    pub(super) fn add(&mut self, key: K, more: &Sum) {
        let place = self.places.place(key) as usize;
        if place == self.sums.len() {
            self.sums.push(Sum::default());
        }
        self.sums[place] += more;
    }

    /// Every key and its sum, in the order the keys came first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (K, &Sum)> {
        self.places.keys().iter().copied().zip(&self.sums)
    }
}

/// Which of the parts that are priced apart a usage has: one bit for each.
pub(crate) fn parts(usage: &Usage) -> u8 {
    let Usage { input_uncached, cache_read, cache_write_5m, cache_write_1h, output, reasoning: _, web_searches } =
        usage;
    [*input_uncached, *cache_read, *cache_write_5m, *cache_write_1h, *output, Tokens(*web_searches)]
        .iter()
        .fold(0, |bits, part| bits << 1 | u8::from(part.0 > 0))
}
