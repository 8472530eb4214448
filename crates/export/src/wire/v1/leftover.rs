//! What could be won back.

use serde::Serialize;
use topside_catalog::leftover::removal;
use topside_model::{Bytes, Leftover, LeftoverKind, Worktree};

use super::leaf::{TimeV1, exact, id, time};
use super::process::ProcessV1;

/// Something that serves nobody any more.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LeftoverV1 {
    /// `idle_session`, `server`, `mcp_server`, `process` or `worktree`.
    pub kind: &'static str,
    /// Id of the session it is of, or was; `null` for a worktree.
    pub session: Option<String>,
    /// Whose session.
    pub agent: Option<String>,
    /// Name of its project.
    pub project: Option<String>,
    /// Its processes, the one that ends first before the others.
    pub processes: Vec<ProcessV1>,
    /// Resident memory of all of them.
    pub memory_bytes: Option<u64>,
    /// Ports they listen on.
    pub ports: Vec<u16>,
    /// Since when it serves nobody.
    pub since: Option<TimeV1>,
    /// The worktree, where it is one.
    pub worktree: Option<WorktreeV1>,
}

/// A linked worktree of git.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WorktreeV1 {
    /// Its folder.
    pub path: Option<String>,
    /// Folder of the repository it belongs to.
    pub repository: Option<String>,
    /// The branch checked out in it; `null` when its head is detached.
    pub branch: Option<String>,
    /// The command that removes it; topside never does.
    pub removal: String,
}

impl From<&Leftover> for LeftoverV1 {
    fn from(one: &Leftover) -> Self {
        let worktree = match &one.kind {
            LeftoverKind::Worktree(worktree) => Some(WorktreeV1::from(worktree)),
            _ => None,
        };
        Self {
            kind: one.kind.id(),
            session: one.session.as_ref().map(|key| id(key.id.as_str())),
            agent: one.session.as_ref().map(|key| id(key.agent.as_str())),
            project: exact(one.project.as_ref()),
            processes: one.processes.iter().map(ProcessV1::from).collect(),
            memory_bytes: one.memory().map(|Bytes(count)| count),
            ports: one.ports.clone(),
            since: time(one.since),
            worktree,
        }
    }
}

impl From<&Worktree> for WorktreeV1 {
    fn from(worktree: &Worktree) -> Self {
        Self {
            path: exact(Some(&worktree.path)),
            repository: exact(Some(&worktree.repository)),
            branch: exact(worktree.branch.as_ref()),
            removal: removal(worktree),
        }
    }
}
