//! What is worth keeping of what the screen sees: from each snapshot, the facts that are new since the last.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use topside_model::{
    AgentId, Bookmark, CallFact, Fact, Limit, LimitId, LimitSeen, Session, SessionKey, Snapshot, StateKind, StateSpan,
    Status, StatusGroup, Timestamp, ToolCall, TurnFact, TurnView, Untrusted, elapsed,
};

/// After a pause that is longer, nothing is taken to have gone on unseen.
const PAUSE: Duration = Duration::from_mins(2);
/// Vendors say how long it is until a limit starts afresh; the moments that follow from that differ a little.
const SAME_RESET: Duration = Duration::from_mins(1);
/// No id is longer, and what is may be anything: such a turn or call is left out.
const LONGEST_ID: usize = 256;
/// Bytes kept of the name of a tool.
const LONGEST_NAME: usize = 128;

/// Turns snapshots into facts.
///
/// Facts have identities that do not depend on when anybody looked, as far as records tell when something began: one that
/// goes on from a [`Bookmark`] gives the same facts as one that never stopped.
#[derive(Debug, Default)]
pub struct Chronicle {
    followed: BTreeMap<SessionKey, Followed>,
    limits: BTreeMap<Window, LimitSeen>,
    /// When somebody last looked: at the last snapshot, before the first of them an earlier one.
    left_at: Option<Timestamp>,
    /// Snapshots so far.
    round: u64,
}

/// A window of a limit of an account.
type Window = (AgentId, Untrusted, LimitId, Option<Duration>);

/// A session of the last snapshot.
#[derive(Debug, Default)]
struct Followed {
    session: Option<Arc<Session>>,
    /// The state it is in, unless it is over.
    open: Option<StateSpan>,
    /// The snapshot it was in.
    round: u64,
}

/// When a snapshot was taken.
#[derive(Debug, Clone, Copy)]
struct Look {
    now: Timestamp,
    /// Until when the states before are known to have lasted: `now`, unless nobody watched in between.
    known: Timestamp,
}

impl Look {
    /// True when nobody watched right before.
    fn after_pause(self) -> bool {
        self.known < self.now
    }
}

impl Chronicle {
    /// One that goes on where `bookmark` says.
    pub fn new(bookmark: Bookmark) -> Self {
        let follow = |open: StateSpan| (open.session.clone(), Followed { open: Some(open), ..Followed::default() });
        Self {
            followed: bookmark.open.into_iter().map(follow).collect(),
            limits: bookmark.limits.into_iter().map(|seen| (window(&seen), seen)).collect(),
            left_at: bookmark.seen_at,
            round: 0,
        }
    }

    /// The facts that `snapshot` adds to those before. Of a simulated fleet there are none.
    pub fn observe(&mut self, snapshot: &Snapshot) -> Vec<Fact> {
        if snapshot.demo {
            return Vec::new();
        }
        self.round += 1;
        let now = whole(snapshot.taken_at);
        let paused = self.left_at.replace(now).filter(|left| elapsed(*left, now) > PAUSE);
        let look = Look { now, known: paused.unwrap_or(now) };
        let mut facts = Vec::new();
        for session in &snapshot.sessions {
            let followed = match self.followed.get_mut(&session.key) {
                Some(followed) => followed,
                None => self.followed.entry(session.key.clone()).or_default(),
            };
            followed.round = self.round;
            followed.see(session, look, &mut facts);
        }
        let round = self.round;
        self.followed.retain(|_, followed| {
            let stays = followed.round == round;
            if !stays {
                followed.leave(look, &mut facts);
            }
            stays
        });
        self.see_limits(&snapshot.limits, &mut facts);
        facts
    }

    /// Takes figures that are newer and tell something else than the last ones.
    fn see_limits(&mut self, limits: &[Limit], facts: &mut Vec<Fact>) {
        for seen in limits.iter().flat_map(figures) {
            let key = window(&seen);
            if self.limits.get(&key).is_none_or(|last| last.at < seen.at && !tell_the_same(last, &seen)) {
                self.limits.insert(key, seen.clone());
                facts.push(Fact::Limit(seen));
            }
        }
    }
}

/// The latest figure of each window of a limit. Of two windows of one length, the first stands for it.
pub(crate) fn figures(limit: &Limit) -> impl Iterator<Item = LimitSeen> {
    let mut lengths = BTreeSet::new();
    let windows = limit.sample.windows.iter().filter(|one| one.used.0.is_finite());
    windows.filter(move |one| lengths.insert(one.window.map(|length| length.as_secs()))).map(|one| LimitSeen {
        agent: limit.agent.clone(),
        home: limit.home.clone(),
        limit: limit.sample.limit.clone(),
        window: one.window.map(|length| Duration::from_secs(length.as_secs())),
        used: one.used,
        resets_at: one.resets_at.map(whole),
        at: whole(limit.sample.seen_at),
    })
}

/// True for two figures of one window of one account.
pub(crate) fn same_window(one: &LimitSeen, other: &LimitSeen) -> bool {
    one.limit == other.limit && one.window == other.window && one.home == other.home && one.agent == other.agent
}

impl Followed {
    /// Takes the session as it is now.
    fn see(&mut self, session: &Arc<Session>, look: Look, facts: &mut Vec<Fact>) {
        let before = self.session.replace(Arc::clone(session));
        let before = before.as_deref();
        if before.is_none_or(|before| !Arc::ptr_eq(&before.detail, &session.detail)) {
            let (turns, tools) = before.map_or((&[][..], &[][..]), |one| (&one.detail.turns, &one.detail.tools));
            facts.extend(news(turns, &session.detail.turns).filter_map(|one| turn(&session.key, one)).map(Fact::Turn));
            facts.extend(news(tools, &session.detail.tools).filter_map(|one| call(&session.key, one)).map(Fact::Call));
        }
        let changed = before.is_none_or(|before| before.status != session.status || before.live != session.live);
        // What looks the same after a pause may be so for the second time.
        if changed || look.after_pause() && self.open.is_some() {
            self.state(session, look, facts);
        }
    }

    fn state(&mut self, session: &Session, look: Look, facts: &mut Vec<Fact>) {
        let (state, since) = (session.status.kind(), session.status.since().map(whole));
        if session.group() == StatusGroup::Over {
            self.leave(look, facts);
            // How it ended, at the time of its last record.
            if let Some(at) = since.filter(|_| state.is_over()) {
                let point = StateSpan { session: session.key.clone(), state, tool: None, from: at, to: Some(at) };
                facts.push(Fact::State(point));
            }
            return;
        }
        let tool = match &session.status {
            Status::Approval { tool, .. } => Some(name(tool)),
            _ => None,
        };
        if self.open.as_ref().is_some_and(|open| goes_on(open, state, tool.as_ref(), since, look)) {
            return;
        }
        let mut from = since.unwrap_or(look.now);
        if let Some(mut open) = self.open.take() {
            // What began before the present state did comes back now; what began with it was there in its place. Only who
            // was kept waiting did wait: a call that was allowed runs, by its record, since it was asked for.
            let waited = open.state.waits_for_a_person() && !state.waits_for_a_person();
            let began = |since: &Timestamp| *since > open.from || *since == open.from && !waited;
            from = since.filter(began).unwrap_or(look.now.max(open.from));
            open.to = Some(from.min(look.known).max(open.from));
            facts.push(Fact::State(open));
        }
        let span = StateSpan { session: session.key.clone(), state, tool, from, to: None };
        self.open = Some(span.clone());
        facts.push(Fact::State(span));
    }

    /// Ends the state it is in.
    fn leave(&mut self, look: Look, facts: &mut Vec<Fact>) {
        if let Some(mut open) = self.open.take() {
            open.to = Some(look.known.max(open.from));
            facts.push(Fact::State(open));
        }
    }
}

/// True when a session that is in this state since then never left the state `open`. Where no record tells since when, it
/// did not if somebody watched.
fn goes_on(open: &StateSpan, state: StateKind, tool: Option<&Untrusted>, since: Option<Timestamp>, look: Look) -> bool {
    let began = match since {
        Some(since) if since >= open.from => since == open.from,
        _ => !look.after_pause(),
    };
    began && open.state == state && open.tool.as_ref() == tool
}

/// What `now` has and `before` has not. Both are in the same order.
fn news<'a, T: PartialEq>(mut before: &'a [T], now: &'a [T]) -> impl Iterator<Item = &'a T> {
    now.iter().filter(move |one| match before.iter().position(|known| known == *one) {
        Some(place) => {
            before = &before[place + 1..];
            false
        }
        None => true,
    })
}

fn turn(session: &SessionKey, turn: &TurnView) -> Option<TurnFact> {
    let (ended_at, how) = turn.ended.filter(|_| turn.id.as_str().len() <= LONGEST_ID)?;
    Some(TurnFact {
        session: session.clone(),
        turn: turn.id.clone(),
        started_at: turn.started_at.map(whole),
        ended_at: ended_at.map(whole),
        how,
    })
}

fn call(session: &SessionKey, call: &ToolCall) -> Option<CallFact> {
    let outcome = call.outcome.filter(|_| call.id.as_str().len() <= LONGEST_ID)?;
    Some(CallFact {
        session: session.clone(),
        call: call.id.clone(),
        tool: name(&call.name),
        work: call.work,
        started_at: call.started_at.map(whole),
        finished_at: call.finished_at.map(whole),
        outcome,
    })
}

/// The name of a tool, as far as it is one.
fn name(tool: &Untrusted) -> Untrusted {
    let raw = tool.raw();
    if raw.len() <= LONGEST_NAME { tool.clone() } else { Untrusted::new(&raw[..raw.floor_char_boundary(LONGEST_NAME)]) }
}

fn window(seen: &LimitSeen) -> Window {
    (seen.agent.clone(), seen.home.clone(), seen.limit.clone(), seen.window)
}

/// True for figures that tell the same, whenever they were reported.
pub(crate) fn tell_the_same(last: &LimitSeen, seen: &LimitSeen) -> bool {
    let resets = match (last.resets_at, seen.resets_at) {
        (Some(last), Some(seen)) => elapsed(last.min(seen), last.max(seen)) < SAME_RESET,
        (last, seen) => last == seen,
    };
    resets && last.used == seen.used
}

/// A time in whole milliseconds, as it is kept.
fn whole(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}
