//! The fake machine seen through [`Host`].

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use topside_model::{Timestamp, elapsed};

use super::host::FakeHost;
use super::machine::{Machine, Read, Watched};
use super::watch::FakeWatcher;
use crate::talk::{Connection, Talk};
use crate::title::{HearTitle, Seat};
use crate::{
    DirEntry, FileLock, FileStat, Git, Host, Listener, Numbering, OpenFile, OpenHandle, Processes, QueryError, Row,
    Stir, Watcher, zst,
};

impl FakeHost {
    fn told<T>(&self, look: impl FnOnce(&Machine) -> T) -> io::Result<T> {
        let machine = self.machine();
        if machine.blind { Err(io::ErrorKind::Unsupported.into()) } else { Ok(look(&machine)) }
    }
}

impl Host for FakeHost {
    fn now(&self) -> Timestamp {
        self.machine().now
    }

    fn passed(&self) -> Duration {
        elapsed(Timestamp::UNIX_EPOCH, self.now())
    }

    fn home(&self) -> &Path {
        &self.home
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.machine().variables.get(name).cloned()
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<DirEntry>> {
        self.machine().disk.list(dir)
    }

    fn stat(&self, path: &Path) -> io::Result<FileStat> {
        self.machine().disk.stat(path)
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn OpenFile>> {
        let inode = self.machine().disk.open(path)?;
        Ok(Box::new(FakeFile { host: self.clone(), inode, path: path.to_owned() }))
    }

    fn processes(&self) -> Processes {
        self.machine().processes.clone()
    }

    fn numbering(&self) -> Option<Numbering> {
        self.machine().numbering.clone()
    }

    fn open_files(&self, pid: u32) -> io::Result<Vec<OpenHandle>> {
        self.told(|machine| machine.open_files.get(&pid).cloned().unwrap_or_default())
    }

    fn locks(&self) -> io::Result<Vec<FileLock>> {
        self.told(|machine| machine.locks.clone())
    }

    fn listeners(&self, pids: &BTreeSet<u32>) -> io::Result<Vec<Listener>> {
        self.told(|machine| machine.listeners.iter().filter(|listener| pids.contains(&listener.pid)).copied().collect())
    }

    fn git(&self, dir: &Path) -> Option<Git> {
        let machine = self.machine();
        dir.ancestors().find_map(|dir| machine.repositories.get(dir)).cloned()
    }

    fn repository(&self, dir: &Path) -> Option<PathBuf> {
        self.git(dir).map(|git| git.root)
    }

    fn query(&self, database: &Path, sql: &str) -> Result<Vec<Row>, QueryError> {
        self.machine().answer(database, sql)
    }

    fn unpack(&self, path: &Path, sink: &mut dyn FnMut(&[u8]) -> bool) -> io::Result<()> {
        let inode = self.machine().disk.open(path)?;
        let packed = self.machine().disk.bytes(inode);
        zst::unpack(packed.as_slice(), sink)
    }

    fn connect(&self, path: &Path, talk: Box<dyn Talk>) -> Connection {
        self.join(path, talk)
    }

    fn watch_title(&self, seat: &Seat, hear: HearTitle) -> Connection {
        self.sit(seat, hear)
    }

    fn watcher(&self, wake: Box<dyn Fn(Stir) + Send + Sync>) -> Box<dyn Watcher> {
        let mut machine = self.machine();
        machine.watchers_made += 1;
        let number = machine.watchers_made;
        machine.watchers.insert(number, Watched { wake: Arc::from(wake), dirs: BTreeSet::new() });
        Box::new(FakeWatcher { host: self.clone(), number })
    }
}

struct FakeFile {
    host: FakeHost,
    inode: u64,
    path: PathBuf,
}

impl OpenFile for FakeFile {
    fn stat(&self) -> io::Result<FileStat> {
        Ok(self.host.machine().disk.stat_inode(self.inode))
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut machine = self.host.machine();
        let len = machine.disk.read_at(self.inode, offset, buffer);
        machine.reads.push(Read { path: self.path.clone(), offset, len });
        Ok(len)
    }
}
