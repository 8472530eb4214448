//! The replies of a leaf, in pages.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use foldhash::HashMap;
use rusqlite::{Connection, Result};

use crate::pack::{Numbers, Packing};
use crate::reply::Reply;
use crate::sums::Sums;

/// Replies of a page: as many as a page of the database holds.
const PAGE: usize = 128;
/// Bytes of a reply in a page, as a rule no more.
const USUAL: usize = 32;
/// Numbers that a leaf has for its pages.
const PAGES: i64 = 1 << 24;
/// So many replies may be in memory at a time, and so many books.
const MOST: usize = 30_000;
const BOOKS: usize = 512;

/// All replies of one leaf.
#[derive(Debug, Default)]
pub(crate) struct Book {
    replies: Vec<Reply>,
    /// Where each is, by its key.
    places: HashMap<i64, usize>,
    /// Places of the pages that are not as the database has them.
    dirty: BTreeSet<usize>,
    /// True when fewer pages are left than the database has.
    cut: bool,
}

impl Book {
    fn read(connection: &Connection, leaf: i64) -> Result<Self> {
        let mut book = Self::default();
        let mut pages = connection.prepare_cached("SELECT replies FROM page WHERE id BETWEEN ?1 AND ?2 ORDER BY id")?;
        let mut rows = pages.query(bounds(leaf))?;
        while let Some(row) = rows.next()? {
            let mut page = Numbers::of(row.get_ref(0)?.as_blob()?);
            while !page.is_empty() {
                book.push(Reply::unpack(&mut page)?);
            }
        }
        Ok(book)
    }

    fn push(&mut self, reply: Reply) {
        self.places.insert(reply.key, self.replies.len());
        self.replies.push(reply);
    }

    /// The reply with that key.
    pub(crate) fn reply(&self, key: i64) -> Option<&Reply> {
        self.places.get(&key).map(|place| &self.replies[*place])
    }

    /// Makes room for so many more.
    pub(crate) fn reserve(&mut self, more: usize) {
        self.places.reserve(more);
        self.replies.reserve(more);
    }

    /// Writes a reply over the one with its key, or behind the last.
    pub(crate) fn put(&mut self, reply: Reply) {
        if let Some(place) = self.places.get(&reply.key) {
            self.replies[*place] = reply;
            self.dirty.insert(*place / PAGE);
        } else {
            self.add(reply);
        }
    }

    /// Writes a reply with a new key behind the last.
    pub(crate) fn add(&mut self, reply: Reply) {
        self.dirty.insert(self.replies.len() / PAGE);
        self.push(reply);
    }

    /// Tears every page out.
    pub(crate) fn clear(&mut self) {
        *self = Self { cut: true, ..Self::default() };
    }

    /// Keys of the replies that other leaves may show.
    pub(crate) fn shared_keys(&self) -> impl Iterator<Item = i64> {
        self.replies.iter().filter(|reply| reply.shared).map(|reply| reply.key)
    }

    /// Writes down what changed, and what it adds up to.
    fn write(&mut self, connection: &Connection, leaf: i64) -> Result<()> {
        if self.dirty.is_empty() && !self.cut {
            return Ok(());
        }
        if std::mem::take(&mut self.cut) {
            connection.prepare_cached("DELETE FROM page WHERE id BETWEEN ?1 AND ?2")?.execute(bounds(leaf))?;
        }
        let mut write = connection.prepare_cached("REPLACE INTO page VALUES (?1, ?2)")?;
        let dirty = std::mem::take(&mut self.dirty);
        for (place, (number, replies)) in (bounds(leaf).0..).zip(self.replies.chunks(PAGE)).enumerate() {
            if dirty.contains(&place) {
                let mut page = Packing::of(replies.len() * USUAL);
                for reply in replies {
                    reply.pack(&mut page);
                }
                write.execute((number, page.blob()))?;
            }
        }
        Sums::of(self.replies.iter()).write(connection, leaf)
    }
}

/// The first and the last number that a page of a leaf can have.
fn bounds(leaf: i64) -> (i64, i64) {
    (leaf * PAGES, (leaf + 1) * PAGES - 1)
}

/// Books that are open. What was put into them is in the database after [`Books::close`].
#[derive(Debug)]
pub(crate) struct Books<'a> {
    connection: &'a Connection,
    open: BTreeMap<i64, Book>,
}

impl<'a> Books<'a> {
    pub(crate) fn new(connection: &'a Connection) -> Self {
        Self { connection, open: BTreeMap::new() }
    }

    /// The book of a leaf.
    pub(crate) fn of(&mut self, leaf: i64) -> Result<&mut Book> {
        match self.open.entry(leaf) {
            Entry::Occupied(book) => Ok(book.into_mut()),
            Entry::Vacant(place) => Ok(place.insert(Book::read(self.connection, leaf)?)),
        }
    }

    /// Opens the book of a leaf that has nothing in the database yet.
    pub(crate) fn begin(&mut self, leaf: i64) {
        self.open.insert(leaf, Book::default());
    }

    /// Closes all of them where they have become many.
    pub(crate) fn spare(&mut self) -> Result<()> {
        let replies: usize = self.open.values().map(|book| book.replies.len()).sum();
        if replies > MOST || self.open.len() > BOOKS { self.close() } else { Ok(()) }
    }

    /// Writes down what changed.
    pub(crate) fn close(&mut self) -> Result<()> {
        let connection = self.connection;
        std::mem::take(&mut self.open).into_iter().try_for_each(|(leaf, mut book)| book.write(connection, leaf))
    }
}
