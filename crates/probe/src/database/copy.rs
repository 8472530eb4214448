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

use tempfile::TempDir;

use super::query::{WalHead, beside, wal_head};
use crate::{FileId, FileStat, files};

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
    /// The database and the head of its log when the database was copied.
    id: FileId,
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
        let known = self.by_database.remove(database).filter(|copy| copy.id == found.id && copy.head == head);
        self.make_room(bytes);
        let mut copy = match known {
            Some(copy) => copy,
            None => PrivateCopy::of(database, found.id, head)?,
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
    fn of(database: &Path, id: FileId, head: WalHead) -> io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let copy = Self { folder: builder.prefix("topside-").tempdir()?, id, head, log: None, bytes: 0 };
        copy_file(database, &copy.path())?;
        Ok(copy)
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("copy.db")
    }

    /// Copies the log unless it is the one copied last. The index made of the log before would not fit the new one.
    fn update_log(&mut self, database: &Path, log: FileStat) -> io::Result<()> {
        if self.log == Some(log) {
            return Ok(());
        }
        match fs::remove_file(beside(&self.path(), "-shm")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
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
