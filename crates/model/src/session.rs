//! What is known of a session.

use std::sync::Arc;

use crate::bill::{ReportedCost, SessionCost};
use crate::detail::Detail;
use crate::event::WindowSource;
use crate::evidence::Evidence;
use crate::id::{ProcessRef, SessionKey};
use crate::identity::Identity;
use crate::process::{PortUse, ProcessView, Vitals};
use crate::project::Project;
use crate::settings::Settings;
use crate::stall::Stall;
use crate::status::{Status, StatusGroup};
use crate::text::Untrusted;
use crate::unit::{Percent, Timestamp, Tokens};
use crate::usage::Usage;
use crate::wait::Waited;

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
    /// Begun; `None` where the agent does not record it.
    pub started: Option<u64>,
    /// Finished, as far as it is recorded.
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
