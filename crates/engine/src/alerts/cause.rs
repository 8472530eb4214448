//! What of a snapshot a rule may be about.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use topside_model::{
    AgentId, AlertAbout, AlertKind, BudgetLevel, BudgetState, Limit, LimitWindow, Port, Rule, Session, SessionKey,
    SessionKind, Snapshot, Status, Timestamp, TurnEnd, elapsed,
};

/// Signals of one need may differ so much in when they say that it began.
const SAME: Duration = Duration::from_secs(2);
/// Windows of a limit that end this close to each other are the same one, and as a part of their length.
const SAME_END: (Duration, u32) = (Duration::from_mins(1), 60);

/// Something a rule may be about.
pub(super) struct Cause {
    pub(super) kind: AlertKind,
    /// Who or what it is about; the same for every cause that can only come after this one is over.
    pub(super) subject: String,
    pub(super) mark: Mark,
    pub(super) since: Option<Timestamp>,
    pub(super) about: AlertAbout,
    agent: Option<AgentId>,
    project: Option<String>,
}

/// What tells causes about one subject apart.
#[derive(Debug, Clone, Copy)]
pub(super) enum Mark {
    /// A moment, which may be off by so much.
    At(Timestamp, Duration),
    /// There is only one such cause.
    Only,
    /// Nothing but that there was a time without.
    Unknown,
}

impl Mark {
    fn began(since: Option<Timestamp>) -> Self {
        since.map_or(Self::Unknown, |since| Self::At(since, SAME))
    }
}

impl Cause {
    /// True when `rule` is about it.
    pub(super) fn matches(&self, rule: &Rule) -> bool {
        let enough = match &self.about {
            // Of a turn without a beginning nobody knows how long it worked.
            AlertAbout::Session { kind: AlertKind::Done, worked, .. } => {
                worked.map_or(rule.after.is_zero(), |worked| worked >= rule.after)
            }
            AlertAbout::Limit { window, .. } => window.used >= rule.at,
            _ => true,
        };
        enough
            && self.kind == rule.when
            && rule.agent.as_ref().is_none_or(|agent| self.agent.as_ref() == Some(agent))
            && rule.project.as_ref().is_none_or(|project| self.project.as_ref() == Some(project))
    }

    /// How long it must last before `rule` tells it.
    pub(super) fn patience(&self, rule: &Rule) -> Duration {
        if self.kind == AlertKind::Done { Duration::ZERO } else { rule.after }
    }

    fn of_session(kind: AlertKind, session: &Arc<Session>, since: Option<Timestamp>) -> Self {
        Self {
            kind,
            subject: format!("{} {} {}", kind.id(), session.key.agent, session.key.id),
            mark: Mark::began(since),
            since,
            about: AlertAbout::Session { kind, session: Arc::clone(session), worked: None },
            agent: Some(session.key.agent.clone()),
            project: project(session),
        }
    }
}

/// What was seen before a snapshot.
#[derive(Debug, Default)]
pub(super) struct Past {
    /// When the first snapshot was taken.
    pub(super) started: Option<Timestamp>,
    /// Sessions that were once loaded, and are still shown.
    pub(super) live: BTreeSet<SessionKey>,
}

/// Everything that rules may be about in `snapshot`. Of what is over, only what ended while somebody watched.
pub(super) fn causes(snapshot: &Snapshot, past: &Past) -> Vec<Cause> {
    let sessions = snapshot.sessions.iter().filter_map(|session| state(session, snapshot, past));
    let limits = snapshot.limits.iter().flat_map(|limit| {
        let windows = limit.sample.windows.iter();
        windows.filter_map(|window| limit_window(limit, window, snapshot.taken_at))
    });
    let budgets = snapshot.budgets.iter().filter_map(budget);
    let ports = snapshot.ports.iter().filter(|port| port.orphan).map(|port| orphan(port, snapshot));
    sessions.chain(limits).chain(budgets).chain(ports).collect()
}

/// What the state of a session is worth telling.
fn state(session: &Arc<Session>, snapshot: &Snapshot, past: &Past) -> Option<Cause> {
    let identity = session.identity.as_ref();
    let (live, top) = (session.live, identity.is_none_or(|identity| identity.kind == SessionKind::User));
    // Records do not tell when a process went away.
    let was_seen = live || past.live.contains(&session.key);
    let cause = |kind, since: &Option<Timestamp>| Some(Cause::of_session(kind, session, *since));
    match &session.status {
        // Failures and ends of helpers are their parents' business; nobody but a person gives leave.
        Status::Approval { since, .. } if live && !parent_asks(session, snapshot) => cause(AlertKind::Approval, since),
        Status::Question { since, .. } if live => cause(AlertKind::Question, since),
        Status::RateLimited { since, .. } if live && top => cause(AlertKind::Limited, since),
        Status::Failed { since, .. } if top && was_seen => cause(AlertKind::Failed, since),
        Status::Crashed { at } if top && was_seen => cause(AlertKind::Failed, at),
        Status::TurnDone { .. } | Status::Ended { .. } if top => done(session, past.started?),
        // One that needs somebody is never stalled.
        _ => session.stall.filter(|_| live).and_then(|stall| cause(AlertKind::Stalled, &Some(stall.since))),
    }
}

/// True when the session's parent waits for leave, too: it does so for the session.
fn parent_asks(session: &Session, snapshot: &Snapshot) -> bool {
    let parent = session.identity.as_ref().and_then(|identity| identity.parent.clone());
    let key = parent.map(|id| SessionKey { agent: session.key.agent.clone(), id });
    let parent = key.and_then(|key| snapshot.sessions.iter().find(|other| other.key == key));
    parent.is_some_and(|parent| parent.live && matches!(parent.status, Status::Approval { .. }))
}

/// The end of a session's last turn, if that ended of itself since `started`.
fn done(session: &Arc<Session>, started: Timestamp) -> Option<Cause> {
    let Some(turn) = session.detail.turns.last() else {
        // Its version records no turns.
        let since = session.status.since().filter(|since| session.live && *since >= started)?;
        return Some(Cause::of_session(AlertKind::Done, session, Some(since)));
    };
    let (at, how) = turn.ended?;
    let at = at.or(session.status.since()).filter(|at| how == TurnEnd::Completed && *at >= started)?;
    let worked = turn.started_at.map(|began| elapsed(began, at));
    let cause = Cause::of_session(AlertKind::Done, session, Some(at));
    Some(Cause {
        subject: format!("{} {}", cause.subject, turn.id),
        mark: Mark::Only,
        about: AlertAbout::Session { kind: AlertKind::Done, session: Arc::clone(session), worked },
        ..cause
    })
}

/// A window that has not started afresh since it was reported.
fn limit_window(limit: &Limit, window: &LimitWindow, now: Timestamp) -> Option<Cause> {
    if window.resets_at.is_some_and(|resets| resets <= now) || !window.used.0.is_finite() {
        return None;
    }
    let length = window.window.unwrap_or_default();
    let (least, part) = SAME_END;
    let subject = [AlertKind::Limit.id(), limit.agent.as_str(), limit.home.raw(), limit.sample.limit.as_str()];
    Some(Cause {
        kind: AlertKind::Limit,
        subject: format!("{} {}", subject.join(" "), length.as_secs()),
        mark: window.resets_at.map_or(Mark::Unknown, |resets| Mark::At(resets, least.max(length / part))),
        since: None,
        agent: Some(limit.agent.clone()),
        project: None,
        about: AlertAbout::Limit {
            agent: limit.agent.clone(),
            name: limit.sample.name.clone(),
            window: window.clone(),
        },
    })
}

/// A budget of which much is spent.
fn budget(state: &BudgetState) -> Option<Cause> {
    let BudgetState { budget, level, from, .. } = state;
    (*level > BudgetLevel::Fine).then(|| Cause {
        kind: AlertKind::Budget,
        subject: format!("{} {} {}", AlertKind::Budget.id(), level.id(), budget.name),
        mark: Mark::began(Some(*from)),
        since: None,
        agent: budget.agent.clone(),
        project: budget.project.clone(),
        about: AlertAbout::Budget(state.clone()),
    })
}

/// A port that nobody needs any more.
fn orphan(port: &Port, snapshot: &Snapshot) -> Cause {
    let session = snapshot.sessions.iter().find(|session| session.key == port.session);
    let process = port.port.process.map_or(String::new(), |process| format!(" {}.{}", process.pid, process.started));
    Cause {
        kind: AlertKind::OrphanPort,
        subject: format!("{} {}{process}", AlertKind::OrphanPort.id(), port.port.port),
        mark: if process.is_empty() { Mark::began(port.orphan_since) } else { Mark::Only },
        since: port.orphan_since,
        agent: Some(port.session.agent.clone()),
        project: session.and_then(|session| project(session)),
        about: AlertAbout::Port { port: port.clone(), session: session.cloned() },
    }
}

fn project(session: &Session) -> Option<String> {
    session.project.name.as_ref().map(|name| name.raw().to_owned())
}
