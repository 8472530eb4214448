//! Writes what files told: all of a portion or nothing of it.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use foldhash::HashMap;
use rusqlite::{Connection, OptionalExtension, Result, Transaction, params};
use topside_model::{
    Billing, Chapter, Charge, FileCursor, LeafNews, PastSession, SessionId, SizeClass, Timestamp, Untrusted, Usage,
};

use crate::book::Books;
use crate::read::billing;
use crate::reply::Reply;
use crate::settle::settle;
use crate::shown;

/// What a transcript tells of its session. Of several, the one that comes first in the session is believed, whichever is
/// read first.
const TELL: &str = "
INSERT INTO session (agent, name, parent, fork, internal, cwd, project, version, first_at, last_at, told_by)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
ON CONFLICT (agent, name) DO UPDATE SET
    parent = CASE WHEN ?11 < coalesce(told_by, ?11) THEN coalesce(?3, parent) ELSE coalesce(parent, ?3) END,
    cwd = CASE WHEN ?11 < coalesce(told_by, ?11) THEN coalesce(?6, cwd) ELSE coalesce(cwd, ?6) END,
    project = CASE WHEN ?11 < coalesce(told_by, ?11) THEN coalesce(?7, project) ELSE coalesce(project, ?7) END,
    version = CASE WHEN ?11 < coalesce(told_by, ?11) THEN coalesce(?8, version) ELSE coalesce(version, ?8) END,
    told_by = min(coalesce(told_by, ?11), ?11),
    fork = fork OR ?4, internal = internal OR ?5,
    first_at = coalesce(min(first_at, ?9), first_at, ?9), last_at = coalesce(max(last_at, ?10), last_at, ?10)";

/// How far a file was read: one that is new, and one that is known, of which the path stays, and so its entry in the index.
const BEGIN: &str = "
INSERT INTO file (id, agent, path, device, inode, len, modified, offset, head, before)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
const MOVE_ON: &str = "
UPDATE file SET device = ?4, inode = ?5, len = ?6, modified = ?7, offset = ?8, head = ?9, before = ?10
WHERE id = ?1";

/// Whether a session is a fork, its first time, and whether it has a parent; and its last time.
type Standing = ((bool, Option<i64>, bool), Option<i64>);

/// Whether a session whose first time is like that of another one, and whose last time moved on, came past that one's.
const OVERTAKES: &str = "
SELECT 1 FROM session AS one JOIN session AS other ON other.agent = one.agent AND other.first_at IS one.first_at
WHERE one.id = ?1 AND other.id <> one.id AND coalesce(other.last_at, ?2) BETWEEN ?2 AND ?3";

/// Billings by what they are; the same in every portion.
#[derive(Debug, Default)]
pub(crate) struct Billings {
    ids: HashMap<Billing, u32>,
    known: BTreeMap<u32, Billing>,
}

impl Billings {
    pub(crate) fn id(&mut self, connection: &Connection, billing: &Billing) -> Result<u32> {
        if let Some(id) = self.ids.get(billing) {
            return Ok(*id);
        }
        let model = billing.model.as_ref().map(topside_model::ModelId::as_str);
        let (tier, regional, size) = (billing.terms.tier.id(), billing.terms.regional, billing.size.number());
        let row = params![model, tier, regional, size];
        let known = connection
            .prepare_cached("SELECT id FROM billing WHERE model IS ?1 AND tier = ?2 AND regional = ?3 AND size = ?4")?
            .query_row(row, |row| row.get(0))
            .optional()?;
        let id = if let Some(id) = known {
            id
        } else {
            let add = "INSERT INTO billing (model, tier, regional, size) VALUES (?1, ?2, ?3, ?4)";
            number(connection.prepare_cached(add)?.insert(row)?)?
        };
        self.ids.insert(billing.clone(), id);
        self.known.insert(id, billing.clone());
        Ok(id)
    }

    /// The billing `id` for requests as large as `usage` says.
    fn sized(&mut self, connection: &Connection, id: u32, usage: &Usage) -> Result<u32> {
        let size = SizeClass::of(usage.input());
        let billing = match self.known.entry(id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(billing(connection, id)?),
        };
        if billing.size == size {
            return Ok(id);
        }
        let billing = Billing { size, ..billing.clone() };
        self.id(connection, &billing)
    }
}

/// A portion on its way into the tables.
pub(crate) struct Portion<'a> {
    connection: &'a Transaction<'a>,
    billings: &'a mut Billings,
    books: Books<'a>,
    /// Keys of replies that other leaves may show, each with the leaf that tells of it now.
    shown: Vec<(i64, i64)>,
    /// Replies that several leaves show, or showed.
    contested: BTreeSet<i64>,
    /// How many other files were forgotten, and are to be read again.
    forgotten: usize,
}

impl<'a> Portion<'a> {
    pub(crate) fn new(connection: &'a Transaction<'a>, billings: &'a mut Billings) -> Self {
        let books = Books::new(connection);
        Self { connection, billings, books, shown: Vec::new(), contested: BTreeSet::new(), forgotten: 0 }
    }

    /// Takes what a file told. False for what goes on from a place up to which nothing is known any more: it was forgotten
    /// together with another file, and is to be read again.
    pub(crate) fn chapter(&mut self, chapter: &Chapter) -> Result<bool> {
        let path = chapter.cursor.path.as_os_str().as_encoded_bytes();
        let mut known = self.connection.prepare_cached("SELECT id, offset FROM file WHERE path = ?1")?;
        let known = known.query_row([path], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?))).optional()?;
        let offset = known.map_or(0, |(_, offset)| offset);
        if !chapter.anew && offset.cast_unsigned() != chapter.from.0 {
            return Ok(false);
        }
        let file = self.file(known.map(|(id, _)| id), &chapter.cursor)?;
        if chapter.anew {
            self.forget(file)?;
        }
        for news in &chapter.leaves {
            self.leaf(file, news)?;
        }
        Ok(true)
    }

    /// Settles what several leaves show and writes down what changed. How many files were forgotten.
    pub(crate) fn finish(mut self) -> Result<usize> {
        self.note_shown()?;
        let (connection, billings) = (self.connection, &mut *self.billings);
        settle(connection, &self.contested, &mut self.books, |id, usage| billings.sized(connection, id, usage))?;
        self.books.close()?;
        Ok(self.forgotten)
    }

    fn note_shown(&mut self) -> Result<()> {
        shown::note(self.connection, std::mem::take(&mut self.shown), &mut self.contested)
    }

    /// Notes how far a file was read, which has the number `known` if it was read before: its number.
    fn file(&self, known: Option<i64>, cursor: &FileCursor) -> Result<i64> {
        let write = if known.is_some() { MOVE_ON } else { BEGIN };
        let number = |number: u64| number.cast_signed();
        let begun = self.connection.prepare_cached(write)?.insert(params![
            known,
            cursor.agent.as_str(),
            cursor.path.as_os_str().as_encoded_bytes(),
            number(cursor.id.0),
            number(cursor.id.1),
            number(cursor.len.0),
            nanoseconds(cursor.modified),
            number(cursor.offset.0),
            number(cursor.head),
            number(cursor.before),
        ])?;
        let file = known.unwrap_or(begun);
        self.connection.prepare_cached("REPLACE INTO decoder VALUES (?1, ?2)")?.execute(params![file, cursor.state])?;
        Ok(file)
    }

    /// Forgets the sessions that a file told of. Other files that told of them are to be read again.
    fn forget(&mut self, file: i64) -> Result<()> {
        let leaves = "
            SELECT id FROM leaf WHERE session IN
                (SELECT session FROM leaf JOIN told ON told.leaf = leaf.id WHERE told.file = ?1)";
        let files = "SELECT DISTINCT file FROM told WHERE leaf = ?1";
        let standing = "
            UPDATE session SET parent = NULL, fork = 0, internal = 0, cwd = NULL, project = NULL, version = NULL,
                told_by = NULL, first_at = NULL, last_at = NULL
            WHERE id = (SELECT session FROM leaf WHERE id = ?1)";
        self.note_shown()?;
        for leaf in self.numbers(leaves, file)? {
            let book = self.books.of(leaf)?;
            let mut keys = book.shared_keys().collect();
            shown::forget(self.connection, &keys, leaf)?;
            self.contested.append(&mut keys);
            book.clear();
            for teller in self.numbers(files, leaf)? {
                self.connection.prepare_cached("DELETE FROM told WHERE file = ?1")?.execute([teller])?;
                let again = "DELETE FROM file WHERE id = ?1 AND id <> ?2";
                self.forgotten += self.connection.prepare_cached(again)?.execute([teller, file])?;
            }
            self.connection.prepare_cached(standing)?.execute([leaf])?;
        }
        Ok(())
    }

    fn numbers(&self, query: &str, about: i64) -> Result<Vec<i64>> {
        self.connection.prepare_cached(query)?.query_map([about], |row| row.get(0))?.collect()
    }

    fn leaf(&mut self, file: i64, news: &LeafNews) -> Result<()> {
        let (session, before, after) = self.session(news.rank, &news.session)?;
        let rank = news.rank.cast_signed();
        let known = "SELECT id FROM leaf WHERE session = ?1 AND rank = ?2";
        let known = self.connection.prepare_cached(known)?.query_row([session, rank], |row| row.get(0)).optional()?;
        let leaf = if let Some(known) = known {
            known
        } else {
            let add = "INSERT INTO leaf (session, rank) VALUES (?1, ?2)";
            let leaf = self.connection.prepare_cached(add)?.insert([session, rank])?;
            self.books.begin(leaf);
            leaf
        };
        self.connection.prepare_cached("INSERT OR IGNORE INTO told VALUES (?1, ?2)")?.execute([file, leaf])?;
        self.charges(leaf, &news.charges)?;
        if let Some(before) = before.filter(|before| *before != after) {
            let contested = self.numbers("SELECT id FROM leaf WHERE session = ?1 AND contested", session)?;
            if !contested.is_empty() && self.reorders(session, before, after)? {
                for leaf in contested {
                    self.contested.extend(self.books.of(leaf)?.shared_keys());
                }
            }
        }
        self.books.spare()
    }

    /// True when another standing of a session may change who pays for what it shares.
    fn reorders(&self, session: i64, (began, ended): Standing, (begins, ends): Standing) -> Result<bool> {
        if began != begins {
            return Ok(true);
        }
        let ended = ended.unwrap_or(i64::MIN);
        self.connection.prepare_cached(OVERTAKES)?.exists((session, ended, ends))
    }

    /// Takes replies: new ones, or better knowledge of some that are there.
    fn charges(&mut self, leaf: i64, charges: &[Charge]) -> Result<()> {
        let book = self.books.of(leaf)?;
        book.reserve(charges.len());
        let mut last: Option<(&Billing, u32)> = None;
        for charge in charges {
            // Most neighbours cost the same.
            let id = match last {
                Some((billing, id)) if *billing == charge.billing => id,
                _ => self.billings.id(self.connection, &charge.billing)?,
            };
            last = Some((&charge.billing, id));
            let told = Reply::of(charge, id);
            let Some(known) = book.reply(told.key).copied() else {
                self.shown.extend(told.shared.then_some((told.key, leaf)));
                book.add(told);
                continue;
            };
            let mut now = known.and(&told);
            now.billing = self.billings.sized(self.connection, now.billing, &now.usage)?;
            if now != known {
                // What others show of it is to be compared again.
                self.contested.extend(now.shared.then_some(now.key));
                book.put(now);
            }
        }
        Ok(())
    }

    /// Adds what the transcript of that rank tells of its session: its number, and its standing before, where it was known,
    /// and now.
    fn session(&self, rank: u64, session: &PastSession) -> Result<(i64, Option<Standing>, Standing)> {
        let moment = |at: Option<Timestamp>| at.map(Timestamp::as_millisecond);
        let (agent, name) = (session.key.agent.as_str(), session.key.id.as_str());
        let (first_at, last_at) = (moment(session.first_at), moment(session.last_at));
        let before = self.standing(agent, name)?;
        let told = self.connection.prepare_cached(TELL)?.insert(params![
            agent,
            name,
            session.parent.as_ref().map(SessionId::as_str),
            session.fork,
            session.internal,
            session.cwd.as_ref().map(Untrusted::raw),
            session.project.as_ref().map(Untrusted::raw),
            session.version.as_ref().map(Untrusted::raw),
            first_at,
            last_at,
            rank.cast_signed(),
        ])?;
        let Some((id, before)) = before else {
            return Ok((told, None, ((session.fork, first_at, session.parent.is_some()), last_at)));
        };
        let (_, after) = self.standing(agent, name)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        Ok((id, Some(before), after))
    }

    /// Number of a session, and what decides which of its replies it pays for.
    fn standing(&self, agent: &str, name: &str) -> Result<Option<(i64, Standing)>> {
        let standing =
            "SELECT id, fork, first_at, parent IS NOT NULL, last_at FROM session WHERE agent = ?1 AND name = ?2";
        let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, ((row.get(1)?, row.get(2)?, row.get(3)?), row.get(4)?)));
        self.connection.prepare_cached(standing)?.query_row([agent, name], row).optional()
    }
}

/// Within the years 1677 to 2262.
fn nanoseconds(at: Timestamp) -> i64 {
    i64::try_from(at.as_nanosecond()).unwrap_or(i64::MAX)
}

/// There are never so many billings.
fn number(id: i64) -> Result<u32> {
    u32::try_from(id).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(0, id))
}
