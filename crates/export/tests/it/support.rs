//! Snapshots that the tests share.

use std::sync::Arc;
use std::time::Duration;

use crate::spent;
use topside_model::{
    AgentId, AgentProcess, Bytes, CallId, Conflict, Contested, Context, Delivery, Detail, ErrorClass, ErrorView,
    Evidence, FileChange, FileTouch, GitState, Health, HealthState, Identity, Leftover, LeftoverKind, Limit, LimitId,
    LimitSample, LimitWindow, ModelId, Outcome, Percent, Place, PlaceSeen, Port, PortUse, Problem, ProcessRef,
    ProcessView, Project, ReportedTotal, Session, SessionId, SessionKey, SessionKind, Setting, Settings, Snapshot,
    Stall, Status, Strength, SubagentLink, Tie, Timestamp, Tokens, ToolCall, ToolCounts, TurnCounts, TurnEnd, TurnId,
    TurnView, UnknownRecords, Untrusted, Usage, Vitals, Wait, Waited, WindowSource, Work, Worktree,
};

/// The moment of every snapshot here.
pub(crate) fn now() -> Timestamp {
    "2026-05-01T10:00:00Z".parse().expect("a moment")
}

/// `seconds` before [`now`].
pub(crate) fn ago(seconds: u64) -> Timestamp {
    now().checked_sub(Duration::from_secs(seconds)).expect("a moment")
}

fn words(text: &str) -> Untrusted {
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

/// A session of which everything is known.
pub(crate) fn full() -> Session {
    Session {
        name: Some(words("release 2.4")),
        identity: Some(Arc::new(identity())),
        settings: Arc::new(settings()),
        evidence: evidence(),
        project: Project { git: Some(git()), ..plain("", "payments", Status::Unknown { why: "" }).project },
        usage: usage(),
        cost: Arc::new(spent::cost()),
        reported_cost: Some(spent::reported()),
        internal_usage: Usage { input_uncached: Tokens(900), output: Tokens(100), ..Usage::default() },
        responses: 81,
        reported_total: Some(ReportedTotal { parts: usage(), total: Tokens(1_900_001) }),
        context: Context {
            used: Some(Tokens(228_480)),
            window: Some(Tokens(272_000)),
            window_from: Some(WindowSource::Stated),
            left: Some(Percent(16.04)),
            compacts_at: Some(Percent(90.0)),
        },
        turns: TurnCounts { started: 15, completed: 12, aborted: 2, rolled_back: 1 },
        prompts: 14,
        tools: ToolCounts { started: 204, finished: 203, web_searches: 3 },
        compactions: 2,
        token_rate: vec![Tokens(0), Tokens(1_200), Tokens(74_000), Tokens(310)],
        first_at: Some(ago(7_920)),
        last_at: Some(ago(252)),
        live: true,
        owner: Some(ProcessRef { pid: 4242, started: 990_017 }),
        owner_sessions: 2,
        vitals: Some(Vitals { cpu: Some(Percent(12.345)), memory: Some(Bytes(314_572_800)) }),
        ports: vec![port_use()],
        processes: vec![
            process(4242, 1, 0, Tie::Owner, "codex"),
            process(4250, 4242, 1, Tie::Tree, "node vite --host"),
        ],
        detail: Arc::new(detail()),
        ..bare("019c00a4-51d0-7c3a-b2e4-8f60a1d9c700", approval())
    }
}

fn approval() -> Status {
    Status::Approval {
        tool: words("shell"),
        summary: Some(words("npm publish --token npm_0123456789abcdefABCDEF0123456789abcd")),
        since: Some(ago(252)),
    }
}

fn identity() -> Identity {
    Identity {
        kind: SessionKind::Subagent { nickname: Some(words("Ada")), role: Some(words("reviewer")) },
        root: Some(SessionId::new("019c0000-0000-7000-8000-000000000000")),
        parent: Some(SessionId::new("019c0000-0000-7000-8000-000000000000")),
        forked_from: Some(SessionId::new("019b0000-0000-7000-8000-000000000000")),
        created: Some(ago(7_921)),
        cwd: Some(words("/code/payments")),
        originator: Some(words("codex-tui")),
        source: Some(words("cli")),
        version: Some(words("0.142.0")),
        provider: Some(words("openai")),
        branch: Some(words("main")),
        commit: Some(words("0123456789abcdef0123456789abcdef01234567")),
    }
}

fn settings() -> Settings {
    Settings {
        model: Some(ModelId::new("gpt-5.6-codex")),
        effort: Setting::Set(words("high")),
        approval: Some(words("on-request")),
        reviewer: Setting::Set(words("guardian")),
        sandbox: Some(words("workspace-write")),
        cwd: Some(words("/code/payments")),
        mode: Some(words("plan")),
    }
}

fn git() -> GitState {
    GitState {
        root: Some(words("/code/payments")),
        branch: Some(words("main")),
        ahead: Some(2),
        behind: Some(0),
        added: Some(1),
        modified: Some(8),
        worktree: Some(words("hotfix")),
    }
}

fn usage() -> Usage {
    Usage {
        input_uncached: Tokens(310_000),
        cache_read: Tokens(1_480_000),
        cache_write_5m: Tokens(20_000),
        cache_write_1h: Tokens(0),
        output: Tokens(60_000),
        reasoning: Tokens(25_000),
        web_searches: 0,
    }
}

fn evidence() -> Vec<Evidence> {
    let file = |offset| Place::File { path: words("/home/ada/.codex/sessions/rollout-1.jsonl"), offset };
    let record =
        |about, signal: &str, place, at, strength| Evidence { about, signal: signal.to_owned(), place, at, strength };
    vec![
        record(
            "status",
            "held by its owner",
            Place::Lock { path: words("/home/ada/.codex/lock"), pid: 4242 },
            None,
            Strength::Live,
        ),
        record("status", "call call-1 has no result", file(551_000), Some(ago(252)), Strength::Record),
        record("tokens", "81 replies", file(549_120), Some(ago(260)), Strength::Record),
        record("context", "its own report", file(549_120), Some(ago(260)), Strength::Record),
        record("status", "no child runs the command", Place::Nowhere, Some(ago(1)), Strength::Joined),
        record("owner", "names the session", Place::Process { pid: 4242 }, Some(ago(1)), Strength::Joined),
    ]
}

fn port_use() -> PortUse {
    PortUse {
        port: 5173,
        exposed: true,
        process: Some(ProcessRef { pid: 4250, started: 990_500 }),
        command: Some(words("node vite --host")),
    }
}

/// One window of five hours, one of seven days that runs out early, and one that has started afresh.
fn sample() -> LimitSample {
    let window = |minutes, used, resets_in: i64| LimitWindow {
        window: Some(Duration::from_mins(minutes)),
        used: Percent(used),
        resets_at: Timestamp::from_second(now().as_second() + resets_in).ok(),
    };
    LimitSample {
        limit: LimitId::new("codex_bengalfox"),
        name: Some(words("GPT-5.6-Codex-Spark")),
        plan: Some(words("pro")),
        windows: vec![window(299, 61.25, 4_320), window(10_079, 84.0, 260_000), window(300, 12.0, -60)],
        reached: None,
        seen_at: ago(12),
    }
}

fn detail() -> Detail {
    let call = |id: &str, name: &str, work, outcome: Option<Outcome>, took| ToolCall {
        id: CallId::new(id),
        name: words(name),
        work,
        summary: Some(words("npm test -- --reporter dot")),
        started_at: Some(ago(600)),
        finished_at: outcome.map(|_| ago(588)),
        took,
        outcome,
        exit_code: outcome.map(|outcome| i32::from(outcome == Outcome::Failed)),
    };
    let turn = |id: &str, ended| TurnView { id: TurnId::new(id), started_at: Some(ago(900)), ended };
    Detail {
        first_prompt: Some(words("Release 2.4,\nplease.")),
        turns: vec![turn("turn-1", Some((Some(ago(700)), TurnEnd::Completed))), turn("turn-2", None)],
        tools: vec![
            call("call-0", "shell", Work::Command, Some(Outcome::Failed), Some(Duration::from_millis(2_400))),
            call("call-2", "apply_patch", Work::Edit, Some(Outcome::Completed), None),
            call("call-1", "shell", Work::Command, None, None),
        ],
        subagents: vec![
            SubagentLink { id: SessionId::new("019c01a4-51d0-7c3a-b2e4-8f60a1d9c701"), done: false },
            SubagentLink { id: SessionId::new("019c02a4-51d0-7c3a-b2e4-8f60a1d9c702"), done: true },
        ],
        files: vec![FileTouch { path: words("src/pay.rs"), how: FileChange::Updated, at: Some(ago(588)), times: 3 }],
        growth: Arc::new(spent::growth()),
        error: Some(ErrorView {
            class: ErrorClass::RateLimit,
            message: Some(words("slow down")),
            at: Some(ago(3_000)),
        }),
        limits: vec![sample()],
        sources: vec![words("/home/ada/.codex/sessions/rollout-1.jsonl")],
    }
}

fn process(pid: u32, parent: u32, depth: u32, tie: Tie, command: &str) -> ProcessView {
    ProcessView {
        process: ProcessRef { pid, started: 990_000 + u64::from(pid) },
        parent,
        depth,
        command: words(command),
        vitals: Vitals { cpu: Some(Percent(6.06)), memory: None },
        started_at: Some(ago(7_900)),
        tie,
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
        bare("019c0ea4", Status::Unknown { why: "no record was read yet" }),
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
