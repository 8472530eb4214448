//! What a status looks like and reads like.

use std::time::Duration;

use jiff::tz::TimeZone;
use topside_model::{ErrorClass, Session, Stall, Status, Timestamp, WaitsOn, elapsed};

use crate::format;
use crate::text::shown;

/// The sign of a status; its shape alone tells it from the others.
pub fn glyph(status: &Status) -> &'static str {
    match status {
        Status::Approval { .. } | Status::Question { .. } => "◆",
        Status::RateLimited { .. } => "▲",
        Status::Failed { .. } | Status::Crashed { .. } => "✕",
        Status::Thinking { .. }
        | Status::RunningTool { .. }
        | Status::WaitingOnSubagents { .. }
        | Status::Compacting { .. }
        | Status::Retrying { .. } => "●",
        Status::TurnDone { .. } | Status::Background { .. } | Status::New { .. } => "◌",
        Status::Ended { .. } | Status::Interrupted { .. } => "○",
        Status::Unknown { .. } => "?",
    }
}

/// The sign of a session at work of which nothing has come for longer than usual.
const STALLED: &str = "◐";

/// The sign of a session: its status's, unless it is stalled.
pub fn sign(session: &Session) -> &'static str {
    if session.stall.is_some() { STALLED } else { glyph(&session.status) }
}

/// `stalled 6m 12s`: for how long nothing has come of it, where its status has not held for just as long.
pub fn stalled(session: &Session, now: Timestamp) -> Option<String> {
    let silence = elapsed(session.stall?.since, now);
    let repeats = held(&session.status, now) == Some(silence);
    Some(if repeats { "stalled".to_owned() } else { format!("stalled {}", format::duration(silence)) })
}

/// The same as a sentence, with what is usual.
pub fn stall_sentence(stall: Stall, now: Timestamp) -> String {
    let silence = format::duration(elapsed(stall.since, now));
    format!(
        "nothing has come of it for {silence}; what it does usually takes {} at most",
        format::duration(stall.usual)
    )
}

/// The status in a few words: `approve exec`, `limit until 15:40`, `failed: rate limit`.
pub fn label(status: &Status, now: Timestamp, zone: &TimeZone) -> String {
    match status {
        Status::Thinking { .. } => "thinking".to_owned(),
        Status::RunningTool { parallel: n @ 2.., .. } => format!("running {n} tools"),
        Status::RunningTool { .. } => "running".to_owned(),
        Status::WaitingOnSubagents { n: 1, .. } => "1 subagent".to_owned(),
        Status::WaitingOnSubagents { n, .. } => format!("{n} subagents"),
        Status::Compacting { .. } => "compacting".to_owned(),
        Status::Retrying { until: Some(until), .. } if *until > now => {
            format!("retrying in {}", format::duration(elapsed(now, *until)))
        }
        Status::Retrying { .. } => "retrying".to_owned(),
        Status::Approval { tool, .. } => format!("approve {}", shown(tool)),
        Status::Question { .. } => "question".to_owned(),
        Status::TurnDone { .. } => "done".to_owned(),
        Status::Background { n, .. } => format!("done, {n} in background"),
        Status::RateLimited { until: Some(until), .. } => format!("limit until {}", format::clock(*until, now, zone)),
        Status::RateLimited { until: None, .. } => "limit reached".to_owned(),
        Status::Failed { error, .. } => format!("failed: {}", error_name(*error)),
        Status::New { .. } => "new".to_owned(),
        Status::Ended { .. } => "ended".to_owned(),
        Status::Interrupted { .. } => "interrupted".to_owned(),
        Status::Crashed { .. } => "crashed".to_owned(),
        Status::Unknown { why, .. } => format!("unknown: {why}"),
    }
}

/// The same of a session, of which more is known than its status says: that it waits for a command in the background.
pub fn label_of(session: &Session, now: Timestamp, zone: &TimeZone) -> String {
    if listens(session) { "waits for background command".to_owned() } else { label(&session.status, now, zone) }
}

/// True where a call runs only to hear what a command in the background says.
pub fn listens(session: &Session) -> bool {
    matches!(session.status, Status::RunningTool { .. }) && session.waits_on() == Some(WaitsOn::Background)
}

/// What exactly it does or asks, in its own words: the tool and its command, the question, the error.
pub fn action(status: &Status) -> Option<String> {
    match status {
        Status::RunningTool { name, summary, parallel, .. } => {
            let more = if *parallel > 1 { format!("  +{}", parallel - 1) } else { String::new() };
            let summary = summary.as_ref().map(|summary| format!(" {}", shown(summary))).unwrap_or_default();
            Some(format!("{}{summary}{more}", shown(name)))
        }
        Status::Approval { summary, .. } => summary.as_ref().map(shown),
        Status::Question { text, .. } => text.as_ref().map(shown),
        Status::Failed { message, .. } => message.as_ref().map(shown),
        Status::Retrying { error, .. } => Some(error_name(*error).to_owned()),
        _ => None,
    }
}

/// The status as a sentence with its reason and how long it holds.
pub fn sentence(status: &Status, now: Timestamp, zone: &TimeZone) -> String {
    let what = match status {
        Status::Thinking { .. } => "the model is thinking or writing".to_owned(),
        Status::RunningTool { parallel: n @ 2.., .. } => format!("{n} tools are running"),
        Status::RunningTool { .. } => "a tool is running".to_owned(),
        Status::WaitingOnSubagents { .. } => format!("it waits for {}", label(status, now, zone)),
        Status::Compacting { .. } => "it is shortening its context".to_owned(),
        Status::Retrying { error, .. } => {
            format!("{} after a failure ({})", label(status, now, zone), error_name(*error))
        }
        Status::Approval { tool, .. } => format!("it waits for your permission ({})", shown(tool)),
        Status::Question { .. } => "it asks you a question".to_owned(),
        Status::TurnDone { .. } => "it has finished its turn; the next move is yours".to_owned(),
        Status::Background { n: 1, .. } => "it has finished its turn; a command it started goes on".to_owned(),
        Status::Background { n, .. } => format!("it has finished its turn; {n} commands it started go on"),
        Status::RateLimited { .. } => format!("a usage limit stops it ({})", label(status, now, zone)),
        Status::Failed { error, .. } => format!("its last turn failed ({})", error_name(*error)),
        Status::New { .. } => "it is open and was not asked anything yet".to_owned(),
        Status::Ended { .. } => "it was closed".to_owned(),
        Status::Interrupted { .. } => "it was closed after its last turn was interrupted".to_owned(),
        Status::Crashed { .. } => "its process went away in the middle of a turn".to_owned(),
        Status::Unknown { why, .. } => format!("what it does cannot be told: {why}"),
    };
    with_age(what, status, now)
}

/// The same of a session, of which more is known than its status says.
pub fn sentence_of(session: &Session, now: Timestamp, zone: &TimeZone) -> String {
    let waits = || with_age("it waits for a command in the background".to_owned(), &session.status, now);
    if listens(session) { waits() } else { sentence(&session.status, now, zone) }
}

fn with_age(what: String, status: &Status, now: Timestamp) -> String {
    let over = matches!(status, Status::Ended { .. } | Status::Interrupted { .. } | Status::Crashed { .. });
    match held(status, now) {
        Some(time) if over => format!("{what}, {} ago", format::duration(time)),
        Some(time) => format!("{what}, for {}", format::duration(time)),
        None => what,
    }
}

/// How long the status has held; `None` where its beginning is not known.
pub fn held(status: &Status, now: Timestamp) -> Option<Duration> {
    status.since().map(|since| elapsed(since, now))
}

/// A kind of failure in words.
pub fn error_name(error: ErrorClass) -> &'static str {
    match error {
        ErrorClass::UsageLimit => "usage limit",
        ErrorClass::RateLimit => "429",
        ErrorClass::ContextFull => "context full",
        ErrorClass::Server => "server error",
        ErrorClass::Unauthorized => "not signed in",
        ErrorClass::Network => "network",
        ErrorClass::Policy => "refused by policy",
        ErrorClass::Other => "error",
    }
}
