//! The only crate that touches the machine.
//!
//! **Invariant.** Nothing here starts a program, and nothing here changes the machine: what must be copied to be read
//! goes to a private temporary folder.
//! **Invariant.** No agent is known here; which programs matter comes in as [`Interest`].

mod database;
mod fake;
mod files;
mod git;
mod host;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
mod os;
#[cfg(not(target_os = "linux"))]
mod portable;
mod program;
mod relevance;
mod system;
mod talk;
mod title;
#[cfg(not(target_os = "linux"))]
mod watch;
mod zst;

pub use fake::{FakeHost, Read};
pub use host::{
    DirEntry, FileId, FileKind, FileLock, FileStat, Git, Host, Interest, Listener, Numbering, OpenFile, OpenHandle,
    Process, Processes, QueryError, Row, SqlValue, Stir, Watcher,
};
pub use os::OsHost;
pub use talk::{Connection, ConnectionState, Heard, Talk};
pub use title::{HearTitle, SEAT_VARIABLES, Seat, tmux_refusal};
