//! States by name.

use crate::status::StatusGroup;

/// What a session does, without the words: a [`crate::Status`] that can be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StateKind {
    /// The model thinks or writes.
    Thinking,
    /// A tool runs.
    RunningTool,
    /// Children work for it.
    WaitingOnSubagents,
    /// It shortens its context.
    Compacting,
    /// It tries again after a failure.
    Retrying,
    /// A person must allow something.
    Approval,
    /// A person must answer.
    Question,
    /// The turn is over, and commands it started go on.
    Background,
    /// The turn is over.
    TurnDone,
    /// A limit stops it.
    RateLimited,
    /// The last turn failed.
    Failed,
    /// Nothing was asked yet.
    New,
    /// Closed after its last turn came to rest.
    Ended,
    /// Closed after somebody stopped its last turn.
    Interrupted,
    /// Its process went away in the middle of a turn.
    Crashed,
    /// It cannot be told.
    Unknown,
}

impl StateKind {
    /// The state's name in JSON, filters and docs.
    pub fn id(self) -> &'static str {
        match self {
            Self::Thinking => "thinking",
            Self::RunningTool => "running_tool",
            Self::WaitingOnSubagents => "waiting_on_subagents",
            Self::Compacting => "compacting",
            Self::Retrying => "retrying",
            Self::Approval => "approval",
            Self::Question => "question",
            Self::Background => "background",
            Self::TurnDone => "turn_done",
            Self::RateLimited => "rate_limited",
            Self::Failed => "failed",
            Self::New => "new",
            Self::Ended => "ended",
            Self::Interrupted => "interrupted",
            Self::Crashed => "crashed",
            Self::Unknown => "unknown",
        }
    }

    /// Coarse meaning.
    pub fn group(self) -> StatusGroup {
        match self {
            Self::Approval | Self::Question | Self::RateLimited | Self::Failed => StatusGroup::Blocked,
            Self::TurnDone | Self::Background | Self::New => StatusGroup::YourMove,
            Self::Thinking | Self::RunningTool | Self::WaitingOnSubagents | Self::Compacting | Self::Retrying => {
                StatusGroup::Working
            }
            Self::Unknown => StatusGroup::Unknown,
            Self::Ended | Self::Interrupted | Self::Crashed => StatusGroup::Over,
        }
    }

    /// True for a session that is over, and for as long as nobody takes it up again does nothing.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Ended | Self::Interrupted | Self::Crashed)
    }
}
