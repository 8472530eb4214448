//! One session, a snapshot of some, a screen, and what it draws.

use std::sync::Arc;
use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use topside_catalog::TimeZone;
use topside_model::{
    AgentId, Bytes, CallId, Context, GitState, Health, HealthState, Identity, ModelId, Percent, PlaceSeen, ProcessRef,
    ProcessView, Project, Session, SessionId, SessionKey, SessionKind, Setting, Settings, Snapshot, Status, Tie,
    Timestamp, Tokens, ToolCounts, TurnCounts, Untrusted, Usage, Vitals,
};
use topside_tui::{Msg, Screen, Theme, draw, update};

/// 2026-11-20 14:02:07 UTC, a Friday.
pub(crate) const NOW: i64 = 1_795_183_327;

pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(NOW).expect("it is in this century")
}

pub(crate) fn ago(seconds: i64) -> Option<Timestamp> {
    Timestamp::from_second(NOW - seconds).ok()
}

pub(crate) fn text(text: &str) -> Untrusted {
    Untrusted::new(text)
}

pub(crate) fn key(id: &str) -> SessionKey {
    SessionKey { agent: AgentId::new("codex"), id: SessionId::new(id) }
}

/// A session with a bit of everything, its figures following from `seed`.
pub(crate) fn session(id: &str, project: &str, branch: &str, seed: u64, status: Status) -> Session {
    let git = GitState {
        branch: Some(text(branch)),
        ahead: Some(seed % 3),
        added: Some(seed % 2),
        modified: Some(seed % 9),
        ..GitState::default()
    };
    let used = seed * 37 % 95;
    Session {
        identity: Some(Arc::new(Identity {
            created: ago(60 * (seed * seed).cast_signed() + 90),
            version: Some(text("0.98.1")),
            originator: Some(text("codex-tui")),
            ..Identity::default()
        })),
        settings: Arc::new(Settings {
            model: Some(ModelId::new(if seed.is_multiple_of(2) { "gpt-5.6" } else { "gpt-5.6-codex" })),
            effort: Setting::Set(Untrusted::new("high")),
            approval: Some(text("on-request")),
            sandbox: Some(text("workspace-write")),
            ..Settings::default()
        }),
        project: Project {
            cwd: Some(text(&format!("/home/ada/{project}"))),
            name: Some(text(project)),
            git: Some(git),
        },
        usage: Usage {
            input_uncached: Tokens(seed * 31_000),
            cache_read: Tokens(seed * seed * 41_000),
            output: Tokens(seed * 7_100),
            reasoning: Tokens(seed * 2_000),
            ..Usage::default()
        },
        responses: seed * 4,
        context: Context {
            used: Some(Tokens(used * 2_720)),
            window: Some(Tokens(272_000)),
            left: Some(Percent(100.0 - used as f64)),
            compacts_at: Some(Percent(90.0)),
            ..Context::default()
        },
        turns: TurnCounts { started: Some(seed), completed: seed.saturating_sub(1), ..TurnCounts::default() },
        prompts: seed,
        tools: ToolCounts { started: seed * 6, finished: seed * 6 - 1, web_searches: 0 },
        token_rate: (0..12).map(|minute| Tokens((minute * seed * 7 % 23) * 900)).collect(),
        last_at: ago(4),
        live: true,
        owner_sessions: 1,
        vitals: Some(Vitals { cpu: Some(Percent(seed as f64 * 3.5)), memory: Some(Bytes(seed * 61_000_000)) }),
        ..Session::new(key(id), status)
    }
}

/// A subagent of `parent`.
pub(crate) fn child(id: &str, parent: &str, name: &str, status: Status) -> Session {
    let identity = Identity {
        kind: SessionKind::Subagent { nickname: Some(text(name)), role: None },
        parent: Some(SessionId::new(parent)),
        created: ago(120),
        ..Identity::default()
    };
    Session { identity: Some(Arc::new(identity)), ..session(id, "data-viz", "feat/map", 3, status) }
}

pub(crate) fn running(name: &str, summary: &str, seconds: i64) -> Status {
    Status::RunningTool {
        call: CallId::new("call-1"),
        name: Untrusted::new(name),
        summary: Some(text(summary)),
        parallel: 1,
        since: ago(seconds),
    }
}

pub(crate) fn approval(seconds: i64) -> Status {
    Status::Approval { tool: Untrusted::new("exec"), summary: Some(text("npm publish --dry-run")), since: ago(seconds) }
}

/// A process, `depth` steps below its owner.
pub(crate) fn process(pid: u32, depth: u32, command: &str) -> ProcessView {
    ProcessView {
        process: ProcessRef { pid, started: 1 },
        parent: 1,
        depth,
        command: Untrusted::new(command),
        vitals: Vitals { cpu: Some(Percent(12.0)), memory: Some(Bytes(88_000_000)) },
        started_at: ago(4000),
        tie: if depth == 0 { Tie::Owner } else { Tie::Tree },
    }
}

pub(crate) fn snapshot(sessions: Vec<Session>) -> Snapshot {
    Snapshot {
        sessions: sessions.into_iter().map(Arc::new).collect(),
        health: vec![health(HealthState::Up)],
        ..Snapshot::empty(now())
    }
}

pub(crate) fn health(state: HealthState) -> Health {
    Health {
        agent: AgentId::new("codex"),
        title: "Codex",
        state,
        places: vec![
            PlaceSeen { path: Untrusted::new("/home/ada/.codex/sessions"), files: Some(0) },
            PlaceSeen { path: Untrusted::new("/home/ada/.codex/archived_sessions"), files: None },
        ],
        unknown: Vec::new(),
        problems: Vec::new(),
        bytes_read: Bytes(0),
        events: 0,
        last_round: Duration::ZERO,
    }
}

pub(crate) fn screen(snapshot: &Snapshot, width: u16, height: u16) -> Screen {
    let mut screen = Screen::new(now(), TimeZone::UTC, Theme::Dark);
    update(&mut screen, snapshot, &Msg::Resize(width, height));
    update(&mut screen, snapshot, &Msg::Tick(snapshot.taken_at));
    screen
}

pub(crate) fn buffer(screen: &Screen, snapshot: &Snapshot, width: u16, height: u16) -> Buffer {
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    draw(&mut buffer, screen, snapshot);
    buffer
}

/// The frame as text, blanks at the ends of lines cut.
pub(crate) fn frame(screen: &Screen, snapshot: &Snapshot, width: u16, height: u16) -> String {
    let buffer = buffer(screen, snapshot, width, height);
    let lines: Vec<String> = (0..height).map(|y| line(&buffer, y).trim_end().to_owned()).collect();
    lines.join("\n")
}

/// A row of the buffer as text; the cells behind a wide glyph are left out.
pub(crate) fn line(buffer: &Buffer, y: u16) -> String {
    let mut text = String::new();
    let mut skip = 0;
    for x in 0..buffer.area.width {
        let symbol = buffer[(x, y)].symbol();
        if skip == 0 {
            text.push_str(symbol);
            skip = unicode_width::UnicodeWidthStr::width(symbol).saturating_sub(1);
        } else {
            skip -= 1;
        }
    }
    text
}
