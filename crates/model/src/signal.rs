//! What agents tell topside of themselves, because a person asked them to: `topside hooks install`.

use crate::charge::Money;
use crate::evidence::Place;
use crate::id::CallId;
use crate::limit::LimitSample;
use crate::text::Untrusted;
use crate::unit::{Timestamp, Tokens};

/// What a hook of an agent said of a session. It is said once and not taken back: a later fact may be at odds with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signal {
    /// What it said.
    pub word: SignalWord,
    /// The tool it is about, in the agent's own words.
    pub tool: Option<Untrusted>,
    /// The call it is about, where the agent says so.
    pub call: Option<CallId>,
    /// When it was said.
    pub at: Timestamp,
    /// Where it was written down.
    pub place: Place,
}

/// What a hook can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignalWord {
    /// A person must allow something.
    Approval,
    /// A person must answer something.
    Question,
}

/// The figures that an agent last gave its status line for a session.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    /// Tokens the context can hold.
    pub window: Option<Tokens>,
    /// What the session cost so far, as the agent works it out.
    pub cost: Option<Money>,
    /// How far the account's limits are used.
    pub limits: Vec<LimitSample>,
    /// When it gave them.
    pub at: Timestamp,
    /// Where they are written down.
    pub place: Place,
}
