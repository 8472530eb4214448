//! Which leaves show a reply that several may show.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, Result, params_from_iter};

/// Entries that are written with one statement, which for each takes longer than writing one.
const ROWS: usize = 64;

/// Notes which leaf shows which reply. The keys of those that another leaf shows too are added to `contested`.
pub(crate) fn note(connection: &Connection, mut shown: Vec<(i64, i64)>, contested: &mut BTreeSet<i64>) -> Result<()> {
    // In the order of the table, so that neighbours are written together.
    shown.sort_unstable();
    let rows = |count: usize| format!("INSERT OR IGNORE INTO shown VALUES {}", vec!["(?, ?)"; count].join(", "));
    let (many, one) = (rows(ROWS), rows(1));
    let mut same = connection.prepare_cached("SELECT 1 FROM shown WHERE key = ?1 AND leaf = ?2")?;
    let mut other = connection.prepare_cached("INSERT OR IGNORE INTO also_shown VALUES (?1, ?2)")?;
    let (full, rest) = shown.as_chunks::<ROWS>();
    for entries in full.iter().map(<[_; ROWS]>::as_slice).chain(rest.chunks(1)) {
        let mut first = connection.prepare_cached(if entries.len() == ROWS { &many } else { &one })?;
        let values = entries.iter().flat_map(|(key, leaf)| [key, leaf]);
        if first.execute(params_from_iter(values))? == entries.len() {
            continue;
        }
        for entry in entries {
            if !same.exists(*entry)? {
                other.execute(*entry)?;
                contested.insert(entry.0);
            }
        }
    }
    Ok(())
}

/// Forgets that a leaf shows a reply.
pub(crate) fn forget(connection: &Connection, key: i64, leaf: i64) -> Result<()> {
    let gone = connection.prepare_cached("DELETE FROM shown WHERE key = ?1 AND leaf = ?2")?.execute((key, leaf))? > 0;
    let mut other = connection.prepare_cached("DELETE FROM also_shown WHERE key = ?1 AND leaf = ?2")?;
    if !gone {
        other.execute((key, leaf))?;
        return Ok(());
    }
    let mut next = connection.prepare_cached("SELECT leaf FROM also_shown WHERE key = ?1 LIMIT 1")?;
    if let Some(next) = next.query_row([key], |row| row.get::<_, i64>(0)).optional()? {
        other.execute((key, next))?;
        connection.prepare_cached("INSERT INTO shown VALUES (?1, ?2)")?.execute((key, next))?;
    }
    Ok(())
}

/// The leaves that show a reply.
pub(crate) fn leaves(connection: &Connection, key: i64) -> Result<Vec<i64>> {
    let both = "SELECT leaf FROM shown WHERE key = ?1 UNION ALL SELECT leaf FROM also_shown WHERE key = ?1";
    connection.prepare_cached(both)?.query_map([key], |row| row.get(0))?.collect()
}
