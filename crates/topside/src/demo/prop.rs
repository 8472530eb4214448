//! What the sessions of the fleet are made of: ids, times, calls, prices.

use std::sync::LazyLock;
use std::time::Duration;

use topside_engine::Prices;
use topside_model::{
    AgentId, Bytes, CallId, Health, HealthState, Outcome, PlaceSeen, ProcessRef, SessionId, SessionKey, Timestamp,
    Tokens, ToolCall, Untrusted, Usage, Work,
};

use super::agent::Agent;
use super::cast::CAST;
use super::part::Beat;

/// Minutes of a day, and of a week.
pub(super) const DAY_MINUTES: u64 = 1_440;
pub(super) const WEEK_MINUTES: u64 = 7 * DAY_MINUTES;

/// Prices that the fleet is billed by.
pub(super) static PRICES: LazyLock<Prices> = LazyLock::new(Prices::vendored);

/// The tool call of a beat.
pub(super) fn call(agent: &Agent, beat: Beat, started: Timestamp, finished: Option<Timestamp>) -> ToolCall {
    let (command_tool, edit_tool) = agent.tools;
    let (name, work, summary) = match beat {
        Beat::Edit(file) => (edit_tool, Work::Edit, Some(file)),
        Beat::Run(command) | Beat::Hang(command) => (command_tool, Work::Command, Some(command)),
        _ => (command_tool, Work::Command, None),
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

/// The next end of a window that starts afresh every `minutes`, counted from the epoch.
pub(super) fn resets_at(now: Timestamp, minutes: u64) -> Timestamp {
    let length = minutes * 60;
    later(now, length - now.as_second().unsigned_abs() % length)
}

/// How the collector of an agent fares.
pub(super) fn health(agent: &Agent, tick: u64) -> Health {
    let files = CAST.iter().filter(|part| part.agent.id == agent.id).count() as u64;
    Health {
        agent: AgentId::new(agent.id),
        title: agent.title,
        state: HealthState::Up,
        places: vec![PlaceSeen { path: Untrusted::new(agent.home), files: Some(files) }],
        unknown: Vec::new(),
        problems: Vec::new(),
        bytes_read: Bytes(48_000_000 + tick * 9_000),
        events: 61_000 + tick * 7,
        last_round: Duration::from_millis(3),
    }
}

/// The key of the part at `place`. Ids differ early, so that a short prefix is enough.
pub(super) fn key(place: usize) -> SessionKey {
    let id = format!("019c{place:02x}a4-51d0-7c3a-b2e4-8f60a1d9c7{place:02x}");
    SessionKey { agent: AgentId::new(CAST[place].agent.id), id: SessionId::new(id) }
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
