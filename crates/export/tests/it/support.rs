//! Snapshots that the tests share.

use std::sync::Arc;
use std::time::Duration;

use crate::full::{full, port_use, process, sample};
use topside_model::{
    AgentId, AgentProcess, Bytes, CallId, Conflict, Contested, Delivery, ErrorClass, Health, HealthState, Leftover,
    LeftoverKind, Limit, ModelId, PlaceSeen, Port, PortUse, Problem, ProcessRef, ProcessView, Project, Session,
    SessionId, SessionKey, Settings, Snapshot, Stall, Status, Tie, Timestamp, Tokens, UnknownRecords, Untrusted, Usage,
    Vitals, Wait, Waited, Worktree,
};

/// The moment of every snapshot here.
pub(crate) fn now() -> Timestamp {
    "2026-05-01T10:00:00Z".parse().expect("a moment")
}

/// `seconds` before [`now`].
pub(crate) fn ago(seconds: u64) -> Timestamp {
    now().checked_sub(Duration::from_secs(seconds)).expect("a moment")
}

pub(crate) fn words(text: &str) -> Untrusted {
    Untrusted::new(text)
}

/// A session of which next to nothing is known.
pub(crate) fn bare(id: &str, status: Status) -> Session {
    Session::new(SessionKey { agent: AgentId::new("codex"), id: SessionId::new(id) }, status)
}

/// A session with a project, a model and some use.
pub(crate) fn plain(id: &str, project: &str, status: Status) -> Session {
    Session {
        project: Project { cwd: Some(words(&format!("/code/{project}"))), name: Some(words(project)), git: None },
        settings: Arc::new(Settings { model: Some(ModelId::new("gpt-5.6")), ..Settings::default() }),
        usage: Usage { input_uncached: Tokens(40_000), output: Tokens(2_000), ..Usage::default() },
        first_at: Some(ago(2_460)),
        last_at: Some(ago(60)),
        live: true,
        ..bare(id, status)
    }
}

/// One session in each status, the first of them with everything known.
pub(crate) fn rich() -> Snapshot {
    let since = Some(ago(100));
    let plain = |nth: u32, project, status| {
        plain(&format!("019c{nth:02x}a4-51d0-7c3a-b2e4-8f60a1d9c7{nth:02x}"), project, status)
    };
    let running = Status::RunningTool {
        call: CallId::new("call-7"),
        name: words("shell"),
        summary: Some(words("cargo test --workspace")),
        parallel: 2,
        since,
    };
    let failed = Status::Failed { error: ErrorClass::Server, message: Some(words("the server is overloaded")), since };
    let sessions = vec![
        full(),
        plain(1, "gateway", Status::Question { text: Some(words("Allow every origin?")), since }),
        plain(2, "webshop", running),
        Session {
            stall: Some(Stall { since: ago(372), usual: Duration::from_mins(5) }),
            waited: Waited { over: Arc::new(vec![Wait { from: ago(1_000), to: ago(700) }]), since: None },
            ..plain(3, "webshop", Status::Thinking { since })
        },
        plain(4, "atlas", Status::WaitingOnSubagents { n: 2, since }),
        plain(5, "atlas", Status::Compacting { since }),
        plain(6, "mailer", Status::Retrying { error: ErrorClass::Network, until: Some(now()) }),
        plain(7, "invoices", Status::TurnDone { since }),
        plain(8, "handbook", Status::RateLimited { until: Some(ago(0)), since }),
        plain(9, "mailer", failed),
        plain(10, "scratch", Status::New { since: None }),
        plain(11, "old-api", Status::Ended { at: Some(ago(7_200)) }),
        plain(12, "infra", Status::Interrupted { at: since }),
        plain(13, "reports", Status::Crashed { at: since }),
        bare("019c0ea4", Status::Unknown { why: "no record was read yet", over: false }),
    ];
    Snapshot {
        ports: ports(&sessions),
        conflicts: conflicts(&sessions),
        sessions: sessions.into_iter().map(Arc::new).collect(),
        limits: vec![Limit {
            agent: AgentId::new("codex"),
            home: words("/home/ada/.codex"),
            sample: sample(),
            marks: Vec::new(),
        }],
        leftovers: leftovers(),
        programs: vec![AgentProcess {
            agent: AgentId::new("codex"),
            process: ProcessRef { pid: 77, started: 5 },
            role: "daemon",
            cwd: Some(words("/home/ada")),
        }],
        health: health(),
        deliveries: vec![
            Delivery { target: "desktop", sent_at: Some(ago(100)), failed: None },
            Delivery {
                target: "webhook",
                sent_at: Some(ago(7_200)),
                failed: Some((ago(100), "send it to example.org: no answer within 5 s".to_owned())),
            },
        ],
        ..Snapshot::empty(now())
    }
}

/// Two sessions of one folder in each other's way, and an orphan in the way of one of them.
fn conflicts(sessions: &[Session]) -> Vec<Conflict> {
    let of = |places: &[usize], at, about| {
        let sessions = places.iter().map(|place| sessions[*place].key.clone()).collect();
        Conflict { about, sessions, at }
    };
    vec![
        of(&[2, 3], Some(ago(40)), Contested::File(words("/code/webshop/src/pay.rs"))),
        of(&[2, 3], Some(ago(40)), Contested::Tree { repository: words("/code/webshop"), worktree: Some(words("w")) }),
        of(&[2, 0], None, Contested::Port(5173)),
        of(&[11, 2], None, Contested::OrphanPort(8080)),
    ]
}

/// A session that rests for long, a server without one, and a worktree.
fn leftovers() -> Vec<Leftover> {
    let process = |pid, tie| {
        let vitals = Vitals { cpu: None, memory: Some(Bytes(88_000_000)) };
        ProcessView { vitals, ..process(pid, 1, 0, tie, "node server.js") }
    };
    let worktree = Worktree {
        name: words("search"),
        path: words("/home/ada/webshop/.claude/worktrees/search"),
        repository: words("/home/ada/webshop"),
        branch: Some(words("wt/search")),
        changed_at: Some(ago(500_000)),
        by_agent: true,
    };
    let leftover = |kind, project, processes, ports: &[u16], since| Leftover {
        kind,
        session: None,
        project: Some(words(project)),
        processes,
        ports: ports.to_vec(),
        since: Some(ago(since)),
    };
    vec![
        leftover(LeftoverKind::IdleSession, "attic", vec![process(901, Tie::Owner)], &[], 200_000),
        leftover(LeftoverKind::Server, "old-api", vec![process(902, Tie::Environment)], &[8080, 8081], 7_200),
        leftover(LeftoverKind::Worktree(worktree), "webshop", Vec::new(), &[], 500_000),
    ]
}

fn ports(sessions: &[Session]) -> Vec<Port> {
    let orphan =
        PortUse { port: 8080, exposed: false, process: None, command: Some(words("python3 -m http.server 8080")) };
    let port = |at: usize, port, orphan_since: Option<Timestamp>| Port {
        port,
        session: sessions[at].key.clone(),
        orphan_since,
        orphan: orphan_since.is_some(),
    };
    vec![port(0, port_use(), None), port(11, orphan, Some(ago(7_200)))]
}

fn health() -> Vec<Health> {
    let codex = Health {
        agent: AgentId::new("codex"),
        title: "Codex",
        state: HealthState::Up,
        places: vec![
            PlaceSeen { path: words("/home/ada/.codex/sessions"), files: Some(1_204) },
            PlaceSeen { path: words("/home/ada/.codex/archived_sessions"), files: None },
        ],
        unknown: vec![UnknownRecords { kind: words("event_msg/hologram"), version: Some(words("0.143.0")), count: 3 }],
        problems: vec![Problem { path: words("/home/ada/.codex/sessions/x.jsonl"), what: "permission denied".into() }],
        bytes_read: Bytes(48_000_000),
        events: 61_000,
        last_round: Duration::from_micros(3_400),
    };
    let broken = Health {
        agent: AgentId::new("claude_code"),
        title: "Claude Code",
        state: HealthState::Panicked("index out of bounds".into()),
        places: vec![PlaceSeen { path: words("/home/ada/.claude/projects"), files: Some(0) }],
        unknown: Vec::new(),
        problems: Vec::new(),
        ..codex.clone()
    };
    vec![codex, broken]
}

/// Nothing found: one collector that looked in one place that does not exist.
pub(crate) fn empty() -> Snapshot {
    let mut health = health();
    health.truncate(1);
    health[0].places.remove(0);
    health[0].unknown.clear();
    health[0].problems.clear();
    Snapshot { health, ..Snapshot::empty(now()) }
}
