//! Rate limits of an account.

use std::time::Duration;

use crate::id::{AgentId, LimitId};
use crate::text::Untrusted;
use crate::unit::{Percent, Timestamp};

/// One window of one limit, as last reported.
#[derive(Debug, Clone, PartialEq)]
pub struct LimitWindow {
    /// Length of the window; its name follows from this, never from the slot it was reported in.
    pub window: Option<Duration>,
    /// Used share of it.
    pub used: Percent,
    /// When it starts afresh.
    pub resets_at: Option<Timestamp>,
}

impl LimitWindow {
    /// When it began; `None` where its length or its end is not known.
    pub fn began(&self) -> Option<Timestamp> {
        self.resets_at?.checked_sub(self.window.filter(|length| !length.is_zero())?).ok()
    }
}

/// One limit, as a session last saw it.
#[derive(Debug, Clone, PartialEq)]
pub struct LimitSample {
    /// Which limit; families interleave in one session.
    pub limit: LimitId,
    /// The vendor's name for it.
    pub name: Option<Untrusted>,
    /// The account's plan.
    pub plan: Option<Untrusted>,
    /// Its windows, in the order reported.
    pub windows: Vec<LimitWindow>,
    /// The vendor's word for the limit that is exhausted.
    pub reached: Option<Untrusted>,
    /// When it was reported.
    pub seen_at: Timestamp,
}

/// A limit of an account: the newest sample over all sessions of one home.
#[derive(Debug, Clone, PartialEq)]
pub struct Limit {
    /// Whose account.
    pub agent: AgentId,
    /// The agent's home the figure comes from; several homes may be several accounts.
    pub home: Untrusted,
    /// The figures.
    pub sample: LimitSample,
    /// What was reported before, oldest first; at most so many that they show how fast each window filled.
    pub marks: Vec<LimitMark>,
}

/// What was once reported of one window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LimitMark {
    /// Length of the window.
    pub window: Duration,
    /// When.
    pub at: Timestamp,
    /// Used share of it then.
    pub used: Percent,
    /// When it was to start afresh.
    pub resets_at: Timestamp,
}
