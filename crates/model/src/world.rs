//! What runs on the machine now, joined with sessions.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::SourceId;
use crate::evidence::Place;
use crate::id::{CallId, ProcessRef, SessionKey};
use crate::process::{AgentProcess, PortUse, ProcessView};
use crate::report::Report;
use crate::text::Untrusted;
use crate::unit::{Timestamp, Tokens};

/// What runs on the machine at one moment. Each one replaces the one before.
#[derive(Debug, Clone, PartialEq)]
pub struct World {
    /// The moment.
    pub at: Timestamp,
    /// Sessions that are loaded, or that left processes behind.
    pub sessions: BTreeMap<SessionKey, Presence>,
    /// Sessions that run where their processes cannot be seen, such as another container.
    pub elsewhere: BTreeSet<SessionKey>,
    /// Agent programs that own no session.
    pub programs: Vec<AgentProcess>,
    /// False where the system does not tell which process has a file open: then an absent owner means nothing.
    pub owners_known: bool,
}

/// What runs for one session.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Presence {
    /// Who has it loaded; `None` for a session that is over and left something running.
    pub owner: Option<Owner>,
    /// Its processes, parents before children, the owner first.
    pub processes: Vec<ProcessView>,
    /// Calls that a live process names in its environment.
    pub calls: BTreeSet<CallId>,
    /// When the youngest process that can only be a tool's started; the tie-break where no environment is readable.
    pub youngest_child: Option<Timestamp>,
    /// The youngest command of a tool, where its process shows what it is.
    pub command: Option<Command>,
    /// Ports its processes listen on.
    pub ports: Vec<PortUse>,
}

/// A command that a tool of the agent runs, as its process shows: records may tell of it only later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The process.
    pub process: ProcessRef,
    /// What it runs.
    pub line: Untrusted,
    /// When it started.
    pub started_at: Option<Timestamp>,
}

/// Who has a session loaded.
#[derive(Debug, Clone, PartialEq)]
pub struct Owner {
    /// The process.
    pub process: ProcessRef,
    /// How many sessions it has loaded.
    pub sessions: u32,
    /// What proves it.
    pub proof: Place,
    /// True for a one-shot run: nobody can answer it, and it ends by itself.
    pub headless: bool,
    /// True for a helper inside its parent's process: it is over when the parent is told so.
    pub guest: bool,
    /// What the agent says of the session.
    pub report: Option<Report>,
    /// Where the session works, as the agent or the system says.
    pub cwd: Option<Untrusted>,
    /// Size of the context window, where the process was started with one.
    pub window: Option<Tokens>,
}

/// A file that facts of a session come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFact {
    /// Whose it is.
    pub session: SessionKey,
    /// Its name in origins.
    pub id: SourceId,
    /// Where it is.
    pub path: Untrusted,
    /// The agent's home it lies in.
    pub home: Untrusted,
    /// True when the user put it away.
    pub archived: bool,
}
