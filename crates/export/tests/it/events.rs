//! The lines of a stream of events.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use topside_export::text::{self, Page};
use topside_export::wire::v1::{EventV1, Kept, kept};
use topside_model::{
    AgentId, CallFact, CallId, Change, ChangeKind, Conflict, Contested, Fact, LimitId, LimitSeen, Outcome, PastSession,
    Percent, Session, SessionKey, Stall, StateKind, StateSpan, TimeZone, Timestamp, TurnEnd, TurnFact, TurnId,
    Untrusted, Work,
};

use crate::support::{self, ago};

/// A change of every kind.
fn changes() -> Vec<Change> {
    let snapshot = support::rich();
    let session = Arc::clone(&snapshot.sessions[0]);
    let mut kinds = vec![
        ChangeKind::LimitObserved(seen(ago(12))),
        ChangeKind::PortOpened { session: Some(Arc::clone(&session)), port: snapshot.ports[0].clone() },
        ChangeKind::PortClosed { session: None, port: snapshot.ports[1].clone() },
    ];
    let contested = [
        Contested::File(Untrusted::new("/code/payments/src/pay.rs")),
        Contested::Tree { repository: Untrusted::new("/code/payments"), worktree: Some(Untrusted::new("hotfix")) },
        Contested::Port(5173),
        Contested::OrphanPort(8080),
    ];
    for about in contested {
        let sessions = vec![Arc::clone(&session), Arc::clone(&snapshot.sessions[1])];
        let keys = sessions.iter().map(|session| session.key.clone()).collect();
        let conflict = Conflict { about, sessions: keys, at: Some(ago(30)) };
        kinds.push(ChangeKind::ConflictBegan { conflict: conflict.clone(), sessions: sessions.clone() });
        kinds.push(ChangeKind::ConflictEnded { conflict, sessions });
    }
    kinds.push(ChangeKind::SessionStalled(Arc::clone(&session)));
    for turn in session.detail.turns.iter().filter(|turn| turn.ended.is_some()) {
        kinds.push(ChangeKind::TurnDone { session: Arc::clone(&session), turn: turn.clone() });
    }
    for call in &session.detail.tools {
        kinds.push(ChangeKind::ToolStarted { session: Arc::clone(&session), call: call.clone() });
        kinds.push(ChangeKind::ToolFinished { session: Arc::clone(&session), call: call.clone() });
    }
    for session in &snapshot.sessions {
        kinds.push(ChangeKind::SessionAppeared(Arc::clone(session)));
        kinds.push(ChangeKind::SessionEnded(Arc::clone(session)));
        kinds.push(ChangeKind::StatusChanged { session: Arc::clone(session), from: StateKind::Thinking });
    }
    kinds.into_iter().map(|what| Change { at: support::now(), what }).collect()
}

fn key() -> SessionKey {
    support::bare("a", topside_model::Status::Unknown { why: "a test", over: false }).key
}

fn seen(at: Timestamp) -> LimitSeen {
    LimitSeen {
        agent: AgentId::new("codex"),
        home: Untrusted::new("/home/ada/.codex"),
        limit: LimitId::new("codex"),
        window: Some(Duration::from_hours(5)),
        used: Percent(42.5),
        resets_at: None,
        at,
    }
}

fn span(state: StateKind, from: u64, to: Option<u64>) -> Fact {
    let tool = (state == StateKind::Approval).then(|| Untrusted::new("shell"));
    Fact::State(StateSpan { session: key(), state, tool, from: ago(from), to: to.map(ago) })
}

/// A fact of every kind.
fn facts() -> Vec<Fact> {
    let (session, tool) = (key(), Untrusted::new("shell"));
    vec![
        span(StateKind::Approval, 80, Some(70)),
        span(StateKind::Thinking, 90, Some(80)),
        span(StateKind::TurnDone, 40, None),
        span(StateKind::Ended, 20, Some(20)),
        Fact::Turn(TurnFact {
            session: session.clone(),
            turn: TurnId::new("t"),
            started_at: Some(ago(90)),
            ended_at: Some(ago(40)),
            how: TurnEnd::Completed,
        }),
        Fact::Call(CallFact {
            session,
            call: CallId::new("c"),
            tool,
            work: Work::Command,
            started_at: Some(ago(80)),
            finished_at: Some(ago(60)),
            outcome: Outcome::Failed,
        }),
        Fact::Limit(seen(ago(50))),
    ]
}

fn past(internal: bool) -> PastSession {
    PastSession {
        key: key(),
        parent: None,
        fork: false,
        internal,
        cwd: Some(Untrusted::new("/code/payments")),
        project: Some(Untrusted::new("payments")),
        version: None,
        first_at: Some(ago(100)),
        last_at: Some(ago(20)),
    }
}

fn told(facts: &[Fact], internal: bool, since: u64) -> Vec<EventV1> {
    kept(Kept { sessions: &[past(internal)], facts }, ago(since))
}

fn gap() -> EventV1 {
    EventV1::gap((ago(60), support::now()), &["port_opened"], &["turn_done"], "nobody watched")
}

#[test]
fn every_event_keeps_to_the_schema() {
    let schema: Value = serde_json::from_str(include_str!("../../schema/event.v1.json")).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let seen: Vec<EventV1> = changes().iter().map(|change| EventV1::of(change, true)).collect();
    let events = seen.into_iter().chain(told(&facts(), false, 200)).chain([gap()]);
    for event in events {
        let line = event.to_json_line(1, "1-19a");
        assert!(!line.contains('\n'), "{line}");
        let document: Value = serde_json::from_str(&line).expect("JSON");
        let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?}\n{line}");
        assert_eq!((&document["v"], &document["event"]), (&Value::from(1), &Value::from(event.what.name())));
    }
}

#[test]
fn an_event_without_its_parts_breaks_the_schema() {
    let schema: Value = serde_json::from_str(include_str!("../../schema/event.v1.json")).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let whole: Value = serde_json::from_str(&gap().to_json_line(1, "1-19a")).expect("JSON");
    for key in whole.as_object().expect("an object").keys() {
        let mut broken = whole.clone();
        broken.as_object_mut().expect("an object").remove(key);
        assert!(!validator.is_valid(&broken), "{key} may be missing");
    }
}

#[test]
fn history_tells_by_time_and_names_what_came_before_only_where_somebody_watched() {
    let lines: Vec<String> = told(&facts(), false, 200).iter().map(|event| event.to_json_line(1, "1-19a")).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn history_tells_only_what_is_asked_for_and_nothing_of_machinery() {
    let names = |events: Vec<EventV1>| events.iter().map(|event| event.what.name()).collect::<Vec<_>>().join(" ");
    assert_eq!(names(told(&facts(), false, 45)), "turn_done status_changed session_ended");
    assert_eq!(names(told(&facts(), true, 200)), "limit_observed");
}

#[test]
fn what_is_seen_and_what_is_kept_is_the_same_event() {
    let live: Vec<String> = changes().iter().map(|change| EventV1::of(change, false).id).collect();
    let kept: Vec<String> = told(&[Fact::Limit(seen(ago(12)))], false, 90).into_iter().map(|event| event.id).collect();
    assert!(live.contains(&kept[0]), "{kept:?} {live:#?}");
}

#[test]
fn each_silence_of_a_session_is_an_event_of_its_own() {
    let session = Arc::clone(&support::rich().sessions[0]);
    let silent = |since| {
        let stall = Some(Stall { since: ago(since), usual: Duration::from_mins(5) });
        let session = Session { stall, ..(*session).clone() };
        EventV1::of(&Change { at: support::now(), what: ChangeKind::SessionStalled(Arc::new(session)) }, false).id
    };
    assert_eq!(silent(400), silent(400));
    assert_ne!(silent(400), silent(300));
}

#[test]
fn questions_stay_inside_unless_asked_for() {
    let lines = |text| changes().iter().map(|change| EventV1::of(change, text).to_json_line(1, "")).collect::<String>();
    assert!(!lines(false).contains("Allow every origin?") && lines(true).contains("Allow every origin?"));
}

#[test]
fn a_line_for_people_says_who_and_what() {
    let page = Page { width: 100, colour: false, zone: TimeZone::UTC };
    let live: Vec<EventV1> = changes().iter().map(|change| EventV1::of(change, false)).collect();
    let events = live.into_iter().chain(told(&facts(), false, 200)).chain([gap()]);
    insta::assert_snapshot!(events.map(|event| text::event(&event, &page)).collect::<String>());
}
