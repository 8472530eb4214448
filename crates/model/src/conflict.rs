//! What several sessions lay hands on at once.

use crate::id::SessionKey;
use crate::text::Untrusted;
use crate::unit::Timestamp;

/// Sessions that are in each other's way. A session and those it started work together and never are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Conflict {
    /// What about.
    pub about: Contested,
    /// Between whom: two or more; of a port that an orphan holds, whose orphan it is comes first.
    pub sessions: Vec<SessionKey>,
    /// When the last of them laid hands on it, where that is known.
    pub at: Option<Timestamp>,
}

/// What a conflict is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Contested {
    /// Each of them changed this file while the others ran.
    File(Untrusted),
    /// All of them work in this working tree of git, and one of them changed files in it while the others ran.
    Tree {
        /// The repository's folder.
        repository: Untrusted,
        /// Name of the linked worktree; `None` for the repository's own working tree.
        worktree: Option<Untrusted>,
    },
    /// Each of them listens on this port.
    Port(u16),
    /// A session that is over left a process on this port, and a command of a running one names it.
    OrphanPort(u16),
}
