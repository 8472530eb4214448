//! What can go wrong with the database.

use std::path::{Path, PathBuf};

use rusqlite::{ErrorCode, ffi};

/// What to do with a damaged database.
pub const DAMAGE_REMEDY: &str = "move it away, and history is read anew from the transcripts that are left";

/// Why history cannot be kept or read; completes "failed to …".
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder of the database cannot be made.
    #[error("make the folder {}: check who may write there", .path.display())]
    Folder {
        /// Which folder.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The file by which one program keeps others from writing cannot be made.
    #[error("make {}: check who may write there", .path.display())]
    Lock {
        /// Which file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The file of the database cannot be read.
    #[error("read {}: check who may read it", .path.display())]
    Read {
        /// Which database.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// SQLite cannot read the database in its place, and what was written last stands in its log alone.
    #[error(
        "read {path}: what was written last is in {path}-wal, which is read only where topside may write beside it; copy \
         both into a folder of your own and say --history with the copy",
        path = .0.display()
    )]
    Unfolded(PathBuf),
    /// SQLite cannot read the database in its place, and another program writes to it.
    #[error("read {}: another program writes to it; try again when that is done", .0.display())]
    Moving(PathBuf),
    /// No database at all.
    #[error("open {}: it is no database; say --history with another file", .0.display())]
    NoDatabase(PathBuf),
    /// Somebody else's database.
    #[error("open {}: it is a database, but not topside's; say --history with another file", .0.display())]
    Foreign(PathBuf),
    /// Another topside writes to the database.
    #[error("write history to {}: another topside does; end it first", .0.display())]
    Busy(PathBuf),
    /// The database has not today's tables yet: an earlier version made it, or it could not be made to the end.
    #[error("read {}: it is not set up for this topside yet; `topside usage` does that", .0.display())]
    Older(PathBuf),
    /// A later version of topside made the database.
    #[error("open {}: a newer topside made it (version {found}, this one knows {known}); update topside", .path.display())]
    Newer {
        /// Which database.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The latest one we know.
        known: i64,
    },
    /// The database is damaged, in use, or cannot be written.
    #[error("{what} {}: {}", .path.display(), words(.reason))]
    Database {
        /// What was done.
        what: &'static str,
        /// Which database.
        path: PathBuf,
        /// What SQLite says.
        reason: rusqlite::Error,
    },
}

impl StoreError {
    /// True when the database was one and is damaged.
    pub fn is_damage(&self) -> bool {
        self.code() == Some(ErrorCode::DatabaseCorrupt)
    }

    /// True when the database is not to be touched: somebody else's file, or a later version's.
    pub fn is_not_ours(&self) -> bool {
        matches!(self, Self::NoDatabase(_) | Self::Foreign(_) | Self::Newer { .. })
    }

    /// True when it may be not the database that is at fault, but what SQLite wants of the place where it lies.
    pub(crate) fn is_of_place(&self) -> bool {
        use ErrorCode::{CannotOpen, DiskFull, FileLockingProtocolFailed, PermissionDenied, ReadOnly, SystemIoFailure};
        let of_place = [CannotOpen, DiskFull, FileLockingProtocolFailed, PermissionDenied, ReadOnly, SystemIoFailure];
        self.code().is_some_and(|code| of_place.contains(&code))
    }

    fn code(&self) -> Option<ErrorCode> {
        let Self::Database { reason, .. } = self else { return None };
        reason.sqlite_error_code()
    }
}

/// What SQLite says, with what to do, for somebody who does not know SQLite.
fn words(reason: &rusqlite::Error) -> String {
    const FULL: &str = "the disk is full; make room there";
    let Some(failure) = reason.sqlite_error() else { return reason.to_string() };
    let words = match (failure.code, failure.extended_code) {
        (ErrorCode::DatabaseCorrupt, _) => return format!("it is damaged; {DAMAGE_REMEDY}"),
        // The files beside it cannot grow.
        (ErrorCode::DiskFull, _) | (_, ffi::SQLITE_IOERR_SHMSIZE) => FULL,
        (_, ffi::SQLITE_READONLY_DBMOVED) => "it was moved away or deleted; start topside again",
        (ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied, _) => {
            "topside may not write to it or beside it; check who may"
        }
        (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _) => {
            "another program uses it; try again when that is done"
        }
        (_, code) => return format!("{reason} (SQLite's code {code})"),
    };
    words.to_owned()
}

/// Says what was done to which database, when that fails.
pub(crate) fn doing<'a>(what: &'static str, path: &'a Path) -> impl Fn(rusqlite::Error) -> StoreError + 'a {
    move |reason| match reason.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => StoreError::NoDatabase(path.to_owned()),
        _ => StoreError::Database { what, path: path.to_owned(), reason },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks what a user reads where SQLite gives this code.
    #[track_caller]
    fn check(code: i32, expected: &str) {
        let reason = rusqlite::Error::SqliteFailure(ffi::Error::new(code), Some("its words".to_owned()));
        let error = doing("open", Path::new("history.db"))(reason);
        assert_eq!(error.to_string(), format!("open history.db: {expected}"));
    }

    #[test]
    fn codes_become_words_and_what_to_do() {
        let denied = "topside may not write to it or beside it; check who may";
        check(ffi::SQLITE_CANTOPEN, denied);
        check(ffi::SQLITE_READONLY_DIRECTORY, denied);
        check(ffi::SQLITE_READONLY_DBMOVED, "it was moved away or deleted; start topside again");
        for full in [ffi::SQLITE_FULL, ffi::SQLITE_IOERR_SHMSIZE] {
            check(full, "the disk is full; make room there");
        }
        check(ffi::SQLITE_BUSY, "another program uses it; try again when that is done");
        let anew = "it is damaged; move it away, and history is read anew from the transcripts that are left";
        check(ffi::SQLITE_CORRUPT, anew);
        check(ffi::SQLITE_NOTADB, "it is no database; say --history with another file");
        check(ffi::SQLITE_IOERR_READ, "its words (SQLite's code 266)");
    }
}
