//! Processes and ports.

use serde::Serialize;
use topside_model::{Bytes, Port, PortUse, ProcessRef, ProcessView, Session, Tie};

use super::leaf::{TimeV1, id, prose, tenths, time};

/// The process that owns a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct OwnerV1 {
    /// Its number.
    pub pid: u32,
    /// When it started, in the system's own ticks: with `pid` it names one process.
    pub started: u64,
    /// How many loaded sessions share it; CPU and memory are theirs together.
    pub sessions: u32,
}

impl OwnerV1 {
    /// The owner of `session`, where it is known.
    pub(super) fn of(session: &Session) -> Option<Self> {
        session.owner.map(|ProcessRef { pid, started }| Self { pid, started, sessions: session.owner_sessions })
    }
}

/// A port that a session's process listens on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PortUseV1 {
    /// The port.
    pub port: u16,
    /// True when other machines can reach it.
    pub exposed: bool,
    /// Who listens.
    pub pid: Option<u32>,
    /// Its command line.
    pub command: Option<String>,
}

impl From<&PortUse> for PortUseV1 {
    fn from(port: &PortUse) -> Self {
        Self {
            port: port.port,
            exposed: port.exposed,
            pid: port.process.map(|process| process.pid),
            command: prose(port.command.as_ref()),
        }
    }
}

/// A listening port with its session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PortV1 {
    /// The port and its process.
    #[serde(flatten)]
    pub port: PortUseV1,
    /// Id of the session it belongs to.
    pub session: String,
    /// Whose session.
    pub agent: String,
    /// True when the session is over.
    pub orphan: bool,
    /// Since when the port is an orphan.
    pub orphan_since: Option<TimeV1>,
}

impl From<&Port> for PortV1 {
    fn from(port: &Port) -> Self {
        Self {
            port: PortUseV1::from(&port.port),
            session: id(port.session.id.as_str()),
            agent: id(port.session.agent.as_str()),
            orphan: port.orphan,
            orphan_since: time(port.orphan_since),
        }
    }
}

/// A process of a session.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ProcessV1 {
    /// Its number.
    pub pid: u32,
    /// When it started, in the system's own ticks: with `pid` it names one process.
    pub started: u64,
    /// Its parent's number.
    pub parent: u32,
    /// Distance from the owner in the tree.
    pub depth: u32,
    /// Its command line, bounded.
    pub command: String,
    /// CPU in percent of one core, one decimal.
    pub cpu_percent: Option<f64>,
    /// Resident memory.
    pub memory_bytes: Option<u64>,
    /// When it started, by the clock.
    pub started_at: Option<TimeV1>,
    /// How it was tied to the session.
    pub tie: TieV1,
}

/// How a process was tied to a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TieV1 {
    /// It owns the session.
    Owner,
    /// Its environment names the session.
    Environment,
    /// It descends from the owner, which owns nothing else.
    Tree,
}

impl From<&ProcessView> for ProcessV1 {
    fn from(view: &ProcessView) -> Self {
        Self {
            pid: view.process.pid,
            started: view.process.started,
            parent: view.parent,
            depth: view.depth,
            command: topside_catalog::text::shown(&view.command),
            cpu_percent: tenths(view.vitals.cpu),
            memory_bytes: view.vitals.memory.map(|Bytes(count)| count),
            started_at: time(view.started_at),
            tie: match view.tie {
                Tie::Owner => TieV1::Owner,
                Tie::Environment => TieV1::Environment,
                Tie::Tree => TieV1::Tree,
            },
        }
    }
}
