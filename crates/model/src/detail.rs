//! What is read only when a session is looked at: its turns, its calls, its children, its files.

use std::sync::Arc;
use std::time::Duration;

use crate::event::{ErrorClass, FileChange, Outcome, TurnEnd, Work};
use crate::growth::Growth;
use crate::id::{CallId, SessionId, TurnId};
use crate::limit::LimitSample;
use crate::text::Untrusted;
use crate::unit::Timestamp;

/// The long lists of a session.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Detail {
    /// What the person asked first.
    pub first_prompt: Option<Untrusted>,
    /// The latest turns, oldest first.
    pub turns: Vec<TurnView>,
    /// The latest tool calls, oldest first.
    pub tools: Vec<ToolCall>,
    /// Children, oldest first.
    pub subagents: Vec<SubagentLink>,
    /// Files changed, latest last.
    pub files: Vec<FileTouch>,
    /// What came into the context and what it has cost since; an estimate.
    pub growth: Arc<Growth>,
    /// The latest error.
    pub error: Option<ErrorView>,
    /// Limits as this session saw them.
    pub limits: Vec<LimitSample>,
    /// Files it was read from.
    pub sources: Vec<Untrusted>,
}

/// Link to a child session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubagentLink {
    /// The child; a session of its own with its own model and usage.
    pub id: SessionId,
    /// True once the parent was told it is done.
    pub done: bool,
}

/// One turn, for the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TurnView {
    /// Its id.
    pub id: TurnId,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When and how it came to rest.
    pub ended: Option<(Option<Timestamp>, TurnEnd)>,
}

/// One tool call, for the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolCall {
    /// Its id.
    pub id: CallId,
    /// The tool.
    pub name: Untrusted,
    /// What kind of work.
    pub work: Work,
    /// One line on what it does.
    pub summary: Option<Untrusted>,
    /// When it was asked for.
    pub started_at: Option<Timestamp>,
    /// When its result came.
    pub finished_at: Option<Timestamp>,
    /// How long the tool itself ran; without it, the time between the two records.
    pub took: Option<Duration>,
    /// How it went; `None` while it is unresolved.
    pub outcome: Option<Outcome>,
    /// The program's exit code.
    pub exit_code: Option<i32>,
}

/// A file a session changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileTouch {
    /// Its path.
    pub path: Untrusted,
    /// The last change.
    pub how: FileChange,
    /// When.
    pub at: Option<Timestamp>,
    /// How often.
    pub times: u64,
}

/// The latest error of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorView {
    /// What kind.
    pub class: ErrorClass,
    /// The agent's words.
    pub message: Option<Untrusted>,
    /// When.
    pub at: Option<Timestamp>,
}
