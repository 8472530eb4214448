//! Small fleets to draw.

use std::sync::Arc;

use crate::accounts::limits;
use crate::common::{NOW, ago, approval, key, process, running, session, snapshot, text};
use crate::spent;
use topside_model::{
    AgentId, CallId, Context, Detail, ErrorClass, Evidence, FileChange, FileTouch, ModelId, Outcome, Place, Port,
    PortUse, ProcessRef, ProcessView, Project, Session, SessionId, SessionKey, Settings, Snapshot, Status, Strength,
    SubagentLink, Timestamp, ToolCall, TurnEnd, TurnId, TurnView, Untrusted, Work,
};

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
            ..session("w4", "", "", 1, Status::Unknown { why: "its file cannot be read", over: false })
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
