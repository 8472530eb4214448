//! `topside status-line claude_code`: stands before the command that shows the status line, keeps the figures the agent
//! gives it, and lets that command do the rest.

use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use serde_json::{Map, Value};
use topside_collect::STATUS_LINES;
use topside_model::Timestamp;

use crate::state;

/// What agents say is smaller by far.
const MOST_READ: u64 = 1024 * 1024;
/// What is kept of it: figures, and what they are about.
const KEPT: [&str; 5] = ["version", "model", "context_window", "cost", "rate_limits"];
/// Figures of sessions that were silent for longer are of no use.
const STALE: Duration = Duration::from_hours(7 * 24);

/// Keeps what is said on standard input; shows what `before` makes of it, or a line of topside's own.
pub(super) fn run(agent: &str, before: Option<&str>) -> ExitCode {
    let mut said = Vec::new();
    io::stdin().lock().take(MOST_READ).read_to_end(&mut said).ok();
    let figures = serde_json::from_slice::<Value>(&said).unwrap_or_default();
    if let Some(folder) = state::folder(None) {
        keep(&folder.join(STATUS_LINES), agent, &figures, Timestamp::now()).ok();
    }
    if let Some(before) = before {
        return pass_on(before, &said);
    }
    writeln!(io::stdout(), "{}", own_line(&figures)).ok();
    ExitCode::SUCCESS
}

/// Puts the figures of a session in place of those it gave before.
fn keep(folder: &Path, agent: &str, said: &Value, now: Timestamp) -> io::Result<()> {
    // The id becomes a name of a file.
    let is_id = |id: &&str| {
        !id.is_empty() && id.len() < 100 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let Some(session) = said["session_id"].as_str().filter(is_id) else { return Ok(()) };
    let mut kept = Map::new();
    kept.insert("v".to_owned(), 1.into());
    kept.insert("at".to_owned(), now.as_millisecond().into());
    kept.insert("agent".to_owned(), agent.into());
    kept.insert("session".to_owned(), session.into());
    kept.extend(KEPT.iter().filter_map(|key| Some(((*key).to_owned(), said.get(key)?.clone()))));
    let path = folder.join(format!("{session}.json"));
    if !path.exists() {
        state::make(folder)?;
        forget_stale(folder, now);
    }
    let mut file = tempfile::Builder::new().prefix(".").tempfile_in(folder)?;
    file.write_all(Value::Object(kept).to_string().as_bytes())?;
    file.persist(path)?;
    Ok(())
}

fn forget_stale(folder: &Path, now: Timestamp) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries {
        let modified = entry.metadata().and_then(|facts| facts.modified()).ok();
        let modified = modified.and_then(|modified| Timestamp::try_from(modified).ok());
        if modified.is_some_and(|modified| topside_model::elapsed(modified, now) > STALE) {
            // Another one may have been faster.
            std::fs::remove_file(entry.path()).ok();
        }
    }
}

/// Runs the command that showed the status line until now, with all that was said. Its output and its end are passed on
/// as they are.
fn pass_on(command: &str, said: &[u8]) -> ExitCode {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]);
    #[cfg(unix)]
    if let Ok(said) = as_file(said) {
        use std::os::unix::process::CommandExt as _;
        // In place of this process, so that the agent stops it where it stops us. Comes back only when there is no shell.
        let _ = shell.stdin(said).exec();
        return ExitCode::FAILURE;
    }
    let Ok(mut child) = shell.stdin(Stdio::piped()).spawn() else { return ExitCode::FAILURE };
    if let Some(mut input) = child.stdin.take() {
        // A command that shows always the same does not read.
        input.write_all(said).ok();
    }
    let code = child.wait().ok().and_then(|end| end.code());
    code.and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from)
}

/// A file without a name that holds `said`, to be read from its beginning.
#[cfg(unix)]
fn as_file(said: &[u8]) -> io::Result<std::fs::File> {
    use std::io::Seek as _;
    let mut file = tempfile::tempfile()?;
    file.write_all(said)?;
    file.rewind()?;
    Ok(file)
}

/// The model, how full its context is, what it cost and how far the limits are.
fn own_line(said: &Value) -> String {
    let share = |value: &Value| value.as_f64().map(|share| format!("{share:.0} %"));
    let limit = |name: &str, window: &str| {
        share(&said["rate_limits"][window]["used_percentage"]).map(|share| format!("{name} {share}"))
    };
    let parts = [
        said["model"]["display_name"].as_str().map(topside_catalog::text::neutralise),
        share(&said["context_window"]["used_percentage"]).map(|share| format!("context {share}")),
        said["cost"]["total_cost_usd"].as_f64().map(|cost| format!("${cost:.2}")),
        limit("5h", "five_hour"),
        limit("7d", "seven_day"),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said() -> Value {
        json!({
            "session_id": "5c1d", "cwd": "/secret", "session_name": "secret", "model": { "display_name": "Opus" },
            "context_window": { "used_percentage": 41.6 }, "cost": { "total_cost_usd": 1.239 },
            "rate_limits": { "five_hour": { "used_percentage": 23.5, "resets_at": 1_795_147_497 } },
        })
    }

    #[test]
    fn the_own_line_shows_what_is_known() {
        assert_eq!(own_line(&said()), "Opus · context 42 % · $1.24 · 5h 24 %");
        assert_eq!(own_line(&Value::Null), "");
    }

    #[test]
    fn only_figures_are_kept() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().join("status-line");
        let at = |ms| Timestamp::from_millisecond(ms).expect("a time");
        keep(&folder, "claude_code", &said(), at(5)).expect("kept");
        keep(&folder, "claude_code", &said(), at(6)).expect("kept");
        let kept = std::fs::read_to_string(folder.join("5c1d.json")).expect("a file");
        assert!(kept.contains("\"at\":6") && kept.contains("five_hour") && !kept.contains("secret"), "{kept}");
        assert_eq!(std::fs::read_dir(&folder).expect("a folder").count(), 1, "nothing else is left");
        for id in [json!("../x"), json!(""), json!(7)] {
            keep(&folder, "claude_code", &json!({ "session_id": id }), at(7)).expect("let go");
        }
        assert_eq!(std::fs::read_dir(&folder).expect("a folder").count(), 1, "an id that is no name is let go");
    }
}
