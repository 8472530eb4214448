//! Sums by quarter of an hour, derived from replies in the transaction that tells them.

use std::collections::BTreeMap;

use rusqlite::{Connection, Result, params};
use topside_model::Usage;

use crate::row::{Reply, columns};

/// What is added to the sums of some leaves.
#[derive(Debug, Default)]
pub(crate) struct Sums {
    /// By leaf, quarter and billing.
    added: BTreeMap<(i64, i64, i64), Sum>,
}

#[derive(Debug, Default)]
struct Sum {
    span: Option<(i64, i64)>,
    usage: Usage,
    replies: i64,
    unsettled: i64,
}

const ADD: &str = "
INSERT INTO bucket VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
ON CONFLICT DO UPDATE SET
    first_at = min(first_at, excluded.first_at),
    last_at = max(last_at, excluded.last_at),
    input = input + excluded.input,
    cache_read = cache_read + excluded.cache_read,
    cache_write_5m = cache_write_5m + excluded.cache_write_5m,
    cache_write_1h = cache_write_1h + excluded.cache_write_1h,
    output = output + excluded.output,
    reasoning = reasoning + excluded.reasoning,
    searches = searches + excluded.searches,
    replies = replies + excluded.replies,
    unsettled = unsettled + excluded.unsettled";

impl Sums {
    /// Adds a reply, unless another leaf pays for it.
    pub(crate) fn add(&mut self, leaf: i64, reply: &Reply) {
        if reply.elsewhere {
            return;
        }
        let sum = self.added.entry((leaf, reply.quarter(), reply.billing)).or_default();
        if let Some(at) = reply.at {
            let (first, last) = sum.span.unwrap_or((at, at));
            sum.span = Some((first.min(at), last.max(at)));
        }
        sum.usage += reply.usage;
        sum.replies += 1;
        sum.unsettled += i64::from(!reply.settled);
    }

    /// Writes down what was added and forgets it.
    pub(crate) fn write(&mut self, connection: &Connection) -> Result<()> {
        let mut add = connection.prepare_cached(ADD)?;
        for ((leaf, quarter, billing), sum) in std::mem::take(&mut self.added) {
            let [input, read, short, long, output, reasoning, searches] = columns(&sum.usage);
            let (first, last) = sum.span.unzip();
            add.execute(params![
                leaf,
                quarter,
                billing,
                first,
                last,
                input,
                read,
                short,
                long,
                output,
                reasoning,
                searches,
                sum.replies,
                sum.unsettled
            ])?;
        }
        Ok(())
    }

    /// Makes the sums of a leaf anew from its replies.
    pub(crate) fn rebuild(connection: &Connection, leaf: i64) -> Result<()> {
        connection.prepare_cached("DELETE FROM bucket WHERE leaf = ?1")?.execute([leaf])?;
        let mut sums = Self::default();
        let mut replies = connection.prepare_cached("SELECT * FROM reply WHERE leaf = ?1")?;
        let mut rows = replies.query([leaf])?;
        while let Some(row) = rows.next()? {
            sums.add(leaf, &Reply::read(row, 1)?);
        }
        sums.write(connection)
    }
}
