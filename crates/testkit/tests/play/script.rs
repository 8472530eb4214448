//! The file a simulated machine is written down in.

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer};

/// A simulated machine and what must be seen of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Script {
    /// When it begins.
    #[serde(deserialize_with = "parsed")]
    pub(crate) start: Timestamp,
    /// Recorded threads, by the names they have here.
    pub(crate) threads: BTreeMap<String, Thread>,
    /// What happens, in order.
    #[serde(rename = "step")]
    pub(crate) steps: Vec<Step>,
}

/// A recorded thread.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Thread {
    /// Folder of the recording below the test data: `codex/quick`.
    pub(crate) case: String,
    /// Folder below `sessions` that its file lies in, if not the day in the file's name: `2026/11/18`.
    pub(crate) day: Option<String>,
}

/// What happens at one moment, in the order of the fields.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    /// How long after the start.
    #[serde(deserialize_with = "parsed")]
    pub(crate) at: SignedDuration,
    /// A process that starts.
    pub(crate) spawn: Option<Spawn>,
    /// A process that ends, with its locks and ports.
    pub(crate) exit: Option<u32>,
    /// A thread that a process loads.
    pub(crate) lock: Option<Lock>,
    /// A thread that is unloaded.
    pub(crate) unlock: Option<String>,
    /// What a process says of itself where its agent makes it register.
    pub(crate) say: Option<Say>,
    /// A process that takes its registration back, as it does before it ends by itself.
    pub(crate) unsay: Option<u32>,
    /// What a daemon of Codex tells of a thread.
    pub(crate) tell: Option<Tell>,
    /// A title that a process gives its pane.
    pub(crate) title: Option<Title>,
    /// A port that a process opens.
    pub(crate) listen: Option<Listen>,
    /// Records that are written.
    pub(crate) append: Option<Append>,
    /// What topside must show then: every session and every port, one line each.
    pub(crate) expect: Option<Vec<String>>,
}

/// A process that starts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Spawn {
    /// Its number.
    pub(crate) pid: u32,
    /// Its parent's number; without one it is nobody's child.
    #[serde(default = "init")]
    pub(crate) parent: u32,
    /// Its arguments, program first.
    pub(crate) args: Vec<String>,
    /// The thread whose tool it is.
    pub(crate) thread: Option<String>,
    /// The tool call it belongs to.
    pub(crate) call: Option<String>,
    /// True when it is shown in a pane of tmux.
    #[serde(default)]
    pub(crate) pane: bool,
}

/// A thread that a process loads.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lock {
    /// The process.
    pub(crate) pid: u32,
    /// The thread.
    pub(crate) thread: String,
}

/// What a process says of itself.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Say {
    /// The process.
    pub(crate) pid: u32,
    /// The thread that it has loaded.
    pub(crate) thread: String,
    /// What it does: `busy`, `idle`, `waiting` or `shell`.
    pub(crate) status: String,
    /// What it waits for.
    #[serde(rename = "for")]
    pub(crate) waits_for: Option<String>,
}

/// What a daemon tells of a thread.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tell {
    /// The thread.
    pub(crate) thread: String,
    /// What it does: `active`, `idle` or `systemError`.
    pub(crate) status: String,
    /// What it waits for, where it is active.
    #[serde(default)]
    pub(crate) flags: Vec<String>,
}

/// A title that a process gives its pane.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Title {
    /// The process.
    pub(crate) pid: u32,
    /// The title.
    pub(crate) says: String,
}

/// A port that a process opens, on the loopback.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Listen {
    /// The process.
    pub(crate) pid: u32,
    /// The port.
    pub(crate) port: u16,
}

/// Records that are written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Append {
    /// The thread.
    pub(crate) thread: String,
    /// The first and the last line of the recording, counted from 1.
    pub(crate) lines: (usize, usize),
}

impl Script {
    /// Reads the file at `path`.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
        toml::from_str(&text).with_context(|| format!("read {}", path.display()))
    }
}

fn init() -> u32 {
    1
}

/// A value that is written as text.
fn parsed<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: std::fmt::Display>,
{
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}
