//! A database that SQLite cannot read where it lies, taken into memory as a whole.
//!
//! Readers of a log (WAL) have to make two small files beside the database. Where they cannot, in a folder that may not be
//! written to or on a full disk, the database alone says everything as long as its log is empty and nobody writes.

use std::fs::{self, File, Metadata, TryLockError};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::error::{StoreError, doing};

/// How the names of the log, and of what is locked by the one that writes, end.
pub(crate) const LOG: &str = "-wal";
pub(crate) const LOCK: &str = ".lock";
/// Where the header says that there is a log, and how one says that there is none; in memory none can be.
/// Source: <https://www.sqlite.org/c3ref/deserialize.html>.
const VERSIONS: [usize; 2] = [18, 19];
const WITHOUT_LOG: u8 = 1;
/// Bytes of a header.
const HEADER: usize = 100;

/// The database at `path` as it is now, in memory. Fails where somebody writes to it, or its log has what it has not.
pub(crate) fn read(path: &Path) -> Result<Connection, StoreError> {
    let failed = |source| StoreError::Read { path: path.to_owned(), source };
    if is_written_to(path) {
        return Err(StoreError::Moving(path.to_owned()));
    }
    if has_log(path) {
        return Err(StoreError::Unfolded(path.to_owned()));
    }
    let mut file = File::open(path).map_err(failed)?;
    let before = file.metadata().map_err(failed)?;
    let copy = taken(&mut file, before.len()).map_err(failed)?.map_err(doing("read", path))?;
    let after = fs::metadata(path).map_err(failed)?;
    if has_log(path) || is_written_to(path) || !is_same(&before, &after) {
        return Err(StoreError::Moving(path.to_owned()));
    }
    Ok(copy)
}

fn taken(file: &mut File, len: u64) -> io::Result<rusqlite::Result<Connection>> {
    let mut header = Vec::with_capacity(HEADER);
    file.take(HEADER as u64).read_to_end(&mut header)?;
    for place in VERSIONS {
        if let Some(version) = header.get_mut(place) {
            *version = WITHOUT_LOG;
        }
    }
    let whole = || {
        let mut copy = Connection::open_in_memory()?;
        if !header.is_empty() {
            let len = usize::try_from(len).unwrap_or(usize::MAX);
            copy.deserialize_read_exact("main", header.chain(file), len, false)?;
        }
        Ok(copy)
    };
    Ok(whole())
}

fn is_same(before: &Metadata, after: &Metadata) -> bool {
    before.len() == after.len() && before.modified().ok() == after.modified().ok()
}

/// True where the log holds anything that may not be in the database yet.
fn has_log(path: &Path) -> bool {
    fs::metadata(beside(path, LOG)).is_ok_and(|log| log.len() > 0)
}

/// True while a topside writes to it, as far as one may know.
fn is_written_to(path: &Path) -> bool {
    let lock = File::open(beside(path, LOCK));
    lock.is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// The file beside the database whose name ends so.
pub(crate) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut place = path.as_os_str().to_owned();
    place.push(end);
    place.into()
}
