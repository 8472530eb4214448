//! Where a session works.

use crate::text::Untrusted;

/// Where a session works.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Project {
    /// Its directory now.
    pub cwd: Option<Untrusted>,
    /// Short name: the repository's folder, else the directory's. Worktrees carry their repository's name.
    pub name: Option<Untrusted>,
    /// State of its repository; `None` where there is none or it was not read.
    pub git: Option<GitState>,
}

/// A repository as it is now.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct GitState {
    /// Folder of the repository, which its worktrees share.
    pub root: Option<Untrusted>,
    /// Branch, `None` when the head is detached.
    pub branch: Option<Untrusted>,
    /// Commits the upstream lacks; `None` without an upstream.
    pub ahead: Option<u64>,
    /// Commits of the upstream that are missing here.
    pub behind: Option<u64>,
    /// New files.
    pub added: Option<u64>,
    /// Changed or deleted files.
    pub modified: Option<u64>,
    /// Name of the linked worktree, when the directory lies in one.
    pub worktree: Option<Untrusted>,
}
