//! What sessions left behind or no longer need.

use crate::ending::Ending;
use crate::id::SessionKey;
use crate::process::ProcessView;
use crate::text::Untrusted;
use crate::unit::{Bytes, Timestamp};

/// Something that serves nobody any more.
#[derive(Debug, Clone, PartialEq)]
pub struct Leftover {
    /// What it is.
    pub kind: LeftoverKind,
    /// The session it is of, or was; `None` for a worktree.
    pub session: Option<SessionKey>,
    /// Name of its project, where that is known.
    pub project: Option<Untrusted>,
    /// Its processes, the one that ends first before the others; none for a worktree.
    pub processes: Vec<ProcessView>,
    /// Ports they listen on.
    pub ports: Vec<u16>,
    /// Since when it serves nobody; `None` where that is not known.
    pub since: Option<Timestamp>,
}

/// What is left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeftoverKind {
    /// A session whose turn ended long ago and whose process goes on.
    IdleSession,
    /// A process that listens on a port for a session that is over.
    Server,
    /// A server of the Model Context Protocol, by its command line, whose client is gone.
    McpServer,
    /// Any other process of a session that is over.
    Process,
    /// A linked worktree of git in which no session works.
    Worktree(Worktree),
}

/// A linked worktree of git.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worktree {
    /// Its name among those of its repository, as in [`GitState::worktree`](crate::GitState::worktree).
    pub name: Untrusted,
    /// Its folder, as git keeps account of it.
    pub path: Untrusted,
    /// Folder of the repository it belongs to.
    pub repository: Untrusted,
    /// The branch checked out in it; `None` when its head is detached.
    pub branch: Option<Untrusted>,
    /// When git last changed something of it.
    pub changed_at: Option<Timestamp>,
    /// True when it lies where agents make worktrees.
    pub by_agent: bool,
}

impl LeftoverKind {
    /// Its name in JSON.
    pub fn id(&self) -> &'static str {
        match self {
            Self::IdleSession => "idle_session",
            Self::Server => "server",
            Self::McpServer => "mcp_server",
            Self::Process => "process",
            Self::Worktree(_) => "worktree",
        }
    }
}

impl Leftover {
    /// Resident memory of its processes; `None` where it is known of none.
    pub fn memory(&self) -> Option<Bytes> {
        let known = self.processes.iter().filter_map(|process| process.vitals.memory);
        known.reduce(|sum, one| Bytes(sum.0 + one.0))
    }

    /// What ends when it is ended; `None` for what has no process.
    pub fn ending(&self) -> Option<Ending> {
        let (session, project, processes) = (self.session.clone(), self.project.clone(), self.processes.clone());
        (!processes.is_empty()).then_some(Ending { session, project, processes, others: 0 })
    }
}
