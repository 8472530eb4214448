//! Model values as the tables hold them.

use rusqlite::{Connection, Result, Row, params};
use topside_model::{Charge, Share, Timestamp, Tokens, Usage};

/// Another leaf may show the reply.
const SHARED: i64 = 1;
/// The reply was counted when it was done.
const SETTLED: i64 = 2;
/// Another leaf pays for it.
const ELSEWHERE: i64 = 4;
/// The leaf's session says that another one asked for it.
const COPIED: i64 = 8;
/// It was quoted from a helper's transcript.
const QUOTED: i64 = 16;

/// A quarter of an hour in milliseconds.
const QUARTER: i64 = 15 * 60 * 1000;
/// The quarter of replies whose time is not known.
pub(crate) const NO_TIME: i64 = i64::MIN;

/// A row of `reply`, without its leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) key: i64,
    pub(crate) shared: bool,
    pub(crate) settled: bool,
    pub(crate) elsewhere: bool,
    pub(crate) share: Share,
    /// Milliseconds since 1970.
    pub(crate) at: Option<i64>,
    pub(crate) billing: i64,
    pub(crate) usage: Usage,
}

impl Reply {
    pub(crate) fn of(charge: &Charge, billing: i64) -> Self {
        let (key, shared) = (charge.mark.cast_signed(), charge.shared);
        let at = charge.at.map(Timestamp::as_millisecond);
        let (settled, share, usage) = (charge.settled, charge.share, bounded(charge.usage));
        Self { key, shared, settled, elsewhere: false, share, at, billing, usage }
    }

    /// The columns from `key` on, in the order of the table.
    pub(crate) fn read(row: &Row<'_>, from: usize) -> Result<Self> {
        let flags: i64 = row.get(from + 1)?;
        let has = |flag: i64| flags & flag != 0;
        let share = if has(COPIED) {
            Share::Copied
        } else if has(QUOTED) {
            Share::Quoted
        } else {
            Share::Own
        };
        Ok(Self {
            key: row.get(from)?,
            shared: has(SHARED),
            settled: has(SETTLED),
            elsewhere: has(ELSEWHERE),
            share,
            at: row.get(from + 2)?,
            billing: row.get(from + 3)?,
            usage: usage(row, from + 4)?,
        })
    }

    pub(crate) fn flags(&self) -> i64 {
        let share = match self.share {
            Share::Own => 0,
            Share::Copied => COPIED,
            Share::Quoted => QUOTED,
        };
        let flag = |is: bool, flag: i64| if is { flag } else { 0 };
        share | flag(self.shared, SHARED) | flag(self.settled, SETTLED) | flag(self.elsewhere, ELSEWHERE)
    }

    /// What this and another record of the reply in one leaf say together, in whatever order they come. Counts only
    /// grow; the size of the billing is to be settled anew where they did.
    pub(crate) fn and(self, other: &Self) -> Self {
        Self {
            settled: self.settled || other.settled,
            share: self.share.stronger(other.share),
            at: [self.at, other.at].into_iter().flatten().min(),
            usage: self.usage.max(other.usage),
            ..self
        }
    }

    /// Where it is summed up.
    pub(crate) fn quarter(&self) -> i64 {
        self.at.map_or(NO_TIME, |at| at.div_euclid(QUARTER))
    }
}

/// Adds a reply, unless it is there.
pub(crate) const INSERT: &str =
    "INSERT OR IGNORE INTO reply VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
/// Writes a reply over the one that is there.
pub(crate) const REPLACE: &str = "REPLACE INTO reply VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";

/// Writes a reply of `leaf` by one of the statements above. True when that changed something.
pub(crate) fn write(connection: &Connection, statement: &str, leaf: i64, reply: &Reply) -> Result<bool> {
    let [input, read, short, long, output, reasoning, searches] = columns(&reply.usage);
    let (key, flags, at, billing) = (reply.key, reply.flags(), reply.at, reply.billing);
    let row = params![leaf, key, flags, at, billing, input, read, short, long, output, reasoning, searches];
    Ok(connection.prepare_cached(statement)?.execute(row)? > 0)
}

/// No reply is so large. What a damaged record says must not make sums overflow.
const LARGEST: u64 = 1 << 40;

fn bounded(usage: Usage) -> Usage {
    let tokens = |tokens: Tokens| Tokens(tokens.0.min(LARGEST));
    Usage {
        input_uncached: tokens(usage.input_uncached),
        cache_read: tokens(usage.cache_read),
        cache_write_5m: tokens(usage.cache_write_5m),
        cache_write_1h: tokens(usage.cache_write_1h),
        output: tokens(usage.output),
        reasoning: tokens(usage.reasoning),
        web_searches: usage.web_searches.min(LARGEST),
    }
}

/// The seven columns of tokens from `from` on.
pub(crate) fn usage(row: &Row<'_>, from: usize) -> Result<Usage> {
    let count = |column: usize| row.get(from + column).map(i64::cast_unsigned);
    Ok(Usage {
        input_uncached: Tokens(count(0)?),
        cache_read: Tokens(count(1)?),
        cache_write_5m: Tokens(count(2)?),
        cache_write_1h: Tokens(count(3)?),
        output: Tokens(count(4)?),
        reasoning: Tokens(count(5)?),
        web_searches: count(6)?,
    })
}

/// The same columns to be written. SQLite's numbers end at 2^63.
pub(crate) fn columns(usage: &Usage) -> [i64; 7] {
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    [
        count(usage.input_uncached.0),
        count(usage.cache_read.0),
        count(usage.cache_write_5m.0),
        count(usage.cache_write_1h.0),
        count(usage.output.0),
        count(usage.reasoning.0),
        count(usage.web_searches),
    ]
}

/// The start of a quarter; `None` for replies whose time is not known.
pub(crate) fn start_of(quarter: i64) -> Option<Timestamp> {
    if quarter == NO_TIME { None } else { time(quarter.checked_mul(QUARTER)?) }
}

/// A time that is in range.
pub(crate) fn time(milliseconds: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(milliseconds).ok()
}
