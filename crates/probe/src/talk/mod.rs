//! Conversations with programs on this machine, over the unix sockets on which they listen.

#[cfg(not(unix))]
mod none;
#[cfg(unix)]
mod unix;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use topside_model::Timestamp;

#[cfg(not(unix))]
pub(crate) use none::start;
#[cfg(unix)]
pub(crate) use unix::start;

use crate::Stir;

/// topside's part in a conversation: what it says first, and what it makes of what it hears.
///
/// It runs on the connection's own thread, one message after the other, so that everything said there follows from what
/// was heard; nobody who looks at the machine waits for it.
pub trait Talk: Send {
    /// What is said first.
    fn greet(&mut self) -> Vec<String>;

    /// Takes a message that came at `at`.
    fn hear(&mut self, at: Timestamp, message: &str) -> Heard;
}

/// What a message led to.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Heard {
    /// What is said to it.
    pub say: Vec<String>,
    /// True when it was news: every watcher is woken.
    pub news: bool,
}

/// A connection to a program. Dropping it closes it.
pub struct Connection {
    state: SharedState,
    close: Option<Box<dyn FnOnce() + Send>>,
}

/// How a connection stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConnectionState {
    /// It is being made.
    Opening,
    /// It stands.
    Open,
    /// It was never made, or is over.
    Closed {
        /// Why, as a fragment that completes "failed to …".
        why: String,
    },
}

impl Connection {
    pub(crate) fn new(state: SharedState, close: impl FnOnce() + Send + 'static) -> Self {
        Self { state, close: Some(Box::new(close)) }
    }

    /// How it stands now.
    pub fn state(&self) -> ConnectionState {
        self.state.lock().clone()
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(close) = self.close.take() {
            close();
        }
    }
}

/// The state of a connection, seen by its owner and set by whoever serves it.
#[derive(Clone)]
pub(crate) struct SharedState(Arc<Mutex<ConnectionState>>);

impl SharedState {
    pub(crate) fn new(state: ConnectionState) -> Self {
        Self(Arc::new(Mutex::new(state)))
    }

    pub(crate) fn set(&self, state: ConnectionState) {
        *self.lock() = state;
    }

    fn lock(&self) -> MutexGuard<'_, ConnectionState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Everyone who is to be woken by news: watchers that are still there.
#[derive(Clone, Default)]
pub(crate) struct Wakes(Arc<Mutex<Vec<Weak<Wake>>>>);

pub(crate) type Wake = dyn Fn(Stir) + Send + Sync;

impl Wakes {
    /// Adds somebody, for as long as the value given back is kept.
    pub(crate) fn add(&self, wake: Box<Wake>) -> Arc<Wake> {
        let wake: Arc<Wake> = Arc::from(wake);
        let mut wakes = self.lock();
        wakes.retain(|wake| wake.strong_count() > 0);
        wakes.push(Arc::downgrade(&wake));
        wake
    }

    /// Wakes them all.
    #[cfg(unix)]
    pub(crate) fn ring(&self) {
        let wakes: Vec<Arc<Wake>> = self.lock().iter().filter_map(Weak::upgrade).collect();
        for wake in wakes {
            wake(Stir::News);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Weak<Wake>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
