//! Writes down what was seen: all of it or nothing, and each fact once.

use rusqlite::{Connection, OptionalExtension, Result, TransactionBehavior, params};
use topside_model::{CallFact, Fact, LimitSeen, SessionKey, StateSpan, Timestamp, TurnFact, Untrusted};

use crate::error::{StoreError, doing};
use crate::kind::Numbered;
use crate::retention::{kept_since, over};
use crate::store::Store;

/// Later knowledge wins: a state that ended may turn out to go on.
const STATE: &str = "
INSERT INTO state (session, from_at, state, tool, to_at) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT DO UPDATE SET tool = excluded.tool, to_at = excluded.to_at";

const FORGET_STATE: &str = "
DELETE FROM state
WHERE session = (SELECT id FROM session WHERE agent = ?1 AND name = ?2) AND from_at = ?3 AND state = ?4";

/// A turn that goes on after it seemed to be over is one turn, from its first start to its last end.
const TURN: &str = "
INSERT INTO turn (session, name, started_at, ended_at, how) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT DO UPDATE SET
    how = CASE WHEN excluded.ended_at < ended_at THEN how ELSE excluded.how END,
    started_at = coalesce(min(started_at, excluded.started_at), started_at, excluded.started_at),
    ended_at = coalesce(max(ended_at, excluded.ended_at), ended_at, excluded.ended_at)";

/// Work in the background comes back a second time.
const CALL: &str = "
INSERT INTO call (session, name, tool, work, started_at, finished_at, outcome) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT DO UPDATE SET
    tool = excluded.tool, work = excluded.work, outcome = excluded.outcome,
    started_at = coalesce(excluded.started_at, started_at), finished_at = coalesce(excluded.finished_at, finished_at)";

const LIMIT: &str = "
INSERT INTO quota_seen (quota, at, used, resets_at) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT DO UPDATE SET used = excluded.used, resets_at = excluded.resets_at";

/// The window of a limit whose length is not known.
pub(crate) const NO_WINDOW: i64 = -1;

impl Store {
    /// Writes down what was seen, in this order, and that somebody watched until `seen_at`. All of it is kept or, where
    /// that fails, nothing. What is known already changes nothing, and what was let go of ([`Store::retain`]) stays away.
    pub fn record(&mut self, facts: &[Fact], seen_at: Timestamp) -> std::result::Result<(), StoreError> {
        let Self { connection, path, .. } = self;
        let mut write = || {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let kept_since = kept_since(&transaction, seen_at)?;
            for fact in facts {
                write(&transaction, fact, kept_since)?;
            }
            let watched = "
                INSERT INTO watch (id, seen_at) VALUES (1, ?1)
                ON CONFLICT DO UPDATE SET seen_at = max(seen_at, excluded.seen_at)";
            transaction.prepare_cached(watched)?.execute([seen_at.as_millisecond()])?;
            transaction.commit()
        };
        write().map_err(doing("write what was seen to", path))
    }
}

/// Writes a fact down, unless it was over before `kept_since`.
fn write(connection: &Connection, fact: &Fact, kept_since: Option<Timestamp>) -> Result<()> {
    let is_gone = over(fact).zip(kept_since).is_some_and(|(at, since)| at < since);
    match fact {
        // By what is written it may still last.
        Fact::State(span) if is_gone => forget(connection, span),
        _ if is_gone => Ok(()),
        Fact::State(span) => state(connection, span),
        Fact::Turn(fact) => turn(connection, fact),
        Fact::Call(fact) => call(connection, fact),
        Fact::Limit(seen) => limit(connection, seen),
    }
}

fn state(connection: &Connection, span: &StateSpan) -> Result<()> {
    // What took no time turned out to be the state that came in its place.
    if span.to == Some(span.from) && !span.state.is_over() {
        return forget(connection, span);
    }
    let (session, from, state) = (session(connection, &span.session)?, span.from.as_millisecond(), span.state.number());
    let tool = span.tool.as_ref().map(Untrusted::raw);
    connection.prepare_cached(STATE)?.execute(params![session, from, state, tool, moment(span.to)])?;
    Ok(())
}

/// Takes a state back.
fn forget(connection: &Connection, span: &StateSpan) -> Result<()> {
    let (agent, name) = (span.session.agent.as_str(), span.session.id.as_str());
    let row = params![agent, name, span.from.as_millisecond(), span.state.number()];
    connection.prepare_cached(FORGET_STATE)?.execute(row)?;
    Ok(())
}

fn turn(connection: &Connection, fact: &TurnFact) -> Result<()> {
    let session = session(connection, &fact.session)?;
    let (started, ended) = (moment(fact.started_at), moment(fact.ended_at));
    let row = params![session, fact.turn.as_str(), started, ended, fact.how.number()];
    connection.prepare_cached(TURN)?.execute(row)?;
    Ok(())
}

fn call(connection: &Connection, fact: &CallFact) -> Result<()> {
    let row = params![
        session(connection, &fact.session)?,
        fact.call.as_str(),
        fact.tool.raw(),
        fact.work.number(),
        moment(fact.started_at),
        moment(fact.finished_at),
        fact.outcome.number(),
    ];
    connection.prepare_cached(CALL)?.execute(row)?;
    Ok(())
}

fn limit(connection: &Connection, seen: &LimitSeen) -> Result<()> {
    let window = seen.window.map_or(NO_WINDOW, |window| i64::try_from(window.as_secs()).unwrap_or(i64::MAX));
    let key = params![seen.agent.as_str(), seen.home.raw(), seen.limit.as_str(), window];
    let known = "SELECT id FROM quota WHERE agent = ?1 AND home = ?2 AND name = ?3 AND length = ?4";
    let known = connection.prepare_cached(known)?.query_row(key, |row| row.get(0)).optional()?;
    let quota: i64 = if let Some(known) = known {
        known
    } else {
        let add = "INSERT INTO quota (agent, home, name, length) VALUES (?1, ?2, ?3, ?4)";
        connection.prepare_cached(add)?.insert(key)?
    };
    let row = params![quota, seen.at.as_millisecond(), seen.used.0, moment(seen.resets_at)];
    connection.prepare_cached(LIMIT)?.execute(row)?;
    Ok(())
}

/// Number of a session; of one that no transcript told of yet, only the name is known.
fn session(connection: &Connection, key: &SessionKey) -> Result<i64> {
    let (agent, name) = (key.agent.as_str(), key.id.as_str());
    let known = "SELECT id FROM session WHERE agent = ?1 AND name = ?2";
    let known = connection.prepare_cached(known)?.query_row([agent, name], |row| row.get(0)).optional()?;
    if let Some(known) = known {
        return Ok(known);
    }
    let add = "INSERT INTO session (agent, name, fork, internal) VALUES (?1, ?2, 0, 0)";
    connection.prepare_cached(add)?.insert([agent, name])
}

/// Milliseconds since 1970.
fn moment(at: Option<Timestamp>) -> Option<i64> {
    at.map(Timestamp::as_millisecond)
}
