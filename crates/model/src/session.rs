//! What is known of a session.

use std::sync::Arc;
use std::time::Duration;

use crate::bill::{ReportedCost, SessionCost};
use crate::event::{ErrorClass, FileChange, Outcome, TurnEnd, WindowSource, Work};
use crate::evidence::Evidence;
use crate::growth::Growth;
use crate::id::{CallId, ModelId, ProcessRef, SessionId, SessionKey, TurnId};
use crate::limit::LimitSample;
use crate::process::{PortUse, ProcessView, Vitals};
use crate::stall::Stall;
use crate::status::{Status, StatusGroup};
use crate::text::Untrusted;
use crate::unit::{Percent, Timestamp, Tokens};
use crate::usage::Usage;
use crate::wait::Waited;

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

/// What a session runs with. `None` is "not said".
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Settings {
    /// The model.
    pub model: Option<ModelId>,
    /// How hard it thinks.
    pub effort: Setting<Untrusted>,
    /// When it asks for leave.
    pub approval: Option<Untrusted>,
    /// Who answers when it asks; without a value, a person.
    pub reviewer: Setting<Untrusted>,
    /// What it may touch.
    pub sandbox: Option<Untrusted>,
    /// Working directory.
    pub cwd: Option<Untrusted>,
    /// Plan or default mode.
    pub mode: Option<Untrusted>,
}

/// A setting that a record may leave as it was, clear, or set.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub enum Setting<T> {
    /// The record does not speak of it.
    #[default]
    Kept,
    /// The record says it has no value.
    Cleared,
    /// The record gives a value.
    Set(T),
}

/// The agent's own running total. It restarts after some resumes, includes inherited history after some forks and
/// forgets reverted turns, so it is shown beside what was paid, never instead of it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct ReportedTotal {
    /// Its parts.
    pub parts: Usage,
    /// Its total as written; after a context overflow it is not the sum of the parts.
    pub total: Tokens,
}

/// How full the context is.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub struct Context {
    /// Tokens in it.
    pub used: Option<Tokens>,
    /// Tokens it can hold.
    pub window: Option<Tokens>,
    /// How that is known.
    pub window_from: Option<WindowSource>,
    /// Share left exactly as the agent itself would show it.
    pub left: Option<Percent>,
    /// Used share at which the agent compacts by itself.
    pub compacts_at: Option<Percent>,
}

/// Turns of a session's own, inherited history not counted.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct TurnCounts {
    /// Begun.
    pub started: u64,
    /// Finished.
    pub completed: u64,
    /// Stopped.
    pub aborted: u64,
    /// Taken back.
    pub rolled_back: u64,
}

/// Tool calls of a session's own.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct ToolCounts {
    /// Asked for by the model.
    pub started: u64,
    /// With a result.
    pub finished: u64,
    /// Web searches, which have no result record.
    pub web_searches: u64,
}

impl ToolCounts {
    /// Without a result.
    pub fn unresolved(&self) -> u64 {
        self.started.saturating_sub(self.finished)
    }
}

/// One session, ready to be shown. Cheap to clone: what is long is shared.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// Who it is.
    pub key: SessionKey,
    /// A name a person or the agent gave it.
    pub name: Option<Untrusted>,
    /// How it introduced itself; `None` until its first record.
    pub identity: Option<Arc<Identity>>,
    /// What it runs with now.
    pub settings: Arc<Settings>,
    /// What it does now.
    pub status: Status,
    /// Set when it is at work and has been silent for longer than usual.
    pub stall: Option<Stall>,
    /// When it waited for a person, as far as that was seen.
    pub waited: Waited,
    /// Why we think so: first of the status, strongest signal first; then where the figures come from.
    pub evidence: Vec<Evidence>,
    /// Directory and repository.
    pub project: Project,
    /// Tokens of replies this session owns.
    pub usage: Usage,
    /// List price of `usage`.
    pub cost: Arc<SessionCost>,
    /// What the agent itself says that it cost; `None` where it says nothing.
    pub reported_cost: Option<ReportedCost>,
    /// Tokens of helpers that have no row of their own: reviews, guardians, compactions, subagents without a transcript.
    pub internal_usage: Usage,
    /// Tokens of replies that its transcript shows and another session paid for, as after a fork.
    pub inherited_usage: Usage,
    /// True when some replies were only counted while they were being written: `usage` is then a lower bound.
    pub usage_is_floor: bool,
    /// Commands of its own that go on in the background.
    pub background_tasks: u32,
    /// Replies counted in `usage`.
    pub responses: u64,
    /// The agent's own running total; differs from `usage` after resets, forks and reverts.
    pub reported_total: Option<ReportedTotal>,
    /// Context now.
    pub context: Context,
    /// Turn counts.
    pub turns: TurnCounts,
    /// Prompts by people.
    pub prompts: u64,
    /// Tool counts.
    pub tools: ToolCounts,
    /// Compactions so far.
    pub compactions: u64,
    /// Tokens per minute over the last minutes, oldest first; the last entry is the minute now running.
    pub token_rate: Vec<Tokens>,
    /// First record of its own.
    pub first_at: Option<Timestamp>,
    /// Last record, in file order.
    pub last_at: Option<Timestamp>,
    /// True while a process has it loaded.
    pub live: bool,
    /// True when its file was put away.
    pub archived: bool,
    /// The process that owns it. One process may own many sessions.
    pub owner: Option<ProcessRef>,
    /// How many loaded sessions share that process; vitals are theirs together.
    pub owner_sessions: u32,
    /// CPU and memory of the owner and of this session's own children.
    pub vitals: Option<Vitals>,
    /// Its processes, parents before children, the owner first.
    pub processes: Vec<ProcessView>,
    /// Ports that processes of this session listen on.
    pub ports: Vec<PortUse>,
    /// Everything that is read only when a session is looked at.
    pub detail: Arc<Detail>,
}

impl<T> Setting<T> {
    /// The value, if one is set.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Kept | Self::Cleared => None,
        }
    }
}

impl Session {
    /// Coarse meaning of the status. What is over needs nobody, however it ended.
    pub fn group(&self) -> StatusGroup {
        match self.status.group() {
            StatusGroup::Blocked if !self.live => StatusGroup::Over,
            group => group,
        }
    }

    /// A session of which nothing is known but who it is and what it does.
    pub fn new(key: SessionKey, status: Status) -> Self {
        Self {
            key,
            name: None,
            identity: None,
            settings: Arc::default(),
            status,
            stall: None,
            waited: Waited::default(),
            evidence: Vec::new(),
            project: Project::default(),
            usage: Usage::default(),
            cost: Arc::default(),
            reported_cost: None,
            internal_usage: Usage::default(),
            inherited_usage: Usage::default(),
            usage_is_floor: false,
            background_tasks: 0,
            responses: 0,
            reported_total: None,
            context: Context::default(),
            turns: TurnCounts::default(),
            prompts: 0,
            tools: ToolCounts::default(),
            compactions: 0,
            token_rate: Vec::new(),
            first_at: None,
            last_at: None,
            live: false,
            archived: false,
            owner: None,
            owner_sessions: 0,
            vitals: None,
            processes: Vec::new(),
            ports: Vec::new(),
            detail: Arc::default(),
        }
    }

    /// When the session was made, as well as can be told.
    pub fn created(&self) -> Option<Timestamp> {
        self.identity.as_ref().and_then(|identity| identity.created).or(self.first_at)
    }
}

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
