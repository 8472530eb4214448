//! What is kept of what the screen sees: when something was so, never what anybody wrote.

use std::time::Duration;

use crate::event::{Outcome, TurnEnd, Work};
use crate::id::{AgentId, CallId, LimitId, SessionKey, TurnId};
use crate::state::StateKind;
use crate::text::Untrusted;
use crate::unit::{Date, Percent, Timestamp};

/// Something that was seen. It has an identity: seen again, it is the same fact. Its times are whole milliseconds.
#[derive(Debug, Clone, PartialEq)]
pub enum Fact {
    /// A session was in a state.
    State(StateSpan),
    /// A turn came to rest.
    Turn(TurnFact),
    /// A tool call came back.
    Call(CallFact),
    /// An account had used so much of a limit.
    Limit(LimitSeen),
}

/// Kinds of facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FactKind {
    /// States of sessions.
    State,
    /// Turns.
    Turn,
    /// Tool calls.
    Call,
    /// What was used of limits.
    Limit,
}

impl FactKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::State, Self::Turn, Self::Call, Self::Limit];
}

/// How long a session was in a state. Session, state and `from` are its identity.
///
/// States that are over take no time: `from` and `to` are both the time of the session's last record. Where others end is
/// when the session was left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateSpan {
    /// Whose state.
    pub session: SessionKey,
    /// Which state.
    pub state: StateKind,
    /// The tool that waited for leave; only for approvals.
    pub tool: Option<Untrusted>,
    /// When it began; where no record tells that, when it was first seen.
    pub from: Timestamp,
    /// When it ended, or until when it is known to have lasted. `None` while it lasts.
    pub to: Option<Timestamp>,
}

/// A turn that came to rest. Session and id are its identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TurnFact {
    /// Whose turn.
    pub session: SessionKey,
    /// Which turn.
    pub turn: TurnId,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it came to rest.
    pub ended_at: Option<Timestamp>,
    /// How.
    pub how: TurnEnd,
}

/// A tool call that came back. Session and id are its identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallFact {
    /// Whose call.
    pub session: SessionKey,
    /// Which call.
    pub call: CallId,
    /// The tool.
    pub tool: Untrusted,
    /// What kind of work.
    pub work: Work,
    /// When it was asked for.
    pub started_at: Option<Timestamp>,
    /// When its result came.
    pub finished_at: Option<Timestamp>,
    /// How it went.
    pub outcome: Outcome,
}

/// What an account had used of one window of a limit. Everything but `used` and `resets_at` is its identity.
#[derive(Debug, Clone, PartialEq)]
pub struct LimitSeen {
    /// Whose account.
    pub agent: AgentId,
    /// The agent's home that the figure comes from; several homes may be several accounts.
    pub home: Untrusted,
    /// Which limit.
    pub limit: LimitId,
    /// Length of the window.
    pub window: Option<Duration>,
    /// Used share of it.
    pub used: Percent,
    /// When it starts afresh.
    pub resets_at: Option<Timestamp>,
    /// When the figure was reported.
    pub at: Timestamp,
}

/// What was kept last: where keeping goes on after a restart.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Bookmark {
    /// States that were not seen to end.
    pub open: Vec<StateSpan>,
    /// The latest figure of each window of each limit.
    pub limits: Vec<LimitSeen>,
    /// Until when somebody watched; `None` if nobody ever did.
    pub seen_at: Option<Timestamp>,
    /// What was over before this moment was let go of; `None` if nothing ever was.
    pub kept_since: Option<Timestamp>,
}

/// How many turns of a session began on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TurnsOfDay {
    /// Whose turns.
    pub session: SessionKey,
    /// The day; `None` for turns whose time is not known.
    pub day: Option<Date>,
    /// When the first of them began; where only that is known, when it came to rest.
    pub first_at: Option<Timestamp>,
    /// How many.
    pub turns: u64,
}
