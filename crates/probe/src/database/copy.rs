//! Private copies of databases whose log is not empty.
//!
//! A copy is consistent although the owner goes on writing, for three reasons: it is made in the order database, log;
//! the owner moves pages into the database only from the log, where the copy finds them too; and the owner starts the
//! log over only with a new head, so a head that is the same before and after says that nothing the copy needs was lost.
//! A frame of the log that is half written fails its checksum and ends it. For the same reasons a database copied once
//! stays right until the head changes: only the log is copied again, which is short.
//! Source: <https://www.sqlite.org/walformat.html>.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::query::{WalHead, beside, wal_head};
use crate::{FileStat, files};

/// Largest database and log together that are copied, and the most that all copies kept take up.
const COPIED_BYTES: u64 = 256 * 1024 * 1024;

/// Copies by the database they were made of, kept until the process ends.
#[derive(Debug, Default)]
pub(super) struct Copies {
    by_database: BTreeMap<PathBuf, PrivateCopy>,
}

#[derive(Debug)]
struct PrivateCopy {
    /// Closed to other users; removed with the copy.
    folder: TempDir,
    /// Head of the log when the database was copied.
    head: WalHead,
    /// The log when it was copied last.
    log: Option<FileStat>,
    bytes: u64,
}

impl Copies {
    /// A copy of `database`, which was `found` with a log that began with `head`; `None` when it changed meanwhile.
    pub(super) fn renew(&mut self, database: &Path, found: &FileStat, head: WalHead) -> io::Result<Option<PathBuf>> {
        let log = files::stat(&beside(database, "-wal"))?;
        let bytes = found.len.saturating_add(log.len);
        if bytes > COPIED_BYTES {
            return Err(io::Error::other(format!("{} MiB are too much to copy", bytes >> 20)));
        }
        let known = self.by_database.remove(database).filter(|copy| copy.head == head);
        self.make_room(bytes);
        let mut copy = match known {
            Some(copy) => copy,
            None => PrivateCopy::of(database, head)?,
        };
        copy.update_log(database, log)?;
        if wal_head(database)? != Some(head) {
            return Ok(None);
        }
        copy.bytes = bytes;
        let path = copy.path();
        self.by_database.insert(database.to_owned(), copy);
        Ok(Some(path))
    }

    /// Drops all copies when they would take up too much with `bytes` more: whichever is wanted again is made again.
    fn make_room(&mut self, bytes: u64) {
        let kept: u64 = self.by_database.values().map(|copy| copy.bytes).sum();
        if kept.saturating_add(bytes) > COPIED_BYTES {
            self.by_database.clear();
        }
    }
}

impl PrivateCopy {
    fn of(database: &Path, head: WalHead) -> io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let copy = Self { folder: builder.prefix("topside-").tempdir()?, head, log: None, bytes: 0 };
        copy_file(database, &copy.path())?;
        Ok(copy)
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("copy.db")
    }

    /// Copies the log unless it is the one copied last. Any index of an older log is of no harm: `SQLite` makes it anew
    /// for the first connection.
    fn update_log(&mut self, database: &Path, log: FileStat) -> io::Result<()> {
        if self.log == Some(log) {
            return Ok(());
        }
        copy_file(&beside(database, "-wal"), &beside(&self.path(), "-wal"))?;
        self.log = Some(log);
        Ok(())
    }
}

fn copy_file(from: &Path, to: &Path) -> io::Result<()> {
    let mut source = files::open(from)?.take(COPIED_BYTES);
    io::copy(&mut source, &mut File::create(to)?).map(drop)
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use rusqlite::Connection;

    use super::*;

    #[test]
    fn copies_are_closed_to_others_and_go_with_their_keeper() {
        let folder = tempfile::tempdir().expect("a folder");
        let database = folder.path().join("a.db");
        let owner = Connection::open(&database).expect("a database");
        owner.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (n)").expect("a table");
        let mut copies = Copies::default();
        let mut renew = || {
            let found = files::stat(&database).expect("facts");
            let head = wal_head(&database).expect("read").expect("a log");
            copies.renew(&database, &found, head).expect("copied").expect("unchanged")
        };
        let copy = renew();
        assert_eq!(renew(), copy, "kept from query to query");
        let mode = fs::metadata(copy.parent().expect("a folder")).expect("facts").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        drop(copies);
        assert!(!copy.exists());
    }
}
