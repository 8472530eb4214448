//! What is let go of after a time: a plan first, then its deed.

use rusqlite::{Connection, OptionalExtension, Result, TransactionBehavior};
use topside_model::{Fact, FactKind, Timestamp};

use crate::error::{StoreError, doing};
use crate::reply::time;
use crate::store::Store;

/// A day in milliseconds.
const DAY: i64 = 24 * 60 * 60 * 1000;

/// A number of days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Days(pub u32);

/// How long states, turns, tool calls and limits are kept. Replies and their sums stay for ever.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// So long; `None` for ever.
    pub keep: Option<Days>,
}

/// How many facts of a kind happened on a day (UTC), as far as that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Which kind.
    pub kind: FactKind,
    /// The day's first moment. `None` for facts without a time and states that last; they stay.
    pub day: Option<Timestamp>,
    /// How many.
    pub facts: u64,
}

/// What goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// All that was over before this moment: the start of a day (UTC).
    pub before: Timestamp,
    /// How many facts of each kind these are, without kinds of which none goes.
    pub goes: Vec<(FactKind, u64)>,
}

impl Retention {
    /// What of `held` goes at `now`: the days that are over and as old as that, each whole. Deletes nothing itself.
    pub fn plan(&self, now: Timestamp, held: &[Held]) -> Plan {
        let kept_since =
            |days: Days| now.as_millisecond().saturating_sub(i64::from(days.0) * DAY).div_euclid(DAY) * DAY;
        let before = self.keep.and_then(|days| Timestamp::from_millisecond(kept_since(days)).ok());
        let before = before.unwrap_or(Timestamp::MIN);
        let of = |kind| {
            let old = held.iter().filter(|held| held.kind == kind && held.day.is_some_and(|day| day < before));
            (kind, old.map(|held| held.facts).sum())
        };
        Plan { before, goes: FactKind::ALL.into_iter().map(of).filter(|(_, facts)| *facts > 0).collect() }
    }
}

impl Store {
    /// How many facts there are, by kind and day.
    pub fn held(&self) -> std::result::Result<Vec<Held>, StoreError> {
        held(&self.connection).map_err(doing("read", &self.path))
    }

    /// Lets go of what `plan` says, all of it or, where that fails, nothing, and for good: [`Store::record`] does not take
    /// it up again. How many facts went.
    pub fn retain(&mut self, plan: &Plan) -> std::result::Result<u64, StoreError> {
        let Self { connection, path, .. } = self;
        let mut forget = || {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let mut gone = 0;
            for (kind, _) in &plan.goes {
                let (table, at) = place(*kind);
                let forget = format!("DELETE FROM {table} WHERE {at} < ?1");
                gone += transaction.execute(&forget, [plan.before.as_millisecond()])? as u64;
            }
            transaction.execute("DELETE FROM quota WHERE id NOT IN (SELECT quota FROM quota_seen)", [])?;
            let pruned = "
                INSERT INTO pruned (id, before) VALUES (1, ?1)
                ON CONFLICT DO UPDATE SET before = max(before, excluded.before)";
            transaction.execute(pruned, [plan.before.as_millisecond()])?;
            transaction.commit()?;
            Ok(gone)
        };
        forget().map_err(doing("delete old facts from", path))
    }
}

fn held(connection: &Connection) -> Result<Vec<Held>> {
    let mut held = Vec::new();
    for kind in FactKind::ALL {
        let (table, at) = place(kind);
        let days = format!("SELECT {at} / {DAY} AS day, count(*) FROM {table} GROUP BY day");
        let mut days = connection.prepare(&days)?;
        let mut rows = days.query([])?;
        while let Some(row) = rows.next()? {
            let day = row.get::<_, Option<i64>>(0)?.and_then(|day| Timestamp::from_millisecond(day * DAY).ok());
            held.push(Held { kind, day, facts: row.get::<_, i64>(1)?.cast_unsigned() });
        }
    }
    Ok(held)
}

/// The table of a kind, and when a fact in it was over; nothing for what goes on.
fn place(kind: FactKind) -> (&'static str, &'static str) {
    match kind {
        FactKind::State => ("state", "to_at"),
        FactKind::Turn => ("turn", "coalesce(ended_at, started_at)"),
        FactKind::Call => ("call", "coalesce(finished_at, started_at)"),
        FactKind::Limit => ("quota_seen", "at"),
    }
}

/// When a fact was over; `None` for what goes on and for what has no time. The same as [`place`] says of its row.
pub(crate) fn over(fact: &Fact) -> Option<Timestamp> {
    match fact {
        Fact::State(span) => span.to,
        Fact::Turn(turn) => turn.ended_at.or(turn.started_at),
        Fact::Call(call) => call.finished_at.or(call.started_at),
        Fact::Limit(seen) => Some(seen.at),
    }
}

/// What was over before this moment was let go of, as far as that can be at `now`: a clock that was ahead when that
/// happened must not keep away what comes.
pub(crate) fn kept_since(connection: &Connection, now: Timestamp) -> Result<Option<Timestamp>> {
    let before = connection.prepare_cached("SELECT before FROM pruned")?.query_row([], |row| row.get(0)).optional()?;
    Ok(before.and_then(time).filter(|before| *before <= now))
}
