use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use topside_model::Timestamp;

use super::machine::{Answer, Machine, Read, Wake};
use crate::{FileKind, FileLock, Git, Listener, Numbering, OpenHandle, Process, Row, Stir};

/// A machine made of maps, with a clock set by hand.
///
/// Everything can be changed while the host is in use; a clone is another handle to the same machine. Methods that
/// change something expect it to be there and panic otherwise: that is a mistake in the test.
#[derive(Clone)]
pub struct FakeHost {
    pub(super) home: PathBuf,
    machine: Arc<Mutex<Machine>>,
}

/// The clock, the environment and the files.
impl FakeHost {
    /// A machine with nothing but the folder `home`.
    pub fn new(home: impl Into<PathBuf>, now: Timestamp) -> Self {
        let home = home.into();
        let mut machine = Machine::new(now);
        machine.disk.place(&home, FileKind::Directory, Vec::new(), now);
        Self { home, machine: Arc::new(Mutex::new(machine)) }
    }

    /// Sets the clock.
    pub fn set_now(&self, now: Timestamp) {
        self.machine().now = now;
    }

    /// Moves the clock on.
    pub fn advance(&self, by: Duration) {
        self.machine().now += by;
    }

    /// Sets a variable of topside's own environment.
    pub fn set_variable(&self, name: &str, value: &str) {
        self.machine().variables.insert(name.to_owned(), value.to_owned());
    }

    /// Says where the numbers of processes are from.
    pub fn set_numbering(&self, numbering: Numbering) {
        self.machine().numbering = Some(numbering);
    }

    /// Makes a file, or overwrites one in place. Folders above it come into being.
    pub fn write(&self, path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) {
        self.edit(path.as_ref(), |content| bytes.as_ref().clone_into(content));
    }

    /// Adds to the end of a file; makes it when it is missing.
    pub fn append(&self, path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) {
        self.edit(path.as_ref(), |content| content.extend_from_slice(bytes.as_ref()));
    }

    /// Cuts a file to `len` bytes.
    pub fn truncate(&self, path: impl AsRef<Path>, len: usize) {
        self.edit(path.as_ref(), |content| content.truncate(len));
    }

    /// Puts a new file in the place of another: the inode changes, and whoever holds the old one keeps it.
    pub fn replace(&self, path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) {
        self.place(path.as_ref(), FileKind::File, bytes.as_ref().to_vec());
    }

    /// Removes a file or a folder with all it holds.
    pub fn remove(&self, path: impl AsRef<Path>) {
        let mut machine = self.machine();
        let now = machine.now;
        machine.disk.remove(path.as_ref(), now);
    }

    /// Moves a file or a folder over whatever stands at `to`. Inodes stay.
    pub fn rename(&self, from: impl AsRef<Path>, to: impl AsRef<Path>) {
        let mut machine = self.machine();
        let now = machine.now;
        machine.disk.rename(from.as_ref(), to.as_ref(), now);
    }

    /// Makes an empty folder.
    pub fn make_dir(&self, path: impl AsRef<Path>) {
        self.place(path.as_ref(), FileKind::Directory, Vec::new());
    }

    /// Makes a symbolic link. It is never followed, so it leads nowhere.
    pub fn make_link(&self, path: impl AsRef<Path>) {
        self.place(path.as_ref(), FileKind::Link, Vec::new());
    }

    /// Makes a named pipe.
    pub fn make_fifo(&self, path: impl AsRef<Path>) {
        self.place(path.as_ref(), FileKind::Other, Vec::new());
    }

    /// Forbids or permits reading a file or listing a folder.
    pub fn set_readable(&self, path: impl AsRef<Path>, readable: bool) {
        self.machine().disk.set_readable(path.as_ref(), readable);
    }

    /// Sets when a file was last written.
    pub fn set_modified(&self, path: impl AsRef<Path>, modified: Timestamp) {
        self.machine().disk.touch(path.as_ref(), modified);
    }

    /// Every read so far, oldest first.
    pub fn reads(&self) -> Vec<Read> {
        self.machine().reads.clone()
    }

    /// Bytes read from files so far.
    pub fn bytes_read(&self) -> u64 {
        self.machine().reads.iter().map(|read| read.len as u64).sum()
    }

    /// Starts the list of reads anew.
    pub fn forget_reads(&self) {
        self.machine().reads.clear();
    }

    fn edit(&self, path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
        let mut machine = self.machine();
        let now = machine.now;
        if machine.disk.inode(path).is_err() {
            machine.disk.place(path, FileKind::File, Vec::new(), now);
        }
        machine.disk.edit(path, now, change);
    }

    fn place(&self, path: &Path, kind: FileKind, bytes: Vec<u8>) {
        let mut machine = self.machine();
        let now = machine.now;
        machine.disk.place(path, kind, bytes, now);
    }

    pub(super) fn machine(&self) -> MutexGuard<'_, Machine> {
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Processes and what they hold, repositories, databases, watchers.
impl FakeHost {
    /// Starts a process, or changes the one with the same number.
    pub fn set_process(&self, process: Process) {
        self.machine().processes.by_pid.insert(process.id.pid, process);
    }

    /// Ends a process, its locks and its listeners.
    pub fn remove_process(&self, pid: u32) {
        let mut machine = self.machine();
        machine.processes.by_pid.remove(&pid);
        machine.open_files.remove(&pid);
        machine.locks.retain(|lock| lock.pid != pid);
        machine.listeners.retain(|listener| listener.pid != pid);
    }

    /// Sets what a process holds open.
    pub fn set_open_files(&self, pid: u32, handles: Vec<OpenHandle>) {
        self.machine().open_files.insert(pid, handles);
    }

    /// Sets every lock of the machine.
    pub fn set_locks(&self, locks: Vec<FileLock>) {
        self.machine().locks = locks;
    }

    /// Sets every listening port of the machine.
    pub fn set_listeners(&self, listeners: Vec<Listener>) {
        self.machine().listeners = listeners;
    }

    /// Makes this a system that does not tell of open files, locks and ports, or ends that.
    pub fn set_blind(&self, blind: bool) {
        self.machine().blind = blind;
    }

    /// Sets the state of the repository around `dir` and everything below it that has none of its own.
    pub fn set_git(&self, dir: impl Into<PathBuf>, git: Git) {
        self.machine().repositories.insert(dir.into(), git);
    }

    /// Sets the rows of queries on `database` whose SQL contains `sql_part`. The newest fitting answer counts. Makes
    /// the database's file when it is missing.
    pub fn set_rows(&self, database: impl Into<PathBuf>, sql_part: &str, rows: Vec<Row>) {
        self.answer(database.into(), sql_part, Ok(rows));
    }

    /// Makes queries on `database` whose SQL contains `sql_part` fail as those of another version's database do.
    pub fn set_schema_error(&self, database: impl Into<PathBuf>, sql_part: &str, message: &str) {
        self.answer(database.into(), sql_part, Err(message.to_owned()));
    }

    /// Wakes every watcher.
    pub fn fire(&self) {
        self.wake(Stir::Files);
    }

    pub(super) fn wake(&self, stir: Stir) {
        let wakes: Vec<Wake> = self.machine().watchers.values().map(|watched| watched.wake.clone()).collect();
        for wake in wakes {
            wake(stir);
        }
    }

    /// Directories being watched by anyone.
    pub fn watched(&self) -> BTreeSet<PathBuf> {
        self.machine().watchers.values().flat_map(|watched| watched.dirs.clone()).collect()
    }

    fn answer(&self, database: PathBuf, sql_part: &str, rows: Result<Vec<Row>, String>) {
        self.edit(&database, |_| {});
        self.machine().answers.push(Answer { database, sql_part: sql_part.to_owned(), rows });
    }
}
