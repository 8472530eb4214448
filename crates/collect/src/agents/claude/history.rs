//! `history.jsonl`: what persons typed, in all sessions of a root.
//!
//! While a session shortens its context because a person asked it to, nothing else says so: its registry record says that
//! it works, and its transcript nothing. Only the end of the file is read, and of it nothing remembered but which sessions
//! were asked last to do this, and when.

use std::path::Path;
use std::time::Duration;

use topside_model::{SessionId, Timestamp, elapsed};

use super::record;
use crate::agent::Look;
use crate::source::json::Json;

/// What a person types for it; words may follow.
const COMMAND: &str = "/compact";
/// The command is kept and the registry says that the session works at almost the same time.
const AT_ONCE: Duration = Duration::from_millis(1_500);

/// True for a session that works `since` a person asked it to shorten its context.
pub(super) fn compacts(look: &Look<'_>, home: &Path, session: &SessionId, since: Timestamp) -> bool {
    let Some(asked) = look.files.ending(look.host, &home.join("history.jsonl"), last_asked) else { return false };
    let asked = asked.split(|byte| *byte == b'\n').filter_map(|line| {
        let (id, at) = std::str::from_utf8(line).ok()?.split_once(' ')?;
        (id == session.as_str()).then(|| Timestamp::from_millisecond(at.parse().ok()?).ok())?
    });
    asked.into_iter().any(|at| elapsed(at, since).max(elapsed(since, at)) <= AT_ONCE)
}

/// A line with the session and the time in milliseconds for each session of `lines` whose last one is the command.
fn last_asked(lines: &[u8]) -> Vec<u8> {
    let mut seen: Vec<SessionId> = Vec::new();
    let mut asked = String::new();
    // The first one may be cut in the midst of a text.
    let whole = lines.split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"{\""));
    for line in whole.rev().filter_map(Json::value) {
        let Some(session) = line.field("sessionId").and_then(record::session) else { continue };
        if seen.contains(&session) {
            continue;
        }
        let typed = line.field("display").and_then(|text| text.text_head(COMMAND.len() + 1)).unwrap_or_default();
        if typed.trim_end() == COMMAND
            && let Some(at) = line.field("timestamp").and_then(Json::count)
        {
            asked.extend([session.as_str(), " ", &at.to_string(), "\n"]);
        }
        seen.push(session);
    }
    asked.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_word_of_a_session_counts_and_no_text_is_kept() {
        let lines = br#"cut off","sessionId":"a"}
{"display":"/compact","timestamp":1,"sessionId":"a"}
{"display":"/compact keep the tests","timestamp":2,"sessionId":"b"}
{"display":"/compactify","timestamp":3,"sessionId":"c"}
{"display":"go on","timestamp":4,"sessionId":"a"}
"#;
        assert_eq!(last_asked(lines), b"b 2\n");
    }
}
