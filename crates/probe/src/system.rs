//! What differs between operating systems, behind one trait.

use std::collections::BTreeSet;
use std::io;
use std::time::Duration;

use crate::{FileLock, Interest, Listener, Numbering, OpenHandle, Processes};

#[cfg(target_os = "linux")]
pub(crate) use crate::linux::{Linux as ThisSystem, OsWatcher};
#[cfg(not(target_os = "linux"))]
pub(crate) use crate::{portable::Portable as ThisSystem, watch::OsWatcher};

/// Processes and what they hold; see the methods of the same name of [`Host`](crate::Host). What a system does not
/// tell is an error of kind `Unsupported`.
pub(crate) trait System: Send + Sync {
    fn processes(&self, interest: &Interest) -> Processes;
    fn numbering(&self) -> Option<Numbering> {
        None
    }
    fn computed(&self) -> Option<Duration> {
        None
    }
    fn open_files(&self, pid: u32) -> io::Result<Vec<OpenHandle>>;
    fn locks(&self) -> io::Result<Vec<FileLock>>;
    fn listeners(&self, pids: &BTreeSet<u32>) -> io::Result<Vec<Listener>>;
}
