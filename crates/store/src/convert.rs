//! Takes what older tables hold into those of today.

use std::collections::BTreeSet;

use rusqlite::{Connection, Result, Row};
use topside_model::Usage;

use crate::book::Books;
use crate::reply::{Reply, usage};
use crate::shown;

/// Rows that are taken at a time.
const AT_ONCE: usize = 100_000;

/// Replies had a row each.
pub(crate) fn pack_replies(connection: &Connection) -> Result<()> {
    let mut books = Books::new(connection);
    let mut first = connection.prepare("INSERT OR IGNORE INTO shown VALUES (?1, ?2)")?;
    let mut other = connection.prepare("INSERT INTO also_shown VALUES (?1, ?2)")?;
    let mut replies = connection.prepare("SELECT * FROM reply ORDER BY leaf, at")?;
    let mut rows = replies.query([])?;
    while let Some(row) = rows.next()? {
        let (leaf, reply) = (row.get(0)?, reply(row)?);
        if reply.shared && first.execute((reply.key, leaf))? == 0 {
            other.execute((reply.key, leaf))?;
        }
        books.of(leaf)?.put(reply);
        books.spare()?;
    }
    books.close()?;
    drop(rows);
    drop(replies);
    connection.execute_batch("DROP TABLE reply")
}

/// The leaves that show a reply had a row each.
pub(crate) fn pack_shown(connection: &Connection) -> Result<()> {
    let all = "SELECT key, leaf FROM shown UNION ALL SELECT key, leaf FROM also_shown ORDER BY key, leaf";
    let mut entries = connection.prepare(all)?;
    let mut rows = entries.query([])?;
    let mut some = Vec::new();
    // Who pays was settled when they were written.
    let note = |some: &mut Vec<_>| shown::note(connection, std::mem::take(some), &mut BTreeSet::new());
    while let Some(row) = rows.next()? {
        some.push((row.get(0)?, row.get(1)?));
        if some.len() == AT_ONCE {
            note(&mut some)?;
        }
    }
    note(&mut some)?;
    drop(rows);
    drop(entries);
    connection.execute_batch("DROP TABLE shown; DROP TABLE also_shown")
}

fn reply(row: &Row<'_>) -> Result<Reply> {
    Ok(Reply::flagged(row.get(2)?, row.get(1)?, row.get(3)?, row.get(4)?, tokens(row)?))
}

fn tokens(row: &Row<'_>) -> Result<Usage> {
    let count = |column: usize| row.get(column).map(i64::cast_unsigned);
    Ok(usage([count(5)?, count(6)?, count(7)?, count(8)?, count(9)?, count(10)?, count(11)?]))
}
