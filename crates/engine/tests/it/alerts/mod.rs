//! What a user is told of, and that nothing is told twice.

mod manners;
mod properties;
mod rules;

use std::sync::Arc;
use std::time::Duration;

use topside_engine::Alerts;
use topside_model::{
    AgentId, Alert, AlertAbout, AlertKind, AlertPolicy, Identity, Percent, Project, Rule, Session, SessionId,
    SessionKey, SessionKind, Snapshot, Status, TimeZone, Told, Untrusted,
};

use crate::scene::at;

pub(crate) fn rule(when: AlertKind) -> Rule {
    Rule { when, after: Duration::ZERO, at: Percent(80.0), project: None, agent: None, urgent: false }
}

pub(crate) fn policy(rules: Vec<Rule>) -> AlertPolicy {
    AlertPolicy { rules, quiet: None, per_minute: 100 }
}

pub(crate) fn alerts(rules: Vec<Rule>) -> Alerts {
    Alerts::new(policy(rules), TimeZone::UTC, &[])
}

/// A session of the project `webshop` that somebody talks to.
pub(crate) fn session(id: &str, status: Status) -> Session {
    let key = SessionKey { agent: AgentId::new("codex"), id: SessionId::new(id) };
    let project = Project { name: Some(Untrusted::new("webshop")), ..Project::default() };
    Session { live: !status.kind().is_over(), project, ..Session::new(key, status) }
}

/// The same session as a helper of the session `parent`.
pub(crate) fn helper(parent: &str, session: Session) -> Session {
    let kind = SessionKind::Subagent { nickname: None, role: None };
    let identity = Identity { kind, parent: Some(SessionId::new(parent)), ..Identity::default() };
    Session { identity: Some(Arc::new(identity)), ..session }
}

pub(crate) fn snapshot(second: i64, sessions: Vec<Session>) -> Snapshot {
    Snapshot { sessions: sessions.into_iter().map(Arc::new).collect(), ..Snapshot::empty(at(second)) }
}

pub(crate) fn approval(since: Option<i64>) -> Status {
    Status::Approval { tool: Untrusted::new("Bash"), summary: None, since: since.map(at) }
}

pub(crate) fn thinking() -> Status {
    Status::Thinking { since: None }
}

/// An alert in short: `approval a`, `limit 85%`, `3 more`; behind it the rules if they are not the first alone.
pub(crate) fn word(alert: &Alert) -> String {
    let what = match &alert.about {
        AlertAbout::Session { kind, session, .. } => format!("{} {}", kind.id(), session.key.id),
        AlertAbout::Limit { window, .. } => format!("limit {}%", window.used.0),
        AlertAbout::Budget(state) => format!("budget {} {}", state.budget.name, state.level.id()),
        AlertAbout::Port { port, .. } => format!("port {}", port.port.port),
        AlertAbout::More(count) => format!("{count} more"),
        AlertAbout::Test => "test".to_owned(),
    };
    if alert.rules == [0] { what } else { format!("{what} {:?}", alert.rules) }
}

pub(crate) fn words(alerts: &[Alert]) -> String {
    alerts.iter().map(word).collect::<Vec<_>>().join(", ")
}

/// What looks at these snapshots tell, each at the second it was taken.
pub(crate) fn told(alerts: &mut Alerts, snapshots: impl IntoIterator<Item = Snapshot>) -> Vec<String> {
    let look = |snapshot: Snapshot| words(&alerts.look(&snapshot, snapshot.taken_at));
    snapshots.into_iter().map(look).collect()
}

/// What one session in these states, seen at these seconds, has these rules tell.
#[track_caller]
pub(crate) fn check(rules: Vec<Rule>, states: &[(i64, Status)], expected: &[&str]) {
    let looks = states.iter().map(|(second, status)| snapshot(*second, vec![session("a", status.clone())]));
    assert_eq!(told(&mut alerts(rules), looks), expected);
}

/// One that goes on after a restart at this second.
pub(crate) fn restarted(alerts: &Alerts, rules: Vec<Rule>, second: i64) -> Alerts {
    let kept: Vec<Told> = alerts.told(at(second));
    Alerts::new(policy(rules), TimeZone::UTC, &kept)
}
