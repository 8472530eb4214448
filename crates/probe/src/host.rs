//! The one seam to the machine.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use topside_model::{Bytes, ProcessRef, Timestamp};

use crate::talk::{Connection, Talk};
use crate::title::{HearTitle, Seat};

/// The machine as topside sees it. [`OsHost`](crate::OsHost) is the real one, [`FakeHost`](crate::FakeHost) its twin
/// made of maps and a clock set by hand.
///
/// Nothing here changes anything on the machine, and nothing starts a program.
pub trait Host: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;

    /// Time since some moment, which goes on where the clock stands still: for pauses.
    fn passed(&self) -> Duration;

    /// How long the calling thread has computed so far, without the time it waited. `None` where the system does not
    /// tell.
    fn computed(&self) -> Option<Duration> {
        None
    }

    /// The user's home directory, or the directory named by `--root`.
    fn home(&self) -> &Path;

    /// A variable of topside's own environment. Always `None` under `--root`.
    fn variable(&self, name: &str) -> Option<String>;

    /// Entries of a directory, sorted by name. A link to a directory is followed only for `dir` itself.
    fn list(&self, dir: &Path) -> io::Result<Vec<DirEntry>>;

    /// What is at `path`; a link is reported as a link.
    fn stat(&self, path: &Path) -> io::Result<FileStat>;

    /// The same of entries of a directory; `None` of one that cannot be looked at.
    fn stat_in(&self, dir: &Path, names: &[&str]) -> Vec<Option<FileStat>> {
        names.iter().map(|name| self.stat(&dir.join(name)).ok()).collect()
    }

    /// Entries of a directory, and facts about those that are files, as far as they can be looked at. One way to the directory
    /// serves for both.
    fn survey(&self, dir: &Path) -> io::Result<(Vec<DirEntry>, Vec<Option<FileStat>>)> {
        let entries = self.list(dir)?;
        let is_file = |entry: &&DirEntry| entry.kind == FileKind::File;
        let names: Vec<&str> = entries.iter().filter(is_file).map(|entry| entry.name.as_str()).collect();
        let mut stats = self.stat_in(dir, &names).into_iter();
        let stats = entries.iter().map(|entry| Some(entry).filter(is_file).and_then(|_| stats.next()?)).collect();
        Ok((entries, stats))
    }

    /// Opens a regular file for reading. Anything else (directory, pipe, device, link) is an error of kind
    /// `InvalidInput` and is never opened, so this cannot block.
    fn open(&self, path: &Path) -> io::Result<Box<dyn OpenFile>>;

    /// Programs of interest and everything that descends from them or names them in its environment.
    /// Looks at the machine anew; what cannot change for a process is kept from the look before.
    fn processes(&self) -> Processes;

    /// Where the numbers of processes are from. `None` where the system has only one numbering or does not tell.
    fn numbering(&self) -> Option<Numbering> {
        None
    }

    /// Files a process holds open. An error where the system does not tell.
    fn open_files(&self, pid: u32) -> io::Result<Vec<OpenHandle>>;

    /// Whole-file locks held by processes. An error where the system does not tell.
    fn locks(&self) -> io::Result<Vec<FileLock>>;

    /// TCP ports the given processes listen on. An error where the system does not tell.
    fn listeners(&self, pids: &BTreeSet<u32>) -> io::Result<Vec<Listener>>;

    /// State of the repository around `dir`; `None` where there is none.
    fn git(&self, dir: &Path) -> Option<Git>;

    /// The main folder of the repository around `dir`, the same for all its worktrees; `None` where there is none.
    fn repository(&self, dir: &Path) -> Option<PathBuf>;

    /// Rows of a read-only query. Never creates, changes or locks a file beside the database.
    fn query(&self, database: &Path, sql: &str) -> Result<Vec<Row>, QueryError>;

    /// The start of a zstd-compressed file's plain bytes, or all of them: calls `sink` with successive pieces until it
    /// returns false or the file ends.
    fn unpack(&self, path: &Path, sink: &mut dyn FnMut(&[u8]) -> bool) -> io::Result<()>;

    /// Connects to the program that listens on the unix socket `path`, which may be a link, and speaks WebSocket; only
    /// where the socket is this user's own. Returns at once: `talk` goes on by itself until the connection is dropped or
    /// the program ends it, and its news wake every watcher.
    fn connect(&self, path: &Path, talk: Box<dyn Talk>) -> Connection;

    /// Asks for the title of the terminal at `seat` again and again, a few times a second, until the connection is dropped
    /// or the terminal turns out not to answer; only of programs that are this user's own. Returns at once; news wake every
    /// watcher. A title is heard only as long as it is the program's own.
    fn watch_title(&self, seat: &Seat, hear: HearTitle) -> Connection;

    /// Calls `wake` whenever something in a watched directory changes or a watched process ends, until the watcher is
    /// dropped. Wake-ups may be missing or late on some systems: they are never the truth.
    fn watcher(&self, wake: Box<dyn Fn(Stir) + Send + Sync>) -> Box<dyn Watcher>;
}

/// Which processes matter, gathered from the agents' manifests.
#[derive(Debug, Default, Clone)]
pub struct Interest {
    /// Names of executables (without `.exe`) and of script files run by an interpreter.
    pub programs: BTreeSet<String>,
    /// Environment variables to keep. Nothing else of an environment is stored.
    pub variables: BTreeSet<String>,
    /// Variables (a part of `variables`) whose presence makes a process matter wherever it stands in the tree.
    pub markers: BTreeSet<String>,
}

/// An entry of a directory.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DirEntry {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: FileKind,
}

/// What is at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
    /// A pipe, socket or device.
    Other,
}

/// Identity of a file while it exists: device and inode, or what the system has instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId {
    /// Device or volume.
    pub device: u64,
    /// Inode or file index.
    pub inode: u64,
}

/// Facts about a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FileStat {
    /// What it is.
    pub kind: FileKind,
    /// Which it is.
    pub id: FileId,
    /// Its length.
    pub len: u64,
    /// When it was last written.
    pub modified: Timestamp,
}

/// A file open for reading.
pub trait OpenFile: Send {
    /// Facts through the open handle; the length here is the truth about growth.
    fn stat(&self) -> io::Result<FileStat>;

    /// Reads at `offset` into `buffer`; 0 at the end.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;

    /// Reads from `offset` on until `buffer` is full or the file ends; how many bytes there were.
    fn fill_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.read_at(offset + filled as u64, &mut buffer[filled..])? {
                0 => break,
                count => filled += count,
            }
        }
        Ok(filled)
    }
}

/// One look at the processes.
#[derive(Debug, Default, Clone)]
pub struct Processes {
    /// By number. Only processes of interest.
    pub by_pid: BTreeMap<u32, Process>,
}

/// A process.
#[derive(Debug, Clone, PartialEq)]
pub struct Process {
    /// Which.
    pub id: ProcessRef,
    /// Its parent's number.
    pub parent: u32,
    /// Short name the kernel keeps.
    pub name: String,
    /// Its executable, without any ` (deleted)`; `None` where the system does not tell.
    pub exe: Option<PathBuf>,
    /// Its arguments, program first: at most 64 of them and 16 KiB in all.
    pub args: Vec<String>,
    /// Its directory.
    pub cwd: Option<PathBuf>,
    /// Variables of interest that it has.
    pub variables: BTreeMap<String, String>,
    /// When it started, by the clock.
    pub started_at: Option<Timestamp>,
    /// CPU time used so far, its own.
    pub cpu_time: Option<Duration>,
    /// Resident memory.
    pub memory: Option<Bytes>,
    /// Device number of its terminal; `None` without one or where the system does not tell.
    pub terminal: Option<u64>,
}

/// Where the numbers of processes are from: they mean nothing in another place, such as a container that shares files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbering {
    /// The machine, as it names itself.
    pub machine: String,
    /// The namespace on it: `pid:[<inode>]`.
    pub namespace: String,
}

/// A file held open by a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenHandle {
    /// Its path, without any ` (deleted)`.
    pub path: PathBuf,
    /// True when open for writing; `None` where the system does not tell.
    pub writable: Option<bool>,
}

/// A lock on a whole file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileLock {
    /// The holder, as numbered in this process's namespace.
    pub pid: u32,
    /// The locked file's inode. Its device is not reported: file systems disagree with themselves about it.
    pub inode: u64,
    /// True for an exclusive lock.
    pub exclusive: bool,
}

/// A port somebody listens on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listener {
    /// The process.
    pub pid: u32,
    /// The address.
    pub address: IpAddr,
    /// The port.
    pub port: u16,
}

/// State of a repository.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Git {
    /// Folder of the main working tree, shared by all its worktrees.
    pub root: PathBuf,
    /// Branch; `None` when the head is detached.
    pub branch: Option<String>,
    /// Commits the upstream lacks; `None` without an upstream.
    pub ahead: Option<u64>,
    /// Commits of the upstream missing here; `None` without an upstream.
    pub behind: Option<u64>,
    /// New files, `None` when counting was given up.
    pub added: Option<u64>,
    /// Changed or deleted files, `None` when counting was given up.
    pub modified: Option<u64>,
    /// Name of the linked worktree `dir` lies in.
    pub worktree: Option<String>,
}

/// A row of a query.
pub type Row = Vec<SqlValue>;

/// A value of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum SqlValue {
    /// NULL.
    Null,
    /// An integer.
    Integer(i64),
    /// A float.
    Real(f64),
    /// Text; invalid UTF-8 is replaced.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

/// Why a query gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The file is not there.
    #[error("{} does not exist", .0.display())]
    Missing(PathBuf),
    /// A table or column the query names is not there: another version wrote the database.
    #[error("{}: {message}", .path.display())]
    Schema {
        /// The database.
        path: PathBuf,
        /// SQLite's words.
        message: String,
    },
    /// Anything else.
    #[error("read {}: {message}", .path.display())]
    Read {
        /// The database.
        path: PathBuf,
        /// What happened.
        message: String,
    },
}

/// What a watcher wakes for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stir {
    /// Something in a watched directory changed.
    Files,
    /// A watched process ended.
    Exit,
    /// A program said something new over a connection.
    News,
}

/// Directories and processes being watched.
pub trait Watcher: Send {
    /// Watches exactly these directories, each one level deep. Ones that do not exist are left out.
    fn watch(&mut self, dirs: &BTreeSet<PathBuf>);

    /// Watches exactly these processes: each wakes once, when it ends, or at once when it is gone already. Where the
    /// system offers no such thing, none does.
    fn watch_processes(&mut self, _processes: &BTreeSet<ProcessRef>) {}

    /// Why wake-ups are missing, as far as is known: the system offers none, or too few for all directories.
    fn problem(&self) -> Option<&str> {
        None
    }
}
