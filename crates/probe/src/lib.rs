//! The only crate that touches the machine.

mod host;

pub use host::{
    DirEntry, FileId, FileKind, FileLock, FileStat, Git, Host, Interest, Listener, OpenFile, OpenHandle, Process,
    Processes, QueryError, Row, SqlValue, Watcher,
};
