//! Private copies of databases whose log is not empty.
//!
//! A copy is consistent although the owner goes on writing, for three reasons: it is made in the order database, log;
//! the owner moves pages into the database only from the log, where the copy finds them too; and the owner starts the
//! log over only with a new head, so a head that is the same before and after says that nothing the copy needs was lost.
//! A frame of the log that is half written fails its checksum and ends it. For the same reasons a database copied once
//! stays right until the head changes: only the log is copied again, which is short.
//! Source: <https://www.sqlite.org/walformat.html>.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::folder::Folder;
use super::query::{WalHead, beside, wal_head};
use crate::{FileStat, files};

/// Largest database and log together that are copied, and the most that all copies kept take up.
const COPIED_BYTES: u64 = 256 * 1024 * 1024;

/// Copies by the database they were made of, kept from query to query.
#[derive(Debug, Default)]
pub(super) struct Copies {
    folder: Option<Folder>,
    by_database: BTreeMap<PathBuf, PrivateCopy>,
    /// How many copies were ever made; their names.
    made: u64,
}

#[derive(Debug)]
struct PrivateCopy {
    path: PathBuf,
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
        self.make_room(database, bytes);
        let known = self.by_database.remove(database).filter(|copy| copy.head == head && copy.is_whole());
        let mut copy = match known {
            Some(copy) => copy,
            None => self.begin(database, head)?,
        };
        copy.update_log(database, log)?;
        if wal_head(database)? != Some(head) {
            return Ok(None);
        }
        copy.bytes = bytes;
        let path = copy.path.clone();
        self.by_database.insert(database.to_owned(), copy);
        Ok(Some(path))
    }

    /// Drops all copies when they and `bytes` of `database` would take up too much: what is wanted again is made again.
    fn make_room(&mut self, database: &Path, bytes: u64) {
        let others = self.by_database.iter().filter(|(other, _)| *other != database);
        let kept: u64 = others.map(|(_, copy)| copy.bytes).sum();
        if kept.saturating_add(bytes) > COPIED_BYTES {
            self.by_database.clear();
            self.folder = None;
        }
    }

    /// Copies the database, not yet its log.
    fn begin(&mut self, database: &Path, head: WalHead) -> io::Result<PrivateCopy> {
        let folder = match self.folder.take().filter(Folder::is_there) {
            Some(folder) => folder,
            None => Folder::new(&std::env::temp_dir())?,
        };
        self.made += 1;
        let path = folder.path().join(format!("{}.db", self.made));
        self.folder = Some(folder);
        copy_file(database, &path)?;
        Ok(PrivateCopy { path, head, log: None, bytes: 0 })
    }
}

impl PrivateCopy {
    /// False once somebody tidied up the place for temporary files.
    fn is_whole(&self) -> bool {
        files::stat(&self.path).is_ok() && files::stat(&beside(&self.path, "-wal")).is_ok()
    }

    /// Copies the log unless it is the one copied last. Any index of an older log is of no harm: `SQLite` makes it anew
    /// for the first connection.
    fn update_log(&mut self, database: &Path, log: FileStat) -> io::Result<()> {
        if self.log == Some(log) {
            return Ok(());
        }
        copy_file(&beside(database, "-wal"), &beside(&self.path, "-wal"))?;
        self.log = Some(log);
        Ok(())
    }
}

/// Removes the files; what is gone already is.
impl Drop for PrivateCopy {
    fn drop(&mut self) {
        for suffix in ["", "-wal", "-shm"] {
            _ = fs::remove_file(beside(&self.path, suffix));
        }
    }
}

fn copy_file(from: &Path, to: &Path) -> io::Result<()> {
    let mut source = files::open(from)?.take(COPIED_BYTES);
    io::copy(&mut source, &mut File::create(to)?).map(drop)
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    #[test]
    fn a_copy_is_kept_made_again_when_tidied_up_and_gone_with_its_keeper() {
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
        let first = renew();
        assert_eq!(renew(), first);
        fs::remove_file(beside(&first, "-wal")).expect("removed");
        let second = renew();
        assert!(second != first && !first.exists());
        fs::remove_dir_all(second.parent().expect("a folder")).expect("removed");
        let third = renew();
        assert!(third.exists() && beside(&third, "-wal").exists());
        drop(copies);
        assert!(!third.parent().expect("a folder").exists());
    }
}
