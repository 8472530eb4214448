//! A host that notes what it is asked and what it answers.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use topside_model::Timestamp;
use topside_probe::{
    Connection, DirEntry, FileKind, FileLock, FileStat, Git, HearTitle, Host, Listener, Numbering, OpenFile,
    OpenHandle, Processes, QueryError, Row, Seat, Stir, Talk, Watcher,
};

use crate::files::Listing;
use crate::scene::{Scene, itself};

/// Answers as another host does, and notes what directories and files it was asked for. Once it is asked anything else that
/// may change, what it notes is worth nothing.
pub struct Witness<'a> {
    host: &'a dyn Host,
    /// `None` once they are worth nothing.
    notes: Mutex<Option<Notes>>,
}

struct Notes {
    scene: Scene,
    /// So many more files are noted by name: they are compared without listing their directory.
    left: usize,
}

impl<'a> Witness<'a> {
    /// For `host`. At most so many files are noted by name.
    pub fn new(host: &'a dyn Host, most: usize) -> Self {
        Self { host, notes: Mutex::new(Some(Notes { scene: Scene::default(), left: most })) }
    }

    /// What it was asked; `None` where that is not enough to tell whether it would answer the same again.
    pub fn scene(self) -> Option<Scene> {
        self.notes.into_inner().unwrap_or_else(PoisonError::into_inner).map(|notes| notes.scene)
    }

    fn notes(&self) -> MutexGuard<'_, Option<Notes>> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give_up(&self) -> &'a dyn Host {
        *self.notes() = None;
        self.host
    }

    /// Notes something about `path`; one that is no text cannot be noted.
    fn note(&self, path: &Path, note: impl FnOnce(&mut Notes, &str)) {
        let mut notes = self.notes();
        match notes.as_mut().zip(path.to_str()) {
            Some((notes, path)) => note(notes, path),
            None => *notes = None,
        }
    }

    /// What a directory is before it is listed, and when that was.
    fn before(&self, dir: &Path) -> (Option<FileStat>, Timestamp) {
        (itself(self.host, dir), self.host.now())
    }
}

impl Host for Witness<'_> {
    fn now(&self) -> Timestamp {
        self.host.now()
    }

    fn passed(&self) -> Duration {
        self.host.passed()
    }

    fn computed(&self) -> Option<Duration> {
        self.host.computed()
    }

    fn home(&self) -> &Path {
        self.host.home()
    }

    fn variable(&self, name: &str) -> Option<String> {
        let value = self.host.variable(name);
        if let Some(notes) = &mut *self.notes() {
            notes.scene.add_variable(name, value.as_deref());
        }
        value
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<DirEntry>> {
        let before = self.before(dir);
        let found = self.host.list(dir);
        self.note(dir, |notes, dir| match &found {
            Ok(entries) => notes.scene.add_folder(dir, before, Some(entries), (&[], &[])),
            Err(error) => notes.scene.add_survey(dir, &Err(error.kind().into())),
        });
        found
    }

    fn stat(&self, path: &Path) -> io::Result<FileStat> {
        let found = self.host.stat(path);
        self.note(path, |notes, path| notes.scene.add_stat(path, &found));
        found
    }

    fn stat_in(&self, dir: &Path, names: &[&str]) -> Vec<Option<FileStat>> {
        let facts = self.host.stat_in(dir, names);
        self.note(dir, |notes, dir| notes.scene.add_folder(dir, (None, self.now()), None, (names, &facts)));
        facts
    }

    fn survey(&self, dir: &Path) -> io::Result<Listing> {
        let before = self.before(dir);
        let found = self.host.survey(dir);
        let (entries, facts) = found.as_ref().map(|(entries, facts)| (&**entries, &**facts)).unwrap_or_default();
        let of_files = entries.iter().zip(facts).filter(|(entry, _)| entry.kind == FileKind::File);
        let (names, of_files): (Vec<&str>, Vec<_>) = of_files.map(|(entry, fact)| (&*entry.name, *fact)).unzip();
        self.note(dir, |notes, dir| match notes.left.checked_sub(names.len()).filter(|_| found.is_ok()) {
            Some(left) => {
                notes.left = left;
                notes.scene.add_folder(dir, before, Some(entries), (&names, &of_files));
            }
            None => notes.scene.add_survey(dir, &found),
        });
        found
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn OpenFile>> {
        self.give_up().open(path)
    }

    fn processes(&self) -> Processes {
        self.give_up().processes()
    }

    fn numbering(&self) -> Option<Numbering> {
        self.give_up().numbering()
    }

    fn open_files(&self, pid: u32) -> io::Result<Vec<OpenHandle>> {
        self.give_up().open_files(pid)
    }

    fn locks(&self) -> io::Result<Vec<FileLock>> {
        self.give_up().locks()
    }

    fn listeners(&self, pids: &BTreeSet<u32>) -> io::Result<Vec<Listener>> {
        self.give_up().listeners(pids)
    }

    fn git(&self, dir: &Path) -> Option<Git> {
        self.give_up().git(dir)
    }

    fn repository(&self, dir: &Path) -> Option<PathBuf> {
        self.give_up().repository(dir)
    }

    fn query(&self, database: &Path, sql: &str) -> Result<Vec<Row>, QueryError> {
        self.give_up().query(database, sql)
    }

    fn unpack(&self, path: &Path, sink: &mut dyn FnMut(&[u8]) -> bool) -> io::Result<()> {
        self.give_up().unpack(path, sink)
    }

    fn connect(&self, path: &Path, talk: Box<dyn Talk>) -> Connection {
        self.give_up().connect(path, talk)
    }

    fn watch_title(&self, seat: &Seat, hear: HearTitle) -> Connection {
        self.give_up().watch_title(seat, hear)
    }

    fn watcher(&self, wake: Box<dyn Fn(Stir) + Send + Sync>) -> Box<dyn Watcher> {
        self.give_up().watcher(wake)
    }
}
