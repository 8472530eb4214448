//! What is kept of sessions: numbers and names, never what anybody wrote.

use std::path::PathBuf;

use crate::charge::Billing;
use crate::event::Share;
use crate::id::{AgentId, SessionId, SessionKey};
use crate::text::Untrusted;
use crate::unit::{Bytes, Timestamp};
use crate::usage::Usage;

/// A model reply as it was recorded in one leaf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// Stands for the reply's id; stays the same when the file is read again, or a copy of it.
    pub mark: u64,
    /// True where other leaves may show the same reply.
    pub shared: bool,
    /// When its first record was written.
    pub at: Option<Timestamp>,
    /// What its price depends on.
    pub billing: Billing,
    /// Its tokens.
    pub usage: Usage,
    /// How the leaf's session came by it.
    pub share: Share,
    /// False where it was only counted while it was being written: a lower bound.
    pub settled: bool,
}

/// What is kept of a session itself.
#[derive(Debug, Clone, PartialEq)]
pub struct PastSession {
    /// Which session.
    pub key: SessionKey,
    /// Who started it: its cost is part of that session's.
    pub parent: Option<SessionId>,
    /// True for one that began as a copy of another.
    pub fork: bool,
    /// True for machinery of the agent, which has no row of its own.
    pub internal: bool,
    /// Where it worked first.
    pub cwd: Option<Untrusted>,
    /// Name of the repository that `cwd` lies in, its worktrees folded into one; without one, of the directory.
    pub project: Option<Untrusted>,
    /// Version of the agent.
    pub version: Option<Untrusted>,
    /// Time of its first record.
    pub first_at: Option<Timestamp>,
    /// Time of its last record.
    pub last_at: Option<Timestamp>,
}

impl PastSession {
    /// One of which only the name is known.
    pub fn new(key: SessionKey) -> Self {
        Self {
            key,
            parent: None,
            fork: false,
            internal: false,
            cwd: None,
            project: None,
            version: None,
            first_at: None,
            last_at: None,
        }
    }
}

/// What reports need of a session: there may be very many in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Lineage {
    /// Which session.
    pub key: SessionKey,
    /// Who started it: its cost is part of that session's.
    pub parent: Option<SessionId>,
    /// The project it worked for, as [`PastSession::project`] tells.
    pub project: Option<Untrusted>,
}

impl Lineage {
    /// That of a session of which only the name is known.
    pub fn new(key: SessionKey) -> Self {
        Self { key, parent: None, project: None }
    }
}

/// What a file was when it was read last: one that still is so has nothing new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FileMark {
    /// Identity of the file: device and number on it.
    pub id: (u64, u64),
    /// How much of it was looked at.
    pub len: Bytes,
    /// When it was last written to.
    pub modified: Timestamp,
}

/// How far a file was read, and how it is told from another one of its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileCursor {
    /// Whose file.
    pub agent: AgentId,
    /// Where it is.
    pub path: PathBuf,
    /// Identity of the file: device and number on it.
    pub id: (u64, u64),
    /// How much of it was looked at; behind `offset` only a line without an end.
    pub len: Bytes,
    /// When it was last written to.
    pub modified: Timestamp,
    /// Where reading goes on: the start of a line.
    pub offset: Bytes,
    /// Stands for the first bytes, at most four kilobytes and none behind `len`.
    pub head: u64,
    /// Stands for the 64 bytes in front of `len`.
    pub before: u64,
    /// What the decoder remembers.
    pub state: Vec<u8>,
}

/// What one file adds to history. Everything in it is kept, or nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Chapter {
    /// How far it is read with this.
    pub cursor: FileCursor,
    /// Where reading began: where it was left the last time, or at the start.
    pub from: Bytes,
    /// True when the file is not the one that was read before: what its sessions told is forgotten first.
    pub anew: bool,
    /// Sessions it tells of; the file's own first.
    pub leaves: Vec<LeafNews>,
}

/// What a file tells anew of one session: of one leaf, which is a transcript of it, whatever file it lies in.
#[derive(Debug, Clone, PartialEq)]
pub struct LeafNews {
    /// Place of the transcript among those of the session.
    pub rank: u64,
    /// What is known of the session now.
    pub session: PastSession,
    /// Replies that are new, or known better than before.
    pub charges: Vec<Charge>,
}

/// Replies of one session that cost the same for the same tokens, within a quarter of an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// Place of the session among those of the store's answer.
    pub session: usize,
    /// Place of the billing among those of the store's answer.
    pub billing: usize,
    /// Start of the quarter of an hour; `None` for replies whose time is not known.
    pub start: Option<Timestamp>,
    /// First and last of the replies.
    pub span: Option<(Timestamp, Timestamp)>,
    /// Their tokens.
    pub usage: Usage,
    /// How many they are.
    pub replies: u64,
    /// How many of them may have been larger than is known.
    pub unsettled: u64,
}
