//! What the sessions of the fleet are made of: ids, times, calls, limits.

use std::time::Duration;

use topside_model::{
    AgentId, Bytes, CallId, Health, HealthState, Limit, LimitId, LimitSample, LimitWindow, Outcome, Percent, PlaceSeen,
    ProcessRef, SessionId, SessionKey, Timestamp, Tokens, ToolCall, Untrusted, Usage, Work,
};

use super::cast::{Beat, CAST};

/// Length of the account's shorter window.
pub(super) const SESSION_MINUTES: u64 = 300;
/// Where the show's sessions are said to be read from.
pub(super) const HOME: &str = "/home/ada/.codex";

/// The tool call of a beat.
pub(super) fn call(beat: Beat, started: Timestamp, finished: Option<Timestamp>) -> ToolCall {
    let (name, work, summary) = match beat {
        Beat::Edit(file) => ("apply_patch", Work::Edit, Some(file)),
        Beat::Run(command) => ("shell", Work::Command, Some(command)),
        _ => ("shell", Work::Command, None),
    };
    ToolCall {
        id: CallId::new(format!("call-{}", started.as_second())),
        name: Untrusted::new(name),
        work,
        summary: summary.map(Untrusted::new),
        started_at: Some(started),
        finished_at: finished,
        took: None,
        outcome: finished.map(|_| Outcome::Completed),
        exit_code: None,
    }
}

/// Tokens in the proportions of a long session: most of the input is read from the cache.
pub(super) fn usage(total: u64) -> Usage {
    let (output, cached) = (total / 40, total / 10 * 8);
    Usage {
        input_uncached: Tokens(total - output - cached),
        cache_read: Tokens(cached),
        output: Tokens(output),
        reasoning: Tokens(output / 2),
        ..Usage::default()
    }
}

/// The account's limits: one that fills as the show goes on, and one of the small model that is used up.
pub(super) fn limits(now: Timestamp, tick: u64) -> [Limit; 2] {
    let window = |minutes: u64, used: u64| LimitWindow {
        window: Some(Duration::from_mins(minutes)),
        used: Percent(used.min(100) as f64),
        resets_at: Some(resets_at(now, minutes)),
    };
    let limit = |id: &str, windows, reached: Option<&str>| Limit {
        agent: agent(),
        home: Untrusted::new(HOME),
        sample: LimitSample {
            limit: LimitId::new(id),
            name: None,
            plan: Some(Untrusted::new("plus")),
            windows,
            reached: reached.map(Untrusted::new),
            seen_at: earlier(now, tick % 45),
        },
    };
    let filled = tick / 120;
    [
        limit("codex", vec![window(SESSION_MINUTES, 13 + filled), window(10_080, 34 + filled)], None),
        limit("codex_mini", vec![window(SESSION_MINUTES, 100)], Some("rate_limit_reached")),
    ]
}

/// The next end of a window that starts afresh every `minutes`, counted from the epoch.
pub(super) fn resets_at(now: Timestamp, minutes: u64) -> Timestamp {
    let length = minutes * 60;
    later(now, length - now.as_second().unsigned_abs() % length)
}

pub(super) fn health(tick: u64) -> Health {
    Health {
        agent: agent(),
        title: "Codex",
        state: HealthState::Up,
        places: vec![PlaceSeen { path: Untrusted::new(format!("{HOME}/sessions")), files: Some(CAST.len() as u64) }],
        unknown: Vec::new(),
        problems: Vec::new(),
        bytes_read: Bytes(48_000_000 + tick * 9_000),
        events: 61_000 + tick * 7,
        last_round: Duration::from_millis(3),
    }
}

pub(super) fn agent() -> AgentId {
    AgentId::new("codex")
}

/// The key of the part at `place`. Ids differ early, so that a short prefix is enough.
pub(super) fn key(place: usize) -> SessionKey {
    let id = format!("019c{place:02x}a4-51d0-7c3a-b2e4-8f60a1d9c7{place:02x}");
    SessionKey { agent: agent(), id: SessionId::new(id) }
}

/// The owner (`nth` 0) or a child of the session at `place`.
pub(super) fn process(place: usize, nth: u32) -> ProcessRef {
    let pid = 40_100 + place as u32 * 10 + nth;
    ProcessRef { pid, started: u64::from(pid) * 7 }
}

pub(super) fn earlier(now: Timestamp, seconds: u64) -> Timestamp {
    now.checked_sub(Duration::from_secs(seconds)).unwrap_or(Timestamp::MIN)
}

pub(super) fn later(now: Timestamp, seconds: u64) -> Timestamp {
    now.checked_add(Duration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}
