//! Why a state or a number is believed.

use crate::text::Untrusted;
use crate::unit::Timestamp;

/// One signal for a state or a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// What it speaks about: `status`, `tokens`, `context`, …
    pub about: &'static str,
    /// What was seen, in words.
    pub signal: String,
    /// Where it was seen.
    pub place: Place,
    /// When it was seen or written.
    pub at: Option<Timestamp>,
    /// How far it can be trusted.
    pub strength: Strength,
}

/// Where a signal was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A record in a file.
    File {
        /// The file.
        path: Untrusted,
        /// Byte at which the record starts.
        offset: u64,
    },
    /// A process.
    Process {
        /// Its number.
        pid: u32,
    },
    /// A lock that a process holds.
    Lock {
        /// The locked file.
        path: Untrusted,
        /// The holder.
        pid: u32,
    },
    /// A program that told it over a connection.
    Socket {
        /// Where it listens.
        path: Untrusted,
    },
    /// Worked out from the absence of something.
    Nowhere,
}

/// How far a signal can be trusted, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strength {
    /// Recency or CPU: a tie-break.
    Hint,
    /// Open calls joined with live processes.
    Joined,
    /// The title that the agent gave its terminal.
    Title,
    /// A record of the agent's own.
    Record,
    /// The agent's live report or a lock it holds.
    Live,
}

impl Strength {
    /// The strength's name.
    pub fn id(self) -> &'static str {
        match self {
            Self::Hint => "hint",
            Self::Title => "title",
            Self::Joined => "joined",
            Self::Record => "record",
            Self::Live => "live",
        }
    }
}
