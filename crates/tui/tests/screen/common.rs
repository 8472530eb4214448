//! Small fleets to draw.

use std::sync::Arc;
use std::time::Duration;

use crate::spent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use topside_catalog::TimeZone;
use topside_model::{
    AgentId, Amount, Budget, BudgetLevel, BudgetPer, BudgetState, Bytes, CallId, Context, Detail, ErrorClass, Evidence,
    FileChange, FileTouch, GitState, Health, HealthState, Identity, Limit, LimitId, LimitSample, LimitWindow, ModelId,
    Money, Outcome, Percent, Place, PlaceSeen, Port, PortUse, ProcessRef, ProcessView, Project, Session, SessionId,
    SessionKey, SessionKind, Setting, Settings, Snapshot, Status, Strength, SubagentLink, Tie, Timestamp, Tokens,
    ToolCall, ToolCounts, TurnCounts, TurnEnd, TurnId, TurnView, Untrusted, Usage, Vitals, Work,
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

fn text(text: &str) -> Untrusted {
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
        turns: TurnCounts { started: seed, completed: seed.saturating_sub(1), ..TurnCounts::default() },
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

/// Nine sessions, every group among them.
pub(crate) fn nine() -> Vec<Session> {
    let question = Status::Question { text: Some(text("Shall I keep the old endpoint?")), since: ago(38) };
    let retrying = Status::Retrying { error: ErrorClass::Server, until: Timestamp::from_second(NOW + 7).ok() };
    let failed = Status::Failed {
        error: ErrorClass::RateLimit,
        message: Some(text("exceeded retry limit, last status: 429 Too Many Requests")),
        since: ago(95),
    };
    vec![
        session("s1", "payments", "main", 11, approval(252)),
        session("s2", "api", "fix/cors", 3, question),
        session("s3", "webshop", "main", 23, running("apply_patch", "src/pay.rs", 12)),
        session("s4", "webshop", "wt/search", 8, running("exec", "cargo nextest run --workspace", 100)),
        Session {
            name: Some(text("Draw the map")),
            ..session("s5", "data-viz", "feat/map", 5, Status::WaitingOnSubagents { n: 2, since: ago(185) })
        },
        session(
            "s6",
            "docs",
            "main",
            6,
            Status::RateLimited { until: Timestamp::from_second(NOW + 5880).ok(), since: ago(542) },
        ),
        session("s7", "infra", "terraform/eu-west", 9, failed),
        session("s8", "blog", "main", 2, Status::TurnDone { since: ago(240) }),
        Session {
            name: Some(text("Tidy the drawer")),
            ..session("s9", "attic", "main", 4, Status::TurnDone { since: ago(7200) })
        },
        session("s10", "tools", "main", 7, retrying),
        session("s11", "old-api", "main", 12, Status::Ended { at: ago(7300) }),
    ]
}

/// The nine with limits and ports, an orphan among them.
pub(crate) fn busy() -> Snapshot {
    let port = |number, session: &str, orphan: bool| Port {
        port: PortUse {
            port: number,
            exposed: number == 5173,
            process: Some(ProcessRef { pid: 4_000 + u32::from(number), started: 1 }),
            command: Some(text("node node_modules/.bin/vite --host")),
        },
        session: key(session),
        orphan_since: orphan.then(|| ago(7300)).flatten(),
        orphan,
    };
    let mut sessions = nine();
    sessions[2].processes = processes();
    sessions[2].detail = Arc::new(detail());
    sessions[2].cost = Arc::new(spent::cost());
    sessions[2].reported_cost = Some(spent::reported());
    sessions[2].evidence = evidence();
    sessions[2].ports = vec![port(3000, "s3", false).port];
    Snapshot {
        limits: limits(),
        ports: vec![port(3000, "s3", false), port(5173, "s5", false), port(8080, "s11", true)],
        ..snapshot(sessions)
    }
}

/// Budgets at every level, one of them with more spent than is known.
pub(crate) fn budgets() -> Vec<BudgetState> {
    let money = |cents: u64| Amount::Money(Money::micros(cents * 10_000));
    let tokens = |millions: u64| Amount::Tokens(Tokens(millions * 1_000_000));
    let state = |name: &str, per, project: Option<&str>, used: Amount, amount: Amount, floor, lasts: (i64, i64)| {
        let share = used.share_of(amount).expect("both are of one kind");
        let warn = Percent(80.0);
        let budget = Budget {
            name: name.to_owned(),
            per,
            project: project.map(str::to_owned),
            agent: project.map(|_| AgentId::new("codex")),
            amount,
            warn,
        };
        let (from, until) = (ago(lasts.0), ago(-lasts.1));
        BudgetState {
            budget,
            used,
            share,
            level: BudgetLevel::of(share, warn),
            from: from.expect("a moment"),
            until: until.expect("a moment"),
            floor,
        }
    };
    vec![
        state("everything", BudgetPer::Day, None, money(412), money(2_000), false, (50_527, 35_873)),
        state("webshop", BudgetPer::Week, Some("webshop"), tokens(43), tokens(50), false, (396_127, 208_673)),
        state("the month, all of it", BudgetPer::Month, None, money(21_050), money(20_000), true, (1_692_127, 899_873)),
    ]
}

pub(crate) fn limits() -> Vec<Limit> {
    let window = |minutes: u64, used, resets_in: i64| LimitWindow {
        window: Some(Duration::from_mins(minutes)),
        used: Percent(used),
        resets_at: Timestamp::from_second(NOW + resets_in).ok(),
    };
    let limit = |agent, seen, windows| Limit {
        agent: AgentId::new(agent),
        home: Untrusted::new("/home/ada/.codex"),
        sample: LimitSample {
            limit: LimitId::new(agent),
            name: None,
            plan: Some(text("pro")),
            windows,
            reached: None,
            seen_at: ago(seen).expect("it is in this century"),
        },
        marks: Vec::new(),
    };
    vec![
        limit("codex", 30, vec![window(300, 61.0, 4320), window(10_079, 84.0, 259_200)]),
        limit("claude_code", 7200, vec![window(300, 34.0, -60)]),
    ]
}

fn evidence() -> Vec<Evidence> {
    vec![
        Evidence {
            about: "status",
            signal: "the agent holds its session file open and a call has no result".to_owned(),
            place: Place::Lock {
                path: Untrusted::new("/home/ada/.codex/sessions/2026/11/20/rollout-s3.jsonl"),
                pid: 4242,
            },
            at: ago(3),
            strength: Strength::Live,
        },
        Evidence {
            about: "status",
            signal: "function_call apply_patch".to_owned(),
            place: Place::File {
                path: Untrusted::new("/home/ada/.codex/sessions/2026/11/20/rollout-s3.jsonl"),
                offset: 81_920,
            },
            at: ago(12),
            strength: Strength::Record,
        },
    ]
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

/// The processes of a session that runs its tests.
fn processes() -> Vec<ProcessView> {
    let below = |parent, process| ProcessView { parent, ..process };
    vec![
        process(4242, 0, "codex"),
        below(4242, process(4250, 1, "bash -lc 'cargo test -p pay'")),
        below(4250, process(4251, 2, "cargo test -p pay")),
    ]
}

fn detail() -> Detail {
    let call = |n: i64, name: &str, summary: &str, from: i64, to: Option<i64>, outcome| ToolCall {
        id: CallId::new(n.to_string()),
        name: Untrusted::new(name),
        work: Work::Command,
        summary: Some(text(summary)),
        started_at: ago(from),
        finished_at: to.and_then(ago),
        took: None,
        outcome,
        exit_code: None,
    };
    let touch = |path: &str, how, at, times| FileTouch { path: Untrusted::new(path), how, at: ago(at), times };
    Detail {
        first_prompt: Some(text(
            "Move the payment form to the new API.\nKeep the old one behind a flag; the key is sk-abcdefghijklmnop1234567890.",
        )),
        turns: vec![
            TurnView { id: TurnId::new("1"), started_at: ago(900), ended: Some((ago(600), TurnEnd::Completed)) },
            TurnView { id: TurnId::new("2"), started_at: ago(300), ended: None },
        ],
        tools: vec![
            call(1, "exec", "rg -n payment src", 890, Some(888), Some(Outcome::Completed)),
            call(2, "exec", "cargo test", 800, Some(650), Some(Outcome::Failed)),
            call(3, "exec", "cargo test -p pay", 280, Some(100), Some(Outcome::Completed)),
            call(4, "apply_patch", "src/pay.rs", 12, None, None),
        ],
        subagents: vec![
            SubagentLink { id: SessionId::new("s4"), done: false },
            SubagentLink { id: SessionId::new("gone"), done: true },
        ],
        files: vec![
            touch("/home/ada/webshop/src/lib.rs", FileChange::Added, 400, 1),
            touch("/home/ada/webshop/src/pay.rs", FileChange::Updated, 12, 7),
        ],
        growth: Arc::new(spent::growth()),
        ..Detail::default()
    }
}

/// Text that tries to break the frame.
pub(crate) fn hostile() -> Vec<Session> {
    let mut wide = session(
        "w1",
        "支付服务支付服务支付服务",
        "功能/搜索",
        13,
        running("exec", "echo 日本語のとても長いコマンドライン 👩‍👩‍👧 done", 5),
    );
    wide.settings = Arc::new(Settings { model: Some(ModelId::new("模型\u{1b}[31m")), ..Settings::default() });
    let escape = running(
        "exec\u{1b}[2J",
        "printf '\u{1b}]0;owned\u{7}' \u{202e}gnp.exe\nsecond line\tTOKEN=abcdefghijklmnop1234",
        70,
    );
    vec![
        wide,
        session(
            "w2",
            "חנות-אינטרנט",
            "main",
            4,
            Status::Question { text: Some(text("האם להמשיך? 🙂")), since: ago(9) },
        ),
        session("w3", "a\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}zalgo", "x", 5, escape),
        Session {
            project: Project::default(),
            identity: None,
            context: Context::default(),
            token_rate: Vec::new(),
            vitals: None,
            ..session("w4", "", "", 1, Status::Unknown { why: "its file cannot be read" })
        },
        session("w5", &"long-name-".repeat(30), &"feature/".repeat(40), 6, running("exec", &"x".repeat(4000), 7)),
    ]
}

/// So many sessions of two agents, a few in need.
pub(crate) fn many(count: u64) -> Vec<Session> {
    let status = |n: u64| match n % 8 {
        0 => approval(n.cast_signed() * 10 + 5),
        1..=4 => running("exec", &format!("step {n}"), n.cast_signed()),
        5 => Status::Thinking { since: ago(n.cast_signed()) },
        6 => Status::TurnDone { since: ago(3600 + n.cast_signed()) },
        _ => Status::Ended { at: ago(n.cast_signed() * 60) },
    };
    let one = |n| {
        let id = format!("f{n:03}");
        let agent = AgentId::new(if n % 3 == 0 { "claude_code" } else { "codex" });
        let session = session(&id, &format!("project-{:02}", n % 13), "main", n, status(n));
        Session { key: SessionKey { agent, ..key(&id) }, ..session }
    };
    (1..=count).map(one).collect()
}

/// Fifty sessions.
pub(crate) fn fifty() -> Vec<Session> {
    many(50)
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
