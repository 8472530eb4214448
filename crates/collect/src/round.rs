//! What one round of collecting brought.

use topside_model::{
    AgentId, Event, Figures, Health, LimitSample, Report, SessionKey, Signal, SourceFact, Title, Untrusted, World,
};

/// How much of the machine a round looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pace {
    /// New bytes of files already followed.
    Touch,
    /// Also processes, locks and changed directories.
    Look,
    /// Everything, however unlikely it is to have changed.
    Sweep,
}

/// What one round of collecting brought, in the order it is to be applied.
#[derive(Debug, Default)]
pub struct Round {
    /// Sessions of which everything known from files is void, because a file was replaced.
    pub void: Vec<SessionKey>,
    /// Sessions that are out of sight.
    pub gone: Vec<SessionKey>,
    /// Files followed from now on.
    pub sources: Vec<SourceFact>,
    /// What happened.
    pub events: Vec<(AgentId, Event)>,
    /// What agents say anew of their sessions.
    pub reports: Vec<(SessionKey, Report)>,
    /// Limits of accounts as agents tell them anew, each with the agent's home.
    pub limits: Vec<(AgentId, Untrusted, LimitSample)>,
    /// What hooks of agents said, in the order they did.
    pub signals: Vec<(SessionKey, Signal)>,
    /// Figures that agents gave their status lines.
    pub figures: Vec<(SessionKey, Figures)>,
    /// What titles of terminals say anew, or say no more.
    pub titles: Vec<(SessionKey, Option<Title>)>,
    /// What runs now; only where the round looked.
    pub world: Option<World>,
    /// How the collectors fare; only where the round looked or something went wrong.
    pub health: Vec<Health>,
    /// True when processes are worth a look at once.
    pub look: bool,
    /// True when more bytes wait than one round reads.
    pub more: bool,
}

impl Round {
    /// True when nothing in it can change what is shown.
    pub fn is_quiet(&self) -> bool {
        self.void.is_empty()
            && self.gone.is_empty()
            && self.events.is_empty()
            && self.reports.is_empty()
            && self.limits.is_empty()
            && self.signals.is_empty()
            && self.figures.is_empty()
            && self.titles.is_empty()
            && self.world.is_none()
    }
}
