//! What a session does, with its reason.

use crate::event::ErrorClass;
use crate::id::CallId;
use crate::state::StateKind;
use crate::text::Untrusted;
use crate::unit::Timestamp;

/// What a session does now. `since` is when that began; it is absent where no record tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// The model thinks or writes.
    Thinking {
        /// Since when.
        since: Option<Timestamp>,
    },
    /// A tool runs.
    RunningTool {
        /// The oldest call that runs.
        call: CallId,
        /// The tool's name.
        name: Untrusted,
        /// What it does.
        summary: Option<Untrusted>,
        /// How many calls run at once.
        parallel: u32,
        /// Since when.
        since: Option<Timestamp>,
    },
    /// Children work for it.
    WaitingOnSubagents {
        /// How many.
        n: u32,
        /// Since when.
        since: Option<Timestamp>,
    },
    /// It shortens its context.
    Compacting {
        /// Since when.
        since: Option<Timestamp>,
    },
    /// It tries again after a failure.
    Retrying {
        /// The failure.
        error: ErrorClass,
        /// When it tries next.
        until: Option<Timestamp>,
    },
    /// A person must allow something.
    Approval {
        /// The tool that waits.
        tool: Untrusted,
        /// What it wants to do.
        summary: Option<Untrusted>,
        /// Since when.
        since: Option<Timestamp>,
    },
    /// A person must answer.
    Question {
        /// What is asked.
        text: Option<Untrusted>,
        /// Since when.
        since: Option<Timestamp>,
    },
    /// The turn is over, and commands it started go on.
    Background {
        /// How many.
        n: u32,
        /// Since when.
        since: Option<Timestamp>,
    },
    /// The turn is over: a person's move.
    TurnDone {
        /// Since when.
        since: Option<Timestamp>,
    },
    /// A limit stops it.
    RateLimited {
        /// Until when.
        until: Option<Timestamp>,
        /// Since when.
        since: Option<Timestamp>,
    },
    /// The last turn failed.
    Failed {
        /// What kind of failure.
        error: ErrorClass,
        /// The agent's words.
        message: Option<Untrusted>,
        /// Since when.
        since: Option<Timestamp>,
    },
    /// Loaded, and nothing was asked yet.
    New {
        /// Since when.
        since: Option<Timestamp>,
    },
    /// Closed after its last turn came to rest.
    Ended {
        /// When.
        at: Option<Timestamp>,
    },
    /// Closed after somebody stopped its last turn.
    Interrupted {
        /// When.
        at: Option<Timestamp>,
    },
    /// Its process went away in the middle of a turn.
    Crashed {
        /// When.
        at: Option<Timestamp>,
    },
    /// It cannot be told.
    Unknown {
        /// Why not.
        why: &'static str,
        /// True where nobody has it loaded.
        over: bool,
    },
}

/// Coarse meaning of a status; the order is the order on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StatusGroup {
    /// A person is needed now: approval, question, failure, limit.
    Blocked,
    /// A turn is over; a person may go on.
    YourMove,
    /// It works.
    Working,
    /// It cannot be told.
    Unknown,
    /// It is over.
    Over,
}

impl Status {
    /// Coarse meaning.
    pub fn group(&self) -> StatusGroup {
        match self {
            Self::Unknown { over: true, .. } => StatusGroup::Over,
            _ => self.kind().group(),
        }
    }

    /// Which state it is.
    pub fn kind(&self) -> StateKind {
        match self {
            Self::Thinking { .. } => StateKind::Thinking,
            Self::RunningTool { .. } => StateKind::RunningTool,
            Self::WaitingOnSubagents { .. } => StateKind::WaitingOnSubagents,
            Self::Compacting { .. } => StateKind::Compacting,
            Self::Retrying { .. } => StateKind::Retrying,
            Self::Approval { .. } => StateKind::Approval,
            Self::Question { .. } => StateKind::Question,
            Self::Background { .. } => StateKind::Background,
            Self::TurnDone { .. } => StateKind::TurnDone,
            Self::RateLimited { .. } => StateKind::RateLimited,
            Self::Failed { .. } => StateKind::Failed,
            Self::New { .. } => StateKind::New,
            Self::Ended { .. } => StateKind::Ended,
            Self::Interrupted { .. } => StateKind::Interrupted,
            Self::Crashed { .. } => StateKind::Crashed,
            Self::Unknown { .. } => StateKind::Unknown,
        }
    }

    /// The state's name in JSON, filters and docs.
    pub fn id(&self) -> &'static str {
        self.kind().id()
    }

    /// When this state began.
    pub fn since(&self) -> Option<Timestamp> {
        match self {
            Self::Thinking { since }
            | Self::RunningTool { since, .. }
            | Self::WaitingOnSubagents { since, .. }
            | Self::Compacting { since }
            | Self::Approval { since, .. }
            | Self::Question { since, .. }
            | Self::Background { since, .. }
            | Self::TurnDone { since }
            | Self::RateLimited { since, .. }
            | Self::Failed { since, .. }
            | Self::New { since } => *since,
            Self::Ended { at } | Self::Interrupted { at } | Self::Crashed { at } => *at,
            Self::Retrying { .. } | Self::Unknown { .. } => None,
        }
    }
}
