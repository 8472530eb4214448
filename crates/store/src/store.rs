//! The database.

use std::borrow::Borrow;
use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::Backup;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use topside_model::{Bytes, Chapter, FileCursor, FileMark};

use crate::commit::{Billings, Portion};
use crate::error::{StoreError, doing};
use crate::read::{self, Past};
use crate::schema::{APPLICATION, latest, migrate, origin, version};
use crate::whole::{self, LOCK, LOG, beside};

/// How long a reader waits for the moment in which the log is folded into the database.
const PATIENCE: Duration = Duration::from_secs(5);

/// Memory for pages of the database in KiB, below zero as SQLite wants it: reports read each page once, writing comes back to
/// many.
const CACHE_TO_READ: i32 = -256;
const CACHE_TO_WRITE: i32 = -2000;
/// As much as it takes to write each page of a first reading once.
const CACHE_TO_WRITE_SOON: i32 = -8000;

/// In place of the path of a history that ends with the program.
const MEMORY: &str = ":memory:";

/// History in one database.
#[derive(Debug)]
pub struct Store {
    pub(crate) connection: Connection,
    pub(crate) path: PathBuf,
    billings: Billings,
    /// Memory for pages of the database while it is written to.
    cache: i32,
    /// Held while this program writes.
    lock: Option<File>,
}

impl Store {
    /// Opens the database at `path` to write to it, making it and its folder where they are not there. Fails with
    /// [`StoreError::Busy`] while another program has it open so.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::claim(path)?.open()
    }

    /// Makes sure that no other program writes to the database at `path`. Fails as [`Store::open`] does, but sooner.
    pub fn claim(path: &Path) -> Result<Claim, StoreError> {
        if let Some(folder) = path.parent() {
            let failed = |source| StoreError::Folder { path: folder.to_owned(), source };
            fs::create_dir_all(folder).map_err(failed)?;
        }
        let (lock, made) = lock(path)?;
        Ok(Claim { path: path.to_owned(), lock, made })
    }

    /// Opens the database at `path` to read from it; `None` where there is none yet. Where SQLite cannot read it in its
    /// place, it is taken into memory as it is at this moment.
    pub fn open_to_read(path: &Path) -> Result<Option<Self>, StoreError> {
        let Some(store) = Self::reader(path)? else { return Ok(None) };
        // One that is just being made has no tables yet.
        match version(&store.connection).map_err(doing("read", path))? {
            0 => Ok(None),
            found if found < latest() => Err(StoreError::Older(path.to_owned())),
            _ => Ok(Some(store)),
        }
    }

    /// What the database at `path` holds, in memory and with today's tables: history goes on from there where the database
    /// cannot be written to, and ends with the program. `None` where there is none yet.
    pub fn open_in_memory(path: &Path) -> Result<Option<Self>, StoreError> {
        let Some(store) = Self::reader(path)? else { return Ok(None) };
        let mut copy = store.copy_in_memory()?;
        migrate(&mut copy.connection).map_err(doing("set up the tables of a copy of", path))?;
        Ok(Some(copy))
    }

    fn reader(path: &Path) -> Result<Option<Self>, StoreError> {
        if let Err(source) = fs::metadata(path) {
            let is_missing = matches!(source.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory);
            return if is_missing { Ok(None) } else { Err(StoreError::Read { path: path.to_owned(), source }) };
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let in_place = || Self::checked(Connection::open_with_flags(path, flags).map_err(doing("open", path))?, path);
        match in_place() {
            Err(error) if error.is_of_place() => Self::checked(whole::read(path)?, path).map(Some),
            opened => opened.map(Some),
        }
    }

    fn checked(connection: Connection, path: &Path) -> Result<Self, StoreError> {
        let store = Self::of(connection, path, None)?;
        store.check_version()?;
        Ok(store)
    }

    /// A history that ends with the program.
    pub fn in_memory() -> Result<Self, StoreError> {
        let path = Path::new(MEMORY);
        let mut connection = Connection::open_in_memory().map_err(doing("open", path))?;
        migrate(&mut connection).map_err(doing("set up the tables of", path))?;
        Self::of(connection, path, None)
    }

    /// The same in memory: it goes on where the database cannot be written to any more, and ends with the program.
    pub fn copy_in_memory(&self) -> Result<Self, StoreError> {
        let copy = || -> rusqlite::Result<Connection> {
            let mut copy = Connection::open_in_memory()?;
            Backup::new(&self.connection, &mut copy)?.step(-1)?;
            Ok(copy)
        };
        Self::of(copy().map_err(doing("copy", &self.path))?, Path::new(MEMORY), None)
    }

    fn of(connection: Connection, path: &Path, lock: Option<File>) -> Result<Self, StoreError> {
        connection.busy_timeout(PATIENCE).map_err(doing("open", path))?;
        connection.set_prepared_statement_cache_capacity(64);
        // Else some statements are prepared anew for each value that is given to them.
        let stable = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true);
        stable.map_err(doing("open", path))?;
        connection.pragma_update(None, "cache_size", CACHE_TO_READ).map_err(doing("open", path))?;
        Ok(Self { connection, path: path.to_owned(), billings: Billings::default(), cache: CACHE_TO_WRITE, lock })
    }

    fn prepare(&self) -> rusqlite::Result<()> {
        if self.connection.pragma_query_value(None, "journal_mode", |row| row.get::<_, String>(0))? != "wal" {
            // Of a database that is just made: half as many readings and writings as with the usual 4096.
            self.connection.pragma_update(None, "page_size", 8192)?;
            self.connection.pragma_update(None, "journal_mode", "WAL")?;
        }
        // A crash of the machine may lose the last moments, never harm what is there.
        self.connection.pragma_update(None, "synchronous", "NORMAL")?;
        if self.connection.pragma_query_value(None, "application_id", |row| row.get::<_, i64>(0))? != APPLICATION {
            self.connection.pragma_update(None, "application_id", APPLICATION)?;
        }
        Ok(())
    }

    /// Nothing is written to a database that somebody else made, or a later version.
    fn check_version(&self) -> Result<(), StoreError> {
        let (is_ours, found) = origin(&self.connection).map_err(doing("read", &self.path))?;
        if !is_ours {
            return Err(StoreError::Foreign(self.path.clone()));
        }
        let known = latest();
        if found > known {
            return Err(StoreError::Newer { path: self.path.clone(), found, known });
        }
        Ok(())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Lets go of the database, but not of the right to write to it; `None` where there was none.
    pub fn close(self) -> Option<Claim> {
        let Self { connection, path, lock, .. } = self;
        connection.close().ok()?;
        lock.map(|lock| Claim { path, lock, made: false })
    }

    /// Takes more memory for writing, 6 MB, and less time: somebody waits.
    pub fn hurry(&mut self) {
        self.cache = CACHE_TO_WRITE_SOON;
    }

    /// Writes down what files told, as it comes: all of it or, where that fails, nothing. How many files are to be read
    /// again: those that were forgotten because they told of a session of a file that was replaced, and those whose chapter
    /// was refused because what it goes on from was forgotten before.
    pub fn commit<C: Borrow<Chapter>>(&mut self, chapters: impl IntoIterator<Item = C>) -> Result<usize, StoreError> {
        let mut chapters = chapters.into_iter().peekable();
        if chapters.peek().is_none() {
            return Ok(0);
        }
        let Self { connection, path, billings, cache, .. } = self;
        let write = || {
            connection.pragma_update(None, "cache_size", *cache)?;
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let mut portion = Portion::new(&transaction, billings);
            let mut refused = 0;
            for chapter in chapters {
                refused += usize::from(!portion.chapter(chapter.borrow())?);
            }
            let forgotten = portion.finish()?;
            transaction.commit()?;
            Ok(refused + forgotten)
        };
        let written = write();
        if written.is_err() {
            // Numbers given out in it are void.
            *billings = Billings::default();
        }
        written.map_err(doing("write history to", path))
    }

    /// True when nothing was ever read into it.
    pub fn is_blank(&self) -> Result<bool, StoreError> {
        read::is_blank(&self.connection).map_err(doing("read", &self.path))
    }

    /// Hands to `take` every file that was read, and what it was then.
    pub fn files(&self, take: impl FnMut(&Path, FileMark)) -> Result<(), StoreError> {
        read::files(&self.connection, take).map_err(doing("read", &self.path))
    }

    /// How far the file at `place` was read; `None` for one that never was.
    pub fn cursor(&self, place: &Path) -> Result<Option<FileCursor>, StoreError> {
        read::cursor(&self.connection, place).map_err(doing("read", &self.path))
    }

    /// History as it is now.
    pub fn past(&self) -> Result<Past<'_>, StoreError> {
        Past::read(&self.connection, &self.path).map_err(doing("read", &self.path))
    }

    /// What is wrong with the database, in SQLite's words; nothing, where it is whole.
    pub fn check(&self) -> Result<Vec<String>, StoreError> {
        let check = || -> rusqlite::Result<Vec<String>> {
            let mut check = self.connection.prepare("PRAGMA integrity_check")?;
            let words = check.query_map([], |row| row.get(0))?;
            words.collect()
        };
        let mut words = check().map_err(doing("check", &self.path))?;
        words.retain(|words| words != "ok");
        Ok(words)
    }

    /// What the database at `path` takes on the disk, with what is still in its log.
    pub fn size(path: &Path) -> Bytes {
        let of = |path: &Path| fs::metadata(path).map_or(0, |file| file.len());
        Bytes(of(path) + of(&beside(path, LOG)))
    }

    /// Gives space back that is no longer used.
    pub fn vacuum(&self) -> Result<(), StoreError> {
        // The file itself shrinks when the log is folded into it.
        self.connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);").map_err(doing("vacuum", &self.path))
    }
}

/// The right to write to a database, as long as it is held.
#[derive(Debug)]
pub struct Claim {
    pub(crate) path: PathBuf,
    lock: File,
    /// True when nobody had claimed it before.
    made: bool,
}

impl Claim {
    /// Opens the database, and makes it where it is not there. Leaves nothing beside a file that is somebody else's.
    pub fn open(self) -> Result<Store, StoreError> {
        let Self { path, lock, made } = self;
        let opened = Self::open_claimed(&path, lock);
        if made && opened.as_ref().is_err_and(StoreError::is_not_ours) {
            fs::remove_file(beside(&path, LOCK)).ok();
        }
        opened
    }

    fn open_claimed(path: &Path, lock: File) -> Result<Store, StoreError> {
        let is_new = !path.exists();
        let connection = Connection::open(path).map_err(doing("open", path))?;
        let mut store = Store::of(connection, path, Some(lock))?;
        store.check_version()?;
        if is_new {
            private(path);
        }
        store.prepare().map_err(doing("open", path))?;
        migrate(&mut store.connection).map_err(doing("set up the tables of", path))?;
        Ok(store)
    }
}

/// Held by the one program that writes. Let go of by the system, however the program ends. True for one that was not there.
fn lock(path: &Path) -> Result<(File, bool), StoreError> {
    let place = beside(path, LOCK);
    let failed = |source| StoreError::Lock { path: place.clone(), source };
    let (file, made) = match File::options().write(true).create_new(true).open(&place) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => (File::options().write(true).open(&place), false),
        made => (made, true),
    };
    let file = file.map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok((file, made)),
        Err(TryLockError::WouldBlock) => Err(StoreError::Busy(path.to_owned())),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// Names of projects are nobody else's business.
#[cfg(unix)]
pub(crate) fn private(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    // Where it cannot be, the folder decides.
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).ok();
}

#[cfg(not(unix))]
pub(crate) fn private(_path: &Path) {}
