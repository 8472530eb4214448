//! What alerts say, and what they never say.

use std::sync::Arc;
use std::time::Duration;

use topside_catalog::{TimeZone, alert};
use topside_model::{
    AgentId, Alert, AlertAbout, AlertKind, Amount, Budget, BudgetLevel, BudgetPer, BudgetState, Delivery, ErrorClass,
    LimitWindow, Money, Percent, Port, PortUse, ProcessRef, Project, Session, SessionId, SessionKey, Stall, Status,
    Timestamp, Untrusted,
};

fn at(text: &str) -> Timestamp {
    text.parse().expect("a moment")
}

fn now() -> Timestamp {
    at("2026-11-20T14:02:07Z")
}

fn session(project: Option<&str>, status: Status) -> Arc<Session> {
    let key = SessionKey { agent: AgentId::new("codex"), id: SessionId::new("019a3c1b-7e52-7000") };
    let project = Project { name: project.map(Untrusted::new), ..Project::default() };
    Arc::new(Session { project, ..Session::new(key, status) })
}

fn approval(tool: &str, summary: &str) -> Status {
    Status::Approval { tool: Untrusted::new(tool), summary: Some(Untrusted::new(summary)), since: None }
}

/// What an alert about this says: the headline, and below it.
fn said(about: AlertAbout) -> (String, Option<String>) {
    let alert = Alert { rules: vec![0], about, since: None, at: now(), urgent: false };
    (alert::title(&alert, &TimeZone::UTC), alert::body(&alert, &TimeZone::UTC))
}

#[track_caller]
fn check(about: AlertAbout, title: &str, body: Option<&str>) {
    assert_eq!(said(about), (title.to_owned(), body.map(str::to_owned)));
}

#[track_caller]
fn check_session(kind: AlertKind, status: Status, title: &str, body: Option<&str>) {
    let worked = (kind == AlertKind::Done).then(|| Duration::from_secs(250));
    check(AlertAbout::Session { kind, session: session(Some("webshop"), status), worked }, title, body);
}

#[test]
fn a_session_is_told_by_its_project_and_what_it_needs() {
    let asks = approval("Bash", "npm publish --dry-run");
    check_session(AlertKind::Approval, asks, "webshop needs your permission: Bash", Some("npm publish --dry-run"));
}

#[test]
fn states_are_told_in_a_few_words() {
    use AlertKind::{Done, Failed, Limited, Question};
    let asks = Status::Question { text: Some(Untrusted::new("Shall I?")), since: None };
    check_session(Question, asks, "webshop asks you a question", None);
    check_session(Done, Status::TurnDone { since: None }, "webshop is done", Some("it worked 4m 10s"));
    let message = Some(Untrusted::new("what the model wrote"));
    let failed = Status::Failed { error: ErrorClass::Server, message, since: None };
    check_session(Failed, failed, "webshop: failed: server error", None);
    check_session(Failed, Status::Crashed { at: None }, "webshop: crashed", None);
    let until = Some(at("2026-11-20T15:40:00Z"));
    check_session(Limited, Status::RateLimited { until, since: None }, "webshop: limit until 15:40", None);
    let stall = Some(Stall { since: at("2026-11-20T13:58:07Z"), usual: Duration::from_secs(90) });
    let silent = Session { stall, ..(*session(Some("webshop"), Status::Thinking { since: None })).clone() };
    check(
        AlertAbout::Session { kind: AlertKind::Stalled, session: Arc::new(silent), worked: None },
        "webshop is silent for longer than usual",
        Some("4m without a sign of life; it usually takes up to 1m 30s"),
    );
    let nameless = session(None, Status::TurnDone { since: None });
    check(AlertAbout::Session { kind: Done, session: nameless, worked: None }, "codex 019a3c1b is done", None);
}

#[test]
fn what_is_used_up_is_told_with_its_figures() {
    let window = LimitWindow {
        window: Some(Duration::from_hours(5)),
        used: Percent(84.6),
        resets_at: Some(at("2026-11-20T15:40:00Z")),
    };
    check(
        AlertAbout::Limit { agent: AgentId::new("codex"), name: None, window },
        "codex: 85% of the 5 h limit used",
        Some("it starts afresh at 15:40"),
    );
    let budget = |level| {
        let amount = Amount::Money(Money::micros(20_000_000));
        let (name, per, warn) = ("webshop".to_owned(), BudgetPer::Day, Percent(80.0));
        let budget = Budget { name, per, project: None, agent: None, amount, warn };
        let used = Amount::Money(Money::micros(16_800_000));
        BudgetState { budget, used, share: Percent(84.0), level, from: now(), until: now(), floor: true }
    };
    let spent = Some("≥$16.80 of $20.00 per day");
    check(AlertAbout::Budget(budget(BudgetLevel::Warn)), "budget webshop: ≥84% spent", spent);
    check(AlertAbout::Budget(budget(BudgetLevel::Over)), "budget webshop is spent", spent);
}

#[test]
fn a_port_and_many_at_once() {
    let process = Some(ProcessRef { pid: 4242, started: 1 });
    let session = session(Some("webshop"), Status::Ended { at: None });
    let command = Some(Untrusted::new("node server.js"));
    let port = Port {
        port: PortUse { port: 3000, exposed: false, process, command },
        session: session.key.clone(),
        orphan_since: None,
        orphan: true,
    };
    check(
        AlertAbout::Port { port, session: Some(session) },
        "port 3000 is open though its session is over",
        Some("webshop left it, pid 4242, node server.js"),
    );
    check(AlertAbout::More(5), "5 more need a look", None);
}

#[test]
fn hostile_text_is_one_short_harmless_line() {
    let evil = "\u{1b}]9;x\u{7}\u{9c}\n\u{202e}sk-proj-Abcdefghijklmnop0123456789ABCDEFGHIJKLMNOP ".repeat(50);
    let session = session(Some(&evil), approval(&evil, &evil));
    let (title, body) = said(AlertAbout::Session { kind: AlertKind::Approval, session, worked: None });
    for (text, most) in [(title, 100), (body.expect("a command"), 200)] {
        assert!(!text.contains(|c: char| c.is_control() || c == '\u{202e}'), "{text:?}");
        assert!(text.chars().count() <= most, "{text:?}");
    }
}

#[test]
fn a_way_says_whether_it_works() {
    let fares = |sent_at, failed: Option<&str>| {
        let failed = failed.map(|at_| (at(at_), "send it to example.org: no answer within 5 s".to_owned()));
        alert::fares(&Delivery { target: "webhook", sent_at, failed }, now(), &TimeZone::UTC)
    };
    let early = "2026-11-20T13:00:00Z";
    assert_eq!(fares(None, None), "nothing was told there yet");
    assert_eq!(fares(Some(at("2026-11-20T14:00:00Z")), Some(early)), "works, last at 14:00");
    assert_eq!(fares(None, Some(early)), "failed at 13:00: send it to example.org: no answer within 5 s");
}
