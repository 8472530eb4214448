//! The monitors that are compared, and how to read what they print.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Context as _;
use serde_json::Value;

use crate::bench::fleet::Fleet;
use crate::bench::stream::Stream;
use crate::{repo, shell};

/// A monitor.
#[derive(Debug)]
pub(super) struct Monitor {
    pub(super) name: &'static str,
    pub(super) binary: PathBuf,
    /// Arguments that make it print one snapshot as JSON and end.
    json: &'static [&'static str],
    /// Arguments that make it print such snapshots as they change, one on a line; `None` for one that cannot.
    watch: Option<&'static [&'static str]>,
    read: Read,
}

/// Reads a snapshot, by session; `None` for one of an unexpected shape.
pub(super) type Read = fn(&Value) -> Option<BTreeMap<String, Seen>>;

/// What a monitor says of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) state: State,
    pub(super) tokens: Option<u64>,
}

/// A state in words that every monitor has, or has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    /// Something goes on.
    Working,
    /// A person is asked for leave.
    Approval,
    /// The turn is over.
    Idle,
    /// Anything else.
    Other,
}

/// Topside, built for release, and two of its rivals, installed where they are missing: the lightest, and the one that
/// most people know.
pub(super) fn all() -> anyhow::Result<Vec<Monitor>> {
    let json: &[&str] = &["--json"];
    let agent_top =
        Monitor { name: "agent-top", binary: rival("agent-top", &[])?, json, watch: None, read: read_agent_top };
    let abtop = Monitor { name: "abtop", binary: rival("abtop", &["--locked"])?, json, watch: None, read: read_abtop };
    Ok(vec![topside()?, agent_top, abtop])
}

/// Topside, built for release.
pub(super) fn topside() -> anyhow::Result<Monitor> {
    Ok(Monitor {
        name: "topside",
        binary: repo::topside(true)?,
        json: &["ls", "--json"],
        watch: Some(&["ls", "--json", "--watch"]),
        read: read_topside,
    })
}

/// The rival called `name`, in the folder that `RIVALS` names or below the build directory.
fn rival(name: &str, options: &[&str]) -> anyhow::Result<PathBuf> {
    let rivals = match std::env::var_os("RIVALS") {
        Some(dir) => PathBuf::from(dir),
        None => repo::metadata()?.target_directory.join("rivals/bin"),
    };
    let binary = rivals.join(name);
    if !binary.is_file() {
        let root = rivals.parent().context("RIVALS names no bin folder")?;
        shell::run(shell::cargo().args(["install", name]).args(options).arg("--root").arg(root))?;
    }
    Ok(binary)
}

impl Monitor {
    /// Its name and version, as it says it.
    pub(super) fn version(&self) -> anyhow::Result<String> {
        Ok(shell::output(Command::new(&self.binary).arg("--version"))?.trim().to_owned())
    }

    /// What it says of every session of `fleet` now, by id.
    pub(super) fn ask(&self, fleet: &Fleet) -> anyhow::Result<BTreeMap<String, Seen>> {
        let answer = shell::output(fleet.inside().arg(&self.binary).args(self.json))?;
        let answer = serde_json::from_str(&answer).with_context(|| format!("read what {} printed", self.name))?;
        (self.read)(&answer).with_context(|| format!("{} printed something else than expected", self.name))
    }

    /// Follows what it says for `seconds`; `None` for a monitor that has to be asked.
    pub(super) fn follow(&self, fleet: &Fleet, seconds: u32) -> anyhow::Result<Option<Stream>> {
        let Some(arguments) = self.watch else { return Ok(None) };
        let mut command = fleet.inside();
        command.args(["timeout", &seconds.to_string()]).arg(&self.binary).args(arguments);
        Stream::open(&mut command, self.read).map(Some)
    }
}

fn read_topside(answer: &Value) -> Option<BTreeMap<String, Seen>> {
    let session = |session: &Value| {
        let state = match session.pointer("/status/id")?.as_str()? {
            "approval" => State::Approval,
            "turn_done" => State::Idle,
            "thinking" | "running_tool" | "waiting_on_subagents" | "compacting" | "retrying" => State::Working,
            _ => State::Other,
        };
        let tokens = session.pointer("/usage/total").and_then(Value::as_u64);
        Some((session.get("id")?.as_str()?.to_owned(), Seen { state, tokens }))
    };
    answer.get("sessions")?.as_array()?.iter().map(session).collect()
}

fn read_agent_top(answer: &Value) -> Option<BTreeMap<String, Seen>> {
    let agent = |agent: &Value| {
        // Its own screen knows running, idle and stopped; a wait for leave is none of them.
        let state = match agent.get("state")?.as_str()? {
            "running" => State::Working,
            "idle" => State::Idle,
            _ => State::Other,
        };
        let usage = agent.get("usage").and_then(Value::as_object);
        let tokens = usage.map(|usage| usage.values().filter_map(Value::as_u64).sum());
        Some((agent.get("session_id")?.as_str()?.to_owned(), Seen { state, tokens }))
    };
    let agents = answer.get("agents")?.as_array()?.iter();
    agents.filter(|agent| agent.get("session_id").is_some_and(Value::is_string)).map(agent).collect()
}

fn read_abtop(answer: &Value) -> Option<BTreeMap<String, Seen>> {
    let session = |session: &Value| {
        // It says `Waiting` of a session whose turn is over; a wait for leave is shown as a tool that runs.
        let state = match session.get("status")?.as_str()? {
            "Thinking" | "Executing" => State::Working,
            "Waiting" | "Done" => State::Idle,
            _ => State::Other,
        };
        let tokens = session.get("total_tokens").and_then(Value::as_u64);
        Some((session.get("session_id")?.as_str()?.to_owned(), Seen { state, tokens }))
    };
    answer.get("sessions")?.as_array()?.iter().map(session).collect()
}
