//! The repository a session works in.

use serde::Serialize;
use topside_model::GitState;

use super::leaf::exact;

/// A repository as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct GitV1 {
    /// Branch; `null` when the head is detached.
    pub branch: Option<String>,
    /// Commits the upstream lacks; `null` without an upstream.
    pub ahead: Option<u64>,
    /// Commits of the upstream that are missing here.
    pub behind: Option<u64>,
    /// New files.
    pub added: Option<u64>,
    /// Changed or deleted files.
    pub modified: Option<u64>,
    /// Name of the linked worktree, when the directory lies in one.
    pub worktree: Option<String>,
}

impl From<&GitState> for GitV1 {
    fn from(git: &GitState) -> Self {
        Self {
            branch: exact(git.branch.as_ref()),
            ahead: git.ahead,
            behind: git.behind,
            added: git.added,
            modified: git.modified,
            worktree: exact(git.worktree.as_ref()),
        }
    }
}
