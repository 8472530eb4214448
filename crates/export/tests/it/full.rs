//! A session of which everything is known, part by part.

use std::sync::Arc;
use std::time::Duration;

use crate::spent;
use crate::support::{ago, bare, now, plain, words};
use topside_model::{
    Bytes, CallId, Context, Detail, ErrorClass, ErrorView, Evidence, FileChange, FileTouch, GitState, Identity,
    LimitId, LimitSample, LimitWindow, ModelId, Outcome, Percent, Place, PortUse, ProcessRef, ProcessView, Project,
    ReportedTotal, Session, SessionId, SessionKind, Setting, Settings, Status, Strength, SubagentLink, Tie, Timestamp,
    Tokens, ToolCall, ToolCounts, TurnCounts, TurnEnd, TurnId, TurnView, Usage, Vitals, WindowSource, Work,
};

/// A session of which everything is known.
pub(crate) fn full() -> Session {
    Session {
        name: Some(words("release 2.4")),
        identity: Some(Arc::new(identity())),
        settings: Arc::new(settings()),
        evidence: evidence(),
        project: Project {
            git: Some(git()),
            ..plain("", "payments", Status::Unknown { why: "", over: false }).project
        },
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
        turns: TurnCounts { started: Some(15), completed: 12, aborted: 2, rolled_back: 1 },
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

pub(crate) fn port_use() -> PortUse {
    PortUse {
        port: 5173,
        exposed: true,
        process: Some(ProcessRef { pid: 4250, started: 990_500 }),
        command: Some(words("node vite --host")),
    }
}

/// One window of five hours, one of seven days that runs out early, and one that has started afresh.
pub(crate) fn sample() -> LimitSample {
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

pub(crate) fn process(pid: u32, parent: u32, depth: u32, tie: Tie, command: &str) -> ProcessView {
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
