//! Reads back what was seen.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, Result, Row};
use topside_model::{
    AgentId, Bookmark, CallFact, CallId, Fact, LimitId, LimitSeen, Percent, SessionId, SessionKey, StateKind,
    StateSpan, TimeZone, Timestamp, TurnFact, TurnId, TurnsOfDay, Untrusted,
};

use crate::error::{StoreError, doing};
use crate::kind::Numbered;
use crate::read::Past;
use crate::reply::time;
use crate::store::Store;

const STATES: &str = "
SELECT agent, name, from_at, state, tool, to_at FROM state JOIN session ON session.id = state.session";

const TURNS: &str = "
SELECT agent, session.name, turn.name, started_at, ended_at, how FROM turn JOIN session ON session.id = turn.session";

const CALLS: &str = "
SELECT agent, session.name, call.name, tool, work, started_at, finished_at, outcome
FROM call JOIN session ON session.id = call.session";

const LIMITS: &str = "
SELECT agent, home, name, length, used, resets_at, at FROM quota_seen JOIN quota ON quota.id = quota_seen.quota";

/// How a row becomes a fact.
type ReadFact = fn(&Row<'_>) -> Result<Option<Fact>>;

impl Store {
    /// Where keeping what is seen goes on.
    pub fn bookmark(&self) -> std::result::Result<Bookmark, StoreError> {
        bookmark(&self.connection).map_err(doing("read", &self.path))
    }
}

impl Past<'_> {
    /// Hands every fact that was seen to `take`, kind by kind, until it has enough.
    pub fn facts(&self, take: impl FnMut(Fact) -> ControlFlow<()>) -> std::result::Result<(), StoreError> {
        self.each_fact(take).map_err(doing("read", self.path))
    }

    /// Hands every state of these kinds to `take`; one that lasts is given as far as somebody watched.
    pub fn states(&self, kinds: &[StateKind], take: impl FnMut(StateSpan)) -> std::result::Result<(), StoreError> {
        self.each_state(kinds, take).map_err(doing("read", self.path))
    }

    /// How many turns of each session began on each day of `zone`, by session and day. Those that were not seen are not
    /// among them.
    pub fn turns_by_day(&self, zone: &TimeZone) -> std::result::Result<Vec<TurnsOfDay>, StoreError> {
        self.count_turns(zone).map_err(doing("read", self.path))
    }

    fn each_fact(&self, mut take: impl FnMut(Fact) -> ControlFlow<()>) -> Result<()> {
        let mut take = |fact: Option<Fact>| fact.map_or(ControlFlow::Continue(()), &mut take);
        let kinds: [(&str, ReadFact); 4] = [
            (TURNS, |row| Ok(turn(row)?.map(Fact::Turn))),
            (CALLS, |row| Ok(call(row)?.map(Fact::Call))),
            (STATES, |row| Ok(state(row)?.map(Fact::State))),
            (LIMITS, |row| Ok(limit(row)?.map(Fact::Limit))),
        ];
        for (query, read) in kinds {
            let mut statement = self.moment.prepare(query)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                if take(read(row)?).is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn each_state(&self, kinds: &[StateKind], mut take: impl FnMut(StateSpan)) -> Result<()> {
        let watched = bookmark(&self.moment)?.seen_at;
        let mut statement = self.moment.prepare(&format!("{STATES} WHERE state = ?1"))?;
        for kind in kinds {
            let mut rows = statement.query([kind.number()])?;
            while let Some(row) = rows.next()? {
                if let Some(span) = state(row)? {
                    take(StateSpan { to: span.to.or(watched.map(|watched| watched.max(span.from))), ..span });
                }
            }
        }
        Ok(())
    }

    fn count_turns(&self, zone: &TimeZone) -> Result<Vec<TurnsOfDay>> {
        let mut days: BTreeMap<_, TurnsOfDay> = BTreeMap::new();
        let mut statement = self.moment.prepare(TURNS)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let at = moment(row, 3)?.or(moment(row, 4)?);
            let (session, day) = (session(row)?, at.map(|at| zone.to_datetime(at).date()));
            let none = TurnsOfDay { session: session.clone(), day, first_at: at, turns: 0 };
            let known = days.entry((session, day)).or_insert(none);
            known.first_at = known.first_at.min(at);
            known.turns += 1;
        }
        Ok(days.into_values().collect())
    }
}

fn bookmark(connection: &Connection) -> Result<Bookmark> {
    let mut open = connection.prepare(&format!("{STATES} WHERE to_at IS NULL"))?;
    let open = open.query_map([], state)?.filter_map(Result::transpose).collect::<Result<_>>()?;
    let latest = "WHERE at = (SELECT max(at) FROM quota_seen WHERE quota = quota.id)";
    let mut limits = connection.prepare(&format!("{LIMITS} {latest}"))?;
    let limits = limits.query_map([], limit)?.filter_map(Result::transpose).collect::<Result<_>>()?;
    let moment = |query| connection.query_row(query, [], |row| row.get(0)).optional();
    let seen_at = moment("SELECT seen_at FROM watch")?.and_then(time);
    let kept_since = moment("SELECT before FROM pruned")?.and_then(time);
    Ok(Bookmark { open, limits, seen_at, kept_since })
}

// What a row holds; nothing for one that makes no sense, as after damage.

fn state(row: &Row<'_>) -> Result<Option<StateSpan>> {
    let Some((from, state)) = moment(row, 2)?.zip(kind(row, 3)?) else { return Ok(None) };
    let tool = row.get::<_, Option<String>>(4)?.map(Untrusted::new);
    Ok(Some(StateSpan { session: session(row)?, state, tool, from, to: moment(row, 5)? }))
}

fn turn(row: &Row<'_>) -> Result<Option<TurnFact>> {
    let Some(how) = kind(row, 5)? else { return Ok(None) };
    let turn = TurnId::new(row.get::<_, String>(2)?);
    let (started_at, ended_at) = (moment(row, 3)?, moment(row, 4)?);
    Ok(Some(TurnFact { session: session(row)?, turn, started_at, ended_at, how }))
}

fn call(row: &Row<'_>) -> Result<Option<CallFact>> {
    let Some((work, outcome)) = kind(row, 4)?.zip(kind(row, 7)?) else { return Ok(None) };
    let (call, tool) = (CallId::new(row.get::<_, String>(2)?), Untrusted::new(row.get::<_, String>(3)?));
    let (started_at, finished_at) = (moment(row, 5)?, moment(row, 6)?);
    Ok(Some(CallFact { session: session(row)?, call, tool, work, started_at, finished_at, outcome }))
}

fn limit(row: &Row<'_>) -> Result<Option<LimitSeen>> {
    let Some(at) = moment(row, 6)? else { return Ok(None) };
    Ok(Some(LimitSeen {
        agent: AgentId::new(row.get::<_, String>(0)?),
        home: Untrusted::new(row.get::<_, String>(1)?),
        limit: LimitId::new(row.get::<_, String>(2)?),
        // Less than nothing is a length that is not known.
        window: u64::try_from(row.get::<_, i64>(3)?).ok().map(Duration::from_secs),
        used: Percent(row.get(4)?),
        resets_at: moment(row, 5)?,
        at,
    }))
}

fn session(row: &Row<'_>) -> Result<SessionKey> {
    Ok(SessionKey { agent: AgentId::new(row.get::<_, String>(0)?), id: SessionId::new(row.get::<_, String>(1)?) })
}

fn moment(row: &Row<'_>, column: usize) -> Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(column)?.and_then(time))
}

fn kind<T: Numbered>(row: &Row<'_>, column: usize) -> Result<Option<T>> {
    Ok(T::numbered(row.get(column)?))
}
