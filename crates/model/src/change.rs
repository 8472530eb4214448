//! What came to be between two snapshots.

use std::sync::Arc;

use crate::fact::LimitSeen;
use crate::process::Port;
use crate::session::{Session, ToolCall, TurnView};
use crate::state::StateKind;
use crate::unit::Timestamp;

/// Something that came to be between two snapshots.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// When, as far as records tell; otherwise when it was seen.
    pub at: Timestamp,
    /// What.
    pub what: ChangeKind,
}

/// What came to be. Sessions are as they were when it was seen.
#[derive(Debug, Clone, PartialEq)]
pub enum ChangeKind {
    /// A session runs that did not.
    SessionAppeared(Arc<Session>),
    /// A session that ran does no more.
    SessionEnded(Arc<Session>),
    /// A session that goes on running does something else.
    StatusChanged {
        /// The session, as it is now.
        session: Arc<Session>,
        /// What it did before.
        from: StateKind,
    },
    /// A turn came to rest.
    TurnDone {
        /// Whose turn.
        session: Arc<Session>,
        /// Which.
        turn: TurnView,
    },
    /// A tool was asked for.
    ToolStarted {
        /// Whose call.
        session: Arc<Session>,
        /// Which.
        call: ToolCall,
    },
    /// A tool came back.
    ToolFinished {
        /// Whose call.
        session: Arc<Session>,
        /// Which.
        call: ToolCall,
    },
    /// An account has used another share of a limit, or the limit starts afresh at another time.
    LimitObserved(LimitSeen),
    /// Somebody listens on a port.
    PortOpened {
        /// Whose process; `None` for one that is not among the sessions any more.
        session: Option<Arc<Session>>,
        /// Which port.
        port: Port,
    },
    /// Nobody listens on a port any more.
    PortClosed {
        /// Whose process it was.
        session: Option<Arc<Session>>,
        /// Which port.
        port: Port,
    },
}

impl Change {
    /// The session it is about; none for limits.
    pub fn session(&self) -> Option<&Arc<Session>> {
        match &self.what {
            ChangeKind::SessionAppeared(session)
            | ChangeKind::SessionEnded(session)
            | ChangeKind::StatusChanged { session, .. }
            | ChangeKind::TurnDone { session, .. }
            | ChangeKind::ToolStarted { session, .. }
            | ChangeKind::ToolFinished { session, .. } => Some(session),
            ChangeKind::PortOpened { session, .. } | ChangeKind::PortClosed { session, .. } => session.as_ref(),
            ChangeKind::LimitObserved(_) => None,
        }
    }
}
