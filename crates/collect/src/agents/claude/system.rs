//! System lines: the agent's notes on what happens.

use jiff::SignedDuration;
use topside_model::{CompactionRecord, EventKind, TurnEnd};

use super::decode::Scribe;
use super::record::{self, Line};
use super::reply;
use crate::source::json::Json;

/// Notes that say nothing topside shows.
const SKIPPED: &[&str] = &[
    "agents_killed",
    "away_summary",
    "bridge_status",
    "informational",
    "init",
    "local_command",
    "microcompact_boundary",
    "model_refusal_fallback",
];

/// Reads one line.
pub(super) fn read(scribe: &mut Scribe<'_>, line: &Line<'_>) {
    if scribe.aside {
        return;
    }
    match line.subtype.and_then(Json::text).as_deref() {
        Some("turn_duration" | "stop_hook_summary") => scribe.end(TurnEnd::Completed),
        Some("compact_boundary") => {
            scribe.say(EventKind::Compacted(CompactionRecord::Notice));
            if let Some(metadata) = line.field("compactMetadata") {
                reply::shortened(scribe, metadata);
            }
        }
        Some("api_error") => retried(scribe, line),
        // Before 1.0.64 there were notes without a kind.
        None => {}
        Some(kind) if SKIPPED.contains(&kind) => {}
        Some(kind) => scribe.out.unknown(&format!("system/{kind}"), scribe.state.version.as_deref()),
    }
}

/// A request failed and is made again.
fn retried(scribe: &mut Scribe<'_>, line: &Line<'_>) {
    let status = line.error.and_then(|error| error.field("status")).and_then(Json::count);
    let wait = line.field("retryInMs").and_then(Json::number).map(|ms| SignedDuration::from_millis(ms as i64));
    let until = scribe.at.zip(wait).and_then(|(at, wait)| at.checked_add(wait).ok());
    let class = record::failure(None, status, false, "");
    scribe.say(EventKind::Retried { class, until });
}
