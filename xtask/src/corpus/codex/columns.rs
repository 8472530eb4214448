//! Which of topside's keys answers which of the oracle's columns.

use anyhow::Context as _;
use jiff::Timestamp;
use serde_json::Value;

use crate::corpus::cell::{Cell, Kind, Limit, Window};

/// A column of `codex_threads.tsv` that one key of a session answers: column, kind, JSON pointer.
pub(super) const PLAIN: &[(&str, Kind, &str)] = &[
    ("cli_version", Kind::Text, "/version"),
    ("cwd", Kind::Text, "/initial_cwd"),
    ("originator", Kind::Text, "/originator"),
    ("source", Kind::Text, "/source"),
    ("last_model", Kind::Text, "/model"),
    ("effort", Kind::Text, "/effort"),
    ("user_messages", Kind::Count, "/prompts"),
    ("tasks_started", Kind::Count, "/turns/started"),
    ("tasks_completed", Kind::Count, "/turns/completed"),
    ("turns_aborted", Kind::Count, "/turns/aborted"),
    ("rollbacks", Kind::Count, "/turns/rolled_back"),
    ("tool_calls", Kind::Count, "/tools/started"),
    ("tool_finished", Kind::Count, "/tools/finished"),
    ("tool_unresolved", Kind::Count, "/tools/unresolved"),
    ("web_searches", Kind::Count, "/tools/web_searches"),
    ("total_input_tokens", Kind::Count, "/reported_total/input"),
    ("total_cached_input_tokens", Kind::Count, "/reported_total/cache_read"),
    ("total_cache_write_input_tokens", Kind::Count, "/reported_total/cache_write_5m"),
    ("total_output_tokens", Kind::Count, "/reported_total/output"),
    ("total_reasoning_output_tokens", Kind::Count, "/reported_total/reasoning"),
    ("total_tokens", Kind::Count, "/reported_total/total"),
    ("spent_input_tokens", Kind::Count, "/usage/input"),
    ("spent_cached_input_tokens", Kind::Count, "/usage/cache_read"),
    ("spent_cache_write_input_tokens", Kind::Count, "/usage/cache_write_5m"),
    ("spent_output_tokens", Kind::Count, "/usage/output"),
    ("spent_reasoning_output_tokens", Kind::Count, "/usage/reasoning"),
    ("last_context_tokens", Kind::Count, "/context/used"),
    ("model_context_window", Kind::Count, "/context/window"),
    ("compactions", Kind::Count, "/compactions"),
    ("parent_id", Kind::Text, "/parent"),
    ("forked_from", Kind::Text, "/forked_from"),
    ("created", Kind::Time, "/created_at"),
    ("first_ts", Kind::Time, "/first_at"),
    ("last_ts", Kind::Time, "/last_at"),
    ("archived", Kind::Count, "/archived"),
];

/// The states of a session whose last turn goes on, or went on until its process died.
const OPEN: &[&str] =
    &["thinking", "running_tool", "waiting_on_subagents", "compacting", "retrying", "approval", "question", "crashed"];

/// `is_subagent`: another session, or the agent's own machinery, started it.
pub(super) fn is_subagent(session: &Value) -> anyhow::Result<Cell> {
    Ok(Cell::Count(u64::from(text(session, "/kind")? != "user")))
}

/// `subagent_kind`: how it was started. A source of `{"subagent": {"other": "guardian"}}` has two words for it; the one
/// that the oracle chose is taken.
pub(super) fn subagent_kind(session: &Value, oracle: &Cell) -> anyhow::Result<Cell> {
    let other = Cell::Text("other".to_owned());
    Ok(match text(session, "/kind")? {
        "subagent" => Cell::Text("thread_spawn".to_owned()),
        "internal" if *oracle == other && is_other(session) => other,
        "internal" => Cell::Text(text(session, "/internal")?.to_owned()),
        _ => Cell::Unknown,
    })
}

fn is_other(session: &Value) -> bool {
    let source = session.get("source").and_then(Value::as_str);
    let source = source.and_then(|source| serde_json::from_str::<Value>(source).ok());
    source.is_some_and(|source| source.pointer("/subagent/other").is_some())
}

/// `open_turn`: the last turn has no end.
pub(super) fn open_turn(session: &Value) -> anyhow::Result<Cell> {
    let status = text(session, "/status/id")?;
    Ok(if status == "unknown" { Cell::Unknown } else { Cell::Count(u64::from(OPEN.contains(&status))) })
}

/// Limits as topside writes them, by id.
pub(super) fn our_limits(limits: &Value) -> anyhow::Result<Cell> {
    let limits = limits.as_array().context("limits are no list")?;
    let mut limits = limits.iter().map(our_limit).collect::<anyhow::Result<Vec<_>>>()?;
    limits.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(if limits.is_empty() { Cell::Unknown } else { Cell::Limits(limits) })
}

fn our_limit(limit: &Value) -> anyhow::Result<Limit> {
    let windows = limit.pointer("/windows").and_then(Value::as_array).context("a limit without windows")?;
    let window = |window: &Value| {
        let resets_at = window.get("resets_at").and_then(Value::as_str).map(str::parse).transpose()?;
        let used_percent = window.get("used_percent").and_then(Value::as_f64).context("a window without a share")?;
        anyhow::Ok(Window { minutes: window.get("minutes").and_then(Value::as_u64), used_percent, resets_at })
    };
    let seen_at = text(limit, "/seen_at")?.parse()?;
    let windows = windows.iter().map(window).collect::<anyhow::Result<_>>()?;
    Ok(Limit { id: text(limit, "/id")?.to_owned(), seen_at, windows })
}

/// Limits as the oracle writes them in a cell: `{id: {at, primary, secondary}}`.
pub(super) fn oracle_limits(cell: Option<&str>) -> anyhow::Result<Cell> {
    let Some(cell) = cell else { return Ok(Cell::Unknown) };
    let by_id: serde_json::Map<String, Value> = serde_json::from_str(cell).context("read rate_limits")?;
    let mut limits = Vec::new();
    for (id, limit) in by_id {
        let slots = ["primary", "secondary"].into_iter().filter_map(|slot| limit.get(slot));
        let windows = slots.filter(|slot| !slot.is_null()).map(oracle_window).collect::<anyhow::Result<_>>()?;
        limits.push(Limit { id, seen_at: text(&limit, "/at")?.parse()?, windows });
    }
    limits.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(Cell::Limits(limits))
}

fn oracle_window(window: &Value) -> anyhow::Result<Window> {
    let resets_at = window.get("resets_at").and_then(Value::as_i64).map(Timestamp::from_second).transpose()?;
    let used_percent = window.get("used_percent").and_then(Value::as_f64).context("a window without a share")?;
    Ok(Window { minutes: window.get("window_minutes").and_then(Value::as_u64), used_percent, resets_at })
}

/// A text that must be there.
fn text<'a>(value: &'a Value, pointer: &str) -> anyhow::Result<&'a str> {
    value.pointer(pointer).and_then(Value::as_str).with_context(|| format!("no text under {pointer}"))
}
