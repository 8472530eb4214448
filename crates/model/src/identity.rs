//! Who a session says it is.

use crate::id::SessionId;
use crate::text::Untrusted;
use crate::unit::Timestamp;

/// How a session introduced itself.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Identity {
    /// What it is for.
    pub kind: SessionKind,
    /// Top of its family, when it is not the top itself.
    pub root: Option<SessionId>,
    /// Who started it.
    pub parent: Option<SessionId>,
    /// Whose history it continues.
    pub forked_from: Option<SessionId>,
    /// When it was created.
    pub created: Option<Timestamp>,
    /// Where it started.
    pub cwd: Option<Untrusted>,
    /// The program that asked for it (`codex-tui`, `codex_exec`, …).
    pub originator: Option<Untrusted>,
    /// The surface it was started from, as the agent wrote it.
    pub source: Option<Untrusted>,
    /// Version of the agent that created it.
    pub version: Option<Untrusted>,
    /// Whose models it talks to.
    pub provider: Option<Untrusted>,
    /// Branch at creation.
    pub branch: Option<Untrusted>,
    /// Commit at creation.
    pub commit: Option<Untrusted>,
}

impl Identity {
    /// This introduction, with what it leaves open taken from another.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            kind: self.kind,
            root: self.root.or(other.root),
            parent: self.parent.or(other.parent),
            forked_from: self.forked_from.or(other.forked_from),
            created: self.created.or(other.created),
            cwd: self.cwd.or(other.cwd),
            originator: self.originator.or(other.originator),
            source: self.source.or(other.source),
            version: self.version.or(other.version),
            provider: self.provider.or(other.provider),
            branch: self.branch.or(other.branch),
            commit: self.commit.or(other.commit),
        }
    }
}

/// What a session is for.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub enum SessionKind {
    /// A person, or a person's script, talks to it.
    #[default]
    User,
    /// Another session gave it work.
    Subagent {
        /// Its name among its siblings.
        nickname: Option<Untrusted>,
        /// Its trade.
        role: Option<Untrusted>,
    },
    /// Machinery of the agent itself: a review, an approval guardian, a compaction. Not a row of its own; its
    /// cost belongs to the parent.
    Internal(Untrusted),
}
