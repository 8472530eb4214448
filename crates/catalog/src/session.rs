//! The fields of a session.

use std::time::Duration;

use topside_model::{AgentId, ModelId, Percent, Session, Setting, Timestamp, Tokens, Untrusted, Usage, elapsed};

use crate::field::{Field, Kind, Sort, Unit, Value};
use crate::order::group;
use crate::text::{neutralise, shown, shown_path};
use crate::{format, status};

/// A text or yes-or-no field.
const fn label(
    id: &'static str,
    title: &'static str,
    help: &'static str,
    read: fn(&Session, Timestamp) -> Value,
) -> Field {
    Field { id, title, unit: Unit::None, kind: Kind::Label, help, read, sort: Sort::Ascending }
}

/// A number that goes up and down.
const fn gauge(
    id: &'static str,
    title: &'static str,
    unit: Unit,
    help: &'static str,
    read: fn(&Session, Timestamp) -> Value,
) -> Field {
    Field { id, title, unit, kind: Kind::Gauge, help, read, sort: Sort::Descending }
}

/// A number that only goes up.
const fn counter(
    id: &'static str,
    title: &'static str,
    unit: Unit,
    help: &'static str,
    read: fn(&Session, Timestamp) -> Value,
) -> Field {
    Field { id, title, unit, kind: Kind::Counter, help, read, sort: Sort::Descending }
}

/// Every field of a session, in the order they are listed.
pub const SESSION: &[Field] = &[
    label("agent", "agent", "Which agent program the session belongs to.", |s, _| Value::Text(s.key.agent.to_string())),
    label("session", "session", "The agent's own id of the session.", |s, _| {
        Value::Text(neutralise(s.key.id.as_str()))
    }),
    label("name", "name", "A name that a person or the agent gave the session.", |s, _| text(s.name.as_ref())),
    label("project", "project", "The repository's folder, or the working directory's name.", |s, _| {
        path(s.project.name.as_ref())
    }),
    label("cwd", "directory", "The working directory.", |s, _| path(s.project.cwd.as_ref())),
    label("branch", "branch", "The branch checked out in the working directory.", |s, _| path(branch(s))),
    label("status", "status", "What the session does now, as one word.", |s, _| Value::Text(s.status.id().to_owned())),
    label("group", "group", "Whether the session needs you, works, is idle, unknown or ended.", |s, now| {
        Value::Text(group(s, now).title().to_owned())
    }),
    label(
        "waits_on",
        "waits on",
        "Whom it waits for: a person, a subagent, a background command, the network, a limit.",
        |s, _| Value::from_option(s.waits_on(), |on| Value::Text(on.id().to_owned())),
    ),
    label("action", "doing", "The tool and command that runs or waits, the question, or the error.", |s, _| {
        Value::from_option(status::action(&s.status), Value::Text)
    }),
    gauge("status_age_seconds", "for", Unit::Seconds, "How long the status has held.", |s, now| {
        duration(status::held(&s.status, now))
    }),
    gauge(
        "stalled_seconds",
        "stalled",
        Unit::Seconds,
        "How long nothing has come of a session at work, where that is longer than its model or tool usually takes.",
        |s, now| since(s.stall.map(|stall| stall.since), now),
    ),
    gauge(
        "waited_seconds",
        "waited",
        Unit::Seconds,
        "How long it waited for your permission or answer, as far as topside saw it.",
        |s, now| Value::Duration(s.waited.total(Timestamp::MIN, now)),
    ),
    label("model", "model", "The model in use.", |s, _| {
        Value::from_option(s.settings.model.as_ref(), |m| Value::Text(neutralise(m.as_str())))
    }),
    label("effort", "effort", "How hard the model is asked to think.", |s, _| match &s.settings.effort {
        Setting::Set(effort) => path(Some(effort)),
        Setting::Kept | Setting::Cleared => Value::Unknown,
    }),
    gauge(
        "context_used_percent",
        "ctx used",
        Unit::Percent,
        "Share of the context that is used, as the agent counts it.",
        |s, _| Value::from_option(context_used(s), Value::Percent),
    ),
    gauge("context_used_tokens", "ctx tokens", Unit::Tokens, "Tokens in the context.", |s, _| tokens(s.context.used)),
    gauge("context_window_tokens", "ctx window", Unit::Tokens, "Tokens the context can hold.", |s, _| {
        tokens(s.context.window)
    }),
    counter("tokens_total", "tokens", Unit::Tokens, "Tokens of every kind in the replies the session owns.", |s, _| {
        Value::Tokens(s.usage.total())
    }),
    counter("input_uncached_tokens_total", "input", Unit::Tokens, "Input tokens read afresh.", |s, _| {
        part(s, |u| u.input_uncached)
    }),
    counter("cache_read_tokens_total", "cached", Unit::Tokens, "Input tokens read from the vendor's cache.", |s, _| {
        part(s, |u| u.cache_read)
    }),
    counter(
        "cache_write_tokens_total",
        "cache writes",
        Unit::Tokens,
        "Input tokens written to the vendor's cache.",
        |s, _| part(s, |u| u.cache_write_5m + u.cache_write_1h),
    ),
    counter("output_tokens_total", "output", Unit::Tokens, "Tokens the model wrote, reasoning included.", |s, _| {
        part(s, |u| u.output)
    }),
    counter("reasoning_tokens_total", "reasoning", Unit::Tokens, "The hidden part of the output.", |s, _| {
        part(s, |u| u.reasoning)
    }),
    gauge("tokens_per_minute", "tok/min", Unit::TokensPerMinute, "Tokens in the last full minute.", |s, _| {
        tokens(last_full_minute(s))
    }),
    counter("responses_total", "replies", Unit::Count, "Model replies the session owns.", |s, _| {
        Value::Count(s.responses)
    }),
    counter("turns_total", "turns", Unit::Count, "Turns begun.", |s, _| {
        s.turns.started.map_or(Value::Unknown, Value::Count)
    }),
    counter("prompts_total", "prompts", Unit::Count, "Prompts by people.", |s, _| Value::Count(s.prompts)),
    counter("tool_calls_total", "tools", Unit::Count, "Tool calls the model asked for.", |s, _| {
        Value::Count(s.tools.started)
    }),
    gauge("tool_calls_open", "open", Unit::Count, "Tool calls without a result.", |s, _| {
        Value::Count(s.tools.unresolved())
    }),
    counter("compactions_total", "compactions", Unit::Count, "Times the context was shortened.", |s, _| {
        Value::Count(s.compactions)
    }),
    gauge("subagents", "subagents", Unit::Count, "Subagents that are not done.", |s, _| {
        Value::Count(s.detail.subagents.iter().filter(|link| !link.done).count() as u64)
    }),
    gauge("age_seconds", "age", Unit::Seconds, "Time since the session was created.", |s, now| since(s.created(), now)),
    gauge("quiet_seconds", "quiet", Unit::Seconds, "Time since the session's last record.", |s, now| {
        since(s.last_at, now)
    }),
    gauge("cpu_percent", "cpu", Unit::Percent, "CPU of the session's processes; 100 is one core.", |s, _| {
        Value::from_option(s.vitals.and_then(|v| v.cpu), Value::Percent)
    }),
    gauge("memory_bytes", "mem", Unit::Bytes, "Resident memory of the session's processes.", |s, _| {
        Value::from_option(s.vitals.and_then(|v| v.memory), Value::Bytes)
    }),
    gauge("ports", "ports", Unit::Count, "Ports that the session's processes listen on.", |s, _| {
        Value::Count(s.ports.len() as u64)
    }),
    label("live", "live", "Whether a process has the session loaded.", |s, _| Value::Flag(s.live)),
    label("archived", "archived", "Whether the session was put away.", |s, _| Value::Flag(s.archived)),
];

/// The field called `id`.
pub fn field(id: &str) -> Option<&'static Field> {
    SESSION.iter().find(|field| field.id == id)
}

/// Share of the context that is used: what the agent itself would show, else tokens over window.
pub fn context_used(session: &Session) -> Option<Percent> {
    let context = &session.context;
    let counted = || {
        let (used, window) = (context.used?, context.window.filter(|window| window.0 > 0)?);
        Some(Percent(used.0 as f64 / window.0 as f64 * 100.0))
    };
    context.left.map(|left| Percent(100.0 - left.0)).or_else(counted)
}

/// Tokens in the last full minute; `None` until one has passed.
pub fn last_full_minute(session: &Session) -> Option<Tokens> {
    session.token_rate.iter().rev().nth(1).copied()
}

/// The agent's name where room is short: the first word of its id, `claude` for `claude_code`.
pub fn agent_short(session: &Session) -> String {
    agent_name_short(&session.key.agent)
}

/// The same of an agent without a session.
pub fn agent_name_short(agent: &AgentId) -> String {
    let id = neutralise(agent.as_str());
    id.split('_').next().unwrap_or_default().to_owned()
}

/// The model's name where room is short: [`model_name_short`].
pub fn model_short(session: &Session) -> Option<String> {
    session.settings.model.as_ref().map(model_name_short)
}

/// A model's name without its maker, which the agent's name tells, and without the date of its release: `opus-5` for
/// `claude-opus-5-20260801`.
pub fn model_name_short(model: &ModelId) -> String {
    let name = neutralise(model.as_str());
    let short = name.strip_prefix("claude-").unwrap_or(&name);
    let undated =
        short.rsplit_once('-').filter(|(_, date)| date.len() == 8 && date.bytes().all(|b| b.is_ascii_digit()));
    undated.map_or(short, |(name, _)| name).to_owned()
}

/// The branch of the working directory now, else the one the session was created on.
pub fn branch(session: &Session) -> Option<&Untrusted> {
    match &session.project.git {
        Some(git) => git.branch.as_ref(),
        None => session.identity.as_ref().and_then(|identity| identity.branch.as_ref()),
    }
}

/// The branch and what differs from it: `main ↑2 ↓1 +1 ~8` is two commits ahead, one behind, one new file, eight changed.
/// `None` outside a repository.
pub fn branch_line(session: &Session) -> Option<String> {
    branch_parts(session).map(|parts| parts.join(" "))
}

/// The parts of [`branch_line`]: the branch, or `detached`, then the changes, those that matter most last.
pub fn branch_parts(session: &Session) -> Option<Vec<String>> {
    let Some(git) = &session.project.git else { return branch(session).map(|branch| vec![shown_path(branch)]) };
    let mut parts = vec![git.branch.as_ref().map_or_else(|| "detached".to_owned(), shown_path)];
    for (sign, number) in [("↑", git.ahead), ("↓", git.behind), ("+", git.added), ("~", git.modified)] {
        parts.extend(number.filter(|number| *number > 0).map(|number| format!("{sign}{}", format::count(number))));
    }
    Some(parts)
}

fn text(value: Option<&Untrusted>) -> Value {
    Value::from_option(value, |value| Value::Text(shown(value)))
}

fn path(value: Option<&Untrusted>) -> Value {
    Value::from_option(value, |value| Value::Text(shown_path(value)))
}

fn tokens(value: Option<Tokens>) -> Value {
    Value::from_option(value, Value::Tokens)
}

fn part(session: &Session, part: fn(&Usage) -> Tokens) -> Value {
    Value::Tokens(part(&session.usage))
}

fn duration(time: Option<Duration>) -> Value {
    Value::from_option(time, Value::Duration)
}

fn since(at: Option<Timestamp>, now: Timestamp) -> Value {
    duration(at.map(|at| elapsed(at, now)))
}
