//! Text that tries to break out: escapes, bidirectional controls, line breaks, secrets, wide and endless words.

use std::sync::Arc;
use std::time::Duration;

use topside_catalog::TimeZone;
use topside_export::text::{self, Listing, Page};
use topside_export::wire::v1;
use topside_model::{
    AgentProcess, Alert, AlertAbout, AlertKind, Detail, Evidence, Health, HealthState, Leftover, LeftoverKind, Limit,
    LimitSample, Place, PlaceSeen, Port, PortUse, Problem, ProcessView, Project, Session, SessionId, Snapshot, Status,
    Strength, UnknownRecords, Untrusted, Worktree,
};
use unicode_width::UnicodeWidthStr;

use crate::support;

const EVIL: &str =
    "\u{1b}[2J\u{1b}]0;owned\u{7}\u{202e}drow\nline two\u{9b}31m 漢字漢字漢字漢字漢字 e\u{301}\u{301}\u{301}\u{301}";
const SECRET: &str = "sk-proj-Abcdefghijklmnop0123456789ABCDEFGHIJKLMNOP";

fn evil(extra: &str) -> Untrusted {
    Untrusted::new(format!("{EVIL} {extra} {}", "endless".repeat(60)))
}

fn session() -> Session {
    let since = Some(support::ago(5));
    let mut session = Session {
        name: Some(evil(SECRET)),
        project: Project { cwd: Some(evil("")), name: Some(evil("")), git: None },
        evidence: vec![Evidence {
            about: "status",
            signal: format!("{EVIL} {SECRET}"),
            place: Place::File { path: evil(""), offset: 7 },
            at: since,
            strength: Strength::Record,
        }],
        detail: Arc::new(Detail { first_prompt: Some(evil(SECRET)), sources: vec![evil("")], ..Detail::default() }),
        ..support::plain("id", "p", Status::Approval { tool: evil(SECRET), summary: Some(evil(SECRET)), since })
    };
    session.key.id = SessionId::new(EVIL);
    session
}

fn snapshot() -> Snapshot {
    let rich = support::rich();
    let health = rich.health.into_iter().map(|health| Health {
        state: HealthState::Panicked(EVIL.to_owned()),
        problems: vec![Problem { path: evil(""), what: EVIL.to_owned() }],
        unknown: vec![UnknownRecords { kind: evil(""), version: Some(evil("")), count: 1 }],
        places: vec![PlaceSeen { path: evil(""), files: Some(1) }],
        ..health
    });
    let limits = rich.limits.into_iter().map(|limit| {
        let (name, plan, reached) = (Some(evil(SECRET)), Some(evil("")), Some(evil("")));
        Limit { home: evil(""), sample: LimitSample { name, plan, reached, ..limit.sample }, ..limit }
    });
    let ports = rich.ports.into_iter().map(|port| {
        let listener = PortUse { command: Some(evil(SECRET)), ..port.port };
        Port { port: listener, session: session().key, ..port }
    });
    let leftovers = rich.leftovers.into_iter().map(|one| {
        let kind = match one.kind {
            LeftoverKind::Worktree(worktree) => LeftoverKind::Worktree(Worktree {
                name: evil(""),
                path: evil(""),
                repository: evil(""),
                branch: Some(evil("")),
                ..worktree
            }),
            kind => kind,
        };
        let processes = one.processes.into_iter().map(|view| ProcessView { command: evil(SECRET), ..view });
        Leftover { kind, project: Some(evil("")), processes: processes.collect(), ..one }
    });
    Snapshot {
        leftovers: leftovers.collect(),
        sessions: vec![Arc::new(session())],
        health: health.collect(),
        limits: limits.collect(),
        ports: ports.collect(),
        programs: rich.programs.into_iter().map(|program| AgentProcess { cwd: Some(evil("")), ..program }).collect(),
        ..Snapshot::empty(support::now())
    }
}

fn faces(width: usize) -> Vec<String> {
    let (snapshot, page) = (snapshot(), Page { width, colour: false, zone: TimeZone::UTC });
    let listing = Listing { agent: None, all: true, recent: Duration::ZERO, text: true };
    let session = &snapshot.sessions[0];
    vec![
        text::ls(&snapshot, &listing, &page),
        text::show(&snapshot, session, true, &page),
        text::why(&snapshot, session, &page),
        text::ports(&snapshot, &page),
        text::reclaim(&snapshot, &page),
        text::limits(&snapshot, &page),
        text::doctor(&snapshot, &page),
        v1::reclaim(&snapshot).to_json(),
        v1::snapshot(&snapshot, true).to_json(),
        v1::session(&snapshot, session, true).to_json(),
        v1::doctor(&snapshot).to_json(),
        v1::alert(&alert(), &TimeZone::UTC).to_json(),
    ]
}

/// Somebody waits for leave, and every text about it is hostile.
fn alert() -> Alert {
    let about = AlertAbout::Session { kind: AlertKind::Approval, session: Arc::new(session()), worked: None };
    Alert { rules: vec![0], about, since: None, at: support::now(), urgent: false }
}

#[test]
fn an_alert_says_neither_what_a_command_is_nor_what_a_session_is_called() {
    let summary = Some(Untrusted::new("npm publish --dry-run"));
    let status = Status::Approval { tool: Untrusted::new("Bash"), summary, since: None };
    let detail = Arc::new(Detail { first_prompt: Some(Untrusted::new("please publish")), ..Detail::default() });
    let name = Some(Untrusted::new("a prompt in short"));
    let session = Arc::new(Session { name, detail, ..support::plain("id", "webshop", status) });
    let about = AlertAbout::Session { kind: AlertKind::Approval, session, worked: None };
    let document = v1::alert(&Alert { about, ..alert() }, &TimeZone::UTC).to_json_line();
    assert!(document.contains("\"tool\":\"Bash\""), "{document}");
    for private in ["publish", "a prompt in short", "please"] {
        assert!(!document.contains(private), "{private}: {document}");
    }
}

#[test]
fn nothing_that_acts_on_a_terminal_gets_out() {
    for face in faces(100) {
        let acts =
            |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        assert!(!face.contains(acts), "{face:?}");
        assert!(!face.contains("\\u00") && !face.contains("\\n"), "{face}");
    }
}

#[test]
fn no_secret_gets_out() {
    // So wide that nothing is clipped.
    for face in faces(9_000) {
        assert!(!face.contains("Abcdefghijklmnop"), "{face}");
    }
}

#[test]
fn a_table_keeps_to_the_page_whatever_it_holds() {
    for width in [80, 120, 240] {
        for line in faces(width)[0].lines() {
            assert!(line.width() <= width, "{width}: {line}");
        }
    }
}
