//! `topside hook AGENT`: what an agent runs when something happens. Writes one line to the spool.
//!
//! The agent waits for it: it reads no configuration, prints nothing and cannot fail.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};
use topside_collect::{SPOOL, SPOOLED_BEFORE};
use topside_model::Timestamp;

use crate::state;

/// No more is read of what an agent says.
const MOST_READ: u64 = 16 * 1024 * 1024;
/// A word of an agent is kept so long; ids and names are shorter.
const WORD: usize = 200;
/// A spool this large is put aside, and the one that was put aside before is gone.
const LARGEST: u64 = 1024 * 1024;

/// What agents say, as far as it is kept: never a prompt, a reply or a command.
#[derive(Debug, Deserialize)]
struct Said {
    hook_event_name: Word,
    session_id: Word,
    #[serde(default)]
    agent_id: Option<Word>,
    #[serde(default)]
    tool_name: Option<Word>,
    #[serde(default)]
    tool_use_id: Option<Word>,
}

/// A line of the spool.
#[derive(Debug, Serialize)]
struct Line<'a> {
    v: u32,
    /// Milliseconds since 1970.
    at: i64,
    agent: &'a str,
    event: &'a Word,
    session: &'a Word,
    #[serde(skip_serializing_if = "Option::is_none")]
    helper: Option<&'a Word>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool: Option<&'a Word>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call: Option<&'a Word>,
}

/// A short text of an agent; none where it says something else, such as a number.
#[derive(Debug, Default, Serialize)]
struct Word(String);

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Any {
            Text(String),
            Other(serde::de::IgnoredAny),
        }
        Ok(Self(match Any::deserialize(from)? {
            Any::Text(text) => text.chars().take(WORD).collect(),
            Any::Other(_) => String::new(),
        }))
    }
}

/// Writes down what `agent` says on standard input. What cannot be read or written is let go.
pub(super) fn run(agent: &str) {
    let said = io::stdin().lock();
    if let (Some(folder), Some(line)) = (state::folder(None), line(agent, said, Timestamp::now())) {
        append(&folder, &line).ok();
    }
}

/// The line for what is said, which ends where its JSON does: an agent may leave the pipe open.
fn line(agent: &str, said: impl Read, now: Timestamp) -> Option<Vec<u8>> {
    let buffered = io::BufReader::with_capacity(64 * 1024, said.take(MOST_READ));
    let said: Said = serde_json::Deserializer::from_reader(buffered).into_iter().next()?.ok()?;
    let mut line = serde_json::to_vec(&Line {
        v: 1,
        at: now.as_millisecond(),
        agent,
        event: &said.hook_event_name,
        session: &said.session_id,
        helper: said.agent_id.as_ref(),
        tool: said.tool_name.as_ref(),
        call: said.tool_use_id.as_ref(),
    })
    .ok()?;
    line.push(b'\n');
    Some(line)
}

/// Adds a line in a single write, so that lines of agents that speak at once do not mix.
fn append(folder: &Path, line: &[u8]) -> io::Result<()> {
    let path = folder.join(SPOOL);
    let mut file = match open(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            state::make(folder)?;
            open(&path)?
        }
        file => file?,
    };
    if file.metadata()?.len() >= LARGEST {
        // Another one may have put it aside just now: then the file of that name is small again.
        if fs::metadata(&path).is_ok_and(|facts| facts.len() >= LARGEST) {
            fs::rename(&path, folder.join(SPOOLED_BEFORE))?;
        }
        file = open(&path)?;
    }
    file.write_all(line)
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(said: &str, expected: &str) {
        let at = Timestamp::from_millisecond(7).expect("a time");
        let line = line("codex", said.as_bytes(), at).unwrap_or_default();
        assert_eq!(String::from_utf8(line).expect("text"), expected, "{said}");
    }

    #[test]
    fn a_line_holds_ids_and_names_and_nothing_else() {
        check(
            r#"{"session_id":"s","hook_event_name":"PermissionRequest","tool_name":"Bash","tool_use_id":"c",
                "cwd":"/secret","prompt":"secret","tool_input":{"command":"secret"},"agent_id":"a"} rest"#,
            "{\"v\":1,\"at\":7,\"agent\":\"codex\",\"event\":\"PermissionRequest\",\"session\":\"s\",\"helper\":\"a\",\
             \"tool\":\"Bash\",\"call\":\"c\"}\n",
        );
        let long = "x".repeat(5_000);
        check(
            &format!(r#"{{"session_id":"{long}","hook_event_name":7}}"#),
            &format!("{{\"v\":1,\"at\":7,\"agent\":\"codex\",\"event\":\"\",\"session\":\"{}\"}}\n", &long[..WORD]),
        );
    }

    #[test]
    fn garbage_is_no_line() {
        for said in ["", "{", "[]", "null", "\u{0}", r#"{"session_id":"s"}"#, r#"{"session_id":"s","hook_event_name"#] {
            check(said, "");
        }
    }

    #[test]
    fn a_full_spool_is_put_aside_once() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().join("state/topside");
        let size = |name: &str| fs::metadata(folder.join(name)).map(|facts| facts.len()).unwrap_or_default();
        let line = vec![b'x'; 300 * 1024];
        for _ in 0..4 {
            append(&folder, &line).expect("written");
        }
        assert_eq!((size(SPOOL), size(SPOOLED_BEFORE)), (4 * 300 * 1024, 0));
        append(&folder, b"last\n").expect("written");
        assert_eq!((size(SPOOL), size(SPOOLED_BEFORE)), (5, 4 * 300 * 1024));
    }
}
