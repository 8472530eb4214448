//! Fields, order and rows of a list of sessions.

use std::collections::BTreeSet;
use std::sync::Arc;

use topside_catalog::session::{agent_short, model_short};
use topside_catalog::{Field, Group, Kind, RowFilter, SESSION, Unit, Value, order, rows};
use topside_model::{
    AgentId, CallId, Identity, ModelId, Project, Session, SessionId, SessionKey, SessionKind, Settings, Snapshot,
    Status, Timestamp, Tokens, Untrusted, Usage,
};

const NOW: i64 = 1_800_000_000;

fn ago(seconds: i64) -> Option<Timestamp> {
    Timestamp::from_second(NOW - seconds).ok()
}

fn now() -> Timestamp {
    Timestamp::from_second(NOW).expect("it is in this century")
}

fn session(id: &str, project: &str, status: Status) -> Session {
    let key = SessionKey { agent: AgentId::new("codex"), id: SessionId::new(id) };
    Session {
        project: Project { name: Some(Untrusted::new(project)), ..Project::default() },
        ..Session::new(key, status)
    }
}

fn child(id: &str, parent: &str, kind: SessionKind, status: Status) -> Session {
    let identity = Identity { kind, parent: Some(SessionId::new(parent)), ..Identity::default() };
    Session { identity: Some(Arc::new(identity)), ..session(id, "p", status) }
}

fn subagent() -> SessionKind {
    SessionKind::Subagent { nickname: None, role: None }
}

fn thinking() -> Status {
    Status::Thinking { since: ago(5) }
}

fn question(seconds: i64) -> Status {
    Status::Question { text: None, since: ago(seconds) }
}

fn ids(sessions: &[Arc<Session>]) -> String {
    let ids: Vec<&str> = sessions.iter().map(|session| session.key.id.as_str()).collect();
    ids.join(" ")
}

fn listed(sessions: Vec<Session>, filter: &RowFilter) -> String {
    let sessions = sessions.into_iter().map(Arc::new).collect();
    let snapshot = Snapshot { sessions, ..Snapshot::empty(now()) };
    let rows: Vec<String> = rows(&snapshot, filter, now())
        .iter()
        .map(|row| format!("{}{}{}", ">".repeat(row.depth), row.session.key.id, "+".repeat(row.folded)))
        .collect();
    rows.join(" ")
}

#[test]
fn need_comes_first_and_the_longest_wait_first_of_all() {
    let sessions = vec![
        session("working-b", "b", thinking()),
        session("working-a", "a", Status::Compacting { since: ago(1) }),
        session("ended-old", "z", Status::Ended { at: ago(500) }),
        session("ended-new", "z", Status::Crashed { at: ago(50) }),
        session("asks", "z", question(40)),
        session("asked-long-ago", "z", question(400)),
        session(
            "failed",
            "z",
            Status::Failed { error: topside_model::ErrorClass::Other, message: None, since: ago(100) },
        ),
        session("limited", "z", Status::RateLimited { until: None, since: ago(900) }),
        session("done", "z", Status::TurnDone { since: ago(30) }),
        session("done-before", "z", Status::TurnDone { since: ago(300) }),
        session("idle", "z", Status::TurnDone { since: ago(601) }),
        session("new", "a", Status::New { since: ago(1) }),
        session("unknown", "a", Status::Unknown { why: "it is", over: false }),
    ];
    let live = |session| Arc::new(Session { live: true, ..session });
    let sessions: Vec<Arc<Session>> = sessions.into_iter().map(live).collect();
    let expected =
        "asked-long-ago failed asks limited done-before done working-a working-b new idle unknown ended-new ended-old";
    assert_eq!(ids(&order(&sessions, now())), expected);
    let reversed: Vec<Arc<Session>> = sessions.into_iter().rev().collect();
    assert_eq!(ids(&order(&reversed, now())), expected, "the order does not depend on how they come");
}

#[test]
fn subagents_fold_under_their_parent() {
    let family = || {
        vec![
            session("top", "p", Status::WaitingOnSubagents { n: 2, since: None }),
            child("works", "top", subagent(), thinking()),
            child("grandchild", "works", subagent(), thinking()),
            child("done", "top", subagent(), Status::Ended { at: None }),
            child("guardian", "top", SessionKind::Internal(Untrusted::new("guardian")), thinking()),
            child("lost", "nobody", subagent(), thinking()),
        ]
    };
    assert_eq!(listed(family(), &RowFilter::default()), "lost top+");
    let all = RowFilter { over: true, children: true, ..RowFilter::default() };
    assert_eq!(listed(family(), &all), "lost top >works >>grandchild >done");
}

#[test]
fn a_subagent_that_needs_a_person_is_a_row_of_its_own() {
    let sessions = vec![session("top", "p", thinking()), child("asks", "top", subagent(), question(9))];
    assert_eq!(listed(sessions, &RowFilter::default()), "asks top");
}

#[test]
fn a_subagent_outlives_the_row_of_a_parent_that_is_over() {
    let sessions = vec![session("top", "p", Status::Ended { at: None }), child("works", "top", subagent(), thinking())];
    assert_eq!(listed(sessions, &RowFilter::default()), "works");
}

#[test]
fn every_word_of_a_filter_must_occur() {
    let tool = |summary: &str| Status::RunningTool {
        call: CallId::new("1"),
        name: Untrusted::new("exec"),
        summary: Some(Untrusted::new(summary)),
        parallel: 1,
        since: None,
    };
    let sessions = || {
        vec![
            session("1", "shop", tool("cargo test")),
            session("2", "shop", thinking()),
            session("3", "api", thinking()),
        ]
    };
    for (text, expected) in
        [("shop", "1 2"), ("SHOP think", "2"), ("codex", "3 1 2"), ("cargo", "1"), ("nothing", ""), (" ", "3 1 2")]
    {
        let filter = RowFilter { text: text.to_owned(), ..RowFilter::default() };
        assert_eq!(listed(sessions(), &filter), expected, "{text}");
    }
}

#[test]
fn every_field_is_named_once_and_explained() {
    let ids: BTreeSet<&str> = SESSION.iter().map(|field| field.id).collect();
    assert_eq!(ids.len(), SESSION.len());
    for Field { id, title, unit, kind, help, .. } in SESSION {
        assert!(help.ends_with('.') && !title.is_empty(), "{id}");
        assert_eq!(*kind == Kind::Counter, id.ends_with("_total"), "{id}");
        assert_eq!(*kind == Kind::Label, *unit == Unit::None, "{id}");
        let suffix = match unit {
            Unit::Percent => "_percent",
            Unit::Seconds => "_seconds",
            Unit::Bytes => "_bytes",
            _ => "",
        };
        assert!(id.ends_with(suffix), "{id}");
    }
}

#[test]
fn what_is_not_known_comes_last_in_both_directions() {
    let known = Session { usage: Usage { output: Tokens(9), ..Usage::default() }, ..session("known", "a", thinking()) };
    let nameless = Session { project: Project::default(), ..session("nameless", "", question(8)) };
    for id in ["project", "quiet_seconds"] {
        let field = topside_catalog::session::field(id).unwrap();
        assert_eq!((field.read)(&nameless, now()), Value::Unknown);
        let with_time = Session { last_at: ago(3), ..known.clone() };
        assert!(field.compare(&with_time, &nameless, now()).is_lt());
        assert!(field.compare(&nameless, &with_time, now()).is_gt());
    }
    let tokens = topside_catalog::session::field("tokens_total").unwrap();
    assert!(tokens.compare(&known, &nameless, now()).is_lt(), "more tokens come first");
}

#[test]
fn agents_and_models_have_short_names() {
    let named = |agent: &str, model: &str| Session {
        settings: Arc::new(Settings { model: Some(ModelId::new(model)), ..Settings::default() }),
        ..Session::new(SessionKey { agent: AgentId::new(agent), id: SessionId::new("1") }, thinking())
    };
    for (agent, model, short_agent, short_model) in [
        ("claude_code", "claude-opus-5-20260801", "claude", "opus-5"),
        ("codex", "gpt-5.6-codex", "codex", "gpt-5.6-codex"),
        ("zed_agent", "claude-x", "zed", "x"),
        ("codex", "o9-12345678", "codex", "o9"),
        ("codex", "o9-1234567x", "codex", "o9-1234567x"),
    ] {
        let session = named(agent, model);
        let short = (agent_short(&session), model_short(&session));
        assert_eq!(short, (short_agent.to_owned(), Some(short_model.to_owned())));
    }
    assert_eq!(model_short(&session("1", "p", thinking())), None);
}

#[test]
fn groups_stand_in_one_order() {
    assert!(Group::ALL.is_sorted());
}
