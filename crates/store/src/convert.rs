//! Takes what older tables hold into those of today.

use std::collections::BTreeSet;

use rusqlite::{Connection, Result, Row};
use topside_model::Usage;

use crate::book::Books;
use crate::reply::{Reply, usage};
use crate::shown;

/// Replies had a row each.
pub(crate) fn pack_replies(connection: &Connection) -> Result<()> {
    let mut books = Books::new(connection);
    let mut shown = Vec::new();
    let mut replies = connection.prepare("SELECT * FROM reply ORDER BY leaf, at")?;
    let mut rows = replies.query([])?;
    while let Some(row) = rows.next()? {
        let (leaf, reply) = (row.get(0)?, reply(row)?);
        shown.extend(reply.shared.then_some((reply.key, leaf)));
        books.of(leaf)?.put(reply);
        books.spare()?;
    }
    books.close()?;
    // Who pays was settled when they were written.
    shown::note(connection, shown, &mut BTreeSet::new())?;
    drop(rows);
    drop(replies);
    connection.execute_batch("DROP TABLE reply")
}

fn reply(row: &Row<'_>) -> Result<Reply> {
    Ok(Reply::flagged(row.get(2)?, row.get(1)?, row.get(3)?, row.get(4)?, tokens(row)?))
}

fn tokens(row: &Row<'_>) -> Result<Usage> {
    let count = |column: usize| row.get(column).map(i64::cast_unsigned);
    Ok(usage([count(5)?, count(6)?, count(7)?, count(8)?, count(9)?, count(10)?, count(11)?]))
}
