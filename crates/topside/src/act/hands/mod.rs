//! The one seam by which topside changes something on the machine.

use std::io;
use std::time::Duration;

use topside_model::ProcessRef;

#[cfg(test)]
mod fake;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(unix))]
mod none;
#[cfg(all(test, unix))]
mod tests;
// Its tests run on Linux too.
#[cfg(all(unix, any(test, not(target_os = "linux"))))]
mod unix;

#[cfg(test)]
pub(crate) use fake::{Deed, FakeHands, Subject, ending, process};
#[cfg(target_os = "linux")]
pub(crate) use linux::OsHands;
#[cfg(not(unix))]
pub(crate) use none::OsHands;
#[cfg(all(unix, not(target_os = "linux")))]
pub(crate) use unix::OsHands;

/// What topside can do to processes. [`OsHands`] does it, [`FakeHands`] writes it down.
///
/// **Invariant.** A process is always named by number and start: one that was given the number of another is never
/// touched.
pub(crate) trait Hands: Send + Sync {
    /// Whose process it is; `None` when it is gone.
    fn user(&self, process: ProcessRef) -> io::Result<Option<User>>;

    /// Sends a signal. False when the process is gone, which is what was wanted.
    fn signal(&self, process: ProcessRef, signal: Signal) -> io::Result<bool>;

    /// Waits until all of `processes` are gone, at most for `most`, and gives back those that are not.
    fn wait(&self, processes: &[ProcessRef], most: Duration) -> io::Result<Vec<ProcessRef>>;

    /// Numbers of topside itself and of the processes it descends from.
    fn ancestry(&self) -> Vec<u32>;
}

/// Whose a process is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(any(unix, test)), expect(dead_code, reason = "nothing can be ended there, whosever it is"))]
pub(crate) enum User {
    /// Of the user who runs topside.
    Same,
    /// Of another, where the system tells which.
    Other(Option<u32>),
}

/// How a process is asked to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    /// SIGTERM: it may put things in order first.
    Terminate,
    /// SIGKILL: it has no say.
    Kill,
}
