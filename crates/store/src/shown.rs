//! Which leaves show a reply that several may show.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, Result};

use crate::pack::{Cut, Numbers, Packing};

/// Entries of a page, which has room beside another one in a page of the database.
const MOST: usize = 440;
/// Entries that are put into their places at a time.
const AT_ONCE: usize = 10 * MOST;

/// A reply's key, and a leaf that shows it.
type Entry = (i64, i64);

/// Entries of neighbouring keys, in order.
struct Page {
    /// The least key that may stand in it.
    first: i64,
    /// The first key behind it; `None` where it is the last page.
    end: Option<i64>,
    entries: Vec<Entry>,
}

impl Page {
    /// The page in which `key` stands, if anywhere.
    fn of(connection: &Connection, key: i64) -> Result<Self> {
        let page = "
            SELECT first, (SELECT min(first) FROM showing WHERE first > ?1), entries FROM showing
            WHERE first <= ?1 ORDER BY first DESC LIMIT 1";
        let page = connection.prepare_cached(page)?.query_row([key], |row| {
            let first = row.get(0)?;
            Ok(Self { first, end: row.get(1)?, entries: unpack(first, row.get_ref(2)?.as_blob()?)? })
        });
        let none = Self { first: i64::MIN, end: None, entries: Vec::new() };
        Ok(page.optional()?.unwrap_or(none))
    }

    fn has_place(&self, key: i64) -> bool {
        self.end.is_none_or(|end| key < end)
    }

    /// The entries of a key.
    fn with(&self, key: i64) -> &[Entry] {
        let from = &self.entries[self.entries.partition_point(|entry| entry.0 < key)..];
        &from[..from.partition_point(|entry| entry.0 == key)]
    }

    /// Adds `new`, which is in order. The keys of those that another leaf shows too are added to `contested`.
    fn add(&mut self, new: &[Entry], contested: &mut BTreeSet<i64>) {
        self.entries.extend(new);
        #[expect(clippy::stable_sort_primitive, reason = "takes both of what are in order as they are")]
        self.entries.sort();
        self.entries.dedup();
        for same in self.entries.chunk_by(|one, other| one.0 == other.0).filter(|same| same.len() > 1) {
            let key = same[0].0;
            contested.extend(new.binary_search_by_key(&key, |entry| entry.0).is_ok().then_some(key));
        }
    }

    /// Writes it down, as several pages where it has become large. All entries of a key stay in one.
    fn write(&self, connection: &Connection) -> Result<()> {
        let mut write = connection.prepare_cached("REPLACE INTO showing VALUES (?1, ?2)")?;
        let size = self.entries.len().div_ceil(self.entries.len().div_ceil(MOST).max(1));
        let (mut first, mut left) = (self.first, self.entries.as_slice());
        loop {
            let last = left[..size.min(left.len())].last().map_or(first, |entry| entry.0);
            let (page, rest) = left.split_at(left.partition_point(|entry| entry.0 <= last));
            write.execute((first, pack(first, page)))?;
            let Some(next) = rest.first() else { return Ok(()) };
            (first, left) = (next.0, rest);
        }
    }
}

/// Each key as what it is more than the one before it, the first of them more than `first`; and its leaf. The form never
/// changes once it has shipped.
fn pack(first: i64, entries: &[Entry]) -> Vec<u8> {
    let mut packing = Packing::of(entries.len() * 10);
    let mut before = first;
    for (key, leaf) in entries {
        packing.unsigned(key.wrapping_sub(before).cast_unsigned());
        packing.unsigned(leaf.cast_unsigned());
        before = *key;
    }
    packing.blob()
}

fn unpack(first: i64, blob: &[u8]) -> std::result::Result<Vec<Entry>, Cut> {
    let (mut numbers, mut entries, mut key) = (Numbers::of(blob), Vec::new(), first);
    while !numbers.is_empty() {
        key = key.checked_add_unsigned(numbers.unsigned()?).ok_or(Cut)?;
        entries.push((key, numbers.unsigned()?.cast_signed()));
    }
    Ok(entries)
}

/// Notes which leaf shows which reply. The keys of those that another leaf shows too are added to `contested`.
pub(crate) fn note(connection: &Connection, mut shown: Vec<Entry>, contested: &mut BTreeSet<i64>) -> Result<()> {
    shown.sort_unstable();
    let mut left = shown.as_slice();
    while let Some((key, _)) = left.first() {
        let mut page = Page::of(connection, *key)?;
        let (here, rest) = left.split_at(left.partition_point(|(key, _)| page.has_place(*key)).min(AT_ONCE));
        page.add(here, contested);
        page.write(connection)?;
        left = rest;
    }
    Ok(())
}

/// Forgets that a leaf shows these replies.
pub(crate) fn forget(connection: &Connection, keys: &BTreeSet<i64>, leaf: i64) -> Result<()> {
    let mut left = keys.iter().peekable();
    while let Some(key) = left.next() {
        let mut page = Page::of(connection, *key)?;
        while left.next_if(|key| page.has_place(**key)).is_some() {}
        page.entries.retain(|entry| entry.1 != leaf || !keys.contains(&entry.0));
        page.write(connection)?;
    }
    Ok(())
}

/// Hands each of `keys` to `take` with each leaf that shows it.
pub(crate) fn leaves(connection: &Connection, keys: &BTreeSet<i64>, mut take: impl FnMut(i64, i64)) -> Result<()> {
    let mut left = keys.iter().peekable();
    while let Some(first) = left.peek() {
        let page = Page::of(connection, **first)?;
        while let Some(key) = left.next_if(|key| page.has_place(**key)) {
            page.with(*key).iter().for_each(|(key, leaf)| take(*key, *leaf));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use proptest::prelude::*;

    use super::*;

    /// One that has no entries yet.
    fn table() -> Connection {
        let mut connection = Connection::open_in_memory().expect("there is memory");
        crate::schema::migrate(&mut connection).expect("it has tables");
        connection
    }

    fn entries(connection: &Connection, keys: impl IntoIterator<Item = i64>) -> Vec<Entry> {
        let mut entries = Vec::new();
        let keys = keys.into_iter().collect();
        leaves(connection, &keys, |key, leaf| entries.push((key, leaf))).expect("they are read");
        entries
    }

    fn pages(connection: &Connection) -> i64 {
        connection.query_row("SELECT count(*) FROM showing", [], |row| row.get(0)).expect("it is read")
    }

    #[test]
    fn a_page_that_is_full_becomes_several_and_a_key_stays_in_one() {
        let (connection, mut contested) = (table(), BTreeSet::new());
        let by_one = |keys: Range<i64>| keys.map(|key| (key, 1)).collect();
        note(&connection, by_one(0..1000), &mut contested).expect("it is written");
        assert_eq!((pages(&connection), contested.len()), (3, 0));
        note(&connection, by_one(1000..1001), &mut contested).expect("it is written");
        assert_eq!((pages(&connection), contested.len()), (3, 0), "one more has room");
        note(&connection, (1..2001).map(|leaf| (500, leaf)).collect(), &mut contested).expect("it is written");
        assert_eq!(contested, BTreeSet::from([500]));
        assert_eq!(entries(&connection, [500]).len(), 2000);
        assert_eq!(entries(&connection, -10..2000).len(), 3000);
    }

    #[test]
    fn a_page_comes_back_as_it_was_and_damage_is_noticed() {
        let entries = [(i64::MIN, 3), (-1, 1), (-1, 2), (i64::MAX, 700)];
        let blob = pack(i64::MIN, &entries);
        assert_eq!(unpack(i64::MIN, &blob).expect("it is whole"), entries);
        assert!(unpack(i64::MIN, &blob[..blob.len() - 1]).is_err(), "it is cut");
        assert!(unpack(0, &blob).is_err(), "there are no such keys");
    }

    /// What is noted or forgotten of a leaf.
    fn told() -> impl Strategy<Value = Vec<(bool, i64, BTreeSet<i64>)>> {
        // Keys are spread over all numbers, and some are the same.
        let key = (0..900_i64).prop_map(|key| (key - 450) * (i64::MAX / 450));
        prop::collection::vec((prop::bool::weighted(0.7), 1..4_i64, prop::collection::btree_set(key, 0..600)), 1..8)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_was_noted_and_not_forgotten_is_there(told in told()) {
            let (connection, mut expected) = (table(), BTreeSet::new());
            for (notes, leaf, keys) in told {
                if notes {
                    let mut contested = BTreeSet::new();
                    let shown = keys.iter().map(|key| (*key, leaf)).collect();
                    note(&connection, shown, &mut contested).expect("it is written");
                    expected.extend(keys.iter().map(|key| (*key, leaf)));
                    let others = |key: &i64| expected.range((*key, 0)..=(*key, 9)).count() > 1;
                    prop_assert_eq!(contested, keys.iter().copied().filter(others).collect::<BTreeSet<_>>());
                } else {
                    forget(&connection, &keys, leaf).expect("it is written");
                    expected.retain(|(key, by)| *by != leaf || !keys.contains(key));
                }
            }
            let all: BTreeSet<i64> = expected.iter().map(|(key, _)| *key).collect();
            prop_assert_eq!(entries(&connection, all), expected.into_iter().collect::<Vec<_>>());
        }
    }
}
