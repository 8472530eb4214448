//! What was asked and what was answered, with the time of both.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use topside_model::Usage;

/// One request and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// Thread that asks: a session, or a sub-agent by its own id; `None` for a client that does not say.
    pub thread: Option<String>,
    /// Thread that started it, where the request says so.
    pub parent: Option<String>,
    /// What all attempts to get the same answer have in common.
    pub turn: Option<String>,
    /// What the answer is for.
    pub purpose: Purpose,
    /// True when the agent's transcripts tell what the answer cost.
    pub recorded: bool,
    /// Scenario the conversation is in; empty without one.
    pub scenario: String,
    /// When the request was read.
    pub asked_at: Timestamp,
    /// The answer; `None` while it is under way.
    pub reply: Option<Reply>,
}

/// What an answer is for.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A turn of a thread that people can see.
    #[default]
    Turn,
    /// Shortening a thread's context.
    Compaction,
    /// Something the agent wants for itself, such as a name for a thread.
    Helper,
}

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// When the last byte was handed to the connection, or the connection was lost.
    pub at: Timestamp,
    /// What was said.
    pub answer: Answer,
}

/// What was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Text: the turn can end.
    Text {
        /// What it cost.
        usage: Usage,
    },
    /// Tool calls: the turn goes on.
    Calls {
        /// What it cost.
        usage: Usage,
        /// Names of the tools.
        tools: Vec<String>,
    },
    /// An HTTP error.
    Failed(u16),
    /// The connection ended before the answer did, by either side; nothing was paid for.
    Cut,
}

impl Answer {
    /// What it cost; `None` where nothing was delivered.
    pub fn usage(&self) -> Option<Usage> {
        match self {
            Self::Text { usage } | Self::Calls { usage, .. } => Some(*usage),
            Self::Failed(_) | Self::Cut => None,
        }
    }
}

/// All exchanges of a server, oldest first.
#[derive(Debug, Default)]
pub(super) struct Log {
    exchanges: Mutex<Vec<Exchange>>,
    changed: Condvar,
}

impl Log {
    fn lock(&self) -> MutexGuard<'_, Vec<Exchange>> {
        self.exchanges.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a request; the number names it from here on.
    pub(super) fn ask(&self, exchange: Exchange) -> usize {
        let mut exchanges = self.lock();
        exchanges.push(exchange);
        self.changed.notify_all();
        exchanges.len() - 1
    }

    /// Notes the answer to request `number`. The first answer stays.
    pub(super) fn answer(&self, number: usize, answer: Answer) {
        let mut exchanges = self.lock();
        exchanges[number].reply.get_or_insert_with(|| Reply { at: Timestamp::now(), answer });
        self.changed.notify_all();
    }

    /// All exchanges so far.
    pub(super) fn read(&self) -> Vec<Exchange> {
        self.lock().clone()
    }

    /// Waits until `look` finds something among the exchanges; `None` when `patience` is over.
    pub(super) fn wait<T>(&self, patience: Duration, look: impl Fn(&[Exchange]) -> Option<T>) -> Option<T> {
        let deadline = Instant::now() + patience;
        let mut exchanges = self.lock();
        loop {
            if let Some(found) = look(&exchanges) {
                return Some(found);
            }
            let left = deadline.checked_duration_since(Instant::now())?;
            (exchanges, _) = self.changed.wait_timeout(exchanges, left).unwrap_or_else(PoisonError::into_inner);
        }
    }
}
