use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use topside_model::Timestamp;

use crate::database::Databases;
use crate::files::RegularFile;
use crate::system::{OsWatcher, System, ThisSystem};
use crate::talk::{self, Connection, Talk, Wakes};
use crate::title::{self, HearTitle, Seat};
use crate::{
    DirEntry, FileLock, FileStat, Git, Host, Interest, Listener, Numbering, OpenFile, OpenHandle, Processes,
    QueryError, Row, Stir, Watcher, files, git, zst,
};

/// The machine topside runs on.
pub struct OsHost {
    interest: Interest,
    home: PathBuf,
    /// False under `--root`, where topside's own environment is not looked at.
    has_environment: bool,
    system: ThisSystem,
    databases: Databases,
    /// Who is woken by what programs say.
    wakes: Wakes,
    /// Set when the clock stands still.
    stopped_at: Option<Timestamp>,
    started: Instant,
}

impl OsHost {
    /// A host that reports processes of `interest`. `root` stands in for the home directory. An error where there is
    /// neither.
    pub fn new(interest: Interest, root: Option<PathBuf>) -> io::Result<Self> {
        let has_environment = root.is_none();
        let no_home = || io::Error::new(io::ErrorKind::NotFound, "the home directory is not known");
        let home = root.or_else(std::env::home_dir).filter(|home| !home.as_os_str().is_empty()).ok_or_else(no_home)?;
        Ok(Self {
            interest,
            home,
            has_environment,
            system: ThisSystem::new(),
            databases: Databases::default(),
            wakes: Wakes::default(),
            stopped_at: None,
            started: Instant::now(),
        })
    }
}

impl OsHost {
    /// The same host with its clock stopped at `now`.
    #[must_use]
    pub fn stopped_at(self, now: Timestamp) -> Self {
        Self { stopped_at: Some(now), ..self }
    }

    fn clock(&self) -> impl Fn() -> Timestamp + Send + 'static {
        let stopped_at = self.stopped_at;
        move || stopped_at.unwrap_or_else(Timestamp::now)
    }
}

impl Host for OsHost {
    fn now(&self) -> Timestamp {
        self.stopped_at.unwrap_or_else(Timestamp::now)
    }

    fn passed(&self) -> Duration {
        self.started.elapsed()
    }

    fn computed(&self) -> Option<Duration> {
        self.system.computed()
    }

    fn home(&self) -> &Path {
        &self.home
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.has_environment.then(|| std::env::var(name).ok()).flatten()
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<DirEntry>> {
        files::list(dir)
    }

    fn stat(&self, path: &Path) -> io::Result<FileStat> {
        files::stat(path)
    }

    #[cfg(target_os = "linux")]
    fn survey(&self, dir: &Path) -> io::Result<(Vec<DirEntry>, Vec<Option<FileStat>>)> {
        files::survey(dir)
    }

    #[cfg(target_os = "linux")]
    fn stat_in(&self, dir: &Path, names: &[&str]) -> Vec<Option<FileStat>> {
        files::stat_in(dir, names)
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn OpenFile>> {
        Ok(Box::new(RegularFile(files::open(path)?)))
    }

    fn processes(&self) -> Processes {
        self.system.processes(&self.interest)
    }

    fn numbering(&self) -> Option<Numbering> {
        self.system.numbering()
    }

    fn open_files(&self, pid: u32) -> io::Result<Vec<OpenHandle>> {
        self.system.open_files(pid)
    }

    fn locks(&self) -> io::Result<Vec<FileLock>> {
        self.system.locks()
    }

    fn listeners(&self, pids: &BTreeSet<u32>) -> io::Result<Vec<Listener>> {
        self.system.listeners(pids)
    }

    fn git(&self, dir: &Path) -> Option<Git> {
        git::state(dir)
    }

    fn repository(&self, dir: &Path) -> Option<PathBuf> {
        git::repository(dir)
    }

    fn query(&self, database: &Path, sql: &str) -> Result<Vec<Row>, QueryError> {
        self.databases.query(database, sql)
    }

    fn unpack(&self, path: &Path, sink: &mut dyn FnMut(&[u8]) -> bool) -> io::Result<()> {
        zst::unpack(files::open(path)?, sink)
    }

    fn connect(&self, path: &Path, talk: Box<dyn Talk>) -> Connection {
        talk::start(path, talk, self.clock(), self.wakes.clone())
    }

    fn watch_title(&self, seat: &Seat, hear: HearTitle) -> Connection {
        title::start(seat, hear, self.clock(), self.wakes.clone())
    }

    fn watcher(&self, wake: Box<dyn Fn(Stir) + Send + Sync>) -> Box<dyn Watcher> {
        let wake = self.wakes.add(wake);
        Box::new(OsWatcher::new(Box::new(move |stir| wake(stir))))
    }
}
